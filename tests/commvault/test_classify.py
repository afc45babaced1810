import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bulkprov.commvault.backupset import MEANINGS
from bulkprov.commvault.backupset_replies import read_by_id, read_listing, read_reply
from bulkprov.commvault.classify import (
    LONGEST_PAUSE,
    Answer,
    Break,
    Failure,
    of_act,
    of_failure,
    of_listing,
    retry_after,
)
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.wire import JSON

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()
CREATED = {"response": [{"errorCode": 0, "entity": {"backupsetId": 931}}]}
REFUSED = {"response": [{"errorCode": 1, "errorString": "DB error"}]}
ERROR = {"errorCode": 1, "errorMessage": "DB error"}
GONE = {"errorCode": 2, "errorMessage": "Backup set [7] does not exist"}
RECORDED = Path(__file__).parents[1] / "golden" / "recorded"
"""Replies that real servers gave; `README.md` there says where they come from."""
HTML = b"<!DOCTYPE html>\n<HTML><body>Scheduled Maintenance</body></HTML>"


def act(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> Verdict:
    """The verdict on a create."""
    return of_act(_answer(status, body, headers), lambda body: read_reply(JSON.loads(body)), now=NOON)


def look(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> Verdict:
    """The verdict on a listing."""
    return of_listing(_answer(status, body, headers), lambda body: read_listing(JSON.loads(body), "c"), now=NOON)


def _answer(status: int, body: bytes | dict[str, Any], headers: dict[str, str]) -> Answer:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer(status, named, body if isinstance(body, bytes) else json.dumps(body).encode())


# Exchanges without an answer


@pytest.mark.parametrize(
    ("broke", "end", "halts"),
    [
        (Break.BEFORE, End.NOT_TAKEN, False),
        (Break.UNTRUSTED, End.NOT_TAKEN, True),
        (Break.AFTER, End.IN_DOUBT, False),
    ],
)
def test_where_it_broke_decides(broke: Break, end: End, halts: bool) -> None:
    """Surely not sent: not taken. Anything else: in doubt."""
    verdict = of_failure(Failure(broke, "why"))

    assert (verdict.end, bool(verdict.halt), verdict.why) == (end, halts, "why")


# Answers to a create


@pytest.mark.parametrize("status", [200, 201])
def test_a_success_is_a_code_of_zero_and_an_id(status: int) -> None:
    """And nothing less."""
    assert act(status, CREATED) == Verdict(end=End.ANSWERED, reply=Reply(0, "", 931), http_status=status)


def test_a_refusal_keeps_the_servers_words() -> None:
    """HTTP 200 with an error code is how a CommServe refuses."""
    assert act(200, REFUSED) == Verdict(end=End.ANSWERED, reply=Reply(1, "DB error"), http_status=200)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "HTTP 200 OK with an empty body"),
        (b" \r\n", "HTTP 200 OK with an empty body"),
        (HTML, "HTTP 200 OK with a web page instead of an answer"),
        (b"<App_GenericResponse/>", "HTTP 200 OK with an unreadable answer"),
        (b"OK", "HTTP 200 OK with an unreadable answer"),
        ({}, "HTTP 200 OK with an unreadable answer"),
        ({"response": [{"errorCode": 0}]}, "HTTP 200 OK with errorCode 0, but no id"),
        ({"response": [{"errorCode": 0, "errorString": "Successful"}]}, "HTTP 200 OK with errorCode 0, but no id"),
        ({**CREATED, "errorCode": 5}, "HTTP 200 OK with an unreadable answer"),
    ],
)
def test_half_a_success_is_in_doubt(body: bytes | dict[str, Any], why: str) -> None:
    """Whatever is missing."""
    verdict = act(200, body)

    assert (verdict.end, verdict.why) == (End.IN_DOUBT, why)


