"""The simulator's options: one frozen value, checked when it is made.

They know the faults by name, so that a misspelt one is refused at once, and not how anything is done. The options of
`bulkprov simulate` and their help are generated from these fields and their descriptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from bulkprov.errors import SettingsError
from bulkprov.simulator.faults import FAULTS
from bulkprov.simulator.http_messages import RequestKind

__all__ = ["EstateSet", "Reason", "Refusal", "SimulatorSettings", "parse_fault"]

Reason: TypeAlias = Literal[
    "unknown-client",
    "unknown-agent",
    "unknown-instance",
    "unknown-plan",
    "empty-name",
    "long-name",
    "duplicate",
    "default-set",
    "no-such-set",
]
"""Why a create, an update or a delete is refused."""

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
    "requests_per_second",
    "burst",
    "name_length",
    "slow_seconds",
    "late_seconds",
    "hang_seconds",
    "list_lag",
    "list_replica_lag",
    "list_cut",
    "read_lag",
    "read_replica_lag",
    "repeat_seconds",
    "repeat_every",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateSet:
    """A backup set that exists from the start, with its client, agent, instance and plan.

    An empty `name` gives the client, agent and instance without a backup set of their own.
    """

    client: str
    app: str = "File System"
    instance: str = "DefaultInstanceName"
    name: str = ""
    on_demand: bool = False
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the server answers when it refuses something."""

    status: int
    """The HTTP status."""
    code: int
    """The errorCode."""
    text: str
    """The errorString, or the errorMessage at the top level; without one if it is empty."""
    shape: Literal["response", "top"] = "response"
    """Where they stand: in `response[0]`, or at the top level of the reply."""


