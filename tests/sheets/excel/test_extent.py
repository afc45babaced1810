"""How much a worksheet may be: to the limit and not beyond."""

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.extent import MOST_CELLS, MOST_CHARACTERS, Extent
from bulkprov.sheets.table import MOST_COLUMNS


def test_cells_span_from_the_first_to_the_last() -> None:
    """A cell far down and another far to the right are too much together, though each alone is not."""
    extent = Extent("it")
    extent.include(MOST_CELLS // 1_000, 1)
    extent.include(1, 1_000)

    with pytest.raises(SheetError, match="it: its cells span 5,000 rows and 1,001 columns, more than 5,000,000 cells"):
        extent.include(1, 1_001)


def test_no_sheet_is_wider_than_excel_allows() -> None:
    """However few its cells are."""
    Extent("it").include(1, MOST_COLUMNS)

    with pytest.raises(SheetError, match="16,385 columns"):
        Extent("it").include(1, MOST_COLUMNS + 1)


def test_a_reader_may_allow_fewer_cells() -> None:
    """One that holds more of each in memory."""
    with pytest.raises(SheetError, match="more than 10 cells"):
        Extent("it", 10).include(11, 1)


def test_text_is_counted_over_all_cells() -> None:
    """The last character that fits does."""
    extent = Extent("it")
    extent.add_text(MOST_CHARACTERS - 1)
    extent.add_text(1)

    with pytest.raises(SheetError, match="it: its cells have more than 150,000,000 characters"):
        extent.add_text(1)
