"""HTTP requests and responses as values, the form in which the parts of the simulator pass them on.

They know HTTP and the two wire formats, and nothing of sockets, stored state or rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bulkprov.wire import JSON, XML, Tree, Wire

__all__ = ["READS", "WRITES", "Request", "RequestKind", "Response", "Root"]


class RequestKind(StrEnum):
    """What a request is for; faults, rate limits and statistics go by it."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LIST = "list"
    READ = "read"
    LOGIN = "login"
    RENEW = "renew"
    LOGOUT = "logout"
    OTHER = "other"


WRITES: Final = frozenset({RequestKind.CREATE, RequestKind.UPDATE, RequestKind.DELETE})
READS: Final = frozenset({RequestKind.LIST, RequestKind.READ})


class Root(StrEnum):
    """The name of an XML reply's root element.

    GENERIC is DOCUMENTED (rest_api_post_backup_set.html), LOGIN is SEEN, and the others are a GUESS.
    """

    GENERIC = "App_GenericResponse"
    LOGIN = "DM2ContentIndexing_CheckCredentialResp"
    RENEW = "DM2ContentIndexing_RenewLoginTokenResp"
    BACKUPSETS = "App_GetBackupsetPropertiesResponse"
    CLIENTS = "App_GetClientPropertiesResponse"
    AGENTS = "App_GetAgentPropertiesResponse"
    INSTANCES = "App_GetInstanceResponse"
    SUBCLIENTS = "App_GetSubClientPropertiesResponse"
    IDS = "App_GetIdResponse"
    COMMSERVE = "App_GetCommServResponse"
    PLANS = "App_GetPlansResponse"
    USER = "App_WhoAmIResponse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, received in full."""

    method: str
    path: str
    """Percent-decoded, otherwise as sent: with the root path, and in the client's own case."""
    path_id: int = 0
    """The id that ends the path, or 0."""
    query: Mapping[str, str]
    """Parameters, by name in lower case."""
    headers: Mapping[str, str]
    """A case-insensitive mapping."""
    body: bytes

    @property
    def wire(self) -> Wire:
        """The format of the body. The create page says that Content-type decides; JSON by default is a GUESS."""
        return XML if "xml" in self.headers.get("Content-Type", "").lower() else JSON

    @property
    def accepts(self) -> Wire:
        """The format to reply in. The create page says that Accept decides.

        That there is XML where no Accept is sent, and JSON for an Accept that names neither, is a GUESS.
        """
        accept = self.headers.get("Accept")
        return XML if accept is None or "xml" in accept.lower() else JSON

    @property
    def token(self) -> str:
        """The token of the session, or an empty text. It comes in Authtoken; in Cookie2, SEEN in older clients."""
        return self.headers.get("Authtoken", "") or self.headers.get("Cookie2", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response, before any fault: a tree in one of the two formats, or a body of another type."""

    status: int = 200
    tree: Tree | None = None
    root: Root = Root.GENERIC
    wire: Wire = JSON
    text: str | bytes = ""
    """The body of a response without a tree."""
    text_type: str = "text/plain"
    """The media type of `text`."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The body as bytes."""
        if self.tree is not None:
            return self.wire.dumps(self.root, self.tree)
        return self.text.encode() if isinstance(self.text, str) else self.text

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        media_type = self.text_type if self.tree is None else self.wire.media_type
        return f"{media_type}; charset=utf-8"
