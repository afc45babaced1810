"""The vendor's calls, with scripted answers in both formats: what is sent, and the verdict on what comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from orjson import loads

from bulkprov.commvault.auth import GivenToken
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_replies import listing_in
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.commvault.transport import Transport
from bulkprov.engine.model import End
from bulkprov.pieces import Steps
from bulkprov.runs.log import open_log
from bulkprov.wire import BY_NAME, JSON, Tree
from tests.backupsets import WebService
from tests.conftest import Answers
from tests.rawserver import Connection, answer, behave, raw_server

RECORDED = Path(__file__).parents[1] / "golden" / "recorded"

ROOT = "https://cs.example.com/commandcenter/api"
SETS = f"{ROOT}/Backupset"
NOTHING = f"{SETS}?clientName="
"""What is read to see whether a session is good, as long as no other read has worked."""
WANT = BackupSet(client="client001", name="FS_Backup_01")
MADE = {
    "json": b'{"response": [{"errorCode": 0, "entity": {"backupsetId": 931}}]}',
    "xml": b'<App_GenericResponse><response errorCode="0"><entity backupsetId="931"/></response></App_GenericResponse>',
}
SENT = {
    "json": b'{"association":{"entity":[{"appName":"File System","backupsetName":"FS_Backup_01",'
    b'"clientName":"client001","instanceName":"DefaultInstanceName"}]}}',
    "xml": b"<App_CreateBackupSetRequest><association><entity><appName>File System</appName><backupsetName>FS_Backup_01"
    b"</backupsetName><clientName>client001</clientName><instanceName>DefaultInstanceName</instanceName></entity>"
    b"</association></App_CreateBackupSetRequest>",
}


class Renewing:
    """Tokens that never end: 1, 2, 3 and so on; or that cannot be renewed, with a reason."""

    def __init__(self, problem: str = "") -> None:
        self.headers: Mapping[str, str] = {"Authtoken": "QSDK 1"}
        self.problem = problem
        self.can_renew = not problem
        self.renewed = 0
        self.good: list[str] = []

    async def sign_in(self) -> None:
        """There is a token already."""

    def accepted(self, used: Mapping[str, str]) -> None:
        """Keep it in mind."""
        self.good.append(used["Authtoken"])

    async def renew(self, used: Mapping[str, str], how: str) -> str:
        """The next one."""
        assert used is self.headers
        assert how == "HTTP 401"
        self.renewed += 1
        self.headers = {"Authtoken": f"QSDK {self.renewed + 1}"}
        return self.problem

    async def sign_out(self) -> None:
        """It stays."""


@asynccontextmanager
async def service(wire: str = "json", auth: Any = None) -> AsyncIterator[WebService]:
    """The web service; its clock goes on by a second with each look."""
    seconds = iter(range(1000, 2000))
    async with Transport(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        yield WebService(transport, auth or GivenToken("QSDK 1"), BY_NAME[wire], clock=lambda: float(next(seconds)))


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_a_create_sends_the_documented_body_and_reads_the_documented_reply(answers: Answers, wire: str) -> None:
    """In the format that was chosen, which is asked for as well."""
    answers.post(SETS, body=MADE[wire])
    async with service(wire) as web:
        verdict = await web.create(WANT)
    (sent,) = answers.sent("POST", SETS)

    assert (verdict.end, verdict.reply.error_code, verdict.reply.id) == (End.ANSWERED, 0, 931)
    assert (verdict.at, verdict.seconds, verdict.http_status) == (1001, 1, 200)
    assert sent["data"].split(b"?>")[-1].strip() == SENT[wire]
    assert sent["headers"] == {
        "Accept": f"application/{wire}",
        "Content-type": f"application/{wire}",
        "Authtoken": "QSDK 1",
        "Accept-Encoding": "identity",
        "User-Agent": "bulkprov",
    }
    assert sent["allow_redirects"] is False


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_a_listing_is_the_clients_sets_by_key(answers: Answers, wire: str) -> None:
    """Names are compared as the server compares them."""
    entity = {"clientName": "CLIENT001", "appName": "file system", "backupsetName": "fs_backup_01", "backupsetId": 7}
    body = JSON.dumps("", {"backupsetProperties": [{"backupSetEntity": entity}]})
    if wire == "xml":
        attributes = " ".join(f'{name}="{value}"' for name, value in entity.items())
        body = f"<r><backupsetProperties><backupSetEntity {attributes}/></backupsetProperties></r>".encode()
    answers.get(f"{SETS}?clientName=client001", body=body)
    async with service(wire) as web:
        verdict = await web.listing("client001")

    assert verdict.listing is not None
    assert verdict.listing.ids == {WANT.key: 7}


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_a_set_is_asked_for_by_its_id(answers: Answers, wire: str) -> None:
    """The answer is a listing of that set, whatever client it should be of."""
    entity = {"clientName": "CLIENT001", "appName": "file system", "backupsetName": "fs_backup_01", "backupsetId": 7}
    body = JSON.dumps("", {"backupsetProperties": [{"backupSetEntity": entity}]})
    if wire == "xml":
        attributes = " ".join(f'{name}="{value}"' for name, value in entity.items())
        body = f"<r><backupsetProperties><backupSetEntity {attributes}/></backupsetProperties></r>".encode()
    answers.get(f"{SETS}/7", body=body)
    async with service(wire) as web:
        verdict = await web.thing(7, "client001")

    assert verdict.listing is not None
    assert verdict.listing.ids == {WANT.key: 7}


@pytest.mark.parametrize(
    ("status", "body", "end", "gone"),
    [
        (200, b"{}", End.ANSWERED, True),
        (404, b'{"errorCode": 5, "errorMessage": "no such backupset"}', End.ANSWERED, True),
        (404, b"", End.ANSWERED, False),
        (404, b"<html>not here</html>", End.IN_DOUBT, False),
        (403, b"", End.IN_DOUBT, False),
        (429, b"", End.NOT_TAKEN, False),
        (503, b"", End.IN_DOUBT, False),
    ],
)
async def test_only_the_web_service_itself_can_say_that_no_set_has_an_id(
    answers: Answers, status: int, body: bytes, end: End, gone: bool
) -> None:
    """A gateway's page, a refusal or an empty answer does not."""
    answers.get(f"{SETS}/7", status=status, body=body)
    async with service() as web:
        verdict = await web.thing(7, "client001")

    said = verdict.listing is not None and verdict.listing.sure and not verdict.listing.ids
    assert (verdict.end, said) == (end, gone)


