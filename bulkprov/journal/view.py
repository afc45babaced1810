"""A journal as it looks now: what was stored, and for rows that were left, what their last exchange makes of them.

`pending` and `unknown` are never stored; they come about here. What comes next for a row that was left is decided by a
function that the view is given, so that this room needs no rules of its own.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final, TypeAlias

from orjson import dumps

from bulkprov.engine.lifecycle import provisional_status
from bulkprov.engine.model import Outcome, Row, Standing, Status, Step, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.codec import (
    cells_from,
    faults_from,
    outcome_from,
    outcome_values,
    result_from,
    standing_from,
    status_from,
    step_from,
    verdict_from,
)
from bulkprov.journal.planned import planned
from bulkprov.journal.rows import JournalRow, RowHistory
from bulkprov.journal.schema import OUTCOME_COLUMNS
from bulkprov.journal.store import Journal
from bulkprov.sheets.rows import Result

__all__ = ["Decide", "View"]

_STATUS: Final = 4
"""Where an outcome's columns begin in a line of `View._lines`."""

Decide: TypeAlias = Callable[[str, Standing, Verdict | None, int], Standing | Outcome]
"""What comes next, given the name of the operation ("" in a journal of format 1), a stored standing, how its exchange
ended (None: nothing is known of that), and the highest id that was known anywhere before it."""


