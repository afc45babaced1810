"""Runs on disk, in an empty working directory."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome
from bulkprov.journal.rows import Batch
from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from tests.end_to_end.results import wave

SIMULATED = Access(simulate=True)
ROWS = (("c1", "a"), ("c1", "b"), ("c2", ""))
"""Two rows and an invalid one."""


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty directory in which a test works."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="begun")
def beginner() -> Iterator[Callable[..., Run]]:
    """Begins a run of rows, which is closed after the test; loads them too, and gives them outcomes."""
    stack = ExitStack()

    def begin(
        folder: str | None = "run",
        *,
        sheet: str = "wave.csv",
        rows: Iterable[tuple[str, ...]] = ROWS,
        access: Access = SIMULATED,
        load: bool = True,
        outcomes: Iterable[Outcome] = (),
    ) -> Run:
        wave(Path(sheet), list(rows))
        run = begin_run(sheet, output=Path(folder) if folder else None, access=access, reading=Reading())
        stack.enter_context(run)
        if load:
            load_rows(run)
        settle(run, *outcomes)
        return run

    with stack:
        yield begin


def settle(run: Run, *outcomes: Outcome) -> None:
    """Give the first rows of a run these outcomes."""
    batch = Batch("run")
    for number, outcome in enumerate(outcomes, 1):
        batch.finish(number, outcome)
    run.journal.apply(batch)
