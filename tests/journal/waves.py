"""What tests of the journal share: waves to take in, what comes next for rows that were left, other processes."""

import subprocess
import sys
from collections.abc import Iterable

from hypothesis import strategies as st

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine import lifecycle
from bulkprov.engine.creating import CREATING
from bulkprov.engine.model import NOTHING, End, Outcome, Row, Standing, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal.rows import JournalRow
from bulkprov.journal.view import Decide, View
from bulkprov.sheets.rows import Result
from tests.backupsets import Journal

__all__ = ["FRESH", "LOST", "facts", "keep", "load", "results", "rows", "start_python", "todo", "want"]

FRESH = lifecycle.begin(RetryPolicy())
LOST = Verdict(end=End.IN_DOUBT, why="no answer", at=50.0)


def facts() -> st.SearchStrategy[Standing]:
    """What may be kept with an outcome for any later work on its row."""
    ids = st.lists(st.integers(1, 2**53), max_size=3).map(tuple)
    known = st.builds(
        Standing,
        step=st.just(Step.LOOK),
        ever_in_doubt=st.booleans(),
        absent_before_send=st.booleans(),
        left=st.just(True),
        known=st.integers(0, 2**53),
        others=ids,
        candidates=ids,
        mark=st.sampled_from(["", "bulkprov run/2 0123456789abcdef"]),
        marked=ids,
    )
    return known | st.just(NOTHING)


def want(number: int, **others: str) -> BackupSet:
    """A backup set like no other."""
    return BackupSet(**{"client": "client001", "name": f"Set {number}", **others})  # type: ignore[arg-type]  # all text


def rows(number: int) -> list[JournalRow]:
    """Rows of a healthy wave, from row 2 of the sheet on."""
    return [JournalRow(sheet_row=n + 1, cells=("client001", f" Set {n}"), want=want(n)) for n in range(1, number + 1)]


def load(journal: Journal, wave: Iterable[JournalRow]) -> None:
    """Take in a wave."""
    journal.load(wave, lambda: {"loaded": "yes"})


def todo(journal: Journal, decide: Decide | None = None) -> list[Row]:
    """Every row with work to do."""
    begun = View(journal, decide or keep).unfinished()
    standings = {number: each for number, each in begun.items() if isinstance(each, Standing)}
    return journal.todo(0, FRESH, standings)


def keep(_operation: str, standing: Standing, verdict: Verdict | None, known: int) -> Standing | Outcome:
    """What comes next: as the program decides it, with an interrupted act in doubt from second 100 on."""
    if verdict is None:
        return lifecycle.interrupted(standing, 100.0, known)
    return lifecycle.after(CREATING, standing, verdict, RetryPolicy(), known)


def results(journal: Journal) -> list[Result]:
    """Every line of the results."""
    return list(View(journal, keep).results())


def start_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own, which says "ready" when it is."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
