"""The template: what the ops team sees in it is what the loader and validation expect."""

import csv
from pathlib import Path

import openpyxl
import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_columns import APP_NAMES
from bulkprov.errors import SheetError, StorageError
from tests.backupsets import COLUMNS, checker, open_sheet, write_template

EXAMPLE = tuple(column.example for column in COLUMNS)
EXAMPLE_SET = BackupSet(client="client001", name="FS_Wave3_01", plan="Gold", description="Finance shares, wave 3")


def filled(path: Path) -> Path:
    """A template with one row filled in as its notes say, as a spreadsheet program would save it."""
    book = openpyxl.load_workbook(path)
    book["Wave"].append(EXAMPLE)
    saved = path.with_name(f"filled-{path.name}")
    book.save(saved)
    return saved


def wanted(path: Path) -> list[object]:
    """What the rows of a sheet ask for."""
    sheet = open_sheet(path)
    check = checker(sheet.fields)
    return [check(record) for chunk in sheet.chunks() for record in chunk]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_template_has_no_rows_yet(suffix: str, tmp_path: Path) -> None:
    """Run as it is, it is a sheet without data: no example can be provisioned by mistake."""
    path = tmp_path / f"wave{suffix}"

    write_template(path)

    with pytest.raises(SheetError, match="no row of data"):
        open_sheet(path)


def test_a_filled_in_workbook_is_understood(tmp_path: Path) -> None:
    """The examples of the notes, put into the sheet, are a good row."""
    write_template(tmp_path / "wave.xlsx")

    (want,) = wanted(filled(tmp_path / "wave.xlsx"))

    assert want == EXAMPLE_SET


def test_a_filled_in_csv_is_understood(tmp_path: Path) -> None:
    """So are they in the CSV template."""
    path = tmp_path / "wave.csv"
    write_template(path)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(EXAMPLE)

    assert wanted(path) == [EXAMPLE_SET]


def test_columns_are_text_and_lists_drop_down(tmp_path: Path) -> None:
    """Zeros typed into any column stay, and appName and onDemandBackupset have their values to choose from."""
    write_template(tmp_path / "wave.xlsx")
    book = openpyxl.load_workbook(tmp_path / "wave.xlsx")
    sheet = book["Wave"]

    assert (book.properties.title, book.properties.creator) == ("Wave to fill in", "bulkprov")
    lists = {
        str(check.sqref).split("2:")[0]: check.formula1.strip('"').split(",")
        for check in sheet.data_validations.dataValidation
        if check.type == "list"
    }
    assert lists == {"C": list(APP_NAMES), "E": ["True", "False"]}
    columns = sheet.column_dimensions["A"]
    assert (columns.min, columns.max, columns.number_format) == (1, len(COLUMNS), "@")


def test_every_column_is_explained(tmp_path: Path) -> None:
    """The notes name each column with its meaning."""
    write_template(tmp_path / "wave.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "wave.xlsx")["Notes"]

    told = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}

    assert {column.name: column.note for column in COLUMNS}.items() <= told.items()


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    """A template is never written over somebody's sheet."""
    path = tmp_path / "wave.csv"
    path.write_text("mine")

    with pytest.raises(SheetError, match="already"):
        write_template(path)
    assert path.read_text() == "mine"


def test_other_kinds_and_places_are_refused(tmp_path: Path) -> None:
    """A name that ends otherwise and a folder that is not there are told apart."""
    with pytest.raises(SheetError, match=r"\.xlsx or \.csv"):
        write_template(tmp_path / "wave.ods")
    with pytest.raises(StorageError, match="cannot be written"):
        write_template(tmp_path / "nowhere" / "wave.xlsx")