@pytest.mark.parametrize(
    ("status", "body", "end", "code"),
    [
        (200, b'{"response": [{"errorCode": 2, "errorString": "no"}]}', End.ANSWERED, 2),
        (409, b'{"errorCode": 409, "errorMessage": "already exists"}', End.ANSWERED, 409),
        (404, b"", End.ANSWERED, None),
        (429, b"", End.NOT_TAKEN, None),
        (500, b"", End.IN_DOUBT, None),
        (302, b"", End.IN_DOUBT, None),
        (200, b"<html>maintenance</html>", End.IN_DOUBT, None),
        (200, b'{"response": [{"errorCode": 0}]}', End.IN_DOUBT, 0),
    ],
)
async def test_each_answer_has_its_verdict(
    answers: Answers, status: int, body: bytes, end: End, code: int | None
) -> None:
    """Never an exception, and never "created" without an id."""
    answers.post(SETS, status=status, body=body)
    async with service() as web:
        verdict = await web.create(WANT)

    assert (verdict.end, verdict.reply.error_code, verdict.http_status) == (end, code, status)


async def test_an_exchange_that_broke_has_a_verdict_too(answers: Answers) -> None:
    """With the time it took."""
    answers.post(SETS, exception=TimeoutError())
    async with service() as web:
        verdict = await web.create(WANT)

    assert (verdict.end, verdict.http_status, verdict.seconds) == (End.IN_DOUBT, None, 1)


