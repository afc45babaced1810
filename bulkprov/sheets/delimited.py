"""CSV and its kin: which separator, and the rows, a chunk at a time.

Knows text; knows nothing of what the columns mean, but for asking `header` whether a row is one. What cannot be read
in one way only is refused with the row to look at: a name guessed wrong would be created wrong. pandas reads the
rows. Before it does, the whole file is gone through once with the strict reader of the standard library, which sees
what pandas lets pass: a quote that is never closed (it would swallow the rows after it) and text behind a closing
quote. Memory stays flat in both passes.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.excel.zip_guard import MOST_COLUMNS
from bulkprov.sheets.header import TITLE_ROWS, Header, find_header, no_header
from bulkprov.sheets.rows import Fault
from bulkprov.sheets.table import CHUNK, Opener, RawRow, Table

__all__ = ["open_delimited"]

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SEP_LINE: Final = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
"""What Excel writes and reads as a first line that names the separator; it is no row."""
_LONGEST_SEP_LINE: Final = 16
_LONGEST_LINE: Final = 4_000_000
_LINES: Final = 200
"""Handed to pandas at a time."""
_ENCODING: Final = "save the sheet as UTF-8, or give its encoding with --encoding"
_ADVICE: Final = "a value that has quotes or the separator in it must be in quotes, and its own quotes doubled"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A delimited file whose encoding is known."""

    opener: Opener
    encoding: str
    where: str

    @contextmanager
    def lines(self) -> Iterator[tuple[Iterator[str], str]]:
        """Give the lines behind a `sep=` line, and the separator that this line names, if there is one."""
        with self.opener() as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            try:
                named = _SEP_LINE.fullmatch(text.readline(_LONGEST_SEP_LINE))
                if not named:
                    text.seek(0)
                yield self._bounded(text), named[1] if named else ""
            except UnicodeError as error:
                raise SheetError(f"{self.where}: this is not {self.encoding} text ({error}): {_ENCODING}") from error
            finally:
                if not raw.closed:  # the interpreter, as it ends, may have been first
                    text.detach()

    def _bounded(self, text: io.TextIOWrapper) -> Iterator[str]:
        for number in itertools.count(1):
            line = text.readline(_LONGEST_LINE)
            if len(line) == _LONGEST_LINE:
                raise SheetError(f"{self.where}: line {number} has over {_LONGEST_LINE:,} characters: this is no table")
            if not line:
                return
            yield line


