from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.errors import RunError
from bulkprov.runs.manifest import SIMULATED, Begun, Manifest
from bulkprov.settings import Reading
from tests.backupsets import Journal

EVERYTHING = Manifest(
    kind="backupset",
    created_at=1795655626.9109406,
    directory=Path("/home/ops/wave3"),
    ticket="CHG0042",
    operator="ann",
    kept={"rate": "100/h"},
    kept_from_settings=("rate",),
    username="DOMAIN\\ops",
    sheet="wave.csv",
    sheet_name="Wave 3",
    reading=Reading(sheet="Wave 3", delimiter=";"),
    sha256="ff10",
    columns=("Client", 'Backup "Set"', ""),
    delimiter=";",
    encoding="cp1252",
    fields={"clientName": 0, "backupsetName": 1},
    loaded_at=1795655627.40872,
    server="https://cs.example.com/api",
    simulator_state=Path("simulator.sqlite"),
    rerun_of=Path("reports/one"),
    generation=2,
    corrections="failed.csv",
    corrections_complete=True,
    left_out=(10, 28),
    words_again=("--profile", "prod"),
    superseded_by=Path("/home/ops/wave3/reports/three"),
    begun_reruns=(Begun(folder=Path("/home/ops/wave3/reports/three"), began=1_764_000_000.5, rows=7, whole=True),),
    discarded_at=1781000000.5,
    earlier_began=1780000000.5,
    audited=24,
    deleted_at=1795655629.25,
    results_format="csv",
    digests={"failed.csv": "f4b4"},
    seconds=2.64938915099998,
    requests=30,
    finished=10,
    limits=((1795655627.5, 4), (1795655628.0, 5)),
)

VERSION_1 = {
    "created_at": "1795655626.9109406",
    "directory": "/home/ops/wave3",
    "sheet": "wave.csv",
    "sheet_name": "Wave 3",
    "reading": '{"sheet": "Wave 3", "encoding": "", "delimiter": ";"}',
    "sha256": "ff10",
    "columns": '["Client", "Backup \\"Set\\"", ""]',
    "fields": '{"clientName": 0, "backupsetName": 1}',
    "loaded": "1795655627.40872",
    "server": "https://cs.example.com/api",
    "simulator": "simulator.sqlite",
    "reruns": "reports/one",
    "go": "2",
    "fixed": "failed.csv",
    "whole": "yes",
    "rerun_as": "/home/ops/wave3/reports/three",
    "results_format": "csv",
    "failed_digests": '{"failed.csv": "f4b4"}',
    "seconds": "2.64938915099998",
    "requests": "30.0",
    "finished": "10.0",
    "limits": "[[1795655627.5, 4], [1795655628.0, 5]]",
}
"""The same as version 1 wrote it, which knew no kinds."""


def test_every_fact_comes_back_from_the_journal_as_it_was(journal: Journal) -> None:
    """Each field of the example differs from its default, so that none is left out."""
    nothing = Manifest()
    assert [
        each.name for each in fields(Manifest) if getattr(EVERYTHING, each.name) == getattr(nothing, each.name)
    ] == []

    journal.note(EVERYTHING.facts())

    assert Manifest.read(journal) == EVERYTHING


def test_what_version_1_wrote_is_read_by_its_names(journal: Journal) -> None:
    """All of them; a run of version 1 has no kind and no people, no audit, and no word on how its sheet is written."""
    journal.note(VERSION_1)

    later = {"kind": None, "delimiter": "", "encoding": "", "audited": 0, "deleted_at": None}
    newer = {"discarded_at": None, "earlier_began": None, "ticket": "", "operator": "", "username": ""}
    empty: dict[str, Any] = {"begun_reruns": (), "left_out": (), "kept": {}, "kept_from_settings": ()}
    empty["words_again"] = ()
    assert Manifest.read(journal) == replace(EVERYTHING, **later, **newer, **empty)  # type: ignore[arg-type]  # of many types


