"""The vendor's error responses that more than one part of the simulator sends."""

from typing import Final, Literal

from bulkprov.simulator.http_messages import Response
from bulkprov.wire import Wire

__all__ = ["ACCESS_DENIED_CODE", "MALFORMED_BODY", "access_denied", "signed_out"]

ACCESS_DENIED_CODE: Final = 5
"""DOCUMENTED: the 401 responses of the Logout and MSSQL calls on api.commvault.com."""

MALFORMED_BODY: Final = Response(status=400, text="Request body is empty or format is invalid.")
"""DOCUMENTED for one call (api.commvault.com, MSSQL_API/backup-sql-subclient); that all calls send it is a GUESS."""


_DENIED: Final = {"@errorMessage": "Access denied", "@errorCode": ACCESS_DENIED_CODE}


def access_denied(wire: Wire) -> Response:
    """HTTP 401 with the body DOCUMENTED for the Logout and MSSQL calls on api.commvault.com."""
    return Response(status=401, tree=_DENIED, wire=wire)


_LOG_IN_PAGE: Final = """<!DOCTYPE html><html><head><title>Command Center</title></head><body>
<form action="/commandcenter/login" method="post"><input name="username"><input name="password" type="password">
</form></body></html>"""
"""GUESS: no such page is recorded."""


def signed_out(style: Literal["401", "403", "code", "page", "redirect"], wire: Wire) -> Response:
    """The answer to a request without a valid token.

    401 is DOCUMENTED for some calls; the others are what web servers and gateways in front of a service do (GUESS).
    """
    match style:
        case "401":
            return access_denied(wire)
        case "403":
            return Response(status=403, text="Forbidden.")
        case "code":
            return Response(tree=_DENIED, wire=wire)
        case "page":
            return Response(text=_LOG_IN_PAGE, text_type="text/html")
        case "redirect":
            return Response(status=302, headers={"Location": "/commandcenter/login"}, text_type="text/html")
