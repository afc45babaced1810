"""XLSX files of kinds that people reported against spreadsheet libraries and importers, made from their parts.

What each must read as follows from ECMA-376, and from what openpyxl and LibreOffice show for the same file
(`test_witnesses`).
"""

from collections.abc import Callable, Iterator
from typing import Any

from tests.sheets.corpus.case import Case
from tests.sheets.corpus.parts import xlsx_parts, zipped

__all__ = ["reported_xlsx_cases"]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRINGS, _STYLES, _SHEET = "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"
_RELATIONS, _WORKBOOK, _TOP = "xl/_rels/workbook.xml.rels", "xl/workbook.xml", "_rels/.rels"
_GOLD = ("client001", "FS_1", "Gold")

Parts = dict[str, str | bytes]


def reported_xlsx_cases() -> Iterator[Case]:
    """All of them."""
    yield from _styles()
    yield from _strings()
    yield from _values()
    yield from _hidden_and_merged()
    yield from _packages()
    yield from _encodings()
    yield from _worksheets()


def row(number: int, *cells: str, more: str = "") -> str:
    """A row: of texts, or of cells where one begins with `<c`, in which REF stands for where it is."""
    made = [
        cell.replace("REF", f'r="{letter}{number}"')
        if cell.startswith("<c")
        else f'<c r="{letter}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for letter, cell in zip("ABCDEFG", cells, strict=False)
        if cell
    ]
    return f'<row r="{number}"{more}>{"".join(made)}</row>'


HEAD = row(1, "clientName", "backupsetName", "planName")


def parts(*rows: str, before: str = "", after: str = "", more: Parts | None = None) -> Parts:
    """The parts of a workbook with these rows under the header."""
    made = xlsx_parts(f"{before}<sheetData>{HEAD}{''.join(rows)}</sheetData>{after}", more=more)
    return {name: content.encode() if isinstance(content, str) else content for name, content in made.items()}


def case(name: str, content: Parts, *cells: tuple[str, ...], **more: Any) -> Case:
    """A workbook of these parts, whose rows read as these cells, from row 2 on."""
    return Case(name=f"reported-{name}.xlsx", write=zipped(content), rows=tuple(enumerate(cells, 2)), **more)


def one(name: str, cell: str, shown: str, *, more: Parts | None = None, **expected: Any) -> Case:
    """A workbook with one row, whose backup set is this cell."""
    cells = () if expected.get("error") else (("client001", shown, "Gold"),)
    return case(name, parts(row(2, "client001", cell, "Gold"), more=more), *cells, **expected)


def changed(content: Parts, change: Callable[[str], str], *names: str) -> Parts:
    """Parts with some of them changed as text."""
    return {name: change(_text(part)) if name in names else part for name, part in content.items()}


def renamed(content: Parts, before: str, after: str) -> Parts:
    """Parts, one of which has another name; relationships that name it must be changed as well."""
    types = changed(content, lambda text: text.replace(f'"/{before}"', f'"/{after}"'), "[Content_Types].xml")
    return {after if name == before else name: part for name, part in types.items()}


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode()


def _style_part(*, formats: str = "", named: str = "", cells: str = "", more: str = "") -> str:
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{formats}</numFmts><fonts><font/></fonts>'
        f"<fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        f"<cellStyleXfs>{named}</cellStyleXfs>{cells}{more}</styleSheet>"
    )


def _styles() -> Iterator[Case]:
    zeros = '<numFmt numFmtId="170" formatCode="00000"/>'
    number, styled = "<c REF><v>123</v></c>", '<c REF s="1"><v>123</v></c>'
    normal = _style_part(formats=zeros, named='<xf numFmtId="170"/>', cells='<cellXfs><xf numFmtId="170"/></cellXfs>')
    yield one("normal-style", number, "00123", more={_STYLES: normal})
    only_named = _style_part(formats=zeros, named='<xf numFmtId="170"/>')
    yield one("normal-style-alone", number, "00123", more={_STYLES: only_named})
    second = '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
    ordinary = _style_part(formats=zeros, named='<xf numFmtId="0"/>', cells=second)
    basic = parts(row(2, "client001", styled, "Gold"), more={_STYLES: ordinary})
    for name, place, target in (
        ("styles-of-another-name", "xl/styles2.xml", "styles2.xml"),
        ("styles-at-the-top", "styles.xml", "../styles.xml"),
        ("styles-in-a-folder", "xl/looks/s.xml", "/xl/looks/s.xml"),
    ):
        moved = changed(basic, lambda text, to=target: text.replace('"styles.xml"', f'"{to}"'), _RELATIONS)  # type: ignore[misc]
        yield case(name, renamed(moved, _STYLES, place), ("client001", "00123", "Gold"))
    lost = {**basic, "xl/styles2.xml": ordinary.replace("00000", "0.00%")}
    yield case("styles-twice-one-related", lost, ("client001", "00123", "Gold"))
    whole = '<cellXfs><xf numFmtId="0"/><xf numFmtId="1"/></cellXfs>'
    percent = '<dxfs><dxf><numFmt numFmtId="{}" formatCode="0.00%"/></dxf></dxfs>'
    built_in = _style_part(cells=whole, more=percent.format(1))
    yield one("dxf-names-a-built-in-format", styled, "123", more={_STYLES: built_in})
    own = _style_part(formats=zeros, cells=second, more=percent.format(170))
    yield one("dxf-names-a-format-of-the-file", styled, "00123", more={_STYLES: own})


