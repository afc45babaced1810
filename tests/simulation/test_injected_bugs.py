"""Whether the simulation would notice a bug: each of these is put into the product, and some world must break."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pytest

from bulkprov.commvault import backupset_replies, classify, transport, webservice
from bulkprov.commvault.classify import Break
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine import absence, backoff, creating, evidence, exchanges, lifecycle, lookups, reading
from bulkprov.engine.model import End, Evidence, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.journal import group_commit, view
from bulkprov.runs.log import Log
from tests.simulation import crowded
from tests.simulation.invariants import BrokenError
from tests.simulation.traits import Traits
from tests.simulation.weather import Weather
from tests.simulation.world import run_world

Patch: TypeAlias = Callable[[pytest.MonkeyPatch], None]
WORLDS = 15
BUGS: dict[str, "Bug"] = {}


@dataclass(frozen=True)
class Bug:
    """A bug, and the world that reveals it soonest."""

    put_in: Patch
    weather: Callable[[Weather], Weather]
    traits: Traits | None
    """What else the world has."""
    first: int
    """The seed to begin with: that of a world which reveals it, where those before are many and long."""


def bug(
    words: str, weather: Callable[[Weather], Weather] = lambda lot: lot, traits: Traits | None = None, first: int = 0
) -> Callable[[Patch], Patch]:
    """Register a bug under a description."""

    def keep(put_in: Patch) -> Patch:
        BUGS[words] = Bug(put_in, weather, traits, first)
        return put_in

    return keep


def struck(
    name: str, share: float = 0.4, *, late: float = 0.2, duplicates: bool = False
) -> Callable[[Weather], Weather]:
    """Weather with one fault in place of the drawn ones; late commits are `late` settle times late.

    `duplicates`: the server creates them.
    """

    def change(lot: Weather) -> Weather:
        server = replace(
            lot.server,
            faults=0.0,
            fault={name: share},
            late_seconds=late * lot.settle,
            refuse_duplicates=not duplicates,
        )
        return replace(lot, server=server, faults=server.fault, first_look=True, max_attempts=8)

    return change


def calm(lot: Weather) -> Weather:
    """Weather without faults, in which late commits are half a settle time late."""
    server = replace(lot.server, faults=0.0, fault={}, late_seconds=0.5 * lot.settle)
    return replace(lot, server=server, faults={}, outage=None, first_look=True, max_attempts=8)


def gateway(fault: str, **server: Any) -> Traits:
    """A gateway that treats half of the creates like this, before a server with these settings."""
    return Traits(kinds=("gateway",), faults={fault: 0.5}, server=server)


@bug("doubt is forgotten once it is settled", struck("late-commit", late=1.2))
def _(patch: pytest.MonkeyPatch) -> None:
    ready = lifecycle.ready_to_act

    def forgetful(standing: Standing, *, absent_before_send: bool) -> Standing:
        return replace(ready(standing, absent_before_send=absent_before_send), ever_in_doubt=False)

    patch.setattr(creating, "ready_to_act", forgetful)


@bug("an absence is believed at once")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(absence, "settled_at", lambda _standing, _limits: 0.0)


@bug("what is in doubt is sent again without a look")
def _(patch: pytest.MonkeyPatch) -> None:
    doubted = lifecycle._put_in_doubt
    patch.setattr(lifecycle, "_put_in_doubt", lambda *args: replace(doubted(*args), step=Step.ACT, unsettled=False))


@bug("a killed process's intents are taken for not sent")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lifecycle, "interrupted", lambda standing, *_: replace(standing, waits=1))


@bug("an absence is believed before the settle time is over", struck("late-504", late=0.3, duplicates=True))
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(creating, "too_early", lambda *_: False)


@bug("an answered 5xx is taken for not done", struck("500-after", duplicates=True))
def _(patch: pytest.MonkeyPatch) -> None:
    asked = classify._whatever_was_asked

    def whatever(*args: Any) -> Verdict | None:
        found = asked(*args)
        return replace(found, end=End.NOT_TAKEN) if found and found.http_status == 500 else found

    patch.setattr(classify, "_whatever_was_asked", whatever)


@bug("a reset connection is taken for one that never was", struck("reset-after"))
def _(patch: pytest.MonkeyPatch) -> None:
    failure = transport.Transport._failure
    patch.setattr(
        transport.Transport, "_failure", lambda self, error: replace(failure(self, error), broke=Break.BEFORE)
    )


def with_messages(patch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Have every web service understand the kind's messages otherwise."""
    made = webservice.WebService.__init__

    def init(self: webservice.WebService, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        self._messages = replace(self._messages, **changed)

    patch.setattr(webservice.WebService, "__init__", init)


@bug("errorCode 0 is enough, without an id", struck("hollow-success"))
def _(patch: pytest.MonkeyPatch) -> None:
    def read(tree: Any) -> Reply:
        reply = backupset_replies.read_reply(tree)
        return replace(reply, id=1) if reply.error_code == 0 and not reply.id else reply

    with_messages(patch, read_reply=read)


@bug("what is found after a doubt is said to have been there before", struck("drop-after"))
def _(patch: pytest.MonkeyPatch) -> None:
    found = creating.found
    patch.setattr(creating, "found", lambda standing, verdict: found(replace(standing, ever_in_doubt=False), verdict))


@bug(
    "what is found after a doubt is called ours without a first look",
    lambda lot: replace(struck("drop-after")(lot), first_look=False),
)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(creating, "of_found", lambda *_: Evidence.PROVEN)


@bug("a refusal is believed before its settle time is over", calm, gateway("refused-late"))
def _(patch: pytest.MonkeyPatch) -> None:
    for module in (absence, backoff, creating, lifecycle):
        patch.setattr(module, "must_settle", lambda standing: standing.unsettled)


@bug("a create leaves before its intent is on disk")
def _(patch: pytest.MonkeyPatch) -> None:
    async def begin(self: group_commit.JournalWriter, row: Row, known: int) -> int:
        self._nr += 1
        self._batch.intend(self._nr, row, self._clock(), known)
        self._something.set()
        return self._nr

    patch.setattr(group_commit.JournalWriter, "begin", begin)


@bug("the standing is not kept with the intent")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(view, "standing_from", lambda _text: Standing())


@bug("an unfinished row is shown as pending")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(view, "provisional_status", lambda _standing: Status.PENDING)


@bug("creates are not counted", lambda lot: replace(struck("drop-before", share=0.7)(lot), max_attempts=2))
def _(patch: pytest.MonkeyPatch) -> None:
    doubted = lifecycle._put_in_doubt
    patch.setattr(lifecycle, "_put_in_doubt", lambda *args: replace(doubted(*args), sends=1))


@bug(
    "of two sets of one name the first only is seen",
    calm,
    gateway("double-apply-first", refuse_duplicates=False),
)
def _(patch: pytest.MonkeyPatch) -> None:
    read = backupset_replies.read_listing

    def listing(*args: Any) -> Any:
        found = read(*args)
        return found and replace(found, more={})

    with_messages(patch, listing=replace(BACKUP_SET.messages.listing, read=listing))


@bug("what is found after a doubt is proven ours", struck("drop-after"), Traits(kinds=("second run",), second="same"))
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(creating, "of_found", lambda *_: Evidence.PROVEN)


@bug("the second witness repeats what the list says", calm, Traits(kinds=("cut lists",), server={"list_cut": 3}), 10)
def _(patch: pytest.MonkeyPatch) -> None:
    async def by_id(self: lookups.SharedLookups, want: Any, target: int) -> Verdict:
        return self.known(want, 0.0, target) or await self.get(want, 0.0, target)

    patch.setattr(lookups.SharedLookups, "by_id", by_id)


TWO_THAT_MARK = Traits(kinds=("second run", "marks"), second="same", mark=True)


@bug("anothers mark is taken for ours", struck("drop-after"), TWO_THAT_MARK)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evidence, "same_mark", lambda *_: True)


