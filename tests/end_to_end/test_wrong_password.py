"""A wrong password: asked for again once where it was typed, refused otherwise, and no run is left behind."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov import Access, BulkprovError, Credentials, provision
from bulkprov.simulator import RequestKind
from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import wave

Command = Callable[..., Said]
Types = Callable[..., list[str]]

REFUSED = "login refused: Invalid Username or Password."
AGAIN = f"{REFUSED} One more try: after a few wrong passwords the account is locked"


def log_ins(commserve: CommServe) -> int:
    """How many there were."""
    return int(commserve.statistics.requests[RequestKind.LOGIN])


@pytest.fixture(name="types")
def person_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Types:
    """Says what a person types for passwords, one after the other; returns the questions, as they come."""

    def types(*passwords: str) -> list[str]:
        asked: list[str] = []

        def answer(question: str) -> str:
            asked.append(question)
            return passwords[len(asked) - 1]

        monkeypatch.setattr("bulkprov.cli.signing_in.ask_password", answer)
        monkeypatch.setattr("bulkprov.cli.signing_in.attended", lambda: True)
        return asked

    return types


@pytest.fixture(name="sheet")
def small_wave(tmp_path: Path) -> Path:
    """Two rows."""
    return wave(tmp_path / "w.csv", [("client001", "FS_1"), ("client002", "FS_2")])


@pytest.mark.parametrize("words", [("run", "{sheet}", "-o", "one"), ("plan", "{sheet}"), ("login",)])
def test_a_second_password_is_the_last(
    bulkprov: Command, commserve: CommServe, types: Types, sheet: Path, words: tuple[str, ...]
) -> None:
    """Two log-ins, one line that says why there is no third, exit 3, and no folder."""
    asked = types("wrong", "wrong too", "simulator")

    said = bulkprov(*(word.format(sheet=sheet) for word in words), "--server", commserve.url, "--username", "admin")

    assert (said.code, said.out, log_ins(commserve)) == (3, "", 2)
    assert said.err.splitlines()[-2:] == [AGAIN, f"bulkprov: {REFUSED}"]
    assert asked == [f"admin on {commserve.url}"] * 2
    assert not Path("one").exists()
    assert not Path("reports").exists()


def test_no_password_at_the_second_prompt_ends_it(
    bulkprov: Command, commserve: CommServe, types: Types, sheet: Path
) -> None:
    """Return, or Ctrl-D: nothing is sent in its place."""
    types("wrong", "")

    said = bulkprov("run", sheet, "--server", commserve.url, "--username", "admin", "-o", "one")

    assert (said.code, log_ins(commserve), Path("one").exists()) == (3, 1, False)


def test_a_right_second_password_serves_the_whole_command(
    bulkprov: Command, commserve: CommServe, types: Types, sheet: Path
) -> None:
    """With --plan-first too: the refused one is never sent again."""
    types("wrong", "simulator")
    how = ("--server", commserve.url, "--username", "admin", "--plan-first", "-o", "one")

    said = bulkprov("run", sheet, *how)

    assert (said.code, log_ins(commserve)) == (0, 3), "one is refused, one is for the plan, one for the run"
    assert "2 rows: 2 created" in said.out
    assert b"wrong" not in Path("one/run.log").read_bytes()


def test_a_right_second_password_with_a_pin_is_sent_once(
    bulkprov: Command, types: Types, sheet: Path, tmp_path: Path
) -> None:
    """The session that it began serves the plan and the run."""
    from bulkprov.simulator import SimulatorSettings  # noqa: PLC0415

    types("wrong", "simulator123456")
    with CommServe(SimulatorSettings(password="simulator123456", state=tmp_path / "pin.sqlite")) as commserve:
        how = ("--server", commserve.url, "--username", "admin", "--plan-first", "-o", "one")
        said = bulkprov("run", sheet, *how)

        assert (said.code, log_ins(commserve)) == (0, 2)


@pytest.mark.parametrize("secret", ["file", "variable"])
def test_a_password_that_was_not_typed_is_not_asked_for(
    bulkprov: Command,
    commserve: CommServe,
    types: Types,
    sheet: Path,
    password: Path,
    secret: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even on a terminal: the file has to be put right. One line, and no folder."""
    asked = types("simulator")
    password.write_text("wrong\n")
    if secret == "variable":
        monkeypatch.setenv("BULKPROV_PASSWORD", "wrong")
    given = ("--password-file", password) if secret == "file" else ()

    said = bulkprov("run", sheet, "--server", commserve.url, "--username", "admin", *given)

    assert (said.code, said.out, asked, log_ins(commserve)) == (3, "", [], 1)
    assert said.err.splitlines()[-1] == f"bulkprov: {REFUSED}"
    assert not Path("reports").exists() or not list(Path("reports").iterdir())


