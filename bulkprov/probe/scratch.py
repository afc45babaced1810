"""The sets that a probe makes on the scratch client: recorded first, looked at before they are deleted.

All their names begin with one prefix, which has a random part. A set is the probe's own if its name begins like that
and its id was not in the client's list when the probe began; no other set is ever deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkprov.commvault.backupset import CREATE_ROOT, BackupSet, create_request
from bulkprov.commvault.identity import plain
from bulkprov.engine.model import value
from bulkprov.probe.answers import Heard, Said, form_of_listing, form_of_read, said, verdict_on
from bulkprov.probe.diary import Diary, Left
from bulkprov.probe.server import Server
from bulkprov.wire import integer, items, text

__all__ = ["PREFIX", "Leftover", "Listed", "NotUnderstood", "Scratch", "sets_in"]

PREFIX: Final = "bulkprov_probe_"

_LISTS: Final = ("sets", "missing", "empty", "blank", "204", "404")
"""Forms of a listing that is no error; see `answers.form_of_listing`."""
_GONE: Final = ("empty", "404", "error")
"""Forms of a read by id that say that there is no such set."""


class NotUnderstood(Exception):  # noqa: N818 - it is no error of the program
    """An answer that the probe does not understand: it stops, and cleans up."""

    def __init__(self, what: str, heard: Heard) -> None:
        """`what`: what was asked, for a person."""
        super().__init__(f"{what}: {heard.words}")


@value(frozen=True, slots=True, kw_only=True)
class Listed:
    """A set as a list or a read shows it."""

    id: int
    name: str
    app: str
    app_id: int
    client: str
    description: str | None = None
    """None where the answer does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A set that the probe made, or may have made, and could not delete."""

    id: int
    """0 if it is not known."""
    name: str
    why: str


def sets_in(heard: Heard) -> dict[int, Listed]:
    """The sets that an answer shows, by id; none if it shows none."""
    found: dict[int, Listed] = {}
    for each in items(heard.tree, "backupsetProperties"):
        for entity in items(each, "backupSetEntity"):
            number = integer(entity.get("backupsetId")) or 0
            common = next(iter(items(each, "commonBackupSet")), None)
            if number > 0:
                found[number] = Listed(
                    id=number,
                    name=text(entity.get("backupsetName")),
                    app=text(entity.get("appName")),
                    app_id=integer(entity.get("applicationId")) or 0,
                    client=text(entity.get("clientName")),
                    description=None if common is None else text(common.get("userDescription")),
                )
    return found


class Scratch:
    """The probe's own sets on one client."""

    def __init__(self, server: Server, diary: Diary) -> None:
        """The diary has begun: it knows client, prefix and what was there before."""
        self._server, self._diary = server, diary
        self.left: Left = diary.left()
        self.made_in_all = 0

    async def create(
        self, what: str, want: BackupSet, *, description: str = "", hide: Mapping[str, str]
    ) -> tuple[Said, int, Heard]:
        """Send a create; what was said, the id of the new set (0 if there is none), and the answer itself.

        Args:
            what: what is tried, for a person.
            want: the set; its name begins with the prefix.
            description: its userDescription.
            hide: names that must not be kept; see `answers.said`.

        Raises:
            NotUnderstood: a run would not understand the answer.
        """
        tree = create_request(want)
        if description:
            tree.setdefault("backupSetInfo", {}).setdefault("commonBackupSet", {})["userDescription"] = description
        self._diary.creates(want.name)
        self.left.open.append(want.name)
        answer = await self._server.post("Backupset", CREATE_ROOT, tree)
        told, verdict = said(answer, without={**hide, want.name: "NAME"}), verdict_on(answer, gives_id=True)
        if told is None or verdict is None or answer.status in (401, 403, 429):
            raise NotUnderstood(what, answer)
        number = verdict.reply.id if verdict.reply.error_code == 0 else 0
        if number and number not in self.left.before and number not in self.left.made:
            self._diary.made(number, want.name)
            self.left.made[number] = want.name
            self.made_in_all += 1
        self._settle(want.name)
        return told, number, answer

    async def listed(self) -> tuple[Heard, dict[int, Listed]]:
        """The client's list, asked for by its id, and the probe's own sets in it."""
        heard = await self._server.get("Backupset", clientId=str(self.left.client_id))
        return heard, {number: each for number, each in sets_in(heard).items() if self.is_own(each)}

    async def read(self, number: int) -> Heard:
        """A set, asked for by its id."""
        return await self._server.get(f"Backupset/{number}")

    def is_own(self, listed: Listed) -> bool:
        """Whether a set is one of the probe's."""
        return plain(listed.name).startswith(plain(self.left.prefix)) and listed.id not in self.left.before

    async def delete(self, number: int) -> Heard:
        """Send a delete by id. The caller has looked at the set just now."""
        self._diary.deletes(number)
        return await self._server.delete(f"Backupset/{number}")

    async def clean_up(self) -> list[Leftover]:
        """Delete all sets of the probe that are listed, and those that are known by id; what is left.

        A create without an answer may have made a set, which a list may show late. So the list is asked for until
        nothing more is expected of it, or as often as the probe looks.
        """
        began = self._server.clock()
        problems: dict[int, str] = {}
        deleted: set[int] = set()
        seen = False
        for delay in self._server.tempo.looks:
            await self._server.wait_until(began + delay)
            heard, listed = await self.listed()
            seen = form_of_listing(heard) in _LISTS
            if not seen:
                problems |= dict.fromkeys(self.left.made, f"the client's list was answered with {heard.words}")
                continue
            self._learn(listed)
            for number in [*self.left.made]:
                problems[number] = await self._remove(number, listed.get(number), deleted)
                if not problems[number]:
                    self._forget(number)
            if not self.left.made and not self.left.open:
                break
        waited_for = [*self.left.open] if seen else []
        for name in waited_for:
            self._settle(name)  # it would be in the list by now
        left = [Leftover(id=each, name=name, why=problems.get(each, "")) for each, name in self.left.made.items()]
        left += [Leftover(id=0, name=name, why="its create was not answered") for name in self.left.open]
        if not left and not waited_for:  # what may still take effect is looked for by the next probe
            self._diary.end()
        return left

    def _learn(self, listed: Mapping[int, Listed]) -> None:
        """Take in the sets that are listed and were not known: of creates without an answer, or of a killed probe."""
        for number, each in listed.items():
            if number not in self.left.made:
                self._diary.made(number, each.name)
                self.left.made[number] = each.name
            for name in [name for name in self.left.open if plain(name) == plain(each.name)]:
                self._settle(name)

    async def _remove(self, number: int, listed: Listed | None, deleted: set[int]) -> str:
        """Delete one set, after a look at it; why it may still be there, or nothing if it is gone.

        Args:
            number: its id.
            listed: how the client's list shows it now.
            deleted: ids whose delete was answered with success; this one is added.
        """
        shown = await self.read(number)
        form = form_of_read(shown, self.left.client)
        if form == "set":
            own = sets_in(shown).get(number)
            if own is None or not self.is_own(own):
                return "its id shows another set"
        elif listed is None:
            return "" if form in _GONE else f"the read by its id was answered with {shown.words}"
        elif number in deleted:
            return "it was deleted, and is still in the client's list"
        answer = await self.delete(number)
        told = said(answer, without={}, gives_id=False)
        if told is None or told.code != 0:
            return f"its delete was answered with {told or answer.words}"
        deleted.add(number)
        return "it was deleted, and is still shown"

    def _forget(self, number: int) -> None:
        self._diary.gone(number)
        del self.left.made[number]

    def _settle(self, name: str) -> None:
        self._diary.settled(name)
        self.left.open.remove(name)
