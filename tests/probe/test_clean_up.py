"""The end of a probe: what it made is deleted, nothing else is, and "nothing is left" is never said too early."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bulkprov.probe.answers import Heard
from bulkprov.probe.execute import Probed
from bulkprov.probe.server import Server
from tests.probe.probing import MAKES, Lie, Stage, answer, answering, made, on_stage, probed, refused

NAMES = replace(MAKES, names=True)
Truly = Callable[[], Awaitable[Heard]]


def with_lies(folder: Path, lie: Callable[[Stage], Lie], *, again: bool = False, **settings: Any) -> list[Probed]:
    """A probe that is told lies, and, if wanted, another that is not; the server's sets are as before in the end."""

    async def play(stage: Stage) -> list[Probed]:
        before = stage.sets()
        with answering(lie(stage)):
            ended = [await stage.probe(NAMES, "first")]
        ended += [await stage.probe(MAKES, "second")] if again else []
        assert stage.sets() == before
        return ended

    return on_stage(folder, play, **settings)


@pytest.mark.parametrize("victim", ["theirs", "bulkprov_probe_of_another"])
@pytest.mark.parametrize("which", ["_a", "_nxxx", "_s&"])
def test_a_set_of_another_is_left_alone_whatever_id_a_create_is_answered_with(
    tmp_path: Path, victim: str, which: str
) -> None:
    """Though it has just been read by that id; what the create really made is found in the list and deleted."""

    def lie(stage: Stage) -> Lie:
        async def answers(request: str, truly: Truly) -> Heard | None:
            if request.startswith("POST") and which in request:
                await truly()
                return made(stage.id_of(victim))
            return None

        return answers

    (ended,) = with_lies(tmp_path, lie)

    assert "another set" in ended.findings.stopped or "was there before" in ended.findings.stopped
    assert ended.cleaned_up.left == []
    assert set(ended.cleaned_up.others.values()) <= {victim}


@pytest.mark.parametrize("seconds", [0.5, 6.5])
@pytest.mark.parametrize("settings", [{"list_lag": 4.0, "read_lag": 3.0}, {"list_lag": 14.0, "read_lag": 14.0}])
def test_a_set_that_nothing_shows_yet_is_not_taken_for_gone(
    tmp_path: Path, settings: dict[str, float], seconds: float
) -> None:
    """Stopped after a create, while neither the list nor a read by id shows its set."""

    async def play(stage: Stage) -> Probed:
        before, task = stage.sets(), asyncio.create_task(stage.probe())
        for _ in range(1000):  # until the server has made it
            await asyncio.sleep(0.1 if stage.sets() == before else 0)
        await asyncio.sleep(seconds)
        task.cancel()
        ended = await task
        assert stage.sets() == before
        return ended

    assert on_stage(tmp_path, play, **settings).cleaned_up.left == []


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", ["_a", "_p"])
def test_a_create_that_takes_effect_late_is_waited_for(tmp_path: Path, name: str, again: bool) -> None:
    """Whether it was not answered, or refused; also the second create of a name, whose first is listed."""
    late: list[asyncio.Task[None]] = []

    def lie(_stage: Stage) -> Lie:
        async def answers(request: str, truly: Truly) -> Heard | None:
            if (
                request.startswith("POST")
                and f'{name}"' in request
                and (name != "_a" or late or "description" not in request)
            ):

                async def later() -> None:
                    await asyncio.sleep(8)
                    await truly()

                late.append(asyncio.create_task(later()))
                return refused() if again else Heard(why="no answer")
            return None

        return answers

    (ended,) = with_lies(tmp_path, lie, refuse_duplicates=False)

    assert late
    assert ended.cleaned_up.left == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        b"",
        {"backupsetProperties": []},
        {"backupsetProperties": [{"backupSetEntity": {"backupsetId": 17, "clientId": 99, "backupsetName": "x"}}]},
        {"errorCode": 5, "errorMessage": "Access denied"},
    ],
    ids=["no list", "no body", "no set", "another client's", "an error"],
)
def test_a_list_that_cannot_be_the_clients_proves_nothing(tmp_path: Path, body: Any) -> None:
    """What it lacks is not taken for gone, though it is deleted by its id; the next probe finishes that."""

    def lie(_stage: Stage) -> Lie:
        gone = []

        async def answers(request: str, _truly: Truly) -> Heard | None:
            gone.extend([request] if request.startswith("DELETE") else [])
            listing = request.startswith("GET Backupset ") and "clientId" in request
            return answer(body) if gone and listing else None

        return answers

    first, second = with_lies(tmp_path, lie, again=True)

    assert all(each.why.startswith("the client's list") for each in first.cleaned_up.left)
    assert first.cleaned_up.left
    assert second.cleaned_up.left == []
    assert second.cleaned == [tmp_path / "first"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", {"errorCode": 1, "errorMessage": "Internal error"}],
    ids=["no body", "page", "unclear error"],
)
def test_what_is_read_of_an_id_that_no_set_has_is_what_is_read_of_one_that_is_gone(tmp_path: Path, body: Any) -> None:
    """Where a server answers that in a way that tells nothing by itself."""

    def lie(stage: Stage) -> Lie:
        async def answers(request: str, _truly: Truly) -> Heard | None:
            number = request.removeprefix("GET Backupset/").partition(" ")[0]
            there = {str(each.id) for each in stage.simulator.backupsets()}
            return answer(body, 500) if number.isdigit() and number not in there else None

        return answers

    (ended,) = with_lies(tmp_path, lie)

    assert ended.cleaned_up.left == []
    assert ended.findings.gone_believed is False


