"""Looks into a zipped workbook before anything else does, so that no file can take the process down.

A workbook is a zip of XML parts. A few kilobytes of it can ask for gigabytes: by unpacking to a thousand times their
size, by entities that contain each other, or by a single cell in the last corner of the grid, for which calamine
would lay out every cell before it and abort the process. Nothing Python can catch comes of that, so it is found here:
`Package` bounds what is unpacked, `Extent` bounds what a sheet's cells span. Knows zip and XML, and no spreadsheets.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from bulkprov.errors import SheetError

__all__ = ["MOST_CELLS", "MOST_CHARACTERS", "MOST_COLUMNS", "Extent", "Package", "open_package"]

MOST_CELLS: Final = 5_000_000
"""Cells from A1 to the last one used: what is laid out in memory when a worksheet is read."""

MOST_CHARACTERS: Final = 150_000_000
"""Characters in all of them together."""
MOST_COLUMNS: Final = 16_384
"""As many as a worksheet can have."""

_MOST_BYTES: Final = 256 << 20
_MOST_PARTS: Final = 10_000
_SMALL: Final = 1 << 20
_MOST_RATIO: Final = 200
"""How many times smaller than its content a part may be. Real sheets reach 50."""
_BLOCK: Final = 1 << 20
_ENCRYPTED: Final = 1
_SAVE: Final = "open it in the spreadsheet program and save it again as .xlsx or CSV"


class Package:
    """The parts of a zipped workbook, each of which is known to unpack to a bounded size."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self.where = where
        self._archive = archive
        self._parts = {_normal(info.filename): info for info in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._parts

    def parse(self, name: str, wire: Callable[[Any], None], thin: Callable[[bytes], bytes] | None = None) -> None:
        """Go through an XML part as a stream; `wire` sets the handlers of the parser.

        `thin` may take from a piece of the part what nobody needs to look at. It is given whole rows where it can be.

        Raises:
            SheetError: the part is damaged, is no XML, or declares a document type (workbooks have none; entities do).
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.ordered_attributes = False
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        wire(parser)
        try:
            for piece in self._pieces(name) if thin is None else map(thin, self._pieces(name)):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise SheetError(f"{self.where}: {name} in it is damaged ({error}): {_SAVE}") from error

    def read_all(self) -> None:
        """Unpack every part once: the sizes that were checked are only what the zip says of itself."""
        for name in self._parts:
            start = True
            for block in self._blocks(name):
                if start and b"<!DOCTYPE" in block:
                    self._refuse_doctype()
                start = False

    def longest(self, name: str, end: bytes) -> int:
        """How many bytes of a part there are at most between one `end` and the next."""
        longest = rest = 0
        for block in self._blocks(name):
            pieces = block.split(end)
            longest = max(longest, rest + len(pieces[0]), *map(len, pieces[1:]))
            rest = len(pieces[-1]) if len(pieces) > 1 else rest + len(block)
        return longest

    def _refuse_doctype(self, *_: object) -> None:
        raise SheetError(
            f"{self.where}: it has a document type declaration, which no spreadsheet program writes: {_SAVE}"
        )

    def _pieces(self, name: str) -> Iterator[bytes]:
        """Give the part in pieces that end where a row of a worksheet does, as far as there are rows."""
        rest = b""
        for block in self._blocks(name):
            cut = block.rfind(b"</row>") + 6
            if cut > 6:
                yield rest + block[:cut]
                rest = block[cut:]
            else:
                yield rest + block
                rest = b""
        yield rest

    def _blocks(self, name: str) -> Iterator[bytes]:
        info = self._parts.get(_normal(name))
        if info is None:
            raise SheetError(f"{self.where}: it has no part {name}: {_SAVE}")
        try:
            with self._archive.open(info) as part:
                while block := part.read(_BLOCK):
                    yield block
        except (
            zipfile.BadZipFile,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            raise SheetError(f"{self.where}: {name} in it is damaged ({error}): {_SAVE}") from error


class Extent:
    """How far down and to the right a worksheet's cells go."""

    def __init__(self, where: str, most: int = MOST_CELLS) -> None:
        self.where = where
        self._most = most
        self._rows = self._columns = self._characters = 0

    def take(self, row: int, column: int) -> None:
        """Take in the cell of this row and column, both counted from 1.

        Raises:
            SheetError: with it the sheet spans more than can be laid out.
        """
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, column)
        if self._rows * self._columns > self._most or self._columns > MOST_COLUMNS:
            raise SheetError(
                f"{self.where}: its cells span {self._rows:,} rows and {self._columns:,} columns, more than "
                f"{self._most:,} cells: delete what lies outside the table, or save the sheet as CSV"
            )

    def fill(self, characters: int) -> None:
        """Take in the text of a cell.

        Raises:
            SheetError: with it the sheet has more text than can be held.
        """
        self._characters += characters
        if self._characters > MOST_CHARACTERS:
            raise SheetError(
                f"{self.where}: its cells have more than {MOST_CHARACTERS:,} characters: save the sheet as CSV"
            )


@contextmanager
def open_package(path: Path, where: str) -> Iterator[Package]:
    """Open a zip for reading, once it is clear that it unpacks to a bounded size.

    Raises:
        SheetError: it does not, or it is no sound zip.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetError(f"{where}: the file is damaged or was cut off ({error}): {_SAVE}") from error
    with archive:
        _check(archive.infolist(), where)
        package = Package(archive, where)
        package.read_all()
        yield package


def _normal(name: str) -> str:
    """A part's name as readers compare it: without case, and with slashes of one kind."""
    return name.replace("\\", "/").lstrip("/").lower()


def _check(parts: list[zipfile.ZipInfo], where: str) -> None:
    names = {_normal(info.filename) for info in parts}
    if len(parts) > _MOST_PARTS or len(names) != len(parts):
        raise SheetError(f"{where}: it has parts of the same name, or {_MOST_PARTS:,} of them: {_SAVE}")
    if any(info.flag_bits & _ENCRYPTED for info in parts):
        raise SheetError(f"{where}: it is protected with a password: save it without one")
    total = sum(info.file_size for info in parts)
    if total > _MOST_BYTES:
        raise SheetError(
            f"{where}: it unpacks to {total >> 20:,} MB, and {_MOST_BYTES >> 20} MB is the most a workbook may have: "
            "save the sheet as CSV, which may have any length"
        )
    for info in parts:
        if info.file_size > 10 * _SMALL and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
            raise SheetError(f"{where}: {info.filename} in it unpacks to over {_MOST_RATIO} times its size: {_SAVE}")
