"""Which runs are one wave, and what a rollback of one of them tells the others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.engine.evidence import PERHAPS_OURS
from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status
from bulkprov.runs.begin import begin_rerun
from bulkprov.runs.execute import as_it_stands
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.runs.summary_facts import unproven_rows
from bulkprov.runs.wave import carried_from, history_elsewhere, mark_rolled_back, not_taken_over, wave_of
from bulkprov.settings import Access, Reading
from tests.runs.conftest import settle
from tests.runs.rows import CREATED

Begun = Callable[..., Run]

REJECTED = Outcome(status=Status.REJECTED)
ONE, TWO, THREE = (Path(f"reports/{name}") for name in ("one", "two", "three"))


def rerun(of: Path, folder: Path, *outcomes: Outcome) -> None:
    """A rerun of a run, whose first rows without an outcome get these."""
    with (
        Run.open(of) as earlier,
        begin_rerun(earlier, None, output=folder, access=Access(), reading=Reading()) as begun,
    ):
        load_rows(begun, earlier)
        settle(begun, *outcomes)


@pytest.fixture
def wave(begun: Begun) -> None:
    """Three runs of three rows: the first made row 2, its rerun made row 3, and one is invalid."""
    begun("reports/one", outcomes=[CREATED, REJECTED]).close()
    with Run.open(ONE) as one:
        made = next(one.rows()).outcome
    assert made
    carried = replace(made, carried=True, note="carried over from one")
    rerun(ONE, TWO, carried, replace(CREATED, reply=Reply(0, "", 932)))
    rerun(TWO, THREE)


@pytest.mark.usefixtures("wave")
def test_a_wave_is_a_run_and_its_reruns_whichever_of_them_is_named() -> None:
    """Newest first; a run of the same sheet that has nothing to do with it is none of them."""
    for folder in (ONE, TWO, THREE):
        found = wave_of(folder)
        assert found.folders == (THREE, TWO, ONE)
        assert (found.missing, found.unread) == ((), ())
    with Run.open(THREE) as three:
        assert carried_from(three) == {"one": 1, "two": 1}


def test_another_run_of_the_same_sheet_is_another_wave(begun: Begun) -> None:
    """Nothing links them, so nothing of one is ever deleted with the other."""
    begun("reports/one").close()
    begun("reports/two").close()

    assert wave_of(ONE).folders == (ONE,)


@pytest.mark.usefixtures("wave")
@pytest.mark.parametrize("noted", [True, False], ids=["by its beginning", "as an earlier version had it"])
def test_a_folder_that_was_used_again_is_not_the_run_that_was_rerun(begun: Begun, noted: bool) -> None:
    """What a later run in the same place has made, is not the wave's; and it is said that the first run is missing."""
    if not noted:
        with Run.open(TWO) as two:
            two.update(earlier_began=None)
    ONE.rename("elsewhere")
    begun("reports/one", outcomes=[CREATED]).close()

    found = wave_of(TWO)

    assert found.folders == (THREE, TWO)
    assert found.missing == ("reports/two reruns reports/one: what is there now is another run",)
    assert wave_of(ONE).folders == (ONE,)


@pytest.mark.usefixtures("wave")
def test_what_a_run_of_another_server_has_made_is_never_of_the_wave() -> None:
    """Its ids would mean other sets."""
    with Run.open(ONE) as one:
        one.update(server="https://other.example.com/api")

    assert wave_of(THREE).folders == (THREE, TWO)


@pytest.mark.usefixtures("wave")
def test_a_run_that_is_gone_or_in_use_is_named() -> None:
    """What it has made is not known then."""
    ONE.rename("elsewhere")
    with Run.open(THREE):
        found = wave_of(TWO)

    assert found.folders == (TWO,)
    assert "reports/two reruns reports/one, which is not there any more" in found.missing
    assert any(
        each.startswith("reports/two was rerun as reports/three, which cannot be read (") for each in found.missing
    )
    assert found.unread == ()


@pytest.mark.usefixtures("wave")
def test_all_reruns_of_a_run_are_of_its_wave_wherever_they_are() -> None:
    """Whichever of them is named: a run remembers each of its reruns."""
    four, five = Path("elsewhere/four"), Path("away/five")
    for folder in (four, five):
        rerun(ONE, folder)

    for folder in (ONE, TWO, four, five):
        found = wave_of(folder)
        assert {each.resolve() for each in found.folders} == {each.resolve() for each in (ONE, TWO, THREE, four, five)}
        assert (found.missing, found.unread) == ((), ())


