"""Recognises what is no sheet, so that the operator is told what a file is and not what a reader made of it.

By the name, where it is a program's own mark (`~$`, `.icloud`); otherwise by the first bytes. What kind of document a
zip is, and which Excel wrote an .xls, the reader of workbooks says. Gives words; reads no table.
"""

import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bulkprov.sheets.nearest import Nearest, distance

__all__ = ["directory", "is_in_cloud", "missing", "other_file"]

_AGAIN: Final = "open it in Excel or LibreOffice, choose Save As, and save it as .xlsx or CSV"
_SAVE: Final = "not a spreadsheet: save it as .xlsx or CSV"
_DOWNLOAD: Final = "an unfinished download: wait until it is complete, or download it again"
_SHORTCUT: Final = "a shortcut to a sheet, not the sheet: give the name of the file that it leads to"
_LOCK: Final = "which the program keeps while a sheet is open in it: give the name of the sheet itself"

_NAMES: Final = (
    (re.compile(r"~\$.+"), f"Excel's lock file, {_LOCK}"),
    (re.compile(r"\.~lock\..+#"), f"LibreOffice's lock file, {_LOCK}"),
    (re.compile(r".+\.icloud"), "a placeholder of iCloud, not the sheet: download the sheet first"),
    (re.compile(r".+\.(crdownload|part|partial|opdownload|download|filepart|!ut)"), _DOWNLOAD),
)
"""Names that only one program gives, and what the file is."""
_STARTS: Final = (
    (b"\x00\x05\x16\x07", "a side file of macOS (its name begins with ._), not the sheet: give the file without ._"),
    (b"\x00\x05\x16\x00", "a side file of macOS, not the sheet: give the name of the sheet itself"),
    (b"\x00\x00\x00\x01Bud1", "a file in which macOS keeps how a folder looks, not a sheet"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", _SHORTCUT),
    (b"book\x00\x00\x00\x00mark", _SHORTCUT),
    (b"bplist00", "a property list of macOS, such as a shortcut, not the sheet: give the name of the sheet itself"),
    (b"version https://git-lfs", "a Git LFS pointer, not the sheet: run `git lfs pull` first"),
    (b"/annex/objects/", "a git-annex pointer, not the sheet: run `git annex get` first"),
    (b"\x09\x08\x08\x00", f"an Excel file of before 1997 (BIFF5): {_AGAIN}"),
    (b"\x09\x08\x10\x00", f"a bare Excel 97 stream: {_AGAIN}"),
    (b"\x00\x00\x02\x00", f"a Lotus or Quattro file: {_AGAIN}"),
    (b"\x00\x00\x1a\x00", f"a Lotus or Quattro file: {_AGAIN}"),
    (b"TABLE\r\n0,1", f"a DIF file: {_AGAIN}"),
    (b"TABLE\n0,1", f"a DIF file: {_AGAIN}"),
    (b"%PDF", f"a PDF file, {_SAVE}"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip file: unpack it first"),
    (b"Rar!\x1a\x07", "a RAR file: unpack it first"),
    (b"BZh91AY", "a bzip2 file: unpack it first"),
    (b"\xfd7zXZ\x00", "an xz file: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it first"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x89PNG", f"a picture, {_SAVE}"),
    (b"\xff\xd8\xff", f"a picture, {_SAVE}"),
    (b"GIF8", f"a picture, {_SAVE}"),
    (b"{\\rtf", f"a rich text document, {_SAVE}"),
    (b"SQLite format 3\x00", f"a SQLite database, {_SAVE}"),
    (b"PAR1\x15", f"a Parquet file, {_SAVE}"),
)
"""Files by their first bytes."""
_TEXTS: Final = (
    (re.compile(r"(?:#!.*\n)?\[desktop entry\]"), _SHORTCUT),
    (re.compile(r"(?:\[(?:default|\{[^\n]*\})\]\s[^\[]*)?\[internetshortcut\]"), _SHORTCUT),
    (re.compile(r"id;p[^\n]*\n[bcfop];"), f"a SYLK file: {_AGAIN}"),
    (re.compile(r"\{[^{}]*(docs\.google\.com|\"doc_id\")"), "a Google shortcut, not the sheet: download it as .xlsx"),
    (re.compile(r"<\?xml.*<key>url</key>", re.DOTALL), _SHORTCUT),
    (re.compile(r"<.*urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL), f"an XML Spreadsheet 2003: {_AGAIN}"),
    (re.compile(r"<\?xml.*<office:document\b", re.DOTALL), f"a flat OpenDocument file: {_AGAIN}"),
    (re.compile(r"(?:[\w-]+: [^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){1,30}?(?:mime-version|content-type): "),
     f"a mail, or a web page saved as one file (MHTML), whatever its name says: {_AGAIN}"),
    (re.compile(r"mime-version: 1"),
     f"a mail, or a web page saved as one file (MHTML), whatever its name says: {_AGAIN}"),
    (re.compile(r"\{\s*\"|\[\s*(\[|\{\s*[\"}])"), f"JSON, {_SAVE}"),
)  # fmt: skip
"""Text by its first characters, in small letters and without white space before them."""
_PAGE: Final = re.compile(
    r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|style|meta|body|div|script)\b", re.DOTALL
)
_MARKUP: Final = re.compile(
    r"<(?:\?xml\b|!doctype\b|!--|(?:html|head|title|table|style|meta|body|div|script|form|error)\b)"
)
_TABLE: Final = re.compile(rb"<\0?t\0?(?:a\0?b\0?l\0?e|r)\b", re.IGNORECASE)
_BLOCK: Final = 1 << 18
"""Bytes of a head that is not all of its file."""
_PACKED: Final = re.compile(r"(?!.*(?:^|/)(?:__macosx/|\._|~\$)).*\.(?:xlsx|xlsm|xlsb|xls|ods|csv|tsv)$")
_PACKAGE: Final = frozenset({"[content_types].xml", "mimetype", "_rels/.rels"})
"""Parts that a document has and a zip of files does not."""
_SHOWN: Final = 3
_SHORTEST: Final = 4
"""Letters of a name, its ending left out, that may be one edit from the one that was meant."""
_DATALESS: Final = 0x4000_0000
"""Flag of macOS (SF_DATALESS in sys/stat.h) for a file whose content is elsewhere."""
_RECALLED: Final = 0x0000_1000 | 0x0004_0000 | 0x0040_0000
"""Attributes of Windows for the same: OFFLINE, RECALL_ON_OPEN and RECALL_ON_DATA_ACCESS ([MS-FSCC] 2.6)."""
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]")
"""A drive of Windows has one letter."""
_MARKS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SHEETS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv"})


def other_file(name: str, head: bytes, path: Path | None) -> str:
    """What a file is if it is no sheet, and what to do: words that follow "this is"; "" if it may be a sheet.

    Args:
        name: of the file, without folders.
        head: its first bytes; all of them if it is shorter than a block, which may be none.
        path: of the file, for a zip to be looked into; None if there is none.
    """
    known = next((words for pattern, words in _NAMES if pattern.fullmatch(name.lower())), "")
    known = known or next((words for start, words in _STARTS if head.startswith(start)), "")
    if known:
        return known
    if not head:
        return ""
    if not head.strip(b"\0"):
        return "a file of zero bytes only, as an unfinished download or a full disk leaves it: fetch it again"
    if head.startswith(b"PK\x03\x04"):
        return _zip(path) if path else ""
    text = _text(head)
    return next((words for pattern, words in _TEXTS if pattern.match(text)), "") or _markup(text, head)


def _markup(text: str, head: bytes) -> str:
    """What a file of tags is: `text` is its beginning; "" if it is none."""
    if not _MARKUP.match(text):
        return ""
    if _TABLE.search(head):
        return f"a web page: {_AGAIN}"
    if _PAGE.match(text) and len(head) < _BLOCK:
        return "a web page without a table, perhaps one to sign in on: download the sheet again"
    return f"a web page or XML, perhaps an error message: look at it, and download the sheet again, or {_AGAIN}"


def missing(path: Path) -> str:
    """Why a file is not there, and what to do: one sentence."""
    if _ADDRESS.match(str(path)):
        return "this is an address: download the sheet, and give the file's name"
    if path.is_symlink():
        return "this is a link to a file that is not there: give the name of the file itself"
    if path.with_name(f".{path.name}.icloud").exists():
        return "this is in iCloud only: download it first"
    with suppress(OSError):
        names = _sheets_in(path.parent)
        near = Nearest(names).to(path.name) or _one_edit_from(path, names)
        return f"there is no such file{f': did you mean {path.with_name(near[0])}?' if near else ''}"
    return "there is no such file"


def _one_edit_from(path: Path, names: Sequence[str]) -> list[str]:
    """The only one of some names that one edit makes the same: `Nearest` leaves short names out."""
    stem, suffix = path.stem.casefold(), path.suffix.casefold()
    same_kind = (Path(name) for name in names if name.casefold().endswith(suffix))
    found = [each.name for each in same_kind if distance(stem, each.stem.casefold(), 1) == 1]
    return found if len(found) == 1 and len(stem) >= _SHORTEST else []


def is_in_cloud(path: Path) -> bool:
    """Whether OneDrive, iCloud, Dropbox or the like have only the name of a file on this computer."""
    try:
        known = path.stat()
    except OSError:
        return False
    flags, attributes = getattr(known, "st_flags", 0), getattr(known, "st_file_attributes", 0)
    return bool(flags & _DATALESS or attributes & _RECALLED)


def directory(path: Path) -> str:
    """What to do with a directory: one sentence."""
    if path.suffix.lower() == ".numbers":
        return "this is a Numbers document: export it as Excel"
    sheets = _sheets_in(path)
    return "this is a directory: give the name of a sheet in it" + (f", such as {sheets[0]}" if sheets else "")


def _sheets_in(folder: Path) -> list[str]:
    """The names of the sheets in a directory.

    Raises:
        OSError: it cannot be read.
    """
    return sorted(each.name for each in folder.iterdir() if each.suffix.lower() in _SHEETS and each.name[0] not in ".~")


def _text(head: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1")
    return head[:8192].removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace").lstrip("\ufeff \t\r\n").lower()


def _zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            original = [info.filename.replace("\\", "/") for info in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ""  # the reader of workbooks says what is wrong with it
    if _PACKAGE & {each.lower() for each in original}:
        return ""
    packed = [each for each in original if _PACKED.match(each.lower())]
    if not packed:
        return ""
    more = ", …" if len(packed) > _SHOWN else ""
    return f"a zip file with {', '.join(packed[:_SHOWN])}{more} in it: unpack it first"
