"""Requests written as bytes to aiohttp's own connections, and read with its own parser.

`ClientSession.request` makes a request object, a writer, a task and a response object for each request, whatever it
needs of them. A create needs a few lines of text that hardly change; sent like this it takes less than half of that
time (`python -m tests.bench layers`). Pool, TLS, time limits, parser and the errors stay aiohttp's.

aiohttp documents the connector and the connection, but not the three methods of the connection's protocol that are
used here. Where it has them otherwise than they are expected, `request_of` gives nothing, and `Transport` sends
everything by `ClientSession.request`.
"""

import inspect
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy
from yarl import URL

__all__ = ["PreparedRequests", "Response", "request_of"]

_PARAMETERS: Final = frozenset({"read_until_eof", "auto_decompress", "read_timeout"})
_FORBIDDEN: Final = re.compile(r"[\r\n\0]")
"""Would end a header, and begin another one."""
_NOT_IN_TARGET: Final = re.compile(r"[\0-\x20\x7f]")
_KEPT: Final = 64
"""Different sets of headers that are kept as bytes. There are a few at a time: a token, three ways to send it."""


async def request_of(session: aiohttp.ClientSession, url: URL) -> aiohttp.ClientRequest | None:
    """The request that a session would make of this URL; it is not sent.

    Returns:
        None if this aiohttp's connections cannot be used as they are here.
    """
    known = inspect.signature(ResponseHandler.set_response_params).parameters
    if not (known.keys() >= _PARAMETERS and hasattr(ResponseHandler, "start_timeout")):
        return None
    made: list[aiohttp.ClientRequest] = []

    async def keep(request: aiohttp.ClientRequest, _send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        made.append(request)
        raise aiohttp.ClientError

    with suppress(aiohttp.ClientError):
        await session.request("GET", url, middlewares=(keep,))
    return made[0] if made else None


class Response:
    """The beginning of an answer: what `aiohttp.ClientResponse` has of the same names."""

    __slots__ = ("_connection", "content", "headers", "status")

    def __init__(
        self, connection: Connection, status: int, headers: CIMultiDictProxy[str], content: StreamReader
    ) -> None:
        """The connection is free for the next exchange as soon as the content has ended."""
        self._connection = connection
        self.status, self.headers, self.content = status, headers, content
        content.on_eof(connection.release)

    def close(self) -> None:
        """Close the connection, unless it is free already."""
        self._connection.close()


class PreparedRequests:
    """Requests to one server over one source of connections."""

    def __init__(
        self, connections: aiohttp.BaseConnector, like: aiohttp.ClientRequest, timeout: aiohttp.ClientTimeout
    ) -> None:
        """Take over where a session has begun.

        Args:
            connections: where connections come from.
            like: see `request_of`: it says to the connector where the server is, and its `Host`, `User-Agent` and
                `Accept-Encoding` are sent with each request.
            timeout: the session's limits; `total` is not heeded.
        """
        self._connections, self._like, self._timeout = connections, like, timeout
        self._always = "".join(
            f"{name}: {like.headers[name]}\r\n" for name in ("Host", "User-Agent", "Accept-Encoding")
        )
        self._heads: dict[tuple[str, ...], bytes] = {}

    async def request(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send a request once, and read the head of its answer.

        Args:
            method: GET, POST or DELETE.
            target: path and query, encoded.
            headers: besides those that are always sent.
            body: body of the request.

        Raises:
            aiohttp.ClientError: as `ClientSession.request` does.
            TimeoutError: no connection, or no answer in time.
            ValueError: a header or the target would break the request apart.
        """
        content = self._bytes(method, target, headers, body)
        try:
            connection = await self._connections.connect(self._like, traces=[], timeout=self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {self._like.url.host}") from error
        try:
            return await self._exchange(connection, content)
        except BaseException as error:
            connection.close()
            if isinstance(error, HttpProcessingError):
                raise aiohttp.ClientResponseError(self._like.request_info, ()) from error
            raise

    async def _exchange(self, connection: Connection, content: bytes) -> Response:
        protocol = connection.protocol
        if protocol is None or (transport := protocol.transport) is None or transport.is_closing():
            raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")
        protocol.set_response_params(read_until_eof=True, auto_decompress=False, read_timeout=self._timeout.sock_read)
        transport.write(content)
        protocol.start_timeout()
        message, payload = await protocol.read()  # informational answers are not kept: see `heads`
        return Response(connection, message.code, message.headers, payload)

    def _bytes(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """The request as it is sent."""
        if _NOT_IN_TARGET.search(target):
            raise ValueError("the target of a request has a blank or a control character")
        key = (*headers, *headers.values())
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _KEPT:
                self._heads.clear()
            head = self._heads[key] = self._head(headers)
        start = f"{method} {target} HTTP/1.1\r\n".encode()
        if body is not None:
            return b"%b%bContent-Length: %d\r\n\r\n%b" % (start, head, len(body), body)
        return b"%b%b%b\r\n" % (start, head, b"" if method == "GET" else b"Content-Length: 0\r\n")

    def _head(self, headers: Mapping[str, str]) -> bytes:
        lines = self._always + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if any(_FORBIDDEN.search(each) for pair in headers.items() for each in pair):
            raise ValueError("a header has a line break or a null character")
        return lines.encode()
