"""Reading marks: a look is decided on when the marks of what it has found are known, or cannot be."""

from collections.abc import Iterable
from dataclasses import replace

from bulkprov.engine import lifecycle, reading
from bulkprov.engine.creating import CREATING
from bulkprov.engine.evidence import inherited
from bulkprov.engine.model import Evidence, Listing, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from tests.exchanges import ANOTHERS, MARK, created, doubted, found, missing, not_taken, refused

POLICY = RetryPolicy()
LATER = 100.0
CLEAN = Standing(step=Step.ACT, absent_before_send=True, mark=MARK)
LOST = replace(CLEAN, step=Step.LOOK, sends=1, ever_in_doubt=True, unsettled=True, left=True, known=900)


def going_on(story: Iterable[Verdict], start: Standing = LOST) -> Standing | Outcome:
    """Where a row is at the end of a story."""
    now: Standing | Outcome = start
    for verdict in story:
        assert isinstance(now, Standing), f"ended before {verdict}: {now}"
        now = lifecycle.after(CREATING, now, verdict, POLICY)
    return now


def read(*story: Verdict, start: Standing = LOST) -> Outcome:
    """How a row ended whose create carried a mark and was lost."""
    end = going_on(story, start=start)
    assert isinstance(end, Outcome), end
    return end


def test_what_bears_the_rows_own_mark_is_proven_to_be_ours() -> None:
    """Its id shows it, since lists seldom tell; after a refusal in place of the answer as well."""
    end = read(found(), found(marks={931: MARK}))
    assert (end.status, end.reply.id, end.evidence) == (Status.CREATED, 931, Evidence.PROVEN)
    assert end.note == "an answer was lost, and a look-up found it: its mark was read back, so this run made it"
    assert end.facts.mark == MARK

    turned_down = replace(LOST, ever_in_doubt=False, unsettled=False, refusal=refused())
    end = read(found(), found(marks={931: MARK}), start=turned_down)
    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PROVEN)
    assert end.note == "found after a create had left: its mark was read back, so this run made it"


def test_what_bears_anothers_mark_is_not_ours() -> None:
    """It exists, and the note has the mark, which names the run and the row."""
    end = read(found(), found(marks={931: ANOTHERS}))

    assert (end.status, end.reply.id, end.evidence) == (Status.EXISTS, 931, Evidence.NONE)
    assert end.note == f"it bears the mark of another create ({ANOTHERS})"
    assert (end.facts.candidates, end.facts.marked) == ((), ())


def test_a_row_without_a_mark_has_made_nothing_that_bears_one() -> None:
    """No request is made for that; a list that tells marks is enough."""
    end = read(found(marks={931: ANOTHERS}), start=replace(LOST, mark=""))

    assert (end.status, end.evidence) == (Status.EXISTS, Evidence.NONE)


def test_a_row_without_a_mark_has_no_mark_to_read() -> None:
    """Whatever a look has found."""
    assert reading.unread(replace(LOST, mark=""), found().reply) == []
    assert reading.unread(LOST, found().reply) == [931]


def test_what_bears_no_mark_is_as_it_would_be_without_marks() -> None:
    """The server may drop it; the note says so."""
    end = read(found(), found(marks={931: ""}))
    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PERHAPS)
    assert end.note.endswith("perhaps by another (it bears no mark, which this server may not keep)")


def test_a_mark_that_cannot_be_read_does_not_hold_a_row() -> None:
    """After four requests that told nothing it is decided without; what was not taken does not count.

    One that denies the id has told nothing either: it may be late.
    """
    tries = [found(), doubted(), not_taken(), doubted(), not_taken(), missing()]
    row = going_on(tries)
    assert isinstance(row, Standing)
    assert (row.step, lifecycle.looks_exhausted(row, POLICY)) == (Step.ASK, False)

    end = read(*tries, doubted())
    assert (end.status, end.evidence) == (Status.CREATED, Evidence.PERHAPS)
    assert end.note.endswith("perhaps by another"), "nothing is said of a mark"