def _strings() -> Iterator[Case]:
    table = f'<sst xmlns="{_MAIN}"><si><t>client001</t></si><si><t>FS_1</t></si><si><t/></si></sst>'
    strings: Parts = {_STRINGS: table}
    gone = "a cell in it is string .* which is not there"
    for name, index in (("minus-one", "-1"), ("too-large", "3"), ("fraction", "1.0"), ("word", "FS")):
        yield one(f"string-{name}", f'<c REF t="s"><v>{index}</v></c>', "", more=strings, error=gone)
    yield one("string-spaced", '<c REF t="s"><v>\n 1\t</v></c>', "FS_1", more=strings)
    yield one("string-cdata", '<c REF t="s"><v><![CDATA[1]]></v></c>', "FS_1", more=strings)
    yield one("string-without-value", '<c REF t="s"/>', "", more=strings)
    yield one("string-that-is-empty", '<c REF t="s"><v>2</v></c>', "", more=strings)
    yield one("string-without-table", '<c REF t="s"><v>0</v></c>', "", error=gone)
    shared = parts(row(2, "client001", '<c REF t="s"><v>1</v></c>', "Gold"), more=strings)
    moved = changed(shared, lambda text: text.replace("sharedStrings.xml", "texts/all.xml"), _RELATIONS)
    yield case("strings-of-another-name", renamed(moved, _STRINGS, "xl/texts/all.xml"), _GOLD)
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{table}'.encode("utf-16")
    yield case("strings-in-utf16", {**shared, _STRINGS: wide}, _GOLD)
    reading = '<rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>'
    for name, text in (
        ("phonetic", f"<t>東京</t>{reading}"),
        ("phonetic-in-runs", f"<r><t>東</t></r><r><t>京</t></r>{reading}"),
    ):
        yield one(f"{name}-in-place", f'<c REF t="inlineStr"><is>{text}</is></c>', "東京")
        spoken: Parts = {_STRINGS: f'<sst xmlns="{_MAIN}"><si>{text}</si></sst>'}
        yield one(f"{name}-shared", '<c REF t="s"><v>0</v></c>', "東京", more=spoken)
    for name, written, seen in (
        ("escape", "FS_x0041_1", "FSA1"),
        ("escape-escaped", "FS_x005F_x0041_", "FS_x0041_"),
        ("references", "&#x4EFB;&#21153;&amp;1", "任务&1"),
        ("cdata", "FS<![CDATA[ & Co]]>", "FS & Co"),
        ("markup", "&lt;b&gt;FS&lt;/b&gt;", "<b>FS</b>"),
    ):
        yield one(f"{name}-in-place", f'<c REF t="inlineStr"><is><t>{written}</t></is></c>', seen)
        yield one(f"{name}-as-a-result", f'<c REF t="str"><v>{written}</v></c>', seen)
        told: Parts = {_STRINGS: f'<sst xmlns="{_MAIN}"><si><t>{written}</t></si></sst>'}
        yield one(f"{name}-shared", '<c REF t="s"><v>0</v></c>', seen, more=told)


def _values() -> Iterator[Case]:
    yield one("number-spaced", '<c REF t="n"><v>\n   877\n  </v></c>', "877")
    yield one("number-cdata", "<c REF><v><![CDATA[877]]></v></c>", "877")
    yield one("number-with-a-comment", "<c REF><v>8<!-- no -->77</v></c>", "877")
    yield one("formula-cdata", '<c REF t="str"><f>"F"&amp;"S"</f><v><![CDATA[FS]]></v></c>', "FS")
    yield one("shared-formula-uncalculated", '<c REF><f t="shared" si="0"/></c>', "", faults={2: "never calculated"})
    yield one("boolean-as-a-word", '<c REF t="b"><v>true</v></c>', "TRUE")
    rich = "shows a data type, a picture or a newer error, of which the file has only #VALUE!"
    yield one("data-type", '<c REF t="e" vm="1"><v>#VALUE!</v></c>', "#VALUE!", faults={2: rich})
    yield one("picture", '<c REF t="e" vm="3" cm="1"><f>IMAGE(A9)</f><v>#VALUE!</v></c>', "#VALUE!", faults={2: rich})
    yield one(
        "error-of-a-formula", '<c REF t="e"><f>X</f><v>#NAME?</v></c>', "#NAME?", faults={2: "is the error #NAME"}
    )
    array = '<c REF t="str" cm="1"><f t="array" ref="B2">A2</f><v>client001</v></c>'
    yield one("dynamic-array", array, "client001")
    false_day = _style_part(cells='<cellXfs><xf numFmtId="0"/><xf numFmtId="15"/></cellXfs>')
    number = "<c REF{}><v>60</v></c>"
    yield one("serial-60", number.format(""), "60", more={_STYLES: false_day})
    unsure = {2: "in a format that cannot be displayed reliably"}
    yield one("serial-60-as-a-date", number.format(' s="1"'), "60", more={_STYLES: false_day}, faults=unsure)


