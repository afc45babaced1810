"""Tokens: log-in, renewal once for all workers, log-out; against the simulator and against scripted answers."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from bulkprov.commvault.auth import GivenToken, Login, OpenSession
from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.one_time import FOLLOWS, SENT_ONCE
from bulkprov.commvault.transport import Transport
from bulkprov.errors import ServerError
from bulkprov.simulator import RequestKind, Simulator
from bulkprov.wire import BY_NAME, JSON
from tests.simulator.policies import Strike

GRANTED = Answer(200, {}, b'{"token": "QSDK 1", "userName": "admin"}')
REFUSED = Answer(200, {}, b'{"errList": [{"errLogMessage": "Invalid user name or password", "errorCode": 5}]}')
LOST = Failure(Break.AFTER, "the connection was lost before an answer came")
RIGHT = "simulator"
UNREACHABLE = Failure(Break.BEFORE, "cannot connect to cs: Connection refused")


class Server:
    """Gives its answers one after the other, then the last one for ever, and keeps what it was sent."""

    def __init__(self, *answers: Answer | Failure) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []
        self.waited: list[float] = []

    async def exchange(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None, cap: int
    ) -> Answer | Failure:
        """As `Transport.exchange`."""
        assert method == "POST"
        assert cap >= 1 << 16
        self.sent.append((path, headers, body or b""))
        await asyncio.sleep(0)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def sleep(self, seconds: float) -> None:
        """Take no time."""
        self.waited.append(seconds)

    @property
    def paths(self) -> list[str]:
        """The calls that were made."""
        return [path for path, _, _ in self.sent]


def login(
    server: Server,
    *,
    max_attempts: int = 8,
    hidden: list[str] | None = None,
    sent_once: bool = False,
    shared: OpenSession | None = None,
) -> Login:
    """A log-in to that server."""
    return Login(
        server.exchange,
        JSON,
        username="admin",
        password="pass wörd",
        max_attempts=max_attempts,
        hide=(hidden if hidden is not None else []).append,
        sleep=server.sleep,
        sent_once=sent_once,
        shared=shared,
    )


@asynccontextmanager
async def at(simulator: Simulator, wire: str = "json", password: str = RIGHT) -> AsyncIterator[Login]:
    """A log-in to a simulator over a socket."""
    async with Transport(simulator.url, timeout=5, connect_timeout=5, connections=8) as transport:
        yield Login(
            transport.exchange, BY_NAME[wire], username="admin", password=password, max_attempts=3, hide=lambda _: None
        )


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_a_login_gets_a_token_that_works_and_ends_with_the_session(simulator: Simulator, wire: str) -> None:
    """In both formats; after logging out the token is no longer valid."""
    async with at(simulator, wire) as auth:
        await auth.sign_in()
        token = auth.headers["Authtoken"]
        good = simulator.sessions.admits(token, "")
        await auth.sign_out()

    assert token.startswith("QSDK ")
    assert good
    assert not simulator.sessions.admits(token, "")


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_a_wrong_password_is_tried_once(simulator: Simulator, wire: str) -> None:
    """Accounts get locked; the reason is the server's own."""
    async with at(simulator, wire, "wrong") as auth:
        with pytest.raises(ServerError, match="login refused: "):
            await auth.sign_in()

    assert simulator.statistics.requests[RequestKind.LOGIN] == 1


@pytest.mark.parametrize(
    "refusal",
    [
        REFUSED,
        Answer(401, {}, b""),
        Answer(403, {}, b"<html>no</html>"),
        Answer(400, {}, b'{"errorMessage": "Bad request"}'),
        Answer(200, {}, b'{"isAccountLocked": true}'),
        Answer(200, {}, b'{"token": ""}'),
        Answer(200, {}, b'{"token": "QSDK 1\\r\\nX-Evil: 1"}'),
        Answer(302, {"Location": "https://elsewhere.example/"}, b""),
        Failure(Break.UNTRUSTED, "the certificate is not trusted"),
    ],
    ids=lambda refusal: str(getattr(refusal, "status", "untrusted")),
)
async def test_judged_credentials_are_not_sent_again(refusal: Answer | Failure) -> None:
    """One request, and no token."""
    server = Server(refusal)
    auth = login(server)
    with pytest.raises(ServerError):
        await auth.sign_in()

    assert (server.paths, auth.headers) == (["Login"], {})


@pytest.mark.parametrize(
    "trouble",
    [
        LOST,
        UNREACHABLE,
        Answer(503, {}, b""),
        Answer(500, {}, b"{}"),
        Answer(429, {}, b""),
        Answer(200, {}, b"<html>Maintenance</html>"),
        Answer(200, {}, b""),
    ],
    ids=lambda trouble: str(getattr(trouble, "status", "")) or "broken",
)
async def test_credentials_that_were_not_judged_are_sent_again(trouble: Answer | Failure) -> None:
    """Until the third log-in is answered."""
    server = Server(trouble, trouble, GRANTED)
    auth = login(server)
    await auth.sign_in()

    assert server.paths == ["Login"] * 3
    assert auth.headers == {"Authtoken": "QSDK 1"}
    assert len(server.waited) == 2