@pytest.mark.parametrize("status", [202, 204, 206, 299, 100, 600, 408, 406, 411, 414, 418, 421, 425, 431])
@pytest.mark.parametrize("body", [CREATED, {}, b"", HTML])
def test_a_reply_under_another_status_is_in_doubt(status: int, body: bytes | dict[str, Any]) -> None:
    """A 202 is not done yet, a 206 is not all of it, and what is not listed is in doubt."""
    assert act(status, body).end is End.IN_DOUBT


@pytest.mark.parametrize("status", [200, 201, 400, 406, 408, 409, 418, 422, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", [REFUSED, {"errorCode": 1, "errorMessage": "DB error"}, {"error": ERROR}])
def test_an_error_code_refuses_under_every_status(status: int, body: dict[str, Any]) -> None:
    """A recorded server refuses with HTTP 500; wherever the code stands, it and the words are kept.

    Not under a 202 or a 206, which say that there is more to come.
    """
    verdict = act(status, body)

    assert verdict.end is End.ANSWERED
    assert (verdict.reply.error_code, verdict.reply.error_string) == (1, "DB error")
    assert verdict.why == ("" if status in (200, 201) else verdict.why)


@pytest.mark.parametrize(
    ("name", "status", "code", "words"),
    [
        ("business-error-500", 500, 2, "Error 0x10c: "),
        ("internal-error-500", 500, 500, "Something is not right"),
        ("duplicate-409", 409, 3, "A subclient by this name already exists"),
    ],
)
def test_refusals_that_real_servers_gave(name: str, status: int, code: int, words: str) -> None:
    """As they were recorded."""
    verdict = act(status, (RECORDED / f"{name}.json").read_bytes())

    assert (verdict.end, verdict.reply.error_code) == (End.ANSWERED, code)
    assert verdict.reply.error_string.startswith(words)
    assert verdict.why.startswith(f"HTTP {status} ")


def test_a_server_that_refuses_and_asks_to_wait_is_waited_for() -> None:
    """Retry-After counts beside an errorCode too."""
    verdict = act(503, REFUSED, Retry_After="7")

    assert (verdict.end, verdict.retry_after) == (End.ANSWERED, 7.0)


def test_a_success_may_have_words() -> None:
    """Recorded servers say "Successful" beside errorCode 0."""
    body = {"response": [{"errorCode": 0, "errorString": "Successful", "entity": {"backupsetId": 931}}]}

    assert act(200, body) == Verdict(end=End.ANSWERED, reply=Reply(0, "Successful", 931), http_status=200)


@pytest.mark.parametrize(
    ("status", "words", "documented"),
    [
        (200, "DB error: please refer to logs for more details.", True),
        (200, "DB error", False),
        (500, "DB error: please refer to logs for more details.", False),
    ],
)
def test_only_the_documented_refusal_is_known_as_not_created(status: int, words: str, documented: bool) -> None:
    """The vendor's page shows it in these words, and as a normal answer."""
    body = {"response": [{"errorCode": 1, "errorString": words, "entity": {"backupsetId": 0}}]}
    answer = _answer(status, body, {})
    verdict = of_act(answer, lambda body: read_reply(JSON.loads(body)), now=NOON, meanings=MEANINGS)

    assert verdict.reply.not_created is documented


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 422])
def test_statuses_that_refuse(status: int) -> None:
    """With the server's words if there are some, and the status's name in any case."""
    assert act(status, REFUSED).reply == Reply(1, "DB error")
    assert act(status, b"Request body is empty or format is invalid.").end is End.ANSWERED
    assert act(status).why.startswith(f"HTTP {status} ")
    assert not act(status).reply.says_exists


def test_a_conflict_says_that_it_exists() -> None:
    """HTTP 409, whatever its body."""
    assert act(409, b"conflict").reply.says_exists
    assert act(409, REFUSED).reply.says_exists


def test_a_refusing_status_with_a_success_in_it_is_in_doubt() -> None:
    """The server contradicts itself."""
    assert act(400, CREATED).end is End.IN_DOUBT


