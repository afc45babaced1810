"""The change window: canary, time of day, error budget, profiles and the check before all of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave

INPUTS = Path(__file__).parents[2] / "inputs"

Command = Callable[..., Said]


def options(commserve: CommServe, password: Path, *more: object) -> tuple[object, ...]:
    """How to reach the CommServe."""
    return ("--server", commserve.url, "--username", "admin", "--password-file", password, "--json", *more)


def good(number: int) -> list[tuple[str, ...]]:
    """Rows that succeed."""
    return [(f"client{n % 60 + 1:03d}", f"FS_{n:03d}") for n in range(number)]


def test_a_plan_that_is_not_clean_stops_the_run_before_anything_is_sent(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Exit 3 and the rows that would not be created, with --yes too, and again in a resume; without a plan they go."""
    sheet = wave(tmp_path / "w.csv", [("nobody", "A"), *good(5)])

    said = bulkprov("run", sheet, *options(commserve, password, "--plan-first", "--yes", "-o", "run"))

    assert (said.code, said.json["would-create"], commserve.statistics.creates) == (3, 5, 0)
    assert "1 row would not succeed" in said.json["error"]
    kept = {row["clientName"]: (row["status"], row["note"]) for row in read(Path("run/results.xlsx"))}
    assert kept["nobody"][0] == "client-not-found"
    assert kept["nobody"][1].startswith('there is no client "nobody"')
    assert kept["client001"] == ("would-create", None)
    assert [row["clientName"] for row in read(Path("run/failed.xlsx"))] == ["nobody"]
    shown = bulkprov("report", "run")
    assert '1 client-not-found: there is no client "nobody"' in shown.out
    assert shown.out.splitlines()[-1] == "Go on:    bulkprov rerun run run/failed.xlsx"
    again = bulkprov("resume", "run", *options(commserve, password, "--yes"))
    assert (again.code, commserve.statistics.creates) == (3, 0)
    assert "--plan-first, as the run was begun (--no-plan-first lifts it)" in again.err
    assert bulkprov("resume", "run", *options(commserve, password, "--no-plan-first")).json["created"] == 5
    first = bulkprov("run", sheet, *options(commserve, password, "--plan-first", "--limit", "1", "-o", "first"))
    assert "1 row would not succeed" in first.json["error"], "rows beyond the limit are not to be created"
    clean = wave(tmp_path / "clean.csv", good(5))
    assert bulkprov("run", clean, *options(commserve, password, "--plan-first", "--limit", "2")).json["exists"] == 2
    assert bulkprov("run", clean, *options(commserve, password, "--plan-first")).code == 0


