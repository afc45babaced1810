"""The zip that a workbook is, checked before anything else reads it, so that no file can take the process down.

A workbook is a zip of XML parts. A few kilobytes of it can ask for gigabytes: by unpacking to a thousand times their
size, or by entities that contain each other. Memory that runs out is nothing that Python can catch, so `Package` bounds
what is unpacked and refuses document types. Knows zip and XML, and no spreadsheets.
"""

import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from xml.parsers import expat

from bulkprov.errors import SheetError

__all__ = ["PROTECTED", "SAVE_AGAIN", "Package", "local_name", "open_package"]

SAVE_AGAIN: Final = "open it in the spreadsheet program and save it again as .xlsx or CSV"
"""What to do with a file that only its own program may be able to read."""
PROTECTED: Final = "it is protected with a password: save it without one"

_MOST_BYTES: Final = 256 << 20
_MOST_PARTS: Final = 10_000
_SMALL: Final = 10 << 20
"""Bytes up to which a part may be packed as tightly as it likes."""
_MOST_RATIO: Final = 200
"""How many times smaller than its content a part may be. Real sheets reach 50."""
_BLOCK: Final = 1 << 20
_ENCRYPTED: Final = 1
_ROW_END: Final = b"</row>"
_UNKNOWN_ENCODING: Final = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]


class Package:
    """The parts of a zipped workbook, each known to unpack to a bounded size; `where` begins a complaint."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self.where = where
        self._archive = archive
        self._parts = {_normal(info.filename): info for info in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._parts

    def parse(
        self,
        name: str,
        *,
        start: Callable[[str, dict[str, str]], object] | None = None,
        end: Callable[[str], object] | None = None,
        text: Callable[[str], object] | None = None,
        prune: Callable[[Iterator[bytes]], Iterator[bytes]] | None = None,
        declared: Callable[[str], object] | None = None,
        namespaces: bool = False,
    ) -> None:
        """Go through an XML part as a stream.

        Args:
            name: The part's name in the zip.
            start: Called with each element's name and attributes.
            end: Called with the name of each element that ends.
            text: Called with text between elements.
            prune: Takes from the pieces of the part what needs no parser. Pieces end where a row does, if there are
                rows, and else between tags; each one given is parsed before the next is asked for.
            declared: Called with the encoding that the part says it has, if it does.
            namespaces: Whether names are given with their namespace and a space before them instead of a prefix.

        Raises:
            SheetError: the part is damaged or not XML, is in an encoding that cannot be read, or declares a document
                type (workbooks have none; entities do).
        """
        encoding = ""

        def declaration(_: str, named: str | None, __: int) -> None:
            nonlocal encoding
            encoding = named or ""
            if declared is not None and named:
                declared(named)

        parser = expat.ParserCreate(namespace_separator=" " if namespaces else None)
        parser.XmlDeclHandler = declaration
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            with closing(self._blocks(name)) as blocks:
                for piece in blocks if prune is None else prune(_pieces(blocks)):
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            unknown = (
                not isinstance(error, UnicodeError) and getattr(error, "code", _UNKNOWN_ENCODING) == _UNKNOWN_ENCODING
            )
            if unknown:
                raise SheetError(
                    f"{self.where}: {name} in it is in the encoding {encoding[:40]}, which cannot be read: {SAVE_AGAIN}"
                ) from error
            raise SheetError(f"{self.where}: {name} in it is damaged ({error}): {SAVE_AGAIN}") from error

    def read_all(self) -> None:
        """Unpack every part once: the sizes that were checked are only what the zip says of itself.

        Raises:
            SheetError: a part is damaged, larger than it says, or begins with a document type.
        """
        for name in self._parts:
            start = True
            for block in self._blocks(name):
                if start and b"<!DOCTYPE" in block:
                    self._refuse_doctype()
                start = False

    def _refuse_doctype(self, *_: object) -> None:
        raise SheetError(
            f"{self.where}: it has a document type declaration, which no spreadsheet program writes: {SAVE_AGAIN}"
        )

    def _blocks(self, name: str) -> Generator[bytes, None, None]:
        info = self._parts.get(_normal(name))
        if info is None:
            raise SheetError(f"{self.where}: it has no part {name}: {SAVE_AGAIN}")
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
            raise SheetError(f"{self.where}: {name} in it is damaged ({error}): {SAVE_AGAIN}") from error


@contextmanager
def open_package(path: Path, where: str) -> Iterator[Package]:
    """Open a zip for reading, once it is clear that it unpacks to a bounded size.

    Raises:
        SheetError: it does not, or the zip is damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetError(
            f"{where}: it is damaged, or only part of the file ({error}): download or copy it again, or {SAVE_AGAIN}"
        ) from error
    with archive:
        _check(archive.infolist(), where)
        package = Package(archive, where)
        package.read_all()
        yield package


def local_name(name: str) -> str:
    """An element's name without its namespace prefix."""
    return name.rpartition(":")[2]


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Give a part in pieces that end where a row of a worksheet does, or else before a tag."""
    rest = b""
    for block in blocks:
        row_end = block.rfind(_ROW_END)
        cut = row_end + len(_ROW_END) if row_end >= 0 else max(block.rfind(b"<"), 0)
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:  # one long text
            yield rest + block
            rest = b""
    yield rest


def _normal(name: str) -> str:
    """A part's name as readers compare it: without case, and with slashes of one kind."""
    return name.replace("\\", "/").lstrip("/").lower()


def _check(parts: list[zipfile.ZipInfo], where: str) -> None:
    names = {_normal(info.filename) for info in parts}
    if len(parts) > _MOST_PARTS or len(names) != len(parts):
        raise SheetError(f"{where}: it has parts of the same name, or over {_MOST_PARTS:,} parts: {SAVE_AGAIN}")
    if any(info.flag_bits & _ENCRYPTED for info in parts):
        raise SheetError(f"{where}: {PROTECTED}")
    total = sum(info.file_size for info in parts)
    if total > _MOST_BYTES:
        raise SheetError(
            f"{where}: it unpacks to {total >> 20:,} MB, and {_MOST_BYTES >> 20} MB is the most a workbook may have: "
            "save the sheet as CSV, which may have any length"
        )
    for info in parts:
        if info.file_size > _SMALL and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
            raise SheetError(
                f"{where}: {info.filename} in it unpacks to over {_MOST_RATIO} times its size: {SAVE_AGAIN}"
            )