async def test_a_log_in_waits_as_long_as_the_server_asks() -> None:
    """If that is longer than the backoff, which is half a second at most after the first attempt."""
    server = Server(Answer(429, {"Retry-After": "7"}, b""), LOST, GRANTED)
    await login(server).sign_in()

    assert server.waited[0] == 7
    assert 0 <= server.waited[1] <= 1


async def test_log_ins_are_bounded_by_max_attempts() -> None:
    """Then the reason is how the last one ended."""
    server = Server(UNREACHABLE)
    with pytest.raises(ServerError, match="cannot connect to cs: Connection refused"):
        await login(server, max_attempts=4).sign_in()

    assert server.paths == ["Login"] * 4


async def test_a_server_that_never_judges_the_credentials_is_named_as_the_reason() -> None:
    """The password may be right: nothing was refused."""
    with pytest.raises(ServerError, match=r"the server cannot sign anyone in at the moment \(HTTP 503\)"):
        await login(Server(Answer(503, {}, b"")), max_attempts=2).sign_in()


async def test_without_a_session_there_is_none_to_end() -> None:
    """A log-in that failed is followed by no Logout."""
    server = Server(REFUSED)
    auth = login(server)
    with pytest.raises(ServerError):
        await auth.sign_in()
    await auth.sign_out()

    assert server.paths == ["Login"]


@pytest.mark.asyncio(loop_factories=["virtual"])
async def test_log_ins_are_bounded_by_half_a_minute() -> None:
    """However many attempts are allowed."""
    server = Server(LOST)
    auth = Login(server.exchange, JSON, username="admin", password="x", max_attempts=1000)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ServerError):
        await auth.sign_in()

    assert 10 < asyncio.get_running_loop().time() - began <= 30


async def test_the_password_travels_as_base64_of_utf8_and_the_token_is_hidden_from_logs() -> None:
    """As the vendor's page says; the log masks the token with and without its first word."""
    server = Server(GRANTED)
    hidden: list[str] = []
    await login(server, hidden=hidden).sign_in()
    fields = json.loads(server.sent[0][2])

    assert base64.b64decode(fields["password"]).decode() == "pass wörd"
    assert (fields["username"], bool(fields["deviceId"])) == ("admin", True)
    assert hidden == ["QSDK 1", "1"]


async def test_an_expired_token_is_renewed_once_for_all_workers(simulator: Simulator) -> None:
    """Fifty at the same time: one RenewLoginToken, no Login, and all get the same new token."""
    async with at(simulator) as auth:
        await auth.sign_in()
        old = auth.headers
        simulator.sessions.expire_all()
        problems = await asyncio.gather(*[auth.renew(old, "HTTP 401") for _ in range(50)])

    assert problems == [""] * 50
    assert simulator.sessions.admits(auth.headers["Authtoken"], "")
    assert auth.headers != old
    assert (simulator.statistics.requests[RequestKind.RENEW], simulator.statistics.requests[RequestKind.LOGIN]) == (
        1,
        1,
    )


async def test_a_late_worker_gets_the_token_that_was_renewed_already() -> None:
    """Its request had the token before that one: the server is asked for nothing."""
    server = Server(GRANTED, Answer(200, {}, b'{"token": "QSDK 2"}'))
    auth = login(server)
    await auth.sign_in()
    old = auth.headers
    await auth.renew(old, "HTTP 401")

    assert await auth.renew(old, "HTTP 401") == ""
    assert server.paths == ["Login", "RenewLoginToken"]


@pytest.mark.parametrize("fault", ["503-before", "drop-before", "drop-after", "maintenance"])
async def test_a_renewal_that_fails_for_any_reason_is_followed_by_one_login(simulator: Simulator, fault: str) -> None:
    """Also one that took effect without an answer, so that the old token is no longer valid."""
    async with at(simulator) as auth:
        await auth.sign_in()
        old = auth.headers
        simulator.sessions.expire_all()
        simulator.fault_policy = Strike(fault, RequestKind.RENEW)
        problems = await asyncio.gather(*[auth.renew(old, "HTTP 401") for _ in range(10)])

    assert problems == [""] * 10
    assert simulator.sessions.admits(auth.headers["Authtoken"], "")
    assert (simulator.statistics.requests[RequestKind.RENEW], simulator.statistics.requests[RequestKind.LOGIN]) == (
        1,
        2,
    )


