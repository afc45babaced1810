"""How much of a worksheet there is: bounds what its cells span and the text in them, before there is room for them.

A single cell in the last corner of the grid, or a long string that a million cells name, is a small file that asks for
more memory than there is. Knows rows, columns and characters, and no files.
"""

from typing import Final

from bulkprov.errors import SheetError
from bulkprov.sheets.table import MOST_COLUMNS

__all__ = ["MOST_CELLS", "MOST_CHARACTERS", "Extent"]

MOST_CELLS: Final = 5_000_000
"""Cells from A1 to the last one used: what a worksheet's rows may come to when each is as long as the longest."""

MOST_CHARACTERS: Final = 150_000_000
"""Characters in all of them together."""


class Extent:
    """How far down and to the right a worksheet's cells go, and how much text they have; `where` begins a complaint."""

    def __init__(self, where: str, most_cells: int = MOST_CELLS) -> None:
        self.where = where
        self._most_cells = most_cells
        self._rows = self._columns = self._characters = 0

    def include(self, row: int, column: int) -> None:
        """Reach as far as the cell of this row and column, both counted from 1.

        Raises:
            SheetError: with it the sheet spans more than can be laid out.
        """
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, column)
        if self._columns > MOST_COLUMNS:
            raise SheetError(
                f"{self.where}: its cells span {self._columns:,} columns, and {MOST_COLUMNS:,} is the most: delete "
                "what lies outside the table, or save the sheet as CSV"
            )
        if self._rows * self._columns > self._most_cells:
            raise SheetError(
                f"{self.where}: its cells span {self._rows:,} rows and {self._columns:,} columns, more than "
                f"{self._most_cells:,} cells: delete what lies outside the table, or save the sheet as CSV"
            )

    def add_text(self, characters: int) -> None:
        """Count the characters of a cell.

        Raises:
            SheetError: with them the sheet has more text than can be held.
        """
        self._characters += characters
        if self._characters > MOST_CHARACTERS:
            raise SheetError(
                f"{self.where}: its cells have more than {MOST_CHARACTERS:,} characters: save the sheet as CSV"
            )
