"""What each client is asked to do, and how what it says is held against the simulator's own record."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from bulkprov.simulator import BackupSetRow, SimulatorSettings
from tests.campaigns.real_clients_environments import ClientError, ClientProcess, EndedError, one_line
from tests.end_to_end.conftest import CommServe

__all__ = ["CALLS", "PLACES", "Call", "Outcomes", "Place", "witness"]

_NAME: Final = "Witness_Set"
_NEW_NAME: Final = "Witness_Renamed"
_DESCRIPTION: Final = "told by a witness"

Outcomes = dict[str, list[str]]
"""What was wrong with each call, by its name; a call that was not reached is not in it."""


class UntrueError(Exception):
    """Client and simulator disagree; the line says on what."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instance, in which backup sets are."""

    client: str
    agent: str
    instance: str

    def __str__(self) -> str:
        return f"{self.agent} of {self.client}"


PLACES: Final = (
    Place("client001", "File System", "DefaultInstanceName"),
    Place("client002", "File System", "DefaultInstanceName"),
    Place("client004", "File System", "DefaultInstanceName"),
    Place("client001", "SQL Server", "CLIENT001\\SQLEXPRESS"),
    Place("client011", "Oracle", "ORCL"),
    Place("client016", "Virtual Server", "VMware"),
)
"""The first three clients have Windows, Linux and HP-UX, where replies as recorded name the file system's agent so."""


@dataclass(slots=True)
class _Scene:
    """A client at work on a CommServe."""

    process: ClientProcess
    refusals: frozenset[str]
    commserve: CommServe
    place: Place = PLACES[0]
    agent: str = ""
    """Of the place, by the name under which the client lists it."""
    set_id: int = 0
    """Of the set that it created here."""

    def call(self, name: str, *values: object) -> Any:
        return self.process.call(name, *values)

    def refused(self, name: str, *values: object) -> None:
        """Make a call that the server or the client refuses."""
        try:
            self.call(name, *values)
        except ClientError as error:
            if error.name in self.refusals:
                return
            raise
        raise UntrueError("it takes a refusal for a success")

    def rows(self) -> list[BackupSetRow]:
        """The simulator's record of the place."""
        rows: list[BackupSetRow] = self.commserve.call(self.commserve.simulator.backupsets)
        place = self.place
        return [
            row for row in rows if (row.client, row.app, row.instance) == (place.client, place.agent, place.instance)
        ]

    def row(self) -> BackupSetRow:
        """The simulator's record of the set that was created."""
        for row in self.rows():
            if row.id == self.set_id:
                return row
        raise UntrueError("not reached: there is no set that the client created")

    def signed_in(self, token: str) -> bool:
        admits: bool = self.commserve.call(lambda: self.commserve.simulator.sessions.admits(token, ""))
        return admits


def _same(what: str, said: object, true: object) -> None:
    if said != true:
        raise UntrueError(f"{what}: {said} to the client, {true} to the simulator")


def _folded(names: object) -> list[str]:
    """Names as cvpysdk has them, in small letters."""
    if not isinstance(names, (list, dict, set)):
        raise UntrueError(f"not a list of names: {names}")
    return sorted(str(name).casefold() for name in names)


def _log_in_wrongly(scene: _Scene) -> None:
    scene.refused("log_in", scene.commserve.url, "admin", "wrong")


def _log_in(scene: _Scene) -> None:
    settings = SimulatorSettings()
    scene.call("log_in", scene.commserve.url, settings.username, settings.password)
    _same("signed in", scene.signed_in(scene.call("token")), true=True)


def _list_clients(scene: _Scene) -> None:
    rows = scene.commserve.call(scene.commserve.simulator.backupsets)
    _same("clients", _folded(scene.call("clients")), _folded({row.client for row in rows}))


def _list_agents(scene: _Scene) -> None:
    rows = scene.commserve.call(scene.commserve.simulator.backupsets)
    there = {row.app for row in rows if row.client == scene.place.client}
    said = {_application(name): name for name in scene.call("agents", scene.place.client)}
    scene.agent = said.get(scene.place.agent.casefold(), scene.place.agent)
    _same("agents", sorted(said), _folded(there))


def _application(agent: str) -> str:
    """An agent without the platform that its name may have: "Linux File System", "HP-UX Files System"."""
    folded = agent.casefold()
    return "file system" if re.search(r"\bfiles? system\b", folded) else folded


def _list_instances(scene: _Scene) -> None:
    rows = scene.commserve.call(scene.commserve.simulator.backupsets)
    place = scene.place
    there = {row.instance for row in rows if (row.client, row.app) == (place.client, place.agent)}
    _same("instances", _folded(scene.call("instances", place.client, scene.agent)), _folded(there))


def _list_sets(scene: _Scene) -> None:
    place = scene.place
    said = scene.call("backupsets", place.client, scene.agent, place.instance)
    there = {row.name.casefold(): row.id for row in scene.rows()}
    _same("sets", {name.casefold(): set_id for name, set_id in said.items()}, there)


