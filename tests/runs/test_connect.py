"""Signing in: how long a server that does not answer is waited for, and what ends the waiting."""

import asyncio
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from bulkprov.commvault.auth import GivenToken
from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import End, Verdict
from bulkprov.errors import ServerError
from bulkprov.runs.connect import sign_in

if TYPE_CHECKING:
    from tests.backupsets import WebService

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

NOBODY = Verdict(end=End.NOT_TAKEN, why="connection refused")
SILENT = Verdict(end=End.IN_DOUBT, why="no answer within 60 s")
UNTRUSTED = Verdict(end=End.NOT_TAKEN, why="the certificate is not trusted", halt="the certificate is not trusted")
ANSWERED = Verdict(end=End.ANSWERED, http_status=200)
TROUBLED = Verdict(end=End.IN_DOUBT, http_status=500, why="HTTP 500")


class Script:
    """A web service whose listings end as it is said, the last word for ever."""

    def __init__(self, *verdicts: Verdict, seconds: float = 0) -> None:
        self._verdicts = list(verdicts)
        self._seconds = seconds
        self.asked = 0

    async def listing(self, client: str) -> Verdict:
        """One exchange."""
        assert client == ""
        self.asked += 1
        await asyncio.sleep(self._seconds)
        return self._verdicts.pop(0) if len(self._verdicts) > 1 else self._verdicts[0]


async def tried(service: Script, *, max_attempts: int = 8) -> None:
    """Sign in with a token that was given."""
    credentials = Credentials(token="QSDK x")
    await sign_in(
        GivenToken("QSDK x"), cast("WebService", service), credentials, max_attempts=max_attempts, random=Random(1)
    )


@virtually
async def test_a_given_token_is_tried_by_one_read() -> None:
    """Whatever HTTP status it is answered with: somebody is there, and the rows have their own patience."""
    for verdict in (ANSWERED, TROUBLED):
        service = Script(verdict)
        await tried(service)

        assert service.asked == 1


@virtually
@pytest.mark.parametrize("attempts", [1, 3])
async def test_a_server_that_is_not_there_is_tried_as_often_as_it_is_said(attempts: int) -> None:
    """As a log-in is: --max-attempts times."""
    service = Script(NOBODY)
    with pytest.raises(ServerError, match="connection refused"):
        await tried(service, max_attempts=attempts)

    assert service.asked == attempts


@virtually
async def test_nobody_is_waited_for_longer_than_half_a_minute() -> None:
    """However many attempts there are left."""
    loop = asyncio.get_running_loop()
    service, began = Script(SILENT, seconds=10), loop.time()
    with pytest.raises(ServerError, match="no answer"):
        await tried(service, max_attempts=1000)

    assert loop.time() - began <= 40
    assert service.asked >= 3


@virtually
async def test_what_no_patience_can_mend_is_told_at_once() -> None:
    """A certificate does not get better."""
    service = Script(UNTRUSTED)
    with pytest.raises(ServerError, match="not trusted"):
        await tried(service)

    assert service.asked == 1


@virtually
async def test_a_server_that_comes_back_is_signed_in_to() -> None:
    """After some attempts that came to nothing."""
    service = Script(NOBODY, NOBODY, ANSWERED)
    await tried(service)

    assert service.asked == 3
