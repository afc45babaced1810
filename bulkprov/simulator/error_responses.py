"""The vendor's error responses that more than one part of the simulator sends."""

from typing import Final

from bulkprov.simulator.http_messages import Response
from bulkprov.wire import Wire

__all__ = ["ACCESS_DENIED_CODE", "MALFORMED_BODY", "access_denied"]

ACCESS_DENIED_CODE: Final = 5
"""DOCUMENTED: the 401 responses of the Logout and MSSQL calls on api.commvault.com."""

MALFORMED_BODY: Final = Response(status=400, text="Request body is empty or format is invalid.")
"""DOCUMENTED for one call (api.commvault.com, MSSQL_API/backup-sql-subclient); that all calls send it is a GUESS."""


def access_denied(wire: Wire) -> Response:
    """HTTP 401 with the body DOCUMENTED for the Logout and MSSQL calls on api.commvault.com."""
    return Response(status=401, tree={"@errorMessage": "Access denied", "@errorCode": ACCESS_DENIED_CODE}, wire=wire)