class View:
    """The rows of a journal as they look now."""

    def __init__(self, journal: Journal, decide: Decide) -> None:
        """Look at a journal.

        Args:
            journal: held open.
            decide: what comes next for a row that was left.
        """
        self._journal, self._database, self._decide = journal, journal.database, decide

    def unfinished(self) -> dict[int, Standing | Outcome]:
        """What comes next, by row number, for each row that has begun something that its outcome does not tell."""
        return {row: left for row, (left, _) in self._begun().items()}

    def next_to_do(self, most: int) -> frozenset[int]:
        """The numbers of the rows without an outcome that come next in the order of the work, so many at most."""
        settled = {number for number, left in self.unfinished().items() if isinstance(left, Outcome)}
        return frozenset(islice((number for number in self._todo() if number not in settled), most))

    def _todo(self) -> Iterator[int]:
        last = 0
        while rows := self._journal.todo(last, Standing(), {}):
            yield from (row.number for row in rows)
            last = rows[-1].number

    def statuses(self) -> Counter[Status]:
        """How many rows have which status: what `results` says of them, added up."""
        statuses, told = self._journal.counts(), self._told()
        for left, status in told.values():
            if status:
                statuses[status] -= 1
            statuses[_status_of(left)] += 1
        prior = self._database.rows(
            """SELECT number, standing FROM rows
            WHERE standing IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outcomes WHERE row = number)"""
        )
        inherited = {
            number: provisional_status(standing_from(standing)) for number, standing in prior if number not in told
        }
        statuses.update(inherited.values())
        statuses[Status.PENDING] += self._journal.size() - statuses.total()
        for number, each in planned(self._database):
            if number not in told and inherited.get(number, Status.PENDING) is Status.PENDING:
                statuses[each.status] += 1
                statuses[Status.PENDING] -= 1
        return statuses

    def unsure(self) -> int:
        """How many rows without an end may be what is listed, which only a person can tell."""
        left = (left for left, status in self._begun().values() if not status)
        return sum(1 for each in left if isinstance(each, Standing) and each.unsure)

    def acted_since(self, nr: int) -> set[int]:
        """The numbers of the rows of which an act was about to leave after the exchange of this number."""
        acted = self._database.rows("SELECT DISTINCT row FROM exchanges WHERE step = 'act' AND nr > ?", nr)
        return {row for (row,) in acted}

    def half_deleted(self) -> int:
        """How many things a rollback that was broken off may have deleted, or not: only another one can tell."""
        return sum(1 for left, status in self._told().values() if status and isinstance(left, Standing))

    def carried_over(self, words: Sequence[str]) -> int:
        """How many done rows were carried over whose notes have some of these words."""
        has = " OR ".join("instr(note, ?)" for _ in words)
        chosen = f"SELECT count(*) FROM outcomes WHERE carried AND status IN ('created', 'exists') AND ({has})"  # noqa: S608 - our own words
        return int(next(self._database.rows(chosen, *words))[0])

    def rows(self) -> Iterator[JournalRow]:
        """Every row in input order, with its outcome or where it stands."""
        for _, line, left in self._lines():
            yield self._row(line, left)

    def _row(self, line: tuple[Any, ...], left: Standing | Outcome | None) -> JournalRow:
        sheet_row, cells, faults, want, *outcome = line
        return JournalRow(
            sheet_row=sheet_row,
            cells=cells_from(cells),
            want=self._journal.want(want) if want else None,
            faults=faults_from(faults),
            state=left or outcome_from(tuple(outcome)),
        )

    def results(self) -> Iterator[Result]:
        """Every row in input order, with what became of it; unfinished ones as they look now.

        Where a plan is kept, rows that nothing was sent of are as it has said.
        """
        plan = planned(self._database)
        kept = next(plan, None)
        for number, line, left in self._lines():
            sheet_row, cells, faults, want = line[:_STATUS]
            if isinstance(left, Standing):
                result = _unfinished(sheet_row, cells_from(cells), left, deletes=bool(line[_STATUS]))
            else:
                ended = outcome_values(0, left)[1:] if left else line[_STATUS:]
                own_faults = faults_from(faults) if faults else ()
                result = result_from(sheet_row, cells_from(cells), own_faults, ended)
            if kept and kept[0] == number:
                said = kept[1]
                if result.status is Status.PENDING:
                    result = replace(result, status=said.status, note=said.note, id=said.id)
                kept = next(plan, None)
            yield self._remarked(result, want)

    def result_of(self, row: Row, outcome: Outcome | None) -> Result:
        """The line of the results of a row that has just ended, without its cells.

        Args:
            row: that ended.
            outcome: how; None if what was told of it was taken back.
        """
        if outcome is None:
            return self._remarked(_unfinished(row.sheet_row, (), row.standing, deletes=False), row.want)
        _, *ended = outcome_values(row.number, outcome)
        return self._remarked(result_from(row.sheet_row, (), (), tuple(ended)), row.want)

    def _remarked(self, result: Result, want: Wanted | str | None) -> Result:
        """The same with what its kind has to say of what the row wants, which may be as it is stored."""
        remark_on = self._journal.kind.remark
        if not remark_on or not want:
            return result
        remark = remark_on(self._journal.want(want) if isinstance(want, str) else want)
        if not remark:
            return result
        return replace(result, note="; ".join(filter(None, (result.note, remark))), remark=remark)

    def histories(self, sheet_rows: Collection[int]) -> Iterator[RowHistory]:
        """All that is known of the rows with these numbers in the sheet, in input order."""
        chosen = dumps(sorted(sheet_rows)).decode()
        numbers = "number IN (SELECT number FROM rows WHERE sheet_row IN (SELECT value FROM json_each(?)))"
        told: dict[int, list[tuple[float, Standing, Verdict | None]]] = {}
        for number, at, standing, verdict in self._database.rows(
            "SELECT row, at, standing, verdict FROM exchanges WHERE row IN (SELECT number FROM rows "
            "WHERE sheet_row IN (SELECT value FROM json_each(?))) ORDER BY nr",
            chosen,
        ):
            exchange = at, standing_from(standing), verdict_from(verdict) if verdict else None
            told.setdefault(number, []).append(exchange)
        for number, line, left in self._lines(numbers, chosen):
            yield RowHistory(row=self._row(line, left), exchanges=tuple(told.get(number, ())))

    def exchanged(self, operation: str) -> Iterator[tuple[Step, Verdict]]:
        """The exchanges of an operation of which it is stored how they ended: those after which their rows went on.

        Journals of format 1 name no operations: all of theirs count.
        """
        for step, verdict in self._database.rows(
            "SELECT step, verdict FROM exchanges WHERE verdict IS NOT NULL AND coalesce(operation, ?) = ?",
            operation,
            operation,
        ):
            yield step_from(step), verdict_from(verdict)

    def _lines(
        self, which: str = "TRUE", *values: str
    ) -> Iterator[tuple[int, tuple[Any, ...], Standing | Outcome | None]]:
        """Rows as they are stored, by number, each with what its exchanges make of it where its outcome does not tell.

        `which` is a condition of ours in SQL, with its values; by default all rows.
        """
        told = self._told()
        for stored in self._database.rows(
            f"SELECT number, standing, sheet_row, cells, faults, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            f"FROM rows LEFT JOIN outcomes ON row = number WHERE {which} ORDER BY number",
            *values,
        ):
            number, prior, line = stored[0], stored[1], stored[2:]
            left = told[number][0] if number in told else None
            if not line[_STATUS]:
                left = left or (standing_from(prior) if prior else Standing())
            yield number, line, left

    def _told(self) -> dict[int, tuple[Standing | Outcome, Status | None]]:
        """Rows whose exchanges say more than their outcome, by number: what comes next, and the outcome's status."""

        def untouched(left: Standing | Outcome, status: Status | None) -> bool:
            return status is not None and isinstance(left, Standing) and provisional_status(left) is not Status.UNKNOWN

        return {row: (left, status) for row, (left, status) in self._begun().items() if not untouched(left, status)}

    def _begun(self) -> dict[int, tuple[Standing | Outcome, Status | None]]:
        """What comes next for unfinished rows, by number, and the status of the outcome of one in a rollback."""
        begun = self._database.rows(
            """SELECT exchanges.row, standing, verdict, operation, known, status
            FROM exchanges LEFT JOIN outcomes ON outcomes.row = exchanges.row
            WHERE outcomes.row IS NULL OR exchanges.nr > outcomes.nr ORDER BY exchanges.nr"""
        )
        last = {row: line for row, *line in begun}
        return {
            row: (
                self._decide(
                    operation or "", standing_from(standing), verdict_from(verdict) if verdict else None, known or 0
                ),
                status_from(status) if status else None,
            )
            for row, (standing, verdict, operation, known, status) in last.items()
        }


