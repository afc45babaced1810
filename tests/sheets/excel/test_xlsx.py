"""The pass over a worksheet's XML: what is cut out before parsing makes no difference to what is found."""

from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel import xlsx
from bulkprov.sheets.excel.displayed import Looks
from bulkprov.sheets.excel.zip_guard import Extent, Package, open_package
from tests.sheets.corpus.books import book_cases
from tests.sheets.corpus.byhand import byhand_cases
from tests.sheets.corpus.case import Case

CASES = [case for case in (*book_cases(), *byhand_cases()) if case.name.endswith(".xlsx") and not case.error]


def parsed_whole(package: Package, workbook: xlsx.Workbook, name: str) -> Looks:
    """What is found if every cell goes through the parser."""
    scan = xlsx._Scan(workbook, Extent(name))
    package.parse(workbook.sheets[name].part, scan.wire)
    return scan.looks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cutting_plain_cells_out_loses_nothing(case: Case, tmp_path: Path) -> None:
    """The parser alone finds the same, but for plain whole numbers, which look as they are."""
    path = tmp_path / case.name
    case.write(path)

    with open_package(path, "it") as package:
        workbook = xlsx.read_workbook(package)
        for name in workbook.sheets:
            quick, whole = xlsx.looks_of(package, workbook, name), parsed_whole(package, workbook, name)
            assert whole.shown.items() >= quick.shown.items()
            assert all(whole.shown[cell].lstrip("-").isdigit() for cell in whole.shown.keys() - quick.shown.keys())
            assert (quick.faults, quick.hidden, quick.merged) == (whole.faults, whole.hidden, whole.merged)
            assert quick.dressed.keys() == whole.dressed.keys()


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """The line says which part of the file it is."""
    case = next(case for case in CASES if case.name == "hand-number.xlsx")
    case.write(tmp_path / case.name)

    with open_package(tmp_path / case.name, "it") as package, pytest.raises(SheetError, match="no part xl/nothing"):
        package.parse("xl/nothing.xml", lambda parser: None)  # noqa: ARG005 - nothing to set
