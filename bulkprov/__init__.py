"""bulkprov: create Commvault backup sets in bulk from a spreadsheet, and say truthfully what happened to every row.

Read a sheet of desired things, make each exist once, and say what happened to every row, even if the network, the
server or the power fails in the middle. Three ideas carry the package:

* **A row is a small state machine, and it is pure.** It can *look* (is the set there?) and *act* (create it). After
  each exchange `life.after` says what comes next, from where the row stands and how the exchange ended.
* **The journal is the truth.** What is about to be sent is on disk before it leaves; results, progress and resuming
  are views of the journal. Resuming is not a mode: it is the same loop over a journal that is not empty.
* **Every exchange ends in one of three ways**: answered, not taken, or in doubt. What is in doubt is never sent again
  before a look-up has settled it.

The map; imports run one way, down, and modules on one line do not import each other::

    cli                                               commands
    telling | simulating                              those that only tell; the simulator's
    doing | provisioning                              what commands have in common; the library
    words | configuring                               what commands say; where options come from
    stretch | story                                   one stretch of work on a run; one row's whole story
    run                                               a run folder, opened: take in the rows, report
    session | runs                                    the network side put together and driven; the list of runs
    pipeline | report | loader | progress | wave | simulator
                                                    the loop; sheets in and out; rows; a CommServe to rehearse
    surroundings                                      clocks, chance, connections, threads, signals: one value
    commits | webservice                              group commit; the vendor's calls, giving verdicts
    journal | lookups | governor | auth | transport   the truth on disk; shared listings; the gate; tokens; HTTP
    retry | operations | intake | slots               how long a row waits; plan, rollback and verify; repeats;
                                                    who may go next
    life | verdict | backupset | validate | stored | stopping | template | limit | fixes | catalogue
                                                    what comes next; verdicts; the vendor's messages; checks;
                                                    how many requests at once; corrected rows; what errors mean
    wire | log | settings | columns | disk            trees, bytes; run.log; options; a sheet's words; a file
    safe                                              text fit to be shown
    model                                             the words we speak
    errors | course | tables                          what ends a command early; a number over time; the journal's SQL

From Python, a wave is one call (`provision`; see there). It rehearses here::

    >>> import asyncio
    >>> from bulkprov import Access, provision
    >>> wave = [{"clientName": f"client{n:03d}", "backupsetName": "FS_Wave3"} for n in (1, 2, 999)]
    >>> done = asyncio.run(provision(wave, access=Access(simulate=True)))
    >>> [row.status.value for row in done]
    ['created', 'created', 'rejected']

The simulator shares `wire` and `errors` with the rest and nothing else, so that it cannot agree with our mistakes. Read
`life` first (it has the picture of a row's life), then `verdict`, `operations` and `pipeline`.
"""

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bulkprov.connecting import Credentials
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
    from bulkprov.model import BackupSet, Fault, Result, Status
    from bulkprov.provisioning import Provisioned, provision, resume
    from bulkprov.settings import Access, Effort, Reading

__version__ = "0.1.0"
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
    "model": ("BackupSet", "Fault", "Result", "Status"),
    "provisioning": ("Provisioned", "provision", "resume"),
    "connecting": ("Credentials",),
    "settings": ("Access", "Effort", "Reading"),
}  # fmt: skip
"""Where the library's names are at home. They are fetched when they are asked for, so that a command starts fast."""

if not TYPE_CHECKING:  # a type checker would take every name for one of these

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(importlib.import_module(f"bulkprov.{home}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
