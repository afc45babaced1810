"""XLSX: which worksheets there are, and the formats that their cells use."""

from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.xlsx import Workbook, read_workbook, workbook_part
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import ods, xlsx


def read(path: Path) -> Workbook:
    """A workbook's parts beside its worksheets."""
    with open_package(path, "it") as package:
        return read_workbook(package, workbook_part(package))


def test_worksheets_have_names_and_parts(tmp_path: Path) -> None:
    """In the order of the workbook; the hidden ones are known."""
    with xlsxwriter.Workbook(str(tmp_path / "wave.xlsx")) as book:
        book.add_worksheet("Köln")
        book.add_worksheet("B").hide()
        book.add_worksheet("C").very_hidden()

    sheets = read(tmp_path / "wave.xlsx").sheets

    assert [(name, sheet.part, sheet.hidden) for name, sheet in sheets.items()] == [
        ("Köln", "xl/worksheets/sheet1.xml", False),
        ("B", "xl/worksheets/sheet2.xml", True),
        ("C", "xl/worksheets/sheet3.xml", True),
    ]


@pytest.mark.parametrize("target", ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"])
def test_a_part_may_be_named_in_three_ways(tmp_path: Path, target: str) -> None:
    """From the workbook, from the top with a slash, and from the top without one, which some writers do."""
    relations = f'<Relationships><Relationship Id="rId1" Target="{target}"/></Relationships>'
    xlsx("<sheetData/>", more={"xl/_rels/workbook.xml.rels": relations})(tmp_path / "wave.xlsx")

    assert read(tmp_path / "wave.xlsx").sheets["Wave"].part == "xl/worksheets/sheet1.xml"


def test_a_sheet_without_a_part_is_no_error_yet(tmp_path: Path) -> None:
    """Another one may have the table."""
    lost = '<sheet name="Lost" sheetId="7" r:id="rId7"/>'
    xlsx("<sheetData/>", sheets=lost)(tmp_path / "wave.xlsx")

    assert read(tmp_path / "wave.xlsx").sheets["Lost"].part == ""


def test_a_hidden_sheet_without_a_part_is_none(tmp_path: Path) -> None:
    """What takes macros out of a workbook leaves their sheets in its list."""
    lost = '<sheet name=" " sheetId="7" state="veryHidden" r:id=""/>'
    xlsx("<sheetData/>", sheets=lost)(tmp_path / "wave.xlsx")

    assert list(read(tmp_path / "wave.xlsx").sheets) == ["Wave"]


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    """It cannot be known which one another reader takes."""
    xlsx("", sheets='<sheet name="Wave" sheetId="7" r:id="rId7"/>')(tmp_path / "wave.xlsx")

    with pytest.raises(SheetError, match="it: two of its sheets are called 'Wave'"):
        read(tmp_path / "wave.xlsx")


def test_cells_name_their_format_by_number(tmp_path: Path) -> None:
    """Formats that are built in, the file's own and unknown ones; styles that no cell can have are not counted."""
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        '<cellXfs><xf/><xf numFmtId="2"/><xf numFmtId="164"/><xf numFmtId="28"/></cellXfs>'
        '<cellStyles><xf numFmtId="9"/></cellStyles></styleSheet>'
    )
    xlsx("<sheetData/>", more={"xl/styles.xml": styles})(tmp_path / "wave.xlsx")

    formats = read(tmp_path / "wave.xlsx").formats

    assert [each.number(Decimal(7)) for each in formats] == ["7", "7.00", "00007", None]


@pytest.mark.parametrize("date_1904", [True, False])
def test_the_calendar_is_the_workbooks(tmp_path: Path, *, date_1904: bool) -> None:
    """Days count from 1904 in those of old Macs."""
    with xlsxwriter.Workbook(str(tmp_path / "wave.xlsx"), {"date_1904": date_1904}) as book:
        book.add_worksheet()

    assert read(tmp_path / "wave.xlsx").date1904 is date_1904


@pytest.mark.parametrize(
    ("said", "anew"),
    [
        ('fullCalcOnLoad="1"', True),
        ('fullCalcOnLoad="true"', True),
        ('calcCompleted="0"', True),
        ('fullCalcOnLoad="0" calcCompleted="1"', False),
        ('calcMode="manual" calcOnSave="0"', False),  # what was calculated last is what is seen
    ],
)
def test_formulas_may_be_calculated_on_opening(tmp_path: Path, said: str, *, anew: bool) -> None:
    """As libraries order it that cannot calculate."""
    xlsx("<sheetData/>", sheets=f"<calcPr {said}/>")(tmp_path / "wave.xlsx")

    assert read(tmp_path / "wave.xlsx").calculates_on_opening is anew


def test_other_zips_are_no_xlsx(tmp_path: Path) -> None:
    """An ODS file has no relationships."""
    ods("")(tmp_path / "wave.ods")

    with open_package(tmp_path / "wave.ods", "it") as package:
        assert not workbook_part(package)
