"""The command `probe`."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path

import pytest

from bulkprov.cli import probe as command
from bulkprov.errors import StorageError
from bulkprov.probe.answers import Heard
from bulkprov.probe.diary import Diary
from bulkprov.probe.execute import execute
from bulkprov.probe.server import Server, Tempo
from tests.end_to_end.conftest import CommServe, Said, password_file, running_commserve
from tests.end_to_end.conftest import command as _command
from tests.end_to_end.results import wave
from tests.probe.probing import KilledError

bulkprov, password, commserve = _command, password_file, running_commserve


FAST = Tempo(pace=0.0, looks=(0.0, 0.1, 0.3), settle=0.2)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes that do not wait."""
    monkeypatch.setattr(command, "execute", partial(execute, tempo=FAST))


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
    assert {each["weight"] for each in said.json["differences"]} <= {"stop", "care", "note"}
    assert said.json["verdict"] == "A wave can be run here."
    assert said.json["error"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--client", "nowhere"], "--client nowhere: the CommServe has no such client"),
        (["--client", ""], "--client is empty"),
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


def killed(bulkprov: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    """Let a probe die as soon as it has made a set."""

    def die(*_facts: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Diary, "made", die)
        with pytest.raises(KilledError):
            bulkprov("probe", *words, "--yes", "-q")


@pytest.mark.parametrize("output", [(), ("-o", "found"), ("-o", "deep/down/found"), ("-o", ".")])
def test_said_again_as_it_was_it_cleans_up_and_goes_on(
    bulkprov: Callable[..., Said],
    commserve: CommServe,
    password: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: tuple[str, ...],
) -> None:
    """Wherever its folder is; without --yes it says what is there, and touches nothing."""
    before = commserve.sets()
    words = ["--client", "client001", *options(commserve, password), *output]
    killed(bulkprov, monkeypatch, *words)
    assert commserve.sets() != before
    reads = bulkprov("probe", *words)
    assert commserve.sets() != before
    if output:
        assert reads.code == 2
        assert "holds a probe that did not end: add --yes to delete what it made" in reads.err
    else:
        assert "did not end: with --yes, its sets are deleted first" in reads.err
    again = bulkprov("probe", *words, "--yes")

    assert again.code == 0, again.err
    assert "cleaning up after the probe in" in again.err
    assert commserve.sets() == before
    more = bulkprov("probe", *words, "--yes", "-q")
    assert (more.code, "holds a probe already" in more.err) == ((2, True) if output else (0, False))


@pytest.mark.parametrize("output", [(), ("-o", "deep/down/found")])
def test_the_command_that_cleans_up_finds_what_is_left(
    bulkprov: Callable[..., Said],
    commserve: CommServe,
    password: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: tuple[str, ...],
) -> None:
    """Just as it is printed."""
    before = commserve.sets()

    async def refuse(_self: Server, _path: str) -> Heard:
        return Heard(why="refused")

    with monkeypatch.context() as patched:
        patched.setattr(Server, "delete", refuse)
        left = bulkprov("probe", "--client", "client001", *options(commserve, password), "--yes", "-q", *output)
    assert left.code == 1
    assert "Left behind:\n  id " in left.out
    clean_up = shlex.split(left.out.partition("Clean up: bulkprov ")[2].splitlines()[0])
    again = bulkprov(*clean_up)

    assert again.code == 0
    assert commserve.sets() == before


def test_a_folder_that_was_there_stays(bulkprov: Callable[..., Said], commserve: CommServe, password: Path) -> None:
    """Though nothing came to be in it; one that was made for the probe is taken away."""
    Path("mine").mkdir()
    for folder in ("mine", "new"):
        bulkprov("probe", "--client", "nowhere", *options(commserve, password), "-o", folder)

    assert Path("mine").is_dir()
    assert not Path("new").exists()


def test_two_probes_in_one_second_have_a_folder_each(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither writes over what the other found."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 1, 2, 3, 4, 5, tzinfo=tz)

    monkeypatch.setattr(command, "datetime", Clock)
    for _ in range(3):
        assert bulkprov("probe", "--client", "client001", *options(commserve, password), "-q").code == 0

    names = sorted(path.parent.name for path in Path("reports").glob("*/probe.json"))
    assert names == ["probe-20260102-030405", "probe-20260102-030405-2", "probe-20260102-030405-3"]


def test_nobody_has_to_listen(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that is closed does not keep it from cleaning up."""
    before = commserve.sets()

    def closed(_line: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(command, "say", closed)
    said = bulkprov("probe", "--client", "client001", *options(commserve, password), "--yes")

    assert said.code == 0
    assert commserve.sets() == before


@pytest.mark.parametrize("as_json", [False, True])
def test_what_cannot_be_written_is_exit_5_and_said_with_all_else(
    bulkprov: Callable[..., Said],
    commserve: CommServe,
    password: Path,
    monkeypatch: pytest.MonkeyPatch,
    as_json: bool,
) -> None:
    """The findings of a minute are not lost."""

    def full(path: Path, _findings: object) -> None:
        raise StorageError(f"{path} cannot be written: No space left on device")

    monkeypatch.setattr("bulkprov.probe.execute.to_file", full)
    words = ["--json"] if as_json else []
    said = bulkprov("probe", "--client", "client001", *options(commserve, password), "--yes", *words)

    assert said.code == 5
    assert "probe.json cannot be written: No space left" in said.err
    if as_json:
        assert (said.json["exit_code"], said.json["findings"]["description"]) == (5, "kept")
        assert "No space left" in said.json["error"]
    else:
        assert "description of a create" in said.out
        assert "Findings:" not in said.out
        assert "Rehearse:" not in said.out


def test_options_of_the_sheet_are_in_the_command_that_goes_on(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """It has to read the sheet once more."""
    Path("wave.csv").write_text("clientName;backupsetName\nclient001;One\n")
    said = bulkprov(
        "probe", "wave.csv", "--client", "client001", *options(commserve, password), "--delimiter", ";", "-q"
    )

    assert "--delimiter" in said.out.partition("Go on:")[2]


FASTER = """
from functools import partial
from bulkprov.__main__ import main
from bulkprov.cli import probe
from bulkprov.probe.server import Tempo
probe.execute = partial(probe.execute, tempo=Tempo(pace=0.1, looks=(0.0, 0.2, 0.5), settle=0.5))
main()
"""
"""The command with probes that wait less."""
DEAF = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
"""
"""A process that ignores Ctrl-C: what a shell starts in the background, where it has no job control."""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("number", "code", "ignores"), [("SIGINT", 130, False), ("SIGTERM", 143, True), ("SIGHUP", 143, False)]
)
def test_a_signal_ends_it_and_it_cleans_up(
    commserve: CommServe, password: Path, number: str, code: int, *, ignores: bool
) -> None:
    """A process of its own, which has just made a set; also one that was told to ignore Ctrl-C, as by a script."""
    before = commserve.sets()
    words = ["--client", "client001", *options(commserve, password), "--yes"]
    with process(*words, cwd=password.parent, script=(DEAF if ignores else "") + FASTER) as started:
        until(started, "making it again")
        assert commserve.sets() != before
        started.send_signal(getattr(signal, number))
        out, err = started.communicate(timeout=60)

    assert started.returncode == code, err
    assert "Traceback" not in err
    assert "cleaning up" in err
    assert "id 931" not in out
    assert commserve.sets() == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize("commserve", [{"latency": 0.3}], indirect=True)
def test_a_second_signal_quits_and_the_next_probe_cleans_up(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """The server takes its time, so that the second one comes in the middle of the clean-up."""
    before, words = commserve.sets(), [*options(commserve, password), "--yes", "-o", "found"]
    with process("--client", "client001", *words, cwd=password.parent) as started:
        until(started, "making it again")
        started.send_signal(signal.SIGTERM)
        until(started, "cleaning up")
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=60)

    assert (started.returncode, out) == (130, "")
    assert err == "bulkprov: interrupted; what a probe has made, the next one with --yes deletes first\n"
    assert commserve.sets() != before
    bulkprov("probe", "--client", "nowhere", *words)  # to go no further than that
    assert commserve.sets() == before


def process(*words: object, cwd: Path, script: str = FASTER) -> "subprocess.Popen[str]":
    """The command as a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", script, "probe", *map(str, words)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(started: "subprocess.Popen[str]", words: str) -> None:
    """Wait until a process has said something."""
    assert started.stderr
    said = ""
    for line in started.stderr:
        said += line
        if words in line:
            return
    pytest.fail(f"it said {said!r}")
