"""What one answer says."""

import json
from typing import Any

import pytest

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.probe.answers import Heard, alike, ended_session, form_of_listing, form_of_read, heard, is_witness, said
from bulkprov.wire import JSON

SET = {"backupsetProperties": [{"backupSetEntity": {"backupsetId": 7, "backupsetName": "One", "clientName": "c1"}}]}


def answered(body: Any = b"", status: int = 200, **headers: str) -> Heard:
    """An answer with this body."""
    return heard(Answer(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()), JSON)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (heard(Failure(Break.AFTER, "no answer within 60 s"), JSON), "no answer within 60 s"),
        (answered(b""), "HTTP 200 with an empty body"),
        (answered(b"<html>Sorry</html>", 503), "HTTP 503 with a web page"),
        (answered(b"{", 200), "HTTP 200 with a body that cannot be read"),
        (answered({}, 500), "HTTP 500"),
        (answered({"errorMessage": "No rights.", "errorCode": 5}, 403), 'HTTP 403 with "No rights."'),
    ],
)
def test_an_answer_is_told_in_few_words(answer: Heard, words: str) -> None:
    """For the line that says why the probe stopped."""
    assert answer.words == words


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answered({"response": [{"errorCode": 2, "errorString": " c1 has One. "}]}), 'errorCode 2 "c1 has One."'),
        (answered({"errorMessage": "No C1.", "errorCode": 3}, 500), 'HTTP 500, errorCode 3 "No C1."'),
        (answered({"error": {"errorMessage": "No.", "errorCode": 3}}), 'errorCode 3 "No."'),
        (answered(b"", 404), "HTTP 404"),
        (answered({"response": [{"errorCode": 0, "entity": {"backupsetId": 9}}]}), "errorCode 0"),
    ],
)
def test_what_the_server_said_is_told_in_one_line(answer: Heard, told: str) -> None:
    """The HTTP status is left out where it tells nothing."""
    assert str(said(answer)) == told


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        (answered({"response": [{"errorCode": 2}]}), "response"),
        (answered({"errorCode": 2}, 500), "top"),
        (answered({"error": {"errorCode": 2}}, 500), "error"),
        (answered(b"", 409), "none"),
    ],
)
def test_where_a_refusal_stands_is_told(answer: Heard, shape: str) -> None:
    """As the manual has it, or as it was recorded."""
    told = said(answer)
    assert told
    assert told.shape == shape


@pytest.mark.parametrize(
    "answer",
    [
        answered(b""),
        answered(b"<html></html>"),
        answered({}),
        answered({"response": [{"errorCode": 0}]}),
        answered({}, 503),
        heard(Failure(Break.BEFORE, "refused"), JSON),
    ],
)
def test_what_a_run_would_not_understand_is_nothing_said(answer: Heard) -> None:
    """The probe stops at it."""
    assert said(answer) is None


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (answered(SET), "sets"),
        (answered({}), "missing"),
        (answered({"backupsetProperties": []}), "empty"),
        (answered(b" "), "blank"),
        (answered(b"", 204), "204"),
        (answered(b"", 404), "404"),
        (answered({"errorCode": 5}), "error"),
        (answered({"errorCode": 5}, 500), "error"),
        (answered({}, 500), "other"),
        (answered(b"<html></html>"), "other"),
    ],
)
def test_the_form_of_a_listing(answer: Heard, form: str) -> None:
    """Each form in which real servers answer, or may."""
    assert form_of_listing(answer) == form


@pytest.mark.parametrize(
    ("answer", "form", "witness"),
    [
        (answered(SET), "set", False),
        (answered({}), "empty", True),
        (answered({"errorCode": 2, "errorMessage": "Backup set not found."}), "error", True),
        (answered({"errorCode": 5, "errorMessage": "Access denied."}), "other", False),
        (answered({"errorCode": 2, "errorMessage": "Backup set not found."}, 404), "404", True),
        (answered(b"Not found.", 404), "404", False),
        (answered(b""), "blank", False),
        (answered({}, 500), "other", False),
        (heard(Failure(Break.AFTER, "no answer"), JSON), "other", False),
    ],
)
def test_the_form_of_a_read_and_whether_a_run_believes_it(answer: Heard, form: str, witness: bool) -> None:
    """The witness is judged as a run does it."""
    assert form_of_read(answer, "c1") == form
    assert is_witness(answer, "c1") is witness


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (answered(b"", 401), "401"),
        (answered(b"", 403), "403"),
        (answered({"errorCode": 5}), "code"),
        (answered(b"<html>Please sign in</html>"), "page"),
        (answered(b"", 302, Location="/login"), "redirect"),
        (answered({}), "HTTP 200, as with a good one"),
        (answered(b"<html>Oops</html>", 500), "HTTP 500 with a web page"),
    ],
)
def test_how_a_session_ends(answer: Heard, ended: str) -> None:
    """In one of the ways that a run knows, or in words."""
    assert ended_session(answer) == ended


EMPTY, PAGE = answered(b"", 500), answered(b"<html></html>", 500)
BUSY = answered({"error": {"errorCode": 1}}, 500)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (EMPTY, answered(b"  ", 500), True),
        (PAGE, answered(b"<html>Another</html>", 500), True),
        (BUSY, answered({"error": {"errorCode": 1, "errorMessage": "Another."}}, 500), True),
        (EMPTY, PAGE, False),
        (EMPTY, answered(b"", 503), False),
        (BUSY, answered({"error": {"errorCode": 2}}, 500), False),
        (answered(SET), answered(SET), False),
        (answered({}), answered(SET), False),
        (answered(b"", 429), answered(b"", 429), False),
        (answered(b"", 401), answered(b"", 401), False),
        (answered(b"", 403), answered(b"", 403), False),
        (heard(Failure(Break.AFTER, "x"), JSON), heard(Failure(Break.AFTER, "x"), JSON), False),
    ],
)
def test_whether_two_reads_say_the_same_of_their_ids(one: Heard, other: Heard, same: bool) -> None:
    """And show nothing: an answer about the session, or no answer, says nothing of an id."""
    assert alike(one, other) is same
