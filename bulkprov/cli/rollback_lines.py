"""What a rollback would delete, what it leaves, and the commands for both, in lines."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest
from pathlib import Path

from bulkprov.cli.words import SHOWN
from bulkprov.engine.model import Status
from bulkprov.engine.wanted import scope_in
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.run import Run
from bulkprov.runs.wave import not_taken_over
from bulkprov.shell import typed
from bulkprov.text import clean, plural

__all__ = ["also_unproven_of", "left_over", "made_by_others", "to_roll_back"]


def to_roll_back(
    run: Run,
    asked: Path,
    given: Sequence[str],
    *,
    also_unproven: bool = False,
    rolled_back: Sequence[Run] = (),
    most: int = SHOWN,
) -> tuple[list[str], bool]:
    """What a rollback of a run would delete, and what it would leave; and whether there is anything to delete.

    Args:
        run: the run.
        asked: the run that the command names, which stands for its wave.
        given: options that the command needs that deletes them.
        also_unproven: whether that deletes what is not proven, too.
        rolled_back: the runs that are rolled back together, itself among them: later ones answer for what they have
            taken over. Empty where only this one is.
        most: how many are named, where a screen has room for some of them only.
    """
    clients = Counter[str]()

    def told() -> Iterator[tuple[int, str]]:
        for row in run.to_roll_back(also_unproven=also_unproven):
            clients[scope_in(row.want.key)] += 1
            place = clean(run.kind.place(row.want))
            yield row.sheet_row, f"  row {row.sheet_row}: {clean(row.want.name)} (id {row.standing.target}) on {place}"

    # in the order of the sheet, which people know; the journal has them in that of the work
    lines = [line for _, line in nsmallest(most, told())]
    number = clients.total()
    perhaps = () if also_unproven else not_taken_over(tuple(run.leftovers()), run, rolled_back)
    left = left_over(perhaps, run, given, "would be left")
    further = list(run.further(also_unproven=also_unproven))
    if not number and not further:
        before = run.statuses()[Status.ROLLED_BACK]
        none = f"is rolled back already: {plural(before, 'row')}" if before else "created nothing to roll back"
        return [f"{run.folder} {none}", *left], False
    if number > most:
        unproven = ["--also-unproven"] if also_unproven else []
        whole = typed(["rollback", asked, *unproven, *given])
        lines.append(f"  ... and {number - most:,} more; all of them: {whole} | more")
    things, scopes = (
        f"{number:,} {run.kind.noun if number == 1 else run.kind.plural}",
        plural(len(clients), run.kind.scope_noun),
    )
    of_run = f"{run.folder}: " if len(rolled_back) > 1 else ""
    first = f"{of_run}{things} on {scopes} would be deleted from {run.manifest.server}:"
    return [first, *lines, *_further(further), *left], True


def made_by_others(run: Run, carried: Mapping[str, int], rolled_back: Sequence[Run], *, wave: bool) -> list[str]:
    """The sets that count as created in a run and that other runs have made, which its rollback leaves.

    Args:
        run: the run.
        carried: how many rows it has carried over from which run, by name.
        rolled_back: the runs that are rolled back with it, and itself.
        wave: whether the whole wave is, as far as it is there.
    """
    names = {each.name for each in rolled_back if each is not run}  # folders in two places may have its own name
    left = {name: number for name, number in carried.items() if name not in names}
    if not left:
        return []
    told = ", ".join(f"{clean(name)} ({number:,})" for name, number in left.items())
    number = sum(left.values())
    line = f"{run.folder} carried over {plural(number, 'set')} that other runs have made, which are left: {told}"
    if wave:
        return [line]
    return [f"{line}. To roll back the whole wave: {typed(['rollback', run.folder, '--wave'])}"]


def _further(ids: Sequence[int]) -> list[str]:
    """The further sets of the same names that would be deleted."""
    if not ids:
        return []
    shown = ", ".join(map(str, ids[:SHOWN]))
    more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return [f"  {plural(len(ids), 'further one')} of the same names: id {shown}{more}"]


def left_over(left: Sequence[Leftover], run: Run, given: Sequence[str], words: str) -> list[str]:
    """What a run may have made and its rollback leaves, named and counted.

    The command that deletes it as well is named here for a single run. Of a wave it is the same for all of its runs,
    and is named once for them: see `also_unproven_of`.
    """
    if not left:
        return []
    lines = [f"{plural(len(left), 'row')} may have made sets that are not proven to be this run's; they {words}:"]
    for each in left[:SHOWN]:
        ids = f"id{'' if len(each.ids) == 1 else 's'} {', '.join(map(str, each.ids))}" if each.ids else ""
        unknown = "what became of its create is not known" if each.open else ""
        told = ", ".join(filter(None, (ids, unknown)))
        lines.append(f"  row {each.sheet_row}: {clean(each.want.name)} on {clean(each.want.scope)} ({told})")
    if len(left) > SHOWN:
        lines.append(f"  ... and {len(left) - SHOWN:,} more")
    return lines if "--wave" in given else [*lines, *also_unproven_of(run.folder, left, given)]


def also_unproven_of(folder: Path, left: Sequence[Leftover], given: Sequence[str]) -> list[str]:
    """The command that also deletes what a rollback leaves as not proven; none if no id of it is known."""
    if not any(each.ids for each in left):
        return []
    others = [word for word in given if word != "--also-unproven"]  # which this command may have had already
    command = typed(["rollback", folder, "--yes", "--also-unproven", *others])
    return [f"They may also be another's. To delete them as well: {command}"]
