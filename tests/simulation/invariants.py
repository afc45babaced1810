"""The invariants of a world: what must be true, whatever goes wrong, by the server's own record, which no client sees.

They are written from the promises to the operator, independently of the code that keeps them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.engine.model import Status
from bulkprov.engine.policy import RetryPolicy
from bulkprov.sheets.rows import Record, Result
from bulkprov.simulator import Simulator
from tests.backupsets import Journal
from tests.simulation.weather import Weather, wanted

__all__ = [
    "BrokenError",
    "ServerRecord",
    "check_ends",
    "check_exchanges",
    "check_results",
    "check_rollback",
    "intended",
    "is_left",
    "ours",
]


class BrokenError(AssertionError):
    """An invariant does not hold."""

    def __init__(self, words: str, names: Iterable[str] = ("I1 to I12",)) -> None:
        """`names`: of the invariants."""
        super().__init__(words)
        self.names = tuple(sorted(names))


class ServerRecord:
    """The server's own record: which sets exist, which did before the run, and what was asked of it."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._before = self.ids()
        self._clients = {key.partition("\x1f")[0] for key in self._before}
        self.doubled: set[int] = set()
        """Numbers of the rows of which the server processed a create twice."""

    def asked_to_create(self, number: int, *, doubled: bool) -> None:
        """A create of row `number` (from 1) has arrived."""
        if doubled:
            self.doubled.add(number)

    def before(self, want: BackupSet) -> set[int]:
        """The ids under which the set existed before the run."""
        return self._before.get(want.key, set())

    def can_make(self, want: BackupSet) -> bool:
        """Whether the server can create the set."""
        return want.client.casefold() in self._clients and not want.plan

    def all_ids(self) -> set[int]:
        """The ids of all sets that exist now."""
        return {row.id for row in self._simulator.backupsets()}

    def meddle(self, made: Mapping[int, int], draw: Random) -> set[int]:
        """Act as another actor: delete two of the sets that were created, and create one of them again.

        Args:
            made: ids by row number.
            draw: decides which.

        Returns:
            The ids that do not exist any more.
        """
        state = self._simulator._open().backend.state
        struck = draw.sample(sorted(made.values()), min(2, len(made)))
        for place, number in enumerate(struck):
            row = state.set_by_id(number)
            state.remove_set(number)
            instance = row and state.instance(row.client_id, row.app_id, row.instance)
            if row and instance and place == 0:
                state.add_set(instance.key, row.name, made_at=row.modified_at)
        return set(struck)

    def ids(self) -> Mapping[str, set[int]]:
        """The ids under which each set exists now, by key."""
        ids: defaultdict[str, set[int]] = defaultdict(set)
        for row in self._simulator.backupsets():
            ids[key_of(row.client, row.app, row.instance, row.name)].add(row.id)
        return ids


def intended(journal: Journal, number: int) -> bool:
    """Whether an intent of row `number` is on disk."""
    ((intents,),) = journal.database.rows("SELECT count(*) FROM exchanges WHERE step = 'act' AND row = ?", number)
    return bool(intents)


def check_results(
    results: Sequence[Result], records: Sequence[Record], server: ServerRecord, journal: Journal, *, tardy: bool
) -> None:
    """Every row is in the results once and in order, and its status is true at this moment.

    `tardy`: requests may take effect after the settle time, when a look-up that found nothing has been believed. Then a
    row that was in doubt and is reported as not created may exist after all; but never twice, and never as another's.

    Raises:
        BrokenError: it is not so.
    """
    if [result.sheet_row for result in results] != [record.sheet_row for record in records]:
        raise BrokenError("the results do not have the rows of the sheet")
    ours = {row for (row,) in journal.database.rows("SELECT row FROM outcomes WHERE ours = 1")}
    now, seen = server.ids(), set[str]()
    for number, (result, record) in enumerate(zip(results, records, strict=True), 1):
        want = wanted(record)
        if want is None or want.key in seen:
            if result.status is not Status.INVALID:
                raise BrokenError(f"row {record.sheet_row} is {result.status} and should be invalid")
            continue
        seen.add(want.key)
        before = server.before(want)
        problem = _untruth(result, before, now.get(want.key, set()) - before, doubled=number in server.doubled)
        if problem and tardy and result.attempts > 1 and result.status in (Status.REJECTED, Status.FAILED):
            continue
        if number in ours and result.id in before:
            problem = "called ours, so that a rollback would delete what was there before"
        if problem:
            raise BrokenError(f"row {record.sheet_row} is {result.status} with id {result.id}: {problem}")


def _untruth(result: Result, before: set[int], made: set[int], *, doubled: bool) -> str:
    """What is untrue about a row's status; empty if it is true."""
    if len(made) > (2 if doubled else 1):
        return f"made more than once, with ids {sorted(made)}"
    match result.status:
        case Status.CREATED if result.id in made:
            return ""
        case Status.CREATED if result.id in before:
            told = "may have been there before" in result.note or "perhaps by another" in result.note
            return "" if told else "it was there before, and the note hides it"
        case Status.EXISTS if result.id in before and (result.attempts or not made):
            return ""  # a create that left without a first look may have made another: a candidate of the row
        case Status.EXISTS if doubled and result.id in made:
            return ""  # the server created it, then refused the copy of the request: no client can tell
        case Status.REJECTED | Status.FAILED | Status.PENDING:
            return f"it was made, with ids {sorted(made)}" if made else ""
        case Status.UNKNOWN:
            return ""
        case _:
            return f"there before: {sorted(before)}; made: {sorted(made)}"


