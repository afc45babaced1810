"""Native Excel charts in one calm style. They know where their data stand, not what it is about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bulkprov.report.styles import INK

__all__ = ["Data", "line", "lying", "standing"]

_FONT: Final = {"size": 9, "color": INK}
_LINE: Final = {"color": "#BFBFBF"}
_NUMBERS: Final = {"num_font": _FONT, "num_format": "#,##0", "line": {"none": True}, "min": 0}
_LABELS: Final = {"num_font": _FONT, "line": _LINE, "major_tick_mark": "none"}
_FEW: Final = 3
_MANY: Final = 8
_TICKS: Final = 8


@dataclass(frozen=True, slots=True)
class Data:
    """Labels in one column of a sheet and counts in the next, from its first row on."""

    sheet: str
    column: int
    labels: Sequence[str]
    counts: Sequence[int]

    def series(self) -> dict[str, Any]:
        """As XlsxWriter is told; with the values too, since it no longer has the cells when it draws a chart."""
        last = len(self.labels) - 1
        return {
            "categories": [self.sheet, 0, self.column, last, self.column],
            "categories_data": list(self.labels),
            "values": [self.sheet, 0, self.column + 1, last, self.column + 1],
            "values_data": list(self.counts),
        }


def lying(book: Any, title: str, data: Data, colours: Sequence[str]) -> Any:
    """Bars from left to right, each with its number at the end; the first one is on top."""
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            **data.series(),
            "gap": 40 if len(data.labels) >= _FEW else 250,
            "points": [{"fill": {"color": colour}} for colour in colours],
            "data_labels": {"value": True, "font": _FONT, "num_format": "#,##0"},
        }
    )
    chart.set_x_axis({**_NUMBERS, "visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis({**_LABELS, "reverse": True})
    return _styled(chart, title)


def standing(book: Any, title: str, data: Data, colour: str) -> Any:
    """Bars from the bottom up, in a row without much between them, few of them labelled."""
    chart = book.add_chart({"type": "column"})
    chart.add_series({**data.series(), "gap": 15 if len(data.labels) >= _MANY else 150, "fill": {"color": colour}})
    return _over_time(chart, title, data)


def line(book: Any, title: str, data: Data, colour: str) -> Any:
    """A line from left to right, few of its points labelled."""
    chart = book.add_chart({"type": "line"})
    chart.add_series({**data.series(), "line": {"color": colour, "width": 2}})
    return _over_time(chart, title, data)


def _over_time(chart: Any, title: str, data: Data) -> Any:
    every = math.ceil(len(data.labels) / _TICKS)
    chart.set_x_axis({**_LABELS, "num_font": {**_FONT, "rotation": -45}, "interval_unit": every})
    chart.set_y_axis({**_NUMBERS, "major_gridlines": {"visible": True, "line": {"color": "#E7E6E6"}}})
    return _styled(chart, title)


def _styled(chart: Any, title: str) -> Any:
    chart.set_title({"name": title, "name_font": {"size": 11, "bold": True, "color": INK}})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    chart.show_hidden_data()
    return chart
