"""Fault injection: what can go wrong with a request, and which requests it strikes.

A fault has an *effect*, what becomes of the request on the server, and a *delivery*, what the client gets to see. Read
`table` first::

    policy                          which requests are struck: shares, a seed
    table                           every fault by name
    connections bodies statuses     deliveries, by what is wrong with them
    delivery                        what a delivery is: steps on the wire
"""

from bulkprov.simulator.faults.policy import FaultPolicy, SeededFaults
from bulkprov.simulator.faults.table import FAULTS, Effect, Fault

__all__ = ["FAULTS", "Effect", "Fault", "FaultPolicy", "SeededFaults"]
