"""A run whose rows are taken in and that has done no work yet: what messages are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from tests.end_to_end.results import wave

__all__ = ["loaded"]


@contextmanager
def loaded(folder: Path, *rows: tuple[str, str]) -> Iterator[Run]:
    """A run of these rows, on the simulator; its folder is `folder/run`."""
    sheet = wave(folder / "wave.csv", list(rows))
    with begin_run(str(sheet), output=folder / "run", access=Access(simulate=True), reading=Reading()) as run:
        load_rows(run)
        yield run
