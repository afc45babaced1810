"""The door of the loader: what an opened sheet knows of itself."""

import hashlib
import io
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.rows import Record
from tests.backupsets import RESULT_COLUMNS, open_sheet

OWN = ("ticket", "clientName", "backupsetName")
RESULT = ("created", "0", "", "931", "1", "200", "0.1", "2026-01-05T18:00:00+01:00", "", "7")


def sheet_of(path: Path, *rows: tuple[str, ...]) -> Path:
    """A CSV file of these rows."""
    path.write_text("".join(";".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def only(path: Path) -> Record:
    """The one row of a sheet."""
    (record,) = (record for chunk in open_sheet(path).chunks() for record in chunk)
    return record


def test_a_sheet_says_what_it_is(tmp_path: Path) -> None:
    """Path as given, columns as written, fields by their canonical names, digest of the bytes, what was guessed."""
    path = sheet_of(tmp_path / "wave.csv", ("Ticket", "Client Name", "backup set"), ("1", "c", "n"))

    sheet = open_sheet(path)

    assert (sheet.path, sheet.sheet_name, sheet.is_results) == (str(path), "", False)
    assert sheet.columns == ("Ticket", "Client Name", "backup set")
    assert sheet.fields == {"clientName": 1, "backupsetName": 2}
    assert sheet.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sheet.notes == ("wave.csv: columns are separated by semicolons",)


def test_a_results_file_gives_its_own_columns_and_the_results_apart(tmp_path: Path) -> None:
    """The ten result columns are no columns of the operator's, wherever they stand."""
    path = sheet_of(
        tmp_path / "results.csv",
        (*RESULT_COLUMNS[:5], *OWN, *RESULT_COLUMNS[5:]),
        (*RESULT[:5], "1", "c", "n", *RESULT[5:]),
    )

    sheet = open_sheet(path)

    assert (sheet.is_results, sheet.columns) == (True, OWN)
    assert sheet.fields == {"clientName": 1, "backupsetName": 2}
    assert only(path) == Record(sheet_row=2, cells=("1", "c", "n"), prior=RESULT)


def test_an_own_column_may_bear_a_results_name(tmp_path: Path) -> None:
    """Then ours is called `status (bulkprov)`, and the operator's stays theirs."""
    results = tuple("status (bulkprov)" if name == "status" else name for name in RESULT_COLUMNS)
    path = sheet_of(tmp_path / "results.csv", ("status", *OWN, *results), ("open", "1", "c", "n", *RESULT))

    assert open_sheet(path).columns == ("status", *OWN)
    assert only(path) == Record(sheet_row=2, cells=("open", "1", "c", "n"), prior=RESULT)


def test_nine_result_columns_are_columns_like_any_other(tmp_path: Path) -> None:
    """A sheet is a results file only if it has all ten."""
    path = sheet_of(tmp_path / "wave.csv", (*OWN, *RESULT_COLUMNS[1:]), ("1", "c", "n", *RESULT[1:]))

    assert not open_sheet(path).is_results
    assert only(path).cells == ("1", "c", "n", *RESULT[1:])


def test_stdin_is_read_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as it is asked for, though it comes only once."""
    path = sheet_of(tmp_path / "wave.csv", OWN, ("1", "c", "n"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))

    sheet = open_sheet("-")

    assert (sheet.path, sheet.sha256) == ("-", open_sheet(path).sha256)
    assert list(sheet.chunks()) == list(sheet.chunks()) == list(open_sheet(path).chunks())


def test_a_workbook_on_stdin_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to be seekable, so it has to have a name."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"PK\x03\x04")))

    with pytest.raises(SheetError, match="stdin: only CSV is read from stdin, not a workbook"):
        open_sheet("-")


def test_options_of_text_are_refused_for_a_workbook() -> None:
    """Whatever their value: it would change nothing."""
    for options in ({"encoding": "utf8x"}, {"delimiter": ";"}):
        with pytest.raises(SheetError, match=f"a workbook, which has no {next(iter(options))} to choose: leave"):
            open_sheet(Path(__file__).parents[2] / "inputs/wave.xlsx", **options)


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    """Each has its own line."""
    with pytest.raises(SheetError, match=r"there is no such file$"):
        open_sheet(tmp_path / "nowhere.csv")
    (tmp_path / "wave7.xlsx").touch()
    with pytest.raises(SheetError, match=r"there is no such file: did you mean .*wave7\.xlsx\?$"):
        open_sheet(tmp_path / "wvae7.xlsx")
    for short in ("wae7.xlsx", "wav7.xlsx", "wve7.xlsx"):
        with pytest.raises(SheetError, match=r"did you mean .*wave7\.xlsx\?$"):
            open_sheet(tmp_path / short)
    for other in ("wav.xlsx", "we7.xlsx"):
        with pytest.raises(SheetError, match=r"there is no such file$"):
            open_sheet(tmp_path / other)
    with pytest.raises(SheetError, match=r"^https://cs\.example\.com/w\.xlsx: this is an address"):
        open_sheet("https://cs.example.com/w.xlsx")
    with pytest.raises(SheetError, match="this is a directory"):
        open_sheet(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_a_file_that_goes_away_is_a_sheet_error(tmp_path: Path) -> None:
    """Also between opening and reading."""
    path = sheet_of(tmp_path / "wave.csv", OWN, ("1", "c", "n"))
    sheet = open_sheet(path)
    path.unlink()

    with pytest.raises(SheetError, match="cannot be read"):
        list(sheet.chunks())


@pytest.mark.parametrize("row", ["3;d\n", "3;d;n;4;5\n", "3;d;n\n"])
def test_a_file_that_changes_while_it_is_read_is_a_sheet_error(tmp_path: Path, row: str) -> None:
    """Were its rows believed, a row that somebody was typing just then would be created as far as it had come."""
    path = sheet_of(tmp_path / "wave.csv", OWN, ("1", "c", "n"))
    sheet = open_sheet(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(row)

    with pytest.raises(SheetError, match="changed while it was read"):
        list(sheet.chunks())


def peak(path: Path) -> int:
    """The most memory that going through a sheet takes, in bytes."""
    sheet = open_sheet(path)
    tracemalloc.start()
    try:
        for _ in sheet.chunks():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_a_csv(tmp_path: Path) -> None:
    """Six times as many rows take no more memory, since they come in chunks."""
    few = sheet_of(tmp_path / "few.csv", OWN, *((str(number), "c", "n") for number in range(5_000)))
    many = sheet_of(tmp_path / "many.csv", OWN, *((str(number), "c", "n") for number in range(30_000)))
    peak(few)  # the first time, pandas is loaded

    assert peak(many) < 1.2 * peak(few)


def test_what_is_heavy_waits_until_a_sheet_needs_it(tmp_path: Path) -> None:
    """A command that reads no sheet does not pay for pandas, nor one that reads a CSV for what reads workbooks."""
    sheet = sheet_of(tmp_path / "wave.csv", OWN, ("1", "c", "n"), ("",), ("2", "c", "m"))
    code = f"""
import sys
import bulkprov.cli.commands
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.sheets import open_sheet

HEAVY = {{"pandas", "pydantic", "xlrd", "xlsxwriter", "bulkprov.sheets.excel.worksheet", "bulkprov.sheets.spelling"}}

def loaded(): return sorted(HEAVY & set(sys.modules))

print(loaded())
chunks = open_sheet({str(sheet)!r}, columns=BACKUP_SET.columns).chunks()
rows = [record.sheet_row for chunk in chunks for record in chunk]
print(rows, loaded())
"""

    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603 - this interpreter

    assert said.splitlines() == ["[]", "[2, 4] ['pandas']"]