async def test_when_neither_renewal_nor_log_in_works_every_worker_gets_the_reason() -> None:
    """A password that was changed meanwhile is sent once, not once for each worker."""
    server = Server(GRANTED, Answer(200, {}, b"{}"), REFUSED)
    auth = login(server)
    await auth.sign_in()
    problems = await asyncio.gather(*[auth.renew(auth.headers, "HTTP 401") for _ in range(10)])

    assert set(problems) == {"login refused: Invalid user name or password"}
    assert server.paths == ["Login", "RenewLoginToken", "Login"]


async def test_a_token_that_is_not_accepted_is_renewed_once_and_then_there_is_one_fresh_log_in() -> None:
    """Then there is no other one for a while; one accepted request, and it begins anew.

    Where no read can tell whether the token is dead, it is believed to be good for as long.
    """
    server = Server(GRANTED, *[Answer(200, {}, b'{"token": "QSDK %d"}' % number) for number in range(2, 12)])
    auth = login(server)
    await auth.sign_in()
    can_renew = [auth.can_renew]
    problems = [await auth.renew(auth.headers, "HTTP 401") for _ in range(2)]
    can_renew.append(auth.can_renew)
    auth.accepted(auth.headers)
    can_renew.append(auth.can_renew)
    problems += [await auth.renew(auth.headers, "HTTP 401") for _ in range(4)]

    assert problems == ["", "", "", "", None, None]
    assert can_renew == [True, False, False]
    assert server.paths == ["Login", "RenewLoginToken", "Login", "RenewLoginToken", "Login"]


@pytest.mark.asyncio(loop_factories=["virtual"])
async def test_a_minute_later_there_may_be_another_fresh_log_in() -> None:
    """What kept its token from being accepted may be over."""
    server = Server(GRANTED, *[Answer(200, {}, b'{"token": "QSDK %d"}' % number) for number in range(2, 12)])
    auth = login(server)
    await auth.sign_in()
    for _ in range(3):
        await auth.renew(auth.headers, "HTTP 403")
    await asyncio.sleep(61)

    assert await auth.renew(auth.headers, "HTTP 403") == ""
    assert server.paths == ["Login", "RenewLoginToken", "Login", "Login"]


@pytest.mark.parametrize("renewed", ["QSDK 1", "QSDK 1\\r\\nX-Evil: 1", ""])
async def test_a_renewal_that_gives_no_other_token_is_followed_by_a_log_in(renewed: str) -> None:
    """Some servers give the same one back, as dead as it was."""
    server = Server(
        GRANTED, Answer(200, {}, b'{"token": "%b"}' % renewed.encode()), Answer(200, {}, b'{"token": "QSDK 2"}')
    )
    auth = login(server)
    await auth.sign_in()
    problems = await asyncio.gather(*[auth.renew(auth.headers, "HTTP 401") for _ in range(10)])

    assert problems == [""] * 10
    assert auth.headers == {"Authtoken": "QSDK 2"}
    assert server.paths == ["Login", "RenewLoginToken", "Login"]


async def test_an_answer_to_an_old_token_proves_nothing_of_the_new_one() -> None:
    """It was in flight when the token was renewed."""
    server = Server(GRANTED, Answer(200, {}, b'{"token": "QSDK 2"}'))
    auth = login(server)
    await auth.sign_in()
    old = auth.headers
    for _ in range(2):
        assert await auth.renew(auth.headers, "HTTP 401") == ""
        auth.accepted(old)

    assert await auth.renew(auth.headers, "HTTP 401") is None


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (LOST, "the connection was lost before an answer came"),
        (Answer(503, {}, b""), "the server cannot sign anyone in at the moment (HTTP 503)"),
        (Answer(200, {}, b"<html>Maintenance</html>"), "this is not a sign-in reply (HTTP 200)"),
        (REFUSED, "login refused: Invalid user name or password"),
    ],
    ids=["lost", "503", "maintenance", "refused"],
)
async def test_a_one_time_pin_is_not_sent_again(trouble: Answer | Failure, why: str) -> None:
    """It may have been used up, though nothing was answered; a second one would count as a wrong password."""
    server = Server(trouble, GRANTED)
    with pytest.raises(ServerError) as caught:
        await login(server, sent_once=True).sign_in()

    assert server.paths == ["Login"]
    assert str(caught.value).startswith(why)
    assert str(caught.value).endswith(SENT_ONCE)


async def test_where_a_pin_was_not_looked_at_nothing_is_said_of_it() -> None:
    """A server that cannot be reached, one that is busy, an account that is locked."""
    for trouble in (UNREACHABLE, Answer(429, {}, b""), Answer(200, {}, b'{"isAccountLocked": true}')):
        with pytest.raises(ServerError) as caught:
            await login(Server(trouble), sent_once=True, max_attempts=2).sign_in()
        assert SENT_ONCE not in str(caught.value)


