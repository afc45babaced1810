"""Native Excel charts in one calm style. They know where their data stand, not what the data mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bulkprov.report.styles import TEXT_COLOUR

__all__ = ["Data", "bar_chart", "column_chart", "line_chart"]

_FONT: Final = {"size": 9, "color": TEXT_COLOUR}
_LINE: Final = {"color": "#BFBFBF"}
_NUMBER_AXIS: Final = {"num_font": _FONT, "num_format": "[>=1000]#,##0;General", "line": {"none": True}, "min": 0}
_LABEL_AXIS: Final = {"num_font": _FONT, "line": _LINE, "major_tick_mark": "none"}
_FEW_BARS: Final = 3
_MANY_COLUMNS: Final = 8
"""Below these, wide gaps keep bars and columns from becoming blocks."""


@dataclass(frozen=True, slots=True)
class Data:
    """Labels in one column of a sheet and numbers in the next, from its first row on."""

    sheet: str
    column: int
    labels: Sequence[str]
    numbers: Sequence[float | None]
    """None leaves a gap."""
    name: str = ""
    """For the legend, if there is one."""

    def series(self) -> dict[str, Any]:
        """A series as XlsxWriter takes it; with the values too, since the cells are on disk when the chart is drawn."""
        last = len(self.labels) - 1
        return {
            "categories": [self.sheet, 0, self.column, last, self.column],
            "categories_data": list(self.labels),
            "values": [self.sheet, 0, self.column + 1, last, self.column + 1],
            "values_data": list(self.numbers),
            **({"name": self.name} if self.name else {}),
        }


def bar_chart(book: Any, title: str, data: Data, colours: Sequence[str]) -> Any:
    """Horizontal bars, each with its number at the end; the first one is on top."""
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            **data.series(),
            "gap": 40 if len(data.labels) >= _FEW_BARS else 250,
            "points": [{"fill": {"color": colour}} for colour in colours],
            "data_labels": {"value": True, "font": _FONT, "num_format": "#,##0"},
        }
    )
    chart.set_x_axis({**_NUMBER_AXIS, "visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis({**_LABEL_AXIS, "reverse": True})
    return _styled(chart, title)


def column_chart(book: Any, title: str, data: Data, colour: str, every: int) -> Any:
    """Columns close together, of which one in `every` is labelled."""
    chart = book.add_chart({"type": "column"})
    gap = 15 if len(data.labels) >= _MANY_COLUMNS else 150
    chart.add_series({**data.series(), "gap": gap, "fill": {"color": colour}})
    return _over_time(chart, title, every)


def line_chart(book: Any, title: str, lines: Sequence[tuple[Data, str]], every: int) -> Any:
    """Lines over the same times, each with its colour; one time in `every` is labelled."""
    chart = book.add_chart({"type": "line"})
    for data, colour in lines:
        chart.add_series({**data.series(), "line": {"color": colour, "width": 2}})
    _over_time(chart, title, every)
    if len(lines) > 1:
        chart.set_legend({"position": "bottom", "font": _FONT})
    return chart


def _over_time(chart: Any, title: str, every: int) -> Any:
    marks = {"interval_unit": every, "interval_tick": every, "major_tick_mark": "outside"}
    chart.set_x_axis({**_LABEL_AXIS, **marks})
    chart.set_y_axis({**_NUMBER_AXIS, "major_gridlines": {"visible": True, "line": {"color": "#E7E6E6"}}})
    return _styled(chart, title)


def _styled(chart: Any, title: str) -> Any:
    chart.set_title({"name": title, "name_font": {"size": 11, "bold": True, "color": TEXT_COLOUR}})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    chart.show_hidden_data()
    return chart
