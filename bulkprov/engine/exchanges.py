"""The exchanges of rows: a look, an act, a probe, each made when the gate lets it pass.

What the answer means, `lifecycle` decides; here is seen to it that it is the row's own, and what was known before it.
"""

from dataclasses import replace
from typing import Final

from bulkprov.engine import absence, reading
from bulkprov.engine.evidence import turned_away
from bulkprov.engine.model import End, Reply, Row, Standing, Status, Verdict
from bulkprov.engine.operations import Act
from bulkprov.engine.parts import Parts
from bulkprov.engine.plausible import implausible, listed_ids
from bulkprov.engine.priority import Priority
from bulkprov.engine.wanted import folded

__all__ = ["Exchanges"]

_PROMPT: Final = 1.0
"""Seconds from an intent to its act in which a first look does not grow old."""
_LOOK_IS_OLD: Final = Verdict(end=End.NOT_TAKEN, why="its first look was too long ago, so it is had again", tried=False)


class Exchanges:
    """Makes the exchanges of rows."""

    def __init__(self, parts: Parts) -> None:
        """Use these parts."""
        self._operation, self._policy, self._clock = parts.operation, parts.policy, parts.clock
        self._service, self._lookups, self._gate = parts.service, parts.lookups, parts.gate
        self._tally, self._ids, self._journal = parts.tally, parts.ids, parts.journal
        self._mint = parts.mint
        self._answered = ""
        """The scope whose list was had last."""
        self.newest: Row | None = None
        """The row that was read last."""

    def marked(self, row: Row) -> Row:
        """A row before its act: from its first create on it has a mark, where creates are to carry one."""
        if self._mint is None or row.standing.mark or not self._operation.creates:
            return row
        return replace(row, standing=replace(row.standing, mark=self._mint(row.sheet_row)))

    async def act(self, row: Row) -> tuple[Row, Verdict, int]:
        """Create, or in a rollback delete.

        Returns:
            the row, turned away if its act had to leave again with a new token; how it ended; and the highest id known
            anywhere when it left last.
        """
        intended, known, left = self._clock(), self._ids.highest, 0.0

        def leaves() -> None:
            nonlocal row, known, left
            if left:
                row = replace(row, standing=turned_away(row.standing, known))
            known = self._ids.highest
            self._tally.creates += not left
            left = self._clock()
            self._gate.had_turn(row.number)

        async def call() -> Verdict:
            if self._clock() - intended > _PROMPT and self.look_is_old(row):  # it had to wait at the gate
                return _LOOK_IS_OLD
            if self._operation.act is Act.DELETE:
                return await self._service.delete(row.standing.target, leaves)
            return await self._service.create(row.want, leaves, row.standing.mark)

        again = bool(row.standing.sends or row.standing.waits)
        verdict = await self._gate.exchange(call, act=True, again=again, scope=row.want.scope)
        if left:
            self._tally.acted_at = verdict.at
        if not (self._operation.creates and verdict.reply.error_code == 0):
            return row, verdict, known
        why = self._implausible(row, verdict, known, other_row=self._ids.has_row(verdict.reply.id))
        if not why:
            return row, verdict, known
        self._service.distrust(why)  # at once: the next answer on this connection may be this row's own
        if await self._is_found_by_other_name(row, verdict, known, left):
            return row, verdict, known
        return row, replace(verdict, end=End.IN_DOUBT, reply=Reply(), why=why), known

    def _implausible(self, row: Row, verdict: Verdict, known: int, *, other_row: bool) -> str:
        """Why an answer to a create cannot be its own; empty if nothing speaks against it."""
        reply, listing = verdict.reply, self._lookups.kept(row.want.scope)
        return implausible(
            reply,
            scope=row.want.scope,
            listed=listed_ids(listing) if listing and reply.id <= known else (),
            scope_id=listing.scope_id if listing else 0,
            other_row=other_row,
        )

    async def _is_found_by_other_name(self, row: Row, verdict: Verdict, known: int, left: float) -> bool:
        """Whether a created thing has been found already by a row that names its scope in another way.

        That row claims nothing: it has found the thing while this one's create was still to be answered. What a list
        shows that was asked for before the create left, another actor has made.
        """
        number = verdict.reply.id
        if not self._ids.has_row(number) or self._implausible(row, verdict, known, other_row=False):
            return False
        other = await self._journal.reported_as(number)
        if other is None or _claims(other) or _asked_at(other) < left:
            return False
        own = await self._lookups.get(row.want, self._clock(), priority=Priority.SETTLE)
        return own.reply.id == number and await self._is_same_thing(row, other, number)

    async def look(self, row: Row) -> Verdict:
        """Ask for the list in which the row's thing would be."""
        standing = row.standing
        asked_after = self._asked_after(standing)
        verdict = self._lookups.known(row.want, asked_after, standing.target) or await self._lookups.get(
            row.want, asked_after, standing.target, priority=_priority(standing)
        )
        if verdict.end is End.ANSWERED:
            self._answered = row.want.scope
        number = verdict.reply.id
        if number and not standing.target and number != standing.lost and self._ids.has_row(number):
            return await self._of_another_row(row, verdict)
        return verdict

    def lacks_list(self, row: Row) -> bool:
        """Whether no list was asked for that can tell of a row."""
        return not self._lookups.fresh(row.want.scope, self._asked_after(row.standing))

    async def look_ahead(self, row: Row) -> None:
        """Ask for that list: rows that come to it later wait less, or not at all."""
        standing = row.standing
        asked_after = self._asked_after(standing)
        await self._lookups.get(row.want, asked_after, standing.target, priority=Priority.AHEAD)

    def room(self) -> int:
        """For how many lists there is room until their rows come."""
        return self._lookups.room()

    def shows(self, row: Row) -> bool:
        """Whether such a list is there, and shows the row's target and nothing that would say more of it."""
        return self._lookups.shows(row.want, self._asked_after(row.standing), row.standing.target)

    def _asked_after(self, standing: Standing) -> float:
        return absence.asked_after(standing, self._clock(), self._policy)

    async def _of_another_row(self, row: Row, verdict: Verdict) -> Verdict:
        """A look that has found an id with which another row is reported.

        The answer to that row's create may have been another's. But if its own list has its thing under this id as
        well, the lists of two scopes show one thing: these are two names of one scope, such as a client's name and its
        display name.
        """
        number, scope = verdict.reply.id, row.want.scope
        other = await self._journal.reported_as(number)
        if other is None or not await self._is_same_thing(row, other, number):
            return replace(verdict, reply=Reply(unsure=f"id {number}, which another row of this run has"))
        if row.standing.left and not _claims(other):
            return verdict
        shared = f'row {other.sheet_row} names it too, on "{other.want.scope}", which is another name of "{scope}"'
        rolls_back = ", and a rollback deletes it by the other" if _claims(other) else ""
        shared = f"{shared}: one of the two rows is enough{rolls_back}"
        return replace(verdict, reply=replace(verdict.reply, shared=shared))

    async def _is_same_thing(self, row: Row, other: Row, number: int) -> bool:
        """Whether the list of another row's scope has that row's thing under an id that this row's list has as well."""
        if folded(other.want.scope) == folded(row.want.scope):
            return False
        theirs = await self._lookups.get(other.want, other.standing.doubt_began, number)
        if theirs.end is not End.ANSWERED:  # as when two lists seem to be out of step: asked again, it is believed
            theirs = await self._lookups.get(other.want, other.standing.doubt_began, number)
        return theirs.reply.id == number

    def look_is_old(self, row: Row) -> bool:
        """Whether a row was looked up too long ago for its first create, since it had to wait."""
        standing = row.standing
        if not standing.absent_before_send or standing.left or not self._operation.creates:
            return False
        return not self._lookups.fresh(row.want.scope, self._clock() - self._policy.look_age)

    async def ask(self, row: Row) -> Verdict:
        """Ask by its id for the row's thing, or for one whose mark is wanted."""
        return await self._lookups.by_id(row.want, reading.next_id(row.standing))

    def gave_up(self, scope: str) -> bool:
        """Whether the list of a scope could not be had as often as any row asks for it."""
        return self._lookups.failures(scope) >= self._policy.inconclusive_looks_optional

    async def probe(self) -> Verdict:
        """List a scope: a cheap request that a server which is back answers.

        It is one whose list was had before, if there is any: that of another may be what the server cannot give.
        """
        return await self._service.listing(self._answered or (self.newest.want.scope if self.newest else ""))


def _priority(standing: Standing) -> Priority:
    """Of a look of a row itself."""
    return Priority.READ if absence.is_first_look(standing) else Priority.SETTLE


def _claims(row: Row) -> bool:
    """Whether a row is reported as created, and not only as found."""
    return row.reported is not None and row.reported.status is Status.CREATED


def _asked_at(row: Row) -> float:
    """When the look left that a row was found by, in seconds since the epoch."""
    return row.reported.finished_at - row.reported.seconds if row.reported else 0.0
