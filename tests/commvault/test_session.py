"""What an answer says of the session: by a read that worked before, once for all workers."""

import asyncio
from collections.abc import Mapping

import pytest

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.session import Ruling, Session
from bulkprov.commvault.session_signs import SignedOut

SERVED = Answer(200, {}, b"{}")
DENIED = Answer(401, {}, b"")
FORBIDDEN = Answer(403, {}, b"")
TROUBLE = Answer(503, {}, b"")
LOST = Failure(Break.AFTER, "the connection was lost before an answer came")
GOOD, UNKNOWN, RENEWED = (Ruling.GOOD, ""), (Ruling.UNKNOWN, ""), (Ruling.RENEWED, "")


class Tokens:
    """Tokens 1, 2 and so on, as many as are wanted, or none with a reason."""

    def __init__(self, problem: str | None = "") -> None:
        self.problem = problem
        self.can_renew = problem == ""
        self.renewed: list[str] = []
        self.good: list[Mapping[str, str]] = []
        self.headers: Mapping[str, str] = {"Authtoken": "1"}

    async def sign_in(self) -> None:
        """There is a token already."""

    def accepted(self, used: Mapping[str, str]) -> None:
        """Keep it in mind."""
        self.good.append(used)

    async def renew(self, used: Mapping[str, str], how: str) -> str | None:
        """The next one."""
        assert used is self.headers
        self.renewed.append(how)
        await asyncio.sleep(0)
        if self.problem == "":
            self.headers = {"Authtoken": str(len(self.renewed) + 1)}
        return self.problem

    async def sign_out(self) -> None:
        """It stays."""


class World:
    """A session, and what is answered to the read that would tell whether it is good."""

    def __init__(self, answer: Answer | Failure, tokens: Tokens | None = None, *, worked: bool = True) -> None:
        self.answer, self.now, self.probes = answer, 100.0, 0
        self.tokens = tokens or Tokens()
        self.session = Session(self.tokens, self.probe, lambda: self.now)
        if worked:
            self.session.worked(self.tokens.headers)

    async def probe(self, token: Mapping[str, str]) -> Answer | Failure:
        """Answer the read."""
        assert token is self.tokens.headers
        self.probes += 1
        await asyncio.sleep(0)
        return self.answer

    async def rule(self, how: SignedOut, *, at: float = 100.0) -> tuple[Ruling, str]:
        """The ruling on an answer to a request with the current token."""
        return await self.session.rule(how, self.tokens.headers, at=at)


every_end = pytest.mark.parametrize("how", SignedOut)


@every_end
async def test_while_a_read_works_the_answer_is_about_its_request(how: SignedOut) -> None:
    """The session is left as it is."""
    world = World(SERVED)

    assert await world.rule(how) == GOOD
    assert (world.probes, world.tokens.renewed) == (1, [])


@every_end
@pytest.mark.parametrize("answer", [DENIED, FORBIDDEN])
async def test_if_the_read_works_no_more_the_session_is_renewed_once_for_all(how: SignedOut, answer: Answer) -> None:
    """Fifty workers at the same time, and one that had the old token and comes late."""
    world = World(answer)
    old = world.tokens.headers
    rulings = await asyncio.gather(*[world.rule(how) for _ in range(50)])
    rulings.append(await world.session.rule(how, old, at=100))

    assert rulings == [RENEWED] * 51
    assert (world.probes, world.tokens.renewed) == (1, [how.value])


@every_end
async def test_a_read_answers_for_all_that_were_answered_before_it_left(how: SignedOut) -> None:
    """And for none that was answered later."""
    world = World(SERVED)
    rulings = await asyncio.gather(*[world.rule(how, at=each) for each in (90, 95, 100)])
    world.now = 102
    rulings.append(await world.rule(how, at=101))

    assert (rulings, world.probes) == ([GOOD] * 4, 2)


@every_end
async def test_a_session_that_never_worked_cannot_have_ended(how: SignedOut) -> None:
    """The answer is believed as it is; only a 401 says by itself that the token is no good."""
    world = World(FORBIDDEN, worked=False)

    assert await world.rule(how) == (RENEWED if how is SignedOut.UNAUTHORIZED else GOOD)


@pytest.mark.parametrize(
    "answer",
    [
        TROUBLE,
        LOST,
        Answer(200, {}, b"<html>Maintenance</html>"),
        Answer(200, {}, b""),
        Answer(200, {}, b"\x8f\x00\xff"),
        Answer(200, {}, b'{"backupsetProperties": [{'),
    ],
)
async def test_a_read_that_is_not_answered_tells_nothing(answer: Answer | Failure) -> None:
    """A 401 is then taken for the end of the session, as long as a token can be had."""
    assert await World(answer).rule(SignedOut.FORBIDDEN) == UNKNOWN
    assert await World(answer).rule(SignedOut.UNAUTHORIZED) == RENEWED
    assert await World(answer, Tokens(None)).rule(SignedOut.UNAUTHORIZED) == UNKNOWN


@every_end
async def test_when_there_is_no_other_token_the_session_is_over(how: SignedOut) -> None:
    """With the reason."""
    world = World(DENIED, Tokens("login refused: changed"))

    assert await world.rule(how) == (Ruling.OVER, "login refused: changed")


@every_end
async def test_what_a_fresh_log_in_did_not_help_is_believed(how: SignedOut) -> None:
    """But a token that is refused as such stops everything."""
    world = World(DENIED, Tokens(None))
    over = Ruling.OVER, "the server refuses tokens as soon as it issues them (HTTP 401)"

    assert await world.rule(how) == (over if how is SignedOut.UNAUTHORIZED else GOOD)


async def test_a_read_that_works_shows_that_the_token_is_good() -> None:
    """Though the request that it was made for is not served."""
    world = World(SERVED, worked=False)
    await world.rule(SignedOut.UNAUTHORIZED)

    assert world.tokens.good == [world.tokens.headers]
