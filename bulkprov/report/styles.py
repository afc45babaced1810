"""What the workbooks look like: the one place for colours and cell formats.

Fills are light, so that a printed page is mostly paper, and no meaning is told by colour alone: what needs somebody is
bold, what was not tried is in italics, and the words stand there anyway.
"""

from typing import Any, Final

from bulkprov.engine.model import Status

__all__ = ["BARS", "INK", "Looks"]

INK: Final = "#404040"
_PALE: Final = "#767676"
_LINE: Final = "#E7E6E6"

_STATUS: dict[Status, dict[str, object]] = {
    Status.CREATED: {"bg_color": "#E2F0D9", "font_color": "#274E13"},
    Status.EXISTS: {"bg_color": "#DEEBF7", "font_color": "#1F4E79"},
    Status.REJECTED: {"bg_color": "#F4B6AC", "font_color": "#6E1309", "bold": True},
    Status.FAILED: {"bg_color": "#F4B6AC", "font_color": "#6E1309", "bold": True},
    Status.UNKNOWN: {"bg_color": "#D6C1E6", "font_color": "#3F1B5B", "bold": True},
    Status.INVALID: {"bg_color": "#FFD98A", "font_color": "#5C3B00", "bold": True},
    Status.PENDING: {"font_color": _PALE, "italic": True},
}
_STATUS |= {
    Status.ROLLED_BACK: _STATUS[Status.PENDING],
    Status.WOULD_CREATE: _STATUS[Status.CREATED],
    Status.NO_PLACE: _STATUS[Status.REJECTED],
    Status.AS_REPORTED: _STATUS[Status.CREATED],
    Status.GONE: _STATUS[Status.REJECTED],
    Status.DIFFERS: _STATUS[Status.INVALID],
}

BARS: dict[Status, str] = {
    Status.CREATED: "#7FB069",
    Status.EXISTS: "#6FA8DC",
    Status.REJECTED: "#C0392B",
    Status.FAILED: "#922B21",
    Status.UNKNOWN: "#7D5BA6",
    Status.INVALID: "#E0A100",
    Status.PENDING: "#A6A6A6",
}
BARS |= {
    Status.ROLLED_BACK: BARS[Status.PENDING],
    Status.WOULD_CREATE: BARS[Status.CREATED],
    Status.NO_PLACE: BARS[Status.REJECTED],
    Status.AS_REPORTED: BARS[Status.CREATED],
    Status.GONE: BARS[Status.REJECTED],
    Status.DIFFERS: BARS[Status.INVALID],
}
"""The same hues, strong enough for a bar."""


class Looks:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        top = {"valign": "top"}
        left, right = {"align": "left", "indent": 1}, {"align": "right", "indent": 1}
        text = {**top, "num_format": "@", "quote_prefix": True}
        head = {**text, "bold": True, "bottom": 1, "bottom_color": _PALE, "font_color": INK}
        self.own = book.add_format(text)
        """A cell of the sheet: text, and text it stays when somebody types in it."""
        self.faulty = book.add_format({**text, "bg_color": "#FFD98A", "border": 1, "border_color": "#B8860B"})
        self.said = book.add_format({**top, **left, "quote_prefix": True})
        self.reason = book.add_format({**top, **left, "quote_prefix": True, "text_wrap": True})
        self.number = book.add_format({**top, **right})
        self.header = book.add_format({**head, "bg_color": "#E7E6E6"})
        self.added_header = book.add_format({**head, **left, "bg_color": "#D9E1F2"})
        self.status = {status: book.add_format({**top, **left, **look}) for status, look in _STATUS.items()}

        plain = {"font_color": INK, "valign": "top"}
        cell = {**plain, "bottom": 1, "bottom_color": _LINE}
        below = {**plain, "bold": True, "bottom": 1, "bottom_color": _PALE}
        above = {**plain, "bold": True, "top": 1, "top_color": _PALE}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": INK})
        self.label = book.add_format({"font_color": _PALE, "valign": "top"})
        self.fact = book.add_format({**plain, "align": "left", "num_format": "#,##0.##"})
        self.heading = book.add_format({"bold": True, "font_size": 12, "font_color": INK})
        self.table_head = book.add_format({**below, **left})
        self.count_head = book.add_format({**below, **right})
        self.cell = book.add_format({**cell, **left, "text_wrap": True})
        self.count = book.add_format({**cell, **right, "num_format": "#,##0"})
        self.share = book.add_format({**cell, **right, "num_format": "0.0%"})
        self.total_label = book.add_format({**above, **left})
        self.total = book.add_format({**above, **right, "num_format": "#,##0"})
        self.counted = {
            status: book.add_format({**cell, **left, "shrink": True, **look}) for status, look in _STATUS.items()
        }
