"""Cells about which there is doubt, from the sheet through the file of the rows to fix to the rerun, on disk."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bulkprov.report.formats import Format
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Reading
from tests.backupsets import sheet_of
from tests.runs.conftest import SIMULATED

COLUMNS = ("clientName", "backupsetName", "appName", "owner")
RUN = Path("reports/one")

Edit = Callable[[int, dict[str, str]], None]
"""Changes a row of the file of the rows to fix, given its `sheetRow`."""


def workbook(path: Path) -> None:
    """A workbook of every kind of doubt, with the same backup set name throughout."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(COLUMNS)
    for row, client in enumerate(("merged", None, 44000, 5, "#N/A", "=A4&1", 1234567890123456), start=2):
        sheet.append([client, f"set{row}", None, "Ann"])
    sheet.merge_cells("A2:A3")
    sheet["A4"].number_format = "mm-dd-yy"
    sheet["A5"].number_format = ";;;"
    sheet["A6"].data_type = "e"
    sheet["A8"].number_format = "0"
    sheet.append(["c9", "set9", 5, "Ann"])
    sheet["C9"].number_format = ";;;"
    book.save(path)


SHEETS: Mapping[str, Callable[[Path], None]] = {
    "wave.xlsx": workbook,
    "wave.csv": lambda path: path.write_text(  # type: ignore[dict-item]  # the count of letters is not wanted
        'clientName,backupsetName,appName,owner\n=VLOOKUP(B2),set2,,Ann\n "c3",set3,,Ann\nc4,set4\nc5,set5,,Ann,x,y\n'
        "c6,set6,=B6,Ann\n"
    ),
}


def begun(sheet: str, form: Format) -> None:
    """A run of one of the sheets, with its results."""
    SHEETS[sheet](Path(sheet))
    with begin_run(sheet, output=RUN, access=SIMULATED, reading=Reading()) as run:
        load_rows(run)
        run.report(form)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file of results."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    header, *rows = openpyxl.load_workbook(path).worksheets[-1].iter_rows(values_only=True)
    return [{str(name): "" if cell is None else str(cell) for name, cell in zip(header, row)} for row in rows]  # noqa: B905 - as long


def edit(path: Path, change: Edit) -> None:
    """Change the file of the rows to fix, as a person does who saves it again."""
    rows = rows_of(path)
    for row in rows:
        change(int(row["sheetRow"]), row)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)


def rerun(fixed: Path, folder: str = "reports/two", of: Path = RUN) -> dict[int, str | None]:
    """The client of each row that a rerun would send, by `sheetRow`; None for those that are invalid still."""
    with (
        Run.open(of) as earlier,
        begin_rerun(earlier, str(fixed), output=Path(folder), access=Access(), reading=Reading()) as again,
    ):
        load_rows(again, earlier)
        again.report()
        return {row.sheet_row: getattr(row.want, "client", None) for row in again.rows()}


READ = {
    "wave.xlsx": dict(enumerate(("merged", "", "2020-06-18", "5", "#N/A", "", "1234567890123456", "c9"), 2)),
    "wave.csv": dict(enumerate(("=VLOOKUP(B2)", ' "c3"', "c4", "c5", "c6"), 2)),
}


@pytest.mark.parametrize(("sheet", "form"), [("wave.xlsx", "xlsx"), ("wave.csv", "csv")])
def test_a_doubtful_cell_stands_empty_until_it_is_typed(sheet: str, form: Format) -> None:
    """Whatever the doubt. What was read is in the note and in the results; handed back untouched, nothing is sent."""
    begun(sheet, form)
    failed, results = RUN / f"failed.{form}", rows_of(RUN / f"results.{form}")

    assert len(results) == len(READ[sheet])
    for row in rows_of(failed):
        number = int(row["sheetRow"])
        if (sheet, number) in (("wave.xlsx", 9), ("wave.csv", 6)):
            assert (row["clientName"], row["appName"]) == (READ[sheet][number], "")
            assert "appName is left empty here" in row["note"]
        else:
            assert row["clientName"] == ""
            assert "clientName is left empty here" in row["note"]
    assert {number: row["clientName"] for number, row in zip(READ[sheet], results, strict=True)} == READ[sheet]
    assert rerun(failed) == dict.fromkeys(READ[sheet])
    again = Path("reports/two")
    rerun(again / failed.name, "reports/three", of=again)
    for folder in (again, Path("reports/three")):
        notes = [row["note"] for row in rows_of(folder / failed.name)]
        assert [note.count("still empty in the rows to fix: type what is right") for note in notes] == [1] * len(notes)
    if form == "xlsx":
        comment = openpyxl.load_workbook(failed)["Failed"]["B2"].comment
        assert comment is not None
        assert 'clientName is left empty here, and was read as "merged"' in comment.text


