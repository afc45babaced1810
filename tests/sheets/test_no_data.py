"""Rows that have text and are no data are faults, before anything is sent."""

from pathlib import Path

import openpyxl
import pytest

from bulkprov.sheets.rows import Record
from tests.backupsets import checker, open_sheet, sheet_of

HEAD = "ticket,clientName,backupsetName,planName\n"


def faults(path: Path, row: str) -> str:
    """What is said of this row between two good ones, of which nothing is said."""
    path.write_text(f"{HEAD}1,client001,FS_1,Gold\n{row}\n2,client002,FS_2,Gold\n", encoding="utf-8")
    sheet = open_sheet(path)
    first, middle, last = (record for chunk in sheet.chunks() for record in chunk)
    check = checker(sheet.fields)
    assert not isinstance(check(first), tuple)
    assert not isinstance(check(last), tuple)
    found = check(middle)
    return "; ".join(fault.text for fault in found) if isinstance(found, tuple) else ""


@pytest.mark.parametrize(
    "row",
    [
        HEAD.strip(),
        "Ticket,CLIENT NAME,backupset name,Plan",
        "ticket,client,Backup Set,planName",
        "\ufeffticket,\u200bclientName,backupsetName,planName",
        "x,clientName*,backupsetName:,",
    ],
)
def test_the_header_again(tmp_path: Path, row: str) -> None:
    """As files have it that were joined, however it is spelled."""
    assert "row 3 is the header again" in faults(tmp_path / "wave.csv", row)


@pytest.mark.parametrize(
    "row",
    ["---,---,---,---", "----,==========,----------,", "-+-,---+---,---+---,-", "═══,═══,═══,═══", "…,____,****,."],
)
def test_a_rule(tmp_path: Path, row: str) -> None:
    """As query tools draw it below the header."""
    text = faults(tmp_path / "wave.csv", row)
    assert "row 3 is a rule of dashes" in text or "stands for nothing" in text


@pytest.mark.parametrize(
    "row",
    [
        *("Total,,,", ",Total,2,", "Total:,2,2,", ",TOTALS,12,", ",Summe,2,", ",Gesamtergebnis,2,1", ",Итого,2,2"),
        *(
            ",Összesen,1 234,",
            ",合计,2,",
            ",Total général,2,",
            ",Totale,2,",
            ",Grand Total,2,",
            ",Count,2,",
            "Total,2 sets,2 Stück,",
            "client001 Total,2,,",
            ",Berlin Ergebnis,3,",
            ",Total Berlin,3,",
            ",Москва Итог,3,",
            ",Grand Count,3,",
            ",Razem,2,",
        ),
    ],
)
def test_a_total(tmp_path: Path, row: str) -> None:
    """In the languages of spreadsheet programs."""
    assert "row 3 is a total" in faults(tmp_path / "wave.csv", row)


@pytest.mark.parametrize("row", ["(2 rows affected),,,", ",2 rows selected.,,", "*** END OF REPORT ***,,,", "EOF,,,"])
def test_the_end_of_a_report(tmp_path: Path, row: str) -> None:
    """What stands in the last row."""
    assert "row 3 is the end of a report" in faults(tmp_path / "wave.csv", row)


@pytest.mark.parametrize(
    "row", ["\u200b,\u200b,\u200b,", ",\u2800,\u2800,", ",\u3164,\u3164,", ",\ufeff,\u2060,", ",-,-,x", ",?,…,"]
)
def test_cells_that_only_look_blank_or_stand_for_nothing(tmp_path: Path, row: str) -> None:
    """No client has such a name."""
    assert faults(tmp_path / "wave.csv", row)


@pytest.mark.parametrize("plan", ["-", "–", "--", "?", "...", "___"])
def test_no_plan_is_called_by_a_dash(tmp_path: Path, plan: str) -> None:
    """It stands for "none", which is an empty cell."""
    assert "planName" in faults(tmp_path / "wave.csv", f"1,c,n,{plan}")


@pytest.mark.parametrize(
    "row",
    [
        *(
            "1,Total,FS_1,Gold",
            "Total,client003,FS_3,Gold",
            "ticket,client,FS_3,Gold",
            "1,end,of,report",
            "1,NA,null,none",
        ),
        *("---,client003,FS_3,Gold", "1,-x,=1+1,_y", "1,sum,total,", "1,Server Total,FS_1,", "1,Total,2 weekly sets,"),
    ],
)
def test_names_that_only_resemble_such_rows_are_names(tmp_path: Path, row: str) -> None:
    """What can be data is data."""
    assert faults(tmp_path / "wave.csv", row) == ""


def test_it_holds_for_workbooks_and_for_rows_in_memory(tmp_path: Path) -> None:
    """Where a row comes from makes no difference."""
    book = openpyxl.Workbook()
    for row in (["clientName", "backupsetName"], ["clientName", "backupsetName"], ["c", "n"]):
        book.active.append(row)
    book.save(tmp_path / "wave.xlsx")
    rows = [{"clientName": "clientName", "backupsetName": "backupsetName"}, {"clientName": "", "backupsetName": ""}]

    (of_book,) = open_sheet(tmp_path / "wave.xlsx").chunks()
    (of_memory,) = sheet_of(rows).chunks()

    assert "row 2 is the header again" in of_book[0].faults[0].text
    assert "row 1 is the header again" in of_memory[0].faults[0].text
    assert of_memory[1] == Record(sheet_row=2, cells=("", ""))
