"""The server that a run belongs to: settings of later commands are completed by it, and may name no other."""

from dataclasses import replace
from pathlib import Path

from bulkprov.engine.model import Status
from bulkprov.errors import RunError
from bulkprov.journal.store import Journal
from bulkprov.runs.manifest import SIMULATED, Manifest
from bulkprov.settings import Access
from bulkprov.sheets import IN_MEMORY
from bulkprov.shell import typed

__all__ = ["completed", "is_untouched"]


def is_untouched(journal: Journal) -> bool:
    """Whether no request of a run's own rows was ever sent: its server may be a mistyped one."""
    counts = journal.counts()
    return journal.last_nr() == 0 and counts.total() <= counts[Status.INVALID] + journal.carried()


def completed(access: Access, manifest: Manifest, folder: Path, journal: Journal) -> Access:
    """The settings of a command on a run, completed by the server that the run belongs to.

    Args:
        access: as given.
        manifest: of the run.
        folder: of the run.
        journal: of the run.

    Raises:
        RunError: they name another server.
    """
    server = manifest.server or ""
    given = SIMULATED if access.simulate else access.server
    if given and given != server:
        told = f"{folder} belongs to the server {server}, not to {given}"
        if manifest.sheet in ("-", IN_MEMORY):
            # "-" read again would wait for other rows, and no file is called like rows of a program
            raise RunError(
                f"{told}. Its rows came from no file: give the same rows to a run of their own on that server"
            )
        again = typed(["run", manifest.sheet, *(["--simulate"] if access.simulate else ["--server", given])])
        if manifest.earlier_run or not is_untouched(journal):
            raise RunError(f"{told}. To make what its sheet names there as well: {again}")
        discard = typed(["discard", folder])
        raise RunError(f"{told}. Nothing of it was ever sent: `{again}` begins anew, `{discard}` leaves this one out")
    return replace(access, server="", simulate=True) if manifest.simulated else replace(access, server=server)
