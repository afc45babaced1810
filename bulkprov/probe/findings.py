"""What a probe found, as a value; and as JSON that holds no secret, no host name and no name of a set."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from bulkprov.errors import SettingsError
from bulkprov.probe.answers import Said

__all__ = [
    "FORMAT",
    "PROBE_FILE",
    "AgentSeen",
    "Delay",
    "Findings",
    "NameEnd",
    "NameSeen",
    "Tried",
    "from_file",
    "to_json",
]

NameEnd: TypeAlias = Literal["kept", "cut", "changed", "refused"]

PROBE_FILE: Final = "probe.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """When a change showed, in seconds after it was answered."""

    unseen: float | None = None
    """The last time at which it did not show; None if it showed at once."""
    seen: float | None = None
    """The first time at which it showed; None if it never did."""

    @property
    def longest(self) -> float:
        """How long it may have taken at most, as far as was looked."""
        return self.unseen or 0.0 if self.seen is None else self.seen

    def __str__(self) -> str:
        """For a person."""
        if self.seen is None:
            return f"not within {_seconds(self.unseen or 0.0)}"
        if self.unseen is None:
            return f"at once (within {_seconds(max(self.seen, 1.0))})"
        return f"after {_seconds(self.unseen)} to {_seconds(self.seen)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSeen:
    """How an agent is spelled."""

    wanted: str
    """As sheets call it; empty for an agent of the client that no sheet was said to name."""
    named: str = ""
    """As the list of the client's agents calls it; empty if it is not in there."""
    number: int = 0
    """Its applicationId there."""
    listed: str = ""
    """As the list of the client's sets calls it; empty if no set of it is listed."""
    listed_number: int = 0
    """Its applicationId there."""
    known: bool = True
    """Whether bulkprov knows that the two are one agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a create."""

    end: Literal["refused", "made", "same", "skipped"]
    """`made`: a set of its own was made; `same`: errorCode 0 and the id of the set that was there; `skipped`: not
    tried, since the probe had made as many sets as it may."""
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSeen:
    """What became of a name."""

    sent: str
    """What it was like: `200 characters`, say."""
    end: NameEnd
    length: int = 0
    """Characters that were kept of it."""
    said: Said | None = None


@dataclass(slots=True, kw_only=True)
class Findings:
    """All that a probe found. What was not asked, or not understood, is None, or empty."""

    bulkprov: str = ""
    """Version of bulkprov."""
    wire: str = "json"
    """Format of requests and answers."""
    version: str = ""
    """What the CommServe says of its version."""
    clients: int | None = None
    """How many clients this user sees."""
    deleted_clients: int = 0
    """How many of them are marked as deleted."""
    display_names: bool | None = None
    """Whether some client has a display name that is not its name."""
    listed_otherwise: bool | None = None
    """Whether the list of the client's sets calls the client by another name than the one that was asked for."""
    agents: tuple[AgentSeen, ...] = ()
    same_by_name: bool | None = None
    """Whether the client's sets are the same, asked for by the client's id and by its name."""
    no_client_list: str = ""
    """How a list for a client that does not exist looks: see `answers.form_of_listing`."""
    recorded_shape: bool | None = None
    """Whether the reply to a create has `processinginstructioninfo`, as recorded ones have."""
    created: Said | None = None
    """What a create was answered."""
    new_id: bool | None = None
    """Whether the new set's id was above all that were known."""
    listed: Delay | None = None
    """When a new set was in the list."""
    readable: Delay | None = None
    """When a new set was shown by its id."""
    description: Literal["", "kept", "dropped"] = ""
    """Whether the userDescription of a create is kept."""
    description_listed: bool | None = None
    """Whether the list shows it too."""
    repeated: Tried | None = None
    """A second create of the same name."""
    other_case: Tried | None = None
    """A create of the same name in capitals."""
    with_blanks: Tried | None = None
    """A create of the same name with blanks around it."""
    blanks_kept: bool | None = None
    """Whether a name keeps its outer blanks."""
    unknown: dict[str, Tried] = field(default_factory=dict)
    """Creates on what does not exist, by what that is: client, agent, instance, plan."""
    names: tuple[NameSeen, ...] = ()
    deleted: Said | None = None
    """What a delete was answered."""
    gone_read: str = ""
    """How a read by id looks whose set is deleted: see `answers.form_of_read`."""
    gone_believed: bool | None = None
    """Whether a run takes that for a witness that the set is gone."""
    unread: Delay | None = None
    """When the id of a deleted set no longer showed it."""
    unlisted: Delay | None = None
    """When a deleted set was no longer in the list."""
    deleted_again: Said | None = None
    """What a second delete was answered."""
    dead_token: str = ""
    """How a request with a dead token is answered: see `answers.ended_session`."""
    stopped: str = ""
    """Why the probe stopped early."""


_FINDINGS: Final = TypeAdapter(Findings)


def to_json(findings: Findings) -> dict[str, Any]:
    """The findings as JSON, for `probe.json` and `--json`."""
    return {"format": FORMAT} | asdict(findings)


def from_file(path: Path) -> Findings:
    """The findings in a `probe.json`.

    Raises:
        SettingsError: it is none, or one of a later version.
    """
    try:
        stored = TypeAdapter(dict[str, Any]).validate_json(path.read_bytes())
        if stored.pop("format", None) != FORMAT:
            raise SettingsError(f"{path}: not a probe.json that this version of bulkprov reads")
        return _FINDINGS.validate_python(stored)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(f"{path}: not a probe.json: {where}: {first['msg']}") from error
