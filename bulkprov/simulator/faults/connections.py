"""Deliveries in which the connection or HTTP itself fails: nothing, half of it, late, or not HTTP at all."""

from collections.abc import Iterator
from typing import Final

from bulkprov.simulator.faults.delivery import Circumstances, ConnectionEnd, Repeat, Step, Wait, head
from bulkprov.simulator.http_messages import Response

__all__ = [
    "closed",
    "drip",
    "long_header",
    "many_headers",
    "not_http",
    "previous",
    "repeated",
    "reset",
    "silent",
    "slow",
    "stale",
    "truncated",
    "truncated_chunked",
    "truncated_silently",
]

_DRIP_SECONDS: Final = 0.2
_LONG_HEADER: Final = 20_000
_MANY_HEADERS: Final = 500


def closed(_response: Response, _: Circumstances) -> Iterator[Step]:
    """The connection is closed without a response."""
    yield ConnectionEnd.CLOSE


def reset(_response: Response, _: Circumstances) -> Iterator[Step]:
    """The connection is reset without a response."""
    yield ConnectionEnd.RESET


def silent(_response: Response, circumstances: Circumstances) -> Iterator[Step]:
    """No response comes, and the connection stays open for a long time."""
    yield Wait(circumstances.hang_seconds)
    yield ConnectionEnd.CLOSE


def slow(response: Response, circumstances: Circumstances) -> Iterator[Step]:
    """The response comes late."""
    yield Wait(circumstances.slow_seconds)
    yield response


def drip(response: Response, _: Circumstances) -> Iterator[Step]:
    """The body comes one byte at a time."""
    body = response.body
    yield head(response, len(body))
    for position in range(len(body)):
        yield Wait(_DRIP_SECONDS)
        yield body[position : position + 1]
    yield ConnectionEnd.CLOSE


def stale(response: Response, _: Circumstances) -> Iterator[Step]:
    """The response keeps the connection open, and a moment later it is reset without notice."""
    yield ConnectionEnd.RESET_SOON
    yield response


def repeated(response: Response, circumstances: Circumstances) -> Iterator[Step]:
    """The response keeps the connection open, and is sent once more a moment later, perhaps under the next request."""
    yield Repeat(response, circumstances.repeat_seconds)
    yield response


def previous(response: Response, circumstances: Circumstances) -> Iterator[Step]:
    """The response to the request before on this connection; the right one if there was none."""
    yield circumstances.previous or response


def truncated(response: Response, _: Circumstances) -> Iterator[Step]:
    """Half of the body that Content-Length promises."""
    yield head(response, len(response.body))
    yield _half(response)
    yield ConnectionEnd.CLOSE


def truncated_chunked(response: Response, _: Circumstances) -> Iterator[Step]:
    """Half of the body as one chunk, without a last chunk."""
    half = _half(response)
    yield head(response, None, "Transfer-Encoding: chunked")
    yield b"%x\r\n%s\r\n" % (len(half), half)
    yield ConnectionEnd.CLOSE


def truncated_silently(response: Response, _: Circumstances) -> Iterator[Step]:
    """Half of the body without a Content-Length, so that nothing shows that the rest is missing."""
    yield head(response, None, "Connection: close")
    yield _half(response)
    yield ConnectionEnd.CLOSE


def _half(response: Response) -> bytes:
    body = response.body
    return body[: len(body) // 2]


def not_http(_response: Response, _: Circumstances) -> Iterator[Step]:
    """The greeting of another protocol."""
    yield b"SSH-2.0-OpenSSH_9.6\r\n"
    yield ConnectionEnd.CLOSE


def long_header(response: Response, _: Circumstances) -> Iterator[Step]:
    """The response with a header line longer than HTTP libraries accept."""
    yield from _with_headers(response, f"X-Trace: {'x' * _LONG_HEADER}")


def many_headers(response: Response, _: Circumstances) -> Iterator[Step]:
    """The response with more headers than HTTP libraries accept."""
    yield from _with_headers(response, *(f"X-Trace-{number}: x" for number in range(_MANY_HEADERS)))


def _with_headers(response: Response, *extra: str) -> Iterator[Step]:
    body = response.body
    yield head(response, len(body), *extra) + body
    yield ConnectionEnd.CLOSE
