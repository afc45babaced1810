"""ODS: what styles hide, and whether they format numbers."""

import pytest

from bulkprov.sheets.excel.ods_styles import STYLE, TABLE, Styles


def style(styles: Styles, name: str, family: str, **more: str) -> None:
    """A style with these attributes."""
    attributes = {f"{STYLE}{key.replace('_', '-')}": value for key, value in more.items()}
    styles.start(
        STYLE + ("style" if name else "default-style"), {STYLE + "family": family, STYLE + "name": name, **attributes}
    )


def test_a_style_may_hide_its_sheets() -> None:
    """Only one of sheets, by its own name."""
    styles = Styles()
    for name, display in (("ta1", "true"), ("ta2", "false")):
        style(styles, name, "table")
        styles.start(STYLE + "table-properties", {TABLE + "display": display})

    assert [styles.hides(name) for name in ("ta1", "ta2", "", "ta3")] == [False, True, False, False]


@pytest.mark.parametrize(
    ("name", "formats"),
    [("ce1", True), ("ce2", True), ("ce3", False), ("", False), ("nowhere", False), ("loop", False)],
)
def test_a_style_formats_numbers_if_it_or_a_parent_does(name: str, *, formats: bool) -> None:
    """Parents may go in a circle, in a file made to confuse."""
    styles = Styles()
    style(styles, "ce1", "table-cell", data_style_name="N1")
    style(styles, "ce2", "table-cell", parent_style_name="ce1")
    style(styles, "ce3", "table-cell", parent_style_name="Default")
    style(styles, "loop", "table-cell", parent_style_name="loop")

    assert styles.formats(name) is formats


def test_what_holds_for_all_cells_holds_for_each() -> None:
    """Whether it is the default of the file or the style of that name."""
    named, default = Styles(), Styles()
    style(named, "Default", "table-cell", data_style_name="N1")
    style(default, "", "table-cell", data_style_name="N1")

    assert named.formats("")
    assert default.formats("ce1")
