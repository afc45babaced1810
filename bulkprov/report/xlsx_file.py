"""A workbook being written with XlsxWriter: how it is opened, completed, and given up quietly after an error."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from bulkprov.report.atomic_files import private_file

__all__ = ["workbook"]


@contextmanager
def workbook(path: Path) -> Iterator[Any]:
    """An empty XlsxWriter workbook; the file is safe on disk once the block ends well.

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
                with suppress(OSError):  # the full disk is being reported already
                    sheet._opt_close()  # noqa: SLF001 - there is no public way to give a workbook up
            raise


class _Output:
    """The file as `zipfile` writes to it: once closed, it drops what comes, as `zipfile` tries again after an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0

    def write(self, data: bytes) -> int:
        if not self._file.closed:
            self._file.write(data)
        self._position += len(data)
        return len(data)

    def seek(self, offset: int) -> int:
        if not self._file.closed:
            self._file.seek(offset)
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()
