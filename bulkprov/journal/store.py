"""The truth about a run: its rows, every exchange that was about to be sent, and every outcome, in one SQLite file.

Results, progress and resuming are views of it. An intent, with all that a later decision depends on, is on disk before
the first byte of its request leaves (`synchronous=FULL`); an outcome may come a moment later, since losing one costs
no more than a look-up. `pending` and `unknown` are never stored: they are how an unfinished row looks.

One process holds the file (by SQLite's own lock, which dies with the process), and one thread at a time uses it. It
knows no event loop (`group_commit.py` brings work from the loop to it), no HTTP, and of sheets only their cells.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from orjson import loads

from bulkprov.engine.lifecycle import provisional_status, reported
from bulkprov.engine.model import Outcome, Row, Standing, Status, Verdict
from bulkprov.engine.wanted import Wanted
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.codec import (
    batch_text,
    cells_from,
    faults_from,
    outcome_from,
    outcome_values,
    result_from,
    row_text,
    standing_from,
    verdict_from,
)
from bulkprov.journal.duplicates import settle
from bulkprov.journal.rows import Batch, Kept, NewRow, Told
from bulkprov.journal.schema import ADD_OUTCOME, GROW, KEEP, KEEPER, OUTCOME_COLUMNS, SCHEMA, TAKE_IN
from bulkprov.journal.sqlite import Disk
from bulkprov.kind import Kind
from bulkprov.sheets.rows import Result
from bulkprov.shell import typed

__all__ = ["Decide", "Journal"]

_FORMAT: Final = "2"
_READABLE: Final = frozenset({"1", _FORMAT})
"""Formats that this version reads. Version 1 cannot read what a row wants as format 2 has it, and refuses it."""
_CHUNK: Final = 1000
_PORTION: Final = 1 << 19
"""Bytes of rows that are stored at a time."""
_STATUS: Final = 4
"""Where an outcome's columns begin in a line of `Journal._lines`."""

Decide: TypeAlias = Callable[[str, Standing, Verdict | None], Standing | Outcome]
"""What comes next, given the name of the operation ("" in what version 1 wrote), a stored standing, and how its
exchange ended (None: nothing is known of that)."""


