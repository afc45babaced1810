"""What a pipeline is put together from, as one value: everything that touches the world, and the settings of it all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.operations import RUN, Operation
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.ports import Gate, Journal, Log, Lookups, Service
from bulkprov.engine.stop import Stopping
from bulkprov.engine.tally import Tally

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a pipeline."""

    operation: Operation = RUN
    """What is wanted of the rows."""
    service: Service
    """Creates, deletes and lists."""
    lookups: Lookups
    """Tells whether a thing is there."""
    gate: Gate
    """Says when an exchange may be made, and so how many workers there are."""
    journal: Journal
    """Stores."""
    stopping: Stopping
    """Says when the run is being stopped, and is told when it should be."""
    policy: RetryPolicy
    """How much a row may cost."""
    tally: Tally
    """Counts."""
    log: Log
    """Told of each row that did not succeed at once, and of each exchange that went wrong."""
    error_budget: Callable[[Tally], str]
    """Asked after each refusal, and each row that failed; gives a reason to stop, or ""."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    random: Random
    """For the jitter of waits."""
    ids: KnownIds = field(default_factory=KnownIds)
    """The ids that are known, which are kept up to date; shared with whatever else sees ids."""
    mint: Callable[[int], str] | None = None
    """A new mark for the creates of a row, given its number in the sheet; None if creates are to carry none."""
    mask: Callable[[str], str] = str
    """Hides secrets in words of others: a server may repeat them, and list things that are named like them."""
    id_name: str = "id"
    """What the log calls an id."""
