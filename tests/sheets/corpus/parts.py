"""Workbooks from their parts, for what no writer would write."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

__all__ = ["ods", "xlsx", "xlsx_parts", "zipped"]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
_MIME = "application/vnd.oasis.opendocument.spreadsheet"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_TYPES = "[Content_Types].xml"


def _override(part: str, kind: str) -> str:
    """What the content types say of a part."""
    mime = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
    return f'<Override PartName="/{part}" ContentType="{mime}"/>'


_BESIDES = {
    _TYPES: f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/>{_override("xl/workbook.xml", "sheet.main")}'
    f"{_override('xl/worksheets/sheet1.xml', 'worksheet')}</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Wave" sheetId="1" r:id="rId1"/></sheets></workbook>',
    _RELATIONS: f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def zipped(parts: Mapping[str, str | bytes]) -> Callable[[Path], None]:
    """Write a zip of these parts."""

    def write(path: Path) -> None:
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return write


def xlsx(
    sheet: str,
    *,
    prefix: str = "",
    before: str = "",
    sheets: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> Callable[[Path], None]:
    """Write an XLSX file whose sheet Wave has this content.

    `before` comes before its root element, `sheets` are further ones of the workbook, `more` are other parts; styles
    and shared strings among them get a relationship.
    """
    return zipped(xlsx_parts(sheet, prefix=prefix, before=before, sheets=sheets, more=more))


def xlsx_parts(
    sheet: str,
    *,
    prefix: str = "",
    before: str = "",
    sheets: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> dict[str, str | bytes]:
    """The parts of such a file, by their names."""
    tag, name = (f"{prefix}:worksheet", f"xmlns:{prefix}") if prefix else ("worksheet", "xmlns")
    part = f'<?xml version="1.0" encoding="UTF-8"?>{before}<{tag} {name}="{_MAIN}">{sheet}</{tag}>'
    workbook = _BESIDES["xl/workbook.xml"].replace("<sheets>", f"<sheets>{sheets}")
    kinds = {"xl/styles.xml": "styles", "xl/sharedstrings.xml": "sharedStrings"}
    known = {name: kinds[name.lower()] for name in more or () if name.lower() in kinds}
    related = "".join(
        f'<Relationship Id="rId{kind}" Type="{_OFFICE}/{kind}" Target="{name.partition("/")[2]}"/>'
        for name, kind in known.items()
    )
    return {
        **_BESIDES,
        _TYPES: _BESIDES[_TYPES].replace("</T", f"{''.join(_override(*each) for each in known.items())}</T"),
        _RELATIONS: _BESIDES[_RELATIONS].replace("</", f"{related}</"),
        "xl/workbook.xml": workbook,
        "xl/worksheets/sheet1.xml": part,
        **(more or {}),
    }


def ods(
    rows: str, *, before: str = "", styles: str = "", more: str = "", protected: str = ""
) -> Callable[[Path], None]:
    """Write an ODS file whose sheet Wave has these rows.

    `before` comes before the root element, `styles` are those of the content, `more` comes after the sheet, and
    `protected` is what the manifest says of the content's encryption.
    """
    names = {
        "office": f"{_DOCUMENT}:office:1.0",
        "table": f"{_DOCUMENT}:table:1.0",
        "text": f"{_DOCUMENT}:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        "draw": f"{_DOCUMENT}:drawing:1.0",
        "style": f"{_DOCUMENT}:style:1.0",
        "svg": f"{_DOCUMENT}:svg-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
    }
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {declared} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f'<office:body><office:spreadsheet><table:table table:name="Wave">{rows}</table:table>{more}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_DOCUMENT}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MIME}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{protected}'
        "</manifest:file-entry></manifest:manifest>"
    )
    return zipped({"mimetype": _MIME, "content.xml": content, "META-INF/manifest.xml": manifest})
