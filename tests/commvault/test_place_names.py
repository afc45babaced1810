"""What is said of clients, agents and instances that are not there."""

from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_replies import read_listing
from bulkprov.commvault.inventory import read_clients
from bulkprov.commvault.inventory_replies import AgentEntry, InstanceEntry
from bulkprov.commvault.place_names import NewestNames, found_deeply, no_agent, no_instance, retired, set_places

WANT = BackupSet(client="client001", app="SQL Server", instance="PR0D", name="new")


def listed(*clients: dict[str, Any]) -> dict[str, Any]:
    """An answer that lists clients; one with `deleted` is a deleted one."""
    return {
        "clientProperties": [
            {"clientProps": {"IsDeletedClient": each.pop("deleted", False)}, "client": {"clientEntity": each}}
            for each in clients
        ]
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clientOO1", 'there is no client "clientOO1"; did you mean "client001", which looks the same?'),
        ("client001.corp.example", 'there is no client "client001.corp.example"; did you mean "client001"?'),
        ("cleint001", 'there is no client "cleint001"; did you mean "client001"?'),
        ("fin-sharse", 'there is no client "fin-sharse"; did you mean "Srv9" ("fin-shares" is its display name)?'),
        ("files04", 'there is no client "files04"; did you mean "Srv9" ("files04.corp.example" is its host name)?'),
        ("oldserver2", 'there is no client "oldserver2"'),  # near a deleted one only
    ],
)
def test_a_missing_client_is_told_with_the_nearest_that_are_in_use(name: str, words: str) -> None:
    """By any of their names; a deleted one is never offered."""
    clients = read_clients(
        listed(
            {"clientId": 2, "clientName": "client001", "hostName": "client001.example"},
            {"clientId": 3, "clientName": "Srv9", "displayName": "fin-shares", "hostName": "files04.corp.example"},
            {"clientId": 4, "clientName": "oldserver1", "deleted": True},
        )
    )
    assert clients

    assert NewestNames().of(clients).told(name) == ("", words)


def test_the_names_of_a_list_are_taken_once() -> None:
    """However many rows ask; a newer list counts as soon as it is there."""
    names = NewestNames()
    first, second = read_clients(listed({"clientId": 2, "clientName": "a"})), read_clients(listed())
    assert first
    assert second

    assert names.of(first) is names.of(first)
    assert names.of(second).clients is second


def test_a_missing_agent_is_told_with_those_that_the_client_has() -> None:
    """If they are known."""
    agents = [AgentEntry(name="SQL Servers", id=0), AgentEntry(name="File System", id=33)]

    assert no_agent(WANT, []) == 'client "client001" has no agent "SQL Server"'
    assert no_agent(WANT, agents) == (
        'client "client001" has no agent "SQL Server"; it has "File System" and "SQL Servers"; '
        'did you mean "SQL Servers"?'
    )


def test_an_agent_is_named_as_the_sheet_takes_it() -> None:
    """A server lists another name than the one that a create has to send."""
    listed = [AgentEntry(name="AIX File System", id=21), AgentEntry(name="Unnamed here", id=62)]

    assert no_agent(WANT, listed) == 'client "client001" has no agent "SQL Server"; it has "DB2" and "File System"'


def instances(app: str, *names: str) -> list[InstanceEntry]:
    """Instances of an agent."""
    return [InstanceEntry(id=n, name=name, app=app, app_id=0) for n, name in enumerate(names, 1)]


def test_a_missing_instance_is_told_with_those_of_the_same_agent() -> None:
    """One of another agent would be wrong in kind; of many the first few are named."""
    there = [*instances("Oracle", "PR0D"), *instances("SQL Server", "TEST", "PROD")]

    missing = 'agent "SQL Server" on client "client001" has no instance "PR0D"'
    assert no_instance(WANT, there[:1]) == missing
    assert (
        no_instance(WANT, there) == f'{missing}; it has "PROD" and "TEST"; did you mean "PROD", which looks the same?'
    )
    many = instances("SQL Server", *(f"I{n}X" for n in range(9)))
    first = ", ".join(f'"I{n}X"' for n in range(6))
    assert no_instance(WANT, many) == f"{missing}; it has {first} and 3 more"


def sets(*places: tuple[str, str]) -> Any:
    """A client's list of sets, each under an agent and an instance."""
    entries = [
        {"backupSetEntity": {"backupsetId": n, "backupsetName": f"s{n}", "appName": app, "instanceName": instance}}
        for n, (app, instance) in enumerate(places, 1)
    ]
    return read_listing({"backupsetProperties": entries}, "client001")


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([], ""),
        ([("SQL Server", "pr0d")], ""),
        ([("SQL Server", "PROD"), ("Oracle", "PR0D")], "the client's sets of agent SQL Server are under instance PROD"),
        (
            [("SQL Server", "B"), ("SQL Server", "A"), ("SQL Server", "A")],
            "the client's sets of agent SQL Server are under instances A and B",
        ),
        ([("Oracle", "PR0D")], "the client's sets are under agent Oracle"),
        (
            [("Windows File System", "x"), ("HP-UX Files System", "x"), ("NDMP", "x"), ("Odd", "x")],
            "the client's sets are under agents File System, NAS and Odd",
        ),
    ],
)
def test_where_a_clients_sets_are_is_told_if_none_is_where_the_wanted_one_was_to_be(
    places: list[tuple[str, str]], words: str
) -> None:
    """Which is no proof that the place is missing, and is not called one."""
    assert set_places(WANT, sets(*places)) == words


def test_what_is_told_of_places_is_not_gathered_from_all_sets_for_each_row() -> None:
    """One client may have 50,000 sets, and as many rows that are refused."""
    listing = sets(*[("Oracle", "PR0D")] * 500)
    entry = next(iter(listing.named.values()))[0].entry

    assert len(entry.places.each) == 1
    assert all(each.entry.places is entry.places for listed in listing.named.values() for each in listed)
    assert set_places(WANT, listing) == "the client's sets are under agent Oracle"


def test_a_note_tells_whether_only_a_look_at_agents_and_instances_shows_what_it_says() -> None:
    """Behind the words about a display name too. That there is no client is seen by every plan."""
    said = [retired(WANT), no_agent(WANT, []), no_instance(WANT, [])]

    assert all(map(found_deeply, [*said, f'"Finance" is the display name of client "client001"; {said[1]}']))
    assert not any(map(found_deeply, ["", 'there is no client "client001"', 'client "client001" is deleted (retired)']))
