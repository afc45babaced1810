"""Keys of wanted things: what is the same thing, and what can be read from a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.engine.wanted import folded, key_from, name_in, scope_in

_names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    "written", [("Domain", "Name"), (" domain", "NAME "), ("\u00a0DOMAIN", "name"), ("domain\n", "nAmE")]
)
def test_a_key_knows_no_case_and_no_outer_white_space(written: tuple[str, str]) -> None:
    """Whoever typed it meant the same thing."""
    assert key_from(*written) == key_from("domain", "name")


def test_a_key_knows_one_form_of_a_letter() -> None:
    """An accent is part of its letter, however it was typed."""
    assert key_from("d", "Cafe\u0301") == key_from("d", "caf\u00e9")
    assert folded(" Cafe\u0301 ") == folded("CAF\u00c9") == "caf\u00e9"


def test_parts_do_not_run_together() -> None:
    """Two names that read the same in a row are two things."""
    assert key_from("ab", "c") != key_from("a", "bc")


@given(st.lists(_names, min_size=2, max_size=4))
def test_scope_and_name_can_be_read_from_a_key(parts: list[str]) -> None:
    """The first and the last of its parts, as they are compared."""
    key = key_from(*parts)

    assert (folded(scope_in(key)), folded(name_in(key))) == (folded(parts[0]), folded(parts[-1]))