@bug("each create of a row has a mark of its own", struck("late-504", late=0.6), TWO_THAT_MARK)
def _(patch: pytest.MonkeyPatch) -> None:
    marked = exchanges.Exchanges.marked

    def anew(self: exchanges.Exchanges, row: Row) -> Row:
        return marked(self, replace(row, standing=replace(row.standing, mark="")))

    patch.setattr(exchanges.Exchanges, "marked", anew)


@bug("what bears no mark is not ours", struck("drop-after"), replace(TWO_THAT_MARK, server={"descriptions": False}))
def _(patch: pytest.MonkeyPatch) -> None:
    of_mark = evidence.of_mark

    def strict(standing: Standing, number: int, reply: Reply) -> Evidence:
        bare = standing.mark and evidence.mark_of(reply, number) == ""
        return Evidence.NONE if bare else of_mark(standing, number, reply)

    patch.setattr(evidence, "of_mark", strict)


@bug("marks are not read", struck("drop-after"), TWO_THAT_MARK)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "unread", lambda *_: [])


@bug("a token goes into the log")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Log, "hide", lambda self, secret: self.info("token", value=secret))


def run_worlds(worlds: int, bug: Bug, patch: pytest.MonkeyPatch) -> None:
    """Run that many worlds."""
    if bug.traits:
        patch.setattr(crowded, "draw_traits", lambda *_: bug.traits)
    for seed in range(bug.first, bug.first + worlds):
        run_world(seed, change=bug.weather, kind=crowded.CrowdedWorld if bug.traits else None)


@pytest.mark.parametrize("name", BUGS)
def test_this_bug_breaks_a_world(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a few worlds of the weather that reveals it."""
    BUGS[name].put_in(monkeypatch)

    with pytest.raises(BrokenError):
        run_worlds(WORLDS, BUGS[name], monkeypatch)


@pytest.mark.parametrize("name", BUGS)
def test_the_same_worlds_hold_without_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug breaks them, and not the weather."""
    run_worlds(3, BUGS[name], monkeypatch)
