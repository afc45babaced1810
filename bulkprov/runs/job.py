"""One operation on one run, with all that it takes, as one value.

A command or a program builds it once; `execute` and `assemble` work from it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bulkprov.commvault.auth import OpenSession
from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import Listing
from bulkprov.engine.operations import RUN, Operation
from bulkprov.engine.policy import RetryPolicy
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.runs.environment import Environment, this_machine
from bulkprov.runs.log import Log
from bulkprov.runs.observer import Observer
from bulkprov.runs.policy import policy_of
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort

__all__ = ["Job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done, and with what."""

    run: Run
    """With its rows taken in. While the work goes on, its journal is used by a thread of its own."""
    access: Access
    """The run's server, and how to reach it; see `Run.access`."""
    effort: Effort
    """How hard to try, and when to stop."""
    credentials: Credentials
    """How to sign in."""
    log: Log
    """Where events go."""
    operation: Operation = RUN
    """What is wanted of the rows."""
    observer: Observer = field(default_factory=Observer)
    """Who follows the work."""
    environment: Environment = field(default_factory=this_machine)
    """Clocks, connections and signals."""
    catalogue: Catalogue | None = None
    """What errors mean; None for the shipped one."""
    also_unproven: bool = False
    """In a rollback: whether to delete as well what the run has perhaps made."""
    shared: OpenSession | None = None
    """A session to take over from an earlier job of the same command, or to leave for a later one."""
    scopes: list[Listing] = field(default_factory=list)
    """The list of all scopes as it was read last, if a job of the same command has read it: a plan does."""
    go_on: str = ""
    """The command that goes on with it, to be typed; empty if none is needed."""
    window_end: datetime | None = None
    """When the last row is begun. By default the end of `effort.until` that comes next when the job is built; None if
    that is not given."""

    def __post_init__(self) -> None:
        if self.window_end is None:
            object.__setattr__(self, "window_end", self.effort.window_ends(self.environment.now()))

    @property
    def policy(self) -> RetryPolicy:
        """How much a row may cost. An operation that never acts without a look always has its first look."""
        policy = policy_of(self.access, self.effort)
        return policy if self.operation.rules.acts_without_look else replace(policy, first_look=True)
