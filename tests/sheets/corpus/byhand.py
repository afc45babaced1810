"""XLSX and ODS files from their parts, and XLS: what other programs write, and what hardly any would."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlwt

from tests.sheets.corpus.case import Case
from tests.sheets.corpus.parts import ods, xlsx

__all__ = ["byhand_cases"]


def byhand_cases() -> Iterator[Case]:
    """All of them."""
    yield from _by_hand()
    yield from _ods()
    yield from _xls()


def _by_hand() -> Iterator[Case]:
    head = '<row r="1"><c r="A1" t="str"><v>client</v></c><c r="B1" t="str"><v>backupset</v></c></row>'
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>c</t></is></c>%s</row>'

    def case(name: str, cell: str, value: str, **more: Any) -> Case:
        write = xlsx(f"<sheetData>{head}{row % cell}</sheetData>")
        return Case(
            name=f"hand-{name}.xlsx", write=write, rows=((2, ("c", value)),) if not more.get("error") else (), **more
        )

    yield case("number", '<c r="B2"><v>7</v></c>', "7")
    yield case("quotes", "<c r='B2'><v>7</v></c>", "7")
    yield case("whole-float", '<c r="B2"><v>12.0</v></c>', "12")
    yield case("exponent", '<c r="B2"><v>1.2E+1</v></c>', "12")
    yield case("one-unplaced", "<c><v>7</v></c>", "", error="only some of its cells say where they are")
    placed = f"<sheetData>{head}{row}</sheetData>" % '<c r="B2"><v>7</v></c>'
    unplaced = re.sub(' r="[A-Z0-9]+"', "", placed)
    yield Case(name="hand-unplaced.xlsx", write=xlsx(unplaced), rows=((2, ("c", "7")),))
    bare = f'<sheetData>{head}<row r="2" spans="1:2"/>{row}</sheetData>' % '<c r="B3"><v>7</v></c>'
    bare = bare.replace('<row r="2"><c r="A2"', '<row r="3"><c r="A3"')
    yield Case(name="hand-row-without-cells.xlsx", write=xlsx(bare), rows=((3, ("c", "7")),))
    hidden = bare.replace('<row r="2" spans="1:2"/>', '<row r="2" hidden="1"/>')
    yield Case(
        name="hand-hidden-row-without-cells.xlsx", write=xlsx(hidden), rows=((3, ("c", "7")),), notes=("hidden.*row 2",)
    )
    nowhere = bare.replace('<row r="3">', "<row>")
    yield Case(name="hand-row-by-its-cells.xlsx", write=xlsx(nowhere), rows=((3, ("c", "7")),))
    cells_nowhere = re.sub(' r="[A-Z]+[0-9]+"', "", nowhere)
    yield Case(name="hand-row-nowhere.xlsx", write=xlsx(cells_nowhere), error="only some of its rows say where they")
    yield case("sixteen-digits", '<c r="B2"><v>1234567890123456</v></c>', "1234567890123456", faults={2: "15 digits"})
    yield case("fifteen-digits", '<c r="B2"><v>123456789012345</v></c>', "123456789012345")
    yield case(
        "uncalculated",
        '<c r="B2"><f>A2</f></c>',
        "",
        faults={2: "Wave!B2: backupsetName is a formula that was never calculated"},
    )
    yield case("uncalculated-empty", '<c r="B2"><f>A2</f><v></v></c>', "", faults={2: "never calculated"})
    yield case("formula-empty-text", '<c r="B2" t="str"><f>A2</f><v></v></c>', "")
    yield case(
        "error", '<c r="B2" t="e"><v>#N/A</v></c>', "#N/A", faults={2: "Wave!B2: backupsetName is the error #N/A"}
    )
    yield case("bad-reference", '<c r="B2:C3"><v>7</v></c>', "", error="B2:C3|damaged")
    yield case("style-missing", '<c r="B2" s="99"><v>7</v></c>', "7")
    cells = (f"<sheetData>{head}{row}</sheetData>" % '<c r="B2" t="e"><v>#REF!</v></c>').replace("inlineStr", "str")
    cells = cells.replace("<is><t>", "<v>").replace("</t></is>", "</v>")
    prefixed = cells.replace("</", "<~").replace("<", "<x:").replace("<x:~", "</x:")
    yield Case(
        name="hand-prefixed.xlsx",
        write=xlsx(prefixed, prefix="x"),
        rows=((2, ("c", "#REF!")),),
        faults={2: "Wave!B2: backupsetName is the error #REF!"},
    )
    cell = '<!-- <c r="Z9"/> --><c r="B2"><v><![CDATA[7]]></v></c>'
    yield case("comment", cell, "7")


def _ods() -> Iterator[Case]:
    def text(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    def row(*cells: str, more: str = "") -> str:
        return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"

    head = row(text("client"), text("backupset"))

    def case(name: str, cell: str, value: str, **more: Any) -> Case:
        return Case(name=f"{name}.ods", write=ods(head + row(text("c"), cell)), rows=((2, ("c", value)),), **more)

    def number(kind: str, value: str, shown: str, more: str = "") -> str:
        return (
            f'<table:table-cell office:value-type="{kind}" {value} {more}><text:p>{shown}</text:p></table:table-cell>'
        )

    yield case("zeros", number("float", 'office:value="123"', "00123"), "00123")
    yield case("date", number("date", 'office:date-value="2026-01-05"', "05.01.26"), "05.01.26")
    yield case("time", number("time", 'office:time-value="PT6H"', "06:00"), "06:00")
    yield case("percent", number("percentage", 'office:value="0.07"', "7 %"), "7 %")
    yield case("true", number("boolean", 'office:boolean-value="true"', "WAHR"), "WAHR")
    yield case("comma", number("float", 'office:value="1.5"', "1,5"), "1,5")
    yield case("spaces", text('a<text:s text:c="3"/>b<text:tab/>c'), "a   b\tc")
    yield case("span", text('FS_<text:span text:style-name="T1">1</text:span>'), "FS_1")
    yield case("link", text('<text:a xlink:href="http://x">FS_1</text:a>'), "FS_1")
    note = "<office:annotation><text:p>a note</text:p></office:annotation>"
    yield case("note", f'<table:table-cell office:value-type="string">{note}<text:p>n</text:p></table:table-cell>', "n")
    lines = '<table:table-cell office:value-type="string"><text:p>a</text:p><text:p>b</text:p></table:table-cell>'
    yield case("lines", lines, "a\nb")
    error = number("string", 'office:string-value=""', "#N/A", 'calcext:value-type="error" table:formula="of:=NA()"')
    yield case("error", error, "#N/A", faults={2: "Wave!B2: backupsetName is the error #N/A"})
    yield case("uncalculated", '<table:table-cell table:formula="of:=A1"/>', "", faults={2: "never calculated"})
    narrow = number("float", 'office:value="123456"', "###")
    yield case("too-narrow", narrow, "###", faults={2: "too wide for its column"})
    gap = row("<table:table-cell/>", more='table:number-rows-repeated="3"')
    yield Case(name="gap.ods", write=ods(head + gap + row(text("c"), text("n"))), rows=((5, ("c", "n")),))
    far = row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048000"')
    yield Case(name="usual-end.ods", write=ods(head + row(text("c"), text("n")) + far), rows=((2, ("c", "n")),))
    twice = row(text("c"), text("n"), more='table:number-rows-repeated="2"')
    yield Case(name="repeated.ods", write=ods(head + twice), rows=((2, ("c", "n")), (3, ("c", "n"))))
    hidden = row(text("c"), text("n"), more='table:visibility="filter"')
    yield Case(name="filtered.ods", write=ods(head + hidden), rows=((2, ("c", "n")),), notes=("hidden.*row 2",))
    over = text("c").replace(" office", ' table:number-rows-spanned="2" office')
    under = "<table:covered-table-cell/>"
    yield Case(
        name="merged.ods",
        write=ods(head + row(over, text("n")) + row(under, text("m"))),
        rows=((2, ("c", "n")), (3, ("", "m"))),
        faults={2: "merged cells .A2:A3", 3: "merged cells .A2:A3"},
    )


def _xls() -> Iterator[Case]:
    def book(fill: Callable[[Any], object]) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            made = xlwt.Workbook()
            sheet = made.add_sheet("Wave")
            for column, name in enumerate(("clientName", "backupsetName", "own")):
                sheet.write(0, column, name)
            sheet.write(1, 0, "c")
            fill(sheet)
            made.save(str(path))

        return write

    def case(name: str, fill: Callable[[Any], object], cells: tuple[str, ...], **more: Any) -> Case:
        return Case(name=f"{name}.xls", write=book(fill), rows=((2, cells),), **more)

    def look(code: str) -> Any:
        return xlwt.easyxf(num_format_str=code)

    shown = {
        "zeros": ("00000", 123, "00123"),
        "date": ("YYYY-MM-DD", 46_027, "2026-01-05"),
        "money": ("0.00", 1.5, "1.50"),
        "general": ("General", 12, "12"),
    }
    for name, (code, value, text) in shown.items():
        yield case(name, lambda sheet, code=code, value=value: sheet.write(1, 1, value, look(code)), ("c", text, ""))  # type: ignore[misc]
    yield case("text", lambda sheet: sheet.write(1, 1, "Köln 日本"), ("c", "Köln 日本", ""))
    yield case("true", lambda sheet: sheet.write(1, 1, True), ("c", "TRUE", ""))
    for name, code in (("formula", "1/0"), ("formula-of-text", '"FS"&A2')):
        yield case(
            name,
            lambda sheet, code=code: sheet.write(1, 1, xlwt.Formula(code)),  # type: ignore[misc]
            ("c", "", ""),
            faults={2: "never calculated"},
        )
    yield case("long", lambda sheet: sheet.write(1, 1, 1e16), ("c", "10000000000000000", ""), faults={2: "15 digits"})
    yield case(
        "merged",
        lambda sheet: sheet.write_merge(1, 1, 1, 2, "n"),
        ("c", "n", ""),
    )
