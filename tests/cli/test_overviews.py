"""Runs as a whole, as they are listed and discarded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bulkprov.cli.run_lines import run_blocks, runs_table, standing
from bulkprov.engine.model import Status
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.overviews import Overview, overviews
from bulkprov.runs.progress import Progress
from tests.end_to_end.conftest import Said, command
from tests.end_to_end.results import wave

Command = Callable[..., Said]
bulkprov = command

RUNS = [
    Overview(
        folder=Path(f"reports/a-rather-long-name-{number}"),
        manifest=Manifest(
            server="https://cs.example.com/api", generation=2, rerun_of=Path("reports/one"), loaded_at=1.0
        ),
        rows=5000,
        statuses={Status.CREATED: 4000, Status.ROLLED_BACK: 12},
        began=1.8e9,
    )
    for number in range(2)
]


def test_a_run_to_go_on_with_is_told_by_what_is_done_and_on_which_server() -> None:
    """One whose rows were never sent says that."""
    run = RUNS[0]

    assert standing(run) == "4,000 of 5,000 done, 988 to do, on cs.example.com"
    assert standing(replace(run, statuses={}, untouched=True)) == "5,000 to do, nothing sent yet, on cs.example.com"
    assert standing(replace(run, statuses={}, planned=True)) == "5,000 planned, nothing sent, on cs.example.com"
    assert standing(replace(run, rows=4012)) == "4,000 of 4,012 done, not audited, on cs.example.com"
    assert standing(replace(run, manifest=Manifest())) == "sheet not read yet"


def test_runs_are_a_table_only_where_its_lines_fit() -> None:
    """On a narrow terminal a run has lines of its own, none wider than 60 letters."""
    assert runs_table(RUNS, 160) is not None
    assert runs_table(RUNS, 60) is None
    lines = list(run_blocks(RUNS[:1]))

    assert lines[0].startswith("reports/a-rather-long-name-0  2027-01-1")
    assert lines[1] == "  4,000 of 5,000 done after 2 runs, 12 rolled-back, 988 to resume"
    assert lines[2] == "  on cs.example.com; reruns one"
    assert list(run_blocks([replace(RUNS[0], planned=True)]))[1].endswith("988 to rerun (planned only)")


def test_the_rows_of_a_run_that_was_rerun_are_left_to_its_rerun(tmp_path: Path) -> None:
    """They are neither to be resumed nor planned once more."""
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "journal.sqlite").touch()
    rerun = replace(RUNS[0], manifest=replace(RUNS[0].manifest, superseded_by=tmp_path / "again"), planned=True)

    assert list(run_blocks([rerun]))[1].endswith("12 rolled-back, 988 left to again")


AT_WORK = Progress(
    manifest=RUNS[0].manifest, rows=42, statuses={Status.REJECTED: 2, Status.CREATED: 7}, doing="run", at=1.8e9
)


def lines_of(progress: Progress) -> list[str]:
    """The lines of a run that another process works on."""
    folder = Path("reports/a")
    busy = Overview(
        folder=folder, manifest=Manifest(), rows=0, statuses={}, trouble="busy", in_use=True, progress=progress
    )
    return list(run_blocks([busy]))


def test_a_run_at_work_is_listed_with_how_far_it_is() -> None:
    """And when that was so, on which server, and what it reruns."""
    at = f"{datetime.fromtimestamp(1.8e9).astimezone():%Y-%m-%d %H:%M:%S}"

    working, asking = lines_of(AT_WORK)[1:], lines_of(replace(AT_WORK, doing="", statuses={}))[1]
    deleting = lines_of(replace(AT_WORK, doing="rollback", statuses={Status.ROLLED_BACK: 7}, auditing=True))[1]

    assert working == [
        f"  7 of 42 done after 2 runs, at work at {at}: 7 created, 2 rejected, 33 of 42 to do",
        "  on cs.example.com; reruns one",
    ]
    assert asking.endswith(f"done after 2 runs, nothing sent yet at {at}, a question may be open: 42 of 42 to do")
    assert deleting == f"  a rollback at {at}: 7 rolled-back, 35 of 42 to do, auditing"


def test_a_run_that_has_made_sets_is_discarded_only_if_that_is_typed(bulkprov: Command, tmp_path: Path) -> None:
    """It may be the only account of them; what was discarded is not resumed, and can be taken up again."""
    sheet = wave(tmp_path / "w.csv", [("client001", "A"), ("client002", "B")])
    bulkprov("run", sheet, "--simulate", "--limit", "1", "-o", "reports/made")

    refused = bulkprov("discard", "made")
    assert refused.code == 2
    assert "reports/made made 1 backup set; no later run accounts for that" in refused.err
    assert "bulkprov rollback reports/made" in refused.err

    done = bulkprov("discard", "made", "--yes")
    assert done.code == 0
    assert "Nothing was deleted" in done.out
    assert "1 discarded run not shown; --all shows them" in bulkprov("runs").out
    assert "discarded" in bulkprov("runs", "--all").out
    assert "was discarded" in bulkprov("resume", "made").err
    assert "no unfinished run" in bulkprov("resume").err

    assert bulkprov("discard", "made", "--undo").out == "reports/made is listed again\n"
    assert "reports/made was not discarded" in bulkprov("discard", "made", "--undo").out
    assert bulkprov("resume", "latest", "--json").json["created"] == 2


def test_a_rerun_is_the_account_of_what_a_discarded_run_has_made(bulkprov: Command, tmp_path: Path) -> None:
    """It has made nothing itself; but with it the last account of the sets would go out of sight."""
    sheet = wave(tmp_path / "w.csv", [("client001", "A"), ("nobody", "B")])
    bulkprov("run", sheet, "--simulate", "-o", "reports/made")
    bulkprov("rerun", "made", "-o", "reports/again")
    assert bulkprov("discard", "made").code == 0

    refused = bulkprov("discard", "again")
    assert refused.code == 2
    assert "reports/again carries 1 row whose sets a discarded run made; no later run accounts" in refused.err

    assert bulkprov("discard", "made", "--undo").code == 0
    assert bulkprov("discard", "again").code == 0, "the run that made the set is listed"
    assert bulkprov("discard", "made").code == 2, "and the rerun is not, by now"


def test_a_run_that_made_nothing_is_discarded_at_once(bulkprov: Command, tmp_path: Path) -> None:
    """There is nothing to account for; so it is with one that was rerun."""
    bulkprov("run", wave(tmp_path / "w.csv", [("client999", "A")]), "--simulate", "-o", "reports/one")

    assert bulkprov("discard", "reports/one/run.log").code == 0
    (run,) = overviews()
    assert run.manifest.discarded_at
    sheet = wave(tmp_path / "w.csv", [("client001", "A"), ("client999", "B")])
    bulkprov("run", sheet, "--simulate", "-o", "reports/two")
    bulkprov("rerun", "two", "-o", "reports/three")
    assert bulkprov("discard", "two").code == 0, "the rerun's results have its rows"
