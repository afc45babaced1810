"""The calls that sign in and out.

DOCUMENTED: rest_api_authentication_post_login.html; api.commvault.com, AuthenticationOperations (login,
renew-login-token, logout).
"""

import base64
import binascii

from bulkprov.simulator import replies
from bulkprov.simulator.answer import Answer, Asked
from bulkprov.simulator.office import BAD_BODY, Office, reply
from bulkprov.wire import WireError, text

__all__ = ["login", "logout", "renew", "who_am_i"]


def login(office: Office, asked: Asked, _number: int) -> Answer:
    """A token for name and password; the password comes as Base64 of its UTF-8 bytes (DOCUMENTED)."""
    try:
        fields = asked.wire.loads(asked.body)
        password = base64.b64decode(text(fields.get("password")), validate=True).decode()
    except (WireError, binascii.Error, UnicodeDecodeError):
        return BAD_BODY
    if text(fields.get("username")) != office.settings.username or password != office.settings.password:
        return reply(asked, "login", replies.login_refused())
    token = office.sessions.begin(text(fields.get("deviceId")))
    return reply(asked, "login", replies.logged_in(office.settings.username, token))


def renew(office: Office, asked: Asked, _number: int) -> Answer:
    """A new token for an expired one; sessionId and deviceId are both required (DOCUMENTED)."""
    try:
        fields = asked.wire.loads(asked.body)
    except WireError:
        return BAD_BODY
    token = office.sessions.renew(text(fields.get("sessionId")), text(fields.get("deviceId")))
    return reply(asked, "renew", replies.renewed(token))


def logout(office: Office, asked: Asked, _number: int) -> Answer:
    """The token is good no longer; the answer is plain text (DOCUMENTED)."""
    office.sessions.end(asked.headers.get("Authtoken", ""))
    return Answer(text="User logged out")


def who_am_i(office: Office, asked: Asked, _number: int) -> Answer:
    """Who the token is of (SEEN: cvpysdk 11.44 asks when it is given a token, and reads user.userName)."""
    return reply(asked, "user", {"user": {"@userName": office.settings.username, "@userId": 1}})