def ours(journal: Journal) -> dict[int, int]:
    """The ids of the sets that the journal proves to be created by the run, by row number."""
    return dict(journal.database.rows("SELECT row, backupset_id FROM outcomes WHERE ours = 1 AND status = 'created'"))


def check_rollback(
    results: Sequence[Result],
    made: Mapping[int, int],
    gone: set[int],
    others: set[int],
    server: ServerRecord,
    *,
    weather: Weather,
) -> None:
    """No set of others was deleted, and every row reported as rolled back is gone.

    Args:
        results: the current results.
        made: ids of the run's own sets before the rollback, by row number.
        gone: those of them that another actor had deleted before.
        others: the ids of all other sets then.
        server: the server's record.
        weather: of the world.

    Raises:
        BrokenError: it is not so.
    """
    now = server.all_ids()
    if others - now:
        raise BrokenError(f"sets of others were deleted: {sorted(others - now)}")
    for number, result in enumerate(results, 1):
        if number not in made:
            if result.status is Status.ROLLED_BACK:
                raise BrokenError(f"row {result.sheet_row} was rolled back and was not the run's own")
            continue
        there = made[number] in now
        if result.status is Status.ROLLED_BACK and there:
            raise BrokenError(f"row {result.sheet_row} is said to be rolled back, and id {made[number]} is there")
        overtaken = weather.tardy and _kept(result)  # deleted later than the rollback waited
        if result.status is Status.CREATED and not there and made[number] not in gone and not overtaken:
            raise BrokenError(f"row {result.sheet_row} is said to be created, and id {made[number]} was deleted")
        used_up = f"{weather.max_attempts} deletes had no effect" in result.note
        if _kept(result) and not (weather.refusing or used_up):
            raise BrokenError(f"row {result.sheet_row} was not rolled back although it could be: {result.note}")


def is_left(result: Result, made: int, gone: set[int]) -> bool:
    """Whether a rollback has not finished with a row.

    Args:
        result: of the row.
        made: the id that it had.
        gone: ids of sets that another actor had deleted before: an audit may have found that out.
    """
    return result.status is not Status.ROLLED_BACK and not _kept(result) and made not in gone


def _kept(result: Result) -> bool:
    """Whether a rollback has ended with a row as it was; one that could not be asked about is tried again."""
    kept = result.status is Status.CREATED and result.note.startswith("not rolled back")
    return kept and "could not be told" not in result.note


def check_exchanges(journal: Journal, policy: RetryPolicy) -> None:
    """No create was sent while an earlier one of its row was in doubt, and no row was sent too often."""
    by_row: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row, step, at, verdict in journal.database.rows("SELECT row, step, at, verdict FROM exchanges ORDER BY nr"):
        by_row[row].append((step, at, json.loads(verdict) if verdict else None))
    for row, exchanges in by_row.items():
        acts = [place for place, (step, _, _) in enumerate(exchanges) if step == "act"]
        sends = sum(not _not_taken(exchanges[place][2]) for place in acts)
        if sends > policy.max_attempts:
            raise BrokenError(f"row number {row} was sent {sends} times")
        for earlier, later in pairwise(acts):
            _, at, verdict = exchanges[earlier]
            if not _not_taken(verdict) and not _settled(at, verdict, exchanges[earlier + 1 : later], policy):
                raise BrokenError(f"row number {row} was sent again while it was in doubt: {exchanges}")


def _not_taken(verdict: Mapping[str, Any] | None) -> bool:
    return bool(verdict and verdict["end"] == "not taken")


def _settled(
    at: float, verdict: Mapping[str, Any] | None, between: Iterable[tuple[Any, ...]], policy: RetryPolicy
) -> bool:
    """Whether a look that began late enough found nothing."""
    if verdict and verdict["end"] == "answered":
        settled = verdict["at"]
    elif verdict:
        settled = verdict["at"] + policy.settle
    else:
        settled = at + policy.settle
    return any(
        step == "look"
        and asked >= settled
        and look
        and look["end"] == "answered"
        and not look.get("reply", {}).get("id")
        for step, asked, look in between
    )


def check_ends(results: Sequence[Result], records: Sequence[Record], server: ServerRecord, weather: Weather) -> None:
    """Rows end as they should, not merely with a true status: what can be created is created."""
    for result, record in zip(results, records, strict=True):
        want = wanted(record)
        if want is None or result.status is Status.INVALID:
            continue
        allowed = {Status.CREATED}
        if server.before(want):
            allowed = {Status.EXISTS} if weather.first_look else {Status.EXISTS, Status.CREATED}
            allowed |= {Status.CREATED} if weather.troubled else set()
        elif not server.can_make(want):
            allowed = {Status.REJECTED}
        if result.attempts >= weather.max_attempts:
            allowed |= {Status.FAILED}
        if weather.refusing:
            allowed |= {Status.REJECTED}
        if weather.doubling:
            allowed |= {Status.EXISTS}
        if weather.troubled and (weather.doubling or server.before(want)):
            allowed |= {Status.REJECTED}  # because it exists, and no listing came to find it in
        if result.status not in allowed:
            raise BrokenError(f"row {record.sheet_row} ended as {result.status}: {result.note or result.error_string}")
