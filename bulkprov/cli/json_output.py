"""The JSON that commands print with `--json`: one object on stdout, made here as plain data.

The keys are part of the interface: scripts rely on them. Each object names its schema, which is a file in `schemas/`. A
later version of bulkprov may add keys to a schema; before it changes or drops one, it gives the schema another number.
"""

from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from bulkprov.engine.model import Status
from bulkprov.report.explain import explain_from
from bulkprov.report.row import note
from bulkprov.report.statuses import ALWAYS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bulkprov.report.aggregate import Group
    from bulkprov.report.error_catalogue import Catalogue
    from bulkprov.report.write import Written
    from bulkprov.runs.execute import Ended
    from bulkprov.runs.overviews import Overview
    from bulkprov.runs.progress import Progress
    from bulkprov.runs.run import Run
    from bulkprov.sheets.rows import Result

__all__ = [
    "End",
    "error_summary",
    "groups_listed",
    "last_event",
    "named",
    "row_event",
    "runs_listed",
    "start_event",
    "summary",
    "together",
]

End: TypeAlias = Literal["before", "now", "left"]
"""When a row ended: before the command, in it, or not at all."""

SUMMARY: Final = "summary-1"
RUN: Final = "run-1"
EVENT: Final = "event-1"
SEVERAL: Final = "several-1"

_COUNTS: Final = ("rows", *(status.value for status in Status), "carried", "requests", "unproven")
"""What several runs have in common as a sum."""


def named(schema: str, values: "Mapping[str, Any]") -> dict[str, Any]:
    """An object that names its schema: the name of a file in `schemas/`, without its suffix."""
    return {"schema": schema, **values}


def summary(
    run: "Run",
    ended: "Ended",
    written: "Written | None",
    *,
    next_command: "Sequence[str]" = (),
    groups: "Sequence[Mapping[str, Any]]" = (),
) -> dict[str, Any]:
    """The object of a command that worked on a run. A plan has no run: its folder is deleted when the command ends.

    Args:
        run: that was worked on.
        ended: how that ended.
        written: the files, if any.
        next_command: the command to go on with, as words; none if there is nothing left to do.
        groups: why rows are not well; see `groups_listed`.
    """
    statuses, kept = ended.statuses, not ended.operation.plans
    shown = [status for status in Status if status in ALWAYS_SHOWN or statuses[status]]
    return named(
        SUMMARY,
        {
            "operation": ended.operation.name,
            "run": str(run.folder) if kept else None,
            "sheet": run.manifest.sheet,
            "server": run.manifest.server,
            "rows": ended.tally.rows,
            **{status.value: statuses[status] for status in shown},
            "carried": ended.tally.carried,
            "left_out": list(run.manifest.left_out) if ended.operation.creates else None,
            "requests": ended.tally.requests,
            "started": _moment(ended.began),
            "ended": _moment(ended.over),
            "seconds": round(ended.seconds, 3),
            "rows_per_second": round(ended.finished / ended.seconds, 1) if ended.seconds else None,
            "audited": not ended.unaudited if ended.operation.creates and (ended.audited or ended.unaudited) else None,
            "unproven": len(ended.leftovers)
            if ended.operation.undoes
            else ended.unproven
            if ended.operation.creates
            else None,
            "groups": list(groups),
            "changes": None,
            "results": str(written.results) if written else None,
            "page": str(written.page) if written and written.page else None,
            "failed_rows_file": str(written.failed) if written and written.failed else None,
            "journal": str(run.journal.path) if kept else None,
            "next": list(next_command) or None,
            "exit_code": int(ended.exit_code),
            "error": ended.stop.reason if ended.stop else None,
        },
    )


def together(runs: "Sequence[dict[str, Any]]", exit_code: int, next_command: "Sequence[str]" = ()) -> dict[str, Any]:
    """The object of a command that worked on several runs: their objects, and the sums of their counts.

    Args:
        runs: the object of each.
        exit_code: of the command.
        next_command: the command that goes on with all of them, as words; none if each has its own, or none has.
    """
    counted = {name: [run[name] for run in runs if run.get(name) is not None] for name in _COUNTS}
    summed = {name: sum(values) for name, values in counted.items() if values}
    errors = [str(run["error"]) for run in runs if run.get("error")]
    more = {"next": list(next_command) or None, "exit_code": exit_code, "error": "; ".join(errors) or None}
    values = {"runs": list(runs), **summed, **more}
    return named(SEVERAL, values)


