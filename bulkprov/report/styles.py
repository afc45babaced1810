"""The cell formats of the workbooks. Colours of a status are in `statuses.py`; all others are here."""

from typing import Any, Final

from bulkprov.report.statuses import STATUSES

__all__ = ["TEXT_COLOUR", "Styles"]

TEXT_COLOUR: Final = "#404040"
_PALE: Final = "#767676"
_LINE: Final = "#E7E6E6"


class Styles:
    """The formats of one workbook, by what they are for.

    Args:
        book: an XlsxWriter workbook.
    """

    def __init__(self, book: Any) -> None:
        top = {"valign": "top"}
        left, right = {"align": "left", "indent": 1}, {"align": "right", "indent": 1}
        text = {**top, "num_format": "@", "quote_prefix": True}
        header = {**text, "bold": True, "bottom": 1, "bottom_color": _PALE, "font_color": TEXT_COLOUR}
        self.sheet_cell = book.add_format(text)
        """A cell of the sheet's own: text, and text it stays when it is edited."""
        self.wrapped_cell = book.add_format({**text, "text_wrap": True})
        """The same for one that is longer than its column is wide."""
        self.faulty_cell = book.add_format({**text, "bg_color": "#FFD98A", "border": 1, "border_color": "#B8860B"})
        self.text = book.add_format({**top, **left, "quote_prefix": True})
        self.wrapped_text = book.add_format({**top, **left, "quote_prefix": True, "text_wrap": True})
        self.number = book.add_format({**top, **right})
        self.sheet_header = book.add_format({**header, "bg_color": "#E7E6E6"})
        self.result_header = book.add_format({**header, **left, "bg_color": "#D9E1F2"})
        self.status = {
            status: book.add_format({**top, **left, **info.colours.cell}) for status, info in STATUSES.items()
        }

        plain = {"font_color": TEXT_COLOUR, "valign": "top"}
        cell = {**plain, "bottom": 1, "bottom_color": _LINE}
        below = {**plain, "bold": True, "bottom": 1, "bottom_color": _PALE}
        above = {**plain, "bold": True, "top": 1, "top_color": _PALE}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": TEXT_COLOUR})
        self.fact_label = book.add_format({"font_color": _PALE, "valign": "top"})
        self.fact = book.add_format({**plain, "align": "left", "text_wrap": True, "num_format": "#,##0.##"})
        self.heading = book.add_format({"bold": True, "font_size": 12, "font_color": TEXT_COLOUR})
        self.table_header = book.add_format({**below, **left})
        self.table_number_header = book.add_format({**below, **right})
        self.table_cell = book.add_format({**cell, **left, "text_wrap": True})
        self.table_number = book.add_format({**cell, **right, "num_format": "#,##0"})
        self.table_share = book.add_format({**cell, **right, "num_format": "0.0%"})
        self.total_label = book.add_format({**above, **left})
        self.total = book.add_format({**above, **right, "num_format": "#,##0"})
        self.table_status = {
            status: book.add_format({**cell, **left, **info.colours.cell}) for status, info in STATUSES.items()
        }
