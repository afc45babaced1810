"""Options from the environment and the settings file."""

import os
from pathlib import Path

import pytest

from bulkprov.__main__ import main
from bulkprov.cli import config
from bulkprov.cli.config import file_options, wants_json
from bulkprov.cli.origins import origin
from bulkprov.errors import SettingsError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a user who has no settings file."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(config, "user_config_path", lambda _name: tmp_path / "user")
    return tmp_path / "here"


@pytest.fixture(name="user")
def of_the_user(tmp_path: Path) -> Path:
    """The user's own settings file."""
    (tmp_path / "user").mkdir()
    return tmp_path / "user" / "bulkprov.toml"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("run wave.csv --json", True),
        ("run wave.csv --json=yes", True),
        ("run wave.csv --json=no", False),
        ("run wave.csv --json=maybe", False),
        ("runs --json --json=false", True),
        ("run wave.csv --json --config one.toml --config two.toml", True),
        ("run wave.csv --no-such-option --json", True),
        ("run --no-such-option wave.csv -qv --json", True),
        ("rn wave.csv --json", True),
        ("--json", True),
        ("run wave.csv --json --config", True),
        ("run wave.csv --json --config nowhere.toml", True),
        ("run wave.csv --config json.toml", True),
        ("run wave.csv --config=json.toml", True),
        ("run wave.csv --config json.toml --json=no", False),
        ("run wave.csv --config json.toml --profile people", False),
        ("run -- --json", False),
        ("run wave.csv", False),
        ("", False),
        ("__complete run --json", False),
    ],
)
def test_json_is_understood_on_any_command_line(here: Path, words: str, wanted: bool) -> None:
    """Above all on one that is wrong: the complaint has to come in the form that was asked for."""
    (here / "json.toml").write_text("json = true\n[profile.people]\njson = false\n")

    assert wants_json(words.split()) is wanted


def test_an_option_without_its_value_is_told_by_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Even one that is looked for before the command's own options are read."""
    with pytest.raises(SystemExit) as left:
        main(["run", "wave.csv", "--config"])

    assert left.value.code == 2
    assert capsys.readouterr().err == "bulkprov: --config needs a value\n"