def error_summary(error: str, exit_code: int) -> dict[str, Any]:
    """The object of a command that could not do its work: the same keys, without values."""
    names = ("operation", "run", "sheet", "server", "rows", *ALWAYS_SHOWN, "carried", "left_out")
    more = (
        "requests",
        "started",
        "ended",
        "seconds",
        "rows_per_second",
        "audited",
        "unproven",
        "groups",
        "changes",
        "results",
        "page",
        "failed_rows_file",
        "journal",
    )
    values = dict.fromkeys((*names, *more, "next")) | {"exit_code": exit_code, "error": error}
    return named(SUMMARY, values)


def groups_listed(groups: "Sequence[Group]", catalogue: "Catalogue") -> list[dict[str, Any]]:
    """Why rows are not well: the rows of each reason, what it means, and what to do.

    Args:
        groups: the reasons, the most frequent first.
        catalogue: what errors mean.
    """
    explain = explain_from(catalogue)
    return [
        {
            "status": group.status.value,
            "errorCode": group.code or None,
            "httpStatus": group.http_status,
            "text": group.text,
            "rows": group.rows,
            "examples": list(group.examples),
            "means": told.meaning or None,
            # what is wrong in the sheet explains itself
            "rerun": told.rerun if told.known or group.status is not Status.INVALID else None,
            "edit": told.edit or None,
        }
        for group in groups
        for told in (explain(group),)
    ]


def runs_listed(runs: "Sequence[Overview]") -> list[dict[str, Any]]:
    """The runs, as `bulkprov runs --json` lists them."""
    return [
        named(
            RUN,
            {
                "run": str(run.folder),
                "sheet": manifest.sheet or None,
                "server": manifest.server,
                "reruns": str(manifest.rerun_of) if manifest.rerun_of else None,
                "started": _moment(run.began) if 0 < run.began < inf else None,
                "discarded": run.manifest.discarded_at is not None,
                "rows": run.rows,
                **{status.value: count for status, count in run.statuses.items()},
                "done": run.done,
                "left": run.left,
                "runs": manifest.generation,
                "error": run.trouble or None,
                "progress": _progress(run.progress) if run.progress else None,
            },
        )
        for run in runs
        for manifest in (run.progress.manifest if run.progress else run.manifest,)
    ]


def _progress(progress: "Progress") -> dict[str, Any]:
    """How far another process is that works on a run."""
    return {
        "operation": progress.doing or None,
        "at": _moment(progress.at),
        "rows": progress.rows,
        **{status.value: count for status, count in progress.statuses.items()},
        "left": progress.left,
        "auditing": progress.auditing,
    }


def start_event(operation: str, run: str | None, rows: int, at: float) -> dict[str, Any]:
    """The first line of `--events`, once the rows are taken in."""
    return named(EVENT, {"event": "start", "operation": operation, "run": run, "rows": rows, "at": _moment(at)})


def row_event(
    operation: str, when: End, result: "Result", wanted: "Mapping[str, object] | None", id_column: str
) -> dict[str, Any]:
    """A line of `--events` on one row. Of several on one row the last one counts.

    Args:
        operation: what is done.
        when: the row ended.
        result: what became of it.
        wanted: the cells of what it wants, by canonical column; None if it is invalid.
        id_column: what the results call the id.
    """
    values = {
        "event": "row",
        "operation": operation,
        "when": when,
        "sheetRow": result.sheet_row,
        "wanted": dict(wanted) if wanted is not None else None,
        "status": result.status.value,
        "errorCode": result.error_code,
        "errorString": result.error_string or None,
        id_column: result.id,
        "attempts": result.attempts,
        "httpStatus": result.http_status,
        "seconds": None if result.seconds is None else round(result.seconds, 3),
        "finishedAt": _moment(result.finished_at),
        "note": note(result) or None,
    }
    return named(EVENT, values)


def last_event(summed_up: "Mapping[str, Any]") -> dict[str, Any]:
    """The last line of `--events`: the object that `--json` prints."""
    return named(EVENT, {"event": "end", "summary": dict(summed_up)})


def _moment(at: float | None) -> str | None:
    """A time as ISO 8601 with the local offset."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds") if at is not None else None
