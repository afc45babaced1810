"""Clients, agents and instances: what their lists say, and what a plan makes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.commvault.backupset_replies import read_listing
from bulkprov.commvault.inventory import (
    CLIENTS,
    advice,
    plan_lookups,
    read_agents,
    read_client,
    read_clients,
    read_instances,
)
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Reply, Verdict
from bulkprov.engine.priority import Priority
from bulkprov.kind import Query
from bulkprov.pieces import at_once
from bulkprov.wire import JSON, XML, Wire


def client(number: Any, name: str, **more: Any) -> dict[str, Any]:
    """One entry of a list of clients."""
    return {"client": {"clientEntity": {"clientId": number, "clientName": name, **more}}}


BOTH = pytest.mark.parametrize("wire", [JSON, XML], ids=["json", "xml"])
RECORDED = Path(__file__).parents[1] / "golden" / "recorded" / "clients.json"


def others(listing: Listing | None) -> dict[str, list[tuple[str, str]]]:
    """The other names in a list of clients, each with the clients that it leads to, and what it is of them."""
    assert listing
    return {
        name: [(each.entry.client, each.entry.kind.name) for each in listed] for name, listed in listing.named.items()
    }


@BOTH
def test_clients_are_known_by_their_own_names_and_told_by_others(wire: Wire) -> None:
    """Without case. A name that one client has for its own is no other's, whatever that is called for show."""
    entities = [
        {"@clientId": 2, "@clientName": "Client001", "@displayName": "Finance", "@hostName": "fin.example.com"},
        {"@clientId": 3, "@clientName": "client002", "@displayName": "CLIENT002", "@hostName": "client002"},
        {"@clientId": 4, "@clientName": "Payroll", "@displayName": "client001"},
        {"@clientId": 5, "@displayName": "only for show"},
    ]
    tree = {"clientProperties": [{"client": {"clientEntity": each}} for each in entities]}
    listing = read_clients(wire.loads(wire.dumps("r", tree)))

    assert listing == Listing({"client001": 2, "client002": 3, "payroll": 4, "only for show": 5})
    assert others(listing) == {
        "finance": [("Client001", "DISPLAY")],
        "fin.example.com": [("Client001", "HOST")],
        "client001": [("Payroll", "DISPLAY")],
    }


def test_the_clients_that_a_real_server_listed_are_known_but_for_the_deleted_one() -> None:
    """As it was recorded: without display names, and with `IsDeletedClient`."""
    listing = read_clients(JSON.loads(RECORDED.read_bytes()))

    assert listing == Listing({"client001": 2})
    assert others(listing) == {"client003": [("client003", "DELETED")]}