def test_a_text_that_nobody_typed_is_not_believed() -> None:
    """A file without the note has it as it was read: stripped results do, and so does a renamed copy of them."""
    begun("wave.csv", "csv")
    stripped = Path("mine.csv")
    with stripped.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("sheetRow", *COLUMNS), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows_of(RUN / "results.csv"))
    (RUN / "failed-all.csv").write_bytes((RUN / "results.csv").read_bytes())

    assert rerun(stripped) == dict.fromkeys(READ["wave.csv"])
    assert rerun(RUN / "failed-all.csv", "reports/three") == dict.fromkeys(READ["wave.csv"])


def test_one_typed_cell_of_a_ragged_row_says_nothing_of_the_others() -> None:
    """No cell that was forgotten takes its default."""
    begun("wave.csv", "csv")

    def forget(number: int, row: dict[str, str]) -> None:
        if number == 5:
            row |= {"clientName": "c5", "backupsetName": "set5"}

    failed = RUN / "failed.csv"
    assert all(f"{name} is left empty here" in rows_of(failed)[3]["note"] for name in ("clientName", "backupsetName"))
    edit(failed, forget)
    assert rerun(failed)[5] == "c5", "its agent was empty in the sheet as well"

    def half(number: int, row: dict[str, str]) -> None:
        if number == 5:
            row |= {"clientName": "c5", "backupsetName": ""}

    edit(failed, half)
    assert rerun(failed, "reports/three")[5] is None


def typed(row: dict[str, str]) -> None:
    """Type into the empty cells of a row what was read of them, or what is right where that cannot be a name."""
    for name, right in (("clientName", "same"), ("backupsetName", "set"), ("appName", "File System")):
        if name in row:
            row[name] = row[name] or right


@pytest.mark.parametrize("name", ["failed.xlsx", "copy.csv"])
def test_what_is_typed_into_it_is_judged_like_any_value(name: str) -> None:
    """The very value that was read, too; wherever the file lies by then. Another cell says nothing about it."""
    begun("wave.xlsx", "csv" if name.endswith("csv") else "xlsx")
    failed = next(RUN.glob("failed.*"))

    def change(number: int, row: dict[str, str]) -> None:
        if number in (2, 5, 8, 9):
            row["clientName"] = READ["wave.xlsx"][number]
        if number == 9:
            row["appName"] = "Oracle"
        row["owner"] = "Bob"

    edit(failed, change)
    failed = failed.rename(RUN.parent / name) if name.startswith("copy") else failed
    assert rerun(failed) == {2: "merged", 3: None, 4: None, 5: "5", 6: None, 7: None, 8: "1234567890123456", 9: "c9"}
    left = next(Path("reports/two").glob("failed.*"))
    edit(left, lambda _, row: typed(row))
    sent = rerun(left, "reports/three", Path("reports/two"))
    assert sent == {2: "merged", 3: "same", 4: "same", 5: "5", 6: "same", 7: "same", 8: "1234567890123456", 9: "c9"}


