"""One HTTP exchange with one origin: bytes out, `Answer` or `Failure` back, never an exception for a row.

It knows aiohttp and is the only module that does. It knows nothing of Commvault, tokens or rows: headers are given.
Redirects are never followed (aiohttp would hand the token to the other host), proxies are used only if given and never
found in the environment, bodies are read up to a cap, and nothing is ever sent twice (aiohttp itself repeats no POST).
"""

import asyncio
import ctypes
import os
import ssl
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self, TypeAlias
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.errors import SettingsError

__all__ = ["Connector", "Transport", "trust"]

Connector: TypeAlias = Callable[[], aiohttp.BaseConnector]
"""Makes what connections come from."""

_ROOM: Final = 5.0
"""Seconds by which the limit on the whole exchange exceeds connecting plus reading, so that a connection that never
came about is always told by its own error and not by the ambiguous total timeout."""

_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Besides 5xx: statuses of a proxy that says nothing about the next request for a tunnel."""

_TOO_LONG: Final = Failure(Break.AFTER, "the answer is longer than any answer should be")


def trust(*, ca_file: Path | None = None, verify: bool = True) -> ssl.SSLContext:
    """How certificates are checked: the system's store, or `ca_file` instead; not at all if `verify` is off.

    Raises:
        SettingsError: `ca_file` is not a file of certificates.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        problem = "not a PEM file of certificates" if isinstance(error, ssl.SSLError) else error.strerror
        where = f"--ca-file {ca_file}" if ca_file else "the certificates that this system trusts"
        raise SettingsError(f"{where}: {problem}") from error
    # Python 3.13 refuses certificates for formalities that in-house authorities leave out, and all before it took:
    # people would turn to --insecure. Chain, dates and host name are checked as ever.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _Once:
    """Keeps aiohttp from sending a request again when a kept connection dies, which it does with all but a POST.

    A read may be repeated. Of a delete that was sent twice nobody can say which of the two an answer belongs to, nor
    whether the other one is still on its way.
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


class _Deadlines:
    """Bounds what an exchange takes in all, however slowly its answer drips: soon after its deadline it is cut off.

    All have the same length, so that they end in the order in which they began; one timer looks after the first. It
    cancels tasks as asyncio.timeout does, which would cost a create two per cent more.
    """

    _EVERY: Final = 1.0

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._kept: dict[asyncio.Task[Any], tuple[float, int]] = {}
        self._cut: set[asyncio.Task[Any]] = set()
        self._timer = self._loop.call_later(self._EVERY, self._look)

    def begin(self) -> asyncio.Task[Any]:
        """An exchange begins in this task. After the deadline the task is cancelled."""
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("an exchange outside of a task")
        self._kept[task] = self._loop.time() + self._seconds, task.cancelling()
        return task

    def take_back(self, task: asyncio.Task[Any]) -> bool:
        """Take the cancelling for the deadline back, if there was one; whether that was all of it."""
        if task not in self._cut:
            return False
        self._cut.discard(task)
        return task.uncancel() <= self._kept[task][1]

    def end(self, task: asyncio.Task[Any]) -> None:
        """The exchange has ended, in one way or another."""
        del self._kept[task]
        if task in self._cut:  # in another way, at the very moment when it was cut off
            self._cut.discard(task)
            task.uncancel()

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._EVERY, self._look)
        now = self._loop.time()
        for task, (deadline, _) in self._kept.items():
            if deadline > now:
                break
            if task not in self._cut:  # or it was told already, and takes a while to end
                self._cut.add(task)
                task.cancel()


def _words_of(error: OSError) -> str:
    """The system's words for an error; asyncio puts words of its own, and the address, into `strerror`."""
    if sys.platform == "win32" and error.winerror:
        return ctypes.FormatError(error.winerror).strip().rstrip(".")
    return os.strerror(error.errno) if error.errno else ""


async def _answer(response: aiohttp.ClientResponse, cap: int) -> Answer | Failure:
    """Read a whole body, if it is no longer than it may be. Its connection is free for others afterwards, or closed."""
    try:
        content = response.content
        body = await content.readany()
        if not content.at_eof():
            chunks, length = [body], len(body)
            while length <= cap and (chunk := await content.readany()):
                chunks.append(chunk)
                length += len(chunk)
            body = b"".join(chunks)
        if len(body) <= cap:
            return Answer(response.status, response.headers, body)
    except BaseException:
        response.close()
        raise
    response.close()
    return _TOO_LONG