@BOTH
@pytest.mark.parametrize(("mark", "deleted"), [(True, True), (1, True), (False, False), (0, False)])
def test_a_deleted_client_is_told_by_any_of_its_names(wire: Wire, mark: Any, deleted: bool) -> None:
    """In both formats; one that is in use again is no deleted one."""
    entity = {"@clientId": 2, "@clientName": "old", "@displayName": "Old one"}
    properties = {"clientProps": {"@IsDeletedClient": mark}, "client": {"clientEntity": entity}}
    listing = read_clients(wire.loads(wire.dumps("r", {"clientProperties": [properties]})))

    assert listing
    assert listing.sure
    assert listing.ids == ({} if deleted else {"old": 2})
    kind = "DELETED" if deleted else "DISPLAY"
    assert others(listing)["old one"] == [("old", kind)]
    assert ("old" in others(listing)) is deleted


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

        async def fetch(name: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
            leaves()
            self.asked.append((query.path, name))
            listing = self.lists.get(query.path)
            return Verdict(end=End.ANSWERED if listing else End.IN_DOUBT, listing=listing)

        return SharedLookups(fetch, clock=lambda: 1.0)

    async def look(self, want: BackupSet, *, deep: bool = True) -> Verdict:
        """What a plan's look-up says."""
        listed = self.lookups(Query(path="Backupset", read=at_once(lambda _tree, _name: None)))
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
        ("Client", Listing({"client002": 3}), 'there is no client "Client001"; did you mean "client002"?'),
        ("Client", Listing({"commserve": 3}), 'there is no client "Client001"'),
        (
            "Client",
            Listing({"client001.example.com": 3, "client002": 4}),
            'there is no client "Client001"; did you mean "client001.example.com"?',
        ),
        ("Client/{}", Listing(), "client Client001 is retired"),
        ("Agent", Listing({"other": 1}), 'client "Client001" has no agent "File System"'),
        (
            "Instance",
            Listing({"other": 1}),
            'agent "File System" on client "Client001" has no instance "DefaultInstanceName"',
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


def called(*clients: tuple[str, str, str], number: int = 2) -> Listing:
    """A list of clients in use, each with its display name and its host name."""
    entities = [client(number, own, displayName=display, hostName=host) for own, display, host in clients]
    listing = read_clients({"clientProperties": entities})
    assert listing
    return listing


@pytest.mark.parametrize("there", [False, True])
async def test_a_display_name_is_translated_and_the_note_says_what_to_write(there: bool) -> None:
    """The client's own list tells whether the set is there; the client is not missing."""
    estate = Estate()
    estate.lists["Client"] = called(("Srv01", "client001", "h"))
    own = BackupSet(client="srv01", name="new")
    estate.lists["Backupset"] = Listing({own.key: 7} if there else {})
    verdict = await estate.look(WANT)

    assert (verdict.end, verdict.reply.no_place, verdict.reply.id) == (End.ANSWERED, False, 7 if there else 0)
    assert verdict.why == '"Client001" is the display name of client "Srv01": write "Srv01" instead'
    assert estate.asked[1] == ("Backupset", "Srv01")


async def test_a_plan_that_is_deep_asks_for_the_client_behind_a_display_name() -> None:
    """And says both what to write and what is missing."""
    estate = Estate()
    estate.lists |= {"Client": called(("Srv01", "client001", "h")), "Agent": Listing({"other": 1})}
    verdict = await estate.look(WANT)

    assert verdict.reply.no_place
    assert verdict.why == (
        '"Client001" is the display name of client "Srv01": write "Srv01" instead; '
        'client "Srv01" has no agent "File System"'
    )
    del estate.lists["Backupset"]
    assert (await estate.look(WANT)).why == "", "a list that cannot be had tells nothing"


@pytest.mark.parametrize(
    ("clients", "why"),
    [
        (
            called(("a", "client001", ""), ("b", "client001", "")),
            '"Client001" is the display name of several clients: write "a" or "b" instead',
        ),
        (
            called(("a", "A", "client001"), ("b", "B", "h")),
            'there is no client "Client001"; it is the host name of client "a": write "a" instead',
        ),
        (
            called(*[(each, each, "client001") for each in "abcd"]),
            'there is no client "Client001"; it is the host name of several clients: write "a", "b" or "c" instead',
        ),
    ],
)
async def test_other_names_of_clients_are_named_for_what_they_are(clients: Listing, why: str) -> None:
    """What cannot be translated for certain is not: there is no place then."""
    estate = Estate()
    estate.lists["Client"] = clients
    verdict = await estate.look(WANT)

    assert (verdict.reply.no_place, verdict.why) == (True, why)
    assert len(estate.asked) == 1


async def test_a_deleted_client_is_found_without_a_deep_plan() -> None:
    """By the list of all clients, which still has it."""
    estate = Estate()
    entries = [client(3, "client002"), client(2, "client001") | {"clientProps": {"IsDeletedClient": True}}]
    listing = read_clients({"clientProperties": entries})
    assert listing
    estate.lists["Client"] = listing
    verdict = await estate.look(WANT, deep=False)

    assert verdict.reply.no_place
    assert (
        verdict.why
        == 'client "Client001" is deleted (retired) on the CommServe and takes no backup sets: name one in use'
    )


@pytest.mark.parametrize(
    ("clients", "sets", "words"),
    [
        (None, None, ""),
        (Listing({"client002": 3}), None, 'there is no client "Client001"; did you mean "client002"?'),
        (Listing({"client002": 3}, sure=False), None, ""),
        (None, [("Oracle", "ORCL")], "the client's sets are under agent Oracle"),
        (
            Listing({"client001": 2}),
            [("File System", "fs2")],
            "the client's sets of agent File System are under instance fs2",
        ),
        (Listing({"client001": 2}), [("Linux File System", "DefaultInstanceName")], ""),
    ],
)
def test_of_a_refusal_is_told_what_lists_tell_that_were_read(
    clients: Listing | None, sets: list[tuple[str, str]] | None, words: str
) -> None:
    """The client first: without it there is no place at all."""
    entries = [
        {"backupSetEntity": {"backupsetId": n, "backupsetName": f"s{n}", "appName": app, "instanceName": instance}}
        for n, (app, instance) in enumerate(sets or (), 1)
    ]
    listing = read_listing({"backupsetProperties": entries}, "client001") if sets else None

    assert advice()(WANT, clients, listing) == words
