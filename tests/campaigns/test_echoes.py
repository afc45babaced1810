"""The campaign of servers that repeat secrets finds nothing, and would find something."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.runs.mask import MASK
from tests.campaigns.echoes import by_commands
from tests.faults.cases import CANARY
from tests.faults.echoes import GUISES, hits


def test_no_command_writes_or_prints_what_a_server_repeats(tmp_path: Path) -> None:
    """Thirteen commands, from log-in to rollback; the server says the password and the token wherever it can."""
    masked, found = by_commands(tmp_path)

    assert found == []
    assert masked >= 15


@pytest.mark.parametrize("guise", GUISES.values(), ids=GUISES)
def test_every_guise_would_be_found(guise: Callable[[str], str]) -> None:
    """The search does not know the mask."""
    assert hits([("here", f"before {guise(CANARY)} after".encode())], [CANARY])
    assert hits([("here", f"before {MASK} after".encode())], [CANARY]) == []