def _create(scene: _Scene) -> None:
    before = {row.id for row in scene.rows()}
    try:
        scene.call("create", _NAME, True)
    finally:  # the calls that follow are about what was created, even if the client does not understand the reply
        made = [row for row in scene.rows() if row.id not in before]
        scene.set_id = made[0].id if made else 0
    _same("sets created", 1, len(made))
    _same("name", _NAME.casefold(), scene.row().name.casefold())  # 11.10 sends it in small letters
    _same("on demand", said=True, true=scene.row().on_demand)


def _create_again(scene: _Scene) -> None:
    scene.refused("create", _NAME, False)
    _one_of_that_name(scene)


def _create_by_older_list(scene: _Scene) -> None:
    scene.refused("create_by_older_list", _NAME)
    _one_of_that_name(scene)


def _one_of_that_name(scene: _Scene) -> None:
    name = scene.row().name.casefold()
    _same("sets of that name", 1, sum(row.name.casefold() == name for row in scene.rows()))


def _read_properties(scene: _Scene) -> None:
    row = scene.row()
    there = {"id": row.id, "on demand": row.on_demand, "default": row.is_default, "description": row.description}
    _same("properties", scene.call("properties", row.name), there)


def _list_subclients(scene: _Scene) -> None:
    _same("subclients", _folded(scene.call("subclients", scene.row().name)), ["default"])


def _rename(scene: _Scene) -> None:
    scene.call("rename", scene.row().name, _NEW_NAME)
    _same("name", _NEW_NAME, scene.row().name)


def _describe(scene: _Scene) -> None:
    name = scene.row().name
    scene.call("describe", name, _DESCRIPTION)
    _same("name", name.casefold(), scene.row().name.casefold())  # every cvpysdk sends it along, in small letters
    _same("description", _DESCRIPTION, scene.row().description)
    _same("description", scene.call("properties", name)["description"], scene.row().description)


def _delete(scene: _Scene) -> None:
    others = {row.id for row in scene.rows()} - {scene.row().id}
    scene.call("delete", scene.row().name)
    _same("sets left", others, {row.id for row in scene.rows()})


def _go_on(scene: _Scene) -> None:
    before = scene.call("token")
    scene.commserve.call(scene.commserve.simulator.sessions.expire_all)
    _list_sets(scene)
    _same("another token", scene.call("token") != before, true=True)


def _log_out(scene: _Scene) -> None:
    token = scene.call("token")
    scene.call("log_out")
    _same("signed in", scene.signed_in(token), true=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a client is asked to do."""

    name: str
    method: str
    """Of its driver."""
    make: Callable[[_Scene], None]


_FIRST: Final = (
    Call("log in with a wrong password", "log_in", _log_in_wrongly),
    Call("log in", "log_in", _log_in),
    Call("list clients", "clients", _list_clients),
)
_AT_EACH_PLACE: Final = (
    Call("list agents", "agents", _list_agents),
    Call("list instances", "instances", _list_instances),
    Call("list backup sets", "backupsets", _list_sets),
    Call("create a set", "create", _create),
    Call("create it again", "create", _create_again),
    Call("create it by an older list", "create_by_older_list", _create_by_older_list),
    Call("find it, read its properties", "properties", _read_properties),
    Call("list its subclients", "subclients", _list_subclients),
    Call("rename it", "rename", _rename),
    Call("describe it", "describe", _describe),
    Call("delete it", "delete", _delete),
)
_LAST: Final = (
    Call("go on after the token has expired", "backupsets", _go_on),
    Call("log out", "log_out", _log_out),
)
CALLS: Final = (*_FIRST, *_AT_EACH_PLACE, *_LAST)


def witness(process: ClientProcess, refusals: frozenset[str], commserve: CommServe) -> Outcomes:
    """Have a client make every call, at every place where there is something to call.

    Args:
        process: the client.
        refusals: names of the exceptions by which it says that it was refused.
        commserve: a simulator with the default estate, for this client alone.
    """
    scene = _Scene(process, refusals, commserve)
    outcomes: Outcomes = {}
    with suppress(EndedError):  # which is in the outcome of the call that ended the process
        for call in _FIRST:
            _note(outcomes, call, scene)
            if call.make is _log_in and outcomes[call.name]:
                return outcomes
        for place in PLACES:
            scene.place, scene.agent, scene.set_id = place, place.agent, 0
            for call in _AT_EACH_PLACE:
                _note(outcomes, call, scene, f"{place}: ")
        for call in _LAST:
            _note(outcomes, call, scene)
    return outcomes


def _note(outcomes: Outcomes, call: Call, scene: _Scene, where: str = "") -> None:
    """Make one call, and add what is wrong with it."""
    problems = outcomes.setdefault(call.name, [])
    try:
        call.make(scene)
    except (ClientError, UntrueError) as error:
        problems.append(f"{where}{one_line(str(error))}")
    except EndedError as error:
        problems.append(f"{where}{error}")
        raise
