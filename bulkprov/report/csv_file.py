"""The results as CSV: UTF-8 with the mark that makes Excel read it as such, commas, CRLF (RFC 4180).

The sheet's own cells are written exactly, whatever Excel may make of them, because they are the next run's input. The
server's words and ours are made safe for it.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bulkprov.report.atomic_files import private_file
from bulkprov.report.context import About
from bulkprov.report.row import FREE_TEXTS, added, headers
from bulkprov.sheets.rows import Result
from bulkprov.text import for_csv

__all__ = ["csv_file"]


@contextmanager
def csv_file(
    path: Path,
    columns: Sequence[str],
    about: About,
) -> Iterator[Callable[[Result], None]]:
    """A CSV file, on the disk for good when the block has ended well; gives the function that adds a row."""
    with private_file(path) as file:
        # a lone surrogate, which no encoding can hold, is written as the six characters \udXXX
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="")
        write = csv.writer(text).writerow
        write(headers(columns, about.kind.columns))

        def add(result: Result) -> None:
            values = list(added(result))
            for place in FREE_TEXTS:
                if words := values[place]:
                    values[place] = for_csv(str(words))
            write([*result.cells, *values])

        yield add
        text.detach()
