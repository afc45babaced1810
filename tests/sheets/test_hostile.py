"""No file takes the process down: bombs end with an error, quickly and in little memory, and damage does too."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sheets.corpus.case import Case
from tests.sheets.corpus.hostile import bomb_cases, damaged_cases

pytestmark = pytest.mark.xdist_group("hostile")  # the bombs are read once, for all tests of this module
ROOT = Path(__file__).parent.parent.parent
BOMBS = {case.name: case for case in bomb_cases()}
DAMAGED = {case.name: case for case in damaged_cases()}


@dataclass(frozen=True, kw_only=True)
class End:
    """How a file ended, as the child process tells it."""

    file: str
    end: str
    seconds: float
    megabytes: float


def read_in_child(cases: dict[str, Case], folder: Path) -> tuple[list[End], str, int]:
    """Let a process of its own read all of them; give what it said, its stderr and its exit code."""
    for case in cases.values():
        case.write(folder / case.name)
    child = subprocess.run(  # noqa: S603 - this interpreter, with files made here
        [sys.executable, "-W", "error", "-m", "tests.sheets.corpus.child", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    for path in folder.iterdir():
        path.unlink()
    return [End(**json.loads(line)) for line in child.stdout.splitlines()], child.stderr, child.returncode


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> list[End]:
    """How the bombs ended; the process that read them all ended well."""
    ends, said, code = read_in_child(BOMBS, tmp_path_factory.mktemp("bombs"))
    assert (code, said) == (0, "")
    return ends


def test_every_bomb_ends_with_the_error_it_deserves(bombs: list[End]) -> None:
    """The process lives, and each error says what is wrong with the file."""
    assert BOMBS.keys() == {end.file for end in bombs}
    for end in bombs:
        assert re.search(BOMBS[end.file].error, end.end), end


def test_no_bomb_takes_long_or_much(bombs: list[End]) -> None:
    """Each takes at most 10 seconds of the processor, and all of them at most 300 megabytes."""
    assert max(end.seconds for end in bombs) < 10
    assert max(end.megabytes for end in bombs) < 300


def test_damaged_files_end_with_rows_or_an_error(tmp_path: Path) -> None:
    """Cut off anywhere, or with bytes changed, a workbook gives rows or a SheetError: no traceback, no abort."""
    ends, said, code = read_in_child(DAMAGED, tmp_path)

    assert code == 0, said
    assert DAMAGED.keys() == {end.file for end in ends}
    assert max(end.seconds for end in ends) < 10
