"""Lists of clients, agents and instances, entry by entry."""

import json
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.inventory_replies import AgentEntry, InstanceEntry, agents_in, clients_in, instances_in

RECORDED = Path(__file__).parents[1] / "golden" / "recorded"


def recorded(name: str) -> Any:
    """A reply that a real server gave."""
    return json.loads((RECORDED / name).read_text())


def test_recorded_clients_are_read_and_deleted_ones_marked() -> None:
    """The reply has neither display names nor hosts."""
    clients = [*clients_in(recorded("clients.json"))]

    assert [(each.id, each.name, each.deleted) for each in clients] == [(2, "client001", False), (3, "client003", True)]
    assert {each.display + each.host for each in clients} == {""}
    assert clients[0].entity["_type_"] == 3


@pytest.mark.parametrize(("mark", "deleted"), [(True, True), ("true", True), ("1", True), (False, False), ("", False)])
def test_a_mark_is_one_on_either_wire(mark: object, deleted: bool) -> None:
    """XML says it as text."""
    entity = {"clientId": "7", "clientName": "web", "displayName": "Web", "hostName": "web.example.com"}
    tree = {"clientProperties": {"clientProps": {"IsDeletedClient": mark}, "client": {"clientEntity": entity}}}
    (client,) = clients_in(tree)

    assert (client.id, client.display, client.host, client.deleted) == (7, "Web", "web.example.com", deleted)


def test_recorded_agents_and_instances_are_read() -> None:
    """With the ids of their agents."""
    assert AgentEntry(name="File System", id=33) in agents_in(recorded("agents.json"))
    assert [*instances_in(recorded("instances.json"))] == [
        InstanceEntry(id=1, name="DefaultInstanceName", app="File System", app_id=33),
        InstanceEntry(id=49, name="Azure Resource Manager", app="Virtual Server", app_id=106),
    ]


def test_what_is_deleted_or_has_no_name_is_left_out() -> None:
    """Of agents and instances; nothing is read of no answer."""
    entity = {"appName": "NAS", "applicationId": 13}
    deleted = {"AgentProperties": {"isMarkedDeleted": True}, "idaEntity": entity}

    assert [*agents_in({"agentProperties": [deleted, {"idaEntity": {}}]})] == []
    assert [*instances_in({"instanceProperties": [{"instance": {"instanceId": 1}}]})] == []
    assert [*clients_in(None), *agents_in(None), *instances_in(None)] == []
