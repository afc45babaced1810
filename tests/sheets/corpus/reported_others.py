"""ODS and XLS files of kinds that people reported against spreadsheet libraries and importers.

What each must read as follows from OpenDocument 1.3 part 3, and from what LibreOffice shows for the same file
(`test_witnesses`).
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlwt

from tests.sheets.corpus.case import Case, raw
from tests.sheets.corpus.parts import ods, zipped

__all__ = ["reported_other_cases"]

_GOLD = ("client001", "FS_1", "Gold")
_COLLAPSED = 'table:visibility="collapse"'


def reported_other_cases() -> Iterator[Case]:
    """All of them."""
    yield from _values()
    yield from _texts()
    yield from _hidden()
    yield from _files()
    yield from _xls()


def text(value: str, more: str = "") -> str:
    """A cell with text in it."""
    return f'<table:table-cell office:value-type="string"{more}><text:p>{value}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    """A row: of texts, or of cells where one begins as one."""
    made = (cell if cell.startswith("<") else text(cell) for cell in cells)
    return f"<table:table-row{more}>{''.join(made)}</table:table-row>"


def case(name: str, rows: str, *cells: tuple[str, ...], styles: str = "", sheets: str = "", **more: Any) -> Case:
    """A file with these rows under the header, which read as these cells."""
    head = row("clientName", "backupsetName", "planName")
    write = ods(head + rows, styles=styles, more=sheets)
    return Case(name=f"reported-{name}.ods", write=write, rows=tuple(enumerate(cells, 2)), **more)


def one(name: str, cell: str, shown: str, **more: Any) -> Case:
    """A file with one row, whose backup set is this cell."""
    return case(name, row("client001", cell, "Gold"), ("client001", shown, "Gold"), **more)


def _values() -> Iterator[Case]:
    def typed(kind: str, value: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="{kind}" office:{value}{more}/>'

    yield one("string-value", typed("string", 'string-value="FS_1"'), "FS_1")
    yield one("number-value", typed("float", 'value="7"'), "7")
    yield one("number-value-long", typed("float", 'value="7.0"'), "7")
    yield one("boolean-value", typed("boolean", 'boolean-value="true"'), "TRUE")
    unsure = {2: "and the file does not say how it looks"}
    yield one("percent-value", typed("percentage", 'value="0.07"'), "0.07", faults=unsure)
    yield one("date-value", typed("date", 'date-value="2026-01-05"'), "2026-01-05", faults=unsure)
    yield one("time-value", typed("time", 'time-value="PT6H"'), "PT6H", faults=unsure)
    style = '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N2"/>'
    child = '<style:style style:name="ce2" style:family="table-cell" style:parent-style-name="ce1"/>'
    for name in ("ce1", "ce2"):
        cell = typed("float", 'value="7"', f' table:style-name="{name}"')
        yield one(f"number-value-in-style-{name}", cell, "7", styles=style + child, faults=unsure)
    columns = '<table:table-column/><table:table-column table:default-cell-style-name="ce1"/>'
    by_column = columns + row("clientName", "backupsetName") + row("client001", typed("float", 'value="7"'))
    yield Case(
        name="reported-number-value-in-column-style.ods",
        write=ods(by_column, styles=style),
        rows=((2, ("client001", "7")),),
        faults=unsure,
    )
    value_of = '<table:table-cell office:value-type="boolean" office:boolean-value="{}">'
    word = value_of + "<text:p>{}</text:p></table:table-cell>"
    for name, value, shown in (("pravda", "true", "PRAVDA"), ("falsch", "false", "FALSCH")):
        head = row("clientName", "backupsetName", "onDemandBackupset")
        cell = word.format(value, shown)
        yield Case(
            name=f"reported-boolean-{name}.ods",
            write=ods(head + row("client001", cell, cell)),
            rows=((2, ("client001", shown, value.title())),),
        )


def _texts() -> Iterator[Case]:
    def cell(content: str) -> str:
        return f'<table:table-cell office:value-type="string">{content}</table:table-cell>'

    own = "<text:p>FS_1</text:p>"
    box = "<draw:frame><draw:text-box><text:p>ask Ops</text:p></draw:text-box></draw:frame>"
    shape = '<draw:custom-shape draw:name="S"><text:p>REVIEW</text:p></draw:custom-shape>'
    note = "<office:annotation><text:p>a <text:span>note</text:span></text:p></office:annotation>"
    picture = "<draw:frame><draw:image/><svg:title>T</svg:title><svg:desc>D</svg:desc></draw:frame>"
    for name, content in (("box", box), ("shape", shape), ("picture", picture), ("comment", note)):
        yield one(f"{name}-over-a-cell", cell(content + own), "FS_1")
        yield one(f"{name}-in-a-paragraph", cell(f"<text:p>FS{content}_1</text:p>"), "FS_1")
        empty = f"<table:table-cell>{content}</table:table-cell>"
        yield case(f"{name}-over-nothing", row("client001", "FS_1", empty), ("client001", "FS_1", ""))
    ruby = "<text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>トウキョウ</text:ruby-text></text:ruby>"
    yield one("ruby", cell(f"<text:p>{ruby}</text:p>"), "東京")
    yield one("cdata", cell("<text:p>FS<![CDATA[ & Co]]></text:p>"), "FS & Co")
    yield one("references", cell("<text:p>&#x4EFB;&#21153;&amp;1</text:p>"), "任务&1")
    yield one("indented", cell("\n  <text:p>\n    FS_1\n  </text:p>\n"), "FS_1")
    yield one("spaces", cell("<text:p>FS 1<text:s/><text:s text:c='2'/>x</text:p>"), "FS 1   x")
    for name, space in (("two-spaces", "  "), ("line-break", "\n")):
        unsure = {2: "has white space in it that programs show differently"}
        yield one(name, cell(f"<text:p>FS{space}1</text:p>"), f"FS{space}1", faults=unsure)
    yield one("field", cell("<text:p>FS_<text:sheet-name>Wave</text:sheet-name></text:p>"), "FS_Wave")


def _hidden() -> Iterator[Case]:
    gold = row(*_GOLD)
    head = row("clientName", "backupsetName", "planName")
    for name, columns, said in (
        (
            "collapsed",
            '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>',
            r"column C \(planName\)",
        ),
        (
            "collapsed-together",
            f"<table:table-column/><table:table-column {_COLLAPSED} table:number-columns-repeated='1023'/>",
            r"columns B \(backupsetName\), C \(planName\)",
        ),
    ):
        yield Case(
            name=f"reported-columns-{name}.ods",
            write=ods(columns + head + gold),
            rows=((2, _GOLD),),
            notes=(f"hidden, but read as well: {said}",),
        )
    style = (
        '<style:style style:name="{}" style:family="table"><style:table-properties table:display="{}"/></style:style>'
    )
    styles = style.format("ta1", "true") + style.format("ta2", "false")
    old = f'<table:table table:name="Old" table:style-name="{{}}">{head}{row("client009", "Old", "Gold")}</table:table>'
    yield case("hidden-sheet", gold, _GOLD, styles=styles, sheets=old.format("ta2"), notes=('sheet "Wave" is read',))
    yield case("both-sheets", gold, styles=styles, sheets=old.format("ta1"), error='"Wave" and "Old" both have')
    covered = "<table:covered-table-cell office:value-type='string'><text:p>old</text:p></table:covered-table-cell>"
    wide = text("FS_1", ' table:number-columns-spanned="2"')
    yield Case(
        name="reported-merged-across.ods",
        write=ods(row("clientName", "backupsetName", "own") + row("client001", wide, covered)),
        rows=((2, ("client001", "FS_1", "")),),
    )


def _files() -> Iterator[Case]:
    encrypted = '<manifest:encryption-data manifest:checksum="AAAA"/>'
    password = "protected with a password"
    head = row("clientName", "backupsetName") + row("client001", "FS_1")
    yield Case(name="reported-password.ods", write=ods(head, protected=encrypted), error=password)
    basic = row(*_GOLD)
    whole = case("", basic, _GOLD)

    def changed(change: Callable[[str], str | bytes]) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            whole.write(path)
            with zipfile.ZipFile(path) as archive:
                parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
                content = archive.read("content.xml").decode()
            zipped({**parts, "content.xml": change(content)})(path)

        return write

    def wide(content: str) -> bytes:
        return content.replace("UTF-8", "UTF-16").encode("utf-16")

    def prefixes(content: str) -> str:
        return re.sub(r"(<|</| | xmlns:)(table|office|text)([:=])", r"\1my-\2\3", content)

    yield Case(name="reported-in-utf16.ods", write=changed(wide), rows=whole.rows)
    yield Case(name="reported-other-prefixes.ods", write=changed(prefixes), rows=whole.rows)


def _xls() -> Iterator[Case]:
    def book(fill: Callable[[Any], object]) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            made = xlwt.Workbook()
            sheet = made.add_sheet("Wave")
            for number, cells in enumerate((("clientName", "backupsetName", "planName"), _GOLD)):
                for column, cell in enumerate(cells):
                    sheet.write(number, column, cell)
            fill(sheet)
            made.save(str(path))

        return write

    def hide(sheet: Any) -> None:
        sheet.col(2).hidden = True

    notes = (r"hidden, but read as well: column C \(planName\)",)
    yield Case(name="reported-column-hidden.xls", write=book(hide), rows=((2, _GOLD),), notes=notes)
    yield Case(name="reported-merged-across.xls", write=book(lambda sheet: sheet.merge(1, 1, 2, 4)), rows=((2, _GOLD),))
    for version, start in ((2, "09000400"), (3, "09020600"), (4, "09040600")):
        stream = bytes.fromhex(start) + bytes(2) + b"\x10\x00" + bytes(2) + b"\x0a\x00\x00\x00"
        error = f"this is a file of Excel {version}, .*save it as .xlsx"
        yield Case(name=f"reported-excel-{version}.xls", write=raw(stream), error=error)
