"""The vendor's replies, held against those on the vendor's own page and recorded ones (tests/golden)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet, other_plan
from bulkprov.commvault.backupset_replies import read_by_id, read_listing, read_reply
from bulkprov.engine.model import Listing, Reply
from bulkprov.wire import JSON, XML, Wire
from tests.exchanges import MARK

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLE = BackupSet(client="client001", name="FS_Backup_01")
BOTH = pytest.mark.parametrize("wire", [JSON, XML], ids=["json", "xml"])


def golden(name: str, wire: Wire) -> bytes:
    """A body from the vendor's page."""
    return (GOLDEN / f"{name}.{wire.name}").read_bytes()


def described(text: object) -> dict[str, Any]:
    """The recorded answer to a request for an id, with another description."""
    tree: dict[str, Any] = json.loads((GOLDEN / "recorded" / "properties.json").read_bytes())
    tree["backupsetProperties"][0]["commonBackupSet"]["userDescription"] = text
    return tree


@pytest.mark.parametrize(
    ("text", "mark"),
    [("", ""), ("of wave 3", ""), (MARK, MARK), (f"of wave 3; {MARK}", MARK), (f"of wave 3; {MARK[:-1]}", ""), (7, "")],
)
def test_a_request_for_an_id_tells_the_mark_of_the_set(text: object, mark: str) -> None:
    """Where there is none, there is none; a description that was cut has none."""
    told = read_by_id(described(text), "client001")
    assert told is not None
    assert told.marks == {3: mark}

    attribute = f'<App_GetBackupSetPropertiesResponse><backupsetProperties><commonBackupSet userDescription="{text}"/>'
    entity = '<backupSetEntity backupsetId="3" backupsetName="n" clientName="client001"/></backupsetProperties>'
    by_xml = read_by_id(XML.loads(f"{attribute}{entity}</App_GetBackupSetPropertiesResponse>".encode()), "client001")
    assert by_xml is not None
    assert by_xml.marks == {3: mark}


def test_a_listing_tells_marks_only_where_it_has_them() -> None:
    """An empty description in a list is not believed: it may leave them out. Two of them in one entry are none."""
    told = read_listing(described(f"of wave 3; {MARK}"), "client001")
    assert told is not None
    assert told.marks == {3: MARK}

    twice = described(MARK)
    twice["backupsetProperties"][0]["commonBackupSet"] = [{"userDescription": MARK}] * 2
    for tree in (described(""), twice, json.loads((GOLDEN / "recorded" / "listing.json").read_bytes())):
        silent = read_listing(tree, "client001")
        assert silent is not None
        assert (silent.marks, silent.ids != {}) == ({}, True)


@BOTH
def test_the_vendors_replies_are_read(wire: Wire) -> None:
    """Created with its id; refused with code and words, and without an id."""
    assert read_reply(wire.loads(golden("created", wire))) == Reply(0, "", 931)
    assert read_reply(wire.loads(golden("refused", wire))) == Reply(
        1, "DB error: please refer to logs for more details.", 0
    )


