"""Look-ups: is this backup set there? Answered from its client's listing, shared by all rows of the client.

One rule gives sharing and freshness: a listing answers every question about a time before it was asked for. So a
caller joins a listing that has not left yet, and never one that has left too early for it. It is given what fetches
a listing; it knows nothing of HTTP.
"""

from asyncio import Future, get_running_loop, shield
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from bulkprov.engine.model import BackupSet, End, Reply, Verdict, folded, key_of, name_in

__all__ = ["ClientsFirst", "Inventory", "Lookups"]

_KEPT: Final = 2000
"""Clients whose newest listing is kept. Rows of one client stand together in most sheets."""


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
            fetch: gets the listing of a client; calls its second argument when the request leaves. The third says
                whether it is to settle what became of a create.
            clock: seconds since the epoch.
        """
        self._fetch, self._clock = fetch, clock
        self._clients: OrderedDict[str, _Asked] = OrderedDict()

    async def get(self, want: BackupSet, asked_after: float, target: int = 0, *, settles: bool = False) -> Verdict:
        """Whether `want` is there: a verdict whose reply has its id, or 0.

        Args:
            want: the backup set in question.
            asked_after: the listing must have been asked for at this time or later, in seconds since the epoch.
            target: an id. Of several sets of this name it is that one that counts; and if a set of another name is
                listed under it, the reply names that one (`Reply.elsewhere`).
            settles: whether it is to settle what became of an act.
        """
        return self._said(await self._asked(want.client, asked_after, settles=settles), want, target)

    def known(self, want: BackupSet, asked_after: float, target: int = 0) -> Verdict | None:
        """The same, if a listing that can tell is there already; None if one has to be asked for, or waited for."""
        asked = self._clients.get(folded(want.client))
        if asked is None or not asked.result.done() or asked.left_at is None or asked.left_at < asked_after:
            return None
        return self._said(asked, want, target)

    def _said(self, asked: _Asked, want: BackupSet, target: int) -> Verdict:
        """What a listing says of a backup set."""
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

    async def listing(self, client: str, asked_after: float) -> Verdict:
        """The listing of a client that was asked for at this time or later, by whomever."""
        return (await self._asked(client, asked_after)).result.result()

    async def _asked(self, client: str, asked_after: float, *, settles: bool = False) -> _Asked:
        """The listing as it is kept, fetched anew if it is too old."""
        name = folded(client)
        asked = self._clients.get(name)
        if asked is None or (asked.left_at is not None and asked.left_at < asked_after):
            return await self._ask(name, client, settles=settles)
        if not asked.result.done():
            await shield(asked.result)  # cancelling this row's wait must not cancel the others'
        return asked

    async def _ask(self, name: str, client: str, *, settles: bool) -> _Asked:
        """Fetch a listing for whoever wants it; the others wait for the first."""
        asked = _Asked(get_running_loop().create_future())
        self._clients[name] = asked
        self._clients.move_to_end(name)

        def leaves() -> None:
            asked.left_at = self._clock()

        try:
            verdict = await self._fetch(client, leaves, settles)
        except BaseException as error:
            self._forget(name, asked)
            asked.result.set_exception(error)
            asked.result.exception()  # nobody else may be waiting: then it is told here, where it is raised
            raise
        if verdict.end is not End.ANSWERED:
            self._forget(name, asked)  # whoever waits gets this verdict, whoever comes asks anew
        asked.answer(verdict)
        while len(self._clients) > _KEPT:
            self._clients.popitem(last=False)
        return asked

    def _forget(self, name: str, asked: _Asked) -> None:
        if self._clients.get(name) is asked:
            del self._clients[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a client consists of, by lists that all its rows share; each is asked for by the client's id."""

    clients: Lookups
    """Whether it is in use: a retired client is listed, and takes no backup sets."""
    agents: Lookups
    instances: Lookups

    async def lacks(self, want: BackupSet, number: int, asked_after: float) -> Verdict | None:
        """Why the client has no place for this backup set, or that nobody could say; None if it has one.

        Args:
            want: the backup set in question.
            number: the client's id.
            asked_after: see `Lookups.get`.
        """
        agent, instance = key_of("", want.app, "", ""), key_of("", want.app, want.instance, "")
        for lookups, key, words in (
            (self.clients, "", f"the client {want.client} is retired"),
            (self.agents, agent, f"the client {want.client} has no agent {want.app}"),
            (self.instances, instance, f"the {want.app} of {want.client} has no instance {want.instance}"),
        ):
            verdict = await lookups.listing(str(number), asked_after)
            if verdict.listing is None:
                return verdict
            if verdict.listing.sure and key not in verdict.listing.ids:
                return replace(verdict, reply=Reply(no_place=True), listing=None, why=words)
        return None


class ClientsFirst:
    """Look-ups that first make sure, by one list of all clients, that the CommServe knows the client at all."""

    def __init__(self, clients: Lookups, lookups: Lookups, inventory: Inventory | None = None) -> None:
        """Put them together.

        Args:
            clients: fetches the list of all clients, whichever name it is asked for.
            lookups: the clients' backup sets.
            inventory: asked about a set that is not there, if that is wanted.
        """
        self._clients, self._lookups, self._inventory = clients, lookups, inventory

    def known(self, want: BackupSet, asked_after: float, target: int = 0) -> Verdict | None:  # noqa: ARG002 - `Looks`
        """Nothing is known without asking: several lists have to agree."""
        return None

    async def get(self, want: BackupSet, asked_after: float, target: int = 0, *, settles: bool = False) -> Verdict:
        """As `Lookups.get`; a client that is not known is told by `Reply.no_place`, with the nearest names."""
        verdict = await self._clients.listing("", asked_after)
        if verdict.listing is None:
            return verdict
        names = verdict.listing.ids
        client = folded(want.client)
        if client in names or not verdict.listing.sure:
            found = await self._lookups.get(want, asked_after, target, settles=settles)
            number = names.get(client)
            if self._inventory is None or found.end is not End.ANSWERED or found.reply.id or not number:
                return found
            return await self._inventory.lacks(want, number, asked_after) or found
        near = get_close_matches(client, names, n=3, cutoff=0.75)
        words = f"no client is called {want.client}" + (f"; did you mean {' or '.join(near)}?" if near else "")
        return replace(verdict, reply=Reply(no_place=True), listing=None, why=words)
