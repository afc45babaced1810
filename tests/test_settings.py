"""Options: what is refused, in which words; secrets from files and the environment."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bulkprov.errors import SettingsError
from bulkprov.settings import Access, Effort, Screen, again


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("cs.example.com/api", "begin with https://"),
        ("ftp://cs.example.com", "not a URL"),
        ("https://", "not a URL"),
        ("https://[::1/api", "not a URL"),
        (f"https://{'a' * 64}.example.com/api", "not a URL"),
        ("https://cs..example.com/api", "not a URL"),
        ("https://xn--/api", "not a URL"),
        ("https://cs example.com/api", "not a URL"),
        ("https://cs.example.com:99999/api", "its port is not a number up to 65535"),
        ("https://cs.example.com:http/api", "its port is not a number up to 65535"),
        ("https://user:secret@cs.example.com/api", "no user name or password in the URL"),
        ("user:secret@cs.example.com/api", "no user name or password in the URL"),
        ("https://user:secret@cs.example.com:99999/api", "no user name or password in the URL"),
        ("https://cs.example.com/api?x=1", "without"),
        ("https://cs.example.com/api#x", "without"),
        ("http://cs.example.com/api", "plain http exposes the token"),
        ("http://127.0.0.1.example.com/api", "plain http exposes the token"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused(url: str, words: str) -> None:
    """In one line, without the password that somebody put into it."""
    with pytest.raises(SettingsError, match=words) as caught:
        Access(server=url)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://cs.example.com/commandcenter/api", "http://127.0.0.1:81/x", "http://[::1]:81/x", "http://localhost/x"],
)
def test_a_server_may_be_anything_over_https_and_loopback_over_http(url: str) -> None:
    """A slash at its end makes no difference."""
    assert Access(server=url + "/").server == url


def test_http_to_another_machine_has_to_be_allowed() -> None:
    """With --allow-http."""
    assert Access(server="http://cs.example.com/api", allow_http=True).server == "http://cs.example.com/api"


@pytest.mark.parametrize(
    "wrong",
    [
        {"faults": 1.5},
        {"faults": -0.1},
        {"faults": float("nan")},
        {"timeout": 0.0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"connect_timeout": -1.0},
        {"connect_timeout": float("inf")},
        {"server": "https://x/api", "simulate": True},
    ],
)
def test_access_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """When it is made, with the option's name in the message."""
    with pytest.raises(SettingsError, match="--"):
        Access(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"concurrency": "16"},
        {"concurrency": "many"},
        {"concurrency": 1001},
        {"max_attempts": 0},
        {"settle": -1.0},
        {"settle": float("nan")},
        {"settle": float("inf")},
        {"look_age": 0.0},
        {"look_age": float("nan")},
        {"look_age": float("inf")},
        {"limit": 0},
        {"rate": "fast"},
        {"rate": "0"},
        {"rate": "-5"},
        {"rate": "5/d"},
        {"rate": "1e9"},
        {"max_errors": "some"},
        {"max_errors": "-1"},
        {"max_errors": "101%"},
        {"max_errors": "2.5"},
    ],
)
def test_effort_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """When it is made, with the option's name in the message."""
    with pytest.raises(SettingsError, match="-"):
        Effort(**wrong)


@pytest.mark.parametrize(
    ("rate", "per_second"),
    [("", None), ("20", 20), ("0.5", 0.5), ("100/m", 100 / 60), ("100/h", 100 / 3600), ("3/s", 3)],
)
def test_a_rate_is_told_by_second_minute_or_hour(rate: str, per_second: float | None) -> None:
    """As the vendor's cloud tells its own limits."""
    assert Effort(rate=rate).per_second == per_second


@pytest.mark.parametrize(
    ("text", "budget"),
    [("", (None, None)), ("0", (0, None)), ("50", (50, None)), ("5%", (None, 0.05)), ("2.5%", (None, 0.025))],
)
def test_an_error_budget_is_a_number_or_a_share(text: str, budget: tuple[int | None, float | None]) -> None:
    """Of the rows tried."""
    assert Effort(max_errors=text).budget == budget


def test_what_a_later_command_needs_again_is_typed_without_secrets() -> None:
    """Files with secrets are named, what is in them is not."""
    access = Access(server="https://x/api", username="me", password_file=Path("p w"), timeout=5, insecure=True)

    assert again(access) == ["--username", "me", "--password-file", "p w", "--timeout", "5", "--insecure"]


def test_the_brakes_are_typed_again_and_what_the_file_says_is_not() -> None:
    """A wave that was slowed down goes on as slowly. How many rows one command was to do says nothing of the next."""
    effort = Effort(rate="10", concurrency=4, mark=True, max_errors="5%", limit=20, strict=True)
    said = ["--concurrency", "4", "--rate", "10", "--mark", "--max-errors", "5%", "--strict"]

    assert again(effort, Screen(profile="prod", yes=True, json=True)) == [*said, "--profile", "prod"]
    assert again(effort, known={"rate": 10, "concurrency": 4}) == said[4:]
    assert again(Access(wire="json"), known={"wire": "xml"}) == ["--wire", "json"], "a flag that said otherwise"


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-24T22:00", "2026-11-25T06:00+01:00"),
        ("2026-11-25T02:00", "2026-11-25T06:00+01:00"),
        ("2026-03-28T23:00", "2026-03-29T06:00+02:00"),
        ("2026-10-24T23:00", "2026-10-25T06:00+01:00"),
    ],
)
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be chosen")
def test_a_window_ends_by_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch, now: str, end: str) -> None:
    """In the nights when clocks are changed, too."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert Effort(until="06:00").window_ends(datetime.fromisoformat(now).astimezone()) == datetime.fromisoformat(
            end
        )
    finally:
        monkeypatch.undo()
        time.tzset()
