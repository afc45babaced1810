"""Backup sets as the answers to a list and to a read by id show them. Pure."""

from collections.abc import Mapping
from typing import Final

from bulkprov.engine.model import value
from bulkprov.probe.answers import Heard, form_of_listing, form_of_read
from bulkprov.wire import integer, items, text

__all__ = ["Listed", "Look", "NotUnderstood", "Shown", "look_at", "sets_in", "shown_to"]

_LISTS: Final = ("sets", "missing", "empty", "blank", "204", "404")
"""Forms of a listing that is no error; see `answers.form_of_listing`."""


class NotUnderstood(Exception):  # noqa: N818 - it is no error of the program
    """An answer that the probe does not understand: it stops, and cleans up. Its text says what was answered."""


@value(frozen=True, slots=True, kw_only=True)
class Listed:
    """A set as a list or a read shows it."""

    id: int
    name: str
    app: str
    app_id: int
    client: str
    client_id: int = 0
    """0 where the answer does not say it."""
    description: str | None = None
    """None where the answer does not say it."""


@value(frozen=True, slots=True, kw_only=True)
class Look:
    """What is read by an id."""

    heard: Heard
    form: str
    """See `answers.form_of_read`."""
    set: Listed | None = None
    """The set of that id; None if there is none, or another id was answered."""


@value(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the list of a client shows."""

    heard: Heard
    sets: Mapping[int, Listed]
    """By id."""
    problem: str = ""
    """Why the list is no proof that what it lacks is not there; empty if it is one."""


def sets_in(heard: Heard) -> dict[int, Listed]:
    """The sets that an answer shows, by id; none if it shows none."""
    found: dict[int, Listed] = {}
    for each in items(heard.tree, "backupsetProperties"):
        for entity in items(each, "backupSetEntity"):
            number = integer(entity.get("backupsetId")) or 0
            common = next(iter(items(each, "commonBackupSet")), {})
            if number > 0:
                found[number] = Listed(
                    id=number,
                    name=text(entity.get("backupsetName")),
                    app=text(entity.get("appName")),
                    app_id=integer(entity.get("applicationId")) or 0,
                    client=text(entity.get("clientName")),
                    client_id=integer(entity.get("clientId")) or 0,
                    description=text(common["userDescription"]) if "userDescription" in common else None,
                )
    return found


def look_at(heard: Heard, number: int, client: str) -> Look:
    """What the answer to a read by this id shows, of a set that should be this client's."""
    return Look(heard=heard, form=form_of_read(heard, client), set=sets_in(heard).get(number))


def shown_to(heard: Heard, client_id: int, before: frozenset[int]) -> Shown:
    """What the answer to a list of a client shows.

    Args:
        heard: the answer.
        client_id: the client's id.
        before: ids that were listed earlier, and that nobody was to delete.
    """
    sets = sets_in(heard)
    problem = ""
    if form_of_listing(heard) not in _LISTS:
        problem = f"the client's list was answered with {heard.words}"
    elif sets and all(each.client_id not in (0, client_id) for each in sets.values()):
        problem = "the client's list shows another client's sets"
    elif before and not before & sets.keys():
        problem = "the client's list lacks what was there before"
    return Shown(heard=heard, sets=sets, problem=problem)