def _hidden_and_merged() -> Iterator[Case]:
    plain = row(2, *_GOLD)
    for name, column in (
        ("hidden", '<col min="3" max="3" width="9" hidden="1"/>'),
        ("hidden-as-a-word", '<col min="3" max="3" width="9" hidden="true"/>'),
        ("of-no-width", '<col min="3" max="3" width="0" customWidth="1"/>'),
        ("hidden-to-the-end", '<col min="3" max="16384" hidden="1"/>'),
    ):
        hidden = parts(plain, before=f"<cols>{column}</cols>")
        yield case(f"column-{name}", hidden, _GOLD, notes=(r"hidden, but read as well: column C \(planName\)",))
    two = parts(plain, before='<cols><col min="2" max="3" hidden="1"/></cols>')
    yield case("columns-hidden", two, _GOLD, notes=(r"columns B \(backupsetName\), C \(planName\)",))
    flat = parts(row(2, *_GOLD, more=' ht="0" customHeight="1"'))
    yield case("row-of-no-height", flat, _GOLD, notes=("hidden or filtered out, but read as well: row 2",))

    def merged(name: str, cells: str, shown: tuple[str, ...], *ranges: str, **more: Any) -> Case:
        head = row(1, "clientName", "", "backupsetName", "", "planName")
        under = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
        sheet = f"<sheetData>{head}{cells}</sheetData><mergeCells>{under}</mergeCells>"
        return Case(name=f"reported-merged-{name}.xlsx", write=zipped(xlsx_parts(sheet)), rows=((2, shown),), **more)

    across = ("A1:B1", "C1:D1", "A2:B2", "C2:D2")
    seen = ("client001", "", "FS_1", "", "Gold")
    yield merged("across", row(2, *seen), seen, *across)
    yield merged("across-something", row(2, "client001", "old", "FS_1", "older", "Gold"), seen, *across)
    both = {2: "backupsetName is part of the merged cells .C2:E2"}
    yield merged("across-two", row(2, *seen), ("client001", "", "FS_1", "", ""), "C2:E2", faults=both)
    down = {2: "clientName is part of the merged cells .A2:B3"}
    yield merged("down-and-across", row(2, *seen), seen, "A2:B3", faults=down)


