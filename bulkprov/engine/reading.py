"""Reading marks: what a look has found is asked for by its id, until its mark is known. Pure, like `lifecycle`.

A listing seldom tells marks, and an answer to a request for an id may. So where a row's creates carry a mark, a look
that has found what may be the row's own is not decided on at once: it is kept in the row's standing, and the next
exchanges of the row ask for the things it has found, one after the other. Then the look is decided on, with their marks
in its reply. If one of them cannot be read after some tries, it is decided on without.
"""

from dataclasses import replace

from bulkprov.engine.evidence import mark_of, of_found
from bulkprov.engine.model import Evidence, Listing, Reply, Standing, Step, Verdict

__all__ = ["begun", "ended", "next_id", "read", "shown", "unread"]


def shown(listing: Listing, number: int, also: tuple[int, ...] = ()) -> Reply:
    """What a listing shows of a thing that it has under these ids, with its marks as far as it tells them."""
    if not listing.marks:  # as nearly always
        return Reply(id=number, sure=listing.sure, also=also)
    marks = tuple((each, listing.marks[each]) for each in (number, *also) if each in listing.marks)
    return Reply(id=number, sure=listing.sure, also=also, marks=marks)


def unread(standing: Standing, reply: Reply) -> list[int]:
    """The ids, of those that a look has found, whose marks can tell whose they are, and that were not read yet."""
    if not standing.mark:
        return []
    numbers = {reply.id, *reply.also} - {0, *(number for number, _ in reply.marks)}
    return sorted(number for number in numbers if _evidence(standing, number, reply) is Evidence.PERHAPS)


def _evidence(standing: Standing, number: int, reply: Reply) -> Evidence:
    return standing.evidence if number == standing.target else of_found(standing, number, reply)


def begun(standing: Standing, look: Verdict) -> Standing:
    """The row, before it asks for what a look has found."""
    return replace(standing, step=Step.ASK, found=look, inconclusive_looks=0)


def next_id(standing: Standing) -> int:
    """The id that a row asks for next: one whose mark is wanted, or its target."""
    return next(iter(unread(standing, standing.found.reply) if standing.found else ()), standing.target)


def read(look: Verdict, reply: Reply, number: int) -> Verdict | None:
    """A look with the mark of what it has found under an id, too; None if a reply does not tell it.

    So it is if the id is denied: the list and its id come from two replicas, and one is late.
    """
    mark = mark_of(reply, number)
    if mark is None:
        return None
    return replace(look, reply=replace(look.reply, marks=(*look.reply.marks, (number, mark))))


def ended(standing: Standing) -> Standing:
    """The row, before the look that has waited is decided on."""
    return replace(standing, step=Step.LOOK, found=None, inconclusive_looks=0, waits=0)
