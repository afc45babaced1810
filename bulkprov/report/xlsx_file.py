"""A workbook being written with XlsxWriter: how it is opened, completed, and given up quietly after an error."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from bulkprov.report.atomic_files import private_file
from bulkprov.report.context import Context
from bulkprov.text import clean

__all__ = ["describe", "workbook"]

_LONGEST_PROPERTY: Final = 200
"""Letters of a fact in the properties of the file: Excel refuses more than 255 in one of them."""


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
        except BaseException as error:
            for sheet in book.worksheets():
                with suppress(OSError):  # the full disk is being reported already
                    sheet._opt_close()  # noqa: SLF001 - there is no public way to give a workbook up
            if isinstance(error, XlsxFileError):  # an OSError in one of its own
                raise OSError(*getattr(error.args[0], "args", error.args)) from error
            raise


def describe(book: Any, context: Context, of: str = "") -> None:
    """Give an XlsxWriter workbook its title, author and subject, which file managers and search find it by.

    Args:
        book: not closed yet.
        context: what the file is about.
        of: what is in it; by default, what the operation's file is called.
    """
    facts = {name: clean(str(value))[:_LONGEST_PROPERTY] for name, value in context.facts.items()}
    about = (("Run", facts.get("run")), ("Server", facts.get("server")), ("Ticket", facts.get("ticket")))
    book.set_properties(
        {
            "title": f"{(of or context.operation.file).capitalize()} of {facts.get('sheet') or 'a wave'}",
            "subject": f"Commvault {context.kind.plural}",
            "author": facts.get("operator") or "bulkprov",
            "comments": ". ".join(f"{name}: {value}" for name, value in about if value),
        }
    )


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
