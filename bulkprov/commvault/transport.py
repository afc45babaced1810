"""HTTP exchanges with one server: a request out, an `Answer` or a `Failure` back, and no exception for a row.

Together with `connections`, `heads` and `prepared` it is all that knows aiohttp. It knows nothing of Commvault, tokens
or rows: headers are given. Redirects are never followed (aiohttp would send the token to the other host too), a proxy
is used only if it is given and never taken from the environment, bodies are read up to a cap, and nothing that changes
something is sent twice.
"""

import asyncio
import ctypes
import errno
import os
import ssl
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from http import HTTPStatus
from typing import Final, Self, TypeAlias
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from bulkprov.commvault.classify import CARRIED_OUT, Answer, Break, Failure
from bulkprov.commvault.connections import LEAVES, Connections, TCPConnections
from bulkprov.commvault.deadlines import Deadlines
from bulkprov.commvault.heads import LONGEST_HEAD, HeadTooLongError
from bulkprov.commvault.prepared import PreparedRequests, Response, request_of
from bulkprov.commvault.turns import Turn

__all__ = ["ConnectorFactory", "Transport"]

ConnectorFactory: TypeAlias = Callable[[], Connections]
"""Makes aiohttp's source of connections."""

_MARGIN: Final = 5.0
"""Seconds by which the limit on a whole exchange exceeds the limits on connecting and reading, so that a connection
that is never made fails with its own error. The total timeout does not say whether the request was sent."""

_TEMPORARY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Besides 5xx: statuses of a proxy that may grant the next request for a tunnel."""

_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""What OpenSSL says of an answer that is not TLS, in its versions."""
_SHORT: Final = 1 << 20
"""Bytes of a body that are read at once. Longer ones take turns."""
_LONG_AT_ONCE: Final = 4
"""Long bodies that are in memory at the same time."""

_TWO_ANSWERS: Final = Failure(Break.AFTER, "two answers came, and it cannot be told which is to this request")
_TOO_LONG: Final = Failure(Break.AFTER, "the answer exceeds the size limit")


class _SendOnce:
    """A middleware that keeps aiohttp from repeating a request when a kept connection dies.

    aiohttp does so for every method but POST. A read may be repeated; but if a delete was sent twice, it cannot be told
    which of the two an answer belongs to, nor whether the other one will still be carried out.
    """

    def __init__(self) -> None:
        self._sent = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._sent:
            raise aiohttp.ClientConnectionError
        self._sent = True
        return await handler(request)


def _system_message(error: OSError) -> str:
    """The system's message for an error. In `strerror` asyncio puts its own words, and the address."""
    if sys.platform == "win32" and error.winerror:
        return ctypes.FormatError(error.winerror).strip().rstrip(".")
    return os.strerror(error.errno) if error.errno else ""


async def _answer(
    response: aiohttp.ClientResponse | Response, cap: int, turns: asyncio.Semaphore, turn: Turn | None
) -> Answer | Failure:
    """Read the whole body, if it is not longer than `cap` bytes, and free its connection or else close it.

    Only lists are long, and what is no list may not be long; see `turns`. Without a turn, it ends with the body.
    """
    try:
        cap = cap if response.status in CARRIED_OUT else min(cap, _SHORT)
        content = response.content
        body = await content.readany()
        if not content.at_eof():
            chunks = [body]
            if await _read(content, chunks, min(cap, _SHORT)) and cap > _SHORT:
                with Turn(turns) if turn is None else nullcontext(turn) as its:
                    await its.take()
                    await _read(content, chunks, cap)
            body = b"".join(chunks)
        if len(body) <= cap:
            return Answer(response.status, response.headers, body)
    except BaseException:
        response.close()
        raise
    response.close()
    return _TOO_LONG


async def _read(content: aiohttp.StreamReader, chunks: list[bytes], most: int) -> bool:
    """Read on until the end, or until there are more than `most` bytes: whether there are."""
    length = sum(map(len, chunks))
    while length <= most and (chunk := await content.readany()):
        chunks.append(chunk)
        length += len(chunk)
    return length > most