@pytest.mark.parametrize("trouble", [UNREACHABLE, Answer(429, {}, b"")], ids=["unreachable", "429"])
async def test_a_one_time_pin_that_nobody_has_looked_at_is_sent(trouble: Answer | Failure) -> None:
    """The request did not leave, or was turned away unread."""
    server = Server(trouble, trouble, GRANTED)
    auth = login(server, sent_once=True)
    await auth.sign_in()

    assert auth.headers == {"Authtoken": "QSDK 1"}


async def test_a_session_that_began_with_a_pin_is_renewed_and_never_begun_again() -> None:
    """Renewals need no PIN. When they end, the run does, with what to do; for all workers, and for good."""
    server = Server(GRANTED, Answer(200, {}, b'{"token": "QSDK 2"}'), Answer(200, {}, b"{}"))
    auth = login(server, sent_once=True)
    await auth.sign_in()
    assert await auth.renew(auth.headers, "HTTP 401") == ""
    auth.accepted(auth.headers)
    problems = await asyncio.gather(*[auth.renew(auth.headers, "HTTP 401") for _ in range(10)])

    assert set(problems) == {f"the session has ended (HTTP 401) and cannot be renewed; {SENT_ONCE}"}
    assert server.paths == ["Login", "RenewLoginToken", "RenewLoginToken"]


async def test_a_renewed_token_that_is_not_accepted_ends_a_session_that_began_with_a_pin() -> None:
    """There is nothing else to try."""
    server = Server(GRANTED, Answer(200, {}, b'{"token": "QSDK 2"}'))
    auth = login(server, sent_once=True)
    await auth.sign_in()
    told = [await auth.renew(auth.headers, "HTTP 401") for _ in range(2)]

    assert (told[0], str(told[1]).endswith(SENT_ONCE)) == ("", True)
    assert server.paths == ["Login", "RenewLoginToken"]


async def test_a_renewal_that_is_not_answered_is_tried_again_before_a_session_is_given_up() -> None:
    """A hiccup of the network must not end a night that cannot sign in again."""
    maintenance = Answer(200, {}, b"<html>Maintenance</html>")
    server = Server(GRANTED, LOST, Answer(503, {}, b""), maintenance, Answer(200, {}, b'{"token": "QSDK 2"}'))
    auth = login(server, sent_once=True)
    await auth.sign_in()

    assert await auth.renew(auth.headers, "HTTP 401") == ""
    assert auth.headers == {"Authtoken": "QSDK 2"}
    assert server.paths == ["Login", *["RenewLoginToken"] * 4]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Two-factor authentication is enabled. Enter your PIN.", True),
        ("Please provide the one time password.", True),
        ("An OTP is required", True),
        ("Multi-Factor authentication failed", True),
        ("2FA", True),
        ("Invalid user name or password", False),
        ("Login is pinned to another host, option 2fast", False),
    ],
)
async def test_a_refusal_that_speaks_of_a_second_factor_says_what_to_do(words: str, named: bool) -> None:
    """The server's words stay."""
    body = JSON.dumps("", {"errList": [{"errLogMessage": words, "errorCode": 1}]})
    with pytest.raises(ServerError) as caught:
        await login(Server(Answer(200, {}, body))).sign_in()

    assert str(caught.value).startswith(f"login refused: {words}")
    assert str(caught.value).endswith(f"; {FOLLOWS}") is named


async def test_one_session_serves_two_jobs_of_a_command() -> None:
    """The first leaves it, and the second ends it: there is one log-in and one log-out. It can be renewed, too."""
    server = Server(GRANTED, Answer(200, {}, b'{"token": "QSDK 2"}'))
    shared, hidden = OpenSession(), list[str]()
    first = login(server, sent_once=True, shared=shared)
    await first.sign_in()
    await first.sign_out()
    second = login(server, sent_once=True, shared=shared, hidden=hidden)
    await second.sign_in()
    told = await second.renew(second.headers, "HTTP 401")
    await second.sign_out()

    ids = [json.loads(body)["deviceId"] for path, _, body in server.sent if path != "Logout"]
    assert (told, first.headers, shared.token) == ("", {}, "")
    assert hidden == ["QSDK 1", "1", "QSDK 2", "2"]
    assert server.paths == ["Login", "RenewLoginToken", "Logout"]
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("token", "headers"),
    [("QSDK abc", {"Authtoken": "QSDK abc"}), ("Bearer abc", {"Authorization": "Bearer abc"})],
)
async def test_a_given_token_is_used_as_it_is(token: str, headers: dict[str, str]) -> None:
    """Each kind has its own header; when the token is no longer accepted, the operator has to bring a new one."""
    auth = GivenToken(token)

    assert auth.headers == headers
    assert await auth.renew(auth.headers, "HTTP 401") == "the server rejected the token (HTTP 401); get a new one"
