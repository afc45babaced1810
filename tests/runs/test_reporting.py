"""Results are written in each format in which they lie in the run's folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bulkprov.engine.model import Outcome, Reply, Status
from bulkprov.runs.run import Run
from tests.end_to_end.results import read
from tests.runs.conftest import settle
from tests.runs.rows import CREATED

Begun = Callable[..., Run]

REJECTED = Outcome(status=Status.REJECTED)


def told() -> dict[str, list[str]]:
    """The statuses in each file of the run."""
    return {path.name: [row["status"] for row in read(path)] for path in Path("run").glob("[rf]*.[cx]*")}


def test_what_lies_in_another_format_is_written_again_with_the_results(begun: Begun) -> None:
    """The rows to fix too; one that was edited is kept beside it, and the page names files of the wanted format."""
    run = begun(outcomes=[CREATED, REJECTED])
    run.report("xlsx")
    run.report("csv")
    with Path("run/failed.xlsx").open("ab") as file:
        file.write(b"mine")
    settle(run, replace(CREATED, status=Status.ROLLED_BACK), replace(CREATED, reply=Reply(0, "", 932)))

    again = run.report()

    Path("run/failed-edited.xlsx").unlink()
    now, to_fix = ["rolled-back", "created", "invalid"], ["rolled-back", "invalid"]
    assert told() == {
        "results.csv": now,
        "results.xlsx": now,
        "failed.csv": to_fix,
        "failed.xlsx": to_fix,
    }
    assert (again.results, again.failed) == (Path("run/results.csv"), Path("run/failed.csv"))
    assert again.said == ("failed.xlsx was edited since it was written: it is kept as failed-edited.xlsx",)
    assert "run/failed.csv" in Path("run/results.html").read_text("utf-8")
    assert run.format == "csv"


def test_a_file_of_results_that_is_not_written_again_is_named(begun: Begun) -> None:
    """One that this run has not written, and one with another name, since the first was open in Excel then."""
    run = begun(outcomes=[CREATED, REJECTED])
    run.report("csv")
    Path("run/results.xlsx").write_bytes(b"of the user")
    Path("run/results.csv").rename("run/results-2.csv")
    run.update(digests={**run.manifest.digests, "results-2.csv": run.manifest.digests["results.csv"]})

    said = run.report("csv").said

    assert said == tuple(
        f"{name} is not written again, and may be out of date" for name in ("results.xlsx", "results-2.csv")
    )
    assert Path("run/results.xlsx").read_bytes() == b"of the user"
