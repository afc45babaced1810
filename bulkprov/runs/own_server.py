"""The server that a run belongs to, and its user: settings of later commands are completed by them.

They may name no other server; another user, or a token, counts instead of the run's user.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.errors import RunError, SettingsError
from bulkprov.journal.store import Journal
from bulkprov.runs.folder import NO_FILES
from bulkprov.runs.manifest import SIMULATED, Manifest
from bulkprov.settings import Access
from bulkprov.shell import typed

__all__ = ["completed", "is_untouched"]

_TOKEN: Final = "BULKPROV_TOKEN"  # noqa: S105 - the name of a variable
_PASSWORD: Final = "BULKPROV_PASSWORD"  # noqa: S105 - likewise


def is_untouched(journal: Journal) -> bool:
    """Whether no request of a run's own rows was ever sent: its server may be a mistyped one."""
    counts = journal.counts()
    return journal.last_nr() == 0 and counts.total() <= counts[Status.INVALID] + journal.carried()


def completed(access: Access, manifest: Manifest, folder: Path, journal: Journal) -> Access:
    """The settings of a command on a run, completed by the server that the run belongs to, and by the user who ran it.

    Args:
        access: as given.
        manifest: of the run.
        folder: of the run.
        journal: of the run.

    Raises:
        RunError: they name another server.
        SettingsError: they give a password and no user.
    """
    server = manifest.server or ""
    given = SIMULATED if access.simulate else access.server
    if given and given != server:
        told = f"{folder} belongs to the server {server}, not to {given}"
        if manifest.sheet in NO_FILES:
            # "-" read again would wait for other rows, and no file is called like rows of a program
            raise RunError(
                f"{told}. Its rows came from no file: give the same rows to a run of their own on that server"
            )
        again = typed(["run", manifest.sheet, *(["--simulate"] if access.simulate else ["--server", given])])
        if manifest.earlier_run or not is_untouched(journal):
            raise RunError(f"{told}. To make what its sheet names there as well: {again}")
        discard = typed(["discard", folder])
        raise RunError(f"{told}. Nothing of it was ever sent: `{again}` begins anew, `{discard}` leaves this one out")
    if manifest.simulated:
        return replace(access, server="", simulate=True)
    return replace(access, server=server, username=access.username or _user(access, manifest))


def _user(access: Access, manifest: Manifest) -> str:
    """The user who ran it, where nothing says how to sign in: the password is asked for then.

    A secret that is at hand is not sent for the asking of a folder, which may be from elsewhere.

    Raises:
        SettingsError: there is a password, and it takes a person to say that it is for that user.
    """
    if access.token_file or os.environ.get(_TOKEN):
        return ""
    if manifest.username and (access.password_file or os.environ.get(_PASSWORD)):
        username = typed(["--username", manifest.username]).removeprefix("bulkprov ")
        raise SettingsError(
            f"the password in {access.password_file or _PASSWORD} is for no user: the run was made as "
            f"{manifest.username} on {manifest.server}; to send it there, add {username}"
        )
    return manifest.username