@pytest.mark.parametrize(
    ("tree", "reply"),
    [
        ({"errorCode": 5, "errorMessage": "Access denied"}, Reply(5, "Access denied")),
        ({"errorCode": "5", "errorString": "Access denied"}, Reply(5, "Access denied")),
        ({"response": [{"errorCode": 2}]}, Reply(2)),
        ({"response": {"errorCode": "0", "entity": {"backupsetId": "931"}}}, Reply(0, "", 931)),
        ({"response": [{"errorCode": 0, "entity": {"backupsetId": 0}}]}, Reply(0)),
        ({"response": [{"errorCode": 0, "entity": {"backupsetId": -1}}]}, Reply(0)),
        ({"response": [{"errorCode": 0, "entity": {"backupsetId": True}}]}, Reply(0)),
        ({"response": [{"errorCode": 0, "entity": {"backupsetId": 931.0}}]}, Reply(0)),
        ({"response": [{"errorCode": 0}]}, Reply(0)),
        ({"response": [{"errorCode": False, "entity": {"backupsetId": 931}}]}, Reply(None, "", 931)),
        ({"response": [{"entity": {"backupsetId": 931}}]}, Reply(None, "", 931)),
        ({"errorCode": 0, "errorMessage": "fine"}, Reply(None, "fine")),
        ({"error": {"errorCode": 500, "errorMessage": "not right"}}, Reply(500, "not right")),
        ({"error": {"errorCode": "7", "errLogMessage": "no"}, "response": []}, Reply(7, "no")),
        ({"error": {}, "response": [{"errorCode": 2, "errorMessage": "no"}]}, Reply(2, "no")),
        ({"errorCode": 5, "errorMessage": "x", "response": [{"errorCode": 2}]}, Reply(2, "x")),
        ({"errorCode": 5, "errorMessage": "x", "response": [{"entity": {}}]}, Reply(5, "x")),
        (
            {"errorCode": 5, "errorMessage": "x", "response": [{"errorCode": 0, "entity": {"backupsetId": 9}}]},
            Reply(None, "x", 9),
        ),
        ({"response": {"errorCode": 0, "warningCode": 0, "warningMessage": ""}}, Reply(0)),
        (
            {"response": {"errorCode": 0, "warningCode": 3, "warningMessage": "no plan"}},
            Reply(0, warning="warningCode 3 no plan"),
        ),
        ({"errorCode": 2, "warningMessage": "old agent"}, Reply(2, warning="old agent")),
        ({"response": []}, Reply()),
        ({"response": "0"}, Reply()),
        ({"response": ["0"]}, Reply()),
        ({}, Reply()),
    ],
)
def test_other_replies_say_no_more_than_they_hold(tree: dict[str, Any], reply: Reply) -> None:
    """A code or an id that is not plainly there is not there."""
    assert read_reply(tree) == reply


def test_two_answers_to_one_question_are_none() -> None:
    """One set was asked for: two responses, or two entities, leave open which is meant."""
    one: dict[str, Any] = {"errorCode": 0, "entity": {"backupsetId": 931}}
    other: dict[str, Any] = {"errorCode": 1}

    assert read_reply({"response": [one, other]}) == Reply()
    assert read_reply({"response": [{"errorCode": 0, "entity": [{"backupsetId": 1}, {"backupsetId": 2}]}]}) == Reply(0)


@pytest.mark.parametrize(
    ("words", "exists"),
    [
        ("Backupset already exists.", True),
        ("An instance by this name already exists.", True),
        ("The name is ALREADY IN USE", True),
        ("Duplicate backup set", True),
        ("DB error: please refer to logs for more details.", False),
        ("Client does not exist", False),
        ("", False),
    ],
)
def test_words_that_mean_it_is_there(words: str, exists: bool) -> None:
    """No code for it is documented, so the words decide that it is worth a look."""
    assert read_reply({"errorCode": 2, "errorMessage": words}).says_exists is exists
    assert read_reply({"response": [{"errorCode": 2, "errorString": words}]}).says_exists is exists


def test_a_success_never_says_that_it_was_there() -> None:
    """The words are only read in a refusal."""
    reply = read_reply({"response": [{"errorCode": 0, "errorString": "already exists", "entity": {"backupsetId": 1}}]})

    assert not reply.says_exists


def test_endless_words_are_cut() -> None:
    """A megabyte of error string for every row would fill the disk."""
    assert len(read_reply({"errorCode": 1, "errorMessage": "x" * 1_000_000}).error_string) == 4001


def entry(number: Any, name: str, **more: Any) -> dict[str, Any]:
    """One entry of a listing."""
    return {"backupSetEntity": {"backupsetId": number, "backupsetName": name, "appName": "File System", **more}}


def key(client: str, name: str, app: str = "File System", instance: str = "DefaultInstanceName") -> str:
    """The key of a set."""
    return BackupSet(client=client, app=app, instance=instance, name=name).key


def test_a_listing_is_read_by_all_four_names() -> None:
    """Client, agent, instance and name, without case; file system agents are one agent."""
    sets = [
        entry(1, "FS_Backup_01", clientName="CLIENT001", instanceName="DefaultInstanceName"),
        entry(2, "fs_backup_02", appName="Linux File System"),
        entry(3, "FS_Backup_01", appName="Oracle", instanceName="ORCL"),
    ]
    listing = read_listing({"backupsetProperties": sets}, "Client001")

    assert listing == Listing(
        {
            key("client001", "fs_backup_01"): 1,
            key("client001", "FS_Backup_02"): 2,
            key("client001", "FS_Backup_01", "oracle", "orcl"): 3,
        }
    )
    assert listing.sure


