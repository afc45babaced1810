"""The command that serves a simulator."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from dataclasses import fields
from pathlib import Path

import pytest

from bulkprov.__main__ import main
from bulkprov.cli import simulate
from bulkprov.cli.simulate import _faults_listed
from bulkprov.probe.answers import Said
from bulkprov.probe.findings import Delay, Findings, Tried, to_file
from bulkprov.simulator import FAULTS, SimulatorSettings
from tests.end_to_end.results import wave


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    with pytest.raises(SystemExit) as left:
        main(words)
    assert not left.value.code
    return capsys.readouterr().out


def test_every_fault_is_told_by_a_list_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names the list, and fits a screen."""
    text = said(capsys, "simulate", "--help")
    assert "--list-faults" in text
    assert len(text.splitlines()) <= 45
    listed = said(capsys, "simulate", "--list-faults")

    for fault in FAULTS.values():
        assert f"{fault.name} " in listed
        assert fault.description in listed


def test_faults_stand_in_two_columns_on_a_terminal() -> None:
    """What does not fit goes on below itself."""
    lines = list(_faults_listed(60))

    assert lines[:2] == [
        "drop-before              not processed; connection closed",
        "                         without a response",
    ]
    assert all(len(line) <= 60 for line in lines)


def test_every_setting_is_an_option_under_a_heading_or_cannot_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """What it means is said where the setting is."""
    text = said(capsys, "simulate", "--list-options")
    typed = {each.name for each in fields(SimulatorSettings)} - {"estate", "fault", "refusals"}

    for name in typed:
        assert re.search(rf"^  --{name.replace('_', '-')}: ", text, re.MULTILINE), name
    for name in ("estate", "like", "fault"):
        assert f"  --{name}: " in text, "those that are no settings as they are"
    assert "--refusals" not in text
    assert not re.search(r"\(\)|None|True|False", text), "no Python"
    assert "[default: on; --no-descriptions turns it off]" in text
    for heading in ("Shape of replies", "Names and descriptions", "Refusals", "Lists and reads", "Load", "Faults"):
        assert f"{heading}:" in text.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_it_serves_an_estate_from_a_sheet_until_it_is_told_to_end(tmp_path: Path) -> None:
    """The sets of the sheet are there, the statistics tell what was asked, and SIGINT is a clean end."""
    estate = wave(tmp_path / "estate.csv", [("fileserver", "Old"), ("mailserver", "Old")])
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulkprov", "simulate", "--estate", str(estate), "--fault", "slow=0"],
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stderr
        first, to_try, last = (command.stderr.readline() for _ in range(3))
        (url,) = re.findall(r"http://\S+(?=\.)", last)
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
            statistics = json.load(answer)
        os.kill(command.pid, signal.SIGINT)

    assert "user admin, password simulator" in first
    assert "bulkprov init --name rehearsal --server http://127.0.0.1:" in to_try
    assert statistics["creates"] == 0
    assert command.returncode == 0


@pytest.mark.parametrize(
    ("words", "lag", "refuses"),
    [([], 10.0, False), (["--list-lag", "0"], 0.0, False), (["--refuse-duplicates"], 10.0, True)],
)
def test_what_is_typed_beats_the_server_that_was_probed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], lag: float, refuses: bool
) -> None:
    """Even where it is what the simulator does anyway."""
    served: list[SimulatorSettings] = []

    async def serve(settings: SimulatorSettings) -> None:
        served.append(settings)

    monkeypatch.setattr(simulate, "_serve", serve)
    made = Tried(end="made", said=Said(http=200, code=0))
    to_file(tmp_path / "probe.json", Findings(listed=Delay(unseen=5.0, seen=15.0), repeated=made))
    with pytest.raises(SystemExit) as left:
        main(["simulate", "--like", str(tmp_path / "probe.json"), *words])

    assert not left.value.code
    assert [(each.list_lag, each.refuse_duplicates) for each in served] == [(lag, refuses)]


@pytest.mark.parametrize("text", ["{}", "[", '{"format": 1, "listed": {"unseen": -8, "seen": -8}}', "\x00"])
def test_a_file_that_is_no_probe_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """With what is wrong with it."""
    (tmp_path / "probe.json").write_text(text)
    with pytest.raises(SystemExit) as left:
        main(["simulate", "--like", str(tmp_path / "probe.json")])

    assert left.value.code == 2
    assert re.fullmatch(r"bulkprov: .+\n", capsys.readouterr().err)
