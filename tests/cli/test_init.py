"""A first run: asked for on a terminal, tried, and kept in a file of the user alone."""

import json
import os
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.__main__ import main
from bulkprov.cli import init
from bulkprov.errors import SettingsError
from bulkprov.settings import Access
from tests.end_to_end.conftest import CommServe, Said, command, password_file, running_commserve
from tests.schemas import check
from tests.terminal import Terminal

__all__ = ["command", "password_file", "running_commserve"]

Command = Callable[..., Said]
SERVER, USER, PASSWORD = "Web service", "User", "Password for"


@pytest.fixture(name="home")
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's own settings file would be."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("bulkprov.cli.config.user_config_path", lambda name: tmp_path / "config" / name)
    return tmp_path / "config" / "bulkprov"


@pytest.fixture(name="terminal")
def typing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Terminal]:
    """Commands on terminals, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BULKPROV_")]:
        monkeypatch.delenv(name)
    assert not home.exists()
    return Terminal


def test_what_is_answered_is_tried_and_kept_for_the_user_alone(
    terminal: type[Terminal], commserve: CommServe, home: Path
) -> None:
    """A wrong answer is asked for again, and a missing path at once; nothing is replaced without a yes."""
    first = terminal("init")
    first.answer(SERVER, "cs.example.com")
    first.answer(SERVER, commserve.url.removesuffix("/commandcenter/api"))
    first.answer("Its path (/ for none) [/commandcenter/api]", "")
    first.answer(USER, "admin")
    first.answer(PASSWORD, "simulator")
    code = first.end()

    kept = home / "bulkprov.toml"
    assert (code, tomllib.loads(kept.read_text())) == (0, {"server": commserve.url, "username": "admin"})
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, home)] == [0o600, 0o700]
    for told in (
        "begin with https://",
        "as admin: ",
        "bulkprov rerun RUN RUN/failed.xlsx",
    ):
        assert told in first.shown
    again = terminal("init")
    again.answer("Set server and log-in anew", "n")
    assert again.end() == 2
    assert "all else in it stays" in again.shown
    assert "--name" in again.shown
    assert [each.name for each in home.iterdir()] == ["bulkprov.toml"]


def test_a_wrong_password_is_said_plainly_and_nothing_is_kept(
    terminal: type[Terminal], commserve: CommServe, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for once more, as accounts lock; the command to try again has all that was answered.

    What was answered is not said to be from where something else was set.
    """
    monkeypatch.setenv("BULKPROV_USERNAME", "another")
    tried = terminal("init", "--server", commserve.url)
    tried.answer(USER, "admin")
    tried.answer(PASSWORD, "mistyped")
    tried.answer(PASSWORD, "mistyped again")

    assert tried.end() == 3
    assert "set in BULKPROV_USERNAME" not in tried.shown
    assert tried.shown.count("bulkprov: ") == 1
    assert f"Nothing was kept; to try again: bulkprov init --server {commserve.url} --username admin" in tried.shown
    assert "mistyped" not in tried.shown
    assert sum(commserve.statistics.requests.values()) == 2
    assert not home.exists()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_certificates_and_a_proxy_are_asked_for_only_where_they_are_used(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scheme: str
) -> None:
    """Plain http has none; a file that is not there is asked for again."""
    answers = iter((f"{scheme}://127.0.0.1:9/api", "admin", "nothing.pem", "", ""))
    asked: list[str] = []

    def ask(question: str, _default: str) -> str:
        asked.append(question.partition(" (")[0])
        return next(answers)

    def prepared(_access: Access) -> None:
        raise SettingsError("far enough")

    monkeypatch.setattr(init, "attended", lambda: True)
    monkeypatch.setattr(init, "ask", ask)
    monkeypatch.setattr(init, "prepared", prepared)
    with pytest.raises(SystemExit):
        main(["init"])

    more = ["File of CA certificates"] * 2 + ["Proxy"] if scheme == "https" else []
    assert asked == ["Web service", "User", *more]
    assert ("nothing.pem: no such file" in capsys.readouterr().err) is (scheme == "https")
    assert not home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="its files have no such rights")
def test_a_password_file_that_others_can_read_is_refused_before_any_question(
    terminal: type[Terminal], password: Path, home: Path
) -> None:
    """The answers would have to be typed again."""
    password.chmod(0o644)

    tried = terminal("init", "--password-file", str(password))

    assert (tried.end(), home.exists()) == (2, False)
    assert "can be read by others" in tried.shown
    assert SERVER not in tried.shown


def test_without_a_terminal_options_say_it_all(
    bulkprov: Command, commserve: CommServe, password: Path, home: Path
) -> None:
    """A profile is added to what is there, server and log-in are set anew beside it; secrets lie beside it."""
    home.mkdir(parents=True, mode=0o700)
    beside = home / "pw.txt"
    beside.write_text("simulator\n")
    beside.chmod(0o600)
    options = ("--server", commserve.url, "--username", "admin")

    missing = bulkprov("init")
    first = bulkprov("init", *options, "--password-file", beside, "--wire", "xml", "--json")
    second = bulkprov("init", *options, "--password-file", password, "--name", "prod's")
    third = bulkprov("init", *options, "--password-file", password)
    signed_in = bulkprov("login", "--profile", "prod's", "--json")

    assert missing.code == 2
    assert "there is no terminal to ask on: give --server URL, and --username NAME with" in missing.err
    check(json.loads(first.out))
    assert f"--password-file {password}" in second.out.partition("A wave in three commands")[2]
    assert tomllib.loads((home / "bulkprov.toml").read_text()) == {
        "server": commserve.url,
        "username": "admin",
        "wire": "xml",
        "password_file": "pw.txt",
        "profile": {"prod's": {"server": commserve.url, "username": "admin", "wire": "xml"}},
    }
    assert third.code == 2
    assert "stays as it is" in third.err
    assert signed_in.json["user"] == "admin", "the file is one that commands read"
    (home / "bulkprov.toml").write_text('rate = "5"  # mine\n' + (home / "bulkprov.toml").read_text())
    anew = bulkprov("init", "--server", commserve.url, "--username", "admin", "--password-file", beside, "--yes")
    kept = tomllib.loads((home / "bulkprov.toml").read_text())
    assert (anew.code, sorted(kept)) == (0, ["password_file", "profile", "rate", "server", "username", "wire"])
    assert "# mine" in (home / "bulkprov.toml").read_text()
    profile = ("init", *options, "--name", "prod's", "--password-file", beside)
    refused, changed = bulkprov(*profile), bulkprov(*profile, "--yes")
    assert refused.code == 2
    assert "has a profile prod's already; to set server and log-in anew, add --yes" in refused.err
    assert changed.code == 0
    assert tomllib.loads((home / "bulkprov.toml").read_text())["profile"]["prod's"]["password_file"] == "pw.txt"


@pytest.mark.skipif(sys.platform == "win32", reason="links take a privilege there")
def test_a_link_to_the_settings_stays_one(
    bulkprov: Command, commserve: CommServe, password: Path, home: Path, tmp_path: Path
) -> None:
    """Who keeps settings files in one place finds there what was answered."""
    kept = tmp_path / "dotfiles" / "bulkprov.toml"
    home.mkdir(parents=True, mode=0o700)
    (home / "bulkprov.toml").symlink_to(kept)

    bulkprov("init", "--server", commserve.url, "--username", "admin", "--password-file", password)

    assert (home / "bulkprov.toml").is_symlink()
    assert tomllib.loads(kept.read_text()) == {"server": commserve.url, "username": "admin"}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, kept.parent)] == [0o600, 0o700]
