"""Credentials: from which options and files they come, and which files with secrets are refused."""

import os
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.credentials import Credentials, read_secret
from bulkprov.errors import SettingsError
from bulkprov.settings import Access


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that its owner alone can read."""
    file = tmp_path / "token"
    file.write_text("\ufeff QSDK canary\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    ("option", "password", "once"),
    [
        ("auto", "secret123456", True),
        ("auto", "secret", False),
        ("yes", "secret", True),
        ("no", "secret123456", False),
    ],
)
def test_a_password_that_may_end_in_a_pin_is_sent_once(option: Any, password: str, once: bool) -> None:
    """Unless it is said that it does not; or if it is said that it does."""
    access = Access(username="ops", one_time_pin=option)

    assert Credentials.of(access, lambda _user: password).sent_once is once
    assert not Credentials(token="QSDK 123456").sent_once


def test_a_secret_is_read_from_a_file_without_white_space_around_it(secret: Path) -> None:
    """Nor the mark that some editors put at the beginning."""
    assert read_secret(secret, "BULKPROV_NOTHING") == "QSDK canary"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_secret_is_read_as_windows_writes_text(secret: Path, encoding: str) -> None:
    """PowerShell 5 makes UTF-16 of `"..." > token.txt`."""
    secret.write_text("QSDK canary\r\n", encoding=encoding)

    assert read_secret(secret, "BULKPROV_NOTHING") == "QSDK canary"


def test_a_file_beats_the_environment(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is asked when there is no file."""
    monkeypatch.setenv("BULKPROV_SOMETHING", " from there ")

    assert read_secret(secret, "BULKPROV_SOMETHING") == "QSDK canary"
    assert read_secret(None, "BULKPROV_SOMETHING") == "from there"
    assert read_secret(None, "BULKPROV_NOTHING") == ""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_secret_that_others_can_read_is_refused(secret: Path, mode: int) -> None:
    """As ssh does; the message says what to do, and not what is in the file."""
    secret.chmod(mode)
    with pytest.raises(SettingsError, match="can be read by others; make it private first: chmod 600 ") as caught:
        read_secret(secret, "BULKPROV_NOTHING")

    assert "canary" not in str(caught.value)


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    """Not there, empty, not text, a folder: one line each, with the file's name."""
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe\x00")
    for file in (empty, binary):
        file.chmod(0o600)

    for file, words in ((empty, "is empty"), (binary, "not UTF-8 text"), (tmp_path / "no", "No such file")):
        with pytest.raises(SettingsError, match=words) as caught:
            read_secret(file, "BULKPROV_NOTHING")
        assert str(file) in str(caught.value)
    with pytest.raises(SettingsError, match="Is a directory"):
        read_secret(tmp_path, "BULKPROV_NOTHING")


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in the environment."""
    monkeypatch.delenv("BULKPROV_TOKEN", raising=False)
    monkeypatch.delenv("BULKPROV_PASSWORD", raising=False)


def collected(answer: str = "", **options: Any) -> Credentials:
    """The credentials for these options, with this answer to the question for a password."""
    return Credentials.of(Access(**options), lambda _user: answer)


def test_a_token_comes_from_its_file_or_the_environment(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's is taken if there are both."""
    monkeypatch.setenv("BULKPROV_TOKEN", "Bearer from-there")

    assert collected() == Credentials(token="Bearer from-there")
    assert collected(token_file=secret) == Credentials(token="QSDK canary")


def test_a_password_is_asked_for_only_if_it_is_nowhere(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's is taken before the environment's, and that before the answer."""
    assert collected("typed", username="ann") == Credentials(username="ann", password="typed", asked=True)
    monkeypatch.setenv("BULKPROV_PASSWORD", "from there")
    assert collected("typed", username="ann").password == "from there"
    assert collected("typed", username="ann", password_file=secret).password == "QSDK canary"


def test_no_credentials_and_two_kinds_of_them_are_refused(secret: Path) -> None:
    """With the options that would do."""
    with pytest.raises(SettingsError, match="no credentials: give --token-file FILE, or --username NAME"):
        collected()
    with pytest.raises(SettingsError, match="no password: give --password-file FILE, or set BULKPROV_PASSWORD"):
        collected(username="ann")
    with pytest.raises(SettingsError, match="--username and --token-file cannot be used together"):
        collected(username="ann", token_file=secret)
    with pytest.raises(SettingsError, match=r"the password in .* is for no user: add --username NAME"):
        collected(password_file=secret)


@pytest.mark.parametrize("token", ["QSDK a\nb", "QSDK ümlaut"])
def test_a_token_that_no_header_can_hold_is_refused(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would end the request's header, or be sent as something else; the message does not show it."""
    monkeypatch.setenv("BULKPROV_TOKEN", token)
    with pytest.raises(SettingsError, match="one line of ASCII") as caught:
        collected()

    assert token not in str(caught.value)


def test_credentials_do_not_show_themselves() -> None:
    """A traceback or a log prints what it is given."""
    assert "canary" not in repr(Credentials(token="canary", password="canary"))
