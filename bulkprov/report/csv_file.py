"""The results as CSV: UTF-8 with the byte order mark that Excel knows it by, commas, CRLF (RFC 4180).

The sheet's own cells are written exactly, whatever Excel makes of them, because they are the next run's input. The
server's words and ours are made safe against being run as a formula.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bulkprov.report.atomic_files import private_file
from bulkprov.report.context import Context
from bulkprov.report.row import FREE_TEXTS, headers, result_values
from bulkprov.sheets.rows import Result
from bulkprov.text import for_csv

__all__ = ["csv_file"]


@contextmanager
def csv_file(path: Path, columns: Sequence[str], context: Context) -> Iterator[Callable[[Result], None]]:
    """A CSV file, safe on disk once the block ends well; gives the function that adds a row."""
    with private_file(path) as file:
        # a lone surrogate, which no encoding can hold, is written as the six characters \udXXX
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="")
        write = csv.writer(text).writerow
        write(headers(columns, context.kind.columns))

        def add(result: Result) -> None:
            values = list(result_values(result))
            for position in FREE_TEXTS:
                if words := values[position]:
                    values[position] = for_csv(str(words))
            write([*result.cells, *values])

        yield add
        text.detach()
