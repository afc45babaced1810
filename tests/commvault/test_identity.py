"""Whether a listed set is the wanted one, however it is spelled."""

import json
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_replies import read_listing
from bulkprov.commvault.identity import family, match, plain
from bulkprov.engine.wanted import Match, name_in

RECORDED = Path(__file__).parents[1] / "golden" / "recorded"
WANT = BackupSet(client="c", name="n")


def entry(number: int, app: str = "File System", app_id: int | None = None, **more: Any) -> dict[str, Any]:
    """One entry of a listing."""
    ids = {} if app_id is None else {"applicationId": app_id}
    names = {"appName": app, "instanceName": "DefaultInstanceName", "backupsetName": "n", "clientName": "c"}
    return {"backupSetEntity": {"backupsetId": number, **names, **ids, **more}}


def matched(want: BackupSet, *entries: dict[str, Any]) -> list[Match]:
    """What the entries of the wanted set's name are to it."""
    listing = read_listing({"backupsetProperties": list(entries)}, want.client)
    assert listing is not None
    return [match(want, each) for each in listing.named[name_in(want.key)]]


@pytest.mark.parametrize(
    ("app", "name", "number"),
    [
        ("File System", "Windows File System", 33),
        ("File System", "Linux File System", 29),
        ("File System", "AIX File System", 21),
        ("File System", "HP-UX Files System", 17),
        ("File System", "FreeBSD File System", 74),
        ("File System", "OES File System on Linux", 86),
        ("File System", "MAC FileSystem", None),
        ("File System", "HP-UX Files System", None),
        ("File System", "Whatever", 33),
        ("File System", "", 29),
        ("NAS", "NDMP", 13),
        ("NAS", "NDMP", None),
        ("Exchange Database", "Something", 53),
        ("Oracle", "Oracle Database", None),
        ("Notes Database", "Unix Notes Database", None),
        ("SQL Server", "sql server ", None),
        ("DB2", "DB2 on Unix", 62),
        ("DB2", "DB2 on Unix", None),
        ("DB2 on Unix", "Something", 37),
        ("DB2 MultiNode", "Something", 103),
        ("NDMP", "NAS", None),
        ("SAP HANA", "Something", 135),
        ("Cloud Apps", "Something", 134),
        ("Active Directory", "Something", 41),
        ("Azure AD", "Something", 139),
        ("SharePoint Server", "Something", 78),
    ],
)
def test_an_agent_is_known_by_its_id_and_then_by_its_name(app: str, name: str, number: int | None) -> None:
    """The set is found by its key alone, and by the match too."""
    want = BackupSet(client="c", app=app, name="n")
    listing = read_listing({"backupsetProperties": [entry(7, name, number)]}, "c")

    assert listing is not None
    assert listing.ids == {want.key: 7}
    assert matched(want, entry(7, name, number)) == [Match.SAME]


@pytest.mark.parametrize("name", ["listing", "listing-linux"])
def test_recorded_listings_are_understood(name: str) -> None:
    """Created as "File System", and listed under the name of a platform."""
    tree = json.loads((RECORDED / f"{name}.json").read_bytes())
    client = tree["backupsetProperties"][0]["backupSetEntity"]["clientName"]
    listing = read_listing(tree, client)

    assert listing is not None
    assert list(listing.ids) == [BackupSet(client=client, name="defaultBackupSet").key]


def test_a_listing_belongs_to_the_client_that_was_asked_for() -> None:
    """Its entries may bear a display name."""
    listing = read_listing({"backupsetProperties": [entry(7, clientName="Finance server", clientId=2)]}, "c")

    assert listing is not None
    assert listing.ids == {WANT.key: 7}


def test_in_a_listing_of_several_clients_the_name_tells_which_is_meant() -> None:
    """A server that overlooks the parameter lists them all."""
    mine, other = entry(7, clientName="C", clientId=2), entry(8, clientName="d", clientId=3)
    listing = read_listing({"backupsetProperties": [mine, other]}, "c")

    assert listing is not None
    assert listing.ids == {WANT.key: 7}
    assert read_listing({"backupsetProperties": [mine, other]}, "e") is None


@pytest.mark.parametrize(
    ("app", "number", "says"),
    [
        ("SQL Server", None, Match.OTHER),
        ("Oracle", 22, Match.OTHER),
        ("NDMP", 13, Match.OTHER),
        ("Something", 135, Match.OTHER),
        ("Cloud Apps", None, Match.OTHER),
        ("", None, Match.UNSURE),
        ("Big Data", 4711, Match.UNSURE),
    ],
)
def test_another_agent_is_another_only_if_it_is_known(app: str, number: int | None, says: Match) -> None:
    """What neither ids nor tables explain may be the wanted one."""
    assert matched(WANT, entry(7, app, number)) == [says]


def test_another_instance_is_another_only_if_the_client_has_both() -> None:
    """The wanted one has a set in the listing, so that the other name is no way to spell it."""
    want = BackupSet(client="c", app="SQL Server", instance="C\\TWO", name="n")
    one = entry(7, "SQL Server", 81, instanceName="C\\ONE")
    default = entry(8, "SQL Server", 81, instanceName="c\\two", backupsetName="defaultBackupSet")

    assert matched(want, one, default) == [Match.OTHER]
    assert matched(want, one) == [Match.UNSURE]
    assert matched(want, entry(7, "SQL Server", 81, instanceName="")) == [Match.SAME]


@pytest.mark.parametrize("listed", ["R&amp;D Caf\u00e9", "r&d cafe\u0301 ", "R&#38;D CAF\u00c9"])
def test_names_are_compared_without_case_blanks_unicode_form_and_escapes(listed: str) -> None:
    """However the server stores and shows them."""
    want = BackupSet(client="c", name="R&D Caf\u00e9")
    listing = read_listing({"backupsetProperties": [entry(7, backupsetName=listed)]}, "c")

    assert listing is not None
    assert listing.ids == {want.key: 7}
    assert plain(listed) == plain(want.name)


def test_what_is_listed_is_told_in_words() -> None:
    """Enough to find it in the Command Center."""
    listing = read_listing({"backupsetProperties": [entry(7, "Big Data", 4711)]}, "c")

    assert listing is not None
    (listed,) = listing.named["n"]
    assert str(listed.entry) == '"n" under agent Big Data, applicationId 4711, instance DefaultInstanceName'
    assert family("Big Data", 4711) == "big data"
