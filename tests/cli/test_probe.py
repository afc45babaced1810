"""The command `probe`."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bulkprov.cli import probe as command
from bulkprov.probe.execute import execute
from bulkprov.probe.server import Tempo
from tests.end_to_end.conftest import CommServe, Said, password_file, running_commserve
from tests.end_to_end.conftest import command as _command
from tests.end_to_end.results import wave

bulkprov, password, commserve = _command, password_file, running_commserve


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes that do not wait."""
    monkeypatch.setattr(command, "execute", partial(execute, tempo=Tempo(pace=0.0, looks=(0.0, 0.1, 0.3))))


def options(commserve: CommServe, password: Path) -> list[object]:
    """What names the server and signs in."""
    return ["--server", commserve.url, "--username", "admin", "--password-file", password]


def test_it_reads_and_names_the_command_that_goes_on(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """With the sheet's agents; nothing is made."""
    sheet = wave(Path("wave.csv"), [("client001", "One")])
    said = bulkprov("probe", sheet, "--client", "client001", *options(commserve, password))

    assert said.code == 0
    assert "agent File System" in said.out
    assert "agent Oracle" not in said.out
    assert "Nothing was made." in said.out
    assert f"Go on:    bulkprov probe {sheet} --client client001 --server {commserve.url}" in said.out
    assert "--yes" in said.out.partition("Go on:")[2]
    assert commserve.statistics.creates == 0


def test_it_makes_sets_and_says_what_differs(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """And leaves nothing; what it found is in its folder, which its owner alone can read."""
    before = commserve.sets()
    said = bulkprov("probe", "--client", "client002", *options(commserve, password), "--names", "--yes", "-o", "found")

    assert said.code == 0
    assert commserve.sets() == before
    assert "Left behind: nothing." in said.out
    assert "Rehearse: bulkprov simulate --like found/probe.json" in said.out
    assert json.loads(Path("found/probe.json").read_text())["created"]["code"] == 0
    assert Path("found").stat().st_mode & 0o077 == 0
    again = bulkprov("probe", "--client", "client002", *options(commserve, password), "-o", "found")
    assert (again.code, again.out) == (2, "")
    assert "found holds a probe already" in again.err


def test_yes_counts_only_if_it_is_typed(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in the settings file or the environment is for runs."""
    monkeypatch.setenv("BULKPROV_YES", "true")
    Path("bulkprov.toml").write_text("yes = true\n")
    bulkprov("probe", "--client", "client001", *options(commserve, password))

    assert commserve.statistics.creates == 0


def test_as_json_it_is_one_object(bulkprov: Callable[..., Said], commserve: CommServe, password: Path) -> None:
    """With the findings, the differences and what is left."""
    said = bulkprov("probe", "--client", "client001", *options(commserve, password), "--yes", "--json", "-q")

    assert said.err == ""
    assert said.json["left"] == []
    assert said.json["exit_code"] == said.code == 0
    assert said.json["findings"]["repeated"]["end"] == "refused"
    assert {each["weight"] for each in said.json["differences"]} <= {"stop", "care", "know"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--client", "nowhere"], "--client nowhere: the CommServe has no such client"),
        (["--client", "client001", "--app", "Oracle"], "--app Oracle: the client's agents are"),
        (
            ["--client", "client001", "--instance", "ORCL"],
            "--instance ORCL: the instances of File System on this",
        ),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path, words: list[str], told: str
) -> None:
    """And no folder is left of it."""
    said = bulkprov("probe", *words, *options(commserve, password), "--yes", "-q")

    assert said.code == 2
    assert told in said.err
    assert not list(Path("reports").glob("*"))


@pytest.mark.parametrize("commserve", [{"fault": {"500-after": 1.0}}], indirect=True)
def test_what_it_could_not_understand_is_exit_1(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """Creates and deletes are answered with HTTP 500, and carried out all the same."""
    before = commserve.sets()
    said = bulkprov("probe", "--client", "client001", *options(commserve, password), "--yes")

    assert said.code == 1
    assert commserve.sets() == before
    assert "  STOP  The probe stopped (a create: HTTP 500 with" in said.out
    assert "Left behind: nothing." in said.out
