r"""A CommServe to rehearse against: the part of Commvault's web service that makes backup sets, on loopback.

It shares `bulkprov.wire` and `bulkprov.errors` with the rest of the package and nothing else, so that it cannot agree
with the client's mistakes. Its parts, each knowing only those below it::

    server                          the parts put together, started and stopped
    exchange                        the life of one request; faults carried out on its connection
    routes                          which path leads to which call
    signin backupsets inventory     the calls: fields read, answers formed
    office replies                  what all calls share; the vendor's shape of an answer
    commserve sessions              the rules: what is done and what is refused, codes and texts; tokens
    state                           what is remembered: SQLite
    plan load statistics            which requests go wrong; how much can be borne; what was asked, counted
    estate settings                 what is there from the start; what may be told
    faults shapes                   all that can go wrong, by name; an answer gone wrong, as steps
    answer                          what was asked and what is answered

Where a behaviour is decided, a mark says how it is known: DOCUMENTED with the page of the vendor's manual (pages
without a host are below https://documentation.commvault.com/2022e/expert/), SEEN in the code of a named client, or
GUESS.

The default estate, on which the sample sheets rely:

* clients ``client001`` to ``client060`` (`SimulatorSettings.clients` of them), with ids from 2 up as in the vendor's
  sample. Each has the File System agent (application 33), its instance ``DefaultInstanceName`` and therein the set
  ``defaultBackupSet``, as every instance has;
* client001 to client010 have SQL Server too, with the instances ``CLIENT001\SQLEXPRESS`` (and so on) and
  ``DefaultInstanceName``; client011 to client015 Oracle, with ``ORCL`` and ``DefaultInstanceName``; client016 to
  client020 Virtual Server, with ``VMware`` and ``DefaultInstanceName``;
* plans ``Gold``, ``Silver`` and ``Bronze``;
* a set ``FS_Legacy_01`` on client001 to client005, File System, ``DefaultInstanceName``.

The first set that is made gets the id 931, as in the vendor's sample reply.
"""

from bulkprov.simulator.faults import FAULTS, Effect, Fault
from bulkprov.simulator.plan import Plan, SeededPlan
from bulkprov.simulator.server import Simulator
from bulkprov.simulator.settings import EstateSet, SimulatorSettings, parse_fault
from bulkprov.simulator.state import BackupSetRow
from bulkprov.simulator.statistics import Statistics

__all__ = [
    "FAULTS",
    "BackupSetRow",
    "Effect",
    "EstateSet",
    "Fault",
    "Plan",
    "SeededPlan",
    "Simulator",
    "SimulatorSettings",
    "Statistics",
    "parse_fault",
]