class Journal:
    """The journal of one run, held open. Every method may raise `StorageError`."""

    def __init__(self, disk: Disk, kind: Kind[Any]) -> None:
        """Use `create` or `open`."""
        self.path, self._disk = disk.path, disk
        self.kind = kind
        """Of the things that its rows want."""
        for statement in KEEPER:
            disk.execute(statement)

    @classmethod
    def create(cls, path: Path, facts: Mapping[str, str], kind: Kind[Any]) -> Self:
        """Make a new journal, with what is known of the run: both or nothing, whenever the process dies.

        An empty file, which is what a process leaves that died just before that, is taken for no journal yet.

        Raises:
            RunError: there is one already.
            StorageError: it cannot be written.
        """
        journal = cls(Disk.make(path), kind)
        try:
            journal._fill({"format": _FORMAT, **facts})
        except BaseException:
            journal.close()
            raise
        return journal

    def _fill(self, facts: Mapping[str, str]) -> None:
        with self._disk.transaction() as db:
            if db.execute("SELECT 1 FROM sqlite_schema").fetchone():
                again = f"To go on with it: {typed(['resume', self.path.parent])}"
                failed = f"To run its failed rows again: {typed(['rerun', self.path.parent])}"
                raise RunError(f"{self.path.parent} holds a run already. {again}. {failed}")
            for statement in SCHEMA:
                db.execute(statement)
            db.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())

    @classmethod
    def open(cls, path: Path, kinds: Mapping[str, Kind[Any]]) -> Self:
        """Open the journal of an earlier run.

        Args:
            path: of its file.
            kinds: by name, as they are stored; the first is that of journals which name none, as version 1 wrote them.

        Raises:
            RunError: there is none, it is not one, or another process has it.
        """
        try:
            there = path.is_file()
        except OSError as error:
            raise RunError(f"{path.parent}: {error.strerror}") from error
        if not there:
            raise RunError(f"{path.parent} holds no run: there is no {path.name} in it")
        journal = cls(Disk(path), next(iter(kinds.values())))
        try:
            facts = journal.facts()
        except StorageError:
            facts = {}
        kind = kinds.get(facts.get("kind", journal.kind.name))
        if facts.get("format") not in _READABLE or kind is None:
            journal.close()
            raise RunError(f"{path} is not a journal that this version of bulkprov can read")
        journal.kind = kind
        journal._grow()
        return journal

    def _grow(self) -> None:
        """Add the columns that an earlier version did not have."""
        for table, column, form in GROW:
            if column not in {name for _, name, *_ in self._disk.rows(f"PRAGMA table_info({table})")}:
                self._disk.execute(f"ALTER TABLE {table} ADD COLUMN {column} {form}")

    def _want(self, text: str) -> Wanted:
        want: Wanted = self.kind.from_stored(loads(text))
        return want

    def close(self) -> None:
        """Let go of the file."""
        self._disk.close()

    def facts(self) -> dict[str, str]:
        """What is known of the run as a whole: server, sheet, columns and so on."""
        return dict(self._disk.rows("SELECT name, value FROM facts"))

    def note(self, facts: Mapping[str, str]) -> None:
        """Store facts."""
        with self._disk.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def load(self, rows: Iterable[NewRow], facts: Callable[[], Mapping[str, str]]) -> None:
        """Take in all rows of a wave, and find those that repeat another: all of it or nothing.

        Args:
            rows: in input order.
            facts: asked when all rows are in, and stored together with them.
        """
        # While SQLite stores some rows, the next ones are read and checked: hardly any of its work is Python's.
        with self._disk.transaction() as db, ThreadPoolExecutor(1, "rows") as beside:
            taken: Future[None] | None = None
            for lines, outcomes in _portions(rows, self.kind):
                if taken:
                    taken.result()
                taken = beside.submit(_take_in, db, lines, outcomes)
            if taken:
                taken.result()
            settle(db, self.kind.noun)
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts().items())

    def apply(self, batch: Batch) -> None:
        """Bring a batch to disk; it is there when this returns."""
        exchanges, verdicts = batch_text(batch.exchanges), batch_text(batch.verdicts)
        self._disk.execute(KEEP, exchanges, verdicts, batch_text(batch.outcomes), repr(batch.alive))

    def last_nr(self) -> int:
        """The number of the newest exchange, 0 if there is none."""
        return int(next(self._disk.rows("SELECT coalesce(max(nr), 0) FROM exchanges"))[0])

    def counts(self) -> Counter[Status]:
        """Finished rows by status."""
        counted = self._disk.rows("SELECT status, count(*) FROM outcomes GROUP BY status")
        return Counter({Status(status): number for status, number in counted})

    def carried(self) -> int:
        """How many rows an earlier run had settled."""
        return int(next(self._disk.rows("SELECT count(*) FROM outcomes WHERE carried"))[0])

    def size(self) -> int:
        """How many rows the wave has."""
        return int(next(self._disk.rows("SELECT count(*) FROM rows"))[0])

    def todo(self, after: int, fresh: Standing, unfinished: Mapping[int, Standing]) -> list[Row]:
        """The next unfinished rows after row number `after`, a chunk of them at most.

        Args:
            after: row number.
            fresh: the standing of a row of which nothing is known.
            unfinished: see `unfinished`.
        """
        chosen = self._disk.rows(
            """SELECT number, sheet_row, want, standing FROM rows
            WHERE number > ? AND NOT EXISTS (SELECT 1 FROM outcomes WHERE row = number) ORDER BY number LIMIT ?""",
            after,
            _CHUNK,
        )
        return [
            Row(
                number=number,
                sheet_row=sheet_row,
                want=self._want(want),
                standing=unfinished.get(number) or (standing_from(prior) if prior else fresh),
            )
            for number, sheet_row, want, prior in chosen
        ]

    def made(self, after: int, unfinished: Mapping[int, Standing], now: float) -> list[Row]:
        """The next rows after row number `after` whose sets this run made for sure, and did not roll back; a chunk.

        Args:
            after: row number.
            unfinished: see `unfinished`.
            now: seconds since the epoch. Nothing was reported later, however the machine's clock was set in between.
        """
        chosen = self._disk.rows(
            """SELECT number, sheet_row, want, backupset_id, finished_at FROM rows JOIN outcomes ON row = number
            WHERE number > ? AND ours AND status = 'created' ORDER BY number LIMIT ?""",
            after,
            _CHUNK,
        )
        return [
            Row(
                number=number,
                sheet_row=sheet_row,
                want=self._want(want),
                standing=unfinished.get(number) or reported(target, min(finished_at, now)),
            )
            for number, sheet_row, want, target, finished_at in chosen
        ]

    def unfinished(self, decide: Decide) -> dict[int, Standing | Outcome]:
        """What comes next, by row number, for each row that has begun something that its outcome does not tell."""
        return {row: left for row, (left, _) in self._begun(decide).items()}

    def statuses(self, decide: Decide) -> Counter[Status]:
        """All rows by how they look now: what `results` says of them, added up."""
        statuses, told = self.counts(), self._told(decide)
        for left, status in told.values():
            if status:
                statuses[status] -= 1
            statuses[_status_of(left)] += 1
        prior = self._disk.rows(
            """SELECT number, standing FROM rows
            WHERE standing IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outcomes WHERE row = number)"""
        )
        statuses.update(provisional_status(standing_from(standing)) for number, standing in prior if number not in told)
        statuses[Status.PENDING] += self.size() - statuses.total()
        return statuses

    def half_deleted(self, decide: Decide) -> int:
        """How many sets a rollback that was broken off may have deleted, or not: only another one can tell."""
        return sum(1 for left, status in self._told(decide).values() if status and isinstance(left, Standing))

    def _told(self, decide: Decide) -> dict[int, tuple[Standing | Outcome, Status | None]]:
        """The rows of which their exchanges tell more than their outcome, if they have one; and its status."""

        def untouched(left: Standing | Outcome, status: Status | None) -> bool:
            return status is not None and isinstance(left, Standing) and provisional_status(left) is not Status.UNKNOWN

        return {
            row: (left, status) for row, (left, status) in self._begun(decide).items() if not untouched(left, status)
        }

    def _begun(self, decide: Decide) -> dict[int, tuple[Standing | Outcome, Status | None]]:
        """`unfinished`, and the status of the outcome that a row has all the same: its rollback was broken off."""
        begun = self._disk.rows(
            """SELECT exchanges.row, standing, verdict, operation, status
            FROM exchanges LEFT JOIN outcomes ON outcomes.row = exchanges.row
            WHERE outcomes.row IS NULL OR exchanges.nr > outcomes.nr ORDER BY exchanges.nr"""
        )
        last = {row: line for row, *line in begun}
        return {
            row: (
                decide(operation or "", standing_from(standing), verdict_from(verdict) if verdict else None),
                Status(status) if status else None,
            )
            for row, (standing, verdict, operation, status) in last.items()
        }

    def rows(self, decide: Decide, first: int = 1) -> Iterator[Kept]:
        """Every row in input order from row number `first` on, with its outcome or where it stands.

        Args:
            decide: what comes next for rows that were left.
            first: row number.
        """
        for (sheet_row, cells, faults, want, *outcome), left in self._lines(decide, first):
            yield Kept(
                sheet_row=sheet_row,
                cells=cells_from(cells),
                want=self._want(want) if want else None,
                faults=faults_from(faults),
                ended=left or outcome_from(tuple(outcome)),
            )

    def results(self, decide: Decide) -> Iterator[Result]:
        """Every row in input order, with what became of it; unfinished ones as they look now."""
        for (sheet_row, cells, faults, _, *outcome), left in self._lines(decide):
            if isinstance(left, Standing):
                yield _unfinished(sheet_row, cells_from(cells), left, deletes=bool(outcome[0]))
                continue
            _, *ended = outcome_values(0, left) if left else (0, *outcome)
            yield result_from(sheet_row, cells_from(cells), faults_from(faults), tuple(ended))

    def _lines(self, decide: Decide, first: int = 1) -> Iterator[tuple[tuple[Any, ...], Standing | Outcome | None]]:
        """Rows as they are stored, each with what its exchanges make of it where its outcome does not tell."""
        told = self._told(decide)
        for number, prior, *line in self._disk.rows(
            f"SELECT number, standing, sheet_row, cells, faults, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            "FROM rows LEFT JOIN outcomes ON row = number WHERE number >= ? ORDER BY number",
            first,
        ):
            left, _ = told.get(number, (None, None))
            if not line[_STATUS]:
                left = left or (standing_from(prior) if prior else Standing())
            yield tuple(line), left

    def row(self, sheet_row: int, decide: Decide) -> Told | None:
        """All that is known of the row with this number in the sheet."""
        number = next(self._disk.rows("SELECT number FROM rows WHERE sheet_row = ? LIMIT 1", sheet_row), None)
        if number is None:
            return None
        kept = next(islice(self.rows(decide, *number), 1))
        exchanges = self._disk.rows("SELECT at, standing, verdict FROM exchanges WHERE row = ? ORDER BY nr", *number)
        return Told(
            kept=kept,
            exchanges=tuple(
                (at, standing_from(standing), verdict_from(verdict) if verdict else None)
                for at, standing, verdict in exchanges
            ),
        )


