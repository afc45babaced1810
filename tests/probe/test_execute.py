"""A probe as a whole: what it leaves behind, whatever ends it, and how fast it goes."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest

from bulkprov.commvault.transport import Transport
from bulkprov.errors import ServerError, SettingsError
from bulkprov.probe.answers import Heard
from bulkprov.probe.diary import Diary
from bulkprov.probe.execute import Asked, Probed
from bulkprov.probe.findings import from_file
from bulkprov.probe.server import Server
from bulkprov.probe.trials import Trials
from bulkprov.simulator import EstateSet
from tests.probe.probing import (
    CLIENT,
    MAKES,
    READS,
    KilledError,
    Stage,
    answering,
    fill,
    killed_again_and_again,
    killed_at,
    moments_of,
    on_stage,
    refused,
)
from tests.simulation.machine import virtual_clock

Truly = Callable[[], Awaitable[Heard]]


def test_without_being_told_to_it_only_reads(tmp_path: Path) -> None:
    """Eight reads, a log-in and a log-out, and no set is made even for a moment."""

    async def play(stage: Stage) -> Probed:
        ended = await stage.probe(READS)
        assert stage.simulator.statistics.creates == 0
        return ended

    ended = on_stage(tmp_path, play)

    assert ended.requests == 10
    assert ended.findings.clients == 2
    assert ended.findings.created is None
    assert not (tmp_path / "probe" / "probe.sqlite").exists()


@pytest.mark.parametrize("token", ["Bearer abc-123", "Bearer-like"])
def test_with_a_given_token_a_dead_one_is_made_up(tmp_path: Path, token: str) -> None:
    """The session is the operator's: it is not ended, and no part of its token is in the other one."""
    dead: list[str] = []

    async def play(stage: Stage) -> Probed:
        async def ask(self: Server, method: str, path: str, **more: Any) -> Heard:
            dead.extend((more.get("token") or {}).values())
            return await really_ask(self, method, path, **more)

        really_ask = Server._ask
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Server, "_ask", ask)
            return await stage.probe(READS, token=token)

    ended = on_stage(tmp_path, play, access_tokens=("abc-123", "Bearer-like"))

    assert ended.findings.dead_token == "401"
    assert ended.requests == 8
    assert len(dead) == 1
    assert dead[0].startswith("Bearer ") is (" " in token)
    assert token.rpartition(" ")[2] not in dead[0]


@pytest.mark.parametrize("token", ["", "QSDK 00"])
def test_no_two_requests_leave_within_a_second(tmp_path: Path, token: str) -> None:
    """Neither those of signing in and out; and there are some forty of them."""
    times: list[float] = []

    async def exchange(self: Transport, *words: str, **more: Any) -> Any:
        times.append(virtual_clock())
        return await really_exchange(self, *words, **more)

    async def play(stage: Stage) -> Probed | None:
        if not token:
            return await stage.probe()
        with pytest.raises(ServerError, match="does not accept the token"):
            await stage.probe(token=token)
        return None

    really_exchange = Transport.exchange
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Transport, "exchange", exchange)
        ended = on_stage(tmp_path, play, refuse_duplicates=False)

    assert all(later - earlier > 0.999 for earlier, later in pairwise(times))
    if ended:
        assert ended.cleaned_up.left == []
        assert 35 < len(times) == ended.requests < 60


