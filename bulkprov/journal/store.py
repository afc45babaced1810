"""The journal of one run, held open: its rows, every exchange that was about to be sent, and every outcome.

Results, progress and resuming are views of it (`view`). An intent, with all that a later decision depends on, is on
disk before the first byte of its request leaves (`synchronous=FULL`); an outcome may come a moment later, since losing
one costs no more than a look-up.

One process holds the file (by SQLite's own lock, which dies with the process), and one thread at a time uses it. It
knows no event loop (`group_commit` brings work from the loop to it), no HTTP, and of sheets only their cells.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from orjson import loads

from bulkprov.engine.lifecycle import reported
from bulkprov.engine.model import Evidence, Row, Standing, Status
from bulkprov.engine.wanted import Wanted
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.codec import batch_text, outcome_from, standing_from, status_from, stored
from bulkprov.journal.intake import take_in
from bulkprov.journal.rows import Batch, JournalRow
from bulkprov.journal.schema import ADDED_COLUMNS, BATCH_VIEW, FORMAT, OUTCOME_COLUMNS, SCHEMA, STORE_BATCH, STORE_FACT
from bulkprov.journal.sqlite import Database
from bulkprov.journal.turns import in_turn
from bulkprov.kind import Kind
from bulkprov.shell import typed

__all__ = ["Journal"]

_READABLE: Final = frozenset({"1", FORMAT})
"""Formats that this version reads. Version 1 cannot read what a row wants as format 2 has it, and refuses it."""
_TO_AUDIT: Final = "(nr > ? AND (status = 'created' OR facts IS NOT NULL) AND status <> 'rolled-back')"
"""Says of an outcome that a create of its row left, and that it is newer than the last audit."""
_CHUNK: Final = 1000
"""Rows that are read at a time."""


class Journal:
    """The journal of one run, held open. Every method may raise `StorageError`."""

    def __init__(self, database: Database, kind: Kind[Any]) -> None:
        """Use `create` or `open`."""
        self.path, self.database = database.path, database
        self.kind = kind
        """Of the things that its rows want."""
        self._upgraded = False
        for statement in BATCH_VIEW:
            database.execute(statement)

    @classmethod
    def create(cls, path: Path, facts: Mapping[str, str], kind: Kind[Any]) -> Self:
        """Make a new journal, with what is known of the run: both or nothing, whenever the process dies.

        An empty file is no journal yet: a process that died just before that leaves one.

        Raises:
            RunError: there is one already.
            StorageError: it cannot be written.
        """
        journal = cls(Database.make(path), kind)
        try:
            journal._fill({"format": FORMAT, **facts})
        except BaseException:
            journal.close()
            raise
        return journal

    def _fill(self, facts: Mapping[str, str]) -> None:
        with self.database.transaction() as db:
            if db.execute("SELECT 1 FROM sqlite_schema").fetchone():
                again = f"To continue it: {typed(['resume', self.path.parent])}"
                failed = f"To run its failed rows again: {typed(['rerun', self.path.parent])}"
                raise RunError(f"{self.path.parent} already holds a run. {again}. {failed}")
            for statement in SCHEMA:
                db.execute(statement)
            db.executemany(STORE_FACT, facts.items())

    @classmethod
    def open(cls, path: Path, kinds: Mapping[str, Kind[Any]]) -> Self:
        """Open the journal of an earlier run.

        Args:
            path: of its file.
            kinds: by name, as they are stored. Journals of version 1 name none: they are of the first.

        Raises:
            RunError: there is none, it is not one, or another process has it.
        """
        try:
            there = path.is_file()
        except OSError as error:
            raise RunError(f"{path.parent}: {error.strerror}") from error
        if not there:
            raise RunError(f"{path.parent} contains no run (there is no {path.name})")
        journal = cls(Database(path), next(iter(kinds.values())))
        try:
            facts = journal.facts()
        except StorageError:
            facts = {}
        kind = kinds.get(facts.get("kind", journal.kind.name))
        if facts.get("format") not in _READABLE or kind is None:
            journal.close()
            raise RunError(f"{path} is not a journal that this version of bulkprov can read")
        journal.kind = kind
        journal._add_columns()
        return journal

    def _add_columns(self) -> None:
        """Add the columns that an earlier version did not have."""
        for table, column, form in ADDED_COLUMNS:
            if column not in {name for _, name, *_ in self.database.rows(f"PRAGMA table_info({table})")}:
                self.database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {form}")
                if column == "facts":
                    self._doubt_what_was_found()

    def _doubt_what_was_found(self) -> None:
        """Take what version 1 had found by a look, or sent without one, for what is perhaps its run's.

        Version 1 called it its own for certain, and would delete it.
        """
        self.note({"format": FORMAT})
        self.database.execute(
            "UPDATE outcomes SET ours = 2 WHERE status = 'created' AND NOT carried AND (error_code IS NULL OR NOT ours)"
        )

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def facts(self) -> dict[str, str]:
        """What is known of the run as a whole: server, sheet, columns and so on."""
        return dict(self.database.rows("SELECT name, value FROM facts"))

    def note(self, facts: Mapping[str, str]) -> None:
        """Store facts."""
        with self.database.transaction() as db:
            db.executemany(STORE_FACT, facts.items())

    def load(self, rows: Iterable[JournalRow], facts: Callable[[], Mapping[str, str]]) -> None:
        """Take in all rows of a wave, and find those that repeat another: all rows or none.

        Args:
            rows: in input order.
            facts: asked when all rows are in, and stored together with them.
        """
        take_in(self.database, self.kind, rows, facts)

    def apply(self, batch: Batch) -> None:
        """Bring a batch to disk; it is there when this returns."""
        if not self._upgraded:  # what is stored from now on, an earlier version would take for something else
            self.note({"format": FORMAT})
            self._upgraded = True
        parts: tuple[Sequence[Any], ...] = (batch.exchanges, batch.verdicts, batch.outcomes, batch.reopened)
        self.database.execute(STORE_BATCH, *map(batch_text, parts))

    def last_nr(self) -> int:
        """The number of the newest exchange, 0 if there is none."""
        return int(next(self.database.rows("SELECT coalesce(max(nr), 0) FROM exchanges"))[0])

    def counts(self) -> Counter[Status]:
        """Finished rows by status."""
        counted = self.database.rows("SELECT status, count(*) FROM outcomes GROUP BY status")
        return Counter({status_from(status): number for status, number in counted})

    def carried(self) -> int:
        """How many rows an earlier run settled."""
        return int(next(self.database.rows("SELECT count(*) FROM outcomes WHERE carried"))[0])

    def size(self) -> int:
        """How many rows the wave has."""
        return int(next(self.database.rows("SELECT count(*) FROM rows"))[0])

    def todo(
        self,
        after: int,
        fresh: Standing,
        unfinished: Mapping[int, Standing],
        resumed: Callable[[Standing], Standing] = lambda standing: standing,
    ) -> list[Row]:
        """The next unfinished rows after row number `after`, in the order of the work; a chunk of them at most.

        Args:
            after: row number.
            fresh: the standing of a row of which nothing is known.
            unfinished: where rows stand that have begun something; see `View.unfinished`.
            resumed: how a row goes on that an earlier run left.
        """
        turns = in_turn(self.database)
        chosen = self.database.rows(
            f"""SELECT number, sheet_row, want, standing FROM {turns.rows}
            WHERE {turns.after} AND NOT EXISTS (SELECT 1 FROM outcomes WHERE row = number)
            ORDER BY turn LIMIT ?""",  # noqa: S608 - our own names
            after,
            _CHUNK,
        )
        return [
            Row(
                number=number,
                sheet_row=sheet_row,
                want=self.want(want),
                standing=unfinished.get(number) or (resumed(standing_from(prior)) if prior else fresh),
            )
            for number, sheet_row, want, prior in chosen
        ]

    def made(
        self, after: int, unfinished: Mapping[int, Standing], now: float, *, also_unproven: bool = False
    ) -> list[Row]:
        """As `todo`, the next rows whose things this run made and did not roll back.

        Args:
            after: row number.
            unfinished: as above, for rows whose rollback was broken off.
            now: seconds since the epoch. Nothing was reported later, even if the machine's clock was set back since.
            also_unproven: whether to take what it has perhaps made as well as what it certainly made.
        """
        evidence = (Evidence.PROVEN, Evidence.PERHAPS if also_unproven else Evidence.PROVEN)
        turns = in_turn(self.database)
        chosen = self.database.rows(
            f"SELECT number, sheet_row, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            f"FROM {turns.rows} CROSS JOIN outcomes ON row = number WHERE {turns.after} AND ours IN (?, ?) "
            "AND status IN ('created', 'exists') AND backupset_id IS NOT NULL ORDER BY turn LIMIT ?",
            after,
            *map(int, evidence),
            _CHUNK,
        )
        of_main = {number: standing for number, standing in unfinished.items() if not standing.extra}
        return [self._reported(line, of_main, now) for line in chosen]

    def with_further(self, after: int, now: float, *, also_unproven: bool) -> list[Row]:
        """As `todo`, the next rows that have further things (`lifecycle.further`), whatever became of them.

        `after` and `now` as for `made`; `also_unproven`: whether to take candidates as well as what bears a row's mark.
        """
        turns = in_turn(self.database)
        chosen = self.database.rows(
            f"SELECT number, sheet_row, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            f"FROM {turns.rows} CROSS JOIN outcomes ON row = number WHERE {turns.after} "
            """AND (facts LIKE '%"marked"%' OR (? AND facts LIKE '%"candidates"%')) ORDER BY turn LIMIT ?""",
            after,
            also_unproven,
            _CHUNK,
        )
        return [self._reported(line, {}, now) for line in chosen]

    def to_audit(self, after: int, since: int, unfinished: Mapping[int, Standing], now: float) -> list[Row]:
        """As `todo`, the next rows of which a create left, and that no audit has looked at.

        Args:
            after: row number.
            since: the number of the newest exchange at the last audit; -1 for the rows that came from an earlier run as
                well.
            unfinished: where rows stand that have begun something.
            now: seconds since the epoch.
        """
        turns = in_turn(self.database)
        chosen = self.database.rows(
            f"SELECT number, sheet_row, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            f"FROM {turns.rows} LEFT JOIN outcomes ON row = number WHERE {turns.after} AND want IS NOT NULL "
            f"AND (outcomes.row IS NULL OR {_TO_AUDIT}) ORDER BY turn LIMIT ?",
            after,
            since,
            _CHUNK,
        )
        return [self._reported(line, unfinished, now) for line in chosen]

    def unaudited(self, since: int) -> int:
        """How many finished rows of which a create left no audit has looked at; `since` as for `to_audit`."""
        return int(next(self.database.rows(f"SELECT count(*) FROM outcomes WHERE {_TO_AUDIT}", since))[0])  # noqa: S608

    def unproven(self) -> int:
        """How many finished rows have what is perhaps the run's."""
        perhaps = """SELECT count(*) FROM outcomes
            WHERE (ours = 2 AND status IN ('created', 'exists')) OR facts LIKE '%"candidates"%'"""
        return int(next(self.database.rows(perhaps))[0])

    def perhaps_created(self) -> int:
        """How many rows are `created` of which it is not proven that the run made what they have."""
        return int(next(self.database.rows("SELECT count(*) FROM outcomes WHERE ours = 2 AND status = 'created'"))[0])

    def reported_as(self, number: int, now: float) -> Row | None:
        """The first row reported as created with this id, else the first that has found it; `now` as for `made`."""
        chosen = self.database.rows(
            f"SELECT number, sheet_row, want, {', '.join(OUTCOME_COLUMNS)} "  # noqa: S608 - our own names
            "FROM outcomes JOIN rows ON row = number WHERE backupset_id = ? AND want IS NOT NULL "
            "AND status IN ('created', 'exists') ORDER BY status, row LIMIT 1",
            number,
        )
        return next((self._reported(line, {}, now) for line in chosen), None)

    def _reported(self, line: tuple[Any, ...], unfinished: Mapping[int, Standing], now: float) -> Row:
        """A row whose thing was reported, to be looked at again; or one without an outcome, as it stands."""
        number, sheet_row, want, *columns = line
        outcome = outcome_from(tuple(columns)) if columns[0] else None
        standing = reported(outcome, now) if outcome else Standing()
        return Row(
            number=number,
            sheet_row=sheet_row,
            want=self.want(want),
            standing=unfinished.get(number, standing),
            reported=outcome,
        )

    def last_act(self, operation: str) -> float | None:
        """When the last act of an operation began, in seconds since the epoch; None if there was none."""
        chosen = "SELECT max(at) FROM exchanges WHERE operation = ? AND step = 'act'"
        at = next(self.database.rows(chosen, operation))[0]
        return None if at is None else float(at)

    def reported_ids(self) -> list[int]:
        """The ids with which rows have been reported."""
        return [number for (number,) in self.database.rows("SELECT backupset_id FROM outcomes WHERE backupset_id")]

    def newest_reported(self) -> list[tuple[str, int]]:
        """Scope and id of the rows that have been reported with the highest ids, the highest last."""
        chosen = self.database.rows(
            "SELECT want, backupset_id FROM outcomes JOIN rows ON row = number WHERE backupset_id AND want IS NOT NULL "
            "AND status IN ('created', 'exists') ORDER BY backupset_id DESC LIMIT ?",
            _CHUNK,
        )
        return [(self.want(want).scope, number) for want, number in chosen][::-1]

    @stored
    def want(self, text: str) -> Wanted:
        """What a row wants, of the text that is stored for it."""
        want: Wanted = self.kind.from_stored(loads(text))
        return want