def _status_of(left: Standing | Outcome) -> Status:
    return left.status if isinstance(left, Outcome) else provisional_status(left)


def _unfinished(sheet_row: int, cells: tuple[str, ...], standing: Standing, *, deletes: bool) -> Result:
    """A row as it looks before its end, or before the end of its rollback."""
    status = provisional_status(standing)
    act, command = ("delete", "rollback") if deletes else ("create", "resume")
    note = f"a {act} may have taken effect; {command} will look it up" if status is Status.UNKNOWN else ""
    refusal = standing.refusal
    if note and standing.turned_away and not (standing.sends or standing.ever_in_doubt):
        note = (
            f"the server says that it turned the {act} away unread (HTTP 429 or 401); {command} will look it up first"
        )
    if standing.unsure:
        note = (
            f"what is listed may be this set or another one: {standing.unsure}; nothing is sent until that is known: "
        )
        note += "if it is this set, delete the row, else correct the row or rename what is listed"
    elif standing.lost:
        note = f"the answer to the create has id {standing.lost}, which nothing of this name has; {command} looks again"
    elif refusal:
        note = (
            f"the server refused the {act}, and no look-up has shown yet whether it had an effect; {command} asks again"
        )
    return Result(
        cells=cells,
        status=status,
        error_code=refusal.reply.error_code if refusal else None,
        error_string=refusal.reply.error_string if refusal else "",
        id=standing.target or None,
        attempts=standing.sends,
        http_status=refusal.http_status if refusal else None,
        note=note,
        sheet_row=sheet_row,
    )
