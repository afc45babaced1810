"""Evidence: whether a run made a thing, as far as what was asked and answered can tell. Pure.

A server keeps no key by which a create could be recognised. So that a set is ours is proven only by an answer to the
very create, with an id that is newer than every id that was known anywhere when the create left, after a first look
that found nothing. What a look finds later is ours *perhaps*: another actor may have made it meanwhile. That a thing is
*not* ours is proven by an id that was known before the row's first create left.
"""

from dataclasses import replace

from bulkprov.engine.model import NOTHING, Evidence, Outcome, Reply, Standing, Step

__all__ = ["amended", "inherited", "new_candidates", "of_answer", "of_found", "sent"]


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


def of_found(standing: Standing, number: int) -> Evidence:
    """Whether a thing is ours that a look found under an id.

    Args:
        standing: when it was looked for.
        number: the id.
    """
    if not (standing.left or standing.ever_in_doubt) or number in standing.others or number <= standing.known:
        return Evidence.NONE
    return Evidence.PERHAPS


def new_candidates(standing: Standing, reply: Reply) -> tuple[int, ...]:
    """The ids under which a look found the thing, and that may be ours, but for the target."""
    listed = {*reply.also, *([reply.id] if reply.id else [])} - {standing.target}
    return tuple(sorted(number for number in listed if of_found(standing, number) is not Evidence.NONE))


def amended(reported: Outcome, news: Outcome) -> Outcome:
    """What was reported of a row, with what is new of it: a note, candidates, or another id."""
    number = news.reply.id
    other = number not in (0, reported.reply.id)
    note = news.note if news.note not in reported.note else ""
    candidates = news.facts.candidates != reported.facts.candidates
    if not (other or note or candidates):
        return reported
    return replace(
        reported,
        reply=replace(reported.reply, id=number) if other else reported.reply,
        evidence=news.evidence if other else reported.evidence,
        note="; ".join(filter(None, (reported.note, note))),
        facts=news.facts if candidates or other else reported.facts,
    )


def sent(standing: Standing, known: int) -> Standing:
    """A row of which one more create has left, or one more delete.

    Args:
        standing: before it left.
        known: the highest id known anywhere when it left.
    """
    first = known if not standing.left else standing.known
    return replace(standing, sends=standing.sends + 1, waits=0, left=True, known=first)


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
    )
