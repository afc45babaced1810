"""What the files of results say of a run besides its rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bulkprov.engine.evidence import MAY_BE_OLDER, PERHAPS_ANOTHERS, PERHAPS_OURS
from bulkprov.engine.model import Status
from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import DamagedError
from bulkprov.report.context import Context
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import explain_from
from bulkprov.report.formats import Format
from bulkprov.runs.history import histories
from bulkprov.runs.holder import holder
from bulkprov.runs.manifest import Manifest
from bulkprov.text import plural
from bulkprov.version import __version__

if TYPE_CHECKING:
    from bulkprov.runs.run import Run

__all__ = ["carried_unproven", "context_of", "facts_of", "left_out_words", "unproven_rows"]

_FEW: Final = 10
"""Rows that are named."""
_UNPROVEN: Final = (MAY_BE_OLDER, PERHAPS_ANOTHERS, PERHAPS_OURS)
"""What the note says of a set that is not proven to be of the run that reported it."""

T = TypeVar("T")


def context_of(
    run: "Run",
    form: Format,
    catalogue: Catalogue,
    operation: Operation,
    folder: Path,
    *,
    stopped: bool,
    refused: bool,
) -> Context:
    """What the files of a run's results are given; the arguments are those of `Run.report`."""
    view = run.view()

    def stories(sheet_rows: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        return _as_far_as_whole(histories(run, sheet_rows, catalogue))

    return Context(
        kind=run.kind,
        operation=RUN if operation.undoes else operation,
        facts=facts_of(
            run.manifest,
            folder,
            unaudited=run.unaudited(),
            unproven=unproven_rows(run.unproven(), carried_unproven(run)),
        )
        | {"perhaps_created": run.journal.perhaps_created()},
        delimiter=run.manifest.delimiter,
        encoding=run.manifest.encoding,
        explain=explain_from(catalogue.of_kind(run.kind.name)),
        catalogue=catalogue,
        next_step=partial(
            _next_command,
            run,
            operation=operation,
            stopped=stopped,
            refused=refused,
            failed=run.folder / f"failed.{form}",
            written=folder / f"{operation.file}.{form}",
        ),
        exchanges=lambda: _as_far_as_whole(view.exchanged(RUN.name)),
        stories=stories,
    )


def _next_command(run: "Run", statuses: Mapping[Status, int], **how: Any) -> list[str]:
    """The command to go on with, as words after `bulkprov`; see `Run.next_step`."""
    command = run.next_step(statuses, **how)
    return [*command, *run.manifest.words_again] if command else []


def _as_far_as_whole(items: Iterator[T]) -> Iterator[T]:
    """What can be read of something that only adds to the results: damage there must not cost the results."""
    try:
        yield from items
    except DamagedError:
        return


def facts_of(manifest: Manifest, folder: Path, *, unaudited: int, unproven: str = "") -> dict[str, str | int | float]:
    """The facts of a run; what is not known is left out.

    Args:
        manifest: of the run.
        folder: to be named as the run's.
        unaudited: rows of which a create left, and that no audit has looked at since.
        unproven: how many rows have what is perhaps another's, in the words of `unproven_rows`.
    """
    speed = manifest.finished / manifest.seconds if manifest.finished is not None and manifest.seconds else None
    later = holder(manifest)
    known = {
        "run": str(folder),
        "started": manifest.created_at,
        "sheet": manifest.sheet,
        "ticket": manifest.ticket or None,
        "operator": manifest.operator or None,
        "username": manifest.username or None,
        "server": manifest.server,
        "reruns": str(manifest.rerun_of) if manifest.rerun_of else None,
        "rerun_as": str(later) if later else None,
        "left_out": left_out_words(manifest.left_out) or None,
        "limits": json.dumps(manifest.limits) if manifest.limits else None,
        "seconds": manifest.seconds,
        "finished": manifest.finished,
        "requests": manifest.requests,
        "rows_per_second": speed,
        "audited": _audit(manifest, unaudited),
        "unproven": f"of {unproven} the set may have been made by others (see the notes)" if unproven else None,
        "version": f"bulkprov {__version__}",
    }
    return {name: value for name, value in known.items() if value is not None}


def carried_unproven(run: "Run") -> int:
    """How many rows a run has carried over whose sets may have been made by others than the run that reported them."""
    return run.view().carried_over(_UNPROVEN)


def unproven_rows(own: int, carried: int) -> str:
    """How many rows have sets that may have been made by others; empty for none.

    Args:
        own: those that the run has sent.
        carried: those that it has carried over.
    """
    if not carried:
        return plural(own, "row") if own else ""
    counted = f"{plural(own, 'row')}, and of {carried:,} more" if own else plural(carried, "row")
    return f"{counted} that {'was' if carried == 1 else 'were'} carried over,"


def left_out_words(numbers: Sequence[int]) -> str:
    """How many rows of the wave were left out, and which: `2 (rows 10, 28)`; empty if none was."""
    if not numbers:
        return ""
    more = f" and {len(numbers) - _FEW:,} more" if len(numbers) > _FEW else ""
    return f"{len(numbers):,} (row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:_FEW]))}{more})"


def _audit(manifest: Manifest, unaudited: int) -> str | None:
    """Whether it was audited; None if nothing was created yet."""
    if unaudited:
        return f"no: {unaudited:,} row{' is' if unaudited == 1 else 's are'} still to be looked at again"
    return "yes: whatever was created was looked at again" if manifest.audited > 0 else None