def test_one_entry_in_xml_is_a_listing_too() -> None:
    """Attributes of one element, as the vendor's XML has them."""
    body = b"""<App_GetBackupsetPropertiesResponse><backupsetProperties>
        <backupSetEntity appName="File System" backupsetId="7" backupsetName="n" clientName="c"/>
        </backupsetProperties></App_GetBackupsetPropertiesResponse>"""

    assert read_listing(XML.loads(body), "c") == Listing({key("c", "n"): 7})


def test_of_two_sets_of_one_name_it_is_the_older() -> None:
    """In whatever order they are listed; the others are not forgotten, since one of them may be ours."""
    for numbers in ([7, 9], [9, 7]):
        listing = read_listing({"backupsetProperties": [entry(number, "n") for number in numbers]}, "c")
        assert listing == Listing({key("c", "n"): 7}, more={9: key("c", "n")})
    three = read_listing({"backupsetProperties": [entry(number, "n") for number in (8, 7, 9)]}, "c")
    assert three == Listing({key("c", "n"): 7}, more={8: key("c", "n"), 9: key("c", "n")})


def test_an_empty_list_is_a_list() -> None:
    """It says for sure that nothing is there; a missing one says so weakly, and is believed the second time."""
    assert read_listing({"backupsetProperties": []}, "c") == Listing(sure=True)
    assert read_listing({}, "c") == Listing(sure=False, none_after=2)
    assert read_listing({"backupsetProperties": None}, "c") == Listing(sure=False, none_after=2)


def test_the_properties_that_a_real_server_gave_show_the_set_that_has_the_id() -> None:
    """As they were recorded, with its description: the key is that of the set as a list names it."""
    tree = JSON.loads((GOLDEN / "recorded" / "properties.json").read_bytes())

    listing = read_by_id(tree, "Client001")

    assert listing is not None
    assert (listing.sure, listing.ids) == (True, {key("Client001", "defaultBackupSet", "Windows File System"): 3})


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"errorCode": 2, "errorMessage": "no such backupset"},
        {"response": [{"errorCode": 2, "errorString": "no such backupset"}]},
        {"backupsetProperties": []},
        {"backupsetProperties": None},
    ],
)
def test_an_answer_without_a_set_says_that_none_has_the_id(tree: Any) -> None:
    """How a CommServe says so is not documented."""
    assert read_by_id(tree, "c") == Listing()


def test_an_error_beside_a_set_is_an_error() -> None:
    """What is shown with it is not the answer, and without words it says nothing."""
    assert read_by_id({"errorCode": 2, "backupsetProperties": [entry(7, "n")]}, "c") is None


@pytest.mark.parametrize(
    "properties",
    [[entry(7, "n"), entry(8, "n")], [{}], [entry(0, "n")], [entry("x", "n")], [{"backupSetEntity": None}], "text"],
)
def test_an_answer_that_shows_no_one_set_tells_nothing(properties: Any) -> None:
    """Neither that the set is there, nor that it is not."""
    assert read_by_id({"backupsetProperties": properties}, "c") is None


def test_a_set_of_another_client_is_shown_as_that_clients() -> None:
    """Ids are used again: what has this one now may be another thing."""
    there = entry(7, "n")
    there["backupSetEntity"]["clientName"] = "other"

    listing = read_by_id({"backupsetProperties": [there]}, "c")

    assert listing is not None
    assert listing.scope == "other"
    there["backupSetEntity"]["clientName"] = " C "
    own = read_by_id({"backupsetProperties": [there]}, "c")
    assert own is not None
    assert own.scope == ""


def test_only_an_error_that_says_so_is_a_witness_that_a_set_is_gone() -> None:
    """Rights, a busy database or an unknown path say nothing about the set."""
    assert read_by_id({"errorCode": 5, "errorMessage": "Access denied"}, "c") is None
    assert read_by_id({"response": [{"errorCode": 5, "errorString": "User has no permission"}]}, "c") is None
    assert read_by_id({"errorCode": 587, "errorMessage": "Operation timed out, database is busy"}, "c") is None
    assert read_by_id({"errorCode": 404, "errorMessage": "Unknown route"}, "c") is None
    for words in ("Error 0x10c: no such backup set", "Backup set [7] does not exist", "Invalid backupset id"):
        assert read_by_id({"errorCode": 2, "errorMessage": words}, "c") == Listing()