@pytest.mark.parametrize("verdict_on", [act, look])
class TestWhateverWasAsked:
    """Statuses that mean the same for every request."""

    def test_401_is_not_taken(self, verdict_on: Any) -> None:
        """A request without a good token is turned away unread."""
        assert verdict_on(401, CREATED).end is End.NOT_TAKEN

    def test_429_is_not_taken_and_makes_everybody_wait(self, verdict_on: Any) -> None:
        """For as long as it says."""
        verdict = verdict_on(429, Retry_After="30")
        assert (verdict.end, verdict.retry_after) == (End.NOT_TAKEN, 30.0)

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
    def test_a_redirect_is_never_followed(self, verdict_on: Any, status: int) -> None:
        """It stops the run, since the token would go elsewhere; and a 303 may well mean done."""
        verdict = verdict_on(status, CREATED, Location="http://elsewhere.invalid/" + "x" * 1000)
        assert verdict.end is End.IN_DOUBT
        assert verdict.halt.startswith(f"HTTP {status}")
        assert "redirects to http://elsewhere.invalid/x" in verdict.halt
        assert len(verdict.halt) < 300

    def test_a_redirect_to_where_no_text_leads_can_be_told(self, verdict_on: Any) -> None:
        """Bytes that are no UTF-8 come from the network library as half characters, which no file can hold."""
        assert verdict_on(302, CREATED, Location="/ung\udcfcltig").halt.endswith("redirects to /ung?ltig")

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
    def test_a_server_error_is_in_doubt(self, verdict_on: Any, status: int) -> None:
        """It may have had its effect, or have it yet."""
        verdict = verdict_on(status, CREATED, Retry_After="7")
        assert (verdict.end, verdict.retry_after) == (End.IN_DOUBT, 7.0)


# Answers to a listing


def test_a_listing_is_an_answer() -> None:
    """With what it lists."""
    assert look(200, {"backupsetProperties": []}) == Verdict(end=End.ANSWERED, http_status=200, listing=Listing())


@pytest.mark.parametrize(
    ("status", "body", "times"),
    [(404, HTML, 3), (404, b"", 3), (204, b"", 3), (200, b"", 3), (200, b" ", 3), (200, {}, 2)],
)
def test_an_answer_without_a_list_is_an_empty_list_told_weakly(
    status: int, body: bytes | dict[str, Any], times: int
) -> None:
    """Servers are known to answer in all of these ways for a client without sets; a well-formed one says most."""
    assert look(status, body).listing == Listing(sure=False, none_after=times)


# Answers to a request for one thing by its id


def ask(status: int, body: bytes | dict[str, Any] = b"") -> Verdict:
    """The verdict on the answer to a request for a set by its id."""
    answer = _answer(status, body, {})
    return of_listing(answer, lambda body: read_by_id(JSON.loads(body), "c"), now=NOON, reads_404=True)


@pytest.mark.parametrize(
    ("status", "body"), [(200, {}), (200, GONE), (404, GONE), (404, {}), (404, {"errorMessage": "no such backupset"})]
)
def test_a_well_formed_answer_without_the_set_is_a_witness_that_no_set_has_the_id(
    status: int, body: dict[str, Any]
) -> None:
    """Under 404 too, whose body tells that it comes from the web service itself."""
    verdict = ask(status, body)

    assert (verdict.end, verdict.listing) == (End.ANSWERED, Listing())


@pytest.mark.parametrize(("status", "body"), [(404, b""), (204, b""), (200, b""), (200, b" ")])
def test_nothing_at_all_is_no_witness(status: int, body: bytes) -> None:
    """It proves no absence."""
    verdict = ask(status, body)

    assert verdict.listing is not None
    assert not verdict.listing.sure


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, HTML), (200, HTML), (403, b""), (403, ERROR), (500, ERROR), (502, HTML), (400, ERROR), (302, b"")],
)
def test_what_does_not_come_from_the_web_service_is_no_witness(status: int, body: bytes | dict[str, Any]) -> None:
    """Nor is a refusal to tell."""
    verdict = ask(status, body)

    assert (verdict.end, verdict.listing) == (End.IN_DOUBT, None)