def _packages() -> Iterator[Case]:
    basic = parts(row(2, *_GOLD))
    other = changed(basic, lambda text: text.replace("xl/workbook.xml", "/xl/workbook22.xml"), _TOP)
    other = renamed(renamed(other, _WORKBOOK, "xl/workbook22.xml"), _RELATIONS, "xl/_rels/workbook22.xml.rels")
    yield case("workbook22", other, _GOLD)
    flat = changed(basic, lambda text: text.replace("xl/workbook.xml", "book.xml"), _TOP)
    flat = changed(flat, lambda text: text.replace("worksheets/", ""), _RELATIONS)
    flat = renamed(renamed(flat, _WORKBOOK, "book.xml"), _RELATIONS, "_rels/book.xml.rels")
    yield case("all-at-the-top", renamed(flat, _SHEET, "sheet1.xml"), _GOLD)
    for name, target in (
        ("absolute", "/xl/worksheets/sheet1.xml"),
        ("dots", "../xl/./worksheets/sheet1.xml"),
        ("backslashes", "worksheets\\sheet1.xml"),
        ("quoted", "worksheets/sheet%31.xml"),
        ("upper-case", "Worksheets/Sheet1.XML"),
    ):
        to = changed(basic, lambda text, to=target: text.replace("worksheets/sheet1.xml", to), _RELATIONS)  # type: ignore[misc]
        yield case(f"target-{name}", to, _GOLD)
    prefixed = changed(
        basic,
        lambda text: text.replace("<Rel", "<ns0:Rel").replace("</Rel", "</ns0:Rel").replace("xmlns=", "xmlns:ns0="),
        _TOP,
        _RELATIONS,
    )
    yield case("relationships-with-a-prefix", prefixed, _GOLD)
    strict = {
        name: _text(part).replace(_MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
        for name, part in basic.items()
    }
    office = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    yield case("strict", {name: text.replace(_OFFICE, office) for name, text in strict.items()}, _GOLD)
    yield case("content-types-alone", {name: part for name, part in basic.items() if name != _TOP}, _GOLD)
    for name, relation in (
        ("macro", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"),
        ("old-macro", "http://schemas.microsoft.com/office/2006/relationships/xlIntlMacrosheet"),
        ("chart", f"{_OFFICE}/chartsheet"),
        ("dialog", f"{_OFFICE}/dialogsheet"),
    ):
        sheet = '<sheets><sheet name="First" sheetId="9" r:id="rId9"/>'
        first = changed(basic, lambda text, to=sheet: text.replace("<sheets>", to), _WORKBOOK)  # type: ignore[misc]
        related = f'<Relationship Id="rId9" Type="{relation}" Target="others/first.xml"/></Relationships>'
        first = changed(first, lambda text, to=related: text.replace("</Relationships>", to), _RELATIONS)  # type: ignore[misc]
        yield case(f"{name}-sheet-first", {**first, "xl/others/first.xml": "<x><sheetData/></x>"}, _GOLD)
    swapped = changed(basic, lambda text: text.replace("sheet1.xml", "sheet9.xml"), _RELATIONS)
    old = _text(basic[_SHEET]).replace("client001", "old")
    yield case("sheet1-is-not-the-first", {**renamed(swapped, _SHEET, "xl/worksheets/sheet9.xml"), _SHEET: old}, _GOLD)


def _encodings() -> Iterator[Case]:
    text = _text(parts(row(2, "client001", "Köln", "Gold"))[_SHEET]).partition("?>")[2]
    basic, shown = parts(), ("client001", "Köln", "Gold")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252", "utf-8-sig"):
        said = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-8-sig": "UTF-8"}.get(encoding, encoding)
        mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
        part = f'{mark}<?xml version="1.0" encoding="{said}"?>{text}'.encode(encoding)
        yield case(f"in-{encoding}", {**basic, _SHEET: part}, shown)
    plain = text.replace("ö", "&#246;").encode("ascii")
    yield case("in-ascii", {**basic, _SHEET: b'<?xml version="1.0" encoding="US-ASCII"?>' + plain}, shown)
    yield case("in-no-encoding-told", {**basic, _SHEET: text}, shown)
    for encoding in ("gbk", "shift_jis", "big5"):
        part = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding, "xmlcharrefreplace")
        error = f"sheet1.xml in it is in the encoding {encoding}, which cannot be read"
        yield case(f"in-{encoding}", {**basic, _SHEET: part}, error=error)
    book = _text(basic[_WORKBOOK]).replace("Wave", "Wäve")
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{book}'.encode("utf-16")
    yield case("workbook-in-utf16", {**parts(row(2, *_GOLD)), _WORKBOOK: wide}, _GOLD)


def _worksheets() -> Iterator[Case]:
    second = ("client002", "FS_2", "Gold")
    rows = (row(2, *_GOLD), row(3, *second))
    for size in ("A1", "A1:B2", "A1:XFD1048576", "nonsense"):
        name = size.replace(":", "-")
        yield case(f"dimension-{name}", parts(*rows, before=f'<dimension ref="{size}"/>'), _GOLD, second)
    yield case("rows-out-of-order", parts(*reversed(rows)), _GOLD, second)
    swapped = rows[0].replace("A2", "X2").replace("B2", "A2").replace("X2", "B2")
    yield case("cells-out-of-order", parts(swapped), ("FS_1", "client001", "Gold"))
    yield case("lower-case-references", parts(row(2, *_GOLD).replace("B2", "b2")), _GOLD)
    yield case("indented", parts("\n  ", rows[0].replace("<c", "\n    <c").replace("</row", "\n  </row"), "\n"), _GOLD)
    yield case("comment-between-cells", parts(rows[0].replace("<c r", '<!-- <c r="B2"><v>1</v></c> --><c r')), _GOLD)
    yield case("instruction-between-rows", parts('<?x <c r="B2"><v>1</v></c> ?>', rows[0]), _GOLD)
    twice = rows[0].replace("</row>", '<c r="B2"><v>7</v></c></row>')
    yield case("cell-twice", parts(twice), error="cell B2 is in it twice")
    yield case("row-twice", parts(rows[0], row(2, *second)), error="(row |cell A)2 is in it twice")
    again = f"<extLst><ext uri='{{1}}'>{row(2, *second)}</ext></extLst>"
    yield case("cells-in-an-extension", parts(rows[0], after=again), _GOLD)