class _Feed(io.TextIOBase):
    """Lines in the shape of an open file, which is what pandas takes."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # noqa: ARG002 - always a whole line
        return next(self._lines, "")

    def read(self, size: int | None = -1, /) -> str:  # noqa: ARG002 - pandas takes what it gets, until there is nothing
        """Some whole lines."""
        return "".join(itertools.islice(self._lines, _LINES))


def open_delimited(
    opener: Opener, *, columns: Columns, where: str, encoding: str, delimiter: str, notes: tuple[str, ...]
) -> Table:
    """Find separator and header, and make sure that the file can be read to its end.

    Raises:
        SheetError: it cannot, or there is no header, or no row below it.
    """
    text = _Text(opener=opener, encoding=encoding, where=where)
    delimiter, header, more = _table(text, columns, delimiter, plain=not notes)
    even = _scan(text, delimiter, header)
    return Table(
        header=header,
        sheet_name="",
        notes=notes + more,
        rows=lambda: _rows(text, delimiter, header, even=even),
    )


def _table(text: _Text, columns: Columns, asked: str, *, plain: bool) -> tuple[str, Header, tuple[str, ...]]:
    if asked and (len(asked) != 1 or asked in '"\r\n'):
        raise SheetError(f"{text.where}: a delimiter is one character, such as , or ; and not {asked!r}")
    with text.lines() as (lines, named):
        head = list(itertools.islice(lines, TITLE_ROWS * 4))
    choices = [asked or named] if asked or named else list(_DELIMITERS)
    parsed = {choice: _head_rows(text.where, head, choice) for choice in choices}
    for choice, rows in parsed.items():
        header = find_header(rows, columns, text.where)
        if header is not None:
            notes = (
                []
                if asked or (plain and choice == ",")
                else [f"columns are separated by {_DELIMITERS.get(choice, choice)}"]
            )
            if header.row > 1:
                notes.append(f"the header is in row {header.row}; the rows above it were passed over")
            return choice, header, tuple(notes)
    raise no_header(
        max(parsed.values(), key=lambda rows: max((len(cells) for _, cells in rows), default=0)), columns, text.where
    )


def _head_rows(where: str, lines: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            if number > TITLE_ROWS:
                break
            _count(where, number, cells)
            rows.append((number, cells))
    except csv.Error:  # if this is the separator, the strict pass says where and why
        return rows
    return rows


def _count(where: str, row: int, cells: list[str]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise SheetError(f"{where}: row {row} has {len(cells):,} cells; {MOST_COLUMNS:,} is the most")


def _scan(text: _Text, delimiter: str, header: Header) -> bool:
    """Read the file to its end as strictly as can be, and see that there is a row.

    Returns:
        whether all rows have as many cells as the header has columns, and are text through and through.
    """
    number = 0
    data = False
    even = True
    with text.lines() as (lines, _):
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), 1):
                _count(text.where, number, cells)
                if number > header.row:
                    data = data or any(cell.strip() for cell in cells)
                    even = even and len(cells) == header.width and "\0" not in "".join(cells)
        except csv.Error as error:
            raise _broken(text.where, number + 1, str(error)) from error
    if not data:
        raise SheetError(f"{text.where}: there is a header (row {header.row}) but no row of data below it")
    return even


def _broken(where: str, row: int, message: str) -> SheetError:
    if "unexpected end" in message:
        return SheetError(f"{where}: a quote opened in row {row} is never closed: {_ADVICE}")
    if "expected after" in message:
        return SheetError(f"{where}: row {row} has text behind a closing quote: {_ADVICE}")
    if "field larger" in message:
        return SheetError(f"{where}: row {row} has a cell of more than {csv.field_size_limit():,} characters")
    return SheetError(f"{where}: row {row} cannot be read as CSV ({message})")


def _rows(text: _Text, delimiter: str, header: Header, *, even: bool) -> Iterator[list[RawRow]]:
    """The rows below the header; `even` is what `_scan` said of them."""
    import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read

    width = header.width

    def gather_surplus(cells: list[str]) -> list[str]:
        return [*cells[:width], delimiter.join(cells[width:])]

    options: dict[str, Any] = {
        "sep": delimiter,
        "header": None,
        "index_col": False,
        "dtype": object,
        "na_filter": False,
        "keep_default_na": False,
        "skip_blank_lines": False,
        "chunksize": CHUNK,
    }
    if even and delimiter.isascii():
        # Three times as fast. It cuts a cell at a zero byte, and takes ASCII separators only.
        options |= {"engine": "c", "names": range(width), "low_memory": False}
    else:
        # The one that tells a missing cell from an empty one. The last column takes what a row has too much.
        options |= {"engine": "python", "names": range(width + 1), "on_bad_lines": gather_surplus}
    # pandas takes the first row's width for every row's, and a byte order mark in it for no part of the text
    first = delimiter * (len(options["names"]) - 1) + "\n"
    with text.lines() as (lines, _):
        for _cells in itertools.islice(csv.reader(lines, delimiter=delimiter), header.row):
            pass
        number = header.row
        try:
            with pd.read_csv(_Feed(itertools.chain([first], lines)), **options) as reader:
                for frame in reader:
                    rows = enumerate(frame.itertuples(index=False, name=None), number)
                    if chunk := [_row(at, cells, header, delimiter) for at, cells in rows if _is_filled(cells)]:
                        yield chunk
                    number += len(frame)
        except pd.errors.ParserError as error:  # the table was even when it was scanned
            problem = "it was changed while it was read: save and close it, and try again"
            raise SheetError(f"{text.where}: {problem}") from error


def _is_filled(cells: tuple[str | None, ...]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)


def _row(number: int, cells: tuple[str | None, ...], header: Header, delimiter: str) -> RawRow:
    width = header.width
    if len(cells) == width:
        return RawRow(number, cells)  # type: ignore[arg-type]  # the table is even
    surplus = cells[width] or ""
    left_over = surplus.strip(delimiter + " \u00a0") if surplus else ""
    if cells[width - 1] is not None and not left_over:
        return RawRow(number, cells[:width])  # type: ignore[arg-type]  # a cell is missing only if all after it are
    present = [cell for cell in cells[:width] if cell is not None]
    padded = present + [""] * (width - len(present))
    if left_over:
        problem = f'row {number} has more cells than the header; "{left_over[:60]}" is left over: {_ADVICE}'
    elif not header.unnamed_from(len(present)):
        count = f"{len(present)} cell" + "s" * (len(present) != 1)
        problem = f"row {number} has {count} where the header has {width}: a separator is missing"
    else:
        return RawRow(number, padded)
    return RawRow(number, padded, (Fault(problem),))
