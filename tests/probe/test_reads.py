"""What is asked without making anything."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.errors import ServerError, SettingsError
from bulkprov.probe.answers import Heard
from bulkprov.probe.execute import Asked
from bulkprov.probe.findings import AgentSeen, Findings
from bulkprov.simulator import EstateSet
from tests.probe.probing import CLIENT, READS, Lie, Stage, answer, answering, on_stage

Truly = Callable[[], Awaitable[Heard]]


def found(folder: Path, asked: Asked = READS, lie: Lie | None = None, **settings: Any) -> Findings:
    """What a probe finds that only reads."""

    async def nothing(_request: str, _truly: Truly) -> None:
        return None

    async def play(stage: Stage) -> Findings:
        with answering(lie or nothing):
            return (await stage.probe(asked)).findings

    return on_stage(folder, play, **settings)


def instead(begin: str, *answers: Heard) -> Lie:
    """Other answers to the first requests that begin like this."""
    left = [*answers]

    async def lie(request: str, _truly: Truly) -> Heard | None:
        return left.pop(0) if request.startswith(begin) and left else None

    return lie


def client(number: int, name: str, shown: str = "", *, deleted: object = None) -> dict[str, Any]:
    """One of `clientProperties`."""
    entity = {"clientId": number, "clientName": name, "displayName": shown, "hostName": f"{name}.example.com"}
    props = {"clientProps": {"IsDeletedClient": deleted}} if deleted is not None else {}
    return {"client": {"clientEntity": entity}, **props}


def clients(*listed: dict[str, Any]) -> Lie:
    """The list of clients."""
    return instead("GET Client ", answer({"clientProperties": list(listed)}))


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("web", 2), (" WEB ", 2), ("front", 3), ("Old Name", 4)],
)
def test_a_client_is_meant_by_its_name_first(tmp_path: Path, wanted: str, number: int) -> None:
    """Its display name does where no client in use has that name, and no other that display name."""
    listed = clients(
        client(9, "gone", "front", deleted=True),
        client(3, "app", "front", deleted=False),
        client(2, "web"),
        client(5, "db", "web"),
        client(4, "new", "Old Name"),
    )
    asked: list[str] = []

    async def lie(request: str, truly: Truly) -> Heard | None:
        asked.append(request)
        return await listed(request, truly)

    findings = found(tmp_path, replace(READS, client=wanted), lie)

    assert f"GET Agent {{'clientId': '{number}'}} " in asked
    assert (findings.clients, findings.deleted_clients, findings.display_names) == (5, 1, True)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("shared", "2 clients are shown under this name; give the client's own"),
        ("gone", "this client is deleted"),
        ("ab", "the CommServe has no such client, or this user does not see it"),
        ("webb1", "no such client, or this user does not see it; did you mean web1?"),
    ],
)
def test_a_client_that_is_not_the_one_and_only_is_refused(tmp_path: Path, wanted: str, words: str) -> None:
    """With what to do."""
    listed = clients(
        client(2, "web1", "shared"), client(3, "web2", "Shared"), client(4, "gone", deleted="true"), client(0, "none")
    )
    with pytest.raises(SettingsError, match=f"--client {wanted}: ") as refused:
        found(tmp_path, replace(READS, client=wanted), listed)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        (answer(b"", 401), "the server does not accept the token: the list of clients was answered with HTTP 401"),
        (answer(b"<html>", 404), "the list of clients was answered with HTTP 404 with .*; is the --server URL right?"),
        (answer({"errorCode": 7, "errorMessage": "No."}), 'answered with HTTP 200 with "No."; is the'),
        (answer({"errorCode": 5, "errorMessage": "No."}), 'not accept the token: .* answered with HTTP 200 with "No."'),
        (Heard(why="no answer within 60 s"), "answered with no answer within 60 s"),
    ],
)
def test_without_a_list_of_clients_there_is_no_probe(tmp_path: Path, heard: Heard, words: str) -> None:
    """One line says what was answered."""
    with pytest.raises(ServerError, match=words):
        found(tmp_path, lie=instead("GET Client ", heard, heard, heard))


@pytest.mark.parametrize("begin", ["GET Client ", "GET Agent ", "GET Instance ", "GET Backupset "])
def test_what_a_probe_cannot_do_without_is_asked_for_again_where_it_was_not_answered(
    tmp_path: Path, begin: str
) -> None:
    """A gateway out of sorts would have ended it, with what it had learned."""
    passing = answer(b"<html>Busy</html>", 503), answer(b"\x8f")

    assert found(tmp_path, lie=instead(begin, *passing)).clients == found(tmp_path).clients


def test_a_user_who_sees_no_client_is_told_so(tmp_path: Path) -> None:
    """The list is an empty object then."""
    with pytest.raises(SettingsError, match="no such client, or this user does not see it"):
        found(tmp_path, lie=instead("GET Client ", answer({})))


def test_sets_that_cannot_be_listed_end_it(tmp_path: Path) -> None:
    """Nothing could be made and found again."""
    lie = instead("GET Backupset ", *[answer({"errorCode": 5, "errorMessage": "Denied."}, 500)] * 3)
    with pytest.raises(ServerError, match=f"client {CLIENT}: the client's list was answered with HTTP 500 .*Denied"):
        found(tmp_path, lie=lie)


def test_lists_by_id_and_by_name_are_compared(tmp_path: Path) -> None:
    """One that cannot be read is not an empty one."""
    assert found(tmp_path).same_by_name is True
    one = answer({"backupsetProperties": [{"backupSetEntity": {"backupsetId": 7}}]})
    other = answer({"backupsetProperties": [{"backupSetEntity": {"backupsetId": 8}}]})
    for lists, same in (
        ([one, other, answer({}), one], False),
        ([one, other, answer({}), other], True),  # it was made between the two
    ):
        assert found(tmp_path, lie=instead("GET Backupset ", *lists)).same_by_name is same
    unreadable = found(tmp_path, lie=instead("GET Backupset {'clientName'", answer(b"<html>", 503)))
    assert (unreadable.same_by_name, unreadable.list_by_name) == (None, "other")


@pytest.mark.parametrize(
    ("body", "version"),
    [
        ({"csVersionInfo": "11 SP36"}, "11 SP36"),
        ({"commcell": {"csVersionInfo": "11.36.0"}}, "11.36.0"),
        ({"releaseName": "11"}, "11"),
        ({"csVersionInfo": "11.36 on cs.example.com"}, "11.36 on HIDDEN"),
        ({}, ""),
        (b"<html>", ""),
    ],
)
def test_the_version_is_wherever_it_is(tmp_path: Path, body: object, version: str) -> None:
    """And nothing else."""
    assert found(tmp_path, lie=instead("GET CommServ", answer(body))).version == version


@pytest.mark.parametrize(
    ("app", "instance", "words"),
    [
        ("Oracle", "", "--app Oracle: the client's agents are File System"),
        ("", "X", "--instance X: the instances of File System on this client are DefaultInstanceName"),
        ("", "CLIENT\\SQLEXPRESS", r"--instance CLIENT\SQLEXPRESS: the instances of File System"),
    ],
)
def test_a_place_that_the_client_does_not_have_is_refused(tmp_path: Path, app: str, instance: str, words: str) -> None:
    """Before anything is made; the names that there are are said."""
    with pytest.raises(SettingsError) as refused:
        found(tmp_path, replace(READS, app=app, instance=instance))

    assert words in str(refused.value)


@pytest.mark.parametrize("wanted", ["", " "])
def test_a_client_without_a_name_is_nobody(tmp_path: Path, wanted: str) -> None:
    """And not the one without a display name: sets would be made on it."""
    with pytest.raises(SettingsError, match="--client is empty"):
        found(tmp_path, replace(READS, client=wanted), clients(client(2, "web")))


def test_agents_and_instances_that_cannot_be_read_are_not_needed(tmp_path: Path) -> None:
    """This user may not read them, say: the create itself will tell."""

    async def lie(request: str, _truly: Truly) -> Heard | None:
        return (
            answer({"errorMessage": "No.", "errorCode": 5}, 403)
            if request.startswith(("GET Agent", "GET Inst"))
            else None
        )

    assert found(tmp_path, replace(READS, app="Oracle", instance="X"), lie).agents


def test_agents_are_told_under_all_their_names(tmp_path: Path) -> None:
    """As the sheet, the list of agents and that of sets have them; an agent that no sheet can name besides."""
    entities = [("NDMP", 13), ("Windows File System", 33), ("Big Data", 999)]
    sets = [
        {"backupSetEntity": {"backupsetId": 90 + index, "appName": name, "applicationId": number}}
        for index, (name, number) in enumerate(entities)
    ]
    agents = [{"idaEntity": {"appName": "NAS", "applicationId": 13}}, {"idaEntity": {}}]

    async def lie(request: str, _truly: Truly) -> Heard | None:
        if request.startswith("GET Agent"):
            return answer({"agentProperties": agents})
        return answer({"backupsetProperties": sets}) if request.startswith("GET Backupset {'clientId'") else None

    findings = found(tmp_path, replace(READS, app="NAS", agents=["NAS", "Oracle"]), lie)

    assert findings.agents == (
        AgentSeen(wanted="NAS", named="NAS", number=13, listed="NDMP", listed_number=13),
        AgentSeen(wanted="", listed="Big Data", listed_number=999, known=False),
    )


def test_an_instance_is_that_of_its_agent_by_id(tmp_path: Path) -> None:
    """Whatever the agent is called."""
    estate = (EstateSet(client=CLIENT, app="Oracle", instance="ORCL", name="x"),)

    assert found(tmp_path, replace(READS, app="Oracle", instance="orcl"), estate=estate).clients == 1
