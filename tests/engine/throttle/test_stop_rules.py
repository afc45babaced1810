"""What ends a run: the rules by themselves, and behind a gate."""

import pytest

from bulkprov.engine.model import End, Verdict
from bulkprov.engine.throttle.stop_rules import StopRules
from bulkprov.errors import ExitCode, Stop
from tests.engine.throttle.scripted import LISTED, LOST, MADE, World, virtually


def refused(status: int) -> Verdict:
    """An act that was answered with this status."""
    return Verdict(end=End.ANSWERED, http_status=status)


def turned_away(status: int) -> Verdict:
    """An exchange that was turned away unread."""
    return Verdict(end=End.NOT_TAKEN, http_status=status, why=f"HTTP {status}")


def test_an_answer_is_no_reason_to_stop() -> None:
    """Nor is a lost one: whether the server is still there is the circuit's concern."""
    rules = StopRules("create")

    assert {rules.answered(verdict, act=True) for verdict in [MADE] * 50} == {""}
    assert {rules.failed(LOST, act=True, now=float(now)) for now in range(0, 100_000, 100)} == {""}


def test_listings_count_neither_for_nor_against_a_wrong_url() -> None:
    """Five refused acts are five, whatever was read between them."""
    rules = StopRules("delete")
    seen = []
    for number in range(5):
        rules.answered(LISTED, act=False)
        seen.append(rules.answered(refused(404), act=True, scope=f"client{number % 2}"))

    assert seen == ["", "", "", "", "the first 5 deletes all got HTTP 404: wrong --server URL, or missing permissions"]


def test_one_scope_that_is_refused_is_not_taken_for_a_wrong_url_at_once() -> None:
    """It may be the first of many, and the only one without rights; a wrong URL still refuses many rows of it."""
    rules = StopRules("create")
    seen = [rules.answered(refused(403), act=True, scope="client001") for _ in range(25)]

    assert seen[:-1] == [""] * 24
    assert seen[-1].startswith("the first 25 creates all got HTTP 403")


def test_a_denied_act_between_failures_of_another_kind_is_no_pattern() -> None:
    """Nineteen, something else, and nineteen again."""
    rules = StopRules("create")
    verdicts = [turned_away(401)] * 19 + [LOST] + [turned_away(401)] * 19

    seen = {rules.failed(each, act=True, now=0.0, scope=f"client{n % 2}") for n, each in enumerate(verdicts)}
    assert seen == {""}
    assert rules.failed(turned_away(401), act=True, now=0.0).startswith("20 creates in a row were turned away")


def test_one_scope_that_is_turned_away_does_not_stop_the_others() -> None:
    """All rows of a client come one after the other; when only that client is left, it is tried for five minutes."""
    rules = StopRules("create")
    seen = [rules.failed(turned_away(401), act=True, now=now, scope="client003") for now in range(1, 301)]
    rules.answered(MADE, act=True, scope="client004")
    seen += [rules.failed(turned_away(401), act=True, now=now, scope="client003") for now in range(301, 602)]

    assert seen[:-1] == [""] * 600
    assert seen[-1].startswith("301 creates in a row were turned away (HTTP 401)")


def test_the_first_of_several_reasons_is_the_verdicts_own() -> None:
    """What a verdict says of itself is more exact than a pattern."""
    rules = StopRules("create")
    for _ in range(19):
        rules.failed(turned_away(401), act=True, now=0.0)
    halting = Verdict(end=End.NOT_TAKEN, http_status=401, halt="the token is not accepted")

    assert rules.failed(halting, act=True, now=0.0) == "the token is not accepted"


@virtually
@pytest.mark.parametrize("status", [403, 404])
async def test_five_acts_refused_like_this_at_the_start_mean_a_wrong_url_or_no_rights(status: int) -> None:
    """The run is stopped instead of failing every row."""
    world = World()
    for number in range(4):
        await world.ask(LISTED, act=False)
        await world.ask(Verdict(end=End.ANSWERED, http_status=status), scope=f"client{number}")
    assert not world.stopping
    await world.ask(Verdict(end=End.ANSWERED, http_status=status), scope="client4")

    assert world.stopping.reason is not None
    assert f"HTTP {status}: wrong --server URL, or missing permissions" in world.stopping.reason.reason


@virtually
async def test_once_an_act_was_answered_otherwise_refusals_concern_single_rows() -> None:
    """A client that this user may not change does not stop the others."""
    world = World()
    await world.ask(MADE)
    for _ in range(20):
        await world.ask(Verdict(end=End.ANSWERED, http_status=403))

    assert not world.stopping


@virtually
async def test_a_verdict_that_halts_stops_the_run_at_once() -> None:
    """The first such reason is kept."""
    world = World()
    for why in ("the certificate is not trusted", "another reason"):
        world.start(Verdict(end=End.NOT_TAKEN, why=why, halt=why))
    await world.all()

    assert world.stopping.reason == Stop("the certificate is not trusted", ExitCode.STOPPED, server=True)
    assert (await world.ask()).end is End.NOT_TAKEN
    assert len(world.sent_at) == 2


@virtually
async def test_two_hours_of_too_many_requests_end_the_run() -> None:
    """An hourly quota is waited for; one answer in between restarts the count."""
    world = World(slots=1)
    busy = Verdict(end=End.NOT_TAKEN, http_status=429, why="HTTP 429 Too Many Requests", retry_after=1700)
    for verdict in (busy, busy, MADE, busy, busy, busy, busy, busy):
        await world.ask(verdict, seconds=0)
    assert not world.stopping
    await world.ask(busy, seconds=0)

    assert world.stopping.reason == Stop(
        'the server has answered only "too many requests" for 2 hours: HTTP 429 Too Many Requests',
        ExitCode.STOPPED,
        server=True,
    )


@virtually
async def test_acts_that_are_all_turned_away_whatever_the_token_end_the_run() -> None:
    """Twenty in a row, with why the last was; reads in between change nothing, an answered act restarts the count."""
    world = World(slots=1)
    denied = Verdict(end=End.NOT_TAKEN, http_status=401, why="HTTP 401")
    for number, verdict in enumerate([denied] * 19 + [MADE] + [denied] * 19):
        await world.ask(verdict, seconds=0, scope=f"client{number % 2}")
        await world.ask(LISTED, act=False, seconds=0)
    assert not world.stopping
    await world.ask(denied, seconds=0)

    assert world.stopping.reason is not None
    assert world.stopping.reason.reason == (
        "20 creates in a row were turned away (HTTP 401): does this user have permission to create?"
    )
