"""What a delivery is: a pure function from the normal response to the steps that reach the client instead.

The request handler carries the steps out. A delivery knows no sockets, no stored state and no request.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TypeAlias

from bulkprov.simulator.http_messages import Response

__all__ = ["Circumstances", "ConnectionEnd", "Delivery", "Repeat", "Step", "Wait", "head", "normal"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """A response, sent as bytes after a time, whatever its connection carries by then."""

    response: Response
    seconds: float


class ConnectionEnd(Enum):
    """How a connection ends."""

    CLOSE = "closed in order, after everything sent so far is delivered"
    RESET = "reset"
    RESET_SOON = "reset a moment later, whatever it carries by then"


Step: TypeAlias = bytes | Wait | Repeat | ConnectionEnd | Response
"""Bytes to send as they are, a pause, the end of the connection, or a response for the HTTP server to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a delivery may depend on besides the response; see `SimulatorSettings`."""

    now: float
    """Seconds since the epoch."""
    slow_seconds: float
    hang_seconds: float
    repeat_seconds: float
    redirect_to: str
    previous: Response | None = None
    """The normal response to the request before on the same connection."""


Delivery: TypeAlias = Callable[[Response, Circumstances], Iterator[Step]]


def normal(response: Response, _: Circumstances) -> Iterator[Step]:
    """The response as it is, for faults that lie elsewhere."""
    yield response


def head(response: Response, length: int | None, *extra: str) -> bytes:
    """The status line and headers of a response, as bytes.

    Args:
        response: its status, content type and headers are used.
        length: the Content-Length in bytes; None for a body that ends with the connection.
        extra: more header lines.
    """
    lines = [
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
        f"Content-Type: {response.content_type}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
        *([] if length is None else [f"Content-Length: {length}"]),
        *extra,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