@pytest.mark.usefixtures("wave")
def test_the_history_of_a_row_that_was_carried_over_is_found_through_the_reruns() -> None:
    """By the name in its note; where the link is broken, by that name alone. Other rows have theirs here."""
    with Run.open(THREE) as run:
        assert history_elsewhere(run, "carried over from one; was there") == ONE
        assert history_elsewhere(run, "carried over from two") == TWO
        assert history_elsewhere(run, "") is None
        TWO.rename("moved")
        assert history_elsewhere(run, "carried over from one") == Path("one")


@pytest.mark.usefixtures("wave")
def test_a_rerun_that_is_not_to_be_found_is_named_with_what_it_may_have_made() -> None:
    """Not so one that only moved and is found all the same, or one that sent nothing and was not kept."""
    four = Path("elsewhere/four")
    rerun(ONE, four)
    four.rename("moved")
    with (
        Run.open(ONE) as earlier,
        begin_rerun(earlier, None, output=Path("five"), access=Access(), reading=Reading()) as begun,
    ):
        load_rows(begun, earlier)
        begun.unbegin(unsent=True)
        assert earlier.manifest.superseded_by == four.absolute()

    (told,) = wave_of(TWO).missing
    assert told.startswith("reports/one was rerun as elsewhere/four, which is not there any more: it began on ")
    assert "when 2 rows of that run were not done, and may have made their sets" in told
    Path("moved").rename("reports/moved")
    found = wave_of(TWO)
    assert (Path("reports/moved") in found.folders, found.missing) == (True, ())
    ONE.rename("reports/first")
    found = wave_of(Path("reports/first"))
    assert {each.name for each in found.folders} >= {"first", "two", "three"}


@pytest.mark.usefixtures("wave")
def test_rows_that_were_carried_over_are_marked_once_the_run_that_made_them_is_rolled_back() -> None:
    """By names and id; a row that only looks like it stays as it is."""
    with Run.open(ONE) as one, Run.open(TWO) as two, Run.open(THREE) as three:
        assert mark_rolled_back(three, [one, two]) == 0
        deleted = Outcome(status=Status.ROLLED_BACK, reply=Reply(None, "", 931), http_status=404, finished_at=6.0)
        settle(one, replace(deleted, evidence=Evidence.PROVEN, note="it was gone"))
        one.update(deleted_at=7.0)
        settle(two, replace(CREATED, reply=Reply(0, "", 940), carried=True))

        assert [mark_rolled_back(each, [one]) for each in (two, three, three)] == [0, 1, 0]

        first, second = (row.outcome for row in list(three.rows())[:2])
        assert first
        assert second
        assert first == replace(deleted, note="rolled back in one; it was gone", carried=True), "no time of the create"
        assert second.status is Status.CREATED
        assert (three.manifest.deleted_at, two.manifest.deleted_at) == (7.0, None)
    with Run.open(THREE) as three:
        assert history_elsewhere(three, first.note) == ONE


def test_rows_that_are_not_proven_are_counted_where_they_were_carried_over_too(begun: Begun) -> None:
    """A rollback of the wave finds them all."""
    perhaps = replace(CREATED, evidence=Evidence.PERHAPS, note=PERHAPS_OURS)
    begun("reports/one", outcomes=[perhaps, REJECTED]).close()
    rerun(
        ONE, TWO, replace(perhaps, carried=True, evidence=Evidence.NONE, note=f"carried over from one; {perhaps.note}")
    )
    with Run.open(TWO) as two:
        ended = as_it_stands(two)

    assert (ended.unproven, ended.carried_unproven) == (0, 1)
    assert [unproven_rows(own, carried) for own in (0, 3) for carried in (0, 1, 3)] == [
        "",
        "1 row that was carried over,",
        "3 rows that were carried over,",
        "3 rows",
        "3 rows, and of 1 more that was carried over,",
        "3 rows, and of 3 more that were carried over,",
    ]


def test_a_rerun_answers_for_the_rows_in_doubt_that_it_tries_again(begun: Begun) -> None:
    """And for no other: of a row that it has carried over, it knows neither candidates nor marks."""
    doubtful = replace(CREATED, facts=Standing(left=True, candidates=(941,)))
    failed = Outcome(status=Status.FAILED, facts=Standing(left=True, candidates=(950,)))
    begun("reports/one", outcomes=[doubtful, failed]).close()
    rerun(ONE, TWO)

    with Run.open(ONE) as one, Run.open(TWO) as two:
        left = tuple(one.leftovers())
        assert [each.ids for each in left] == [(941,), (950,)]
        assert not_taken_over(left, one, [two, one]) == left, "the rerun has not begun yet"
        settle(two, replace(CREATED, carried=True), replace(CREATED, facts=Standing(left=True, candidates=(950,))))
        assert [each.ids for each in not_taken_over(left, one, [two, one])] == [(941,)]
        inherited = tuple(two.leftovers())
        assert [each.ids for each in inherited] == [(950,)]
        assert not_taken_over(inherited, two, [two, one]) == inherited, "else neither of the two would name it"
