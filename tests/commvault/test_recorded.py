"""Our readers and the replies that real servers gave: each is understood as what it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.auth import Login
from bulkprov.commvault.backupset import BackupSet, key_of
from bulkprov.commvault.backupset_replies import read_by_id, read_listing, read_reply
from bulkprov.commvault.classify import Answer, of_act
from bulkprov.commvault.inventory import read_agents, read_clients, read_instances
from bulkprov.engine.model import End, Listing, Reply
from bulkprov.wire import JSON, Tree

RECORDED = Path(__file__).parents[1] / "golden" / "recorded"

DEFAULT_SET = BackupSet(client="client001", name="defaultBackupSet")
FILE_SYSTEM = key_of("", "File System", "", "")


def listed(listing: Listing | None) -> tuple[dict[str, int], bool, int]:
    """The keys with their ids, whether what is missing is surely not there, and the client's id."""
    assert listing is not None
    return dict(listing.ids), listing.sure, listing.scope_id


def client_ids(tree: Tree) -> int | None:
    """The id of the client that is not deleted."""
    listing = read_clients(tree)
    assert listing is not None
    return listing.ids.get("client001")


UNDERSTOOD: dict[str, tuple[Callable[[Tree], Any], Any]] = {
    "agents": (lambda tree: listed(read_agents(tree)), ({FILE_SYSTEM: 33}, True, 0)),
    "business-error-500": (lambda tree: read_reply(tree).error_code, 2),
    "clients": (client_ids, 2),
    "create": (read_reply, Reply(0, "", 231, scope_id=2)),
    "create-subclient": (read_reply, Reply(0, "", 0)),
    "delete": (read_reply, Reply(0, "", 0)),
    "duplicate-409": (
        read_reply,
        Reply(3, "A subclient by this name already exists as part of this backup set.", 0, says_exists=True),
    ),
    "instances": (
        lambda tree: listed(read_instances(tree)),
        (
            {
                key_of("", "File System", "defaultinstancename", ""): 1,
                key_of("", "Virtual Server", "azure resource manager", ""): 49,
            },
            True,
            0,
        ),
    ),
    "internal-error-500": (
        read_reply,
        Reply(500, "Something is not right. Please check web service logs for details"),
    ),
    "listing": (lambda tree: listed(read_listing(tree, "client001")), ({DEFAULT_SET.key: 3}, True, 2)),
    "listing-linux": (
        lambda tree: listed(read_listing(tree, "client007")),
        ({BackupSet(client="client007", name="defaultBackupSet").key: 12}, True, 7),
    ),
    "properties": (lambda tree: listed(read_by_id(tree, "client001")), ({DEFAULT_SET.key: 3}, True, 2)),
    "update": (read_reply, Reply(0, "", 231, scope_id=2)),
}
"""What each reply is read with, and what it comes to."""


def reply(name: str) -> bytes:
    """A recorded reply as it came."""
    return (RECORDED / f"{name}.json").read_bytes()


def test_every_recorded_reply_is_read() -> None:
    """The log-in has a test of its own."""
    assert {each.stem for each in RECORDED.glob("*.json")} == {*UNDERSTOOD, "login"}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_a_recorded_reply_is_understood(name: str) -> None:
    """Ids, names and words arrive."""
    read, expected = UNDERSTOOD[name]

    assert read(JSON.loads(reply(name))) == expected


@pytest.mark.parametrize(
    ("name", "gives_id", "end"),
    [
        ("create", True, End.ANSWERED),
        ("delete", False, End.ANSWERED),
        ("delete", True, End.IN_DOUBT),
        ("create-subclient", True, End.IN_DOUBT),
    ],
)
def test_a_recorded_success_is_one_if_it_has_the_id_that_it_owes(name: str, gives_id: bool, end: End) -> None:
    """A create owes one, and a delete does not: its zeroes are no doubt."""
    answer = Answer(200, {}, reply(name))

    assert of_act(answer, lambda body: read_reply(JSON.loads(body)), now=0.0, gives_id=gives_id).end is end


async def test_the_token_of_the_recorded_log_in_is_used() -> None:
    """As it is, with the word QSDK."""

    async def exchange(method: str, path: str, **_: Any) -> Answer:
        assert (method, path) == ("POST", "Login")
        return Answer(200, {}, reply("login").replace(b"<hex>", b"0123abcd"))

    auth = Login(exchange, JSON, username="admin", password="secret", max_attempts=1)
    await auth.sign_in()

    assert auth.headers == {"Authtoken": "QSDK 0123abcd"}
