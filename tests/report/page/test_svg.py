"""Shapes of the charts."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.report.page.svg import Panel, drawn, stacked

AT = 1_750_000_000.0


def shapes(markup: str, kind: str) -> list[dict[str, str]]:
    """The attributes of the shapes of a kind."""
    return [each.attrib for each in ET.fromstring(markup).iter(kind)]  # noqa: S314 - our own markup


def picture(*panels: Panel, bands: tuple[tuple[float, float], ...] = ()) -> str:
    """A picture 500 wide, of bars of 10 s."""
    return drawn(panels, begin=AT, step=10, bands=bands, width=500, name="Name <1>", told='Told "2"')


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=72))
def test_every_bar_stands_inside_its_panel_and_none_is_lost(bars: list[float]) -> None:
    """However large or small the values are: the tallest fits, and the least is still seen."""
    found = shapes(picture(Panel(title="Rows", height=100, bars=bars, colour="green")), "rect")

    assert len(found) == sum(1 for each in bars if each)
    for each in found:
        assert 48 <= float(each["x"]) < float(each["x"]) + float(each["width"]) <= 486.2
        assert float(each["y"]) >= 43.9
        assert float(each["height"]) >= 1
        assert float(each["y"]) + float(each["height"]) == pytest.approx(144, abs=0.2)


def test_axes_have_numbers_and_times_and_a_name_for_those_who_do_not_see() -> None:
    """Each panel its numbers, all of them one line of times; words are escaped."""
    markup = picture(
        Panel(title="R&D", height=100, bars=[0, 30, 400], colour="green"),
        Panel(title="In flight", height=50, bars=[0.5, 0, 1], colour="blue", line=[(AT, 2), (AT + 15, 8)]),
    )

    words = [unescape(text) for text in re.findall(r">([^<]+)</text>", markup)]
    assert {"0", "200", "400", "4", "8", "R&D", "In flight"} <= set(words)
    times = [each for each in words if each and re.fullmatch(r"\d\d:\d\d:\d\d", each)]
    assert 2 <= len(times) <= 6
    assert 'aria-label="Name &lt;1&gt;. Told &#34;2&#34;"' in markup
    (line,) = [each["d"] for each in shapes(markup, "path") if each.get("class") == "line"]
    assert re.fullmatch(r"M48 \S+H48V\S+H267V\S+H486", line)


def test_of_what_is_counted_no_half_is_marked() -> None:
    """The axis of a single request has 0 and 1; that of an average has a half too."""
    for bars, marks in ([0, 1], {"0", "1"}), ([0.25, 1], {"0", "0.5", "1"}):
        words = re.findall(r">([\d.]+)</text>", picture(Panel(title="Lost", height=50, bars=bars, colour="red")))
        assert set(words) == marks


def test_bands_are_shaded_as_far_as_they_are_in_sight() -> None:
    """In each panel; however short they are."""
    panel = Panel(title="Rows", height=100, bars=[1, 1, 1], colour="green")
    markup = picture(panel, panel, bands=((AT - 50, AT - 40), (AT + 10, AT + 10.001), (AT + 20, AT + 900)))

    bands = [each for each in shapes(markup, "rect") if each["class"] == "pause"]
    assert [(each["x"], each["width"]) for each in bands] == [("194", "2"), ("340", "146")] * 2


def test_a_share_is_never_too_thin_to_be_seen() -> None:
    """One row of a hundred thousand is there."""
    rows = shapes(stacked([("green", 100_000), ("red", 1)], width=1000, height=20, name="n"), "rect")

    assert [each["class"] for each in rows] == ["green", "red"]
    assert float(rows[1]["width"]) >= 2
    assert float(rows[1]["x"]) + float(rows[1]["width"]) <= 1000
