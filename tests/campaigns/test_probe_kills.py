"""The campaign of killed probes finds nothing, and would find something."""

from pathlib import Path

import pytest

from bulkprov.probe.scratch import Scratch
from tests.campaigns.probe_kills import SERVERS, campaign


def test_a_small_share_of_it(tmp_path: Path) -> None:
    """Other moments on each kind of server."""
    deaths, wrong = campaign(tmp_path, every=60)

    assert wrong == []
    assert deaths >= 4 * len(SERVERS)


def test_it_notices_a_probe_that_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes everything for settled when it begins."""
    really_list = Scratch.own_in
    monkeypatch.setattr(Scratch, "own_in", lambda self, shown: {} if self.cleaning else really_list(self, shown))

    assert campaign(tmp_path, every=60)[1]
