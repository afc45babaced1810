"""Where each of aiohttp's errors says that an exchange broke: a table without gaps, and *in doubt* for all the rest."""

import errno
from collections.abc import Iterator
from ssl import SSLCertVerificationError
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions
from aiohttp.client_reqrep import ConnectionKey

from bulkprov.commvault.classify import Break, Failure
from bulkprov.commvault.transport import Transport

BEFORE = {
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
    "InvalidURL",
    "InvalidUrlClientError",
    "InvalidUrlRedirectClientError",
    "UnixClientConnectorError",
}
"""Raised only before anything is sent: by the pool while it connects, or before that."""


def errors() -> Iterator[type[Exception]]:
    """Every error that aiohttp's client can raise, by its own list, and what may come through from below."""
    told_before = aiohttp.ClientHttpProxyError  # a proxy's own answer, judged by its status
    for error in vars(client_exceptions).values():
        if isinstance(error, type) and issubclass(error, aiohttp.ClientError) and error is not told_before:
            yield error
    yield from (TimeoutError, OSError, ConnectionResetError, BrokenPipeError)


def made(error: type[Exception]) -> Exception:
    """One of them, as aiohttp makes it."""
    key = ConnectionKey(
        "cs.example.com", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
    )
    refused = OSError(errno.ECONNREFUSED, "Connection refused")
    if issubclass(error, aiohttp.ClientConnectorCertificateError):
        return error(key, SSLCertVerificationError("self-signed"))
    if issubclass(error, client_exceptions.UnixClientConnectorError):
        return error("/socket", key, refused)
    if issubclass(error, aiohttp.ClientConnectorError):
        return error(key, refused)
    if issubclass(error, aiohttp.ClientResponseError):
        info: Any = aiohttp.RequestInfo(url="http://x/", method="POST", headers={}, real_url="http://x/")  # type: ignore[arg-type]  # never looked at
        return error(info, (), status=502)
    return error.__new__(error)


@pytest.mark.parametrize("error", list(errors()), ids=lambda error: error.__name__)
async def test_each_error_says_where_it_broke(error: type[Exception]) -> None:
    """Surely before, for the few that can only come then; the certificate; and after, for all others."""
    async with Transport("https://cs.example.com/api", timeout=5, connect_timeout=5, connections=1) as transport:
        if issubclass(error, aiohttp.ClientHttpProxyError):
            failure = transport._no_tunnel(502)  # told apart from the others where it is caught
        else:
            failure = transport._failure(made(error))

    assert isinstance(failure, Failure)
    if error.__name__ in BEFORE:
        assert failure.broke is Break.BEFORE
    elif issubclass(error, aiohttp.ClientConnectorCertificateError):
        assert failure.broke is Break.UNTRUSTED
    else:
        assert failure.broke is Break.AFTER
    assert failure.why
