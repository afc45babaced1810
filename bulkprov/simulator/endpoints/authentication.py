"""The endpoints that sign in and out.

DOCUMENTED: rest_api_authentication_post_login.html; api.commvault.com, AuthenticationOperations (login,
renew-login-token, logout).
"""

import base64
import binascii

from bulkprov.simulator.endpoints import replies
from bulkprov.simulator.endpoints.backend import Backend, reply
from bulkprov.simulator.error_responses import MALFORMED_BODY
from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import WireError, text

__all__ = ["login", "logout", "renew", "who_am_i"]


def login(backend: Backend, request: Request) -> Response:
    """A token for name and password; the password is the Base64 of its UTF-8 bytes (DOCUMENTED)."""
    try:
        fields = request.wire.loads(request.body)
        password = base64.b64decode(text(fields.get("password")), validate=True).decode()
    except (WireError, binascii.Error, UnicodeDecodeError):
        return MALFORMED_BODY
    if text(fields.get("username")) != backend.settings.username or password != backend.settings.password:
        return reply(request, Root.LOGIN, replies.login_refused())
    token = backend.sessions.begin(text(fields.get("deviceId")))
    return reply(request, Root.LOGIN, replies.logged_in(backend.settings.username, token))


def renew(backend: Backend, request: Request) -> Response:
    """A new token for an expired one; sessionId and deviceId are both required (DOCUMENTED)."""
    try:
        fields = request.wire.loads(request.body)
    except WireError:
        return MALFORMED_BODY
    session, device = text(fields.get("sessionId")), text(fields.get("deviceId"))
    token: str | None = None
    if backend.settings.renewal == "new":
        token = backend.sessions.renew(session, device)
    elif backend.settings.renewal == "same":
        token = session
    return reply(request, Root.RENEW, replies.renewed(token))


def logout(backend: Backend, request: Request) -> Response:
    """End the session; the reply is plain text (DOCUMENTED; RECORDED)."""
    backend.sessions.end(request.token)
    return Response(text="User logged out")


def who_am_i(backend: Backend, request: Request) -> Response:
    """The user of the token (SEEN: cvpysdk 11.44 asks when it is given a token, and reads user.userName)."""
    return reply(request, Root.USER, {"user": {"@userName": backend.settings.username, "@userId": 1}})
