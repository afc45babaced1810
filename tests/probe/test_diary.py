"""What a probe has done, on disk; and what is believed of a diary that anyone may have written."""

import json
import shutil
from pathlib import Path

import pytest

from bulkprov.errors import InUseError, RunError, StorageError
from bulkprov.probe.diary import Diary, Left, diaries_in, new_prefix, unfinished
from tests.probe.probing import CLIENT, ROOT, Stage, fill, on_stage

PREFIX = "bulkprov_probe_0123456789ab_"
DIARY = "probe.sqlite"


def begun(folder: Path, *, server: str = ROOT, prefix: str = PREFIX) -> Diary:
    """The diary of a probe that has begun, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    diary = Diary.new(folder)
    diary.begin(server=server, client=CLIENT, client_id=2, prefix=prefix, before=[1, 2])
    return diary


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """By another process too; what is gone or settled is left no more."""
    with begun(tmp_path) as diary:
        for name in "abcb":
            diary.creates(name)
        for name in "ab":
            diary.answered(name)
        diary.made(7, "a")
        diary.seen(7)
        diary.settled("a")
        diary.made(8, "b")
        diary.deletes(8)
        diary.gone(8)
    with Diary(tmp_path / DIARY) as diary:
        left = diary.left()

    assert left == Left(
        server=ROOT,
        client=CLIENT,
        client_id=2,
        prefix=PREFIX,
        before=frozenset((1, 2)),
        open=["c", "b"],
        answered=["b"],
        made={7: "a"},
        seen={7},
        known={7, 8},
    )
    assert not left.is_over


def test_a_probe_that_ended_or_made_nothing_is_over(tmp_path: Path) -> None:
    """Any other is not."""
    with Diary(tmp_path / DIARY) as diary:
        assert diary.left().is_over
    with begun(tmp_path) as diary:
        assert not diary.left().is_over
        diary.end()
        assert diary.left().is_over


def test_a_folder_may_have_several(tmp_path: Path) -> None:
    """So that nothing is forgotten of what the first may have left."""
    for _ in range(3):
        begun(tmp_path).close()

    assert [path.name for path in diaries_in(tmp_path)] == ["probe-2.sqlite", "probe-3.sqlite", "probe.sqlite"]
    assert len(list(unfinished([tmp_path], ROOT, lambda _line: None))) == 3


def test_only_one_process_has_it(tmp_path: Path) -> None:
    """Until it is closed."""
    with begun(tmp_path), pytest.raises(InUseError):
        Diary(tmp_path / DIARY)
    Diary(tmp_path / DIARY).close()


@pytest.mark.parametrize(
    "facts",
    [
        {"prefix": ""},
        {"prefix": "bulkprov_probe_"},
        {"prefix": "d"},
        {"prefix": "bulkprov_probe_0123456789ab_x"},
        {"prefix": 7},
        {"client_id": "2'"},
        {"before": ["x"]},
        {"before": 7},
        {"server": ["x"]},
        {"more": 1},
    ],
)
def test_a_diary_that_cannot_be_a_probes_is_not_believed(tmp_path: Path, facts: dict[str, object]) -> None:
    """A prefix that other sets have as well, above all: a clean-up would delete them."""
    true = {"server": ROOT, "client": CLIENT, "client_id": 2, "prefix": PREFIX, "before": [1]}
    with Diary(tmp_path / DIARY) as diary:
        diary._write("began", true | facts)
        with pytest.raises(RunError, match="is damaged: look for sets named bulkprov_probe_"):
            diary.left()


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("settled", {"name": "x"}),
        ("answered", {"name": "x"}),
        ("made", {"id": [], "name": "x"}),
        ("made", {"id": "x", "name": "x"}),
        ("made", {}),
        ("gone", []),
        ("odd", {}),
    ],
)
def test_an_entry_that_cannot_be_is_damage(tmp_path: Path, kind: str, facts: object) -> None:
    """It is one line, and no traceback."""
    with begun(tmp_path) as diary:
        diary._database.execute("INSERT INTO entry (kind, facts) VALUES (?, ?)", kind, json.dumps(facts))
        with pytest.raises(RunError, match="is damaged"):
            diary.left()


def test_a_hostile_diary_makes_a_probe_delete_nothing(tmp_path: Path) -> None:
    """One that claims all the client's sets, in the folder beside."""

    async def play(stage: Stage) -> None:
        before = stage.sets()
        begun(tmp_path / "planted", prefix="").close()
        with begun(tmp_path / "planted too", prefix=PREFIX) as diary:
            diary.made(stage.id_of("theirs"), f"{PREFIX}a")
            diary.made(stage.id_of("bulkprov_probe_of_another"), f"{PREFIX}b")
        await stage.probe()
        assert stage.sets() == before
        assert any("planted/probe.sqlite is damaged" in line for line in stage.said)

    on_stage(tmp_path, play)


def test_unfinished_probes_are_found_in_a_folder_and_in_those_below(tmp_path: Path) -> None:
    """Of this server, not those that ended or are under way; what cannot be read is named, and stops nothing."""
    begun(tmp_path).close()
    begun(tmp_path / "one").close()
    begun(tmp_path / "of another server", server="http://elsewhere.invalid").close()
    with begun(tmp_path / "ended") as ended:
        ended.end()
    for name, content in (("empty", b""), ("rubbish", b"rubbish" * 1000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / DIARY).write_bytes(content)
    said: list[str] = []
    with begun(tmp_path / "under way"):
        found = [
            (diary.path.parent, left.prefix) for diary, left in unfinished([tmp_path, tmp_path], ROOT, said.append)
        ]

    assert found == [(tmp_path / "one", PREFIX), (tmp_path, PREFIX)]
    assert len(said) == 1
    assert "rubbish/probe.sqlite" in said[0]
    with Diary(tmp_path / "one" / DIARY):  # it was let go of
        pass


def test_a_diary_that_others_can_write_is_left_out(tmp_path: Path) -> None:
    """They could choose what is deleted."""
    begun(tmp_path / "open").close()
    (tmp_path / "open" / DIARY).chmod(0o666)
    said: list[str] = []

    assert list(unfinished([tmp_path], ROOT, said.append)) == []
    assert "others can write it" in said[0]


def test_prefixes_are_of_one_form_and_never_the_same() -> None:
    """The random part makes the sets of a probe its own."""
    prefixes = {new_prefix() for _ in range(100)}

    assert len(prefixes) == 100
    assert {len(each) for each in prefixes} == {len(PREFIX)}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The disk is full, say."""
    with begun(tmp_path) as diary:
        fill(diary)
        with pytest.raises(StorageError, match=r"probe.sqlite cannot be written: .*full"):
            diary.creates("x" * 10_000)


def test_a_copy_of_a_diary_is_a_diary(tmp_path: Path) -> None:
    """Whatever folder it is in: the sets it names are looked for, and no others."""
    begun(tmp_path / "one").close()
    shutil.copytree(tmp_path / "one", tmp_path / "two")

    assert len(list(unfinished([tmp_path], ROOT, lambda _line: None))) == 2
