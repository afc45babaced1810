"""The way to the server: one request after the other, at most one a second, those of signing in and out too.

It knows HTTP's methods and the token, and neither what is asked nor what is found.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.commvault.classify import Answer, Failure
from bulkprov.commvault.session import Auth
from bulkprov.commvault.transport import Transport
from bulkprov.probe.answers import Heard, heard
from bulkprov.wire import Tree, Wire

__all__ = ["Paced", "Server", "Tempo"]

_CAP: Final = 64 << 20
"""Bytes of an answer: some 90,000 clients."""
_TRIES: Final = 3
"""How often that is asked for which a probe cannot do without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast a probe goes."""

    pace: float = 1.0
    """Seconds from the start of a request to that of the next one, at least."""
    looks: tuple[float, ...] = (0.0, 1.0, 5.0, 15.0)
    """Seconds after a change at which it is looked for."""
    settle: float = 10.0
    """Seconds after a create until its set would be listed, as a run believes."""


class Paced:
    """A transport on which a request leaves only when its turn has come, whoever sends it."""

    def __init__(
        self,
        transport: Transport,
        pace: float,
        clock: Callable[[], float],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Put the parts together.

        Args:
            transport: where requests go; open.
            pace: see `Tempo.pace`.
            clock: seconds since the epoch.
            sleep: waits.
        """
        self._transport, self._pace, self._sleep = transport, pace, sleep
        self.clock = clock
        self._next = 0.0
        self.requests = 0
        """Requests that were sent."""

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
        """As `Transport.exchange`, each on a connection of its own, so that no answer can be another request's."""
        await self.turn()
        self._next = self.clock() + self._pace
        self.requests += 1
        return await self._transport.exchange(
            method, path, headers=headers, query=query, body=body, cap=cap, alone=True
        )

    async def turn(self) -> None:
        """Wait until a request may leave."""
        await self.wait_until(self._next)

    async def wait_until(self, at: float) -> None:
        """Wait until a time by the clock."""
        if (left := at - self.clock()) > 0:
            await self._sleep(left)


class Server:
    """A web service that is asked one thing at a time."""

    def __init__(self, paced: Paced, auth: Auth, wire: Wire, tempo: Tempo) -> None:
        """Put the parts together.

        Args:
            paced: the way there.
            auth: the token; signed in.
            wire: format of requests and answers.
            tempo: how fast.
        """
        self._paced, self._auth, self._wire = paced, auth, wire
        self.tempo, self.clock = tempo, paced.clock
        self.turn, self.wait_until = paced.turn, paced.wait_until

    async def get(self, path: str, token: Mapping[str, str] | None = None, **query: str) -> Heard:
        """GET a path, with its query; with another token than that of the session, if one is given."""
        return await self._ask("GET", path, query=query, token=token)

    async def needed(self, path: str, **query: str) -> Heard:
        """GET what a probe cannot do without: asked again where the answer may be another one a moment later."""
        for _ in range(_TRIES - 1):
            answered = await self.get(path, None, **query)
            if not answered.passing:
                return answered
        return await self.get(path, None, **query)

    async def post(self, path: str, root: str, tree: Tree) -> Heard:
        """POST a document."""
        return await self._ask("POST", path, body=self._wire.dumps(root, tree))

    async def delete(self, path: str) -> Heard:
        """DELETE a path."""
        return await self._ask("DELETE", path)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        token: Mapping[str, str] | None = None,
    ) -> Heard:
        formats = {"Accept": self._wire.media_type} | ({"Content-type": self._wire.media_type} if body else {})
        headers = {**formats, **(self._auth.headers if token is None else token)}
        answer = await self._paced.exchange(method, path, headers=headers, query=query or None, body=body, cap=_CAP)
        return heard(answer, self._wire)
