"""What a probe tries with sets that it makes, in order. Each trial fills in some of the findings.

At most five sets are made; with `names`, some more, each of which is deleted before the next. The first answer that a
run would not understand ends the trials.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.identity import plain
from bulkprov.probe.answers import Said, is_witness, said
from bulkprov.probe.findings import Delay, Findings, NameEnd, NameSeen, Tried
from bulkprov.probe.reads import Place
from bulkprov.probe.scratch import Created, Scratch
from bulkprov.probe.server import Server
from bulkprov.probe.sets import Listed, Look, NotUnderstood, Shown

__all__ = ["Trials"]

T = TypeVar("T")

_MOST_SETS: Final = 5
"""Creates that may be answered with success, but for those that try names."""
_LONG: Final = (200, 100, 64)
"""Lengths of names that are tried, until one is not refused."""
_SPECIAL: Final = {
    "& < > ' \" % + #": "&<>'\"%+#",
    "letters beyond ASCII": "äß\N{CYRILLIC SMALL LETTER EF}\N{CJK UNIFIED IDEOGRAPH-65E5}",
}


@dataclass(slots=True, kw_only=True)
class Trials:
    """The trials of one probe."""

    server: Server
    scratch: Scratch
    place: Place
    findings: Findings
    say: Callable[[str], None]
    """Tells the operator what is done."""

    async def run(self, *, names: bool) -> None:
        """Try all, in order.

        Raises:
            NotUnderstood: a run would not understand an answer.
            StorageError: what is to be done cannot be recorded.
        """
        self.say("making a set, and waiting until it is listed (15 s at most)")
        first = await self._create_first()
        self.say("making it again: under its name, in capitals, with blanks")
        await self._repeat()
        self.say("trying a client, an agent, an instance and a plan that do not exist")
        await self._create_nowhere()
        if names:
            self.say("trying long names and special characters")
            await self._try_names()
        self.say("deleting the set, and waiting until it is no longer listed (15 s at most)")
        await self._delete_first(first)

    async def _create_first(self) -> int:
        """Make a set; see when it is listed and readable, and whether it keeps its description."""
        findings, name = self.findings, self._name("a")
        note = f"made by bulkprov probe: {name}"
        created = await self.scratch.create("a create", replace(self._want(name), description=note))
        findings.created = created.said
        if not created.id:
            raise NotUnderstood(f"a create was refused with {created.said}")
        if created.client_id not in (0, self.place.client_id):
            raise NotUnderstood("a create was answered with the id of another client")
        if not created.new:
            raise NotUnderstood("a create was answered with the id of a set that was there before")
        findings.recorded_shape = "processinginstructioninfo" in (created.answer.tree or {})
        findings.new_id = created.id > self.place.highest
        (findings.listed, listed), (findings.readable, read) = await self._when(
            lambda: self._listed(created.id), lambda: self._read(created.id)
        )
        if read is not None and plain(read.name) != plain(name):
            raise NotUnderstood("a new set has another name than the one that was sent")
        if read is not None and read.description is not None:
            findings.description = "kept" if read.description == note else "dropped"
            findings.description_listed = listed is not None and listed.description == note
        return created.id

    async def _listed(self, number: int) -> Listed | None:
        """A set as the client's list shows it."""
        return self.scratch.own_in(await self._list()).get(number)

    async def _list(self) -> Shown:
        shown = await self.scratch.list()
        if shown.problem:
            raise NotUnderstood(shown.problem)
        return shown

    async def _read(self, number: int) -> Listed | None:
        """A set of the probe as its id shows it."""
        look = await self.scratch.look(number)
        self._must_not_be_anothers(look)
        return look.set

    def _must_not_be_anothers(self, look: Look) -> None:
        if look.form == "set" and not (look.set and self.scratch.is_own(look.set)):
            raise NotUnderstood("a read by the id of a new set shows another set")

    async def _when(self, *looks: Callable[[], Awaitable[T | None]]) -> list[tuple[Delay, T | None]]:
        """When each look first gives something, in seconds from now, and what it gives."""
        since = self.server.clock()
        found: list[tuple[Delay, T | None]] = [(Delay(), None) for _ in looks]
        for after in self.server.tempo.looks:
            await self.server.wait_until(since + after)
            for index, look in enumerate(looks):
                delay, seen = found[index]
                if seen is None:
                    seen, elapsed = await look(), round(self.server.clock() - since, 2)
                    delay = replace(delay, unseen=elapsed) if seen is None else replace(delay, seen=elapsed)
                    found[index] = delay, seen
            if all(seen is not None for _, seen in found):
                break
        return found

    async def _repeat(self) -> None:
        """Create the same set again: under its name, in capitals, and with blanks around it."""
        findings, name = self.findings, self._name("a")
        findings.repeated, _ = await self._try("a second create of the same name", self._want(name))
        findings.other_case, _ = await self._try("a second create in other case", self._want(name.upper()))
        findings.with_blanks, created = await self._try(
            "a second create with blanks around the name", self._want(f"  {name}  ")
        )
        if created and findings.with_blanks.end == "made":
            ((_, shown),) = await self._when(lambda: self._read(created.id))
            findings.blanks_kept = None if shown is None else shown.name != shown.name.strip()

    async def _create_nowhere(self) -> None:
        """Create on a client, an agent, an instance and with a plan that do not exist."""
        nowhere = self._name("nowhere")
        wants = {
            "client": self._want(self._name("c"), client=nowhere),
            "agent": self._want(self._name("g"), app=nowhere),
            "instance": self._want(self._name("i"), instance=nowhere),
            "plan": self._want(self._name("p"), plan=nowhere),
        }
        for what, want in wants.items():
            self.findings.unknown[what], _ = await self._try(f"a create with a {what} that does not exist", want)

    async def _try(self, what: str, want: BackupSet) -> tuple[Tried, Created | None]:
        """Try a create, unless enough sets were made."""
        if self.scratch.made_in_all >= _MOST_SETS:
            return Tried(end="skipped"), None
        created = await self.scratch.create(what, want)
        if not created.id:
            return Tried(end="refused", said=created.said), created
        if created.id in self.place.before:
            raise NotUnderstood(f"{what} was answered with the id of a set that was there before")
        return Tried(end="made" if created.new else "same", said=created.said), created

    async def _try_names(self) -> None:
        """Make sets with long and special names, one at a time, and read each back."""
        for length in _LONG:
            seen = await self._try_name(f"{length} characters", self._name("n").ljust(length, "x"))
            if seen.end != "refused":
                break
        for what, characters in _SPECIAL.items():
            await self._try_name(what, self._name("s") + characters)

    async def _try_name(self, sent: str, name: str) -> NameSeen:
        what = f"a create of a name with {sent}"
        created = await self.scratch.create(what, self._want(name))
        seen = NameSeen(sent=sent, end="refused", said=created.said)
        if created.id:
            if not created.new:
                raise NotUnderstood(f"{what} was answered with the id of another set")
            ((_, shown),) = await self._when(lambda: self._read(created.id))
            if shown is None:
                raise NotUnderstood("a new set is not shown by its id")
            seen = NameSeen(sent=sent, end=_name_end(name, shown.name), length=len(shown.name))
            if (told := await self._delete(shown)).code != 0:
                self.findings.deleted = told
                raise NotUnderstood(f"a delete was refused with {told}")
        self.findings.names = (*self.findings.names, seen)
        return seen

    async def _delete_first(self, first: int) -> None:
        """Delete a set after a look at it; see how it looks then, and what a second delete is answered."""
        findings, own = self.findings, await self._read(first)
        if own is None:
            raise NotUnderstood("a set is no longer shown by its id before it is deleted")
        findings.deleted = await self._delete(own)
        if findings.deleted.code != 0:  # the set is there still
            return

        async def read() -> Look | None:
            after = await self.scratch.look(first)
            self._must_not_be_anothers(after)
            findings.gone_read = after.form
            findings.gone_believed = is_witness(after.heard, self.place.client)
            return None if after.set else after

        async def look() -> Shown | None:
            shown = await self._list()
            return None if first in self.scratch.own_in(shown) else shown

        (findings.unread, _), (findings.unlisted, _) = await self._when(read, look)
        findings.deleted_again = await self._delete(own)  # no other set was shown under its id

    async def _delete(self, own: Listed) -> Said:
        heard = await self.scratch.delete(own)
        told = said(heard, gives_id=False)
        if told is None:
            raise NotUnderstood(f"a delete: {heard.words}")
        return told

    def _name(self, part: str) -> str:
        return self.scratch.left.prefix + part

    def _want(self, name: str, *, client: str = "", app: str = "", instance: str = "", plan: str = "") -> BackupSet:
        place = self.place
        return BackupSet(
            client=client or place.client,
            app=app or place.app,
            instance=instance or place.instance,
            name=name,
            plan=plan,
        )


def _name_end(sent: str, shown: str) -> NameEnd:
    """What became of a name."""
    if shown == sent:
        return "kept"
    if plain(shown) == plain(sent):
        return "respelled"
    return "cut" if sent.startswith(shown) else "changed"
