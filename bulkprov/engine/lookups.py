"""Shared look-ups: is this thing there? Answered from one listing per scope, which all its rows share.

One rule gives both sharing and freshness: a listing answers every question about a time before it was asked for. So a
caller joins a listing whose request has not left yet, and never one that left too early for it. The module is given a
function that fetches a listing, and knows nothing of HTTP.

`SharedLookups._answer` is the one place where a listing answers a question. A listed thing with the wanted one's key is
the wanted one. Of others with its name the kind says what they are (`Match`): the same, another, or it cannot be told.
"""

from asyncio import Future, get_running_loop, shield
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bulkprov.engine.answers import differing, under, words_of
from bulkprov.engine.costs import cost_of
from bulkprov.engine.index import highest_in, index_of
from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.engine.reading import shown
from bulkprov.engine.wanted import Listed, Match, Wanted, folded, name_in
from bulkprov.engine.weak import WeakAnswers

__all__ = ["SharedLookups"]

_KEPT: Final = 128 << 20
"""Bytes of memory that listings cost which are kept, over all scopes, as `cost_of` reckons. The rows of one scope are
worked on together, so a listing is of use for a short time only. The newest is kept however long it is (an answer of
32 MB lists some 80,000 things)."""


@dataclass(slots=True)
class _Fetch:
    """A listing that is being fetched, or the newest that was."""

    result: Future[Verdict]
    priority: Priority
    """Of its request."""
    left_at: float | None = None
    """When its request left, in seconds since the epoch; None while it waits for a slot."""
    before: float = 0.0
    """When that of the listing before it left."""
    witnesses: tuple[int, ...] = ()
    """Ids that it must have, as was known when it left; the highest first."""
    absent: Verdict | None = None
    """What it says of every thing that is not in it."""
    size: int = 0
    """What it costs, in bytes; 0 while it is being fetched, and once it is dropped."""

    def end(self, verdict: Verdict) -> None:
        """Give the verdict to all that wait for it."""
        if verdict.listing is not None:
            reply = Reply(sure=verdict.listing.sure, none_after=verdict.listing.none_after)
            self.absent = replace(verdict, reply=reply, listing=None)
        self.result.set_result(verdict)


def _by_key(want: Wanted, listed: Listed) -> Match:
    return Match.SAME if want.key == listed.key else Match.OTHER