@pytest.mark.parametrize(
    ("settings", "later"),
    [({}, False), ({"refuse_duplicates": False, "list_lag": 4.0, "read_lag": 2.0}, True)],
    ids=["well", "late, with duplicates"],
)
def test_killed_at_any_kind_of_moment_and_said_again_it_leaves_nothing(
    tmp_path: Path, settings: dict[str, Any], later: bool
) -> None:
    """What the killed one made is deleted first, and no other set is touched.

    Each kind of moment has its turn, the first time that it comes or one in the middle; `tests.campaigns.probe_kills`
    takes all moments.
    """
    kinds = Counter(moments_of(tmp_path, **settings))
    deaths = [(count // 2 if later else 0, kind) for kind, count in kinds.items()]

    assert len(deaths) > 25
    assert killed_again_and_again(tmp_path, deaths, **settings) == []


def test_killed_while_it_cleans_up_it_leaves_nothing_either(tmp_path: Path) -> None:
    """The next one goes on with that."""
    deaths = [(60, ""), *((moment, "") for moment in (1, 4, 6, 9, 11, 14, 19, 25))]

    assert killed_again_and_again(tmp_path, deaths, refuse_duplicates=False, list_lag=4.0) == []


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


def test_stopped_after_the_last_delete_it_says_what_it_found(tmp_path: Path) -> None:
    """At the request with a dead token, say: all that was made is deleted."""

    async def play(stage: Stage) -> Probed:
        async def answers(request: str, _truly: Truly) -> Heard | None:
            if request.startswith("GET Client") and task and stage.said[-1] == "cleaning up":
                task[0].cancel()
            return None

        task: list[asyncio.Task[Probed]] = []
        with answering(answers):
            task.append(asyncio.create_task(stage.probe()))
            return await task[0]

    ended = on_stage(tmp_path, play)

    assert ended.interrupted
    assert ended.findings.deleted_again
    assert ended.findings.dead_token == ""


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
    assert ended.cleaned_up.left == []


def test_a_client_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """In one line."""

    async def play(stage: Stage) -> int:
        with pytest.raises(SettingsError, match="--client nowhere: the CommServe has no such client"):
            await stage.probe(Asked(client="nowhere", makes=True))
        return stage.simulator.statistics.creates

    assert on_stage(tmp_path, play) == 0


LEAKING = [
    "{} exists on scratch01.corp.example.com (scratch01 (3))",
    "id 931, instance SQL\\SCRATCH01, user ADMIN at commserve.invalid or COMMSERVE",
    "see https://commserve.invalid/x?token=QSDK%20abc, other01, 10.2.3.4 and \\\\filer\\logs",
    "made-up hosts db.corp.example.com, a@corp.example.com",
]


@pytest.mark.parametrize("wire", ["json", "xml"])
def test_the_file_has_no_name_and_no_secret(tmp_path: Path, wire: Literal["json", "xml"]) -> None:
    """Neither the server's, nor a client's, nor a user's, nor that of a set, whatever the server says in its words."""
    words = iter(LEAKING * 3)

    async def play(stage: Stage) -> Probed:
        async def answers(request: str, truly: Truly) -> Heard:
            heard = await truly()
            for each in (heard.tree or {}).get("response", []) if request.startswith("POST") and wire == "json" else []:
                if each["errorCode"]:
                    (name,) = re.findall('"backupsetName": ?"([^"]*)"', request)
                    return refused(next(words).format(name.upper()))
            return heard

        with answering(answers):
            return await stage.probe(replace(MAKES, names=True), wire=wire)

    ended = on_stage(tmp_path, play, display_names=True)
    text = (tmp_path / "probe" / "probe.json").read_text()

    for name in (CLIENT, "corp", "other01", "commserve", "admin", "simulator", "theirs", "bulkprov_probe_", "931"):
        assert name not in text.lower()
    assert not re.search(r"filer|10\.2|abc", text, re.IGNORECASE)
    assert json.loads(text)["format"] == 1
    assert from_file(tmp_path / "probe" / "probe.json") == ended.findings
    if wire == "json":
        assert "NAME exists on CLIENT (CLIENT" in str(ended.findings.repeated)


@pytest.mark.parametrize("when", ["GET CommServ", "POST", "GET Client "])
def test_the_file_does_not_say_where_the_server_was_that_went_away(tmp_path: Path, when: str) -> None:
    """Not even in why a request failed: with a dead token, or in a trial."""

    async def play(stage: Stage) -> Probed:
        seen: list[str] = []

        async def answers(request: str, _truly: Truly) -> Heard | None:
            seen.extend([request] if request.startswith(when) else [])
            gone = request.startswith(when) and len(seen) == (2 if when == "GET Client " else 1)
            return Heard(why="cannot connect to commserve.invalid:80: Connection refused") if gone else None

        with answering(answers):
            return await stage.probe()

    ended = on_stage(tmp_path, play)

    assert "commserve" not in (tmp_path / "probe" / "probe.json").read_text()
    told = {"POST": ended.findings.stopped, "GET Client ": ended.findings.dead_token}.get(when)
    assert told is None or "cannot connect to SERVER:80" in told


def test_the_folder_of_a_probe_under_way_is_left_alone(tmp_path: Path) -> None:
    """Another process has its diary."""

    async def play(stage: Stage) -> Probed:
        (stage.folder / "other").mkdir()
        with Diary.new(stage.folder / "other"):
            return await stage.probe()

    assert on_stage(tmp_path, play).cleaned == []


def test_with_a_full_disk_nothing_is_sent(tmp_path: Path) -> None:
    """The diary has to have a create before it leaves."""

    async def play(stage: Stage) -> tuple[Probed, int]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Diary, "creates", full_at(1))
            return await stage.probe(), stage.simulator.statistics.creates

    ended, creates = on_stage(tmp_path, play)

    assert creates == 0
    assert "full" in str(ended.unwritten)
    assert ended.findings.stopped == "the diary could not be written"


@pytest.mark.parametrize("kind", ["answered", "made", "seen", "deletes"])
def test_when_the_disk_is_full_later_what_was_made_is_deleted(tmp_path: Path, kind: str) -> None:
    """Though that cannot be written down: where it fails, the next probe finds it out."""

    async def play(stage: Stage) -> Probed:
        before = stage.sets()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Diary, kind, full_at(1, kind))
            ended = await stage.probe()
        assert stage.sets() == before
        again = await stage.probe(name="again")
        assert again.cleaned_up.left == []
        return ended

    ended = on_stage(tmp_path, play)

    assert ended.cleaned_up.left == []
    assert "full" in str(ended.unwritten)


