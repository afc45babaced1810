"""Makes the sheets in inputs/: `python tests/make_inputs.py` writes them, the same bytes each time.

`wave` is a clean wave of 50 rows for the simulator's default estate. `wave-troubled` has each kind of trouble that a
sheet can bring, so that a run on the simulator ends with created, exists, rejected and invalid rows. Both are as an
ops team would send them: with columns of their own round the ones that bulkprov understands.
"""

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import xlsxwriter

__all__ = ["CLEAN", "TROUBLED", "main"]

HEADER: Final = (
    "ticket",
    "clientName",
    "backupsetName",
    "appName",
    "instanceName",
    "onDemandBackupset",
    "planName",
    "owner",
    "location",
    "remark",
)
OWNERS: Final = ("Ann Mwangi", "Björn Åkesson", "Chitra Rao", "N/A")
LOCATIONS: Final = ("FRA-1", "FRA-2", "São Paulo", "NA")
REMARKS: Final = ("", "=1+1", "+49 69 1234", "needs a window", "null", "1E5", "-", "@ops", '19" rack', "a, b; c")


def _clean() -> Iterator[tuple[str, ...]]:
    """50 rows that a CommServe with the default estate has no reason to refuse."""
    sets = [(f"client{number:03}", f"FS_Wave3_{number:02}", "", "") for number in range(1, 31)]
    sets += [(f"client{number:03}", f"SQL_Wave3_{number:02}", "SQL Server", "Gold") for number in range(1, 7)]
    sets += [(f"client{number:03}", f"ORA_Wave3_{number:02}", "oracle", "Silver") for number in range(11, 15)]
    sets += [(f"client{number:03}", f"VM_Wave3_{number:02}", "Virtual Server", "Bronze") for number in range(16, 19)]
    sets += [
        ("client031", "00123", "File System", "Gold"),
        ("client032", "NA", "File System", "Gold"),
        ("client033", "null", "File System", ""),
        ("client034", "1E5", "File System", ""),
        ("client035", "Finanzen Köln (täglich)", "File System", "Silver"),
        ("client036", "R&D <nightly>", "File System", "Silver"),
        ("CLIENT037", "日次バックアップ", "file system", "Bronze"),
    ]
    for number, (client, name, app, plan) in enumerate(sets):
        yield (
            f"{4711 + number:08}",
            client,
            name,
            app,
            "DefaultInstanceName" if number % 3 else "",
            ("", "False", "No", "True", "0")[number % 5],
            plan,
            OWNERS[number % len(OWNERS)],
            LOCATIONS[number % len(LOCATIONS)],
            REMARKS[number % len(REMARKS)],
        )


CLEAN: Final = (HEADER, *_clean())
_BLANK: Final = ("",) * len(HEADER)
TROUBLED: Final = (
    HEADER,
    ("1", "client001", "FS_Legacy_01", "File System", "", "", "Gold", "Ann Mwangi", "FRA-1", "there already"),
    ("2", "client002", "fs_legacy_01", "", "", "", "", "Ann Mwangi", "FRA-1", "there already, in other letters"),
    ("3", "client006", "FS_Wave4_01", "File System", "DefaultInstanceName", "False", "Gold", "Ann", "FRA-1", "good"),
    ("4", "client007", "FS_Wave4_02", "", "", "yes", "Silver", "Ann", "FRA-1", "good, on demand"),
    (
        "5",
        " client008 ",
        "\u00a0FS_Wave4_03 ",
        "file system",
        "",
        "off",
        "",
        "Ann",
        "FRA-1",
        "good but for spaces round it",
    ),
    ("6", "client011", "ORA_Wave4_01", "ORACLE", "", "0", "", "Ann", "FRA-1", "good"),
    _BLANK,
    ("7", "client999", "FS_Wave4_04", "", "", "", "", "Björn", "FRA-2", "no such client"),
    ("8", "client009", "FS_Wave4_05", "", "", "", "Platinum", "Björn", "FRA-2", "no such plan"),
    ("9", "client040", "SQL_Wave4_01", "SQL Server", "", "", "", "Björn", "FRA-2", "no such agent on this client"),
    ("10", "", "FS_Wave4_06", "", "", "", "", "Chitra", "NA", "client missing"),
    ("11", "client012", "   ", "", "", "", "", "Chitra", "NA", "name missing"),
    ("12", "client013", "FS_Wave4_07", "Filesystem", "", "", "", "Chitra", "NA", "agent misspelt"),
    ("13", "client014", "VM_Wave4_01", "VMware", "", "maybe", "", "Chitra", "NA", "two faults in one row"),
    ("14", "client006", "FS_WAVE4_01", "", "", "", "Gold", "Chitra", "NA", "row 4 again, in capitals"),
    ("15", "client\u200b015", "FS_Wave4_08", "", "", "", "", "Chitra", "NA", "a zero-width space in the client"),
    ("16", "client016", "FS_Wave4\n_09", "", "", "", "", "Chitra", "NA", "a line break in the name"),
    ("17", "\u0441lient017", "FS_Wave4_10", "", "", "", "", "Chitra", "NA", "the first letter is Cyrillic"),
    ("18", "client018", "x" * 300, "", "", "", "", "Chitra", "NA", "a name of 300 letters"),
    ("19", "client019", "FS\u00a0Wave4_11", "", "", "", "", "Chitra", "NA", "a no-break space in the name"),
    ("20", "client020", "=cmd|' /C calc'!A0", "", "", "", "", "Chitra", "NA", "odd, but a name"),
)


def _write_csv(path: Path, rows: tuple[tuple[str, ...], ...]) -> None:
    """UTF-8 with a byte order mark and CRLF, as Excel saves it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_xlsx(path: Path, rows: tuple[tuple[str, ...], ...]) -> None:
    with xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": datetime(2026, 1, 5, 9, tzinfo=UTC).replace(tzinfo=None)})
        head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Wave")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(HEADER) - 1, 20)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(row, column, cell, text if row else head)


def main(folder: Path) -> None:
    """Write the four files."""
    for stem, rows in (("wave", CLEAN), ("wave-troubled", TROUBLED)):
        _write_csv(folder / f"{stem}.csv", rows)
        _write_xlsx(folder / f"{stem}.xlsx", rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "inputs")
