"""Colours of both themes, and what a template lets through."""

import re
from importlib.resources import files

import pytest

from bulkprov.report.page.look import _environment, render
from bulkprov.report.statuses import STATUSES

STYLES = files("bulkprov.report.page").joinpath("page.css").read_text("utf-8")
THEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLES, re.DOTALL)[:2]
]
HUES = sorted({info.colours.hue for info in STATUSES.values()})


def contrast(one: str, other: str) -> float:
    """The contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_words_and_shapes_stand_out_in_both_themes(theme: dict[str, str]) -> None:
    """Text at 4.5 to 1, bars, edges of fields and the mark of the focus at 3 to 1."""
    for hue in HUES:
        assert contrast(theme[f"{hue}-text"], theme[hue]) >= 4.5, hue
        assert contrast(theme[f"{hue}-bar"], theme["card"]) >= 3, hue
        assert contrast(theme[f"{hue}-bar"], theme["ground"]) >= 3, hue
    for words in ("text", "soft", "link"):
        for behind in ("ground", "card", "code"):
            assert contrast(theme[words], theme[behind]) >= 4.5, (words, behind)
    for shape in ("edge", "focus", "text"):
        assert contrast(theme[shape], theme["card"]) >= 3, shape


def test_both_themes_have_the_same_colours_and_every_status_has_its_own() -> None:
    """And all colours are in these two lists."""
    light, dark = THEMES

    assert light.keys() == dark.keys()
    assert {f"{hue}{part}" for hue in HUES for part in ("", "-text", "-bar")} <= light.keys()
    assert len(re.findall(r"#[0-9a-f]{3,8}\b", STYLES)) == len(light) + len(dark)
    for hue in HUES:
        assert f"b.{hue} {{" in STYLES
        assert f"rect.{hue} {{" in STYLES


def test_a_command_in_a_sentence_is_shown_as_code() -> None:
    """What stands between backticks; it is escaped all the same, and a single backtick stays one."""
    code = _environment().from_string("{{ words | marked }}")

    assert code.render(words="run `plan <FILE>` & see") == "run <code>plan &lt;FILE&gt;</code> &amp; see"
    assert code.render(words="a ` alone <b>") == "a ` alone &lt;b&gt;"


def test_a_template_with_a_name_too_many_is_an_error() -> None:
    """A misspelt value is not shown as nothing."""
    with pytest.raises(Exception, match="undefined"):
        render("row.html")
