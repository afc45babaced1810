"""XLSX: what a worksheet displays, by the cells in its XML."""

from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display, cell_key
from bulkprov.sheets.excel.xlsx import read_workbook, workbook_part
from bulkprov.sheets.excel.xlsx_cells import read_sheet
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import xlsx

A1 = cell_key(1, 0)
STRINGS = {"xl/sharedStrings.xml": "<sst><si><t>zero</t></si><si><t>one</t></si></sst>"}
STYLES = {
    "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>'
    '<cellXfs><xf numFmtId="164"/><xf numFmtId="0"/></cellXfs></styleSheet>'
}


def display(folder: Path, data: str, before: str = "", after: str = "") -> Display:
    """What a worksheet with these rows displays."""
    xlsx(f"{before}<sheetData>{data}</sheetData>{after}", more={**STRINGS, **STYLES})(folder / "book.xlsx")
    with open_package(folder / "book.xlsx", "it") as package:
        return read_sheet(read_workbook(package, workbook_part(package)), "Wave")


def cell(folder: Path, attributes: str, content: str) -> tuple[str | None, str]:
    """What cell A1 displays, and its fault."""
    found = display(folder, f'<row r="1"><c r="A1"{attributes}>{content}</c></row>')
    return found.rows[1][0] if found.rows.get(1) else None, found.faults.get(A1, "")


@pytest.mark.parametrize(
    ("attributes", "content", "shown"),
    [
        ("", "<v>123</v>", "00123"),  # the first style
        (' s="0"', "<v>123</v>", "00123"),
        (' s="1"', "<v>123</v>", "123"),
        (' s=" 1 "', "<v>\n 877\n </v>", "877"),
        (' s="1"', "<v>8<!-- -->77</v>", "877"),
        (' s="1"', "<v><![CDATA[877]]></v>", "877"),
        (' t="s"', "<v>1</v>", "one"),
        (' t="s"', "<v> 1 </v>", "one"),
        (' t="s"', "<v></v>", None),
        (' t="s"', "", None),
        (' t="str"', "<f>A2</f><v>Go&#108;d</v>", "Gold"),
        (' t="str"', "<v>_x0041_</v>", "A"),
        (' t="str"', "<f>A2</f><v></v>", ""),
        (' t="inlineStr"', "<is><t>a_x0041_</t></is>", "aA"),
        (' t="inlineStr"', "<is><r><t>a</t></r><rPh><t>x</t></rPh><r><t>b</t></r></is>", "ab"),
        (' t="inlineStr"', "<is/>", ""),
        (' t="inlineStr"', "<v>5</v><is><t>a</t></is>", "a"),
        (' t="b"', "<v>1</v>", "TRUE"),
        ("", "<extLst><ext><v>7</v></ext></extLst>", None),
        ("", "", None),
    ],
)
def test_a_cell_shows_its_value_through_its_format(
    tmp_path: Path, attributes: str, content: str, shown: str | None
) -> None:
    """Whatever its type, and however its text is written."""
    assert cell(tmp_path, attributes, content) == (shown, "")


@pytest.mark.parametrize(
    ("attributes", "content", "shown", "fault"),
    [
        (' t="e"', "<v>#N/A</v>", "#N/A", "is the error #N/A: correct it"),
        (' t="e" vm="1"', "<v>#VALUE!</v>", "#VALUE!", "shows a data type, a picture or a newer error"),
        (' vm="2"', "<v>7</v>", "7", "shows a data type"),
        (' t="str" vm="1"', "<v>x</v>", "x", "shows a data type"),
        ("", "<f>A2</f>", "", "is a formula that was never calculated: open the sheet in Excel"),
        ("", "<f>A2</f><v/>", "", "is a formula that was never calculated"),
        (' t="d"', "<v>2026-01-05</v>", "2026-01-05", "is the date 2026-01-05 in a form"),
        (' t="x"', "<v>7</v>", "7", "is of the type 'x', which no spreadsheet program writes"),
        (' t="b"', "<v>2</v>", "2", 'is "2", which is neither true nor false'),
        (' s="1"', "<v>seven</v>", "seven", 'is "seven" where the file should have a number'),
        (' t="inlineStr"', "<v>x</v>", "x", "has its value twice, or where programs do not look for it"),
        ("", "<is><t>x</t></is>", "x", "has its value twice, or where programs do not look for it"),
        ("", "<v>7</v><v>8</v>", "00078", "has its value twice, or where programs do not look for it"),
        ("", "<is><t>x</t></is><v>8</v>", "x", "has its value twice, or where programs do not look for it"),
    ],
)
def test_a_cell_whose_text_cannot_be_known_has_a_fault(
    tmp_path: Path, attributes: str, content: str, shown: str, fault: str
) -> None:
    """It has what there is to see."""
    found, said = cell(tmp_path, attributes, content)

    assert found == shown
    assert said.startswith(fault)


