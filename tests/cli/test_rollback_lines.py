"""What a person is told before a rollback; what one has left is in `test_messages.py`, with the last lines."""

from dataclasses import replace
from pathlib import Path

from bulkprov.cli.rollback_lines import made_by_others, to_roll_back
from bulkprov.engine.model import Standing
from bulkprov.journal.rows import Batch
from tests.cli.loaded import loaded
from tests.runs.rows import CREATED


def test_a_run_that_made_nothing_has_nothing_to_roll_back(tmp_path: Path) -> None:
    """No command is offered."""
    with loaded(tmp_path, ("client001", "one")) as run:
        assert to_roll_back(run, run.folder, []) == ([f"{run.folder} created nothing to roll back"], False)


def test_further_sets_that_bear_the_mark_of_their_row_would_be_deleted_and_others_left(tmp_path: Path) -> None:
    """Unless those are wanted as well."""
    with loaded(tmp_path, ("client001", "one")) as run:
        batch = Batch("run")
        batch.finish(1, replace(CREATED, facts=Standing(left=True, marked=(940,), candidates=(941,))))
        run.journal.apply(batch)
        (lines, any_made), (both, _) = (
            to_roll_back(run, run.folder, []),
            to_roll_back(run, run.folder, [], also_unproven=True),
        )

    assert lines[:3] == [
        "1 backup set on 1 client would be deleted from simulator:",
        "  row 2: one (id 931) on client001 / File System / DefaultInstanceName",
        "  1 further one of the same names: id 940",
    ]
    assert "  row 2: one on client001 (id 941)" in lines
    assert any_made
    assert both[2] == "  2 further ones of the same names: id 940, 941"


def test_all_that_would_be_deleted_is_told_where_there_is_room_in_the_order_of_the_sheet(tmp_path: Path) -> None:
    """Before a delete one wants to see it whole; a screen names the command that shows it."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "two"), ("client001", "three")) as run:
        batch = Batch("run")
        for number in (1, 2, 3):
            batch.finish(number, CREATED)
        run.journal.apply(batch)
        (short, _), (whole, _) = (to_roll_back(run, Path("newest"), ["--wave"], most=most) for most in (2, 3))

    assert short[1:] == [*whole[1:3], "  ... and 1 more; all of them: bulkprov rollback newest --wave | more"]
    assert [line.split(":")[0].strip() for line in whole[1:]] == ["row 2", "row 3", "row 4"]


def test_what_a_run_has_carried_over_is_named_though_the_run_that_made_it_has_the_same_name(tmp_path: Path) -> None:
    """As with `-o monday/run` and `-o tuesday/run`; and who has typed --wave is not told to type it."""
    with loaded(tmp_path, ("client001", "one")) as run:
        (alone,), (whole,) = (made_by_others(run, {"run": 2}, [run], wave=wave) for wave in (False, True))

    assert run.name == "run"
    assert whole == f"{run.folder} carried over 2 sets that other runs have made, which are left: run (2)"
    assert alone == f"{whole}. To roll back the whole wave: bulkprov rollback {run.folder} --wave"
