"""CSV, and text with other separators: which one it is, and the rows, a chunk at a time.

Knows text; of what the columns mean it knows nothing, except that `header` tells whether a row is a header. A file that
can be read in more than one way is refused with the row to look at: a name guessed wrong would be created wrong. pandas
reads the rows. Before it does, the strict reader of the standard library goes through the whole file once and sees what
pandas lets pass: a quote that is never closed (it would swallow the rows after it) and text behind a closing quote.
Memory stays flat in both passes.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns, cell_name
from bulkprov.sheets.encoding import no_such_text
from bulkprov.sheets.header import TITLE_ROWS, Header, find_header, is_header, no_header
from bulkprov.sheets.rows import Fault
from bulkprov.sheets.separators import USUAL, advice
from bulkprov.sheets.table import (
    CHANGED,
    CHUNK,
    MOST_COLUMNS,
    Opener,
    RawRow,
    Table,
    has_text,
    no_rows,
    title_notes,
    used_columns,
)
from bulkprov.sheets.text_cells import doubt, may_be_doubted, shown

__all__ = ["open_delimited"]

_SEP_LINE: Final = re.compile(r'"?sep=([^"\r\n])"?[,;\t|]*[\r\n]*', re.IGNORECASE)
"""What Excel writes and reads as a first line that names the separator; it is not a row."""
_MARK: Final = "\ufeff"
"""A byte order mark. Two programs in a row may each have put one in front."""
_END_OF_FILE: Final = "\x1a"
"""What DOS programs put behind the last line."""
_LONGEST_LINE: Final = 4_000_000
_HEAD_LINES: Final = TITLE_ROWS * 4
"""Lines in which the header is looked for: a quoted cell may have several."""
_FEED_LINES: Final = 200
"""Lines handed to pandas at a time."""
_QUOTING: Final = "a value with quotes or the separator in it must be in quotes, and its own quotes doubled"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A delimited file whose encoding is known."""

    opener: Opener
    encoding: str
    where: str
    outer: str = ""
    """The separator by which each line is one quoted cell that holds the row; "" if lines are rows."""

    @contextmanager
    def lines(self) -> Iterator[tuple[Iterator[str], str]]:
        """Give the lines below a `sep=` line, and the separator that this line names, if there is one."""
        with self.opener() as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            try:
                lines = self._bounded(text)
                first = next(lines, "").lstrip(_MARK)
                named = _SEP_LINE.fullmatch(first)
                lines = lines if named or not first else itertools.chain([first], lines)
                yield self._unquoted(lines) if self.outer else lines, named[1] if named else ""
            except UnicodeError as error:
                raise SheetError(f"{self.where}: {no_such_text(self.opener, self.encoding)}") from error
            finally:
                if not raw.closed:  # the interpreter, as it ends, may have been first
                    text.detach()

    def _bounded(self, text: io.TextIOWrapper) -> Iterator[str]:
        for number in itertools.count(1):
            line = text.readline(_LONGEST_LINE)
            if len(line) == _LONGEST_LINE:
                raise SheetError(
                    f"{self.where}: line {number} has over {_LONGEST_LINE:,} characters: this is not a table"
                )
            if not line:
                return
            yield "\n" if line[0] == _END_OF_FILE and not line.strip(f"{_END_OF_FILE}\r\n") else line

    def _unquoted(self, lines: Iterator[str]) -> Iterator[str]:
        """The rows that are in lines of one quoted cell each."""
        for number, cells in enumerate(csv.reader(lines, delimiter=self.outer, strict=True), 1):
            if has_text(cells[1:]):
                raise SheetError(
                    f"{self.where}: row {number} has cells of its own, and in the rows above it each line is one "
                    f"quoted cell: save the sheet as CSV again"
                )
            yield "".join(cells[:1]) + "\n"


