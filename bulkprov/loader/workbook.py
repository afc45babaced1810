"""Workbooks: which worksheet has the table, and its rows.

pandas reads them, through calamine. A cell is worth what the operator sees in it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkprov.errors import SheetError
from bulkprov.loader.header import TITLE_ROWS, Header, find_header, no_header
from bulkprov.loader.table import CHUNK, RawRow, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["open_workbook"]


def open_workbook(path: Path, *, where: str, asked: str) -> Table:
    """Find the worksheet with the table.

    Raises:
        SheetError: it cannot be read, has no such worksheet, no table, more than one, or no row.
    """
    frames = _frames(path, where, asked)
    if not frames:
        raise SheetError(f'{where}: there is no sheet "{asked}"')
    headers = {name: find_header(_head(frame), f'{where}, sheet "{name}"') for name, frame in frames.items()}
    name, header = _chosen(headers, frames, where)
    frame = frames[name]
    notes = []
    if len(frames) > 1:
        notes.append(f'sheet "{name}" was chosen: it is the one with the columns')
    if header.row > 1:
        notes.append(f"the header is in row {header.row}; the rows above it were passed over")
    if next(_rows(frame, header), None) is None:
        raise SheetError(f'{where}: sheet "{name}" has a header (row {header.row}) but no row of data below it')
    return Table(header=header, sheet_name=name, notes=tuple(notes), rows=lambda: _rows(frame, header))


def _frames(path: Path, where: str, asked: str) -> Mapping[str, "pd.DataFrame"]:
    import pandas as pd  # noqa: PLC0415 - takes half a second, so it is loaded when a sheet is read

    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            names = [str(name) for name in book.sheet_names]
            return {
                name: pd.read_excel(
                    book, sheet_name=name, header=None, dtype=object, na_filter=False, keep_default_na=False
                )
                for name in names
                if not asked or name == asked
            }
    except Exception as error:
        raise SheetError(f"{where}: cannot be read as a workbook ({error}): save it again as .xlsx") from error


def _head(frame: "pd.DataFrame") -> list[tuple[int, list[str]]]:
    rows = frame.head(TITLE_ROWS).itertuples(index=False, name=None)
    return [(number, [_shown(cell) for cell in cells]) for number, cells in enumerate(rows, 1)]


def _chosen(
    headers: Mapping[str, Header | None], frames: Mapping[str, "pd.DataFrame"], where: str
) -> tuple[str, Header]:
    found = [(name, header) for name, header in headers.items() if header is not None]
    if len(found) > 1:
        names = ", ".join(f'"{name}"' for name, _ in found)
        raise SheetError(f"{where}: sheets {names} all have the columns: choose one with --sheet")
    if not found:
        fullest = max(frames.values(), key=len)
        raise no_header(_head(fullest), where)
    return found[0]


def _rows(frame: "pd.DataFrame", header: Header) -> Iterator[list[RawRow]]:
    for start in range(header.row, len(frame), CHUNK):
        rows: Iterable[tuple[Any, ...]] = frame.iloc[start : start + CHUNK].itertuples(index=False, name=None)
        chunk = []
        for number, row in enumerate(rows, start + 1):
            cells = [cell if isinstance(cell, str) else _shown(cell) for cell in row]
            if any(cell and not cell.isspace() for cell in cells):
                chunk.append(RawRow(number, cells))
        if chunk:
            yield chunk


def _shown(cell: object) -> str:
    """A cell's value as text."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            return f"{cell:.15g}"
        case dt.datetime() | dt.date() | dt.time():
            return cell.isoformat(" ") if isinstance(cell, dt.datetime) else cell.isoformat()
        case _:
            return str(cell)