def test_a_plan_of_the_first_rows_says_nothing_of_the_others(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """It lets those go that it is about; a resume plans the others first."""
    sheet = wave(tmp_path / "w.csv", [*good(2), ("nobody", "A")])
    bulkprov("run", sheet, *options(commserve, password, "--plan-first", "--limit", "2", "--yes", "-o", "run"))

    again = bulkprov("resume", "run", *options(commserve, password, "--yes"))

    assert (again.code, commserve.statistics.creates) == (3, 2)
    assert "1 row would not succeed" in again.json["error"]


def test_a_canary_that_succeeds_lets_the_others_go(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """The first five rows, then the rest, in one run."""
    said = bulkprov("run", wave(tmp_path / "w.csv", good(30)), *options(commserve, password, "--canary", "5"))

    assert (said.code, said.json["created"]) == (0, 30)


@pytest.mark.parametrize("said_yes", ["nowhere", "in the settings file"])
def test_a_canary_that_fails_stops_the_run_where_nobody_can_be_asked(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, said_yes: str
) -> None:
    """Exit 4, nothing but the canary was sent, and `resume` goes on. `yes` is no answer to a brake."""
    sheet = wave(tmp_path / "w.csv", [("nobody", "A"), *good(5)])
    if said_yes == "in the settings file":
        Path("bulkprov.toml").write_text("yes = true\n")

    said = bulkprov("run", sheet, *options(commserve, password, "--canary", "3", "-o", "run"))

    assert (said.code, said.json["created"], said.json["rejected"], said.json["pending"]) == (4, 2, 1, 3)
    assert "1 of 3 canary rows did not succeed" in said.json["error"]
    assert said.json["next"][:3] == ["bulkprov", "resume", "run"]
    assert commserve.statistics.creates == 2
    assert bulkprov("resume", "run", *options(commserve, password)).json["created"] == 5


@pytest.mark.parametrize("commserve", [{"latency": 0.05}], indirect=True)
def test_too_many_errors_stop_the_run(bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path) -> None:
    """By number, and by share once twenty rows were tried; what was sent is looked up, and the rest is pending."""
    sheet = wave(tmp_path / "w.csv", [("nobody", f"X{n}") for n in range(100)])

    by_number = bulkprov("run", sheet, *options(commserve, password, "--max-errors", "10", "-j", "2"))
    sent = commserve.statistics.creates_refused
    by_share = bulkprov("run", sheet, *options(commserve, password, "--max-errors", "50%", "-j", "2"))

    assert (by_number.code, by_share.code) == (4, 4)
    assert 10 <= by_number.json["rejected"] == sent <= 16
    assert 20 <= by_share.json["rejected"] == commserve.statistics.creates_refused - sent <= 26
    assert (by_number.json["unknown"], by_number.json["pending"]) == (0, 100 - sent)
    assert "--max-errors 50%" in by_share.json["error"]


@pytest.mark.parametrize("commserve", [{"latency": 0.2}], indirect=True)
def test_nothing_is_sent_after_the_window(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At that time of day the run stops by itself, as by Ctrl-C; what is left is pending."""
    soon = datetime.now().astimezone() + timedelta(minutes=1)
    end = soon.replace(second=0, microsecond=0)
    began = end.timestamp() - 1.0  # the run's own clock begins a second before the end of its window
    monkeypatch.setattr("bulkprov.runs.environment.time.time", lambda: began)
    sheet = wave(tmp_path / "w.csv", good(60))

    said = bulkprov("run", sheet, *options(commserve, password, "-j", "2", "--until", f"{end:%H:%M}"))

    assert said.code == 4
    assert "--until" in said.json["error"]
    assert 0 < said.json["created"] < 60
    assert said.json["created"] + said.json["pending"] == 60


def test_a_profile_is_chosen_by_name_and_shown(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """What it says beats the rest of the file; it and the server are said before anything is sent."""
    (tmp_path / "bulkprov.toml").write_text(
        f"wire = 'xml'\nusername = 'nobody'\n[profile.lab]\nserver = '{commserve.url}'\nusername = 'admin'\n"
        f"password-file = '{password.name}'\n"
    )

    said = bulkprov("run", INPUTS / "wave.csv", "--profile", "lab", "--json")

    assert (said.code, said.json["created"]) == (0, 50)
    assert f"lab: {commserve.url} as admin; password from {password.name}, 50 rows to do" in said.err
    assert "  set in bulkprov.toml: server, username, password_file\n" in said.err


def test_an_option_that_is_named_as_a_command_is_read_from_the_file_too(bulkprov: Command, tmp_path: Path) -> None:
    """`simulate` is both: every option is a key of the file."""
    (tmp_path / "bulkprov.toml").write_text("simulate = true\nconcurrency = 2\n[profile.lab]\nlimit = 3\n")

    said = bulkprov("run", INPUTS / "wave.csv", "--profile", "lab", "--json")

    assert (said.code, said.json["created"], said.json["pending"]) == (1, 3, 47)


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("", ("--profile", "prod"), "no bulkprov.toml"),
        ("[profile.lab]\n", ("--profile", "prod"), "no profile prod; bulkprov.toml has: lab"),
        ('username = "CORP\\backup"\n', (), "username contains a control character"),
        ('username = "CORP\\ops"\n', (), "in single quotes"),
        ("[prod]\nserver = 'x'\n", (), "a profile is [profile.prod]"),
        ("[profile.lab]\nserwer = 'x'\n", ("--profile", "lab"), "profile lab: unknown option serwer"),
        ("token = 'QSDK 1'\n", (), "--token-file"),
        ("[profile.lab]\npassword = 'x'\n", (), "--password-file"),
        ("profile = 3\n", (), "a profile must be a table"),
    ],
)
def test_a_settings_file_that_is_wrong_is_one_line(
    bulkprov: Command, tmp_path: Path, text: str, words: tuple[str, ...], told: str
) -> None:
    """Unknown profiles and keys, and secrets where everybody can read them."""
    if text:
        (tmp_path / "bulkprov.toml").write_text(text)

    said = bulkprov("run", INPUTS / "wave.csv", "--simulate", *words)

    assert (said.code, len(said.err.splitlines())) == (2, 1)
    assert told in said.err


def test_login_says_who_one_is(bulkprov: Command, commserve: CommServe, password: Path) -> None:
    """Exit 0 with the number of clients that are seen; exit 3 if the credentials are refused."""
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)

    said = bulkprov("login", *how)
    password.write_text("wrong")
    refused = bulkprov("login", *how)

    assert said.code == 0
    assert "as admin: 60 clients visible" in said.out
    assert refused.code == 3
    assert "login refused" in refused.err
