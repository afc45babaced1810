"""How work ended that a command has done in parts, or in a folder that is gone when the command ends."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bulkprov.engine.operations import RUN, Operation
from bulkprov.errors import BulkprovError, ExitCode, Stop
from bulkprov.runs.execute import Ended, as_it_stands
from bulkprov.runs.folder import LOG
from bulkprov.runs.run import Run

__all__ = ["broken_off", "with_log_kept", "worst"]

_UNSENT: Final = (ExitCode.UNUSABLE, ExitCode.NO_SERVER)
"""The exit codes that say that nothing was sent."""


def with_log_kept(ended: Ended, run: Run) -> Ended:
    """How it ended; after a bug, with a copy of the log, which would be deleted together with the temporary folder."""
    if not ended.tally.bugs:
        return ended
    with tempfile.NamedTemporaryFile(prefix="bulkprov-", suffix=".log", delete=False) as kept:
        kept.write((run.folder / LOG).read_bytes())
    return replace(ended, log=Path(kept.name))


def broken_off(run: Run, error: BulkprovError, operation: Operation = RUN) -> Ended:
    """How a run ended that could not begin, or be gone on with, after others of the same command.

    Raises:
        StorageError: its journal cannot be read.
    """
    return replace(as_it_stands(run, operation), stop=Stop(str(error), error.exit_code))


def worst(ended: Sequence[Ended]) -> ExitCode:
    """The worst exit code of several runs; one that says that nothing was sent, only if that is true of them all."""
    code = max((each.exit_code for each in ended), default=ExitCode.DONE)
    return ExitCode.STOPPED if code in _UNSENT and any(each.tally.creates for each in ended) else code
