"""The first hour of somebody new: template, twenty mistakes, run, correct what failed, run that again, all there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from tests.end_to_end.conftest import Said
from tests.end_to_end.results import read

Command = Callable[..., Said]

GOOD = 15
"""Rows without a mistake, in the rows 2 to 16."""

MISTAKES: tuple[tuple[dict[str, str | int], dict[str, str], str], ...] = (
    ({"clientName": "client016"}, {"backupsetName": "FS_16"}, "Wave!B17: backupsetName is empty"),
    ({"backupsetName": "FS_17"}, {"clientName": "client017"}, "Wave!A18: clientName is empty"),
    ({"appName": "Fiel System"}, {"appName": "File System"}, 'did you mean "File System"?'),
    ({"appName": "Windows FS"}, {"appName": ""}, "is not an agent that Commvault documents"),
    ({"onDemandBackupset": "Ture"}, {"onDemandBackupset": "True"}, 'did you mean "True"?'),
    ({"onDemandBackupset": "perhaps"}, {"onDemandBackupset": "no"}, "write True or False"),
    ({"backupsetName": "FS_22\u200b"}, {"backupsetName": "FS_22"}, "has ZERO WIDTH SPACE (U+200B)"),
    ({"backupsetName": "FS_B\u0430ckup"}, {"backupsetName": "FS_23"}, "look-alike CYRILLIC SMALL LETTER A (U+0430)"),
    (
        {"backupsetName": "FS\t24"},
        {"backupsetName": "FS_24"},
        "has a tab at position 3, which is not allowed in a name",
    ),
    ({"backupsetName": "FS\u00a025"}, {"backupsetName": "FS_25"}, "which only looks like a space"),
    ({"clientName": "client026\nclient027"}, {"clientName": "client026"}, "has a line break"),
    ({"backupsetName": "x" * 300}, {"backupsetName": "FS_27"}, "has 300 characters; a name may have at most 255"),
    ({"backupsetName": '=A29&"x"'}, {"backupsetName": "FS_28"}, "Wave!B29: backupsetName is a formula"),
    ({"backupsetName": 1234567890123456}, {"backupsetName": "FS_29"}, "a spreadsheet keeps 15 digits"),
    ({"backupsetName": "#N/A"}, {"backupsetName": "FS_30"}, "Wave!B31: backupsetName is the error #N/A: correct it"),
    ({"clientName": "CLIENT001", "backupsetName": "fs_01"}, {"backupsetName": "FS_31"}, "same backup set as row 2"),
    ({"clientName": "clinet033"}, {"clientName": "client033"}, "a client name that the CommServe does not know"),
    ({"planName": "Glod"}, {"planName": ""}, "Plan [Glod] not found"),
    ({"instanceName": "Defualt"}, {"instanceName": ""}, "Instance [Defualt] of [File System] not found"),
    ({"appName": "Oracle"}, {"appName": ""}, "Instance [DefaultInstanceName] of [Oracle] not found"),
)
"""What is wrong with a row, what puts it right, and what the person is told about it."""


def fill_in(path: Path, more: Sequence[dict[str, str | int]] = ()) -> None:
    """Fill in the template as people do: good rows, one row with each mistake, more rows."""
    book = openpyxl.load_workbook(path)
    sheet = book["Wave"]
    columns = {str(cell.value).rstrip(" *"): cell.column for cell in sheet[1]}
    rows: list[dict[str, str | int]] = [
        {"clientName": f"client{n:03d}", "backupsetName": f"FS_{n:02d}"} for n in range(1, GOOD + 1)
    ]
    for number, (wrong, _, _) in enumerate(MISTAKES, GOOD + 1):
        missing = {"clientName", "backupsetName"} - wrong.keys() if len(wrong) == 1 and number < GOOD + 3 else set()
        right: dict[str, str | int] = {"clientName": f"client{number:03d}", "backupsetName": f"FS_{number:02d}"}
        rows.append({name: value for name, value in right.items() if name not in missing} | wrong)
    for row, cells in enumerate([*rows, *more], 2):
        for name, value in cells.items():
            cell = sheet.cell(row, columns[name], value)
            if value == "#N/A":
                cell.data_type = "e"
    book.save(path)
    book.close()


def corrected(path: Path, to: Path) -> None:
    """Put every row right, by the row of the first sheet; sorted the other way round, one row added."""
    book = openpyxl.load_workbook(path)
    sheet = book["Failed"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    columns = {str(name).rstrip(" *"): at for at, name in enumerate(header)}
    rows.reverse()
    for row in rows:
        for name, value in MISTAKES[row[columns["sheetRow"]] - GOOD - 2][1].items():
            row[columns[name]] = value
    added: list[str | None] = [None] * len(header)
    added[columns["clientName"]], added[columns["backupsetName"]] = "client040", "FS_added"
    for at, row in enumerate([*rows, added], 2):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column).value = value
    book.save(to)
    book.close()


def test_a_users_hour(bulkprov: Command) -> None:
    """Every mistake is told in the place where it is, all at once, and none of them costs a second look."""
    made = bulkprov("template", "wave.xlsx")
    assert "bulkprov plan wave.xlsx --offline" in made.out
    fill_in(Path("wave.xlsx"))

    planned = bulkprov("plan", "wave.xlsx", "--offline")
    assert planned.code == 1
    assert "35 rows: 16 invalid, 19 not looked up" in planned.out

    first = bulkprov("run", "wave.xlsx", "--simulate", "-o", "one")
    assert first.code == 1
    assert "35 rows: 15 created, 4 rejected, 16 invalid" in first.out
    assert "bulkprov rerun one one/failed.xlsx" in first.out.replace("\\", "/")
    for row, (_, _, told) in zip(read(Path("one/results.xlsx"))[GOOD:], MISTAKES, strict=True):
        assert told in f"{row['errorString'] or ''} {row['note'] or ''}"

    corrected(Path("one/failed.xlsx"), Path("fixed.xlsx"))
    second = bulkprov("rerun", "one", "fixed.xlsx", "-o", "two")

    assert "hidden" not in second.err, "columns that bulkprov itself has hidden are no news"
    assert (second.code, second.out.splitlines()[0]) == (0, "36 rows: 36 created (15 carried over)")
    rows = read(Path("two/results.xlsx"))
    assert [row["sheetRow"] for row in rows] == list(range(2, 38))
    assert rows[-1]["backupsetName *"] == "FS_added"
    assert "36 of 36 done after 2 runs" in bulkprov("runs", ".").out


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_nothing_edited_is_nothing_made(bulkprov: Command, form: str) -> None:
    """A mistake that only the first sheet showed, an error cell say, is none the less one in the results of it."""
    bulkprov("template", "wave.xlsx")
    fill_in(Path("wave.xlsx"))
    bulkprov("run", "wave.xlsx", "--simulate", "-o", "one", "--format", form)

    for number, words in enumerate([("one",), (f"one/results.{form}",), ("one", f"one/failed.{form}")]):
        said = bulkprov("rerun", *words, "-o", f"again{number}", "--json", "--yes")

        assert (said.json["created"], said.json["carried"], said.json["invalid"]) == (15, 15, 16)


def test_a_wave_is_followed_however_its_runs_are_named(bulkprov: Command, tmp_path: Path) -> None:
    """By a folder, by a results file beside its journal, relative or absolute, from wherever `runs` is asked."""
    bulkprov("template", "wave.xlsx")
    fill_in(Path("wave.xlsx"))
    bulkprov("run", "wave.xlsx", "--simulate", "-o", "reports/1")
    bulkprov("rerun", "reports/1/results.xlsx", "-o", "reports/2")
    bulkprov("rerun", tmp_path / "reports/2", "-o", tmp_path / "reports/3")
    bulkprov("run", tmp_path / "reports/3/results.xlsx", "-o", "reports/4")

    assert [run["runs"] for run in json.loads(bulkprov("runs", "--json").out)] == [4, 3, 2, 1]
    assert "15 of 35 done after 4 runs" in bulkprov("runs", tmp_path / "reports").out


def test_a_sheet_that_does_not_say_what_it_corrects_is_refused(bulkprov: Command) -> None:
    """Its rows would all be new ones; the line says what to do."""
    bulkprov("template", "wave.xlsx")
    fill_in(Path("wave.xlsx"))
    bulkprov("run", "wave.xlsx", "--simulate", "-o", "one")

    said = bulkprov("rerun", "one", "wave.xlsx", "-o", "two")

    assert (said.code, Path("two").exists()) == (2, False)
    assert "wave.xlsx: it has no column sheetRow" in said.err
    assert "bulkprov run wave.xlsx" in said.err


def test_a_renamed_created_row_is_said_and_not_made(bulkprov: Command) -> None:
    """In the results of a run, with its journal beside: the name is put back, and nothing is created for it."""
    bulkprov("template", "wave.xlsx")
    fill_in(Path("wave.xlsx"))
    bulkprov("run", "wave.xlsx", "--simulate", "-o", "one")
    book = openpyxl.load_workbook("one/results.xlsx")
    book["Results"]["B3"].value = "FS_other"
    book.save("one/results.xlsx")
    book.close()

    said = bulkprov("run", "one/results.xlsx", "-o", "two")

    assert 'row 3 is already created as "FS_02" on client002: its new names were not sent' in said.err
    assert [row["backupsetName *"] for row in read(Path("two/results.xlsx"))][:2] == ["FS_01", "FS_02"]
