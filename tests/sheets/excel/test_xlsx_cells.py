"""The pass over a worksheet's XML: what is cut out before parsing makes no difference to what is found."""

from pathlib import Path

import pytest

from bulkprov.sheets.excel import xlsx, xlsx_cells
from bulkprov.sheets.excel.displayed import Display
from bulkprov.sheets.excel.extent import Extent
from bulkprov.sheets.excel.zip_guard import Package, open_package
from tests.sheets.corpus.books import book_cases
from tests.sheets.corpus.byhand import byhand_cases
from tests.sheets.corpus.case import Case

CASES = [case for case in (*book_cases(), *byhand_cases()) if case.name.endswith(".xlsx") and not case.error]


def parsed_whole(package: Package, workbook: xlsx.Workbook, name: str) -> Display:
    """What is found if every cell goes through the parser."""
    scan = xlsx_cells._Scan(workbook, Extent(name))
    package.parse(workbook.sheets[name].part, start=scan.start, end=scan.end, text=scan.text)
    return scan.display


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cutting_plain_cells_out_loses_nothing(case: Case, tmp_path: Path) -> None:
    """The parser alone finds the same, but for plain whole numbers, which look as they are."""
    path = tmp_path / case.name
    case.write(path)

    with open_package(path, "it") as package:
        workbook = xlsx.read_workbook(package)
        for name in workbook.sheets:
            quick, whole = xlsx_cells.read_display(package, workbook, name), parsed_whole(package, workbook, name)
            assert whole.shown.items() >= quick.shown.items()
            assert all(whole.shown[cell].lstrip("-").isdigit() for cell in whole.shown.keys() - quick.shown.keys())
            assert (quick.faults, quick.hidden_rows, quick.merged) == (whole.faults, whole.hidden_rows, whole.merged)
            assert quick.text_formats.keys() == whole.text_formats.keys()
