"""A second run of the same rows at the same time, in one process; see also `tests/end_to_end/test_two_runs.py`."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.errors import RunError, StorageError
from bulkprov.journal.planned import Planned, keep_plan
from bulkprov.journal.rows import Batch
from bulkprov.runs.begin import begin_rerun
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import announce, refuse_beside, withdraw
from bulkprov.settings import Access, Reading
from tests.runs.conftest import ROWS
from tests.runs.conftest import SIMULATED as SIMULATE

Begun = Callable[..., Run]

REAL = Access(server="https://cs.example.com/commandcenter/api")
CREATED = Outcome(status=Status.CREATED, reply=Reply(0, "", 931))
FILE = Path("reports/one/under-way.keys")


@pytest.fixture(name="one")
def first_run(begun: Begun) -> Run:
    """A run under way: its journal is held until the test ends."""
    run = begun("reports/one", access=REAL)
    assert announce(run) == []
    return run


def told(run: Run) -> list[str]:
    """What is said of other runs."""
    return [other.told for other in announce(run)]


def test_a_run_under_way_with_the_same_rows_is_found(begun: Begun, one: Run) -> None:
    """And refused, with what to do; whatever the other sheet is called and however its rows are written."""
    two = begun("reports/two", sheet="copy.csv", rows=[("C1", "B"), ("c1", "other")], access=REAL)

    others = announce(two)

    assert [other.told for other in others] == ["reports/one is under way on this server with 1 of these 2 rows"]
    with pytest.raises(RunError, match=r"^nothing is sent now: reports/one is under way .* rows\. Wait: both runs may"):
        refuse_beside(others, "Wait")
    assert one.left() == 2


def test_of_two_that_begin_together_at_least_one_is_refused(begun: Begun, one: Run) -> None:
    """Each writes its file before it looks for others."""
    two = begun("reports/two", access=REAL)

    assert told(two)
    assert told(one)


def test_rows_that_are_done_are_not_in_common(begun: Begun, one: Run) -> None:
    """They are not sent again."""
    two = begun("reports/two", sheet="copy.csv", rows=[("c1", "a"), ("c9", "b")], access=REAL, outcomes=[CREATED])

    assert told(two) == []
    assert told(one) == []


def test_a_run_on_another_server_is_left_alone(begun: Begun, one: Run) -> None:
    """Another host or port; each rehearsal has an estate of its own. Another root path is the same server."""
    elsewhere = ["https://cs2.example.com/commandcenter/api", "https://cs.example.com:4443/commandcenter/api"]
    for number, server in enumerate(elsewhere):
        assert told(begun(f"reports/{number}", access=Access(server=server))) == []
    assert told(begun("reports/rehearsal")) == []
    assert told(begun("reports/another-rehearsal")) == []

    assert told(begun("reports/same", access=Access(server="https://CS.example.com:443/webconsole/api")))
    assert one.left()


def test_it_is_found_beside_the_runs_folder_and_below_reports(begun: Begun, one: Run) -> None:
    """Wherever the second one is; not in any other place."""
    assert told(begun("waves/two", access=REAL)) == ["reports/one is under way on this server with 2 of these 2 rows"]
    assert len(told(begun("waves/three", access=REAL))) == 2
    assert len(told(begun("elsewhere/four", access=REAL))) == 1
    assert one.left()


def test_an_unfinished_run_that_no_process_holds_is_only_named(begun: Begun, one: Run) -> None:
    """It was killed: its file is there, its lock is not."""
    one.close()
    two = begun("reports/two", access=REAL)

    others = announce(two)

    line = "reports/one is an unfinished run of the same sheet; to go on with it: bulkprov resume reports/one"
    assert [other.told for other in others] == [line]
    refuse_beside(others, "nothing to wait for")
    three = begun("reports/three", sheet="other.csv", rows=ROWS[:1], access=REAL)
    assert [other.told for other in announce(three) if not other.under_way] == [
        "reports/one is an unfinished run with 1 of these rows; to go on with it: bulkprov resume reports/one"
    ]


def test_a_run_that_was_only_planned_is_named_with_a_rerun(begun: Begun, one: Run) -> None:
    """As it has said itself when it ended."""
    keep_plan(one.journal.database, [(2, Planned(Status.WOULD_CREATE, "", None))])
    one.close()

    line = "reports/one is a plan of the same sheet; to go on with it: bulkprov rerun reports/one"
    assert told(begun("reports/two", access=REAL)) == [line]


def test_a_finished_run_is_not_named(begun: Begun, one: Run) -> None:
    """The file goes with the last row; one that could not be deleted says nothing either."""
    withdraw(one)
    assert FILE.exists(), "there are rows to do"
    one.journal.apply(_done(1, 2))
    kept = FILE.read_bytes()
    withdraw(one)
    assert not FILE.exists()
    FILE.write_bytes(kept)
    one.close()

    assert told(begun("reports/two", access=REAL)) == []


def test_a_rerun_does_not_take_the_run_that_it_reruns_for_another(one: Run) -> None:
    """This process holds both. A resume of the earlier one meanwhile, which is superseded, finds the rerun."""
    with begin_rerun(one, None, output=Path("reports/again"), access=REAL, reading=Reading()) as again:
        load_rows(again, one)

        assert announce(again, one) == []
        assert told(one) == ["reports/again is under way on this server with 2 of these 2 rows"]


def test_reruns_of_a_rehearsal_are_on_one_server(begun: Begun) -> None:
    """They share the simulator's estate."""
    first = begun("reports/first", outcomes=[CREATED])
    with begin_rerun(first, None, output=Path("reports/again"), access=SIMULATE, reading=Reading()) as again:
        load_rows(again, first)
        assert announce(again, first) == []

        assert told(first) == ["reports/again is under way on this server with 1 of these 1 rows"]


def test_rows_of_a_journal_without_comparable_keys_are_known_by_their_sheet(begun: Begun, one: Run) -> None:
    """Earlier versions made keys in another way."""
    one.journal.database.execute("UPDATE rows SET key = '00'")
    FILE.unlink()
    announce(one)

    assert told(begun("reports/two", access=REAL)) == ["reports/one is under way on this server with the same sheet"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]\n", b"{}\n", b'{"server": 5}\n', b"7\n", b"{" * 100_000])
def test_a_file_that_is_not_ours_says_nothing(begun: Begun, one: Run, content: bytes) -> None:
    """It does not keep a run from beginning."""
    FILE.write_bytes(content)

    assert told(begun("reports/two", access=REAL)) == []
    assert one.left()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these")
def test_the_file_is_private_and_nothing_but_a_file_is_read(begun: Begun, one: Run) -> None:
    """It tells a part of the estate; a pipe would never end."""
    assert FILE.stat().st_mode & 0o777 == 0o600
    FILE.unlink()
    os.mkfifo(FILE)

    assert told(begun("reports/two", access=REAL)) == []
    assert one.left()


def test_a_file_that_cannot_be_written_stops_the_run(begun: Begun) -> None:
    """Before anything is sent."""
    run = begun("reports/one", access=REAL)
    Path("reports/one/.under-way.keys.new").mkdir()

    with pytest.raises(StorageError, match=r"under-way\.keys cannot be written"):
        announce(run)


def _done(*numbers: int) -> Batch:
    batch = Batch("run")
    for number in numbers:
        batch.finish(number, CREATED)
    return batch
