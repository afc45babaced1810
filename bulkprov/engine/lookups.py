"""Look-ups: is this thing there? Answered from the listing of its scope, which all rows of the scope share.

One rule gives sharing and freshness: a listing answers every question about a time before it was asked for. So a
caller joins a listing that has not left yet, and never one that has left too early for it. It is given what fetches
a listing; it knows nothing of HTTP.
"""

from asyncio import Future, get_running_loop, shield
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bulkprov.engine.model import End, Reply, Verdict
from bulkprov.engine.wanted import Wanted, folded, name_in

__all__ = ["Lookups"]

_KEPT: Final = 2000
"""Scopes whose newest listing is kept. Rows of one scope stand together in most sheets."""


@dataclass(slots=True)
class _Asked:
    """A listing that is being fetched, or the newest one there is."""

    result: Future[Verdict]
    left_at: float | None = None
    """When its request left, in seconds since the epoch; None while it waits for a slot."""
    absent: Verdict | None = None
    """What it says of every set that is not in it."""

    def answer(self, verdict: Verdict) -> None:
        """Let everybody who waits have it."""
        if verdict.listing is not None:
            self.absent = replace(verdict, reply=Reply(sure=verdict.listing.sure), listing=None)
        self.result.set_result(verdict)


class Lookups:
    """The listings of a run."""

    def __init__(
        self,
        fetch: Callable[[str, Callable[[], None], bool], Awaitable[Verdict]],
        *,
        clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            fetch: gets the listing of a scope; calls its second argument when the request leaves. The third says
                whether it is to settle what became of a create.
            clock: seconds since the epoch.
        """
        self._fetch, self._clock = fetch, clock
        self._newest: OrderedDict[str, _Asked] = OrderedDict()

    async def get(self, want: Wanted, asked_after: float, target: int = 0, *, settles: bool = False) -> Verdict:
        """Whether `want` is there: a verdict whose reply has its id, or 0.

        Args:
            want: the thing in question.
            asked_after: the listing must have been asked for at this time or later, in seconds since the epoch.
            target: an id. Of several sets of this name it is that one that counts; and if a set of another name is
                listed under it, the reply names that one (`Reply.elsewhere`).
            settles: whether it is to settle what became of an act.
        """
        return self._said(await self._asked(want.scope, asked_after, settles=settles), want, target)

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:
        """The same, if a listing that can tell is there already; None if one has to be asked for, or waited for."""
        asked = self._newest.get(folded(want.scope))
        if asked is None or not asked.result.done() or asked.left_at is None or asked.left_at < asked_after:
            return None
        return self._said(asked, want, target)

    def _said(self, asked: _Asked, want: Wanted, target: int) -> Verdict:
        """What a listing says of a thing."""
        verdict = asked.result.result()
        if verdict.listing is None or asked.absent is None:
            return verdict
        ids = verdict.listing.ids
        more = verdict.listing.more
        key = want.key
        found = target if target and more.get(target) == key else ids.get(key, 0)
        if not found and not target:
            return asked.absent
        elsewhere = ""
        if target and found != target:
            listed = more.get(target) or next((key for key, number in ids.items() if number == target), "")
            elsewhere = name_in(listed) if listed else ""
        reply = Reply(id=found, sure=verdict.listing.sure, elsewhere=elsewhere)
        return replace(verdict, reply=reply, listing=None)

    async def listing(self, scope: str, asked_after: float) -> Verdict:
        """The listing of a scope that was asked for at this time or later."""
        return (await self._asked(scope, asked_after)).result.result()

    async def _asked(self, scope: str, asked_after: float, *, settles: bool = False) -> _Asked:
        """The listing as it is kept, fetched anew if it is too old."""
        name = folded(scope)
        asked = self._newest.get(name)
        if asked is None or (asked.left_at is not None and asked.left_at < asked_after):
            return await self._ask(name, scope, settles=settles)
        if not asked.result.done():
            await shield(asked.result)  # cancelling this row's wait must not cancel the others'
        return asked

    async def _ask(self, name: str, scope: str, *, settles: bool) -> _Asked:
        """Fetch a listing for whoever wants it; the others wait for the first."""
        asked = _Asked(get_running_loop().create_future())
        self._newest[name] = asked
        self._newest.move_to_end(name)

        def leaves() -> None:
            asked.left_at = self._clock()

        try:
            verdict = await self._fetch(scope, leaves, settles)
        except BaseException as error:
            self._forget(name, asked)
            asked.result.set_exception(error)
            asked.result.exception()  # nobody else may be waiting: then it is told here, where it is raised
            raise
        if verdict.end is not End.ANSWERED:
            self._forget(name, asked)  # whoever waits gets this verdict, whoever comes asks anew
        asked.answer(verdict)
        while len(self._newest) > _KEPT:
            self._newest.popitem(last=False)
        return asked

    def _forget(self, name: str, asked: _Asked) -> None:
        if self._newest.get(name) is asked:
            del self._newest[name]