@pytest.mark.parametrize(
    ("status", "body"), [(200, HTML), (200, b"OK"), (200, REFUSED), (400, b""), (403, b""), (202, b""), (206, b"{}")]
)
def test_what_is_no_listing_tells_nothing(status: int, body: bytes | dict[str, Any]) -> None:
    """In doubt, so that it is asked again."""
    verdict = look(status, body)

    assert (verdict.end, verdict.listing) == (End.IN_DOUBT, None)


# How long to wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "120"}, 120),
        ({"retry-after": " 120 "}, 120),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "9" * 400}, LONGEST_PAUSE),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "1.5"}, 0),
        ({"Retry-After": "\N{ARABIC-INDIC DIGIT FIVE}"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Mon, 05 Jan 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 12:00:30"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 13:00:30 +0100"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Mon, 05 Jan 2026 15:00:30 GMT", "Date": "Mon, 05 Jan 2026 15:00:00 GMT"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 09:00:30 GMT", "Date": "Mon, 05 Jan 2026 09:00:00 GMT"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 12:00:30 GMT", "Date": "today"}, 30),
        ({"Retry-After": "Mon, 05 Jan 2099 12:00:00 GMT"}, LONGEST_PAUSE),
        ({"Retry-After": "Mon, 05 Jan 99999 12:00:00 GMT"}, 0),
        ({"Retry-After": "Mon, 00 Jan 0000 00:00:00 GMT"}, 0),
        ({"X-RateLimit-Period": "60"}, 60),
        ({"Retry-After": "5", "X-RateLimit-Period": "60"}, 5),
        ({"Retry-After": "soon", "X-RateLimit-Period": "60"}, 60),
    ],
)
def test_how_long_the_server_asks_everybody_to_wait(headers: dict[str, str], seconds: float) -> None:
    """Seconds or a date, or the period of Commvault Cloud's gateway; never negative, never endless."""
    assert retry_after(CIMultiDict(headers), now=NOON) == pytest.approx(seconds)


@given(st.text(), st.floats(0, 4e9))
def test_any_wish_to_wait_is_understood_or_ignored(value: str, now: float) -> None:
    """It never raises."""
    assert 0 <= retry_after({"Retry-After": value}, now=now) <= LONGEST_PAUSE


# For every answer there is


@given(st.integers(100, 999), st.binary(max_size=100) | st.sampled_from([json.dumps(CREATED).encode(), HTML]))
def test_every_answer_has_a_verdict(status: int, body: bytes) -> None:
    """Nothing raises, and only a status that says so makes a set."""
    for verdict in (act(status, body), look(status, body)):
        assert verdict.http_status == status
        assert verdict.end is End.ANSWERED or verdict.why
    made = act(status, body)
    if made.end is End.ANSWERED and made.reply.error_code == 0:
        assert status in (200, 201)
        assert made.reply.id > 0


# In a session that is good


def test_a_401_in_a_good_session_is_about_the_request() -> None:
    """A create is refused, with the server's words; of a listing nothing is known."""
    answer = _answer(401, {"errorCode": 5, "errorMessage": "Access denied"}, {})
    made = of_act(answer, lambda body: read_reply(JSON.loads(body)), now=NOON, in_session=True)
    listed = of_listing(answer, lambda body: read_listing(JSON.loads(body), "c"), now=NOON, in_session=True)

    assert (made.end, made.http_status, made.reply.error_string) == (End.ANSWERED, 401, "Access denied")
    assert made.why == "HTTP 401 Unauthorized"
    assert (listed.end, listed.http_status) == (End.IN_DOUBT, 401)