class _Feed(io.TextIOBase):
    """Lines as an open file, which is what pandas takes."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # noqa: ARG002 - always a whole line
        return next(self._lines, "")

    def read(self, size: int | None = -1, /) -> str:  # noqa: ARG002 - pandas takes what it gets, until there is nothing
        """Some whole lines."""
        return "".join(itertools.islice(self._lines, _FEED_LINES))


def open_delimited(
    opener: Opener, *, columns: Columns, where: str, encoding: str, delimiter: str, notes: tuple[str, ...]
) -> Table:
    """Find separator and header, and make sure that the file can be read to its end.

    Raises:
        SheetError: it cannot, or there is no header, or no row below it.
    """
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise SheetError(f"{where}: a delimiter is one character, such as , or ; but not {delimiter!r}")
    text, separator, header = _find_header(_Text(opener=opener, encoding=encoding, where=where), columns, delimiter)
    seen = _check(text, separator, header)
    if not delimiter and (notes or separator != ","):
        notes = (*notes, f"columns are separated by {USUAL.get(separator, separator)}")
    if text.outer:
        notes = (*notes, "each line is one quoted cell: what is in the quotes was read as the row")
    if seen.text_formulas:
        notes = (*notes, 'cells written as ="text" were read as the text, which is what Excel shows')
    return Table(
        header=header,
        sheet_name="",
        notes=(*notes, *title_notes(header)),
        rows=lambda: _rows(text, separator, header, seen),
        delimiter=separator,
    )


def _find_header(text: _Text, columns: Columns, asked: str) -> tuple[_Text, str, Header]:
    """The separator with which there is a header, and the header; and the text as it has to be read for that."""
    with text.lines() as (lines, named):
        head = list(itertools.islice(lines, _HEAD_LINES))
    choices = [asked or named] if asked or named else list(USUAL)
    parsed = {choice: _head_rows(text.where, head, choice) for choice in choices}
    as_shown = {
        choice: [(number, [shown(cell) for cell in cells]) for number, cells in parsed[choice]] for choice in parsed
    }
    for candidates in (parsed, as_shown) if as_shown != parsed else (parsed,):
        for choice, rows in candidates.items():
            header = find_header(rows, columns, text.where)
            if header is not None:
                return text, choice, header
    for outer in () if text.outer else USUAL:
        inner = _quoted_lines(head, outer)
        if any(find_header(_head_rows(text.where, inner, choice), columns, text.where) for choice in choices):
            return _find_header(replace(text, outer=outer), columns, asked)
    if words := advice(head[:TITLE_ROWS], choices, named, lambda cells: is_header(cells, columns)):
        raise SheetError(f"{text.where}: {words}")
    raise no_header(
        max(parsed.values(), key=lambda rows: max((len(cells) for _, cells in rows), default=0)), columns, text.where
    )


def _quoted_lines(head: list[str], outer: str) -> list[str]:
    """The lines that are one quoted cell, as the text in the quotes, from the top down."""
    lines: list[str] = []
    with suppress(csv.Error):
        for cells in csv.reader(head, delimiter=outer, strict=True):
            if has_text(cells[1:]):
                break
            lines.append("".join(cells[:1]) + "\n")
    return lines


def _head_rows(where: str, lines: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            if number > TITLE_ROWS:
                break
            _check_width(where, number, cells)
            rows.append((number, cells))
    except csv.Error:  # if this is the separator, `_check` says where and why
        return rows
    return rows


def _check_width(where: str, row: int, cells: list[str]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise SheetError(f"{where}: row {row} has {len(cells):,} cells; {MOST_COLUMNS:,} is the most")


class _Seen(NamedTuple):
    """What a file's rows are like."""

    rectangular: bool
    """Whether all have as many cells as the header has columns, and no cell has a zero byte."""
    text_formulas: bool
    """Whether a cell has text as a formula, as people write it for Excel. Never in results: there it is a name."""
    doubts: bool
    """Whether there may be cells that cannot be meant as they are. Never in results either."""


def _check(text: _Text, separator: str, header: Header) -> _Seen:
    """Read the file to its end as strictly as can be, and make sure that there is a row."""
    number = 0
    data = False
    rectangular = True
    text_formulas = doubts = False
    with text.lines() as (lines, _):
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
                _check_width(text.where, number, cells)
                if number > header.row:
                    joined = "".join(cells)
                    data = data or has_text(cells)
                    rectangular = rectangular and len(cells) == header.width and "\0" not in joined
                    text_formulas = text_formulas or ('="' in joined and any(shown(cell) != cell for cell in cells))
                    doubts = doubts or (may_be_doubted(joined) and any(map(doubt, cells)))
        except csv.Error as error:
            raise _csv_error(text.where, number + 1, str(error)) from error
    if not data:
        raise no_rows(header, text.where)
    return _Seen(rectangular, text_formulas and not header.prior, doubts and not header.prior)


