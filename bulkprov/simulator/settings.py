"""What the simulator may be told: one frozen value, checked when it is made.

It knows the names of the faults, so that a misspelt one is refused at once, and nothing of how anything is done.
The command line is generated from these fields and their descriptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

from bulkprov.errors import SettingsError
from bulkprov.simulator.answer import Kind
from bulkprov.simulator.faults import FAULTS

__all__ = ["EstateSet", "SimulatorSettings", "parse_fault"]

_NOT_NEGATIVE: Final = (
    "latency",
    "token_minutes",
    "clients",
    "capacity",
    "service_time",
    "overload",
    "rate_limit",
    "read_limit",
    "rate_period",
    "slow_seconds",
    "late_seconds",
    "hang_seconds",
)
_NAMES_OF_LOOPBACK: Final = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateSet:
    """A backup set that is there from the start; its client, agent and instance come to be with it.

    An empty `name` makes the client, agent and instance only.
    """

    client: str
    app: str = "File System"
    instance: str = "DefaultInstanceName"
    name: str = ""
    on_demand: bool = False
    plan: str = ""


def parse_fault(text: str) -> tuple[str, float]:
    """Read ``NAME=SHARE``, as it is given on a command line.

    Raises:
        SettingsError: there is no such fault, or the share is no number between 0 and 1.
    """
    name, _, share = text.partition("=")
    try:
        return name.strip(), float(share)
    except ValueError as error:
        raise SettingsError(f"fault {text!r}: write it as NAME=SHARE, for example drop-after=0.1") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """How the simulated CommServe behaves.

    Attributes:
        host: address to listen on; only loopback is accepted, since this server guards nothing.
        port: port to listen on; 0 takes any free one.
        state: SQLite file that keeps the estate, the backup sets and the tokens; without one they are in memory.
            What has been answered survives the death of the process (not a power cut).
        latency: seconds added to every answer, half before the request takes effect and half after.
        faults: share of requests (0 to 1) that go wrong, each in one of the everyday ways.
        fault: share of requests (0 to 1) for single faults, by name.
        seed: decides, with a request's content, which requests go wrong and how.
        token_minutes: minutes without a request after which a token is no longer good.
        username: name to sign in with.
        password: password to sign in with.
        access_tokens: tokens taken as they are, as `Authorization: Bearer TOKEN`; they never expire.
        refuse_duplicates: refuse a set that is there already; otherwise a second one of that name is made.
        clients: size of the default estate: client001, client002 and so on.
        estate: sets that are there from the start, in place of the default estate.
        retired_clients: clients that are still listed but can no longer be used.
        capacity: creates the server works on at once; the others wait. 0: any number.
        service_time: seconds a create is worked on.
        overload: creates at work and waiting from which on the server is overloaded. 0: never.
        overload_slows: an overloaded server takes longer for each create, in place of answering 503.
        rate_limit: creates and deletes in a rate period, past which 429 is answered. 0: any number.
        read_limit: reads in a rate period, past which 429 is answered. 0: any number.
        rate_period: seconds of a rate period.
        slow_seconds: by how much a slow answer is late.
        late_seconds: by how much a late commit is late, and how long a slow list does not show a new set.
        hang_seconds: how long a silent server keeps a connection before it closes it.
        redirect_to: where the redirecting faults point to.
        empty_list: how a listing without any set is answered: the key is missing, an empty list, or HTTP 204 or 404.
        duplicate_code: errorCode for a set that is there already (the real one is not known).
        duplicate_text: errorString for a set that is there already (the real one is not known).
    """

    host: str = "127.0.0.1"
    port: int = 0
    state: Path | None = None
    latency: float = 0.0
    faults: float = 0.0
    fault: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    token_minutes: float = 30.0
    username: str = "admin"
    password: str = "simulator"  # noqa: S105 - public, and good for loopback only
    access_tokens: tuple[str, ...] = ()
    refuse_duplicates: bool = True
    clients: int = 60
    estate: tuple[EstateSet, ...] | None = None
    retired_clients: tuple[str, ...] = ()
    capacity: int = 0
    service_time: float = 0.0
    overload: int = 0
    overload_slows: bool = False
    rate_limit: int = 0
    read_limit: int = 0
    rate_period: float = 3600.0
    slow_seconds: float = 3.0
    late_seconds: float = 2.0
    hang_seconds: float = 300.0
    redirect_to: str = "http://elsewhere.invalid/commandcenter/api/"
    empty_list: Literal["missing", "empty", "204", "404"] = "missing"
    duplicate_code: int = 2
    duplicate_text: str = "Backup set already exists."

    def __post_init__(self) -> None:
        """Refuse what cannot work, with one line that says what to do."""
        _check_loopback(self.host)
        for name in _NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < float("inf"):
                raise SettingsError(f"simulator: {name} is {getattr(self, name)}; give a number that is not negative")
        if unknown := sorted(set(self.fault) - set(FAULTS)):
            raise SettingsError(f"simulator: no fault is called {unknown[0]!r}; the help lists them all")
        for name, share in (("faults", self.faults), *self.fault.items()):
            if not 0 <= share <= 1:
                raise SettingsError(f"simulator: the share of {name} is {share}; give a number between 0 and 1")
        for kind in Kind:
            total = self.faults + sum(share for name, share in self.fault.items() if kind in FAULTS[name].strikes)
            if total > 1 + 1e-9:
                raise SettingsError(f"simulator: the shares of faults of a {kind.value} add up to {total:g}, over 1")


def _check_loopback(host: str) -> None:
    if host in _NAMES_OF_LOOPBACK:
        return
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(f"simulator: it listens on loopback only, and {host!r} is not; use 127.0.0.1 or ::1")
