"""The registry of kinds: what every one of them must keep, so that old runs stay readable."""

import json
from dataclasses import replace

import pytest

from bulkprov.commvault.backupset import BackupSet, from_stored
from bulkprov.commvault.kinds import BACKUP_SET, KINDS

OF_VERSION_1 = BackupSet(client="c", app="Oracle", instance="ORCL", name="n", on_demand=True, plan="Gold")
FULL = replace(OF_VERSION_1, description="wave 3")


def test_kinds_are_found_by_the_names_that_runs_store() -> None:
    """The first is that of version 1, which stored none."""
    assert {name: kind.name for name, kind in KINDS.items()} == {"backupset": "backupset"}
    assert next(iter(KINDS.values())) is BACKUP_SET


@pytest.mark.parametrize("want", [FULL, BackupSet(client="c", name="n")])
def test_a_backup_set_comes_back_as_it_was_stored(want: BackupSet) -> None:
    """Through JSON, by name, and without what is at its default."""
    stored = json.loads(json.dumps(BACKUP_SET.to_stored(want)))

    assert BACKUP_SET.from_stored(stored) == want
    assert set(stored) == ({"client", "name"} if want.plan == "" else set(FULL.__slots__))


def test_a_backup_set_of_another_version_is_read() -> None:
    """Version 1 stored a list of six values; a later one may store more of them than this one knows."""
    assert from_stored(["c", "Oracle", "ORCL", "n", True, "Gold"]) == OF_VERSION_1
    assert from_stored({"client": "c", "name": "n", "tags": ["x"]}) == BackupSet(client="c", name="n")


def test_the_place_of_a_backup_set_is_all_but_its_name() -> None:
    """As a person reads it."""
    assert BACKUP_SET.place(FULL) == "c / Oracle / ORCL"
