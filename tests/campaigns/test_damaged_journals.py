"""The campaign of damaged journals finds nothing, and would find something."""

import json
from pathlib import Path

import pytest

from bulkprov.errors import ExitCode
from bulkprov.journal import store
from tests.campaigns.damaged_journals import campaign, damaged


def test_a_small_share_of_it(tmp_path: Path) -> None:
    """Each journal through `runs`, `show`, `report`, `verify` and `resume`."""
    found = campaign(tmp_path, range(8))

    assert found.wrong == []
    assert found.whole > 0
    assert found.codes["report", ExitCode.NOT_WRITTEN] > 0


def test_it_notices_an_error_that_nobody_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader of stored values raises has to end as one line."""
    monkeypatch.setattr(store, "stored", lambda read: read)
    monkeypatch.setattr("bulkprov.journal.view.cells_from", lambda text: tuple(json.loads(text)))
    monkeypatch.setattr("bulkprov.journal.view.outcome_from", lambda _values: 1 // 0)

    assert campaign(tmp_path, range(3)).wrong


def test_a_journal_is_damaged_alike_each_time() -> None:
    """So that one which was told can be looked at."""
    journal = bytes(range(256)) * 160

    assert damaged(journal, 7) == damaged(journal, 7)
    assert damaged(journal, 7) != damaged(journal, 8)
