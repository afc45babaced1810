"""Options that several commands have."""

import pytest

from bulkprov.cli.options import ticket_of
from bulkprov.errors import SettingsError


def test_a_ticket_is_one_short_line() -> None:
    """It stands in a cell, on a page and in the properties of a file."""
    assert ticket_of(" CHG0042\n(second night) ") == "CHG0042 (second night)"
    with pytest.raises(SettingsError, match="--ticket: at most 100 characters"):
        ticket_of("x" * 101)