def test_the_options_of_the_file_are_those_of_its_profile(here: Path) -> None:
    """With underscores, a time of day as text, and without what the profile replaces."""
    (here / "bulkprov.toml").write_text(
        "server = 'https://cs.example.com/api'\nmax-errors = 5\nuntil = 06:00:00\n[profile.lab]\nsimulate = true\n"
        "[[error]]\ncode = 7\nmeans = 'no licence'\n"
    )

    assert file_options(None, "") == {"server": "https://cs.example.com/api", "max_errors": 5, "until": "06:00"}
    assert file_options(None, "lab") == {"max_errors": 5, "until": "06:00", "simulate": True}
    assert file_options(here / "bulkprov.toml", "lab") == file_options(None, "lab")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"json = \xff", "not UTF-8 text"),
        (b"json", "bulkprov.toml: "),
        (b'token-file = "C:\\Users\\ops\\token.txt"', "in single quotes"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(here: Path, content: bytes, told: str) -> None:
    """With what to do, where that is known."""
    (here / "bulkprov.toml").write_bytes(content)

    with pytest.raises(SettingsError, match=r"bulkprov\.toml") as caught:
        file_options(None, "")
    assert told in str(caught.value)


def test_a_byte_order_mark_does_no_harm(here: Path) -> None:
    """Editors on Windows write one."""
    (here / "bulkprov.toml").write_text("yes = true\n", encoding="utf-8-sig")

    assert file_options(None, "") == {"yes": True}


def test_the_users_own_file_is_the_home_of_profiles(here: Path, user: Path) -> None:
    """The working directory's file beats it, and a profile beats the rest of both."""
    user.write_text("rate = '5'\nlimit = 1\n[profile.prod]\nserver = 'https://prod/api'\nusername = 'ops'\n")
    (here / "bulkprov.toml").write_text("limit = 2\nsimulate = true\n[profile.prod]\nusername = 'night'\n")

    assert file_options(None, "") == {"rate": "5", "limit": 2, "simulate": True}
    assert file_options(None, "prod") == {
        "server": "https://prod/api",
        "username": "night",
        "rate": "5",
        "limit": 2,
    }
    assert file_options(here / "bulkprov.toml", "prod") == {"username": "night", "limit": 2, "simulate": True}


def test_a_profile_that_no_file_has_is_told_with_those_there_are(here: Path, user: Path) -> None:
    """Of each file."""
    user.write_text("[profile.prod]\nwire = 'xml'\n")
    (here / "bulkprov.toml").write_text("yes = true\n")

    with pytest.raises(SettingsError) as refused:
        file_options(None, "lab")
    known = f"bulkprov.toml has: none; {user} has: prod"
    assert str(refused.value) == f"no profile lab; {known}. To make it: `bulkprov init --name lab`"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")
def test_a_file_that_others_can_write_is_refused(here: Path) -> None:
    """They could name a server or a proxy that gets the password."""
    (here / "bulkprov.toml").write_text("proxy = 'http://theirs:3128'\n")
    (here / "bulkprov.toml").chmod(0o666)

    with pytest.raises(SettingsError, match=r"bulkprov\.toml: others can write it; make it your own first: chmod go-w"):
        file_options(None, "")


@pytest.mark.parametrize("where", ["insecure = true\n", "[profile.prod]\ninsecure = true\n"])
def test_insecure_must_be_typed(here: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no setting that is made once and forgotten."""
    (here / "bulkprov.toml").write_text(where)
    with pytest.raises(SettingsError, match="insecure exposes the token: type --insecure, each time"):
        file_options(None, "")

    (here / "bulkprov.toml").write_text("insecure = false\n")
    assert file_options(None, "") == {"insecure": False}
    monkeypatch.setenv("BULKPROV_INSECURE", "true")
    with pytest.raises(SystemExit) as left:
        main(["login", "--server", "https://cs.invalid/api"])
    assert left.value.code == 2


@pytest.mark.parametrize(
    "name", ["/home/ops/.ssh/id_rsa", "../id_rsa", "a/../../id_rsa", "C:\\keys\\id", "\\\\host\\key"]
)
@pytest.mark.parametrize("key", ["token_file", "password-file"])
def test_a_file_of_secrets_that_a_settings_file_names_is_beside_it(here: Path, key: str, name: str) -> None:
    """Otherwise a settings file could have any private file of the user sent somewhere."""
    (here / "bulkprov.toml").write_text(f"{key} = '{name}'\n")

    option = f"--{key.replace('_', '-')}"
    with pytest.raises(SettingsError, match=f"{key} must be beside this file, or below it; .* type {option}"):
        file_options(None, "")


def test_it_is_found_from_wherever_the_command_is_typed(user: Path) -> None:
    """It is beside the settings file, not in the working directory."""
    user.write_text("token-file = 'secrets/token'\n")

    assert file_options(None, "") == {"token_file": str(user.parent / "secrets/token")}


def test_where_an_option_was_set_is_known_unless_it_was_typed(
    here: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable or a file; for the line that is shown before the log-in."""
    user.write_text("server = 'https://127.0.0.1:9/api'\n")
    (here / "bulkprov.toml").write_text("proxy = 'http://127.0.0.1:9'\n")
    monkeypatch.setenv("BULKPROV_CA_FILE", "ca.pem")
    with pytest.raises(SystemExit):
        main(["login", "--username", "ops"])

    assert [origin(option) for option in ("server", "proxy", "ca_file", "username", "timeout")] == [
        str(user),
        "bulkprov.toml",
        "BULKPROV_CA_FILE",
        "",
        "",
    ]
