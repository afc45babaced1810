"""A bound on what comes before the body of an answer: its header, and informational answers (1xx) ahead of it.

aiohttp 3.14 limits one header to 128 fields of 8 KB, which is a megabyte for each exchange in flight, and queues
informational answers without any limit: 25 bytes that a server sends become an object of 250, and 8 MB of them may
arrive before any of it is read. No request here asks for one (no `Expect` is sent), so none is kept, and all that
arrives before the answer itself counts towards one limit.
"""

from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

__all__ = ["LONGEST_HEAD", "BoundedHandler", "HeadTooLongError"]

LONGEST_HEAD: Final = 64 << 10
"""Bytes that may arrive before the body of an answer. Web servers allow their own headers 8 to 32 KB."""
_SWITCHING: Final = 101
"""The one status below 200 that ends an exchange."""


class HeadTooLongError(aiohttp.ClientError):
    """More than `LONGEST_HEAD` bytes have come, and no answer."""


class BoundedHandler(ResponseHandler):
    """aiohttp's protocol of a connection, with that bound for each exchange on it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As aiohttp's."""
        super().__init__(*args, **options)
        self._left = LONGEST_HEAD
        self._is_answered = False

    def expect_answer(self) -> None:
        """Begin to count anew: the connection carries another exchange."""
        self._left, self._is_answered = LONGEST_HEAD, False

    def data_received(self, data: bytes) -> None:
        """Something has arrived. Until the answer's header is whole, no more is parsed than the bound allows."""
        if self._is_answered:
            super().data_received(data)
        elif rest := self._parse_head(data):
            super().data_received(rest)

    def _parse_head(self, data: bytes) -> bytes:
        """Parse what the bound allows; what is left of the data if there is an answer now, else nothing."""
        first, rest = data[: self._left], data[self._left :]
        self._left -= len(first)
        super().data_received(first)
        if not rest or self._is_answered:
            return rest
        self.set_exception(HeadTooLongError())
        if self.transport is not None:
            self.transport.abort()
        return b""

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Queue a message that was parsed, unless it is an informational one, or the third in the queue.

        That two have come to one request is all that `Connections.is_doubtful` has to know.
        """
        code = data[0].code
        if not self._is_answered and code < 200 and code != _SWITCHING:
            return
        self._is_answered = True
        if len(self) < 2:
            super().feed_data(data, size)