def _csv_error(where: str, row: int, message: str) -> SheetError:
    if "unexpected end" in message:
        return SheetError(f"{where}: a quote opened in row {row} is never closed: {_QUOTING}")
    if "expected after" in message:
        return SheetError(f"{where}: row {row} has text behind a closing quote: {_QUOTING}")
    if "field larger" in message:
        return SheetError(
            f"{where}: row {row} has a cell of more than {csv.field_size_limit():,} characters: {_QUOTING}"
        )
    return SheetError(f"{where}: row {row} cannot be read as CSV ({message}): {_QUOTING}")


def _rows(text: _Text, separator: str, header: Header, seen: _Seen) -> Iterator[list[RawRow]]:
    """The rows below the header; `seen` is what `_check` said of them."""
    import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read

    width = header.width
    used = used_columns(header)

    def gather_surplus(cells: list[str]) -> list[str]:
        return [*cells[:width], separator.join(cells[width:])]

    options: dict[str, Any] = {
        "sep": separator,
        "header": None,
        "index_col": False,
        "dtype": object,
        "na_filter": False,
        "keep_default_na": False,
        "skip_blank_lines": False,
        "chunksize": CHUNK,
    }
    if seen.rectangular and separator.isascii():
        # Three times as fast. It cuts a cell at a zero byte, and takes ASCII separators only.
        options |= {"engine": "c", "names": range(width), "low_memory": False}
    else:
        # The one that tells a missing cell from an empty one. The last column takes what a row has too much.
        options |= {"engine": "python", "names": range(width + 1), "on_bad_lines": gather_surplus}
    # pandas takes the first row's width for every row's, and drops a byte order mark in it: give it an empty one
    first = separator * (len(options["names"]) - 1) + "\n"
    with text.lines() as (lines, _):
        for _cells in itertools.islice(csv.reader(lines, delimiter=separator), header.row):
            pass
        number = header.row
        try:
            with pd.read_csv(_Feed(itertools.chain([first], lines)), **options) as reader:
                for frame in reader:
                    tuples = frame.itertuples(index=False, name=None)
                    rows = enumerate(map(_all_shown, tuples) if seen.text_formulas else tuples, number)
                    if chunk := [_row(at, cells, header, separator) for at, cells in rows if has_text(cells)]:
                        yield [_doubted(row, used) for row in chunk] if seen.doubts else chunk
                    number += len(frame)
        except pd.errors.ParserError as error:  # `_check` found nothing wrong
            raise SheetError(f"{text.where}: {CHANGED}") from error


def _all_shown(cells: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return tuple(cell and shown(cell) for cell in cells)


def _doubted(row: RawRow, used: Mapping[int, str]) -> RawRow:
    """The row with a fault for each cell that cannot be meant as it is."""
    found = ((place, f"{name} {problem}") for place, name in used.items() if (problem := doubt(row.cells[place])))
    return row._replace(
        faults=(*row.faults, *(Fault(f"{cell_name(place, row.number)}: {text}", place) for place, text in found))
    )


def _row(number: int, cells: tuple[str | None, ...], header: Header, separator: str) -> RawRow:
    width = header.width
    if len(cells) == width:
        return RawRow(number, cells)  # type: ignore[arg-type]  # the table is rectangular
    surplus = cells[width] or ""
    left_over = surplus.strip(separator + " \u00a0") if surplus else ""
    if cells[width - 1] is not None and not left_over:
        return RawRow(number, cells[:width])  # type: ignore[arg-type]  # a cell is missing only if all after it are
    present = [cell for cell in cells[:width] if cell is not None]
    padded = present + [""] * (width - len(present))
    if left_over:
        problem = f'row {number} has more cells than the header; "{left_over[:60]}" is left over: {_QUOTING}'
    elif len(present) == 1 and separator in present[0] and width > 1:
        problem = f"row {number} is in quotes as a whole, so that it is one cell: take these quotes off"
    elif not header.unnamed_from(len(present)):
        count = f"{len(present)} cell" + "s" * (len(present) != 1)
        problem = f"row {number} has {count} where the header has {width}: a separator is missing"
    else:
        return RawRow(number, padded)
    return RawRow(number, padded, (Fault(problem),))
