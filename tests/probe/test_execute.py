"""A probe as a whole: what it leaves behind, whatever ends it, and how fast it goes."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.errors import SettingsError
from bulkprov.probe.answers import Heard
from bulkprov.probe.diary import Diary
from bulkprov.probe.execute import Asked, Probed
from bulkprov.probe.findings import from_file
from bulkprov.probe.server import Server
from bulkprov.probe.trials import Trials
from tests.probe.probing import CLIENT, READS, KilledError, Stage, killed_at, on_stage, probed
from tests.simulation.machine import virtual_clock

MOMENTS = 200
"""More moments than a probe has at which it can be killed."""


def test_without_being_told_to_it_only_reads(tmp_path: Path) -> None:
    """Eight reads, and no set is made even for a moment."""

    async def play(stage: Stage) -> Probed:
        ended = await stage.probe(READS)
        assert stage.simulator.statistics.creates == 0
        return ended

    ended = on_stage(tmp_path, play)

    assert ended.requests == 8
    assert ended.findings.clients == 2
    assert ended.findings.created is None
    assert not (tmp_path / "probe" / "probe.sqlite").exists()


def test_it_makes_few_sets_and_few_requests_and_leaves_nothing(tmp_path: Path) -> None:
    """At most five sets, and some thirty requests, at most one a second."""
    times: list[float] = []
    really_ask = Server._ask

    async def ask(self: Server, *words: str, **more: object) -> Heard:
        answer = await really_ask(self, *words, **more)  # type: ignore[arg-type]
        times.append(virtual_clock())
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Server, "_ask", ask)
        ended = probed(tmp_path, refuse_duplicates=False)

    assert ended.left == []
    assert len(times) == ended.requests <= 45
    assert all(later - earlier > 0.99 for earlier, later in pairwise(times))


def test_at_most_five_sets_are_made(tmp_path: Path) -> None:
    """Even where every create makes one, since the server minds neither client nor agent, instance or plan."""

    def want(self: Trials, name: str, **_elsewhere: str) -> BackupSet:
        return really_want(self, name)

    async def play(stage: Stage) -> tuple[Probed, int]:
        return await stage.probe(), stage.simulator.statistics.creates

    really_want = Trials._want
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Trials, "_want", want)
        ended, creates = on_stage(tmp_path, play, refuse_duplicates=False)

    assert creates == 5
    assert [each.end for each in ended.findings.unknown.values()] == ["made", "skipped", "skipped", "skipped"]
    assert ended.left == []


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("settings", [{}, {"refuse_duplicates": False, "list_lag": 4.0}], ids=["well", "late lists"])
def test_killed_at_any_moment_and_said_again_it_leaves_nothing(
    tmp_path: Path, settings: dict[str, object], part: int
) -> None:
    """What the killed one made is deleted first, and no other set is touched."""
    seen: set[str] = set()
    for moment in range(part, MOMENTS, 4 if settings == {} else 12):
        folder = tmp_path / str(moment)
        folder.mkdir()

        async def play(stage: Stage, moment: int = moment) -> tuple[bool, str]:
            before = stage.sets()
            with killed_at(moment) as moments:
                try:
                    await stage.probe(name="killed")
                except KilledError:
                    pass
                else:
                    return False, ""
            again = await stage.probe(name="again")
            assert (stage.sets(), again.left) == (before, []), moments[-1]
            return True, moments[-1].split("{")[0]

        killed, where = on_stage(folder, play, **settings)
        seen.add(where)
        if not killed:
            break
    else:
        pytest.fail("a probe has more moments than that")

    assert len(seen) > 5


def test_a_probe_that_was_killed_is_named_and_cleaned_up_after_only_with_yes(tmp_path: Path) -> None:
    """A probe that reads deletes nothing."""

    async def play(stage: Stage) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
        before = stage.sets()
        with killed_at(40), pytest.raises(KilledError):
            await stage.probe(name="killed")
        left = stage.sets() - before
        await stage.probe(READS, name="reads")
        still = stage.sets() - before
        ended = await stage.probe(name="makes")
        assert ended.cleaned == [stage.folder / "killed"]
        return left, still, stage.sets() - before

    left, still, after = on_stage(tmp_path, play)

    assert left
    assert still == left
    assert after == set()


def test_interrupted_it_cleans_up(tmp_path: Path) -> None:
    """And says so; a second Ctrl-C would end it at once."""

    async def play(stage: Stage) -> tuple[Probed, bool]:
        before = stage.sets()
        task = asyncio.create_task(stage.probe())
        await asyncio.sleep(15)
        assert stage.sets() != before
        task.cancel()
        return await task, stage.sets() == before

    ended, clean = on_stage(tmp_path, play)

    assert clean
    assert ended.interrupted
    assert ended.findings.stopped == "stopped by the operator"


@pytest.mark.parametrize("fault", ["empty", "500-after", "html-after", "hollow-success", "202-after"])
def test_what_it_does_not_understand_ends_it_and_it_cleans_up(tmp_path: Path, fault: str) -> None:
    """No create and no delete is answered in a way that a run would understand; each may have been carried out."""

    async def play(stage: Stage) -> Probed:
        before = stage.sets()
        ended = await stage.probe()
        assert stage.sets() == before
        return ended

    ended = on_stage(tmp_path, play, fault={fault: 1.0})

    assert ended.findings.stopped.startswith("a create: HTTP")
    assert ended.left == []


def test_what_it_cannot_delete_is_named(tmp_path: Path) -> None:
    """With its id, its name and why; the next probe tries again."""

    async def play(stage: Stage) -> tuple[Probed, Probed]:
        before = stage.sets()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Server, "delete", refuse)
            first = await stage.probe(name="first")
        second = await stage.probe(name="second")
        assert stage.sets() == before
        return first, second

    async def refuse(_self: Server, _path: str) -> Heard:
        return Heard(status=403, why="a refusal", headers={})

    first, second = on_stage(tmp_path, play)

    assert [each.id for each in first.left] == [931]
    assert "HTTP 403" in first.left[0].why
    assert first.findings.stopped.startswith("a delete")
    assert second.left == []


def test_a_client_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """In one line."""

    async def play(stage: Stage) -> int:
        with pytest.raises(SettingsError, match="--client nowhere: the CommServe has no such client"):
            await stage.probe(Asked(client="nowhere", makes=True))
        return stage.simulator.statistics.creates

    assert on_stage(tmp_path, play) == 0


def test_the_file_has_no_name_and_no_secret(tmp_path: Path) -> None:
    """Neither the server's, nor the client's, nor a user's, nor that of a set; and it can be read again."""
    ended = probed(tmp_path, display_names=True)
    text = (tmp_path / "probe" / "probe.json").read_text()

    for name in (CLIENT, "commserve.invalid", "admin", "simulator", "theirs", "bulkprov_probe_"):
        assert name not in text
    assert json.loads(text)["format"] == 1
    assert from_file(tmp_path / "probe" / "probe.json") == ended.findings


def test_the_folder_of_a_probe_under_way_is_left_alone(tmp_path: Path) -> None:
    """Another process has its diary."""

    async def play(stage: Stage) -> Probed:
        (stage.folder / "other").mkdir()
        with Diary(stage.folder / "other"):
            return await stage.probe()

    assert on_stage(tmp_path, play).cleaned == []
