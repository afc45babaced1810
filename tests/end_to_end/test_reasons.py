"""Why rows are not done, as a user reads it."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.end_to_end.conftest import Said
from tests.end_to_end.results import wave

Command = Callable[..., Said]
ENTRY = '[[error]]\ncode = 1\nmeans = "The client is not on boarded yet."\nrerun = "later"\nedit = "ask the team"\n'


@pytest.fixture(name="sheet")
def sheet_with_a_refused_row(tmp_path: Path) -> Path:
    """One row is made, and two are refused."""
    return wave(tmp_path / "w.csv", [("client001", "FS_A"), ("client998", "FS_B"), ("client999", "FS_C")])


def test_a_run_ends_with_reasons_before_the_command_to_go_on_with(bulkprov: Command, sheet: Path) -> None:
    """Rows, meaning, whether to rerun, and what to edit; the last line is still the command."""
    said = bulkprov("run", sheet, "--simulate", "-q", "-o", "run")

    lines = said.out.splitlines()
    at = lines.index("  2 rejected: errorCode 1: DB error: please refer to logs for more details. (rows 3, 4)")
    assert "does not know the client's name" in lines[at + 1]
    assert "edit: clientName" in lines[at + 2]
    assert lines[-1].startswith("Go on:    bulkprov rerun run")


def test_a_run_in_which_all_is_well_has_none(bulkprov: Command, tmp_path: Path) -> None:
    """A few lines, and nothing to read; the last three say where the files are, and how to see later that all is so."""
    said = bulkprov("run", wave(tmp_path / "w.csv", [("client001", "FS_A")]), "--simulate", "-q", "-o", "run")
    lines = said.out.splitlines()
    assert (len(lines), lines[0]) == (6, "1 row: 1 created")
    assert [line.partition(" ")[0] for line in lines[3:]] == ["Results:", "Page:", "Later:"]
    assert " rows/s" not in lines[1], "one row tells no speed"
    assert lines[5] == "Later:    bulkprov verify run"
    assert said.err == "", "--quiet"


def test_the_settings_file_extends_the_catalogue(bulkprov: Command, sheet: Path, tmp_path: Path) -> None:
    """What it says of an error is told on the terminal, in the Summary, and by `report` later."""
    (tmp_path / "bulkprov.toml").write_text(f"concurrency = 4\n{ENTRY}")

    said = bulkprov("run", sheet, "--simulate", "-q", "-o", "run")
    again = bulkprov("report", "run")

    told = "means: The client is not on boarded yet."
    assert told in said.out
    assert told in again.out
    book = openpyxl.load_workbook(tmp_path / "run/results.xlsx")
    cells = [str(cell.value) for row in book["Summary"].iter_rows() for cell in row]
    book.close()
    assert "Later, once the cause is gone. The client is not on boarded yet. Edit: ask the team." in cells


def test_a_file_of_its_own_beats_the_settings_file(bulkprov: Command, sheet: Path, tmp_path: Path) -> None:
    """So that a site can share one."""
    (tmp_path / "bulkprov.toml").write_text(ENTRY)
    (tmp_path / "site.toml").write_text(ENTRY.replace("The client", "This client"))

    said = bulkprov("run", sheet, "--simulate", "-q", "-o", "run", "--catalogue", "site.toml")

    assert "means: This client is not on boarded yet." in said.out


def test_a_wrong_entry_is_told_before_anything_is_sent(bulkprov: Command, sheet: Path, tmp_path: Path) -> None:
    """A typo must not cost the end of a wave its words: exit 2, and no run was begun."""
    (tmp_path / "bulkprov.toml").write_text('[[error]]\ncode = 1\nmean = "x"\n')

    said = bulkprov("run", sheet, "--simulate", "-q", "-o", "run")

    assert said.code == 2
    assert "bulkprov.toml: [[error]] number 1: unknown key mean" in said.err
    assert not (tmp_path / "run/journal.sqlite").exists()


def test_a_rows_story_ends_with_what_its_error_means(bulkprov: Command, sheet: Path) -> None:
    """In words and as JSON; a row that is done needs no explanation."""
    bulkprov("run", sheet, "--simulate", "-q", "-o", "run")

    told = bulkprov("show", "run", "--row", 3)
    edit = "clientName (`bulkprov plan RUN/failed.xlsx` suggests names); then appName and instanceName"
    assert told.out.splitlines()[-1] == f"  edit: {edit}"
    assert bulkprov("show", "run", "--row", 3, "--json").json["meaning"]["rerun"] == "once the row is corrected"
    assert bulkprov("show", "run", "--row", 2, "--json").json["meaning"] == {}


def test_json_stays_what_it_is(bulkprov: Command, sheet: Path) -> None:
    """One object with the fields that scripts know; the reasons are among them, and not in lines for people."""
    said = bulkprov("run", sheet, "--simulate", "-q", "-o", "run", "--json")
    assert said.json["rejected"] == 2
    assert said.out.count("\n") == 1
    assert sum(each["rows"] for each in said.json["groups"] if each["status"] == "rejected") == 2
