"""Evidence: whether a run made a thing, as far as what was asked and answered can tell. Pure.

A server keeps no key by which a create could be recognised. So that a set is ours is proven only by an answer to the
very create, with an id that is newer than every id that was known anywhere when the create left, after a first look
that found nothing; or, where creates carry marks (`marks`), by the row's own mark, read back. What a look finds else is
ours *perhaps*: another actor may have made it meanwhile. That a thing is *not* ours is proven by an id that was known
before the row's first create left, whatever its mark says, and by a mark that is not the row's.
"""

from dataclasses import replace
from typing import Final

from bulkprov.engine.marks import same_mark
from bulkprov.engine.model import NOTHING, Evidence, Outcome, Reply, Standing, Step

__all__ = [
    "EXISTED",
    "FOUND",
    "FOUND_AFTER_REFUSAL",
    "MARK_READ",
    "MAY_BE_OLDER",
    "NO_MARK",
    "PERHAPS_ANOTHERS",
    "PERHAPS_OURS",
    "amended",
    "further",
    "inherited",
    "mark_of",
    "of_answer",
    "of_found",
    "of_mark",
    "of_others",
    "seen",
    "sent",
    "turned_away",
    "was_known",
    "without_mark",
]

MARK_READ: Final = "its mark was read back, so this run made it"
NO_MARK: Final = "it bears no mark, which this server may not keep"
MAY_BE_OLDER: Final = "it may have been there before"
FOUND: Final = "an answer was lost, and a look-up found it"
PERHAPS_OURS: Final = f"{FOUND}: perhaps made by this run, perhaps by another"
FOUND_AFTER_REFUSAL: Final = "found after a create had left"
PERHAPS_ANOTHERS: Final = (
    f"{FOUND_AFTER_REFUSAL}: made by another program or person, or by a second copy of the request"
)
EXISTED: Final = "it already existed"
_TAKEN_BACK: Final = (MAY_BE_OLDER, PERHAPS_OURS, PERHAPS_ANOTHERS, EXISTED, NO_MARK)
"""What notes say of a thing that is not proven to be ours, or is not. A mark that is read later takes it back."""
_NOTHING_READ: Final = Reply()


def of_answer(standing: Standing, reply: Reply, known: int) -> Evidence:
    """Whether a thing is ours whose create was answered with errorCode 0 and its id.

    Args:
        standing: before the create.
        reply: to the create.
        known: the highest id known anywhere when the create left.
    """
    if standing.absent_before_send and reply.id > known:
        return Evidence.PROVEN
    return Evidence.PERHAPS


def of_found(standing: Standing, number: int, reply: Reply = _NOTHING_READ) -> Evidence:
    """Whether a thing is ours that a look found under an id.

    Args:
        standing: when it was looked for.
        number: the id.
        reply: what the look has told.
    """
    if not (standing.left or standing.ever_in_doubt) or was_known(standing, number):
        return Evidence.NONE
    return Evidence.PROVEN if number in standing.marked else of_mark(standing, number, reply)


def was_known(standing: Standing, number: int) -> bool:
    """Whether an id was known before the first create of the row left."""
    return number in standing.others or number <= standing.known


def of_mark(standing: Standing, number: int, reply: Reply) -> Evidence:
    """Whether a thing is ours by its mark alone; `PERHAPS` if it has none, or none was read."""
    mark = mark_of(reply, number)
    if not mark:
        return Evidence.PERHAPS
    return Evidence.PROVEN if same_mark(mark, standing.mark) else Evidence.NONE


def mark_of(reply: Reply, number: int) -> str | None:
    """The mark that was read of a thing: empty if it has none, None if it was not read."""
    return dict(reply.marks).get(number) if reply.marks else None


def of_others(reply: Reply, number: int) -> str:
    """What a note says of a thing whose mark is another's."""
    return f"it bears the mark of another create ({mark_of(reply, number)})"


def without_mark(reply: Reply, number: int) -> str:
    """What a note adds, of a thing that is perhaps ours, if its mark was asked for and it has none."""
    return f" ({NO_MARK})" if mark_of(reply, number) == "" else ""


def seen(standing: Standing, reply: Reply) -> Standing:
    """The same row with what a look has shown of its thing under other ids than the target."""
    numbers = {reply.id, *reply.also} - {0, standing.target}
    if not (numbers or standing.candidates or standing.marked):
        return standing
    found = {number: of_found(standing, number, reply) for number in numbers}
    ours, perhaps, not_ours = (
        {number for number in numbers if found[number] is each}
        for each in (Evidence.PROVEN, Evidence.PERHAPS, Evidence.NONE)
    )
    marked = ({*standing.marked} | ours) - {standing.target}
    candidates = ({*standing.candidates} | perhaps) - marked - not_ours - {standing.target}
    return replace(standing, candidates=tuple(sorted(candidates)), marked=tuple(sorted(marked)))


def further(standing: Standing, *, also_unproven: bool) -> tuple[int, ...]:
    """The ids of a row's further things: those that bear its mark and, if wanted, what may be its own."""
    return (*standing.marked, *(standing.candidates if also_unproven else ()))


def amended(reported: Outcome, news: Outcome) -> Outcome:
    """What was reported of a row, with what is new of it: a note, candidates, another id, or whose it is.

    `news` is `as-reported`; or `created` or `exists`, if a mark has told which of them it is.
    """
    number, settled = news.reply.id, news.status.done
    other = number not in (0, reported.reply.id)
    note = news.note if news.note not in reported.note else ""
    further = (news.facts.candidates, news.facts.marked) != (reported.facts.candidates, reported.facts.marked)
    if not (settled or other or note or further):
        return reported
    before = reported.note.split("; ")
    if settled:
        before = [each for each in before if not each.startswith(_TAKEN_BACK)]
    return replace(
        reported,
        status=news.status if settled else reported.status,
        reply=replace(reported.reply, id=number) if other else reported.reply,
        evidence=news.evidence if settled or other else reported.evidence,
        note="; ".join(filter(None, (*before, note))),
        facts=news.facts if further or other else reported.facts,
    )


def sent(standing: Standing, known: int) -> Standing:
    """A row of which one more create has left, or one more delete.

    Args:
        standing: before it left.
        known: the highest id known anywhere when it left.
    """
    first = known if not standing.left else standing.known
    return replace(standing, sends=standing.sends + 1, waits=0, left=True, known=first)


def turned_away(standing: Standing, known: int) -> Standing:
    """A row whose act has left and was turned away unread: that is no act more, but who says so is the server.

    Args:
        standing: before it left.
        known: the highest id known anywhere when it left.
    """
    return replace(sent(standing, known), sends=standing.sends, waits=standing.waits, turned_away=True)


def inherited(standing: Standing) -> Standing:
    """What any later work on a row must know of it, whatever became of it; the default if that is nothing."""
    if not (standing.left or standing.ever_in_doubt or standing.candidates):
        return NOTHING
    return Standing(
        step=Step.LOOK,
        ever_in_doubt=standing.ever_in_doubt,
        absent_before_send=standing.absent_before_send,
        left=True,
        known=standing.known,
        others=standing.others,
        candidates=standing.candidates,
        mark=standing.mark,
        marked=standing.marked,
    )