def _portions(rows: Iterable[NewRow], kind: Kind[Any]) -> Iterator[tuple[list[bytes], list[tuple[Any, ...]]]]:
    """The rows of a wave as they are stored, and the outcomes that some have already: not too many at a time."""
    lines: list[bytes] = []
    outcomes: list[tuple[Any, ...]] = []
    size = 0
    for number, row in enumerate(rows, 1):
        line = row_text(
            number,
            row.sheet_row or 0,
            row.cells,
            want=row.want,
            to_stored=kind.to_stored,
            faults=row.faults,
            standing=row.standing,
        )
        lines.append(line)
        size += len(line)
        if row.outcome:
            outcomes.append(outcome_values(number, row.outcome))
        if size > _PORTION:
            yield lines, outcomes
            lines, outcomes, size = [], [], 0
    yield lines, outcomes


def _take_in(db: sqlite3.Connection, lines: Sequence[bytes], outcomes: Sequence[tuple[Any, ...]]) -> None:
    db.execute(TAKE_IN, (f"[{b','.join(lines).decode()}]",))
    db.executemany(ADD_OUTCOME, outcomes)


def _status_of(left: Standing | Outcome) -> Status:
    return left.status if isinstance(left, Outcome) else provisional_status(left)


def _unfinished(sheet_row: int, cells: tuple[str, ...], standing: Standing, *, deletes: bool) -> Result:
    """A row as it looks before its end, or before the end of its rollback."""
    status = provisional_status(standing)
    act, command = ("delete", "rollback") if deletes else ("create", "resume")
    note = f"a {act} may have taken effect; {command} looks it up" if status is Status.UNKNOWN else ""
    return Result(cells=cells, status=status, attempts=standing.sends, note=note, sheet_row=sheet_row)
