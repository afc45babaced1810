"""What is known of the probe's own sets, and the way to make and to delete them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.errors import StorageError
from bulkprov.probe.answers import Heard
from bulkprov.probe.diary import Diary
from bulkprov.probe.scratch import Scratch
from bulkprov.probe.sets import Listed, NotUnderstood, Shown
from tests.probe.probing import CLIENT, ROOT, answer, made, refused

PREFIX = "bulkprov_probe_0123456789ab_"
WANT = BackupSet(client=CLIENT, name=f"{PREFIX}a")


class Recorder:
    """A server that keeps what it is asked, and gives the answers that it is told to give."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[Heard] = []

    def clock(self) -> float:
        """Any time."""
        return 7.0

    async def turn(self) -> None:
        """At once."""

    async def get(self, path: str, **query: str) -> Heard:
        """As `Server.get`."""
        self.asked.append(f"GET {path} {query}")
        return self.answers.pop(0)

    async def post(self, path: str, root: str, tree: Any) -> Heard:
        """As `Server.post`."""
        self.asked.append(f"POST {path} {root} {tree}")
        return self.answers.pop(0)

    async def delete(self, path: str) -> Heard:
        """As `Server.delete`."""
        self.asked.append(f"DELETE {path}")
        return self.answers.pop(0)


@pytest.fixture(name="server")
def recorder() -> Recorder:
    """A server."""
    return Recorder()


@pytest.fixture(name="diary")
def begun(tmp_path: Path) -> Iterator[Diary]:
    """A diary that has begun: set 1 was there before."""
    with Diary.new(tmp_path) as diary:
        diary.begin(server=ROOT, client=CLIENT, client_id=2, prefix=PREFIX, before=[1])
        yield diary


def scratch(server: Any, diary: Diary) -> Scratch:
    """What is known so far."""
    return Scratch(server, diary)


def listed(number: int, name: str) -> Listed:
    """A set as it is listed."""
    return Listed(id=number, name=name, app="", app_id=0, client=CLIENT)


@pytest.mark.parametrize(
    ("number", "name", "own"),
    [
        (9, f"{PREFIX}a", True),
        (9, f"  {PREFIX}a".upper(), True),
        (9, PREFIX, True),
        (9, PREFIX[:-5], True),
        (9, PREFIX[:-6], False),
        (9, "bulkprov_probe_", False),
        (9, "", False),
        (9, f"x{PREFIX}a", False),
        (9, "bulkprov_probe_fedcba987654_a", False),
        (1, f"{PREFIX}a", False),
    ],
)
async def test_a_set_is_the_probes_by_its_name_if_it_was_not_there_before(
    server: Recorder, diary: Diary, number: int, name: str, own: bool
) -> None:
    """In any case, with blanks, and cut as long as the random part tells; nothing else is ever deleted."""
    known, server.answers = scratch(server, diary), [answer({"response": [{"errorCode": 0}]})]
    set_ = listed(number, name)

    assert known.is_own(set_) is own
    if own:
        await known.delete(set_)
        assert (server.asked, known.deleted) == (["DELETE Backupset/9"], {9})
    else:
        with pytest.raises(NotUnderstood, match=f"the id {number}, which was to be deleted, shows a set that"):
            await known.delete(set_)
        assert server.asked == []


async def test_a_create_is_written_down_before_it_leaves(server: Recorder, diary: Diary) -> None:
    """And is an intent until a look has shown its set."""
    known = scratch(server, diary)
    with pytest.raises(IndexError):  # the server is gone
        await known.create("a create", WANT)
    assert diary.left().open == [WANT.name]

    server.answers = [made(9)]
    created = await known.create("a create", WANT)
    assert (created.id, created.new, diary.left().made, diary.left().answered) == (9, True, {9: WANT.name}, [WANT.name])
    assert len(known.intents) == 2

    server.answers = [
        answer({"backupsetProperties": [{"backupSetEntity": {"backupsetId": 9, "backupsetName": WANT.name}}]})
    ]
    await known.look(9)
    assert (diary.left().seen, diary.left().answered, diary.left().open) == ({9}, [], [WANT.name])
    assert [intent.answered for intent in known.intents] == [False]


@pytest.mark.parametrize(("heard", "number"), [(refused(), 0), (made(1), 1)])
async def test_an_id_that_was_there_is_not_taken_in(server: Recorder, diary: Diary, heard: Heard, number: int) -> None:
    """Nor does a refusal have one."""
    known, server.answers = scratch(server, diary), [heard]
    created = await known.create("a create", WANT)

    assert (created.id, created.new, known.left.made) == (number, False, {})
    assert known.made_in_all == (1 if number else 0)
    assert known.intents[0].answered


async def test_of_two_creates_of_one_name_each_listed_set_answers_for_one(server: Recorder, diary: Diary) -> None:
    """One that was known already answers for none, though it is listed again after it was gone."""
    known = scratch(server, diary)
    server.answers = [made(9), Heard(why="no answer")]
    await known.create("a create", WANT)
    with pytest.raises(NotUnderstood):
        await known.create("a create", WANT)

    def shown(*numbers: int) -> Shown:
        return Shown(heard=answer(), sets={number: listed(number, WANT.name.upper()) for number in numbers})

    server.answers = [
        answer({"backupsetProperties": [{"backupSetEntity": {"backupsetId": 9, "backupsetName": WANT.name}}]})
    ]
    await known.look(9)
    assert [intent.answered for intent in known.intents] == [False]
    known.forget(9)
    assert set(known.own_in(shown(9))) == {9}
    assert len(known.intents) == 1
    assert set(known.own_in(shown(9, 10))) == {9, 10}
    assert known.intents == []
    assert diary.left().known == {9, 10}


async def test_an_id_that_proved_to_be_anothers_leaves_the_create_open(server: Recorder, diary: Diary) -> None:
    """What the create did make may be listed yet."""
    known, server.answers = scratch(server, diary), [made(9)]
    await known.create("a create", WANT)
    known.forget(9)
    known.own_in(Shown(heard=answer(), sets={10: listed(10, WANT.name)}))

    assert known.intents == []
    assert known.left.made == {10: WANT.name}


async def test_only_a_clean_up_goes_on_without_its_diary(
    server: Recorder, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it deletes is known to the diary as made, and whoever cleans up next finds it gone."""

    def full(*_facts: object) -> None:
        raise StorageError("the disk is full")

    known, own = scratch(server, diary), listed(9, WANT.name)
    monkeypatch.setattr(Diary, "_write", full)
    with pytest.raises(StorageError):
        await known.create("a create", WANT)
    with pytest.raises(StorageError):
        await known.delete(own)
    assert server.asked == []

    known.cleaning, server.answers = True, [refused(), answer({"response": [{"errorCode": 0}]})]
    await known.delete(own)
    assert known.deleted == set()
    await known.delete(own)
    known.end()
    assert known.deleted == {9}
    assert str(known.unrecorded) == "the disk is full"
