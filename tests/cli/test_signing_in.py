"""What settings keep for one server is not sent to another, nor by a way that other settings name."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.cli import config
from bulkprov.errors import ExitCode
from bulkprov.simulator.http_messages import RequestKind
from tests.end_to_end.conftest import CommServe, Said, command, running_commserve
from tests.end_to_end.results import wave

Command = Callable[..., Said]
bulkprov, commserve = command, running_commserve

ELSEWHERE = "https://cs.example.com/commandcenter/api"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own settings file, with a file of the simulator's password beside it."""
    monkeypatch.setattr(config, "user_config_path", lambda _name: tmp_path / "user")
    path = config.user_file()
    path.parent.mkdir()
    (path.parent / "pw.txt").write_text("simulator")
    (path.parent / "pw.txt").chmod(0o600)
    return path


def test_the_password_that_settings_keep_for_one_server_is_not_sent_to_another(
    bulkprov: Command, commserve: CommServe, settings: Path, tmp_path: Path
) -> None:
    """Whether that is typed, named by a nearer file, or is that of a run; a password file that is typed is sent."""

    def keep(server: str) -> None:
        settings.write_text(f"server = '{server}'\nusername = 'admin'\npassword_file = 'pw.txt'\n")

    keep(commserve.url.replace("commandcenter", "webconsole"))
    bulkprov("run", wave(tmp_path / "w.csv", [("client001", "A")]), "--server", commserve.url, "-o", "run")
    assert commserve.statistics.requests[RequestKind.LOGIN] == 1, "another path on the same host is its own"
    keep(ELSEWHERE)

    told = f"password_file in {settings} is for {ELSEWHERE}, and is not sent to {commserve.url}. "
    more = f"To send it there all the same: --password-file {settings.parent / 'pw.txt'}\n"
    for words in (("login", "--server", commserve.url), ("verify", "run"), ("rollback", "run", "--yes")):
        said = bulkprov(*words)
        assert (said.code, said.err.count(told + more)) == (ExitCode.UNUSABLE, 1), words
        assert "no password" in said.err
    Path("bulkprov.toml").write_text(f"server = '{commserve.url}'\n")
    assert told in bulkprov("login").err
    assert commserve.statistics.requests[RequestKind.LOGIN] == 1
    assert bulkprov("login", "--password-file", settings.parent / "pw.txt").code == 0


def test_a_token_and_the_password_of_a_proxy_are_kept_to_their_places_too(bulkprov: Command, settings: Path) -> None:
    """A file that names no server keeps them for any."""
    proxy = "proxy = 'http://127.0.0.1:1'\nproxy_username = 'ops'\nproxy_password_file = 'pw.txt'\n"
    settings.write_text(f"{proxy}token_file = 'pw.txt'\nserver = '{ELSEWHERE}'\n")

    said = bulkprov("login", "--server", "https://127.0.0.1:9/api", "--proxy", "http://127.0.0.1:2")
    assert "token_file in" in said.err
    assert "is not sent to https://127.0.0.1:9/api" in said.err
    assert "is for http://127.0.0.1:1, and is not sent to http://127.0.0.1:2" in said.err
    settings.write_text("token_file = 'pw.txt'\n")
    assert "is not sent" not in bulkprov("login", "--server", "http://127.0.0.1:9/api").err


@pytest.mark.parametrize(
    ("own", "folder", "profile", "why"),
    [
        ("server = 'S'", "proxy = 'http://127.0.0.1:1'", "", "is not sent by the proxy in bulkprov.toml"),
        ("server = 'S'", "ca_file = 'ca.pem'", "", "is not sent by the ca_file in bulkprov.toml"),
        ("server = 'S'", "[profile.x]\nproxy = 'http://127.0.0.1:1'", "x", "is not sent by the proxy in bulkprov.toml"),
        ("[profile.a]\nserver = 'S'", "server = 'E'", "", "is for S, and is not sent to E"),
        ("[profile.a]\nserver = 'S'\n[profile.b]\nserver = 'T'", "server = 'E'", "a", ""),
        ("[profile.a]\nserver = 'S'\n[profile.b]\nserver = 'T'", "server = 'E'", "", "is for S or T, and is not"),
        ("", "server = 'E'", "", "is not sent to E, the server in bulkprov.toml"),
        ("server = 'S'\n[profile.b]\nserver = 'T'", "", "b", "is for S, and is not sent to T"),
        ("[profile.a]\nserver = 'S'", "[profile.a]\nwire = 'xml'", "a", ""),
        ("proxy = 'http://127.0.0.1:1'\n[profile.a]\nserver = 'S'", "server = 'S'", "a", ""),
    ],
)
def test_a_folder_that_was_handed_over_gets_no_token_of_the_users_own_settings(
    bulkprov: Command, settings: Path, own: str, folder: str, profile: str, why: str
) -> None:
    """Neither by a server nor by a proxy or a CA of theirs; and the token of one part of a file is for its server."""

    def named(text: str) -> str:
        for port, name in enumerate("STE", 2):
            text = text.replace(f"'{name}'", f"'https://127.0.0.1:{port}/api'")
            text = re.sub(rf"\b{name}\b", f"https://127.0.0.1:{port}/api", text)
        return text

    settings.write_text(named(f"token_file = 'pw.txt'\n{own}\n"))
    Path("bulkprov.toml").write_text(named(folder))
    words = ["login", *(["--profile", profile] if profile else [])]

    said = bulkprov(*words)
    assert ("is not sent" in said.err) == bool(why)
    if why:
        assert f"token_file in {settings} {named(why)}" in said.err
        assert said.code == ExitCode.UNUSABLE
        assert "is not sent" not in bulkprov(*words, "--token-file", settings.parent / "pw.txt").err, "it is if typed"


def test_a_folders_token_may_go_by_the_proxy_of_the_users_own_settings(bulkprov: Command, settings: Path) -> None:
    """And by what was typed, or is from a variable: both are the user's."""
    settings.write_text("proxy = 'http://127.0.0.1:1'\n")
    Path("bulkprov.toml").write_text("token_file = 'pw.txt'\nserver = 'https://127.0.0.1:2/api'\n")
    Path("pw.txt").write_text("simulator")
    Path("pw.txt").chmod(0o600)

    assert "is not sent" not in bulkprov("login").err
