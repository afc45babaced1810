"""The lines of `--events`: one JSON object on stdout for each row, as soon as its end is on disk.

They are written by a thread of their own. A reader that is slow, or has stopped reading, holds up no request; one that
is gone is written to no more, and the run goes on.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self

from bulkprov.cli.json_output import End, row_event, start_event
from bulkprov.engine.model import Outcome, Row
from bulkprov.engine.operations import Operation
from bulkprov.runs.run import Run

__all__ = ["EventLines"]


class EventLines:
    """Writes events on stdout. A context manager: on leaving, all are written."""

    def __init__(self) -> None:
        self._stream = sys.stdout  # as it is now: while a live picture is drawn, another stands in its place
        self._queue: SimpleQueue[Mapping[str, Any] | None] = SimpleQueue()
        self._writer = Thread(target=self._write, name="events", daemon=True)
        self._run: Run | None = None

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._writer.join()

    @contextmanager
    def of(self, run: Run, operation: Operation) -> Iterator[None]:
        """The events of the work on a run: each of its rows has one at least, and of several the last one counts.

        Rows that have ended already come first, those that are left last. A rollback tells of the rows only that it has
        worked on.

        Args:
            run: whose journal can be read now, and when the context ends.
            operation: what is done with its rows.
        """
        self._run, self._view, self._operation = run, run.view(), operation
        kept = str(run.folder) if operation.has_rows_to_fix else None
        self._queue.put(start_event(operation.name, kept, run.tally(operation).rows, time.time()))
        self._told = bytearray(run.journal.size() + 1)  # by row number; a byte for each of a million rows is little
        if not operation.undoes:
            self._tell(ended="before")
        yield
        if not operation.undoes:
            self._tell(ended="now", others="left")

    def ended(self, row: Row, outcome: Outcome | None) -> None:
        """Tell how a row has ended; None if that was taken back."""
        assert self._run  # noqa: S101 - rows end while there is work on a run
        kind = self._run.kind
        self._told[row.number] = True
        result = self._view.result_of(row, outcome)
        event = row_event(self._operation.name, "now", result, kind.cells(row.want), kind.columns.id_column)
        self._queue.put(event)

    def _tell(self, *, ended: End, others: End | None = None) -> None:
        """Tell of the rows with an outcome that nothing was told of, and of the others.

        Args:
            ended: when the former ended.
            others: when the latter did; None to leave them out.
        """
        run = self._run
        assert run  # noqa: S101 - as above
        kind = run.kind
        for number, (row, result) in enumerate(zip(run.rows(), run.results(), strict=True), 1):
            when = ended if row.outcome else others
            if when and not (row.outcome and self._told[number]):
                self._told[number] = row.outcome is not None
                wanted = kind.cells(row.want) if row.want else None
                self._queue.put(row_event(self._operation.name, when, result, wanted, kind.columns.id_column))

    def _write(self) -> None:
        gone = False
        while (event := self._queue.get()) is not None:
            if not gone:
                try:
                    print(json.dumps(event), file=self._stream, flush=True)
                except OSError:  # there is no one to read it any more
                    gone = True
