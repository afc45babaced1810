"""A workbook being written with XlsxWriter: how it is opened, packed, and given up without noise."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from bulkprov.report.atomic_files import private_file

__all__ = ["packed"]


@contextmanager
def packed(path: Path) -> Iterator[Any]:
    """An empty XlsxWriter workbook; the file is on the disk for good when the block has ended well.

    Rows have to be written from top to bottom: each goes to a temporary file beside `path` when the next one begins,
    so that a million of them need no more memory than one.
    """
    options: dict[str, object] = {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}
    options |= dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with private_file(path) as file:
        book = xlsxwriter.Workbook(_Output(file), options)
        try:
            yield book
            book.close()
        except BaseException:
            for sheet in book.worksheets():
                with suppress(OSError):  # a full disk was told already
                    sheet._opt_close()  # noqa: SLF001 - there is no public way to give a workbook up
            raise


class _Output:
    """What the packing writes to. Once its file is closed it is deaf: after a failure, `zipfile` tries once more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def write(self, data: bytes) -> int:
        if not self._file.closed:
            self._file.write(data)
        self._at += len(data)
        return len(data)

    def seek(self, offset: int) -> int:
        if not self._file.closed:
            self._file.seek(offset)
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()
