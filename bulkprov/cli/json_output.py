"""The JSON that commands print with `--json`: one object on stdout, made here as plain data.

The keys are part of the interface: scripts rely on them. `__main__` imports this module at every start, so it imports
nothing heavy.
"""

from typing import TYPE_CHECKING, Any

from bulkprov.engine.model import Status
from bulkprov.report.statuses import ALWAYS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulkprov.report.write import Written
    from bulkprov.runs.catalog import Overview
    from bulkprov.runs.execute import Ended
    from bulkprov.runs.run import Run

__all__ = ["error_summary", "runs_listed", "summary", "together"]


def summary(run: "Run", ended: "Ended", written: "Written | None") -> dict[str, Any]:
    """The object of a command that worked on a run. A plan has no run: its folder is deleted when the command ends."""
    statuses, kept = ended.statuses, not ended.operation.plans
    shown = [status for status in Status if status in ALWAYS_SHOWN or statuses[status]]
    return {
        "run": str(run.folder) if kept else None,
        "sheet": run.manifest.sheet,
        "server": run.manifest.server,
        "rows": ended.tally.rows,
        **{status.value: statuses[status] for status in shown},
        "carried": ended.tally.carried,
        "requests": ended.tally.requests,
        "seconds": round(ended.seconds, 3),
        "rows_per_second": round(ended.finished / ended.seconds, 1) if ended.seconds else None,
        "audited": not ended.unaudited if ended.operation.creates and (ended.audited or ended.unaudited) else None,
        "unproven": len(ended.leftovers)
        if ended.operation.undoes
        else ended.unproven
        if ended.operation.creates
        else None,
        "results": str(written.results) if written else None,
        "page": str(written.page) if written and written.page else None,
        "failed_rows_file": str(written.failed) if written and written.failed else None,
        "journal": str(run.journal.path) if kept else None,
        "exit_code": int(ended.exit_code),
        "error": ended.stop.reason if ended.stop else None,
    }


def together(runs: "Sequence[dict[str, Any]]", exit_code: int) -> dict[str, Any]:
    """The object of a command that worked on several runs: their objects, and the sums of their counts.

    Args:
        runs: the object of each.
        exit_code: of the command.
    """
    names = dict.fromkeys(name for run in runs for name in run)
    counts = {name: [run[name] for run in runs if isinstance(run.get(name), int)] for name in names}
    summed = {
        name: sum(values)
        for name, values in counts.items()
        if values and name != "exit_code" and not isinstance(values[0], bool)
    }
    errors = [str(run["error"]) for run in runs if run.get("error")]
    return {"runs": list(runs), **summed, "exit_code": exit_code, "error": "; ".join(errors) or None}


def error_summary(error: str, exit_code: int) -> dict[str, Any]:
    """The object of a command that could not do its work: the same keys, without values."""
    names = ("run", "sheet", "server", "rows", *ALWAYS_SHOWN, "carried", "requests", "seconds")
    more = ("rows_per_second", "audited", "unproven", "results", "page", "failed_rows_file", "journal")
    return dict.fromkeys(names + more) | {"exit_code": exit_code, "error": error}


def runs_listed(runs: "Sequence[Overview]") -> list[dict[str, Any]]:
    """The runs, as `bulkprov runs --json` lists them."""
    return [
        {
            "run": str(run.folder),
            "sheet": run.manifest.sheet or None,
            "server": run.manifest.server,
            "reruns": str(run.manifest.rerun_of) if run.manifest.rerun_of else None,
            "rows": run.rows,
            **{status.value: count for status, count in run.statuses.items()},
            "done": run.done,
            "left": run.left,
            "runs": run.manifest.generation,
            "error": run.trouble or None,
        }
        for run in runs
    ]
