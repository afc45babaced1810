"""Tokens: issued from a seed, expired by idleness, renewed by their device, stored."""

from pathlib import Path

import pytest

from bulkprov.simulator import SimulatorSettings
from bulkprov.simulator.commserve.estate import estate_of
from bulkprov.simulator.commserve.sessions import Sessions
from bulkprov.simulator.commserve.state import State


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now


def _sessions(clock: Clock, *, seed: int = 0, path: Path | None = None) -> Sessions:
    state = State(path, estate_of(SimulatorSettings(clients=1)), clock())
    return Sessions(state, life=60, access_tokens=("secret",), seed=seed, clock=clock)


def test_a_seed_always_issues_the_same_tokens() -> None:
    """They differ from one another, and from those of another seed."""
    first, again, other = (
        [sessions.begin("here") for _ in range(3)] for sessions in (_sessions(Clock(), seed=seed) for seed in (1, 1, 2))
    )

    assert first == again
    assert len({*first, *other}) == 6
    assert all(token.startswith("QSDK ") for token in first)


def test_idle_life_counts_from_the_last_use() -> None:
    """A token in use never expires, and one that idles longer than its life does."""
    clock = Clock()
    sessions = _sessions(clock)
    token = sessions.begin("here")
    admitted = []
    for idle in (59, 59, 61):
        clock.now += idle
        admitted.append(sessions.admits(token, ""))

    assert admitted == [True, True, False]


def test_idle_life_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The last use is stored, to within a twentieth of the idle life."""
    clock = Clock()
    before = _sessions(clock, path=tmp_path / "state.db")
    token = before.begin("here")
    clock.now += 50
    before.admits(token, "")
    after = _sessions(clock, path=tmp_path / "state.db")
    clock.now += 50

    assert after.admits(token, "")


@pytest.mark.parametrize("device", ["there", ""])
def test_only_the_device_of_the_log_in_renews_a_token(device: str) -> None:
    """For another device, or none, there is no new token, and the old one stays."""
    sessions = _sessions(Clock())
    token = sessions.begin("here")

    assert sessions.renew(token, device) is None
    assert sessions.admits(token, "")


def test_an_expired_token_can_be_renewed_once() -> None:
    """The new token is valid, and the old one is unknown from then on."""
    sessions = _sessions(Clock())
    token = sessions.begin("here")
    sessions.expire(token)
    renewed = sessions.renew(token, "here")

    assert renewed
    assert sessions.admits(renewed, "")
    assert not sessions.admits(token, "")
    assert sessions.renew(token, "here") is None


@pytest.mark.parametrize(("authtoken", "authorization"), [("", "Bearer secret"), ("Bearer secret", ""), ("secret", "")])
def test_an_access_token_is_accepted_in_either_header(authtoken: str, authorization: str) -> None:
    """In Authtoken the word Bearer may be missing."""
    assert _sessions(Clock()).admits(authtoken, authorization)


def test_expiring_all_tokens_spares_access_tokens() -> None:
    """Only tokens from a log-in expire together."""
    sessions = _sessions(Clock())
    token = sessions.begin("here")
    sessions.expire_all()

    assert not sessions.admits(token, "")
    assert sessions.admits("", "Bearer secret")


def test_a_session_ends_once() -> None:
    """Ending it again reports that there is none."""
    sessions = _sessions(Clock())
    token = sessions.begin("here")

    assert [sessions.end(token), sessions.end(token)] == [True, False]
