r"""A simulated CommServe to rehearse and test against: Commvault's web service for backup sets, on loopback.

It stands in for the real server, in `bulkprov simulate`, in `--simulate` and in the tests: it holds an estate, follows
the vendor's rules as far as they are known, and breaks them on purpose where a fault says so. It shares `bulkprov.wire`
and `bulkprov.errors` with the rest of the package and nothing else, so that it cannot repeat the client's mistakes: it
must not know how bulkprov reads a sheet, builds a request or understands a reply. Read `handler` first, the life of one
request. The modules; each imports only those below it::

    server              the simulator put together, started and stopped
    handler             one request from its arrival to its response or the end of its connection
    effects             what becomes of a request, as it is or as a fault has it
    endpoints/          the web service: paths, fields read, replies formed
    capacity            how much the server can take at a time and in an hour
    statistics          what the server was asked, counted
    commserve/          the CommServe itself: rules, tokens, stored state, estate
    settings            the options
    faults/             what can go wrong with a request, by name, and which requests it strikes
    error_responses     error responses that several parts send
    http_messages       a request and a response as values

Where a behaviour is decided, a mark says how it is known: RECORDED from real servers (the files in
`tests/golden/recorded`, or other replies of the collection named there), DOCUMENTED with the page of the vendor's
manual (pages without a host are below https://documentation.commvault.com/2022e/expert/), SEEN in the code of a named
client that works against real CommServes, or GUESS. Where two contradict each other, the first in this order is right.
The defaults answer as recorded; `replies="guessed"` and `spelling="documented"` answer as was believed before.

The default estate, on which the sample sheets rely:

* clients ``client001`` to ``client060`` (`SimulatorSettings.clients` of them), with ids from 2 up as in the vendor's
  sample. Each has the File System agent with the instance ``DefaultInstanceName``. Every instance has the set
  ``defaultBackupSet``;
* six platforms in turn, which decide what that agent is called in replies, and its application id: client001 has
  Windows (33), client002 Linux (29), client003 AIX (21), client004 HP-UX (17), client005 FreeBSD (74), client006 OES
  (86), client007 Windows again. A create calls it ``File System`` on all of them;
* client001 to client010 also have SQL Server, with the instances ``CLIENT001\SQLEXPRESS`` (and so on) and
  ``DefaultInstanceName``; client011 to client015 Oracle, with ``ORCL`` and ``DefaultInstanceName``; client016 to
  client020 Virtual Server, with ``VMware`` and ``DefaultInstanceName``;
* plans ``Gold``, ``Silver`` and ``Bronze``;
* a set ``FS_Legacy_01`` on client001 to client005, File System, ``DefaultInstanceName``.

The first set that is created gets the id 931, as in the vendor's sample reply.
"""

from bulkprov.simulator.commserve.estate import told_of_clients
from bulkprov.simulator.commserve.state import BackupSetRow
from bulkprov.simulator.faults import FAULTS, Effect, Fault, FaultPolicy, SeededFaults
from bulkprov.simulator.http_messages import RequestKind
from bulkprov.simulator.server import Simulator
from bulkprov.simulator.settings import EstateSet, Reason, Refusal, SimulatorSettings, parse_fault
from bulkprov.simulator.statistics import Statistics

__all__ = [
    "FAULTS",
    "BackupSetRow",
    "Effect",
    "EstateSet",
    "Fault",
    "FaultPolicy",
    "Reason",
    "Refusal",
    "RequestKind",
    "SeededFaults",
    "Simulator",
    "SimulatorSettings",
    "Statistics",
    "parse_fault",
    "told_of_clients",
]