class Transport:
    """HTTP connections to a web service; use it with ``async with``."""

    def __init__(
        self,
        root: str,
        *,
        timeout: float,
        connect_timeout: float,
        connections: int,
        tls: ssl.SSLContext | None = None,
        connector: ConnectorFactory | None = None,
        proxy: str = "",
        proxy_authorization: str = "",
        on_request: Callable[[], None] = lambda: None,
        on_distrust: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """Prepare; connections are opened when they are needed.

        Args:
            root: the web service's URL, without a slash at its end.
            timeout: seconds to wait for the next piece of an answer.
            connect_timeout: seconds to wait for a connection.
            connections: how many exchanges may be in flight at once.
            tls: see `tls.tls_context`.
            connector: makes the source of connections, if that is not TCP.
            proxy: URL of a proxy that is asked for a tunnel to the server (CONNECT). It sees the server's name and
                nothing of the traffic. For `https` only: a proxy could read a request that is not encrypted.
            proxy_authorization: what the proxy is told of its user; see `credentials.proxy_authorization`. The server
                never gets it.
            on_request: called before each request is sent.
            on_distrust: called with the reason when connections cease to be kept; see `distrust`.
        """
        self._root = root
        self._host = URL(root).authority
        # Without a total, for which aiohttp would set and clear a timer in each exchange: see `deadlines.py`.
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_timeout, sock_connect=connect_timeout, sock_read=timeout
        )
        self._total_timeout = connect_timeout + timeout + _MARGIN
        self._read_timeout = timeout
        self._connector = connector or (lambda: TCPConnections(limit=connections, ssl=tls or True, ttl_dns_cache=60))
        self._on_request, self._on_distrust = on_request, on_distrust
        self._proxy = URL(proxy) if proxy else None
        self._path = URL(root).raw_path.rstrip("/")
        self._prepared: tuple[PreparedRequests, PreparedRequests] | None = None
        """What sends by kept connections, and by new ones; None if a proxy is used, or aiohttp is not as expected."""
        self._to_proxy = {"Proxy-Authorization": proxy_authorization} if proxy_authorization else None

    async def __aenter__(self) -> Self:
        self._connections, self._apart = self._connector(), self._connector()
        self._apart.keep_none()
        self._connections.on_distrust = self._on_distrust
        self._session, self._alone = self._session_on(self._connections), self._session_on(self._apart)
        self._deadlines, self._turns = Deadlines(self._total_timeout), asyncio.Semaphore(_LONG_AT_ONCE)
        if self._proxy is None and (like := await request_of(self._session, URL(self._root))):
            kept, apart = (PreparedRequests(each, like, self._timeout) for each in (self._connections, self._apart))
            self._prepared = kept, apart
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deadlines.close()
        await self._session.close()
        await self._alone.close()

    def _session_on(self, connections: Connections) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connections,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            headers={"User-Agent": "bulkprov", "Accept-Encoding": "identity"},
        )

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        cap: int,
        leaves: Callable[[], None] | None = None,
        alone: bool = False,
        turn: Turn | None = None,
    ) -> Answer | Failure:
        """Send one request and read its answer.

        Args:
            method: GET, POST or DELETE.
            path: below the root, without a slash at its start.
            headers: headers of the request, besides those of HTTP itself.
            query: parameters of the URL, not encoded.
            body: body of the request.
            cap: bytes of the answer's body that are read at most; a longer one is a `Failure`.
            leaves: called when there is a connection for it, just before its first byte leaves.
            alone: whether to use a connection that has carried no other exchange, so that the answer can be no other
                request's.
            turn: which ends when the answer's body is no longer of use; None if that is at once. See `turn`.
        """
        self._on_request()
        LEAVES.set(leaves)
        task = self._deadlines.start()
        try:
            target = f"/{path}?{urlencode(query, quote_via=quote, safe='')}" if query else f"/{path}"
            response = await self._sent(method, target, headers, body, alone=alone)
            answer = await _answer(response, cap, self._turns, turn)
            return _TWO_ANSWERS if self._connections.is_doubtful() else answer
        except asyncio.CancelledError:
            if self._deadlines.uncancel(task):
                return self._failure(TimeoutError())
            raise
        except aiohttp.ClientHttpProxyError as error:
            return self._no_tunnel(error.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._failure(error)
        finally:
            self._deadlines.finish(task)

    def turn(self) -> Turn:
        """A turn for an exchange whose answer may be long, and whose body is in use when the answer has come."""
        return Turn(self._turns)

    def distrust(self, why: str) -> None:
        """Keep no connection any more, as an answer was not plausible: it may be that of an earlier request.

        Those that idle are closed now, and the others once their exchange has ended. From now on each request has a
        connection of its own, on which no other answer can come.

        Args:
            why: plain English, for the log.
        """
        self._connections.distrust(why)

    async def _sent(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, *, alone: bool
    ) -> aiohttp.ClientResponse | Response:
        """The head of the answer to a request; a read is sent once more if a kept connection has died meanwhile."""
        if self._prepared is None:
            return await self._sent_by_session(method, target, headers, body, alone=alone)
        requests = self._prepared[alone]
        try:
            return await requests.request(method, self._path + target, headers=headers, body=body)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if method != "GET" or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await requests.request(method, self._path + target, headers=headers, body=body)

    async def _sent_by_session(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, *, alone: bool
    ) -> aiohttp.ClientResponse:
        """The same as aiohttp does it."""
        return await (self._alone if alone else self._session).request(
            method,
            URL(self._root + target, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._to_proxy,
            middlewares=(_SendOnce(),) if method == "DELETE" else (),
        )

    def _failure(self, error: Exception) -> Failure:
        """Where the exchange broke off. The exception's own text is not used, since it may hold the token."""
        match error:
            case aiohttp.ClientConnectorCertificateError():
                reason = getattr(error.certificate_error, "verify_message", "") or "not valid"
                return Failure(Break.UNTRUSTED, f"the certificate of {self._host} is not trusted: {reason}")
            case aiohttp.ClientConnectorDNSError():
                asks = "is it spelled right, and does this network know it?"
                return Failure(Break.BEFORE, f"the name {error.host} cannot be resolved: {asks}")
            case aiohttp.ClientConnectorSSLError():
                plain = getattr(error.os_error, "reason", "") in _NO_TLS
                why = ": what is there does not speak TLS; is it http?" if plain else ""
                return Failure(Break.BEFORE, f"no TLS connection to {self._host} could be made{why}")
            case aiohttp.ClientConnectorError():
                return Failure(Break.BEFORE, self._unconnected(error))
            case aiohttp.ConnectionTimeoutError():
                return Failure(Break.BEFORE, f"{self._host} did not accept a connection in time")
            case aiohttp.InvalidURL():
                return Failure(Break.BEFORE, "the request URL is not valid")
            case _:
                return Failure(Break.AFTER, self._unanswered(error))

    def _unanswered(self, error: Exception) -> str:
        """Why a request that may have been sent has no answer."""
        match error:
            case TimeoutError():
                return f"no answer within {self._read_timeout:g} s"
            case HeadTooLongError():
                return f"more than {LONGEST_HEAD >> 10} KB came before an answer"
            case aiohttp.ClientPayloadError():
                return "the answer was cut off"
            case aiohttp.ClientResponseError():
                return "the answer is not HTTP"
            case _:
                return "the connection was lost before an answer came"

    def _unconnected(self, error: aiohttp.ClientConnectorError) -> str:
        """Which host could not be connected to, and why."""
        host = f"the proxy {self._proxy}" if isinstance(error, aiohttp.ClientProxyConnectionError) else self._host
        why = _system_message(error.os_error) or "the connection was closed at once"
        refused = ": nothing answers at that port" if error.os_error.errno == errno.ECONNREFUSED else ""
        return f"cannot connect to {host}: {why}{refused}"

    def _no_tunnel(self, status: int) -> Failure:
        """The proxy refused a tunnel: for now, if that is its own trouble (5xx), and for good otherwise."""
        temporary = status >= 500 or status in _TEMPORARY
        why = f"the proxy {self._proxy} refused a tunnel to {self._host}: HTTP {status}"
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            why += "; is the password for the proxy right?" if self._to_proxy else "; it wants a --proxy-username"
        return Failure(Break.BEFORE if temporary else Break.REFUSED, why)
