"""What becomes of a request on the server: processed within its capacity, or as a fault has it.

It knows the endpoints and the event loop's time, and nothing of connections.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from bulkprov.simulator.capacity import Capacity
from bulkprov.simulator.endpoints import routes
from bulkprov.simulator.endpoints.backend import Backend
from bulkprov.simulator.faults import Effect
from bulkprov.simulator.http_messages import Request, RequestKind, Response

__all__ = ["Effects"]


class Effects:
    """The effects of all requests to one simulator."""

    def __init__(self, backend: Backend) -> None:
        """Requests take effect on this backend."""
        self.capacity = Capacity(backend.settings)
        self._backend = backend
        self._late: dict[asyncio.TimerHandle, Callable[[], None]] = {}

    def hurry(self) -> None:
        """Process at once what is due later."""
        for timer, process in list(self._late.items()):
            timer.cancel()
            process()

    async def process(self, route: routes.Route, request: Request, *, listed_after: float = 0.0) -> Response:
        """The normal response to a request, within the server's capacity, or one that turns it away.

        `listed_after`: seconds until listings show a set that it creates.
        """
        backend = self._backend
        if refusal := self.capacity.turn_away(route.kind):
            backend.statistics.turned_away[refusal.status] += 1
            return replace(refusal, wire=request.accepts)
        if listed_after:
            backend = replace(backend, listed_after=listed_after)
        process = partial(routes.respond, backend, route, request)
        return await self.capacity.process(process) if route.kind is RequestKind.CREATE else process()

    async def of(self, effect: Effect, route: routes.Route, request: Request) -> Response:
        """Let a request have an effect; the normal response, or an empty one without effect."""
        return await _EFFECTS[effect](self, route, request)

    async def nothing(self, _route: routes.Route, request: Request) -> Response:
        """Not processed."""
        return Response(wire=request.accepts)

    async def unlisted(self, route: routes.Route, request: Request) -> Response:
        """Processed, and listed some seconds later."""
        return await self.process(route, request, listed_after=self._backend.settings.late_seconds)

    async def twice(self, route: routes.Route, request: Request) -> Response:
        """Processed twice; the response from the second time."""
        await self.process(route, request)
        return await self.process(route, request)

    async def twice_answered_first(self, route: routes.Route, request: Request) -> Response:
        """Processed twice; the response from the first time."""
        response = await self.process(route, request)
        await self.process(route, request)
        return response

    async def twice_and_late(self, route: routes.Route, request: Request) -> Response:
        """Processed, and again some seconds later."""
        await self.late(route, request)
        return await self.process(route, request)

    async def late(self, route: routes.Route, request: Request) -> Response:
        """Processed some seconds later."""

        def due() -> None:
            del self._late[timer]
            routes.respond(self._backend, route, request)

        timer = asyncio.get_running_loop().call_later(self._backend.settings.late_seconds, due)
        self._late[timer] = due
        return Response(wire=request.accepts)

    async def made_instead(self, route: routes.Route, request: Request) -> Response:
        """What it would create is created by another actor."""
        made = routes.respond(self._backend, route, request)
        self._backend.statistics.made_by_others += _new_ids(made)
        return Response(wire=request.accepts)

    async def made_first(self, route: routes.Route, request: Request) -> Response:
        """The same, and then it is processed."""
        await self.made_instead(route, request)
        return await self.process(route, request)

    async def deleted(self, route: routes.Route, request: Request) -> Response:
        """Processed; then another actor deletes what was created."""
        response = await self.process(route, request)
        for row in filter(None, map(self._backend.state.set_by_id, _new_ids(response))):
            self._backend.commserve.remove(row)
            self._backend.statistics.deleted_by_others.append(row.id)
        return response

    async def token_expires(self, _route: routes.Route, request: Request) -> Response:
        """Not processed, and the session is over."""
        for token in (request.token, request.headers.get("Authorization", "")):
            self._backend.sessions.expire(token.removeprefix("Bearer "))
        return Response(wire=request.accepts)


def _new_ids(response: Response) -> list[int]:
    """The id in the reply to a create that was not refused."""
    entries = (response.tree or {}).get("response") or [{}]
    number = entries[0].get("entity", {}).get("@backupsetId", 0)
    return [number] if number else []


_Take: TypeAlias = Callable[[Effects, routes.Route, Request], Awaitable[Response]]

_EFFECTS: Final[dict[Effect, _Take]] = {
    Effect.NONE: Effects.nothing,
    Effect.NORMAL: Effects.process,
    Effect.LATE: Effects.late,
    Effect.UNLISTED: Effects.unlisted,
    Effect.TWICE: Effects.twice,
    Effect.TWICE_ANSWERED_FIRST: Effects.twice_answered_first,
    Effect.TWICE_AND_LATE: Effects.twice_and_late,
    Effect.MADE_FIRST: Effects.made_first,
    Effect.MADE_INSTEAD: Effects.made_instead,
    Effect.DELETED: Effects.deleted,
    Effect.TOKEN_EXPIRES: Effects.token_expires,
}