def test_an_id_that_was_known_before_is_not_ours_whatever_it_bears() -> None:
    """A server may give a set that was there the description of a repeat. It is not even asked for."""
    end = read(found(900, marks={900: MARK}))

    assert (end.status, end.evidence) == (Status.EXISTS, Evidence.NONE)
    assert "known before" in end.note
    assert isinstance(going_on([found(900)]), Outcome)


def test_of_several_that_are_listed_the_one_with_the_rows_mark_is_reported() -> None:
    """Each is asked for, and only that; what bears another's is no candidate, and what bears ours is further proven."""
    asked = [found(931, 932, 933, 934)]
    for mark in (ANOTHERS, MARK, MARK, ""):
        row = going_on(asked)
        assert isinstance(row, Standing)
        assert reading.next_id(row) == 930 + len(asked)
        asked.append(found(930 + len(asked), marks={930 + len(asked): mark}))
    end = read(*asked)

    assert (end.reply.id, end.evidence, end.facts.marked, end.facts.candidates) == (
        932,
        Evidence.PROVEN,
        (933,),
        (934,),
    )


def test_a_mark_survives_whatever_happens_to_a_row() -> None:
    """Looks, waits, further creates, the death of the process, and a rerun."""
    for story in (
        [not_taken()],
        [not_taken(429)],
        [doubted()],
        [doubted(), missing(at=LATER)],
        [doubted(), missing(at=LATER), doubted()],
        [refused(), doubted()],
    ):
        now = going_on(story, start=CLEAN)
        assert isinstance(now, Standing)
        kept = [now, lifecycle.resumed(now, LATER, LATER)]
        kept += [lifecycle.unsettled_again(now), inherited(now)] if now.left else []
        assert {each.mark for each in kept} == {MARK}
    assert lifecycle.interrupted(CLEAN, LATER).mark == MARK
    again = going_on([not_taken(), missing()], start=replace(CLEAN, step=Step.LOOK))
    assert again == CLEAN, "it waited for so long that it was looked up again"


def test_a_healthy_row_keeps_its_mark_for_later_looks() -> None:
    """A second copy of its request may show up in the audit."""
    end = lifecycle.after(CREATING, CLEAN, created(931), POLICY, 930)

    assert isinstance(end, Outcome)
    assert (end.note, end.evidence, end.facts.mark, end.facts.known) == ("", Evidence.PROVEN, MARK, 930)


def test_a_row_that_waits_for_a_mark_is_looked_up_again_by_the_next_process() -> None:
    """What was found may be gone by then."""
    waits = replace(LOST, unsettled=False, refusal=refused(), step=Step.ASK, found=found())

    for row in (waits, replace(waits, refusal=None)):
        goes_on = lifecycle.resumed(row, LATER, LATER)
        assert (goes_on.step, goes_on.found, goes_on.mark) == (Step.LOOK, None, MARK)


def test_the_mark_of_a_row_that_was_refused_just_now_is_read_though_the_run_is_being_stopped() -> None:
    """It is part of the one look that such a row still gets."""
    row = going_on([refused(documented=True), found()], start=CLEAN)

    assert isinstance(row, Standing)
    assert (row.step, lifecycle.next_look_decides(row)) == (Step.ASK, True)
    assert not lifecycle.next_look_decides(replace(row, inconclusive_looks=1))


def test_a_list_tells_the_marks_of_what_was_found_and_no_others() -> None:
    """As far as it tells any."""
    listing = Listing(sure=False, marks={931: MARK, 932: ""})

    assert reading.shown(listing, 930, (931,)) == Reply(id=930, sure=False, also=(931,), marks=((931, MARK),))
    assert reading.shown(listing, 932).marks == ((932, ""),)
    assert reading.shown(Listing(), 931) == Reply(id=931)


def test_a_stored_row_that_waits_for_a_mark_nobody_wants_any_more_asks_for_its_target() -> None:
    """Rules may have changed since it was stored."""
    row = replace(LOST, step=Step.ASK, found=found(800), target=5)

    assert reading.next_id(row) == 5
    assert isinstance(lifecycle.after(CREATING, row, found(5, marks={5: ""}), POLICY), Outcome)
