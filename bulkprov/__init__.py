"""bulkprov: create Commvault backup sets in bulk from a spreadsheet, and say truthfully what happened to every row.

Read a sheet of desired things, make each exist once, and say what happened to every row, even if the network, the
server or the power fails in the middle. Three ideas carry the package:

* **A row is a small state machine, and it is pure.** It can *look* (is the set in the client's list?), *act* (create
  it) and *ask* (what has this id?). After each exchange `lifecycle.after` says what comes next, from where the row
  stands and how the exchange ended.
* **The journal is the truth.** What is about to be sent is on disk before it leaves; results, progress and resuming
  are views of the journal. Resuming is not a mode: it is the same loop over a journal that is not empty.
* **Every exchange ends in one of three ways**: answered, not taken, or in doubt. What is in doubt is never sent again
  before a look-up has settled it.

The map; imports run one way, down, and rooms on one line do not import each other::

    __main__                            the command, and Ctrl-C around it
    cli | api                           what people type and read; the library
    probe                               how a CommServe behaves where its manual does not say
    runs                                a run: a folder, its life from sheet to results
    journal | report | commvault | simulator
                                        every row's truth on disk; files people read; the web service; a CommServe
                                        to rehearse on
    kind                                all that the other rooms need to know of a kind of thing, as one value
    sheets                              from a spreadsheet to rows of text
    engine                              any wanted thing, made to exist once
    pieces                              a long document in pieces
    settings | wire | text | shell | private | version
                                        options; trees to bytes; text made fit to be shown; commands to be typed;
                                        files that must be the user's own
    urls                                where a server and a proxy are, as people type it
    errors                              what ends a command early

From Python, a wave is one call (`provision`; see there). It rehearses here::

    >>> import asyncio
    >>> from bulkprov import Access, provision
    >>> wave = [{"clientName": f"client{n:03d}", "backupsetName": "FS_Wave3"} for n in (1, 2, 999)]
    >>> done = asyncio.run(provision(wave, access=Access(simulate=True)))
    >>> [row.status.value for row in done]
    ['created', 'created', 'rejected']

The simulator shares `wire` and `errors` with the rest and nothing else, so that it cannot agree with our mistakes. Read
`engine.lifecycle` and `engine.creating` first (which has the picture of a row's life), then `commvault.classify`,
`engine.operations` and `engine.pipeline`.
"""

import importlib
from typing import TYPE_CHECKING, Final

from bulkprov.version import __version__

if TYPE_CHECKING:
    from bulkprov.api import Provisioned, provision, resume
    from bulkprov.commvault.backupset import BackupSet
    from bulkprov.commvault.credentials import Credentials
    from bulkprov.engine.model import Status
    from bulkprov.errors import (
        BulkprovError,
        ExitCode,
        RunError,
        ServerError,
        SettingsError,
        SheetError,
        StorageError,
        UsageError,
    )
    from bulkprov.settings import Access, Effort, Reading
    from bulkprov.sheets.rows import Fault, Result

__all__ = [
    "Access",
    "BackupSet",
    "BulkprovError",
    "Credentials",
    "Effort",
    "ExitCode",
    "Fault",
    "Provisioned",
    "Reading",
    "Result",
    "RunError",
    "ServerError",
    "SettingsError",
    "SheetError",
    "Status",
    "StorageError",
    "UsageError",
    "__version__",
    "provision",
    "resume",
]

_HOMES: Final = {
    "errors": (
        "BulkprovError", "ExitCode", "RunError", "ServerError", "SettingsError", "SheetError", "StorageError",
        "UsageError",
    ),
    "commvault.backupset": ("BackupSet",),
    "sheets.rows": ("Fault", "Result"),
    "engine.model": ("Status",),
    "api": ("Provisioned", "provision", "resume"),
    "commvault.credentials": ("Credentials",),
    "settings": ("Access", "Effort", "Reading"),
}  # fmt: skip
"""Where the library's names are at home. They are fetched when they are asked for, so that a command starts fast."""

if not TYPE_CHECKING:  # a type checker would take every name for one of these

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(importlib.import_module(f"bulkprov.{home}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
