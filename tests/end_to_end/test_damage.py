"""Damaged journals: one clear line, nothing sent that no row asks for, and what is whole is reported."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import wave

PAGE = 4096
ROWS = 1_500


@pytest.fixture(name="run")
def damaged_run(bulkprov: Callable[..., Said], commserve: CommServe, password: Path) -> Path:
    """A run that was stopped after some rows, two pages of whose journal are zeros."""
    sheet = wave(Path("wave.csv"), [(f"client{n % 40 + 1:03d}", f"N{n}") for n in range(ROWS)])
    words = ("--server", commserve.url, "--username", "admin", "--password-file", password, "-q", "--no-audit")
    bulkprov("run", sheet, *words, "--limit", "300", "-o", "run")
    journal = Path("run/journal.sqlite")
    content = bytearray(journal.read_bytes())
    for page in (20, 40):
        content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    journal.write_bytes(content)
    return Path("run")


def test_what_is_whole_is_reported_and_the_rest_is_counted(bulkprov: Callable[..., Said], run: Path) -> None:
    """In a folder of its own, so that nothing that was written before is lost."""
    before = (run / "results.xlsx").read_bytes()
    said = bulkprov("report", run)

    assert said.code == 5
    assert "is damaged: database disk image is malformed. 1," in said.err
    assert "of 1,500 rows could be read, and only these are in run/salvaged." in said.err
    sheet = openpyxl.load_workbook(run / "salvaged/results.xlsx")["Results"]
    assert 1_300 < sheet.max_row < 1_500
    assert (run / "results.xlsx").read_bytes() == before

    again = bulkprov("report", run)
    assert again.code == 2
    assert "What is whole of it was reported before: run/salvaged" in again.err


@pytest.mark.parametrize("command", ["resume", "verify"])
def test_nothing_is_sent_from_a_damaged_journal(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path, run: Path, command: str
) -> None:
    """The command ends with one line before any create."""
    before = commserve.statistics.creates
    said = bulkprov(command, run, "--username", "admin", "--password-file", password, "-q")

    assert said.code == 5
    assert said.err.count("is damaged") == 1
    assert commserve.statistics.creates == before