def test_facts_are_written_by_the_names_of_version_1() -> None:
    """A journal has one name for each fact, whichever version wrote it."""
    later = {"kind", "delimiter", "encoding", "audited", "deleted_at", "ticket", "operator", "username"}
    assert EVERYTHING.facts().keys() == VERSION_1.keys() | later | {
        "discarded_at",
        "earlier_began",
        "begun_reruns",
        "left_out",
        "brakes",
        "brakes_from_settings",
        "words_again",
    }


def test_what_the_journal_does_not_have_is_at_its_default(journal: Journal) -> None:
    """An empty text is as good as none."""
    journal.note({"server": "", "go": "", "columns": ""})

    manifest = Manifest.read(journal)

    assert manifest == Manifest()
    assert (manifest.loaded, manifest.server, manifest.generation, manifest.columns) == (False, None, 1, ())


def test_facts_of_another_version_are_ignored_and_stay(journal: Journal) -> None:
    """Whatever else is written; so do the facts of the journal itself."""
    journal.note({"colour": "green"})
    before = Manifest.read(journal)

    journal.note(replace(before, results_format="csv").facts(since=before))

    assert Manifest.read(journal) == Manifest(results_format="csv")
    assert journal.facts() == {"format": "2", "colour": "green", "results_format": "csv"}


def test_a_reading_of_another_version_is_read_as_far_as_it_is_known(journal: Journal) -> None:
    """What it lacks is guessed, what it has besides is ignored."""
    journal.note({"reading": '{"delimiter": ";", "quoting": "none"}'})

    assert Manifest.read(journal).reading == Reading(delimiter=";")


def test_only_what_changed_is_written() -> None:
    """Every fact has its own line in the journal."""
    changed = replace(EVERYTHING, seconds=3.0, results_format="xlsx")

    assert changed.facts(since=EVERYTHING) == {"seconds": "3.0", "results_format": "xlsx"}
    assert EVERYTHING.facts(since=EVERYTHING) == {}


def test_a_fact_can_be_taken_back(journal: Journal) -> None:
    """It is read as unknown again."""
    journal.note(EVERYTHING.facts())

    less = replace(EVERYTHING, superseded_by=None, corrections_complete=False, columns=())
    journal.note(less.facts(since=EVERYTHING))

    assert Manifest.read(journal) == less


@pytest.mark.parametrize(
    ("name", "text"),
    [("columns", "[1, 2"), ("columns", "[" * 100_000), ("fields", "7"), ("reading", "3"), ("loaded", "soon")],
)
def test_a_damaged_fact_is_named(journal: Journal, name: str, text: str) -> None:
    """With the journal that has it; the run cannot be used."""
    journal.note({name: text})

    with pytest.raises(RunError, match=f"journal.sqlite is damaged: its fact '{name}' cannot be read"):
        Manifest.read(journal)


@pytest.mark.parametrize(
    ("name", "text"), [("seconds", "soon"), ("requests", "inf"), ("requests", "1e400"), ("go", "x"), ("limits", "[1]")]
)
def test_a_damaged_statistic_is_at_its_default(journal: Journal, name: str, text: str) -> None:
    """A run in its change window does not end because a counter cannot be read."""
    journal.note({name: text})

    assert Manifest.read(journal) == Manifest()


def test_the_server_may_be_the_simulator() -> None:
    """It has no address."""
    assert Manifest(server=SIMULATED).simulated
    assert not Manifest(server="https://cs.example.com/api").simulated
    assert not Manifest().simulated


def test_rows_come_from_an_earlier_run_or_from_a_results_file_without_one() -> None:
    """A results file away from its run is a sheet like others, though the run counts as a rerun."""
    assert Manifest(sheet="wave.csv", rerun_of=Path("reports/one")).earlier_run == Path("reports/one")
    assert Manifest(sheet="./results.csv", rerun_of=Path("results.csv")).earlier_run is None
    assert Manifest(sheet="wave.csv").earlier_run is None


@pytest.mark.parametrize("manifest", [Manifest(audited=-1), Manifest(audited=7), Manifest(deleted_at=0.1)])
def test_when_a_run_was_audited_and_rolled_back_comes_back_exactly(journal: Journal, manifest: Manifest) -> None:
    """An audit that an earlier run owes is told by -1."""
    journal.note(manifest.facts())

    assert Manifest.read(journal) == manifest
