"""Clients, agents and instances: what their lists say, and what a plan makes of them."""

from collections.abc import Callable
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.commvault.inventory import (
    CLIENTS,
    plan_lookups,
    read_agents,
    read_client,
    read_clients,
    read_instances,
)
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.kind import Query


def client(number: Any, name: str, **more: Any) -> dict[str, Any]:
    """One entry of a list of clients."""
    return {"client": {"clientEntity": {"clientId": number, "clientName": name, **more}}}


def test_clients_are_known_by_both_of_their_names() -> None:
    """Without case; a name that two clients bear is the first one's."""
    entries = [client(2, "Client001", displayName="Finance"), client(3, "client002"), client(4, "finance")]

    assert read_clients({"clientProperties": entries}) == Listing({"client001": 2, "finance": 2, "client002": 3})


@pytest.mark.parametrize("entries", [[], None, "text", [{}], [{"client": []}], [client(2, "")]])
def test_a_list_without_any_client_is_not_believed(entries: Any) -> None:
    """A CommServe has at least itself for a client."""
    assert read_clients({"clientProperties": entries}) == Listing(sure=False)


def test_an_error_is_no_list_of_clients() -> None:
    """As for backup sets."""
    assert read_clients({"errorCode": 5, "errorMessage": "Access denied"}) is None


def test_a_retired_client_is_an_error_code_without_properties() -> None:
    """One in use has properties; anything else tells nothing."""
    assert read_client({"clientProperties": [{"client": {"clientEntity": {"clientId": 2}}}]}) == Listing({"": 1})
    assert read_client({"errorCode": 4, "errorMessage": "Client not found."}) == Listing()
    assert read_client({}) is None


@pytest.mark.parametrize("deleted", [True, "true", "1"])
def test_an_agent_that_is_marked_as_deleted_is_none(deleted: Any) -> None:
    """Every file system agent is the one that sets are created for."""
    agents = [
        {"idaEntity": {"appName": "Linux File System", "applicationId": 29}},
        {"idaEntity": {"appName": "Oracle", "applicationId": 22}, "AgentProperties": {"isMarkedDeleted": deleted}},
        {"idaEntity": {"applicationId": 1}},
    ]

    assert read_agents({"agentProperties": agents}) == Listing({key_of("", "File System", "", ""): 29})


def test_instances_are_known_by_agent_and_name() -> None:
    """Without case, as sets are."""
    instances = [{"instance": {"appName": "SQL Server", "instanceName": "Host\\EXPRESS", "instanceId": 7}}, {}]

    found = read_instances({"instanceProperties": instances})

    assert found == Listing({key_of("", "sql server", "host\\express", ""): 7})


@pytest.mark.parametrize("read", [read_agents, read_instances])
def test_no_list_of_agents_or_instances_is_not_believed(read: Any) -> None:
    """Missing, it means nothing; an error is no list at all."""
    assert read({}) == Listing(sure=False)
    assert read({"errorCode": 5, "errorMessage": "Access denied"}) is None


class Estate:
    """A CommServe with one client, as lists by path; a path without a list has no answer."""

    def __init__(self) -> None:
        self.lists: dict[str, Listing] = {
            "Backupset": Listing(),
            "Client": Listing({"client001": 2}),
            "Client/{}": Listing({"": 1}),
            "Agent": Listing({key_of("", "File System", "", ""): 29}),
            "Instance": Listing({key_of("", "File System", "DefaultInstanceName", ""): 1}),
        }
        self.asked: list[tuple[str, str]] = []

    def lookups(self, query: Query) -> SharedLookups:
        """Look-ups in one of the lists."""

        async def fetch(name: str, leaves: Callable[[], None], _settles: bool) -> Verdict:
            leaves()
            self.asked.append((query.path, name))
            listing = self.lists.get(query.path)
            return Verdict(end=End.ANSWERED if listing else End.IN_DOUBT, listing=listing)

        return SharedLookups(fetch, clock=lambda: 1.0)

    async def look(self, want: BackupSet, *, deep: bool = True) -> Verdict:
        """What a plan's look-up says."""
        listed = self.lookups(Query(path="Backupset", read=lambda _tree, _name: None))
        return await plan_lookups(listed, self.lookups, deep=deep).get(want, 0)


WANT = BackupSet(client="Client001", name="new")


async def test_a_plan_asks_for_everything_that_a_set_would_be_part_of() -> None:
    """The client by its name; then whether it is in use, its agents and its instances, by its id."""
    estate = Estate()
    verdict = await estate.look(WANT)

    assert (verdict.end, verdict.reply) == (End.ANSWERED, Reply())
    assert estate.asked == [
        (CLIENTS.path, ""),
        ("Backupset", "Client001"),
        ("Client/{}", "2"),
        ("Agent", "2"),
        ("Instance", "2"),
    ]


async def test_a_plan_that_is_not_deep_asks_for_the_client_only() -> None:
    """One list of all clients, and one of the client's sets."""
    estate = Estate()
    await estate.look(WANT, deep=False)

    assert estate.asked == [(CLIENTS.path, ""), ("Backupset", "Client001")]


@pytest.mark.parametrize(
    ("path", "listing", "why"),
    [
        ("Client", Listing({"client002": 3}), "there is no client Client001; did you mean client002?"),
        ("Client", Listing({"commserve": 3}), "there is no client Client001"),
        ("Client/{}", Listing(), "client Client001 is retired"),
        ("Agent", Listing({"other": 1}), "client Client001 has no agent File System"),
        (
            "Instance",
            Listing({"other": 1}),
            "agent File System on client Client001 has no instance DefaultInstanceName",
        ),
    ],
)
async def test_what_is_missing_is_named(path: str, listing: Listing, why: str) -> None:
    """There is no place for the set then."""
    estate = Estate()
    estate.lists[path] = listing
    verdict = await estate.look(WANT)

    assert (verdict.reply.no_place, verdict.why) == (True, why)


@pytest.mark.parametrize("path", ["Client", "Client/{}", "Agent", "Instance"])
async def test_a_list_that_cannot_be_had_says_nothing_of_the_place(path: str) -> None:
    """The look is in doubt, and is made again."""
    estate = Estate()
    del estate.lists[path]

    assert (await estate.look(WANT)).end is End.IN_DOUBT


@pytest.mark.parametrize("path", ["Client", "Agent", "Instance"])
async def test_a_list_that_is_not_sure_leaves_the_place_open(path: str) -> None:
    """An empty answer to a question for agents does not mean that there is none."""
    estate = Estate()
    estate.lists[path] = Listing(sure=False)

    assert not (await estate.look(WANT)).reply.no_place


async def test_a_set_that_is_there_has_a_place() -> None:
    """Nothing more is asked about it."""
    estate = Estate()
    estate.lists["Backupset"] = Listing({WANT.key: 7})
    verdict = await estate.look(WANT)

    assert verdict.reply.id == 7
    assert len(estate.asked) == 2