@pytest.mark.parametrize(
    "broken", [entry("x", "n"), entry(0, "n"), entry(-1, "n"), entry(8, ""), {}, "text", {"backupSetEntity": None}]
)
def test_a_list_with_an_entry_that_cannot_be_read_proves_no_absence(broken: Any) -> None:
    """What it shows it shows; what it does not show may be what could not be read."""
    listing = read_listing({"backupsetProperties": [entry(7, "good"), broken]}, "c")

    assert listing == Listing({key("c", "good"): 7}, sure=False)


@pytest.mark.parametrize(
    "tree",
    [
        {"errorCode": 5, "errorMessage": "Access denied"},
        {"response": [{"errorCode": 2}]},
        {"errorCode": 5, "backupsetProperties": []},
    ],
)
def test_an_error_is_no_listing(tree: dict[str, Any]) -> None:
    """Not even one with a list beside it."""
    assert read_listing(tree, "c") is None


GOLD = BackupSet(client="client001", name="a", plan="Gold")


def listed_plan(wire: Wire, want: BackupSet, **properties: Any) -> str | None:
    """In what a set that is listed with these properties differs from the wanted one, in both kinds of answer."""
    named = {"@backupsetId": 7, "@backupsetName": "a", "@appName": "File System", "@clientName": "client001"}
    tree = wire.loads(wire.dumps("r", {"backupsetProperties": [{"backupSetEntity": named, **properties}]}))
    answers = [read(tree, "client001") for read in (read_listing, read_by_id)]
    (told,) = {other_plan(want, listing.named["a"][0]) for listing in answers if listing}
    return told


@BOTH
def test_the_plan_of_a_listed_set_is_compared_with_the_one_that_was_asked_for(wire: Wire) -> None:
    """Without case and outer blanks, as all names are; the note names both."""

    def told(name: str, number: int = 5) -> str | None:
        return listed_plan(wire, GOLD, planEntity={"@planId": number, "@planName": name})

    assert told("Gold") == told(" GOLD ") == ""
    assert told("Silver") == 'its plan is "Silver", and the sheet asks for "Gold"'
    assert told("", 0) == 'it is shown without a plan, and the sheet asks for "Gold"'


@BOTH
def test_a_set_without_a_plan_is_listed_with_an_empty_one(wire: Wire) -> None:
    """So it was recorded. In XML an empty element has nothing in it at all."""
    assert listed_plan(wire, GOLD, planEntity={}) == 'it is shown without a plan, and the sheet asks for "Gold"'


@BOTH
@pytest.mark.parametrize("shown", [{}, {"planEntity": {"@planId": 5}}])
def test_where_no_plan_is_named_nothing_is_told_of_it(wire: Wire, shown: dict[str, Any]) -> None:
    """No `planEntity`, or one that has an id only."""
    assert listed_plan(wire, GOLD, **shown) is None


@BOTH
@pytest.mark.parametrize("shown", [{}, {"planEntity": {}}, {"planEntity": {"@planId": 5, "@planName": "Silver"}}])
def test_a_row_that_asks_for_no_plan_differs_in_none(wire: Wire, shown: dict[str, Any]) -> None:
    """Whichever the set has: it may have been assigned since, or be the client's."""
    assert listed_plan(wire, replace(GOLD, plan=""), **shown) == ""


def test_a_plan_that_cannot_be_read_is_not_told() -> None:
    """Two of them, say."""
    assert listed_plan(JSON, GOLD, planEntity=[{"planName": "Gold"}, {"planName": "Silver"}]) is None
    assert listed_plan(JSON, GOLD, planEntity="Gold") is None


@BOTH
def test_a_reply_and_a_listing_tell_the_clients_id(wire: Wire) -> None:
    """By which a reply about another client is noticed; 0 where it is not told, or told in two ways."""
    entity = {"@clientId": 2, "@clientName": "client001", "@backupsetName": "a", "@backupsetId": 7}

    def listed(*client_ids: int) -> int:
        sets = {"backupsetProperties": [{"backupSetEntity": {**entity, "@clientId": each}} for each in client_ids]}
        listing = read_listing(wire.loads(wire.dumps("r", sets)), "client001")
        assert listing is not None
        return listing.scope_id

    def replied(entity: dict[str, Any]) -> int:
        reply = {"response": [{"@errorCode": 0, "entity": entity}]}
        return read_reply(wire.loads(wire.dumps("r", reply))).scope_id

    assert (listed(2), listed(2, 2), listed(2, 3)) == (2, 2, 0)
    assert (replied(entity), replied({"@backupsetId": 7}), replied({"@backupsetId": 7, "@clientId": -2})) == (2, 0, 0)
