"""The results as CSV: for the program that wrote the sheet, with its separator, encoding and decimal sign.

Where these are not certain: UTF-8 with the byte order mark that Excel knows it by, and commas (RFC 4180). A separator
other than the usual ones would not be found again, and an encoding that was guessed might be guessed otherwise.

The sheet's own cells are written exactly, whatever Excel makes of them, because they are the next run's input. The
server's words and ours are made safe against being run as a formula.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bulkprov.report.atomic_files import private_file
from bulkprov.report.context import Context
from bulkprov.report.row import FREE_TEXTS, headers, result_values
from bulkprov.sheets.rows import RESULT_COLUMNS, Result
from bulkprov.text import for_csv

__all__ = ["csv_file"]


_USUAL: Final = frozenset(",;\t|")
"""Separators that reading finds by itself."""
_SECONDS: Final = RESULT_COLUMNS.index("seconds")
"""The one column with fractions. Where lists have semicolons, it is because numbers have commas."""


def _encoding(context: Context) -> tuple[str, bytes]:
    """The encoding of the sheet, and the byte order mark to begin with if it is Unicode and does not bring its own."""
    name = codecs.lookup(context.encoding or "utf-8").name
    if name in ("utf-8", "utf-8-sig"):
        return "utf-8", codecs.BOM_UTF8  # Python's utf-8-sig would encode each row in Python
    return {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(name, name), b""


@contextmanager
def csv_file(path: Path, columns: Sequence[str], context: Context) -> Iterator[Callable[[Result], None]]:
    """A CSV file, safe on disk once the block ends well; gives the function that adds a row."""
    with private_file(path) as file:
        # what the encoding cannot hold is written as \uXXXX: a lone surrogate, or a letter in the server's words
        encoding, mark = _encoding(context)
        file.write(mark)
        text = io.TextIOWrapper(file, encoding=encoding, errors="backslashreplace", newline="")
        delimiter = context.delimiter if context.delimiter in _USUAL else ","
        decimal_comma = delimiter == ";"
        write = csv.writer(text, delimiter=delimiter).writerow
        write(headers(columns, context.kind.columns))
        free_texts, seconds = [len(columns) + position for position in FREE_TEXTS], len(columns) + _SECONDS

        def add(result: Result) -> None:
            line = [*result.cells, *result_values(result)]
            for position in free_texts:
                if words := line[position]:
                    line[position] = for_csv(str(words))
            if decimal_comma:
                line[seconds] = str(line[seconds]).replace(".", ",")
            write(line)

        yield add
        text.detach()