class Transport:
    """A session with the root path of a web service."""

    def __init__(
        self,
        root: str,
        *,
        timeout: float,
        connect_timeout: float,
        connections: int,
        tls: ssl.SSLContext | None = None,
        connector: Connector | None = None,
        proxy: str = "",
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; the session is opened by ``async with``.

        Args:
            root: the web service's URL, without a slash at its end.
            timeout: seconds to wait for the next piece of an answer.
            connect_timeout: seconds to wait for a connection.
            connections: how many exchanges may be under way at once.
            tls: see `trust`.
            connector: where connections come from instead of TCP.
            proxy: URL of a proxy that is asked for a tunnel to the server (CONNECT). It sees the server's name, and
                nothing of what goes through. For `https` only: a request that is not encrypted would be the proxy's to
                read.
            on_request: called for each request that is about to be sent.
        """
        self._root = root
        self._host = URL(root).authority
        # Without a total: aiohttp would set and clear a timer for it in each exchange. See `_Deadlines`.
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_timeout, sock_connect=connect_timeout, sock_read=timeout
        )
        self._longest = connect_timeout + timeout + _ROOM
        self._waits = timeout
        self._connector = connector or (
            lambda: aiohttp.TCPConnector(limit=connections, ssl=tls or True, ttl_dns_cache=60)
        )
        self._on_request = on_request
        self._proxy = URL(proxy) if proxy else None
        self._urls: dict[str, URL] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            headers={"User-Agent": "bulkprov", "Accept-Encoding": "identity"},
        )
        self._deadlines = _Deadlines(self._longest)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deadlines.close()
        await self._session.close()

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        cap: int,
    ) -> Answer | Failure:
        """Send one request and read its answer.

        Args:
            method: GET, POST or DELETE.
            path: below the root, without a slash at its start.
            headers: besides the usual ones.
            query: parameters of the URL, not yet encoded.
            body: of the request.
            cap: bytes of the answer that are read at most; a longer answer is a `Failure`.
        """
        self._on_request()
        task = self._deadlines.begin()
        try:
            response = await self._session.request(
                method,
                self._url(path, query),
                headers=headers,
                data=body,
                allow_redirects=False,
                proxy=self._proxy,
                middlewares=(_Once(),) if method == "DELETE" else (),
            )
            return await _answer(response, cap)
        except asyncio.CancelledError:
            if self._deadlines.take_back(task):
                return self._failure(TimeoutError())
            raise
        except aiohttp.ClientHttpProxyError as error:
            return self._no_tunnel(error.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._failure(error)
        finally:
            self._deadlines.end(task)

    def _url(self, path: str, query: Mapping[str, str] | None) -> URL:
        if query:
            return URL(f"{self._root}/{path}?{urlencode(query, quote_via=quote, safe='')}", encoded=True)
        if path not in self._urls:
            self._urls[path] = URL(f"{self._root}/{path}", encoded=True)
        return self._urls[path]

    def _failure(self, error: Exception) -> Failure:
        """Say where it broke. An exception's own text is not repeated: its repr can hold the token."""
        match error:
            case aiohttp.ClientConnectorCertificateError():
                reason = getattr(error.certificate_error, "verify_message", "") or "not valid"
                return Failure(Break.UNTRUSTED, f"the certificate of {self._host} is not trusted: {reason}")
            case aiohttp.ClientConnectorDNSError():
                return Failure(Break.BEFORE, f"the name {error.host} cannot be resolved")
            case aiohttp.ClientConnectorSSLError():
                return Failure(Break.BEFORE, f"no TLS connection to {self._host}")
            case aiohttp.ClientConnectorError():
                return Failure(Break.BEFORE, self._unconnected(error))
            case aiohttp.ConnectionTimeoutError():
                return Failure(Break.BEFORE, f"{self._host} did not accept a connection in time")
            case aiohttp.InvalidURL():
                return Failure(Break.BEFORE, "the request's address is not a URL")
            case TimeoutError():
                return Failure(Break.AFTER, f"no answer within {self._waits:g} s")
            case aiohttp.ClientPayloadError():
                return Failure(Break.AFTER, "the answer was cut off")
            case aiohttp.ClientResponseError():
                return Failure(Break.AFTER, "what came back is not HTTP")
            case _:
                return Failure(Break.AFTER, "the connection was lost before an answer came")

    def _unconnected(self, error: aiohttp.ClientConnectorError) -> str:
        """Who could not be connected to, and why."""
        whom = f"the proxy {self._proxy}" if isinstance(error, aiohttp.ClientProxyConnectionError) else self._host
        return f"cannot connect to {whom}: {_words_of(error.os_error) or 'it was closed at once'}"

    def _no_tunnel(self, status: int) -> Failure:
        """The proxy made none. What it says of itself (5xx) may pass; what it says of us stays."""
        passing = status >= 500 or status in _PASSING
        why = f"the proxy {self._proxy} refused a tunnel to {self._host}: HTTP {status}"
        return Failure(Break.BEFORE if passing else Break.REFUSED, why)