def parse_fault(text: str) -> tuple[str, float]:
    """The name and the share in ``NAME=SHARE``, the form used on a command line.

    Raises:
        SettingsError: the share is missing or is not a number. Whether the fault exists is checked by the settings.
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
        host: address to listen on; loopback only, since the simulator protects nothing.
        port: port to listen on; 0 picks a free one.
        state: SQLite file for the estate, the backup sets and the tokens; without one they are kept in memory.
            Whatever was answered survives the death of the process, though not a power cut.
        latency: seconds added to every response, half before the request takes effect and half after.
        faults: share of requests (0 to 1) struck by everyday faults.
        fault: share of requests (0 to 1) struck by single faults, by name.
        seed: decides, with the content of a request, whether and how it is struck.
        token_minutes: minutes without a request after which a token expires.
        username: user name to sign in with.
        password: password to sign in with.
        session_end: answer to a request without a valid token: a status, errorCode 5 or a log-in page (both under
            HTTP 200), or a redirect.
        renewal: what a token that has expired is renewed with: a new token, the same dead one, or a refusal.
        denied_clients: clients whose requests are always answered 401, whatever the token.
        access_tokens: tokens accepted as `Authorization: Bearer TOKEN`; they do not expire by themselves.
        refuse_duplicates: refuse to create a set that exists already; otherwise a second one of that name is created.
        idempotent: answer a create of a set that exists already with errorCode 0 and the id that it has.
        clients: number of clients in the default estate: client001, client002 and so on.
        estate: backup sets that exist from the start, in place of the default estate.
        default_sets: give each instance the set defaultBackupSet, so that no client is without sets.
        retired_clients: clients that are still listed, marked as deleted, but can no longer be used.
        capacity: creates processed at a time; the others wait. 0: no limit.
        service_time: seconds it takes to process a create.
        overload: number of creates being processed or waiting at which the server is overloaded. 0: never.
        overload_slows: an overloaded server takes longer over each create instead of answering 503.
        rate_limit: creates, updates and deletes allowed in a rate period; 429 is answered past it. 0: no limit.
        read_limit: reads allowed in a rate period; 429 is answered past it. 0: no limit.
        rate_period: length of a rate period in seconds.
        requests_per_second: requests of any kind allowed a second; 429 is answered past it. 0: no limit.
        burst: requests that may come at once all the same. 0: as many as one second allows.
        slow_seconds: delay of a slow response.
        late_seconds: delay of a late commit, and of a new set's appearance in a slow list.
        hang_seconds: seconds after which a silent server closes the connection.
        repeat_seconds: time after which an answer is sent a second time.
        repeat_every: which answers are sent a second time, such as 10 for every tenth. 0: none.
        redirect_to: URL that the redirecting faults point to.
        list_lag: seconds until a listing shows that a set was created or deleted.
        list_replica_lag: seconds by which one of two replicas lags; each listing asks either of them. 0: one server.
        list_cut: number of sets that a listing shows at most, the oldest first. 0: all.
        read_lag: seconds until a read by id shows that a set was created or deleted.
        read_replica_lag: seconds by which one of two replicas lags; each read by id asks either. 0: one server.
        empty_list: answer to a listing without any set: no key, an empty list, no body, or HTTP 204 or 404.
        gone_read: answer to a read by an id that no set has: a reply without a set, HTTP 404, an errorCode, or no body.
        replies: shape of the replies: as recorded from real servers, or as it was guessed before.
        spelling: how agents are named: as documented, or as recorded from real servers, with a platform's name and id
            for "File System", and "NDMP" for "NAS".
        display_names: listings name clients by a display name, which is not the name that was asked for.
        escaped_names: listings escape the names of sets as HTML does ("R&amp;D").
        name_length: number of characters that the name of a set may have. 0: any number.
        long_names: what is done about a longer name: it is refused, or cut.
        name_blanks: what is done about blanks around the name of a set: they are dropped, or belong to it.
        name_case: whether names of sets that differ in case only are the same name, or two.
        descriptions: keep the userDescription of a create; otherwise it is dropped.
        description_lists: listings show the userDescription of each set, and not only reads by id.
        refusal_status: HTTP status over every refusal of a create or a delete.
        duplicate_code: errorCode for a set that exists already (the real one is not known).
        duplicate_status: HTTP status over that refusal, if not that of all refusals.
        duplicate_text: errorString for a set that exists already (the real one is not known).
        refusals: the answers in which single things are refused, by reason, in place of those above.
        commserve_version: version that the CommServe says it has, as in 11.36.0 or 11 SP36.
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
    password: str = "simulator"  # noqa: S105 - public: it protects nothing
    session_end: Literal["401", "403", "code", "page", "redirect"] = "401"
    renewal: Literal["new", "same", "refused"] = "new"
    denied_clients: tuple[str, ...] = ()
    access_tokens: tuple[str, ...] = ()
    refuse_duplicates: bool = True
    idempotent: bool = False
    clients: int = 60
    estate: tuple[EstateSet, ...] | None = None
    default_sets: bool = True
    retired_clients: tuple[str, ...] = ()
    capacity: int = 0
    service_time: float = 0.0
    overload: int = 0
    overload_slows: bool = False
    rate_limit: int = 0
    read_limit: int = 0
    rate_period: float = 3600.0
    requests_per_second: float = 0.0
    burst: int = 0
    slow_seconds: float = 3.0
    late_seconds: float = 2.0
    hang_seconds: float = 300.0
    repeat_seconds: float = 0.002
    repeat_every: int = 0
    redirect_to: str = "http://elsewhere.invalid/commandcenter/api/"
    list_lag: float = 0.0
    list_replica_lag: float = 0.0
    list_cut: int = 0
    read_lag: float = 0.0
    read_replica_lag: float = 0.0
    empty_list: Literal["missing", "empty", "blank", "204", "404"] = "missing"
    gone_read: Literal["empty", "404", "error", "blank"] = "empty"
    replies: Literal["recorded", "guessed"] = "recorded"
    spelling: Literal["documented", "recorded"] = "recorded"
    display_names: bool = False
    escaped_names: bool = False
    name_length: int = 0
    long_names: Literal["refused", "cut"] = "refused"
    name_blanks: Literal["trimmed", "kept"] = "trimmed"
    name_case: Literal["ignored", "told"] = "ignored"
    descriptions: bool = True
    description_lists: bool = False
    refusal_status: int = 200
    duplicate_code: int = 2
    duplicate_status: int = 200
    duplicate_text: str = "Backup set already exists."
    refusals: Mapping[Reason, Refusal] = field(default_factory=dict)
    commserve_version: str = "11.36.0"

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SettingsError: one cannot work; the line says which and what to give instead.
        """
        _check_loopback(self.host)
        for name in _NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < float("inf"):
                raise SettingsError(f"simulator: {name} is {getattr(self, name)}; give a number that is not negative")
        statuses = {"duplicate_status": self.duplicate_status, "refusal_status": self.refusal_status}
        statuses |= {f"the status of {reason}": each.status for reason, each in self.refusals.items()}
        for name, status in statuses.items():
            if not 200 <= status < 600:
                raise SettingsError(f"simulator: {name} is {status}; give an HTTP status")
        if unknown := sorted(set(self.refusals) - set(get_args(Reason))):
            reasons = ", ".join(get_args(Reason))
            raise SettingsError(f"simulator: nothing is refused as {unknown[0]!r}; the reasons are {reasons}")
        self._check_faults()

    def _check_faults(self) -> None:
        if unknown := sorted(set(self.fault) - set(FAULTS)):
            raise SettingsError(f"simulator: no fault is called {unknown[0]!r}; `simulate --list-faults` has them all")
        for name, share in (("faults", self.faults), *self.fault.items()):
            if not 0 <= share <= 1:
                raise SettingsError(f"simulator: the share of {name} is {share}; give a number between 0 and 1")
        for kind in RequestKind:
            total = self.faults + sum(share for name, share in self.fault.items() if kind in FAULTS[name].strikes)
            if total > 1 + 1e-9:
                raise SettingsError(
                    f"simulator: the fault shares of {kind.value} requests add up to {total:g}; keep the sum at most 1"
                )


def _check_loopback(host: str) -> None:
    if host == "localhost":
        return
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(f"simulator: it listens on loopback only, and {host!r} is not; use 127.0.0.1 or ::1")
