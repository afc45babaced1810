"""The sheets in inputs/ are what the script that makes them says, and every row reads as it was written."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.sheets.rows import Record
from tests.backupsets import checker, open_sheet
from tests.make_inputs import CLEAN, TROUBLED, main

INPUTS = Path(__file__).parents[2] / "inputs"


def rows_of(path: Path) -> list[Record]:
    """All rows of a sheet, chunks joined."""
    return [record for chunk in open_sheet(path).chunks() for record in chunk]


@pytest.mark.parametrize("name", ["wave.csv", "wave.xlsx", "wave-troubled.csv", "wave-troubled.xlsx"])
def test_inputs_are_what_the_script_makes(name: str, tmp_path: Path) -> None:
    """Nobody has edited inputs/ by hand: making it again gives the same content."""
    main(tmp_path)

    made, kept = tmp_path / name, INPUTS / name

    if name.endswith(".csv"):
        assert made.read_bytes() == kept.read_bytes()
    else:
        with ZipFile(made) as new, ZipFile(kept) as old:
            assert {part: new.read(part) for part in new.namelist()} == {
                part: old.read(part) for part in old.namelist()
            }


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize(("stem", "rows"), [("wave", CLEAN), ("wave-troubled", TROUBLED)])
def test_every_cell_reads_as_it_was_written(stem: str, rows: tuple[tuple[str, ...], ...], suffix: str) -> None:
    """No value is altered on the way, and row numbers count the blank row that is left out."""
    expected = [(number, cells) for number, cells in enumerate(rows[1:], 2) if any(cells)]

    assert expected == [(record.sheet_row, record.cells) for record in rows_of(INPUTS / f"{stem}.{suffix}")]


def test_the_clean_wave_is_clean() -> None:
    """All 50 rows of the wave ask for a backup set of their own."""
    sheet = open_sheet(INPUTS / "wave.csv")
    check = checker(sheet.fields)

    wanted = [check(record) for record in rows_of(INPUTS / "wave.csv")]

    assert len(wanted) == 50
    assert len({each.key for each in wanted if isinstance(each, BackupSet)}) == 50


def test_the_troubled_wave_has_rows_of_each_kind() -> None:
    """Some rows can be sent and some cannot, one of them for two faults at once."""
    sheet = open_sheet(INPUTS / "wave-troubled.csv")
    check = checker(sheet.fields)

    checked = [check(record) for record in rows_of(INPUTS / "wave-troubled.csv")]

    faults = [each for each in checked if not isinstance(each, BackupSet)]
    assert len(checked) == 20
    assert sorted(len(each) for each in faults) == [1] * 8 + [2]