def test_a_run_that_has_begun_stays_whatever_is_typed(
    bulkprov: Command, commserve: CommServe, sheet: Path, password: Path, types: Types
) -> None:
    """Its rows, its results, and the right to go on with it."""
    how = ("--server", commserve.url, "--username", "admin")
    bulkprov("run", sheet, *how, "--password-file", password, "--limit", "1", "-o", "one")
    types("wrong", "wrong", "wrong", "wrong")

    refused = bulkprov("resume", "one", *how)
    rerun = bulkprov("rerun", "one", *how, "-o", "two")
    went_on = bulkprov("resume", "one", *how, "--password-file", password)

    assert (refused.code, rerun.code, Path("two").exists(), went_on.code) == (3, 3, False, 0)
    assert "2 created" in went_on.out


def test_a_token_that_is_refused_leaves_no_run_either(
    bulkprov: Command, commserve: CommServe, sheet: Path, password: Path
) -> None:
    """Nothing was sent with it."""
    password.write_text("QSDK of yesterday")

    said = bulkprov("run", sheet, "--server", commserve.url, "--token-file", password, "-o", "one")

    assert (said.code, said.out, Path("one").exists()) == (3, "", False)
    assert said.err.splitlines()[-1] == "bulkprov: the server rejected the token (HTTP 401); get a new one"


def test_a_program_is_told_and_no_run_is_left(commserve: CommServe, tmp_path: Path) -> None:
    """It may call again with another password and the same folder."""
    wrong, right = (Credentials(username="admin", password=each) for each in ("wrong", "simulator"))
    access, folder = Access(server=commserve.url), tmp_path / "one"
    rows = [{"clientName": "client001", "backupsetName": "FS_1"}]
    with pytest.raises(BulkprovError, match=REFUSED):
        asyncio.run(provision(rows, access=access, credentials=wrong, folder=folder))
    assert not folder.exists()

    done = asyncio.run(provision(rows, access=access, credentials=right, folder=folder))

    assert [row.status.value for row in done] == ["created"]


def test_on_a_real_terminal(commserve: CommServe, tmp_path: Path, sheet: Path) -> None:
    """A pseudo-terminal: nothing that is typed is shown, and the second password goes on."""
    pty = pytest.importorskip("pty", reason="only POSIX has pseudo-terminals")
    keyboard, end = pty.openpty()
    words = ("run", sheet, "--server", commserve.url, "--username", "admin", "--settle", "0.3", "-o", "one")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bulkprov", *map(str, words)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("BULKPROV_")},
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
    )
    os.close(end)
    shown, typed = b"", 0
    try:
        while piece := _read(keyboard):
            shown += piece
            if shown.count(b"Password for ") > typed:
                os.write(keyboard, (b"not-this\n", b"simulator\n")[typed])
                typed += 1
    finally:
        os.close(keyboard)

    assert process.wait(30) == 0, shown
    assert AGAIN.encode() in shown
    assert b"2 rows: 2 created" in shown
    assert b"not-this" not in shown


def _read(terminal: int) -> bytes:
    """What is shown next; nothing once the process has let go of the terminal."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""
