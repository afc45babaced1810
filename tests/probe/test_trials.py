"""What is tried, how many sets that makes at most, and where it stops."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.probe.answers import Heard
from bulkprov.probe.execute import Probed
from bulkprov.probe.findings import Findings
from bulkprov.probe.trials import Trials
from tests.probe.probing import MAKES, Stage, answer, answering, made, on_stage, probed, refused

NAMES = replace(MAKES, names=True)
Truly = Callable[[], Awaitable[Heard]]


def most_at_once(folder: Path, **settings: object) -> tuple[Probed, int, int]:
    """A probe of a server that makes a set of whatever it is asked for; how many there were at once, and creates."""
    peaks = Counter[str]()

    def want(self: Trials, name: str, **_elsewhere: str) -> BackupSet:
        return really_want(self, name)

    async def play(stage: Stage) -> tuple[Probed, int]:
        before = len(stage.sets_by_id())

        async def counts(_request: str, truly: Truly) -> Heard:
            heard = await truly()
            peaks["sets"] = max(peaks["sets"], len(stage.sets_by_id()) - before)
            return heard

        with answering(counts):
            return await stage.probe(NAMES), stage.simulator.statistics.creates

    really_want = Trials._want
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Trials, "_want", want)
        ended, creates = on_stage(folder, play, **settings)
    return ended, peaks["sets"], creates


def test_at_most_five_sets_are_made_and_one_more_for_each_name(tmp_path: Path) -> None:
    """Even where every create makes one, since the server minds neither name nor client, agent, instance or plan."""
    ended, most, creates = most_at_once(tmp_path, refuse_duplicates=False)

    assert (most, creates) == (6, 8)
    assert [each.end for each in ended.findings.unknown.values()] == ["made", "skipped", "skipped", "skipped"]
    assert [each.end for each in ended.findings.names] == ["kept", "kept", "kept"]
    assert ended.cleaned_up.left == []


def test_creates_that_are_answered_with_an_id_that_is_known_count_as_well(tmp_path: Path) -> None:
    """They may have made a set all the same."""

    async def play(stage: Stage) -> tuple[Probed, int]:
        first: list[int] = []

        async def answers(request: str, truly: Truly) -> Heard | None:
            if not request.startswith("POST"):
                return None
            await truly()
            first.append(max(each.id for each in stage.simulator.backupsets()))
            return made(first[0])

        with answering(answers):
            return await stage.probe(), len(first)

    ended, creates = on_stage(tmp_path, play, refuse_duplicates=False)

    assert creates == 5
    assert [each.end for each in ended.findings.unknown.values()] == ["same", "skipped", "skipped", "skipped"]
    assert ended.cleaned_up.left == []


def test_where_a_delete_is_refused_no_further_name_is_tried(tmp_path: Path) -> None:
    """There would be more sets than one at a time, and nobody to delete them."""

    async def play(stage: Stage) -> Probed:
        async def answers(request: str, _truly: Truly) -> Heard | None:
            return refused("No rights.", 5) if request.startswith("DELETE") else None

        with answering(answers):
            return await stage.probe(NAMES)

    ended = on_stage(tmp_path, play)

    assert ended.findings.stopped == 'a delete was refused with errorCode 5 "No rights."'
    assert ended.findings.deleted
    assert len(ended.cleaned_up.left) == 2


LISTED = "GET Backupset {'clientId'"
READ = "GET Backupset/931"
THEIRS = {"backupsetProperties": [{"backupSetEntity": {"backupsetId": 931, "backupsetName": "Theirs"}}]}


def stopped(folder: Path, asked: str, instead: Heard | None, *, first: int = 1, after: str = "") -> Findings:
    """The findings of a probe that is given another answer to some requests; all that it made is deleted.

    Args:
        folder: for its files.
        asked: what these requests have in them.
        instead: the answer; None for the one of the set that was there before.
        first: the first of these requests that it is given to; those after that are answered truly, too, if it is 1.
        after: what a request before them has in it.
    """

    async def play(stage: Stage) -> Findings:
        before, asked_before, seen = stage.sets(), not after, 0
        other = made(stage.id_of("theirs"))

        async def answers(request: str, truly: Truly) -> Heard | None:
            nonlocal asked_before, seen
            heard = await truly()
            asked_before = asked_before or after in request
            seen += asked in request and asked_before
            return (instead or other) if asked in request and asked_before and seen == first else heard

        with answering(answers):
            ended = await stage.probe(NAMES)
        assert stage.sets() == before
        assert ended.cleaned_up.left == []
        return ended.findings

    return on_stage(folder, play)


@pytest.mark.parametrize(
    ("asked", "instead", "words"),
    [
        ("POST", answer(b"<html>Sorry</html>", 503), "a create: HTTP 503 with a web page"),
        ("POST", refused("No rights.", 5), 'a create was refused with errorCode 5 "No rights."'),
        ("POST", answer({"errorMessage": "No."}, 403), 'a create was refused with HTTP 403 "No."'),
        ("POST", answer(b"", 429), "a create: HTTP 429 with an empty body"),
        (
            "POST",
            answer({"response": [{"errorCode": 0, "entity": {"backupsetId": 931, "clientId": 99}}]}),
            "a create was answered with the id of another client",
        ),
        ("POST", None, "a create was answered with the id of a set that was there before"),
        ('_p"', Heard(why="no answer"), "a create with a plan that does not exist: no answer"),
        (
            '_p"',
            None,
            "a create with a plan that does not exist was answered with the id of a set that was there before",
        ),
        ("_nx", made(931), "a create of a name with 200 characters was answered with the id of another set"),
        (READ, answer(THEIRS), "a read by the id of a new set shows another set"),
        ("DELETE", answer(b"", 202), "a delete: HTTP 202 with an empty body"),
    ],
)
def test_what_a_run_would_not_understand_ends_it(tmp_path: Path, asked: str, instead: Heard | None, words: str) -> None:
    """With a line that says what was asked, and what was answered."""
    assert stopped(tmp_path, asked, instead).stopped == words


@pytest.mark.parametrize(
    ("asked", "instead", "after", "words"),
    [
        (LISTED, answer({"errorCode": 5, "errorMessage": "No."}, 500), "POST", 'answered with HTTP 500 with "No."'),
        (READ, answer({}), "DELETE Backupset/934", "no longer shown by its id before it is deleted"),
        (READ, answer(THEIRS), "DELETE Backupset/931", "a read by the id of a new set shows another set"),
    ],
)
def test_a_look_that_cannot_be_right_ends_it(
    tmp_path: Path, asked: str, instead: Heard, after: str, words: str
) -> None:
    """At any time: what follows would be built on it."""
    assert words in stopped(tmp_path, asked, instead, after=after).stopped


def test_a_new_set_that_is_never_shown_by_its_id_is_not_taken_for_one_of_any_name(tmp_path: Path) -> None:
    """Its name cannot be read back, and it could not be looked at before it is deleted."""

    async def play(stage: Stage) -> Probed:
        async def answers(request: str, _truly: Truly) -> Heard | None:
            return answer({}) if request.startswith("GET Backupset/932") else None

        with answering(answers):
            return await stage.probe(NAMES)

    ended = on_stage(tmp_path, play)

    assert ended.findings.stopped == "a new set is not shown by its id"
    assert ended.cleaned_up.left == []


def test_where_all_long_names_are_refused_the_special_ones_are_tried_still(tmp_path: Path) -> None:
    """The shortest length that is tried is not the limit of all names."""
    names = probed(tmp_path, NAMES, name_length=50).findings.names

    assert [each.end for each in names] == ["refused", "refused", "refused", "kept", "kept"]


def test_a_delete_that_is_refused_is_found(tmp_path: Path) -> None:
    """The set is there still, so that nothing is asked about its absence."""
    found = stopped(tmp_path, "DELETE", refused("No rights.", 5), first=4)

    assert (found.stopped, found.gone_read) == ("", "")
    assert found.deleted
    assert found.deleted.code == 5


@pytest.mark.parametrize(
    ("settings", "description"), [({}, "kept"), ({"descriptions": False}, "dropped"), ({"silent": True}, "")]
)
def test_a_description_is_kept_or_dropped_or_not_shown(
    tmp_path: Path, settings: dict[str, bool], description: str
) -> None:
    """Where a read by id does not say it, nothing is known of it."""

    async def play(stage: Stage) -> Probed:
        async def answers(_request: str, truly: Truly) -> Heard:
            heard = await truly()
            for each in (heard.tree or {}).get("backupsetProperties", []) if "silent" in settings else ():
                each.pop("commonBackupSet", None)
            return heard

        with answering(answers):
            return await stage.probe()

    ended = on_stage(tmp_path, play, **{name: value for name, value in settings.items() if name != "silent"})

    assert ended.findings.description == description


def test_blanks_that_are_kept_are_found_however_late_lists_are(tmp_path: Path) -> None:
    """They are read by the id of the set."""
    assert probed(tmp_path, name_blanks="kept", list_lag=12.0).findings.blanks_kept is True


@pytest.mark.parametrize("settings", [{"escaped_names": True}, {}])
def test_a_name_that_is_shown_with_escapes_is_kept(tmp_path: Path, settings: dict[str, bool]) -> None:
    """A run knows it again."""
    names = {each.sent: each.end for each in probed(tmp_path, NAMES, **settings).findings.names}

    assert names["& < > ' \" % + #"] == ("respelled" if settings else "kept")
    assert names["letters beyond ASCII"] == "kept"
