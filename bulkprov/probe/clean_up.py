"""The end of a probe, and what the next one does for one that was killed: all its sets are deleted, each looked at.

"Gone" takes what a run takes too: a list that proves it and a read by id, both after the delete. A create may take
effect late, and a list show it late; so what was never seen is looked for until it would have been.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from bulkprov.probe.answers import Heard, alike, said
from bulkprov.probe.scratch import Scratch
from bulkprov.probe.server import Server
from bulkprov.probe.sets import Listed, Look, Shown

__all__ = ["CleanedUp", "Leftover", "clean_up"]

_GONE: Final = ("empty", "404", "error")
"""Forms of a read by id that say that there is no such set."""
_NO_ID: Final = 2**31 - 1
"""An id that no set has."""
_MOST_LOOKS: Final = 60
"""How often the client's list is looked at, whatever a server does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A set that the probe made, or may have made, and could not delete."""

    id: int
    """0 if it is not known."""
    name: str
    why: str


@dataclass(slots=True, kw_only=True)
class CleanedUp:
    """How a clean-up ended."""

    left: list[Leftover] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    """Names of creates without an answer whose sets are not listed. They may take effect still."""
    others: dict[int, str] = field(default_factory=dict)
    """Sets that a create was answered with, under names that are none of the probe's: id to name. Left alone."""

    def add(self, more: "CleanedUp") -> None:
        """Take in what another clean-up has left."""
        self.left += more.left
        self.unanswered += more.unanswered
        self.others |= more.others

    def mask(self, mask: Callable[[str], str]) -> None:
        """Hide secrets in the names and words of the server: it may call a set what it likes."""
        self.left = [replace(each, name=mask(each.name), why=mask(each.why)) for each in self.left]
        self.others = {number: mask(name) for number, name in self.others.items()}


async def clean_up(server: Server, scratch: Scratch) -> CleanedUp:
    """Delete all sets of the probe that are listed, and those that are known by id."""
    return await _CleanUp(server, scratch).all()


class _CleanUp:
    def __init__(self, server: Server, scratch: Scratch) -> None:
        self._server, self._scratch = server, scratch
        self._others: dict[int, str] = {}
        self._nothing: Heard | None = None
        """What is read of an id that no set has, once it was asked."""

    async def all(self) -> CleanedUp:
        """Look and delete, and look again, until nothing more is expected; after each delete from the beginning."""
        scratch, looks = self._scratch, self._server.tempo.looks
        scratch.cleaning = True
        since, index, unlisted = self._server.clock(), 0, ""
        problems: dict[int, str] = {}
        for _ in range(_MOST_LOOKS):
            await self._server.wait_until(since + looks[index])
            last, deleted = index == len(looks) - 1, len(scratch.deleted)
            shown = await scratch.list()
            own, unlisted = scratch.own_in(shown), shown.problem
            for number in [*scratch.left.made]:
                problems[number] = await self._remove(number, own.get(number), shown, last=last)
                if not problems[number]:
                    scratch.forget(number)
            if len(scratch.deleted) > deleted:
                since, index = self._server.clock(), min(1, len(looks) - 1)
            elif last or self._is_done():
                break
            else:
                index += 1
        return self._end(problems, unlisted)

    def _end(self, problems: dict[int, str], unlisted: str) -> CleanedUp:
        scratch = self._scratch
        left = [Leftover(id=each, name=name, why=problems[each]) for each, name in scratch.left.made.items()]
        if unlisted:
            left += [Leftover(id=0, name=each.name, why=unlisted) for each in scratch.intents]
            return CleanedUp(left=left, others=self._others)
        unanswered = [each.name for each in scratch.intents if not each.answered]
        for intent in [*scratch.intents]:
            scratch.settle(intent)  # its set would be in the list by now
        if not left and not unanswered:
            scratch.end()
        return CleanedUp(left=left, unanswered=unanswered, others=self._others)

    def _is_done(self) -> bool:
        """Whether nothing is left, and nothing is expected to come."""
        scratch, clock, settle = self._scratch, self._server.clock(), self._server.tempo.settle
        return not scratch.left.made and all(
            each.answered and clock >= scratch.last_create + settle for each in scratch.intents
        )

    async def _remove(self, number: int, listed: Listed | None, shown: Shown, *, last: bool) -> str:
        """Delete one set, after a look at it; why it may still be there, or nothing if it is gone, or another's.

        Args:
            number: its id.
            listed: how the client's list shows it now.
            shown: that list.
            last: whether it would be shown by now.
        """
        scratch, look = self._scratch, await self._scratch.look(number)
        if look.set and not scratch.is_own(look.set):
            if number in scratch.left.seen:
                return f'it has the name "{look.set.name}" now'
            # A create was answered with another's id, it seems: what it made itself is looked for by its name.
            self._others[number] = look.set.name
            return ""
        if found := look.set or listed:
            return await self._delete(found)
        if not await self._shows_nothing(look):
            return f"the read by its id was answered with {look.heard.words}"
        if shown.problem:
            return shown.problem
        return "" if number in scratch.deleted or last else "it is not shown yet"

    async def _delete(self, own: Listed) -> str:
        """Delete a set that was seen, unless that is done; why it may still be there."""
        scratch = self._scratch
        if own.id not in scratch.deleted:
            heard = await scratch.delete(own)
            if own.id not in scratch.deleted:
                return f"its delete was answered with {said(heard, gives_id=False) or heard.words}"
        return "it was deleted, and is still shown"

    async def _shows_nothing(self, look: Look) -> bool:
        """Whether a read by id says that no set has it, in one of the known ways or as of an id that none ever had."""
        if look.form in _GONE:
            return True
        if self._nothing is None:
            self._nothing = await self._server.get(f"Backupset/{_NO_ID}")
        return alike(look.heard, self._nothing)
