"""Further files of kinds that people reported: what sheets hide, and what they say twice."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from tests.sheets.corpus.case import Case
from tests.sheets.corpus.parts import ods, zipped
from tests.sheets.corpus.reported_xlsx import case, one, parts, row

__all__ = ["reported_more_cases"]

_GOLD = ("client001", "FS_1", "Gold")
_STYLES = "xl/styles.xml"
_ZERO = "is 0 in a sheet that is set not to show zeros"


def reported_more_cases() -> Iterator[Case]:
    """All of them."""
    yield from _xlsx()
    yield from _headers()
    yield from _ods()


def _formatted(name: str, code: str, value: str, shown: str, **more: Any) -> Case:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<numFmts><numFmt numFmtId="182" formatCode="{code}"/></numFmts><fonts><font/></fonts>'
        "<fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        '<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="182"/></cellXfs></styleSheet>'
    )
    return one(name, f'<c REF s="1"><v>{value}</v></c>', shown, more={_STYLES: styles}, **more)


def _xlsx() -> Iterator[Case]:
    yield _formatted("report-server-number", r"[$-10409]#,##0;\-#,##0", "1234", "1,234")
    yield _formatted("report-server-below-zero", r"[$-10409]#,##0;\-#,##0", "-7", "-7")
    yield _formatted("report-server-date", "[$-010409]m/d/yyyy", "46027", "1/5/2026")
    unsure = {2: "in a format that cannot be displayed reliably"}
    yield _formatted("other-calendar", "[$-1060000]yyyy", "46027", "2026-01-05", faults=unsure)
    view = '<sheetViews><sheetView {}workbookViewId="0"/></sheetViews>'
    for number, (said, cell, faults) in enumerate(
        (
            ('showZeros="0" ', "<c REF><v>0</v></c>", {2: f"planName {_ZERO}"}),
            ('showZeros="false" ', "<c REF t='n'><v>0.0</v></c>", {2: f"planName {_ZERO}"}),
            ('showZeros="0" ', '<c REF t="str"><v>0</v></c>', {}),
            ('showZeros="1" ', "<c REF><v>0</v></c>", {}),
        )
    ):
        sheet = parts(row(2, "client001", "FS_1", cell), before=view.format(said))
        yield case(f"zeros-{number}", sheet, ("client001", "FS_1", "0"), faults=faults)
    low = parts(row(2, *_GOLD, more=' ht="0.75" customHeight="1"'))
    yield case("row-below-a-point", low, _GOLD, notes=("hidden or filtered out, but read as well: row 2",))
    narrow = parts(row(2, *_GOLD), before='<cols><col min="3" max="3" width="0.4" customWidth="1"/></cols>')
    yield case("column-below-a-letter", narrow, _GOLD, notes=(r"hidden, but read as well: column C \(planName\)",))


def _headers() -> Iterator[Case]:
    def merged_down(path: Path) -> None:
        book = openpyxl.Workbook()
        for cells in (("clientName", "backupsetName", "planName"), (), _GOLD):
            book.active.append(cells)
        for column in "ABC":
            book.active.merge_cells(f"{column}1:{column}2")
        book.save(path)

    yield Case(name="reported-header-merged-down.xlsx", write=merged_down, rows=((3, _GOLD),))

    def hidden(path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.append(("read me",))
        sheet = book.create_sheet("Old")
        sheet.append(("clientName", "backupsetName"))
        sheet.append(("client001", "FS_1"))
        sheet.sheet_state = "hidden"
        book.save(path)

    notes = ('only the sheet "Old" is read', 'sheet "Old" is hidden, but read')
    yield Case(name="reported-hidden-sheet-alone.xlsx", write=hidden, rows=((2, _GOLD[:2]),), notes=notes)


def _ods() -> Iterator[Case]:
    def text(content: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="string"{more}><text:p>{content}</text:p></table:table-cell>'

    def number(value: str, shown: str, more: str = "") -> str:
        kind = f'office:value-type="float" office:value="{value}"{more}'
        return f"<table:table-cell {kind}><text:p>{shown}</text:p></table:table-cell>"

    def line(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    head = line(text("clientName"), text("backupsetName"), text("planName"))
    style = '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N2"/>'

    def one_cell(name: str, cell: str, shown: str, **more: Any) -> Case:
        write = ods(head + line(text("client001"), cell, text("Gold")), styles=style)
        return Case(name=f"reported-{name}.ods", write=write, rows=((2, ("client001", shown, "Gold")),), **more)

    differ = {2: "backupsetName is .* in the file, which differ: type it again"}
    yield one_cell("text-of-an-old-value", text("FS_old", ' office:string-value="FS_1"'), "FS_old", faults=differ)
    yield one_cell("text-of-its-value", text("FS_1", ' office:string-value=" FS_1 "'), "FS_1")
    yield one_cell("number-of-an-old-value", number("456", "123"), "123", faults=differ)
    yield one_cell("number-in-a-format", number("456", "123", ' table:style-name="ce1"'), "123")
    for count, shown in enumerate(("1,234.5", "1234,50", "1235", "1,2E+03", "\u00a01234.5")):
        yield one_cell(f"number-of-its-value-{count}", number("1234.5", shown), shown)
    twice = f'<table:table table:name="Wave">{head}</table:table>'
    gold = line(*map(text, _GOLD))
    called = "two of its sheets are called 'Wave'"
    yield Case(name="reported-sheets-of-a-name.ods", write=ods(head + gold, more=twice), error=called)
    cached = (
        f"<table:table table:name=\"'file:///x.ods'#Wave\">{head}{line(text('old'), text('x'), text(''))}</table:table>"
    )
    yield Case(name="reported-sheet-of-another-file.ods", write=ods(head + gold, more=cached), rows=((2, _GOLD),))
    names = "urn:oasis:names:tc:opendocument:xmlns"
    settings = (
        f'<o:document-settings xmlns:o="{names}:office:1.0" xmlns:c="{names}:config:1.0" o:version="1.3"><o:settings>'
        '<c:config-item-set c:name="ooo:view-settings"><c:config-item-map-indexed c:name="Views">'
        '<c:config-item-map-entry><c:config-item c:name="ShowZeroValues" c:type="boolean">{}</c:config-item>'
        "</c:config-item-map-entry></c:config-item-map-indexed></c:config-item-set></o:settings></o:document-settings>"
    )
    for shown, faults in (("true", {}), ("false", {2: f"planName {_ZERO}"})):

        def write(path: Path, said: str = shown) -> None:
            ods(head + line(text("client001"), text("FS_1"), number("0", "0")))(path)
            with zipfile.ZipFile(path) as archive:
                content = {name: archive.read(name) for name in archive.namelist()}
            listed = b'<manifest:file-entry manifest:full-path="settings.xml" manifest:media-type="text/xml"/>'
            manifest = content["META-INF/manifest.xml"].replace(
                b"</manifest:manifest>", listed + b"</manifest:manifest>"
            )
            zipped({**content, "META-INF/manifest.xml": manifest, "settings.xml": settings.format(said)})(path)

        cells = ((2, ("client001", "FS_1", "0")),)
        yield Case(name=f"reported-zeros-shown-{shown}.ods", write=write, rows=cells, faults=faults)
