"""The sets that a probe makes on the scratch client: recorded before they are made, deleted only when just seen.

All their names begin with one prefix, which has a random part. A set is the probe's own if its name begins like that
and its id was not in the client's list when the probe began; no other set is ever deleted, whatever id a create was
answered with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkprov.commvault.backupset import CREATE_ROOT, BackupSet, create_request
from bulkprov.commvault.identity import plain
from bulkprov.engine.model import value
from bulkprov.errors import StorageError
from bulkprov.probe.answers import Heard, Said, said, verdict_on
from bulkprov.probe.diary import PREFIX, Diary, Left
from bulkprov.probe.server import Server
from bulkprov.probe.sets import Listed, Look, NotUnderstood, Shown, look_at, shown_to

__all__ = ["Created", "Intent", "Scratch"]

_TELLING: Final = len(PREFIX) + 8
"""Characters of a name that was cut, which no other set has by chance."""


@value(frozen=True, slots=True, kw_only=True)
class Created:
    """What a create was answered."""

    said: Said
    answer: Heard
    id: int = 0
    """The id of the set; 0 if the create was refused."""
    client_id: int = 0
    """The id of its client, if the answer has one."""
    new: bool = False
    """Whether no set that is known had that id."""


@dataclass(slots=True, kw_only=True, eq=False)
class Intent:
    """A create that left, and that no look has shown the effect of yet."""

    name: str
    answered: bool = False
    id: int = 0
    """The id that it was answered with; it may be anyone's."""


class Scratch:
    """What is known of the probe's own sets on one client, and the way to make and to delete them."""

    def __init__(self, server: Server, diary: Diary, mask: Callable[[str], str] = str) -> None:
        """Go on where a diary has begun: it knows client, prefix and what was there before.

        Args:
            server: to send to.
            diary: where everything is recorded.
            mask: hides secrets in names that the server lists.
        """
        self._server, self._diary, self._mask = server, diary, mask
        self.left: Left = diary.left()
        self.intents = [
            *(Intent(name=name) for name in self.left.open),
            *(Intent(name=name, answered=True) for name in self.left.answered),
        ]
        self.made_in_all = 0
        """Creates that were answered with errorCode 0."""
        self.names: list[str] = []
        """Names that were sent."""
        self.deleted: set[int] = set()
        """Ids whose delete was answered with success."""
        self.unrecorded: StorageError | None = None
        """Why the diary could not be written any more, in a clean-up."""
        self.last_create = server.clock()
        """When the last create was answered; at the latest, of a probe that was killed."""
        self.cleaning = False
        """Whether only deletes are to come: what is not recorded of them, the next clean-up finds out."""

    async def create(self, what: str, want: BackupSet) -> Created:
        """Send a create. It stays an intent until a look shows what became of it.

        Args:
            what: what is tried, for a person.
            want: the set; its name begins with the prefix.

        Raises:
            NotUnderstood: a run would not understand the answer.
            StorageError: it cannot be recorded; then it was not sent, or its effect is known to `intents` and `made`.
        """
        await self._server.turn()  # before it is written down: while it waits, a create has not left
        self._diary.creates(want.name)
        intent = Intent(name=want.name)
        self.intents.append(intent)
        self.names.append(want.name)
        answer = await self._server.post("Backupset", CREATE_ROOT, create_request(want))
        told, verdict = said(answer), verdict_on(answer, gives_id=True)
        if told is None or verdict is None:
            raise NotUnderstood(f"{what}: {answer.words}")
        intent.answered, self.last_create = True, self._server.clock()
        if verdict.reply.error_code != 0:
            self._diary.answered(want.name)
            return Created(said=told, answer=answer)
        self.made_in_all += 1
        number = verdict.reply.id
        new = number not in self.left.before and number not in self.left.known
        if new:
            intent.id = number
            self._take_in(number, want.name)
            self._diary.made(number, want.name)
        self._diary.answered(want.name)
        return Created(said=told, answer=answer, id=number, client_id=verdict.reply.scope_id, new=new)

    async def list(self) -> Shown:
        """The client's list, asked for by its id."""
        heard = await self._server.get("Backupset", clientId=str(self.left.client_id))
        return shown_to(heard, self.left.client_id, self.left.before)

    async def look(self, number: int) -> Look:
        """What is read by an id."""
        look = look_at(await self._server.get(f"Backupset/{number}"), number, self.left.client)
        if look.set and self.is_own(look.set) and number in self.left.made and number not in self.left.seen:
            self._see(number, next((each for each in self.intents if each.id == number), None))
        return look

    def is_own(self, listed: Listed) -> bool:
        """Whether a set is one of the probe's: by the beginning of its name, which some server may have cut."""
        name, prefix = plain(listed.name), plain(self.left.prefix)
        cut = prefix.startswith(name) and len(name) >= _TELLING
        return listed.id not in self.left.before and (cut or name.startswith(prefix))

    def own_in(self, shown: Shown) -> dict[int, Listed]:
        """The probe's own sets in the client's list. Those that were not known are taken in.

        A set that was not known is that of a create without an answer, or one that a refused create made after all.
        """
        own = {number: each for number, each in shown.sets.items() if self.is_own(each)}
        for number, each in own.items():
            if number in self.left.made:
                continue
            same = [intent for intent in self.intents if not intent.id and plain(intent.name) == plain(each.name)]
            intent = None if number in self.left.known else next(iter(same), None)
            self._take_in(number, self._mask(each.name))
            self._record(self._diary.made, number, self._mask(each.name))
            self._see(number, intent)
        return own

    async def delete(self, own: Listed) -> Heard:
        """Send a delete, by id.

        Args:
            own: the set as a look showed it just now.

        Raises:
            NotUnderstood: it is none of the probe's; nothing was sent.
        """
        if not self.is_own(own):
            raise NotUnderstood(f"the id {own.id}, which was to be deleted, shows a set that the probe has not made")
        self._record(self._diary.deletes, own.id)
        heard = await self._server.delete(f"Backupset/{own.id}")
        if (told := said(heard, gives_id=False)) and told.code == 0:
            self.deleted.add(own.id)
        return heard

    def forget(self, number: int) -> None:
        """A set is gone, or its id was never that of one of the probe's."""
        self._record(self._diary.gone, number)
        del self.left.made[number]
        for intent in self.intents:
            if intent.id == number:
                intent.id = 0

    def settle(self, intent: Intent) -> None:
        """What a create did is known: nothing, or a set that is known."""
        self._record(self._diary.settled, intent.name)
        self.intents.remove(intent)

    def end(self) -> None:
        """Nothing is left behind."""
        self._record(self._diary.end)

    def _see(self, number: int, intent: Intent | None) -> None:
        """A look has shown that an id is that of one of the probe's sets, which this create made."""
        self.left.seen.add(number)
        self._record(self._diary.seen, number)
        if intent:
            self.settle(intent)

    def _take_in(self, number: int, name: str) -> None:
        self.left.made[number] = name
        self.left.known.add(number)

    def _record(self, write: Callable[..., None], *facts: object) -> None:
        """Write into the diary; in a clean-up, go on without it if need be.

        Raises:
            StorageError: it cannot be written, and sets are still to be made.
        """
        if self.unrecorded:
            return
        try:
            write(*facts)
        except StorageError as error:
            if not self.cleaning:
                raise
            self.unrecorded = error
