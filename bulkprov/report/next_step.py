"""The command to type next. The terminal and the Summary both take it from here, by way of `Run.next_step`. Pure.

After a plan only the Summary names one: whoever gave the command has the sheet and the server before them, while a file
is read later, by others.
"""

from collections.abc import Mapping
from pathlib import Path

from bulkprov.engine.model import Status
from bulkprov.engine.operations import Operation
from bulkprov.report.statuses import any_fixable, is_to_fix

__all__ = ["next_step"]


def next_step(
    statuses: Mapping[Status, int],
    *,
    operation: Operation,
    run: Path,
    left: int = 0,
    unsure: int = 0,
    unaudited: int = 0,
    half_deleted: int = 0,
    failed: Path | None = None,
    written: Path | None = None,
    sheet: str = "",
    stopped: bool = False,
    refused: bool = False,
    encoding: str = "",
    superseded: bool = False,
) -> list[str]:
    """The command to go on with, as words after `bulkprov`; none if there is nothing left for a command to do.

    Args:
        statuses: rows by status.
        operation: what was done.
        run: the run's folder.
        left: rows without an outcome.
        unsure: those of them that may be what is listed: only a person can tell, and another look would not.
        unaudited: rows of which a create left, and that no audit has looked at since.
        half_deleted: rows whose thing an interrupted rollback may or may not have deleted.
        failed: the file of the rows to fix, if there is one.
        written: the file of all rows, if there is one.
        sheet: the sheet that was planned; empty if the plan is not to be followed by a command.
        stopped: whether the operation stopped early.
        refused: whether the run was refused before anything was sent, as a resume of it would be.
        encoding: of files in CSV, if it has to be said when they are read.
        superseded: whether a rerun holds the rows by now, so that it is the one to go on with.
    """
    if superseded and operation.creates and not stopped:  # else it was worked on all the same, and is not at its end
        return _rollback(run) if half_deleted else []
    any_to_fix = any(count and is_to_fix(status) for status, count in statuses.items())
    to_fix = _file(failed, encoding) if failed and any_to_fix else []
    if refused:
        return _rerun(run, to_fix)
    if operation.creates:
        return _after_run(statuses, run, left - unsure or unaudited, half_deleted, to_fix, unsure=unsure > 0)
    if operation.undoes:
        return _rollback(run) if stopped or statuses.get(Status.UNKNOWN) else []
    if operation.plans:
        return ["run", sheet] if sheet else []
    return ["run", *_file(written, encoding)] if written and statuses.get(Status.GONE) else []


def _after_run(
    statuses: Mapping[Status, int], run: Path, left: int, half_deleted: int, to_fix: list[str], *, unsure: bool
) -> list[str]:
    """The command after a run: first for what may have been deleted, then for what is unfinished, then to correct."""
    if half_deleted:
        return _rollback(run)
    if left:
        return ["resume", str(run)]
    return _rerun(run, to_fix) if unsure or any_fixable(statuses) else []


def _rerun(run: Path, to_fix: list[str]) -> list[str]:
    return ["rerun", str(run), *to_fix]


def _file(path: Path, encoding: str) -> list[str]:
    return [str(path), *(["--encoding", encoding] if encoding and path.suffix == ".csv" else [])]


def _rollback(run: Path) -> list[str]:
    return ["rollback", str(run), "--yes"]