class SharedLookups:
    """The listings of a run, each fetched once for all rows of its scope."""

    def __init__(
        self,
        fetch: Callable[[str, Callable[[], None], Priority], Awaitable[Verdict]],
        *,
        clock: Callable[[], float],
        match: Callable[[Any, Listed], Match] | None = None,
        differs: Callable[[Any, Listed], str | None] | None = None,
        ask: Callable[[int, str], Awaitable[Verdict]] | None = None,
        ids: KnownIds | None = None,
        may_empty: bool = False,
    ) -> None:
        """Prepare.

        Args:
            fetch: gets the listing of a scope. It calls its second argument when the request leaves; the third is the
                request's priority.
            clock: seconds since the epoch.
            match: what a listed thing is to a wanted one; see `kind.Kind.match`.
            differs: in what it is not as it is wanted; see `kind.Kind.differs`.
            ask: gets one thing, by its id and the scope in which it should be.
            ids: told of every id that is listed.
            may_empty: whether a scope that gave a list may have lost all of its things since, so that an answer without
                a list counts as it does from any other scope.
        """
        self._fetch, self._clock, self._ask, self._ids = fetch, clock, ask, ids
        self._match, self._differs = match or _by_key, differs
        self._may_empty = may_empty
        self._weak = WeakAnswers(may_empty=may_empty)
        self._failed: Counter[str] = Counter()
        self._newest: OrderedDict[str, _Fetch] = OrderedDict()
        """By scope (`folded`), the one that was used last at the end."""
        self._size = self._kept = 0
        """The sizes of all that have come, and how many these are."""

    async def get(
        self, want: Wanted, asked_after: float, target: int = 0, *, priority: Priority = Priority.READ
    ) -> Verdict:
        """Whether `want` is there: a verdict whose reply has its id, or 0.

        Args:
            want: the thing in question.
            asked_after: the listing must have been asked for at this time or later, in seconds since the epoch.
            target: an id. Of several things with this name, the one with this id counts; and if a thing with another
                name is listed under it, the reply names that one (`Reply.elsewhere`).
            priority: of the request, if it takes one.
        """
        return self._answer(await self._fresh(want.scope, asked_after, priority=priority), want, target)

    def known(self, want: Wanted, asked_after: float, target: int = 0) -> Verdict | None:
        """The same, if a listing that can tell is there already; None if one must be asked for, or waited for."""
        newest = self._there(want, asked_after)
        return self._answer(newest, want, target) if newest else None

    def shows(self, want: Wanted, asked_after: float, target: int) -> bool:
        """Whether a listing that can tell is there and has `want` under this very id, once, and without a mark."""
        newest = self._there(want, asked_after)
        listing = newest.result.result().listing if newest else None
        if listing is None or listing.more or listing.marks.get(target):
            return False
        return listing.ids.get(want.key) == target

    def room(self) -> int:
        """How many lists asked for ahead can be kept until their rows come, if they are as long as those before.

        None before the first list has come: how long they are is not known then.
        """
        return _KEPT * self._kept // (2 * self._size) if self._size else 0

    def _there(self, want: Wanted, asked_after: float) -> _Fetch | None:
        """The listing that is kept, if it was asked for at this time or later, and has come."""
        name = folded(want.scope)
        newest = self._newest.get(name)
        if newest is None or not newest.result.done() or newest.left_at is None or newest.left_at < asked_after:
            return None
        self._newest.move_to_end(name)
        return newest

    def kept(self, scope: str) -> Listing | None:
        """The newest listing of a scope; None if none is kept, or if it is being fetched."""
        newest = self._newest.get(folded(scope))
        return newest.result.result().listing if newest and newest.result.done() else None

    def failures(self, scope: str) -> int:
        """How often in a row the list of a scope could not be had."""
        return self._failed[folded(scope)]

    def fresh(self, scope: str, since: float) -> bool:
        """Whether a listing of a scope is kept that was asked for at this time or later."""
        newest = self._newest.get(folded(scope))
        return newest is not None and max(newest.left_at or 0.0, newest.before) >= since

    async def by_id(self, want: Wanted, target: int) -> Verdict:
        """Whether the thing with this id is `want`; see `ports.Lookups`."""
        assert self._ask  # noqa: S101 - given wherever an operation asks by id
        verdict = await self._ask(target, want.scope)
        if verdict.listing is None:
            return verdict
        listing, kept = verdict.listing, self.kept(want.scope)
        found, elsewhere = listing.ids.get(want.key, 0), ""
        if listing.scope and not (kept and kept.scope_id and listing.scope_id):
            why = f"it is on {listing.scope}, which may be another name of {want.scope}"
            return replace(verdict, end=End.IN_DOUBT, listing=None, why=why)
        if listing.scope and kept and kept.scope_id != listing.scope_id:
            found, elsewhere = 0, f"now on {listing.scope}" if target in listing.ids.values() else ""
        elif found != target:
            found, elsewhere = under(target, want, listing, 0, self._match)
        if not (found or elsewhere) and (listing.ids or not listing.sure):
            why = verdict.why or "the answer does not say whether it exists"
            return replace(verdict, end=End.IN_DOUBT, listing=None, why=why)
        differs = differing(found, want, listing, self._differs)
        told = replace(shown(listing, target), id=found, sure=True, elsewhere=elsewhere, differs=differs)
        return replace(verdict, reply=told, listing=None)

    def _answer(self, listed: _Fetch, want: Wanted, target: int) -> Verdict:
        """What a listing says of a thing."""
        verdict = listed.result.result()
        if verdict.listing is None or listed.absent is None:
            return verdict
        listing, key = verdict.listing, want.key
        found = target if target and listing.more.get(target) == key else listing.ids.get(key, 0)
        also = tuple(index_of(listing).further.get(key, ())) if listing.more else ()
        if found and also:
            also = tuple(sorted({*also, listing.ids[key]} - {found}))
        if not target:
            if found:
                return replace(verdict, reply=shown(listing, found, also), listing=None)
            named = listing.named.get(name_in(key)) if listing.named else None
            return self._not_found(verdict, want, named, listing) if named else listed.absent
        elsewhere = ""
        if found != target:
            found, elsewhere = under(target, want, listing, found, self._match)
        reply = shown(listing, found, also)
        differs = differing(found, want, listing, self._differs)
        if elsewhere or differs is not None or not found:
            weak = 0 if found else listing.none_after
            reply = replace(reply, elsewhere=elsewhere, differs=differs, none_after=weak)
        return replace(verdict, reply=reply, listing=None)

    def _not_found(self, verdict: Verdict, want: Wanted, named: Sequence[Listed], listing: Listing) -> Verdict:
        """Of a thing whose key is not listed, though there are things of its name."""
        matches = [(each, self._match(want, each)) for each in named]
        same = [each.id for each, match in matches if match is Match.SAME]
        if same:
            first, *also = sorted(same)
            return replace(verdict, reply=shown(listing, first, tuple(also)), listing=None)
        others = [each for each, match in matches if match is Match.OTHER]
        reply = Reply(
            sure=listing.sure,
            others=tuple(sorted(each.id for each in others)),
            listed_others=words_of(others),
            unsure=words_of([each for each, match in matches if match is Match.UNSURE]),
        )
        return replace(verdict, reply=reply, listing=None)

    async def listing(self, scope: str, asked_after: float) -> Verdict:
        """The listing of a scope that was asked for at this time or later."""
        return (await self._fresh(scope, asked_after)).result.result()

    async def _fresh(self, scope: str, asked_after: float, *, priority: Priority = Priority.READ) -> _Fetch:
        """The listing that is kept; fetched anew if it is too old."""
        name = folded(scope)
        newest = self._newest.get(name)
        if newest is None or (newest.left_at is not None and newest.left_at < asked_after):
            return await self._fetched(name, scope, priority=priority)
        self._newest.move_to_end(name)
        if not newest.result.done():
            await shield(newest.result)  # cancelling this row's wait must not cancel the others'
        settles = priority is Priority.SETTLE and newest.priority is not Priority.SETTLE
        if settles and not newest.result.result().tried:
            return await self._fresh(
                scope, asked_after, priority=priority
            )  # a stop has held that one back, and not this
        return newest

    async def _fetched(self, name: str, scope: str, *, priority: Priority) -> _Fetch:
        """Fetch a listing for all that want it; the others wait for the first."""
        fetch = _Fetch(get_running_loop().create_future(), priority)
        if older := self._newest.get(name):
            fetch.before = max(older.left_at or 0.0, older.before)
        self._drop(name)
        self._newest[name] = fetch

        def leaves() -> None:
            fetch.left_at = self._clock()
            fetch.witnesses = self._witnesses(name, fetch.left_at)

        try:
            verdict = await self._fetch(scope, leaves, priority)
        except BaseException as error:
            self._forget(name, fetch)
            fetch.result.set_exception(error)
            fetch.result.exception()  # marks it as retrieved: there may be no other row waiting, and it is raised here
            raise
        if verdict.end is End.IN_DOUBT:
            self._failed[name] += 1
        elif self._failed:
            self._failed.pop(name, None)
        if verdict.end is not End.ANSWERED:
            self._forget(name, fetch)  # rows that wait get this verdict; a row that comes later asks anew
        if verdict.listing and await self._lacks(fetch.witnesses, scope, verdict.listing):
            verdict = replace(verdict, listing=replace(verdict.listing, sure=False))
        fetch.end(self._weighed(name, verdict, fetch.left_at or 0.0))
        if self._newest.get(name) is fetch:
            self._keep(name, fetch, verdict.listing)
        return fetch

    def _witnesses(self, name: str, now: float) -> tuple[int, ...]:
        return self._ids.witnesses(name, now) if self._ids and self._ask and not self._may_empty else ()

    async def _lacks(self, witnesses: Sequence[int], scope: str, listing: Listing) -> bool:
        """Whether a listing lacks a thing that is there, or may be: then it says nothing of any other either.

        The highest id tells whether it is cut. If another actor has deleted that thing, the next one tells.
        """
        for number in witnesses if listing.sure else ():
            if number in index_of(listing).keys:
                return False
            assert self._ask  # noqa: S101 - for the type checker
            shown = (await self._ask(number, scope)).listing
            if shown is None or not shown.sure or number in index_of(shown).keys:
                return True
        return False

    def _weighed(self, name: str, verdict: Verdict, left_at: float) -> Verdict:
        """A listing as it is believed."""
        listing = verdict.listing
        if listing is None:
            return verdict
        if self._ids:
            self._ids.see(highest_in(listing))
        if not self._weak.proves_absence(name, listing, left_at):
            return verdict
        return replace(verdict, listing=replace(listing, sure=True))

    def _keep(self, name: str, fetch: _Fetch, listing: Listing | None) -> None:
        """Count a listing that has come, and drop those that were not used for longest if there are too many."""
        fetch.size = cost_of(listing)
        self._size, self._kept = self._size + fetch.size, self._kept + 1
        self._newest.move_to_end(name)
        while self._size > max(_KEPT, fetch.size):
            oldest, held = next(iter(self._newest.items()))
            if held.size and held is not fetch:
                self._drop(oldest)
            else:  # it is being fetched: its rows are at work, and there is nothing to gain yet
                self._newest.move_to_end(oldest)

    def _forget(self, name: str, fetch: _Fetch) -> None:
        if self._newest.get(name) is fetch:
            self._drop(name)

    def _drop(self, name: str) -> None:
        """Drop the listing of a scope, if there is one. Rows that wait for it get it all the same."""
        if dropped := self._newest.pop(name, None):
            self._size, self._kept = self._size - dropped.size, self._kept - bool(dropped.size)
            dropped.size = 0
