"""A server that counts writes by the period, as Commvault Cloud does by the hour: survived, and kept to."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import wave

Command = Callable[..., Said]

QUOTA = {"rate_limit": 10, "rate_period": 1.0}


def run(bulkprov: Command, commserve: CommServe, password: Path, *more: object) -> Said:
    """Twenty-five rows."""
    sheet = wave(password.parent / "w.csv", [(f"client{n:03d}", "FS_NEW") for n in range(1, 26)])
    server = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    return bulkprov("run", sheet, *server, "--json", *more)


@pytest.mark.parametrize("commserve", [QUOTA], indirect=True)
def test_a_quota_that_is_used_up_costs_time_and_no_row(
    bulkprov: Command, commserve: CommServe, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody waits as long as X-RateLimit-Period says; what was turned away was not taken, and counts as no try.

    The pause is said, in run.log and on stderr, with when it began, when it ends, and what happens then.
    """
    monkeypatch.setattr("bulkprov.engine.throttle.gate._WORTH_SAYING", 0.1)
    said = run(bulkprov, commserve, password, "--max-attempts", "1")

    assert (said.code, said.json["created"]) == (0, 25)
    assert said.json["seconds"] > 1
    (log,) = Path("reports").glob("*/run.log")
    clock = r"\d\d:\d\d:\d\d"
    assert re.search(
        rf"^{clock} the server asks to wait until {clock} \(HTTP 429 Too Many Requests\); ", said.err, re.MULTILINE
    )
    assert '"event":"server.paused"' in log.read_text()
    turned_away = commserve.statistics.turned_away[429]
    assert 0 < turned_away <= 8 * 4, "a slot each, whenever the quota is used up"
    assert commserve.statistics.creates == 25


@pytest.mark.parametrize("commserve", [{"rate_limit": 25, "rate_period": 1.0}], indirect=True)
def test_a_rate_below_the_quota_is_never_turned_away(bulkprov: Command, commserve: CommServe, password: Path) -> None:
    """The creates are spread over the time, so that none is one too many."""
    said = run(bulkprov, commserve, password, "--rate", "20")

    assert (said.code, said.json["created"]) == (0, 25)
    assert said.json["seconds"] >= 24 / 20
    assert commserve.statistics.turned_away[429] == 0
