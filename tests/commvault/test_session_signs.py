import json
from codecs import BOM_UTF8
from typing import Any

import pytest

from bulkprov.commvault.classify import Answer
from bulkprov.commvault.session_signs import SignedOut, shows_session, signed_out

HTML = b"<!DOCTYPE html>\n<HTML><body>Scheduled Maintenance</body></HTML>"
LOG_IN_PAGE = b'<!DOCTYPE html>\n<html><body><form><input type="password"></form></body></html>'


def answered(status: int, body: bytes | dict[str, Any], headers: dict[str, str]) -> Answer:
    """An answer."""
    return Answer(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "how", "shows"),
    [
        (answered(200, b"{}", {}), None, True),
        (answered(204, b"", {}), None, True),
        (answered(200, b"<App_GenericResponse/>", {}), None, True),
        (answered(200, b'\r\n{"backupsetProperties": []}\r\n', {}), None, True),
        (answered(200, BOM_UTF8 + b'{"backupsetProperties": []}', {}), None, True),
        (answered(200, BOM_UTF8 + b"\r\n<App_GenericResponse/>", {}), None, True),
        (answered(200, BOM_UTF8 + LOG_IN_PAGE, {}), SignedOut.PAGE, False),
        (answered(200, b"", {}), None, False),
        (answered(200, b"  ", {}), None, False),
        (answered(200, b"\x8f\x00\xff", {}), None, False),
        (answered(200, b"Too busy.", {}), None, False),
        (answered(200, b'{"backupsetProperties": [{"backupSet', {}), None, False),
        (answered(200, b"<App_GetBackupsetPropertiesResponse><backupset", {}), None, False),
        (answered(206, b"{}", {}), None, True),
        (answered(200, HTML, {}), None, False),
        (answered(200, LOG_IN_PAGE, {}), SignedOut.PAGE, False),
        (answered(200, b"\n<html><title>Sign in</title></html>", {}), SignedOut.PAGE, False),
        (answered(200, b'{"password": "<html>"}', {}), None, True),
        (answered(200, b"<html>" + bytes(1 << 17) + b"password", {}), None, False),
        (answered(401, b"", {}), SignedOut.UNAUTHORIZED, False),
        (answered(403, b"{}", {}), SignedOut.FORBIDDEN, False),
        (answered(200, {"errorMessage": "Access denied", "errorCode": 5}, {}), SignedOut.DENIED, False),
        (
            answered(200, b'<CVGui_GenericResp errorCode="5" errorMessage="Access denied" />', {}),
            SignedOut.DENIED,
            False,
        ),
        (answered(200, {"errorMessage": "Other", "errorCode": 55}, {}), None, True),
        (answered(200, {"response": [{"errorCode": 5, "errorString": "No rights."}]}, {}), None, True),
        (answered(302, b"", {"Location": "/commandcenter/login"}), SignedOut.REDIRECT, False),
        (answered(303, b"", {"Location": "https://sso.example.com/?to=x"}), SignedOut.REDIRECT, False),
        (answered(302, b"", {"Location": "https://cs.example.com/"}), None, False),
        (answered(302, b"", {}), None, False),
        (answered(409, b"", {}), None, True),
        (answered(429, b"", {}), None, False),
        (answered(503, LOG_IN_PAGE, {}), None, False),
    ],
)
def test_an_answer_may_be_the_end_of_a_session_or_show_that_it_is_good(
    answer: Answer, how: SignedOut | None, shows: bool
) -> None:
    """Many are neither: a server in trouble says nothing about the token."""
    assert (signed_out(answer), shows_session(answer)) == (how, shows)


@pytest.mark.parametrize("how", SignedOut)
def test_only_a_status_or_code_says_that_a_request_was_turned_away(how: SignedOut) -> None:
    """A page or a redirect may come after the effect."""
    assert how.turned_away == how.value.startswith(("HTTP", "errorCode"))
