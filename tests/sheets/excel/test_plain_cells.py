"""The shortcut for plain cells makes no difference: what it takes is what the parser would have found.

Worksheets are made at random of the pieces that writers write and of those that break patterns. Each is read with the
shortcut and without; both end with the same display, or both are refused.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.displayed import Display
from bulkprov.sheets.excel.xlsx import Workbook, read_workbook, workbook_part
from bulkprov.sheets.excel.xlsx_cells import read_sheet
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.books import book_cases
from tests.sheets.corpus.byhand import byhand_cases
from tests.sheets.corpus.case import Case
from tests.sheets.corpus.parts import xlsx

MORE = {
    "xl/sharedStrings.xml": "<sst><si><t>zero</t></si><si><t></t></si><si><t>two</t></si></sst>",
    "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/>'
    '<numFmt numFmtId="165" formatCode="&quot;c&quot;@"/><numFmt numFmtId="166" formatCode=";;;"/></numFmts>'
    '<cellXfs><xf numFmtId="164"/><xf/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="14"/></cellXfs>'
    "</styleSheet>",
}
CASES = [case for case in (*book_cases(), *byhand_cases()) if case.name.endswith(".xlsx") and not case.error]

TEXTS = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "-1",
        " 7 ",
        "",
        "x",
        "a]]b",
        "a&amp;b",
        "é",
        "\uff01",
        "1.5",
        "1E3",
        "_x0041_",
        "a\n",
        "]]&gt;",
        ">",
        "]]>",
        "\x01",
        "z" * 300,
        "&#65;",
        "<!--c-->",
        "<![CDATA[5]]>",
        "<?p?>",
    ]
)
STYLES = st.sampled_from(["", ' s="1"', ' s="2"', ' s="3"', ' s="4"', ' s="0"', ' s="99"', " s='1'"])
KINDS = st.sampled_from(["", ' t="s"', ' t="n"', ' t="b"', ' t="str"', ' t="inlineStr"', ' t="e"', ' t="d"', ' vm="1"'])
ROWS = st.sampled_from(["{n}"] * 40 + ["1", "", "x", "0{n}"])
MARKS = st.sampled_from([""] * 8 + [' hidden="1"', ' hidden="0"', ' spans="1:3"', ' ht="0"', ' ht="15"', " s='1'"])
BETWEEN = st.sampled_from([""] * 20 + ["\n", "<!-- x -->", '<!-- <row r="9"> -->', "<?p <c r='A1'/> ?>", "<x/>"])


USUAL = st.one_of(
    st.sampled_from(["0", "1", "2"]).map(' t="s"><v>{}</v>'.format),
    st.sampled_from(["0", "1", "7"]).map(' t="b"><v>{}</v>'.format),
    st.sampled_from(["0", "-1", "1.5", "1E3", "46027", "123456789012345678"]).map("><v>{}</v>".format),
    st.sampled_from(["x", "é", "", "_x0041_", "#N/A", "\uff01", "z" * 300]).map(' t="str"><v>{}</v>'.format),
    st.sampled_from(["x", "é", "", "_x0041_", " y "]).map(' t="inlineStr"><is><t>{}</t></is>'.format),
    st.just(">"),
)
"""Type and content of cells as writers write them."""


@st.composite
def odd_cell(draw: st.DrawFn) -> str:
    """Type and content of a cell as hardly any writer would write it."""
    value = draw(TEXTS)
    content = draw(
        st.sampled_from(
            [
                f"<v>{value}</v>",
                f"<is><t>{value}</t></is>",
                f'<is><t xml:space="preserve">{value}</t></is>',
                f"<f>A1</f><v>{value}</v>",
                f"<is><r><t>{value}</t></r><rPh><t>y</t></rPh></is>",
                f"\n<v>{value}</v>",
                "<f>A1</f>",
            ]
        )
    )
    return f"{draw(KINDS)}>{content}"


@st.composite
def cells(draw: st.DrawFn, row: int) -> str:
    """Some cells of a row, in an order that is mostly right."""
    made = []
    once = draw(st.sampled_from([True] * 15 + [False]))
    for letter in draw(st.lists(st.sampled_from("ABCDE"), max_size=5, unique=once)):
        reference = draw(st.sampled_from([f' r="{letter}{row}"'] * 40 + ["", f" r='{letter}{row}'", f' r="{letter}7"']))
        inside = draw(st.one_of(USUAL, USUAL, USUAL, odd_cell()))
        made.append(f"<c{reference}{draw(STYLES)}{inside}</c>")
    return draw(BETWEEN).join(made)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """A worksheet's content."""
    rows = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        said = draw(ROWS).format(n=number)
        r = f' r="{said}"' if said else ""
        content = draw(cells(number))
        rows.append(f"<row{r}{draw(MARKS)}>{content}</row>" if content else f"<row{r}{draw(MARKS)}/>")
    before = draw(
        st.sampled_from([""] * 6 + ["<!-- <sheetData> -->", '<cols><col min="1" max="2" hidden="1"/></cols>'])
    )
    again = '<x><row r="1"><c r="A1"><v>1</v></c></row></x>'
    after = draw(st.sampled_from([""] * 6 + [again, '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>']))
    return f"{before}<sheetData>{draw(BETWEEN).join(rows)}</sheetData>{after}"