@pytest.mark.parametrize("number", ["-1", "2", "1.0", "x", "１", "+1", "99999999999"])
def test_a_number_that_names_no_string_is_refused(tmp_path: Path, number: str) -> None:
    """Another reader may take the first string for it, or the last."""
    with pytest.raises(SheetError, match=r'it, sheet "Wave": a cell in it is string .* of 2, which is not there'):
        cell(tmp_path, ' t="s"', f"<v>{number}</v>")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "cell A1 is in it twice"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r=\'A1\'><v>1</v></c></row>', "cell A1 is in it twice"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A1"><v>1</v></c></row>', "cell A1 is in it twice"),
        ('<row r="1"><c r="A1" t="str"><v></v></c><c r="A1"><v>1</v></c></row>', "cell A1 is in it twice"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1"/>', "row 1 is in it twice"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r=\'1\'><c r="B1"><v>1</v></c></row>', "row 1 is in it twice"),
        ('<row r="x"><c r="A1"><v>1</v></c></row>', "a row in it has the number 'x'"),
        ('<row r="0"><c r="A1"><v>1</v></c></row>', "a row in it has the number '0'"),
        ('<row r="1"><c r="A0"><v>1</v></c></row>', "a cell in it has the reference 'A0'"),
    ],
)
def test_what_is_given_twice_is_refused(tmp_path: Path, data: str, said: str) -> None:
    """Readers differ in which of the two they take. An empty cell is no cell."""
    with pytest.raises(SheetError, match=f'it, sheet "Wave": {said}'):
        display(tmp_path, data)


def test_an_empty_cell_is_no_cell(tmp_path: Path) -> None:
    """It only has a style."""
    assert display(tmp_path, '<row r="1"><c r="B1" s="1"/><c r="A1"><v>1</v></c><c r="B1"/></row>').rows[1] == ["00001"]


def test_hidden_rows_and_columns_are_noted(tmp_path: Path) -> None:
    """Also those that are too small to be seen; a row that says that it is not hidden is not."""
    seen = '<col min="1" max="1" width="9"/>'
    columns = f'<cols>{seen}<col min="2" max="3" hidden="1"/><col min="5" max="5" width="0.4"/></cols>'
    rows = "".join(
        f'<row r="{number}" {more}><c r="A{number}"><v>1</v></c></row>'
        for number, more in enumerate(
            ('hidden="1"', 'hidden="false"', 'ht="0" customHeight="1"', 'ht="20"', 'hidden="true"', 'ht=".5"'), 1
        )
    )

    found = display(tmp_path, rows, columns)

    assert (found.hidden_rows, found.hidden_columns) == ([1, 3, 5, 6], [(1, 2), (4, 4)])


@pytest.mark.parametrize(
    ("shown", "data", "faults"),
    [
        ("0", "<c r='A1'><v>0</v></c><c r='B1'><v>-0.0</v></c><c r='C1'><v>0.1</v></c>", {A1, A1 + 1}),
        ("0", '<c r="A1" t="str"><v>0</v></c><c r="B1" t="b"><v>0</v></c><c r="C1"><v>1</v></c>', set()),
        ("1", '<c r="A1"><v>0</v></c>', set()),
    ],
)
@pytest.mark.parametrize("space", ["", " "])  # with and without the shortcut for plain cells
def test_zeros_that_a_sheet_does_not_show_are_faults(
    tmp_path: Path, shown: str, data: str, faults: set[int], space: str
) -> None:
    """Neither what is 0 as a text nor what is rounded to 0 is one."""
    view = f'<sheetViews><sheetView showZeros="{shown}"/></sheetViews>'
    found = display(tmp_path, f'<row r="1">{data}</row>'.replace("<c ", f"<c {space}"), view)

    assert set(found.faults) == faults
    assert all(fault.startswith("is 0 in a sheet that is set not to show zeros") for fault in found.faults.values())


def test_formulas_that_are_calculated_on_opening_have_faults(tmp_path: Path) -> None:
    """What is no formula has none, and an error stays one."""
    data = (
        '<row r="1"><c r="A1"><f>Z1</f><v>1</v></c><c r="B1"><v>1</v></c>'
        '<c r="C1" t="e"><f>Z1</f><v>#N/A</v></c><c r="D1"><f>Z1</f></c></row>'
    )

    found = display(tmp_path, data, after='<sheetCalcPr fullCalcOnLoad="1"/>')

    assert {key - A1: fault.partition(":")[0] for key, fault in found.faults.items()} == {
        0: "is a formula whose result is only made when the file is opened",
        2: "is the error #N/A",
        3: "is a formula that was never calculated",
    }


def test_a_cell_counts_inside_the_data_only(tmp_path: Path) -> None:
    """Extensions behind the data use the same names."""
    more = '<extLst><ext><row r="9"><c r="A9"><v>9</v></c></row></ext></extLst>'

    assert display(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row>', after=more).rows == {1: ["00001"]}


def test_the_size_that_a_sheet_claims_is_not_believed(tmp_path: Path) -> None:
    """Writers that stream do not know it, and old ones wrote A1."""
    data = '<row r="1"><c r="C1"><v>1</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>'

    assert display(tmp_path, data, '<dimension ref="A1"/>').rows == {1: ["", "", "00001"], 3: ["00003"]}
