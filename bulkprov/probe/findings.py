"""What a probe found, as a value; and as JSON that holds no secret, no host name and no name of a set."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from bulkprov.errors import SettingsError, StorageError
from bulkprov.probe.answers import Said
from bulkprov.probe.hidden import Hidden
from bulkprov.text import clean

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
    "to_file",
    "to_json",
    "without_names",
]

NameEnd: TypeAlias = Literal["kept", "respelled", "cut", "changed", "refused"]

_VERSION: Final = re.compile(r"[\d.]{1,20}( ?SP ?\d{1,4}[a-z]?)?", re.IGNORECASE)

PROBE_FILE: Final = "probe.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """When a change showed, in seconds after it was answered."""

    unseen: float | None = None
    """The last time at which it did not show; None if it showed at once."""
    seen: float | None = None
    """The first time at which it showed; None if it never did."""

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
    """`respelled`: it is shown with HTML escapes, in other case, without its blanks or in another Unicode form."""
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
    list_by_name: str = ""
    """How the list by the client's name looks: see `answers.form_of_listing`."""
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


_FOREIGN: Final = frozenset({"words", "version", "named", "listed", "dead_token", "stopped"})
"""Fields with words of others."""
_KEPT: Final = frozenset({"401", "403", "page", "redirect"})
"""Our own words in them."""
_LONGEST: Final = 300
"""Characters of a server's words that are kept."""

T = TypeVar("T")


def without_names(found: T, hidden: Hidden, mask: Callable[[str], str] = str) -> T:
    """The findings, or a part of them, without secrets, and without the names of anything and anyone in them.

    Args:
        found: the findings, or a part.
        hidden: the names.
        mask: hides secrets, in whatever form they are repeated.
    """
    if isinstance(found, tuple):
        return cast("T", tuple(without_names(each, hidden, mask) for each in found))
    if isinstance(found, dict):
        return cast("T", {key: without_names(each, hidden, mask) for key, each in found.items()})
    if not is_dataclass(found) or isinstance(found, type):
        return found
    changes: dict[str, Any] = {}
    for each in fields(found):
        part = getattr(found, each.name)
        if isinstance(part, str) and each.name in _FOREIGN and part not in _KEPT:
            words = mask(part)
            changes[each.name] = _version(words, hidden) if each.name == "version" else _cut(hidden.without(words))
        else:
            changes[each.name] = without_names(part, hidden, mask)
    return replace(found, **changes)


def _cut(words: str) -> str:
    """So many whole words that they are not too long."""
    return words if len(words) <= _LONGEST else words[:_LONGEST].rpartition(" ")[0] or words[:_LONGEST]


def _version(words: str, hidden: Hidden) -> str:
    """A version of a CommServe. It may look like an address; what else stands there is not kept."""
    return words if _VERSION.fullmatch(words) else _cut(hidden.without(words))


_FINDINGS: Final = TypeAdapter(Findings)


def to_json(findings: Findings) -> dict[str, Any]:
    """The findings as JSON, for `probe.json` and `--json`."""
    return {"format": FORMAT} | asdict(findings)


def to_file(path: Path, findings: Findings) -> None:
    """Write a `probe.json`: whole, or not at all.

    Raises:
        StorageError: that is not possible.
    """
    staged = path.with_name(f".{path.name}")
    try:
        staged.write_text(json.dumps(to_json(findings), indent=1) + "\n", encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        with suppress(OSError):  # it is not there, or cannot be touched either
            staged.unlink()
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error


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
        where = clean(".".join(map(str, first["loc"])))[:_LONGEST] or "the file"
        raise SettingsError(f"{path}: not a probe.json: {where}: {clean(first['msg'])}") from error