def read(workbook: Workbook, name: str, *, shortcut: bool) -> Display | None:
    """What a sheet displays; None if it is refused."""
    try:
        return read_sheet(workbook, name, shortcut=shortcut)
    except SheetError:
        return None


def assert_alike(quick: Display | None, whole: Display | None) -> None:
    """Both are refused, or show the same."""
    assert (quick is None) == (whole is None)
    if quick is not None and whole is not None:
        filled = [{row: cells for row, cells in each.rows.items() if cells} for each in (quick, whole)]
        assert filled[0] == filled[1]
        assert quick.faults == whole.faults
        assert sorted(quick.hidden_rows) == sorted(whole.hidden_rows)
        assert (quick.merged, quick.hidden_columns) == (whole.merged, whole.hidden_columns)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=sheets())
def test_the_shortcut_finds_what_the_parser_finds(sheet: str, tmp_path: Path) -> None:
    """Whatever is between cells, in them, and missing from them."""
    xlsx(sheet, more=MORE)(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        workbook = read_workbook(package, workbook_part(package))
        assert_alike(read(workbook, "Wave", shortcut=True), read(workbook, "Wave", shortcut=False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shortcut_makes_no_difference_to_what_writers_write(case: Case, tmp_path: Path) -> None:
    """The files of the corpus."""
    path = tmp_path / case.name
    case.write(path)

    with open_package(path, "it") as package:
        workbook = read_workbook(package, workbook_part(package))
        for name in workbook.sheets:
            assert_alike(read(workbook, name, shortcut=True), read(workbook, name, shortcut=False))


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_take_the_long_way(tmp_path: Path, encoding: str) -> None:
    """Bytes mean something else there."""
    data = '<sheetData><row r="1"><c r="A1" t="str"><v>Köln</v></c></row></sheetData>'
    part = f'<?xml version="1.0" encoding="{encoding}"?><worksheet>{data}</worksheet>'.encode(encoding)
    xlsx("", more={"xl/worksheets/sheet1.xml": part})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert read_sheet(read_workbook(package, workbook_part(package)), "Wave").rows == {1: ["Köln"]}


def test_bytes_that_are_not_utf8_are_refused_either_way(tmp_path: Path) -> None:
    """Though the pattern does not look at them."""
    data = b'<sheetData><row r="1"><c r="A1" t="str"><v>K\xf6ln</v></c></row></sheetData>'
    xlsx("", more={"xl/worksheets/sheet1.xml": b"<worksheet>" + data + b"</worksheet>"})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        workbook = read_workbook(package, workbook_part(package))
        for shortcut in (True, False):
            with pytest.raises(SheetError, match=r"it: xl/worksheets/sheet1.xml in it is damaged"):
                read_sheet(workbook, "Wave", shortcut=shortcut)