async def test_a_request_turned_away_for_its_token_is_sent_again_with_a_new_one(answers: Answers) -> None:
    """That is one exchange for the row, which never hears of it; a token may die twice."""
    answers.post(SETS, status=401)
    answers.post(SETS, status=401)
    answers.post(SETS, body=MADE["json"])
    auth = Renewing()
    async with service(auth=auth) as web:
        verdict = await web.create(WANT)

    assert verdict.reply.id == 931
    assert [sent["headers"]["Authtoken"] for sent in answers.sent("POST", SETS)] == ["QSDK 1", "QSDK 2", "QSDK 3"]
    assert auth.good == ["QSDK 3"]


async def test_a_request_that_is_turned_away_with_every_token_has_to_wait(answers: Answers) -> None:
    """It had no effect; whether tokens are any good at all is not for one request to say."""
    answers.post(SETS, status=401, repeat=True)
    async with service(auth=Renewing()) as web:
        verdict = await web.create(WANT)

    assert (verdict.end, verdict.http_status, verdict.halt) == (End.NOT_TAKEN, 401, "")
    assert len(answers.sent("POST", SETS)) == 4


async def test_a_request_that_left_and_could_not_leave_again_is_known_to_have_left(answers: Answers) -> None:
    """Its first try was turned away with HTTP 401: so "no create was sent" would not be true."""
    answers.post(SETS, status=401)
    answers.post(SETS, exception=aiohttp.ConnectionTimeoutError())
    async with service(auth=Renewing()) as web:
        verdict = await web.create(WANT)

    assert (verdict.end, verdict.http_status) == (End.NOT_TAKEN, 401)


@pytest.mark.parametrize("send", ["create", "delete"])
async def test_an_act_turned_away_in_a_good_session_is_not_sent_again_before_a_look(
    answers: Answers, send: str
) -> None:
    """Where answers are out of step, the 401 is an earlier request's, and the act was carried out.

    The second one about the same client, or of the same delete, is believed: whoever has no right to it gets no other.
    """
    url, method = (SETS, "POST") if send == "create" else (f"{SETS}/7", "DELETE")
    getattr(answers, method.lower())(url, status=401, repeat=True)
    answers.get(NOTHING, body=b"{}", repeat=True)  # the session is good
    async with service(auth=Renewing()) as web:
        verdicts = [await (web.create(WANT) if send == "create" else web.delete(7)) for _ in range(2)]

    assert [(each.end, each.http_status) for each in verdicts] == [(End.IN_DOUBT, 401), (End.ANSWERED, 401)]
    assert len(answers.sent(method, url)) == 2


@pytest.mark.parametrize("body", [b'{"response":' * 2000 + b"{}" + b"}" * 2000, b'{"a" "b"}', b"", b"\x8f"])
async def test_a_read_that_nobody_can_read_does_not_show_that_the_session_is_good(
    answers: Answers, body: bytes
) -> None:
    """The token has died: the creates that were turned away are sent with a new one, and none is refused."""
    for _ in range(2):
        answers.post(SETS, status=401)
        answers.post(SETS, body=MADE["json"])
        answers.get(NOTHING, body=body)
    async with service(auth=Renewing()) as web:
        verdicts = [await web.create(WANT) for _ in range(2)]

    assert [each.reply.id for each in verdicts] == [931, 931]


async def test_a_401_of_which_no_read_tells_says_so(answers: Answers) -> None:
    """The given token cannot be renewed, and the read is not answered: is it the token, or this client?"""
    answers.post(SETS, status=401)
    answers.get(NOTHING, status=503)
    async with service() as web:
        verdict = await web.create(WANT)

    assert (verdict.end, verdict.http_status) == (End.NOT_TAKEN, 401)
    assert verdict.why == "HTTP 401, and no read could tell whether the session has ended"


@pytest.mark.parametrize(("first", "renewed"), [(b"", 0), (b"{}", 1)])
async def test_an_empty_list_shows_that_the_session_is_good_where_it_was_empty_before(
    answers: Answers, first: bytes, renewed: int
) -> None:
    """Some servers answer so for a client without sets. Where a list has come before, something has emptied this."""
    listing = f"{SETS}?clientName=client001"
    answers.get(listing, body=first)
    answers.get(listing, body=b"")
    answers.post(SETS, status=401)
    answers.post(SETS, body=MADE["json"])
    auth = Renewing()
    async with service(auth=auth) as web:
        await web.listing("client001")
        verdict = await web.create(WANT)

    assert auth.renewed == renewed
    assert verdict.end is (End.ANSWERED if renewed else End.IN_DOUBT)


