"""Reads of the web service, each made when the gate lets it pass."""

from collections.abc import Awaitable, Callable
from functools import partial

from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.throttle.gate import Gate

__all__ = ["ask", "fetched"]


async def ask(gate: Gate, service: WebService, number: int, scope: str) -> Verdict:
    """Ask for one thing by its id: an exchange like any other."""
    return await gate.exchange(partial(service.thing, number, scope), priority=Priority.SETTLE)


async def fetched(
    gate: Gate,
    fetch: Callable[[str], Awaitable[Verdict]],
    name: str,
    leaves: Callable[[], None],
    priority: Priority,
) -> Verdict:
    """Fetch one list for the lookups: an exchange like any other."""
    return await gate.exchange(partial(_leave, fetch, name, leaves), priority=priority)


async def _leave(fetch: Callable[[str], Awaitable[Verdict]], name: str, leaves: Callable[[], None]) -> Verdict:
    leaves()
    return await fetch(name)
