"""Rows of a run that are about to be run by themselves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.runs.begin import begin_rerun, begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.runs.strayed import strayed_from
from bulkprov.settings import Access, Reading
from tests.end_to_end.results import read, wave
from tests.runs.conftest import SIMULATED

Begun = Callable[..., Run]
REAL = Access(server="https://cs.example.com/api", username="ops")
REJECTED = Outcome(status=Status.REJECTED, reply=Reply(2, "no such client"))
ONE = Path("reports/one")


@pytest.fixture(name="failed")
def rows_to_fix(begun: Begun) -> list[dict[str, str]]:
    """The rows to fix of a run below `reports`, whose three rows failed."""
    rows = [("client001", "one"), ("client002", "two"), ("client003", "three")]
    run = begun("reports/one", rows=rows, outcomes=[REJECTED] * 3)
    failed = run.report("csv").failed
    assert failed
    run.close()
    return read(failed)


def moved(rows: list[dict[str, str]], *, without: tuple[str, ...] = ()) -> str:
    """A file of these rows that lies elsewhere, perhaps without some columns."""
    columns = tuple(name for name in rows[0] if name not in without)
    return str(wave(Path("fixed.csv"), [tuple(row[name] for name in columns) for row in rows], columns))


def found(sheet: str, access: Access = SIMULATED) -> tuple[Path, int] | None:
    """Of which run a sheet has rows, when a run of it begins; that run is not kept."""
    with begin_run(sheet, output=Path("reports/stray"), access=access, reading=Reading()) as run:
        try:
            return strayed_from(run)
        finally:
            run.unbegin()


def corrected(rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The rows with other clients, and no name as it was but that of the set."""
    for row in rows:
        yield row | {"clientName": f"{row['clientName']}x", "backupsetName": row["backupsetName"].upper()}


def test_a_moved_file_of_rows_to_fix_is_known_by_its_numbers_and_names(failed: list[dict[str, str]]) -> None:
    """Also once the clients were corrected, and without the columns that tell that it is a results file."""
    assert found(moved(failed)) == (ONE, 3)
    assert found(moved(list(corrected(failed)))) == (ONE, 3)
    assert found(moved(failed, without=("status", "note"))) == (ONE, 3)


def test_rows_of_another_wave_are_not_taken_for_it(failed: list[dict[str, str]]) -> None:
    """Another server's, those of other names, mostly new ones, and a sheet that was never any run's."""
    other = [row | {"clientName": "else", "backupsetName": "where"} for row in failed]
    assert found(moved(failed), REAL) is None
    assert found(moved(other)) is None
    assert found(moved([failed[0], *other[1:]])) is None
    assert found(moved(failed, without=("status", "sheetRow"))) is None
    assert found(moved([row | {"sheetRow": ""} for row in failed])) is None


def test_of_two_waves_over_the_same_clients_it_is_the_one_that_has_the_names(
    begun: Begun, failed: list[dict[str, str]]
) -> None:
    """The other one is newer, and has no row of the file: not even if the first one is not there any more."""
    rows = [(row["clientName"], f"{row['backupsetName']}_of_wave_2") for row in failed]
    begun("reports/two", rows=rows, outcomes=[REJECTED] * 3).close()
    assert found(moved(failed)) == (ONE, 3)
    assert found(moved(list(corrected(failed)))) == (ONE, 3)

    ONE.rename("elsewhere")
    assert found(moved(failed)) is None


def test_an_invalid_row_is_known_by_its_client_where_its_name_was_corrected(begun: Begun) -> None:
    """What was wrong with it is the name, more often than not."""
    run = begun("reports/one", rows=[("client001", ""), ("client002", "bad\x01name"), ("client003", "three")])
    failed = run.report("csv").failed
    assert failed
    run.close()

    named = [row | {"backupsetName": f"named{row['sheetRow']}"} for row in read(failed)[:2]]
    assert found(moved(named)) == (ONE, 2)


def test_of_several_runs_it_is_the_newest_of_the_wave_and_none_that_strayed(failed: list[dict[str, str]]) -> None:
    """A run of such a file that was begun all the same has the rows as well, and is newer than all."""
    two, fixed = Path("reports/two"), moved(failed)
    with Run.open(ONE) as one, begin_rerun(one, None, output=two, access=Access(), reading=Reading()) as rerun:
        load_rows(rerun, one)
    with begin_run(fixed, output=Path("reports/three"), access=SIMULATED, reading=Reading()) as run:
        load_rows(run)

    assert found(fixed) == (two, 3)
