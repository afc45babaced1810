"""Options from the environment and the settings file."""

from pathlib import Path

import pytest

from bulkprov.__main__ import main
from bulkprov.cli.config import file_options, wants_json
from bulkprov.errors import SettingsError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert capsys.readouterr().err == 'bulkprov: Command "run" parameter --config requires an argument.\n'


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
