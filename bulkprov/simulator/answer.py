"""What was asked and what is answered, as values between the parts of the simulator.

They know the two wire formats and HTTP's words, and nothing of sockets, state or rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bulkprov.wire import JSON, XML, Tree, Wire

__all__ = ["Answer", "Asked", "Kind"]


class Kind(StrEnum):
    """What a request is about; faults and statistics go by it."""

    CREATE = "create"
    DELETE = "delete"
    LIST = "list"
    READ = "read"
    LOGIN = "login"
    RENEW = "renew"
    LOGOUT = "logout"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, read in full."""

    method: str
    path: str
    """Decoded, as it was sent: root path and case included."""
    query: Mapping[str, str]
    """Parameters; their names in lower case."""
    headers: Mapping[str, str]
    """A mapping that does not mind case."""
    body: bytes

    @property
    def wire(self) -> Wire:
        """The format of the request's body (the create page: Content-type says so). JSON if it says neither: GUESS."""
        return XML if "xml" in self.headers.get("Content-Type", "").lower() else JSON

    @property
    def accepts(self) -> Wire:
        """The format the answer is wanted in (the create page: Accept says so). JSON if it says neither: GUESS."""
        return XML if "xml" in self.headers.get("Accept", "").lower() else JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, before anything goes wrong with it: a tree in one of the formats, or plain text."""

    status: int = 200
    tree: Tree | None = None
    root: str = ""
    """Name of the XML root element."""
    wire: Wire = JSON
    text: str | bytes = ""
    """The body where there is no tree."""
    text_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The body's bytes."""
        if self.tree is not None:
            return self.wire.dumps(self.root, self.tree)
        return self.text.encode() if isinstance(self.text, str) else self.text

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        if self.tree is not None:
            return f"{self.wire.media_type}; charset=utf-8"
        return f"{self.text_type}; charset=utf-8"
