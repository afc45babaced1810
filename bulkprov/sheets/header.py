"""Header detection and column mapping. Pure: rows of text in, a `Header` or an error out.

Title rows above the header are skipped. The header is the first row that has every required column; the other columns
that bulkprov knows are found by their names too. A column that resembles one of them without being one is an error, and
not one of the operator's own: if a misspelt planName were ignored, a whole wave would be created without its plans.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns, simplified
from bulkprov.sheets.rows import OURS, SKIP

__all__ = ["MOST_COLUMNS", "TITLE_ROWS", "Header", "find_header", "is_header", "no_header"]

TITLE_ROWS: Final = 50
"""How many rows are searched for a header."""

MOST_COLUMNS: Final = 16_384
"""As many as a worksheet of Excel can have; no sheet may have more, of whatever kind."""

_SHOWN_CELLS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header row of a sheet and what its cells mean."""

    row: int
    """As the spreadsheet program counts."""
    columns: tuple[str, ...]
    """The operator's own header cells."""
    own: tuple[int, ...]
    """For each of `columns`, where it is in the row of the file."""
    fields: dict[str, int]
    """Canonical name to position in `columns`."""
    prior: tuple[int, ...]
    """Where the ten result columns are in the row of the file; empty if it is not a results file."""
    cells: tuple[str, ...]
    """The whole row of the file."""
    spellings: dict[int, frozenset[str]]
    """Of each required column: its place in the row of the file, to its names as `simplified` gives them."""

    @property
    def width(self) -> int:
        """Cells that a row of the file has."""
        return len(self.cells)

    def unnamed_from(self, place: int) -> bool:
        """Whether no column from this place on has a name, so that a row may end before it."""
        return not any(cell.strip() for cell in self.cells[place:])

    def own_position(self, position: int) -> int | None:
        """A place in the file's row as a position in `columns`; None for a result column or one beyond the table."""
        return self.own.index(position) if position in self.own else None


def find_header(rows: Iterable[tuple[int, Sequence[str]]], columns: Columns, where: str) -> Header | None:
    """Look for the header among the first rows, each with its number; `where` begins an error message.

    Raises:
        SheetError: a column is there twice, or a header cell looks like a misspelt column.
    """
    for number, cells in rows:
        if number > TITLE_ROWS:
            break
        if is_header(cells, columns):
            return _header(number, cells, columns, where)
    return None


def is_header(cells: Iterable[str], columns: Columns) -> bool:
    """Whether a row has every column that there has to be."""
    return {_known(cell, columns) for cell in cells} >= columns.required


def no_header(rows: Iterable[tuple[int, Sequence[str]]], columns: Columns, where: str) -> SheetError:
    """The error for a sheet without a header, explained by the row that comes closest to one."""
    best: Sequence[str] = ()
    best_row, best_score = 1, -1.0
    for number, cells in rows:
        if number > TITLE_ROWS:
            break
        words = [cell for cell in cells if cell.strip()]
        score = sum(1.0 if _known(cell, columns) else 0.9 if columns.likely(cell) else 0.01 for cell in words[:200])
        if score > best_score:
            best, best_row, best_score = words, number, score
    if not best:
        return SheetError(
            f"{where}: the sheet is empty: it needs a header row with {_listed(sorted(columns.required))}"
        )
    missing = sorted(columns.required - {_known(cell, columns) for cell in best})
    advice = " ".join(
        f'Is "{_short(cell)}" meant to be {columns.likely(cell)}?'
        for cell in best[:200]
        if columns.likely(cell) in missing
    )
    advice = advice or f"Rename the columns, or add {'it' if len(missing) == 1 else 'them'}"
    shown = ", ".join(_short(cell) for cell in best[:_SHOWN_CELLS]) + (", …" if len(best) > _SHOWN_CELLS else "")
    return SheetError(f"{where}: no column {_listed(missing)}. Row {best_row} has: {shown}. {advice}")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)


def _short(cell: str) -> str:
    text = "".join(char if char.isprintable() else " " for char in cell.strip()[:60])
    return text.strip()


def _known(cell: str, columns: Columns) -> str:
    """The canonical name of a header cell, or "" if it is not one of ours."""
    column = columns.by_header.get(simplified(cell))
    return column.name if column else ""


def _header(row: int, cells: Sequence[str], known: Columns, where: str) -> Header:
    prior = _prior(cells, known)
    own = tuple(position for position in range(len(cells)) if position not in prior)
    columns = tuple(cells[position] for position in own)
    fields: dict[str, int] = {}
    for position, cell in enumerate(columns):
        name = _known(cell, known)
        if not name:
            continue
        if name in fields:
            raise SheetError(
                f'{where}: columns "{_short(columns[fields[name]])}" and "{_short(cell)}" of row {row} both mean '
                f"{name}: rename the one that does not"
            )
        fields[name] = position
    for cell in columns:
        likely = "" if _known(cell, known) else known.likely(cell)
        if likely and likely not in fields:
            raise SheetError(
                f'{where}: column "{_short(cell)}" of row {row} looks like a misspelt {likely}: correct it, or give it '
                "another name if it is a column of your own"
            )
    more = len(known.results) + (not any(cell.strip().casefold().removesuffix(OURS) == SKIP for cell in columns))
    if len(columns) + more > MOST_COLUMNS:
        raise SheetError(
            f"{where}: row {row} has {len(columns):,} columns, and the results need {more} more: with "
            f"over {MOST_COLUMNS:,} they could not be written. Remove columns that are not needed"
        )
    in_order = {name: fields[name] for name in known.by_name if name in fields}
    return Header(
        row=row,
        columns=columns,
        own=own,
        fields=in_order,
        prior=prior,
        cells=tuple(cells),
        spellings={own[fields[name]]: _spellings(name, known) for name in in_order if name in known.required},
    )


def _spellings(name: str, known: Columns) -> frozenset[str]:
    return frozenset(each for each, column in known.by_header.items() if column.name == name)


def _prior(cells: Sequence[str], known: Columns) -> tuple[int, ...]:
    """Where the result columns are. They are to the right of the sheet's own, so the last of a name counts."""
    places = {cell.strip(): position for position, cell in enumerate(cells)}
    found = [places.get(name + OURS, places.get(name)) for name in known.results]
    return tuple(place for place in found if place is not None) if None not in found else ()