async def test_a_list_that_was_not_empty_is_what_shows_that_the_session_is_good(answers: Answers) -> None:
    """An empty one tells less, though it has come later."""
    for name, body in (("client001", b"{}"), ("client002", b"")):
        answers.get(f"{SETS}?clientName={name}", body=body, repeat=True)
    answers.post(SETS, status=401)
    async with service(auth=Renewing()) as web:
        for name in ("client001", "client002"):
            await web.listing(name)
        verdict = await web.create(WANT)

    assert (verdict.end, len(answers.sent("GET", f"{SETS}?clientName=client001"))) == (End.IN_DOUBT, 2)


async def test_a_token_that_cannot_be_renewed_stops_the_run(answers: Answers) -> None:
    """With the reason that was given for it; the request is not sent again."""
    answers.get(f"{SETS}?clientName=client001", status=401)
    answers.get(NOTHING, status=401)
    async with service(auth=Renewing("login refused: changed")) as web:
        verdict = await web.listing("client001")

    assert (verdict.end, verdict.halt) == (End.NOT_TAKEN, "login refused: changed")


async def test_a_secret_in_the_servers_words_is_hidden_before_anybody_keeps_them(answers: Answers) -> None:
    """A gateway may repeat a request's headers, in an error or in the address it redirects to."""
    answers.post(SETS, body=b'{"errorCode": 5, "errorMessage": "bad session QSDK canary-7"}')
    answers.post(SETS, status=302, headers={"Location": "https://sso.example.com/?token=QSDK%20canary-7"})
    answers.get(NOTHING, body=b"{}")  # the session is good
    log = open_log(None)
    log.hide("QSDK canary-7")
    log.hide("session")  # a password may be a word, and the server's words are to be kept
    async with Transport(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        web = WebService(transport, GivenToken("QSDK canary-7"), JSON, clock=lambda: 0.0, mask=log.masked)
        refused, redirected = await web.create(WANT), await web.create(WANT)

    assert refused.reply.error_string == "bad session ***"
    assert "token=***" in redirected.why
    assert redirected.halt == redirected.why


WARNED = {
    "json": b'{"response":[{"errorCode":0,"warningCode":3,"warningMessage":"by QSDK canary-7",'
    b'"entity":{"backupsetId":9}}]}',
    "xml": b'<App_GenericResponse><response errorCode="0" warningCode="3" warningMessage="by QSDK canary-7">'
    b'<entity backupsetId="9"/></response></App_GenericResponse>',
}


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_warnings_beside_a_success_are_read_and_masked(answers: Answers, wire: str) -> None:
    """Of a create and of a delete, in both formats."""
    answers.post(SETS, body=WARNED[wire])
    answers.delete(f"{SETS}/9", body=WARNED[wire])
    log = open_log(None)
    log.hide("QSDK canary-7")
    async with Transport(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        token = GivenToken("QSDK canary-7")
        web = WebService(transport, token, BY_NAME[wire], clock=lambda: 0.0, mask=log.masked)
        verdicts = await web.create(WANT), await web.delete(9)

    assert [(each.end, each.reply.error_code) for each in verdicts] == [(End.ANSWERED, 0)] * 2
    assert [each.reply.warning for each in verdicts] == ["warningCode 3 by ***"] * 2


LISTED = b'{"backupsetProperties":[{"backupSetEntity":{"backupsetId":7,"backupsetName":"a","clientName":"client001"}}]}'


class Distrusting(Transport):
    """A transport that keeps why it was not trusted."""

    why = ""

    def distrust(self, why: str) -> None:
        """Keep it."""
        self.why = why


@pytest.mark.parametrize(
    ("listing", "body", "distrusted"),
    [
        (True, MADE["json"], True),
        (True, b'{"userName":"admin","token":"QSDK 1"}', True),
        (True, b"{}", False),
        (True, b'{"response":[{"errorCode":0,"entity":{"backupsetId":0,"clientId":0}}]}', True),
        (True, b'{"response":[{"errorCode":0}]}', False),
        (True, b'{"response":[{"errorCode":5,"errorMessage":"no"}]}', False),
        (True, LISTED, False),
        (False, LISTED, True),
        (False, b"{}", True),
        (False, b"", False),
        (False, b"rubbish", False),
        (False, b"<html>Maintenance</html>", False),
        (False, b'{"response":[{"errorCode":0}]}', False),
        (False, MADE["json"], False),
    ],
)
async def test_an_answer_of_another_kind_may_be_another_requests(
    answers: Answers, listing: bool, body: bytes, distrusted: bool
) -> None:
    """It is in doubt, and no connection is used again: the next answers may be others' as well."""
    answers.post(SETS, body=body)
    answers.get(f"{SETS}?clientName=client001", body=body)
    async with Distrusting(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        web = WebService(transport, GivenToken("QSDK 1"), JSON, clock=lambda: 0.0)
        verdict = await (web.listing("client001") if listing else web.create(WANT))

    assert bool(transport.why) is distrusted
    if distrusted:
        assert (verdict.end, verdict.listing) == (End.IN_DOUBT, None)


async def test_a_listing_with_the_id_of_another_scope_is_asked_for_once_more(answers: Answers) -> None:
    """It may be that one's, sent a second time; if it is the same again, the client has two names."""
    entity = {"clientId": 2, "clientName": "client001", "backupsetName": "a", "backupsetId": 7}
    body = JSON.dumps("", {"backupsetProperties": [{"backupSetEntity": entity}]})
    for name in ("client001", "CLIENT001", "other", "other"):
        answers.get(f"{SETS}?clientName={name}", body=body)
    whys = []
    async with Distrusting(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        web = WebService(transport, GivenToken("QSDK 1"), JSON, clock=lambda: 0.0)
        ends = []
        for name in ("client001", "CLIENT001", "other", "other"):
            ends.append((await web.listing(name)).end)
            whys.append(transport.why)

    assert ends == [End.ANSWERED, End.ANSWERED, End.IN_DOUBT, End.ANSWERED]
    assert whys == ["", "", *["the listing of other has the id of client001"] * 2]


@pytest.mark.parametrize(
    "body",
    [
        MADE["json"],
        b'{"response":[{"errorCode":0,"entity":{"backupsetId":0}}]}',
        b'{"token":"QSDK 1"}',
        LISTED.replace(b":7,", b":8,"),
    ],
)
async def test_the_reply_to_another_request_is_no_witness_that_a_set_is_gone(answers: Answers, body: bytes) -> None:
    """Such as the second answer to the delete of another set."""
    answers.get(f"{SETS}/7", body=body)
    async with Distrusting(ROOT, timeout=5, connect_timeout=5, connections=1) as transport:
        web = WebService(transport, GivenToken("QSDK 1"), JSON, clock=lambda: 0.0)
        verdict = await web.thing(7, "client001")

    assert (verdict.end, verdict.listing) == (End.IN_DOUBT, None)
    assert transport.why


def long_list(client_id: int, wire: str = "json", sets: int = 2000) -> bytes:
    """A listing of many sets, in a recorded shape."""
    recorded = loads((RECORDED / "listing.json").read_bytes())["backupsetProperties"][0]
    mark = "" if wire == "json" else "@"

    def entity(number: int) -> dict[str, Any]:
        named = {"clientId": client_id, "backupsetId": number, "backupsetName": f"FS_{number}"}
        return {f"{mark}{name}": value for name, value in (recorded["backupSetEntity"] | named).items()}

    listed = [recorded | {"backupSetEntity": entity(number)} for number in range(1, sets + 1)]
    return BY_NAME[wire].dumps("App_GetBackupsetPropertiesResponse", {"backupsetProperties": listed})


@asynccontextmanager
async def served(*bodies: bytes, wire: str = "json") -> AsyncIterator[WebService]:
    """The web service on a server that lists these of `client0`, `client1` and so on."""

    async def behaviour(connection: Connection) -> None:
        while True:
            request = await connection.request()
            number = int(request.partition(b"clientName=client")[2][:1])
            await connection.send(answer(bodies[number]))

    async with (
        raw_server(behaviour) as server,
        Distrusting(server.url, timeout=5, connect_timeout=5, connections=4) as transport,
    ):
        yield WebService(transport, GivenToken("QSDK 1"), BY_NAME[wire], clock=lambda: 0.0)


@pytest.mark.parametrize("wire", ["json", "xml"])
async def test_after_each_step_of_reading_a_long_list_all_others_have_their_turn(wire: str) -> None:
    """There are many steps, so that the event loop is never held up for as long as the whole list takes."""
    turns, turns_at_step = 0, list[int]()

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def watched(pieces: Iterable[Tree], client: str) -> Steps[Any]:
        steps = listing_in(pieces, client)
        try:
            while True:
                next(steps)
                turns_at_step.append(turns)
                yield
        except StopIteration as end:
            return end.value

    query = replace(BACKUP_SET.messages.listing, read=watched)
    async with served(long_list(2, wire), wire=wire) as web:
        others = asyncio.create_task(other())
        verdict = await web.read(query, "client0")
        others.cancel()

    assert verdict.listing is not None
    assert len(verdict.listing.ids) == 2000
    assert len(turns_at_step) >= 2000 / 200 + 2000 / 500
    assert all(after > before for before, after in pairwise(turns_at_step))


async def test_long_lists_are_read_one_after_the_other() -> None:
    """However many there are, a turn of the event loop has a step of one of them."""
    read: list[str] = []

    def watched(pieces: Iterable[Tree], client: str) -> Steps[None]:
        for _ in pieces:
            read.append(client)
            yield

    query = replace(BACKUP_SET.messages.listing, read=watched)
    async with served(long_list(2)) as web:
        await asyncio.gather(*(web.read(query, f"client0{again}") for again in range(3)))

    assert len(read) > 20
    assert len([client for client, _ in groupby(read)]) == 3


async def test_a_long_list_keeps_its_turn_until_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few of them are in memory at the same time, though they come faster than they are read."""
    monkeypatch.setattr("bulkprov.commvault.transport._LONG_AT_ONCE", 1)
    in_memory, most = 0, 0

    class Watched(Transport):
        async def exchange(self, *words: Any, **more: Any) -> Any:
            nonlocal in_memory, most
            answer = await super().exchange(*words, **more)
            in_memory += 1
            most = max(most, in_memory)
            return answer

    def read(pieces: Iterable[Tree], _client: str) -> Steps[None]:
        nonlocal in_memory
        for _ in pieces:
            yield
        in_memory -= 1

    query = replace(BACKUP_SET.messages.listing, read=read)
    async with (
        raw_server(behave(answer(long_list(2) + b" " * (1 << 20)))) as server,
        Watched(server.url, timeout=5, connect_timeout=5, connections=4) as transport,
    ):
        web = WebService(transport, GivenToken("QSDK 1"), JSON, clock=lambda: 0.0)
        await asyncio.gather(*(web.read(query, f"client{number}") for number in range(4)))

    assert (in_memory, most) == (0, 1)


@pytest.mark.parametrize(
    ("behind", "distrusted"), [(b',"token":"QSDK 1"}', True), (b',"response":[{"entity":{}}]}', True), (b"}", False)]
)
async def test_a_long_answer_of_another_kind_is_seen_too(behind: bytes, distrusted: bool) -> None:
    """In whichever piece it shows."""
    nothing = long_list(2).replace(b"backupsetName", b"another")[:-1]
    async with served(nothing + behind) as web:
        verdict = await web.listing("client0")
        transport = web._transport

    assert isinstance(transport, Distrusting)
    assert bool(transport.why) is distrusted
    assert (verdict.listing is None) is distrusted


async def test_a_long_list_that_is_spoilt_at_its_end_is_none() -> None:
    """Though all but the last of it could be read."""
    async with served(long_list(2)[:-9]) as web:
        verdict = await web.listing("client0")

    assert (verdict.end, verdict.listing) == (End.IN_DOUBT, None)
