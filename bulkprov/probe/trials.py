"""What a probe tries with sets that it makes, in order. Each trial fills in some of the findings.

At most five sets are made; with `names`, some more, each of which is deleted before the next. The first answer that a
run would not understand ends the trials.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bulkprov.commvault.backupset import BackupSet
from bulkprov.probe.answers import Heard, Said, form_of_listing, form_of_read, is_witness, said
from bulkprov.probe.findings import Delay, Findings, NameEnd, NameSeen, Tried
from bulkprov.probe.reads import Place
from bulkprov.probe.scratch import Listed, NotUnderstood, Scratch, sets_in
from bulkprov.probe.server import Server

__all__ = ["Trials"]

T = TypeVar("T")

_MOST_SETS: Final = 5
"""Sets that are made at most, but for those that try names."""
_LONG: Final = (200, 100, 64)
"""Lengths of names that are tried, until one is not refused."""
_SPECIAL: Final = {
    "the characters & < > ' \" % + #": "&<>'\"%+#",
    "letters beyond ASCII": "äß\N{CYRILLIC SMALL LETTER EF}\N{CJK UNIFIED IDEOGRAPH-65E5}",
}


@dataclass(slots=True, kw_only=True)
class Trials:
    """The trials of one probe."""

    server: Server
    scratch: Scratch
    place: Place
    findings: Findings
    hide: Mapping[str, str]
    """Names that must not be kept, and what stands in their place."""
    say: Callable[[str], None]
    """Tells the operator what is done."""

    async def run(self, *, names: bool) -> None:
        """Try all, in order.

        Raises:
            NotUnderstood: a run would not understand an answer.
        """
        self.say("making a set, and waiting until it is listed")
        first = await self._create_first()
        self.say("making it again: under its name, in capitals, with blanks")
        await self._repeat(first)
        self.say("trying a client, an agent, an instance and a plan that do not exist")
        await self._create_nowhere()
        if names:
            self.say("trying long names and special characters")
            await self._try_names()
        self.say("deleting the set, and looking at what is left of it")
        await self._delete_first(first)

    async def _create_first(self) -> int:
        """Make a set; see when it is listed and readable, and whether it keeps its description."""
        findings, name = self.findings, self._name("a")
        note = f"made by bulkprov probe: {name}"
        told, number, answer = await self.scratch.create("a create", self._want(name), description=note, hide=self.hide)
        findings.created = told
        if not number:
            raise NotUnderstood(f"a create was refused with {told}", answer)
        findings.recorded_shape = "processinginstructioninfo" in (answer.tree or {})
        findings.new_id = number > self.place.highest
        (findings.listed, listed), (findings.readable, read) = await self._when(
            lambda: self._listed(number), lambda: self._read(number)
        )
        if read is not None:
            findings.description = "kept" if read.description == note else "dropped"
            findings.description_listed = listed is not None and listed.description == note
        return number

    async def _listed(self, number: int) -> Listed | None:
        """A set as the client's list shows it."""
        heard, own = await self.scratch.listed()
        self._must_list(heard)
        return own.get(number)

    async def _read(self, number: int) -> Listed | None:
        """A set as its id shows it."""
        return sets_in(await self.scratch.read(number)).get(number)

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

    async def _repeat(self, first: int) -> None:
        """Create the same set again: under its name, in capitals, and with blanks around it."""
        name = self._name("a")
        self.findings.repeated = await self._try("a second create of the same name", self._want(name), first)
        self.findings.other_case = await self._try("a second create in other case", self._want(name.upper()), first)
        blanks = f"  {name}  "
        self.findings.with_blanks = await self._try(
            "a second create with blanks around the name", self._want(blanks), first
        )
        if self.findings.with_blanks.end == "made":
            heard, own = await self.scratch.listed()
            self._must_list(heard)
            self.findings.blanks_kept = any(each.name != each.name.strip() for each in own.values())

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
            self.findings.unknown[what] = await self._try(f"a create with a {what} that does not exist", want, 0)

    async def _try(self, what: str, want: BackupSet, first: int) -> Tried:
        if self.scratch.made_in_all >= _MOST_SETS:
            return Tried(end="skipped")
        told, number, _ = await self.scratch.create(what, want, hide=self.hide)
        if not number:
            return Tried(end="refused", said=told)
        return Tried(end="same" if number == first or number in self.place.before else "made", said=told)

    async def _try_names(self) -> None:
        """Make sets with long and special names, one at a time, and read each back."""
        for length in _LONG:
            name = self._name("n").ljust(length, "x")
            seen = await self._try_name(f"{length} characters", name)
            if seen.end != "refused":
                break
        for what, characters in _SPECIAL.items():
            await self._try_name(what, self._name("s") + characters)

    async def _try_name(self, what: str, name: str) -> NameSeen:
        told, number, _ = await self.scratch.create(f"a create of a name with {what}", self._want(name), hide=self.hide)
        seen = NameSeen(sent=what, end="refused", said=told)
        if number:
            ((_, shown),) = await self._when(lambda: self._read(number))
            if shown is None:
                raise NotUnderstood("a read of a set by its id", await self.scratch.read(number))
            end: NameEnd = "kept" if shown.name == name else "cut" if name.startswith(shown.name) else "changed"
            seen = NameSeen(sent=what, end=end, length=len(shown.name))
            await self.scratch.delete(number)
        self.findings.names = (*self.findings.names, seen)
        return seen

    async def _delete_first(self, first: int) -> None:
        """Delete a set after a look at it; see how it looks then, and what a second delete is answered."""
        findings = self.findings
        before = await self.scratch.read(first)
        own = sets_in(before).get(first)
        if own is None or not self.scratch.is_own(own):
            raise NotUnderstood("a read of a set by its id", before)
        findings.deleted = await self._delete(first)
        if findings.deleted.code != 0:  # the set is there still
            return

        async def read() -> Heard | None:
            after = await self.scratch.read(first)
            findings.gone_read = form_of_read(after, self.place.client)
            findings.gone_believed = is_witness(after, self.place.client)
            return None if findings.gone_read == "set" else after

        async def look() -> Heard | None:
            heard, listed = await self.scratch.listed()
            self._must_list(heard)
            return None if first in listed else heard

        (findings.unread, _), (findings.unlisted, _) = await self._when(read, look)
        findings.deleted_again = await self._delete(first)

    async def _delete(self, number: int) -> Said:
        heard = await self.scratch.delete(number)
        told = said(heard, without=self.hide, gives_id=False)
        if told is None:
            raise NotUnderstood("a delete", heard)
        return told

    def _must_list(self, heard: Heard) -> None:
        if form_of_listing(heard) in ("error", "other"):
            raise NotUnderstood("the list of the client's sets", heard)

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
