"""What a rollback would delete, what it leaves, and the commands for both, in lines."""

from collections.abc import Sequence

from bulkprov.cli.words import SHOWN, plural
from bulkprov.engine.wanted import scope_in
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.run import Run
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["left_over", "to_roll_back"]


def to_roll_back(run: Run, given: Sequence[str], *, also_unproven: bool = False) -> list[str]:
    """What a rollback would delete, what it would leave, and the command that does it."""
    lines: list[str] = []
    clients: set[str] = set()
    number = 0
    for row in run.to_roll_back(also_unproven=also_unproven):
        number += 1
        clients.add(scope_in(row.want.key))
        if len(lines) < SHOWN:
            want = row.want
            where = run.kind.place(want)
            lines.append(f"  row {row.sheet_row}: {clean(want.name)} (id {row.standing.target}) on {clean(where)}")
    unproven = ["--also-unproven"] if also_unproven else []
    left = [] if also_unproven else left_over(tuple(run.leftovers()), run, given, "would be left")
    further = list(run.further(also_unproven=also_unproven))
    if not number and not further:
        return [f"{run.folder} created nothing to roll back", *left]
    if number > SHOWN:
        lines.append(f"  ... and {number - SHOWN:,} more")
    things, scopes = (
        f"{number:,} {run.kind.noun if number == 1 else run.kind.plural}",
        plural(len(clients), run.kind.scope_noun),
    )
    command = typed(["rollback", run.folder, "--yes", *unproven, *given])
    return [
        f"{things} on {scopes} would be deleted from {run.manifest.server}:",
        *lines,
        *_further(further),
        *left,
        f"Nothing was deleted. To delete them: {command}",
    ]


def _further(ids: Sequence[int]) -> list[str]:
    """The further sets of the same names that would be deleted."""
    if not ids:
        return []
    shown = ", ".join(map(str, ids[:SHOWN]))
    more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return [f"  {plural(len(ids), 'further one')} of the same names: id {shown}{more}"]


def left_over(left: Sequence[Leftover], run: Run, given: Sequence[str], words: str) -> list[str]:
    """What a run may have made and its rollback leaves, named and counted."""
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
    if any(each.ids for each in left):
        command = typed(["rollback", run.folder, "--yes", "--also-unproven", *given])
        lines.append(f"They may also be another's. To delete them as well: {command}")
    return lines