def full_at(number: int, kind: str = "creates") -> Callable[..., None]:
    """An entry in the diary with which, from a certain time on, the disk is full."""
    write, times = getattr(Diary, kind), 0

    def fails(self: Diary, *facts: Any) -> None:
        nonlocal times
        times += 1
        if times == number:
            fill(self)
            self._write("filler", {"x": "x" * 10_000})
        write(self, *facts)

    return fails


def test_a_bug_is_told_once_what_was_made_is_deleted(tmp_path: Path) -> None:
    """And what could not be deleted is said before."""

    async def bug(_self: Trials) -> None:
        raise ZeroDivisionError

    async def play(stage: Stage) -> list[str]:
        before = stage.sets()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Trials, "_create_nowhere", bug)
            with pytest.raises(ZeroDivisionError):
                await stage.probe()
            assert stage.sets() == before

            async def answers(request: str, _truly: Truly) -> Heard | None:
                return refused() if request.startswith("DELETE") else None

            with answering(answers), pytest.raises(ZeroDivisionError):
                await stage.probe(name="second")
        return stage.said

    assert on_stage(tmp_path, play)[-1].startswith("left behind: id 932, bulkprov_probe_")


def test_findings_that_cannot_be_written_are_told_all_the_same(tmp_path: Path) -> None:
    """A folder is in the way, say."""

    async def play(stage: Stage) -> Probed:
        (stage.folder / "probe").mkdir()
        (stage.folder / "probe" / "probe.json").mkdir()
        return await stage.probe(READS)

    ended = on_stage(tmp_path, play)

    assert "probe.json cannot be written" in str(ended.unwritten)
    assert ended.findings.clients == 2
    assert [each.name for each in (tmp_path / "probe").iterdir()] == ["probe.json"]


def test_said_again_in_the_same_folder_it_goes_on_there(tmp_path: Path) -> None:
    """What was killed is cleaned up after, and nothing of it is forgotten in a new diary."""

    async def play(stage: Stage) -> Probed:
        before = stage.sets()
        for moment in (60, 75):
            with killed_at(moment), pytest.raises(KilledError):
                await stage.probe()
        ended = await stage.probe()
        assert stage.sets() == before
        return ended

    ended = on_stage(tmp_path, play, list_lag=4.0)

    assert set(ended.cleaned) == {tmp_path / "probe"}
    assert ended.findings.stopped == ""


@pytest.mark.parametrize("same", [False, True])
def test_a_create_without_an_answer_is_looked_for_once_more(tmp_path: Path, same: bool) -> None:
    """By the next probe, in the same folder or another: it may have taken effect long after the first has ended."""

    async def play(stage: Stage) -> list[Probed]:
        before, sent = stage.sets(), list[str]()

        async def answers(request: str, _truly: Truly) -> Heard | None:
            sent.extend(re.findall('"backupsetName": ?"([^"]*)"', request))
            return Heard(why="no answer") if request.startswith("POST") else None

        with answering(answers):
            ended = [await stage.probe()]
        stage.simulator.create(EstateSet(client=CLIENT, name=sent[0]))
        ended += [await stage.probe(name=name) for name in (["probe"] * 2 if same else ["second", "third"])]
        assert stage.sets() == before
        return ended

    lost, second, third = on_stage(tmp_path, play)

    assert (lost.cleaned_up.left, len(lost.cleaned_up.unanswered)) == ([], 1)
    assert (second.cleaned, second.cleaned_up.unanswered) == ([tmp_path / "probe"], [])
    assert third.cleaned == []


def test_a_killed_create_is_told_until_it_is_looked_for_twice(tmp_path: Path) -> None:
    """The probe that cleans up after it cannot know whether it left."""

    async def play(stage: Stage) -> list[Probed]:
        with killed_at(0, "before POST Backupset "), pytest.raises(KilledError):
            await stage.probe()
        return [await stage.probe(), await stage.probe(name="second"), await stage.probe(name="third")]

    first, second, third = on_stage(tmp_path, play)

    assert (first.findings.stopped, len(first.cleaned_up.unanswered)) == ("", 1)
    assert (second.cleaned, second.cleaned_up.unanswered) == ([tmp_path / "probe"], [])
    assert third.cleaned == []