def test_a_read_that_tells_nothing_is_no_proof(tmp_path: Path) -> None:
    """Where of an id that no set has something else is read."""

    def lie(_stage: Stage) -> Lie:
        gone: set[str] = set()

        async def answers(request: str, _truly: Truly) -> Heard | None:
            number = request.partition("/")[2].partition(" ")[0]
            gone.update([number] if request.startswith("DELETE") else [])
            return answer(b"") if request.startswith("GET") and number in gone else None

        return answers

    first, second = with_lies(tmp_path, lie, again=True)

    assert {each.why for each in first.cleaned_up.left} == {
        "the read by its id was answered with HTTP 200 with an empty body"
    }
    assert second.cleaned_up.left == []


def test_a_name_that_was_cut_to_nothing_that_tells_is_named_and_left(tmp_path: Path) -> None:
    """It may be the probe's set, and may be another's."""

    async def play(stage: Stage) -> tuple[Probed, list[str]]:
        ended = await stage.probe()
        return ended, [each.name for each in stage.simulator.backupsets() if each.name.startswith("bulkprov_probe_")]

    ended, there = on_stage(tmp_path, play, name_length=18, long_names="cut")

    assert "another set" in ended.findings.stopped
    assert [*ended.cleaned_up.others.values()] == [name for name in there if name != "bulkprov_probe_of_another"]


def test_a_name_that_was_cut_is_known_by_its_random_part(tmp_path: Path) -> None:
    """And the trials stop, since they would not be what they seem."""
    ended = probed(tmp_path, name_length=26, long_names="cut")

    assert "another name than the one that was sent" in ended.findings.stopped
    assert ended.cleaned_up.left == []


def test_a_set_that_was_renamed_meanwhile_is_left_and_named(tmp_path: Path) -> None:
    """Whoever gave it another name wants it."""

    def lie(_stage: Stage) -> Lie:
        created = []

        async def answers(request: str, truly: Truly) -> Heard | None:
            created.extend([request] if request.startswith("POST") else [])
            if len(created) < 5:
                return None
            heard = await truly()
            for each in (heard.tree or {}).get("backupsetProperties", []):
                if each["backupSetEntity"]["backupsetName"].endswith("_a"):
                    each["backupSetEntity"]["backupsetName"] = "Kept"
            return heard

        return answers

    async def play(stage: Stage) -> tuple[Probed, set[tuple[str, str]]]:
        before = stage.sets()
        with answering(lie(stage)):
            return await stage.probe(), stage.sets() - before

    ended, there = on_stage(tmp_path, play)

    assert [each.why for each in ended.cleaned_up.left] == ['it has the name "Kept" now']
    assert len(there) == 1


def test_a_delete_is_sent_once_while_its_effect_is_waited_for(tmp_path: Path) -> None:
    """A list that is late shows the set still."""
    sent: list[str] = []

    def lie(_stage: Stage) -> Lie:
        async def answers(request: str, _truly: Truly) -> Heard | None:
            sent.append(request)
            return answer(b"<html>", 503) if request.startswith("POST") and len(sent) > 15 else None

        return answers

    (ended,) = with_lies(tmp_path, lie, list_lag=12.0, read_lag=6.0)

    assert ended.findings.stopped
    assert ended.cleaned_up.left == []
    assert len([request for request in sent if request.startswith("DELETE")]) == 1


def test_what_makes_sets_forever_is_not_cleaned_up_after_forever(tmp_path: Path) -> None:
    """A server that shows another of the probe's sets in each list."""

    async def play(stage: Stage) -> Probed:
        shown = iter(range(1000, 10_000))

        async def answers(request: str, truly: Truly) -> Heard | None:
            path = request.split(" ")[1]
            if request.startswith("DELETE") and int(path.partition("/")[2]) >= 1000:
                return answer({"response": [{"errorCode": 0}]})
            if request.startswith("GET Backupset ") and "clientId" in request:
                heard = await truly()
                listed = (heard.tree or {})["backupsetProperties"]
                own = [each for each in listed if each["backupSetEntity"]["backupsetName"].startswith("bulkprov")]
                more = [
                    {"backupSetEntity": {**each["backupSetEntity"], "backupsetId": next(shown)}} for each in own[:1]
                ]
                return answer({"backupsetProperties": listed + more})
            return refused() if request.startswith("DELETE") else None

        with answering(answers):
            return await stage.probe()

    ended = on_stage(tmp_path, play)

    assert ended.requests < 400
    assert ended.cleaned_up.left


def test_a_set_whose_delete_fails_is_named(tmp_path: Path) -> None:
    """With its id, its name and why; the next probe deletes it before anything else, and makes nothing if it cannot."""

    async def play(stage: Stage) -> tuple[list[Probed], int]:
        before, ended = stage.sets(), []
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Server, "delete", refuse)
            ended += [await stage.probe(name="first"), await stage.probe(name="second")]
            creates = stage.simulator.statistics.creates
        ended.append(await stage.probe(name="third"))
        assert stage.sets() == before
        return ended, creates

    async def refuse(_self: Server, _path: str) -> Heard:
        return answer({"errorMessage": "No rights.", "errorCode": 5}, 403)

    (first, second, third), creates = on_stage(tmp_path, play)

    assert [each.id for each in first.cleaned_up.left] == [931]
    assert first.cleaned_up.left[0].why == 'its delete was answered with HTTP 403, errorCode 5 "No rights."'
    assert first.findings.deleted
    assert first.findings.deleted.http == 403
    assert second.cleaned_up.left == first.cleaned_up.left
    assert second.findings.stopped == "what an earlier probe has made could not be deleted"
    assert creates == 1
    assert third.cleaned == [tmp_path / "first"]
    assert third.cleaned_up.left == []