@pytest.mark.parametrize("name", ["failed.csv", "copy.csv"])
def test_that_nothing_belongs_into_a_cell_is_typed_as_a_word(name: str) -> None:
    """The note says so, of a column that may be empty; the default counts then. In any other it is no value."""
    begun("wave.xlsx", "csv")
    failed = RUN / "failed.csv"
    notes = {row["sheetRow"]: row["note"] for row in rows_of(failed)}
    assert notes["9"].endswith("or what is right, or (empty) if nothing belongs there")
    assert "(empty)" not in notes["2"]

    def change(number: int, row: dict[str, str]) -> None:
        row["appName" if number == 9 else "clientName"] = " (Empty)"
        row["owner"] = "(empty)"

    edit(failed, change)
    failed = failed.rename(RUN.parent / name)
    sent = rerun(failed)
    assert sent == {2: None, 3: None, 4: None, 5: None, 6: None, 7: None, 8: None, 9: "c9"}
    results = rows_of(next(Path("reports/two").glob("results.*")))
    assert [(row["appName"], row["owner"]) for row in results if row["sheetRow"] == "9"] == [("", "(empty)")]
    assert "clientName is empty" in results[0]["note"]


def test_the_word_holds_where_the_file_is_run_by_itself_and_in_new_rows() -> None:
    """It is the note of the row that says which cell was left empty; elsewhere the word means itself."""
    begun("wave.xlsx", "csv")

    def change(number: int, row: dict[str, str]) -> None:
        row["sheetRow"] = ""
        row["clientName"], row["backupsetName"] = f"c{number}", f"new{number}" if number == 9 else "(empty)"
        row["appName"] = "(empty)" if number == 9 else ""

    edit(RUN / "failed.csv", change)
    with (
        Run.open(RUN) as earlier,
        begin_rerun(earlier, str(RUN / "failed.csv"), output=Path("two"), access=Access(), reading=Reading()) as again,
    ):
        load_rows(again, earlier)
        new = [row.want for row in again.rows()][-8:]
    alone = (RUN / "failed.csv").rename("alone.csv")
    with begin_run(alone.name, output=Path("three"), access=SIMULATED, reading=Reading()) as run:
        load_rows(run)
        by_itself = [row.want for row in run.rows()]

    for wants in (new, by_itself):
        assert [getattr(want, "name", None) for want in wants] == [*["(empty)"] * 7, "new9"]
        assert getattr(wants[-1], "app", "") == "File System"


def test_a_row_that_did_not_fit_its_columns_is_typed_again() -> None:
    """Its cells may all be in wrong columns; what is right among them is in the note."""
    begun("wave.csv", "csv")
    edit(RUN / "failed.csv", lambda number, row: typed(row) if number in (4, 5) else None)

    assert rerun(RUN / "failed.csv") == {2: None, 3: None, 4: "same", 5: "same", 6: None}


def test_a_doubtful_row_without_its_number_is_one_row_still() -> None:
    """If it names what was read; and marks in `skip` hold for it."""
    begun("wave.xlsx", "xlsx")

    def change(number: int, row: dict[str, str]) -> None:
        row["skip"] = "x" if number > 2 else ""
        if number == 2:
            row["clientName"] = "merged"
            row["sheetRow"] = ""

    edit(RUN / "failed.xlsx", change)
    assert rerun(RUN / "failed.xlsx") == {2: "merged"}


def test_the_results_of_all_rows_confirm_nothing() -> None:
    """They have every text as it was read."""
    begun("wave.xlsx", "xlsx")

    assert set(rerun(RUN / "results.xlsx").values()) == {None}


def test_the_rows_to_fix_send_no_doubtful_name_by_themselves() -> None:
    """As a sheet of its own in another place, the file says that an empty cell was in doubt: no default is taken."""
    begun("wave.xlsx", "xlsx")
    alone = (RUN / "failed.xlsx").rename("alone.xlsx")

    with begin_run(str(alone), output=Path("reports/alone"), access=SIMULATED, reading=Reading()) as run:
        load_rows(run)
        assert [row.want for row in run.rows()] == [None] * len(READ["wave.xlsx"])


def test_a_value_of_a_program_that_is_no_text_is_in_doubt() -> None:
    """It is left empty too, and said as it was read."""
    rows = sheet_of([{"clientName": 1.5, "backupsetName": "set"}])
    with begin_run(rows, output=RUN, access=SIMULATED, reading=Reading()) as run:
        load_rows(run)
        run.report("xlsx")
    edit(RUN / "failed.xlsx", lambda _, row: typed(row))

    assert rerun(RUN / "failed.xlsx") == {1: "same"}
