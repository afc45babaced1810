"""What must be true of each run where several act, and lists and answers are not what they seem: I1 to I3, I13 to I20.

Written from the promises to the operator, by the ledger, which no client sees. What cannot be promised is excused here
and nowhere else, each limit by a function of its own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Final, TypeAlias

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Status
from bulkprov.sheets.rows import Record, Result
from bulkprov.simulator import FAULTS, Effect
from tests.simulation.actors import OURS, SECOND
from tests.simulation.ledger import Ledger, Made, Sent
from tests.simulation.machine import EPOCH
from tests.simulation.weather import Weather, wanted

__all__ = ["Problem", "Scene", "deletions", "left_behind", "said_gone", "statuses", "unnamed"]

Problem: TypeAlias = tuple[str, str]
"""The name of a broken invariant, and what is wrong."""

_TWICE: Final = frozenset(
    name
    for name, fault in FAULTS.items()
    if fault.effect in (Effect.TWICE, Effect.TWICE_ANSWERED_FIRST, Effect.TWICE_AND_LATE) or name == "429-after"
)
"""A gateway delivers one request twice; with 429-after it passes on that the second one was turned away."""
_TURNED_AWAY: Final = frozenset(name for name in FAULTS if name.startswith("429")) | {"denied", "token-expired"}
"""After these a create counts as not taken: it is sent again without a look."""
_NOT_DELETED: Final = ("not rolled back: ", "was not deleted: ")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One run as it is reported, and the truth."""

    actor: str
    records: Sequence[Record]
    results: Sequence[Result]
    proven: frozenset[int]
    """Numbers of the rows whose sets the run calls its own for certain."""
    perhaps: frozenset[int]
    """Numbers of the rows whose sets are perhaps its own, as it says."""
    ledger: Ledger
    weather: Weather
    audited: bool
    """Whether the newest process came to its own end in fine weather, so that nothing is left to find out."""

    def rows(self) -> Iterator[tuple[int, Result, BackupSet]]:
        """Row number, result and wanted set of every row that is not invalid and repeats no other."""
        seen = set[str]()
        for number, (result, record) in enumerate(zip(self.results, self.records, strict=True), 1):
            want = wanted(record)
            if want and want.key not in seen:
                seen.add(want.key)
                yield number, result, want

    def of_ours(self, key: str) -> list[Made]:
        """The sets of that key that this run has made."""
        return [each for each in self.ledger.sets_of(key) if each.actor == self.actor]


# What cannot be promised


def _comes_too_late(scene: Scene, made: Made) -> bool:
    """A set that is committed, or listed, later than the settle time after its create arrived."""
    return made.listed_at - made.asked_at > scene.weather.settle


def _may_be_called_ours(scene: Scene, made: Made) -> bool:
    """Our own set; or one that another actor made between our newest known id and our create, and a server repeated."""
    if made.actor == scene.actor:
        return True
    sent = scene.ledger.sent.get((scene.actor, made.key), ())
    return scene.weather.server.idempotent and any(made.id > each.highest_known for each in sent)


def _bears_anothers_mark(scene: Scene, made: Made) -> bool:
    """A set that another bulkprov has made, on a server that keeps marks: its description says so."""
    return scene.weather.marks_are_kept and made.actor in (OURS, SECOND) and made.actor != scene.actor


def _delivered_twice(scene: Scene, key: str) -> int:
    """How many copies of our requests a gateway has delivered to a server that makes duplicates."""
    server = scene.weather.server
    if server.refuse_duplicates or server.idempotent:
        return 0
    return sum(each.fault in _TWICE for each in scene.ledger.sent.get((scene.actor, key), ()))


def _both_witnesses_are_stale(scene: Scene, made: Made) -> bool:
    """Both witnesses are stale for longer than the settle time, as a cut list is for what it never shows."""
    server, settle = scene.weather.server, scene.weather.settle
    lists_are = server.list_lag + server.list_replica_lag > settle or _is_unlisted(scene, made)
    return lists_are and server.read_lag + server.read_replica_lag > settle


def _is_unlisted(scene: Scene, made: Made) -> bool:
    """A set beyond the end of a cut list: its id cannot be known if the answer to its create was lost."""
    cut, until = scene.weather.server.list_cut, _until(made)
    gone = (each for each in scene.ledger.made.values() if each.client == made.client and not each.exists)
    deleted = sum(each.gone_at < until for each in gone)
    return bool(cut) and made.id in scene.ledger.on_client(made.client, until)[max(cut - deleted, 0) :]


def _until(made: Made) -> float:
    """Until when a set was there."""
    return inf if made.exists else made.gone_at


def _turned_away(scene: Scene, made: Made, sent: Sent) -> bool:
    """Whether a create was not carried out, as its sender was told: no look follows, and it is sent again.

    One without a fault may have come with a token that had expired. Where duplicates are allowed, it made no set then.
    """
    server = scene.weather.server
    if sent.fault or server.refuse_duplicates or server.idempotent:
        return sent.fault in _TURNED_AWAY
    return all(each.asked_at != sent.left_at for each in scene.ledger.sets_of(made.key))


def _cut_off(scene: Scene, made: Made, creates: int = 1) -> bool:
    """A set beyond the end of a cut list, which no set shows to be cut.

    One that the run was told it had made a little before a create left does: when that create has settled, no list may
    lack it any more.

    Args:
        scene: the run.
        made: the set.
        creates: which create is meant, counted from the newest that was looked for: the one that the look in question
            followed.
    """
    if not _is_unlisted(scene, made):
        return False
    if _both_witnesses_are_stale(scene, made):
        return True
    cut, on_client = scene.weather.server.list_cut, scene.ledger.on_client(made.client, _until(made))
    sent = [each for each in scene.ledger.sent.get((scene.actor, made.key), ()) if not _turned_away(scene, made, each)]
    known_by = sent[-creates:][0].left_at - 0.2 * scene.weather.settle if sent else inf
    told = {
        result.id
        for result in scene.results
        if result.status is Status.CREATED and result.error_code == 0 and result.id in on_client[cut:]
        if max(scene.ledger.made[result.id].at, (result.finished_at or 0) - EPOCH) < known_by
    }
    return not told or _highest_are_gone(scene, made, told, known_by)


def _highest_are_gone(scene: Scene, made: Made, told: set[int], known_by: float) -> bool:
    """Whether other actors have deleted the three newest sets of a client of which the run was told: it asks no more.

    Args:
        scene: the run.
        made: the set in question.
        told: ids of which it was told, and that are there.
        known_by: sets that were made later do not count.
    """
    gone = {
        each.id
        for each in scene.ledger.made_by(scene.actor)
        if each.client == made.client and not each.exists and each.at < known_by
    }
    return gone.issuperset(sorted(gone | told)[-3:])


# What must be true


def statuses(scene: Scene) -> Iterator[Problem]:
    """Every status is true."""
    for number, result, want in scene.rows():
        where = f"row {result.sheet_row} is {result.status} with id {result.id}"
        for invariant, words in chain(_of_row(scene, number, result, want), _made_once(scene, want)):
            yield invariant, f"{where}: {words}"
    if scene.audited:
        done = Counter(result.id or 0 for result in scene.results if result.status.done)
        for number, times in done.items():
            if times > 1:
                yield "I16", f"{times} rows report id {number}"


def _of_row(scene: Scene, number: int, result: Result, want: BackupSet) -> Iterator[Problem]:
    if number in scene.proven:
        yield from _proven(scene, result, want)
    elif scene.audited and result.status.done:
        yield from _unproven(scene, number, result, want)
    match result.status:
        case Status.CREATED | Status.EXISTS if scene.audited:
            yield from _there(scene, result, want)
        case Status.REJECTED | Status.FAILED:
            yield from _not_there(scene, want)
        case Status.PENDING if scene.of_ours(want.key):
            yield "I2", "the run has made it"
        case Status.PENDING if scene.ledger.sent.get((scene.actor, want.key)):
            yield "I18", "a create of it has left"
        case _:
            pass


def _proven(scene: Scene, result: Result, want: BackupSet) -> Iterator[Problem]:
    made = scene.ledger.made.get(result.id or 0)
    if made and made.key == want.key and not _may_be_called_ours(scene, made):
        yield "I13", f"it is called ours for certain, and {made.actor} made it"


def _unproven(scene: Scene, number: int, result: Result, want: BackupSet) -> Iterator[Problem]:
    """What the run has made it never takes for another's; and where marks are kept, an audit leaves nothing open."""
    made = scene.ledger.made.get(result.id or 0)
    if made is None or made.key != want.key or made.actor != scene.actor:
        return
    readable = made.exists and not _comes_too_late(scene, made)
    if scene.weather.marks_are_kept and readable:
        yield "I19", "the run has made it, it bears its mark, and it is not proven"
    elif number not in scene.perhaps:
        yield "I19", "the run has made it, and takes it for another's"


def _not_there(scene: Scene, want: BackupSet) -> Iterator[Problem]:
    for made in scene.ledger.sets_of(want.key):
        later = made.actor != scene.actor and _made_after(scene, made, want)
        if made.exists and not (later or _comes_too_late(scene, made) or _cut_off(scene, made)):
            yield "I15", f"the server has it under id {made.id}, made by {made.actor}"


def _there(scene: Scene, result: Result, want: BackupSet) -> Iterator[Problem]:
    made = scene.ledger.made.get(result.id or 0)
    if made is None or made.key != want.key:
        yield "I1", "no set of this name has ever had this id"
    elif made.gone_by == scene.actor:
        yield "I1", "the run itself has deleted it"
    elif result.status is Status.CREATED and not result.note and not _may_be_called_ours(scene, made):
        yield "I1", f"{made.actor} made it, and no note says that it may be another's"


def _made_after(scene: Scene, made: Made, want: BackupSet) -> bool:
    """Whether another actor made a set after the newest create of the run, so that no answer can tell of it."""
    return made.at > scene.ledger.left_at.get((scene.actor, want.key), made.at)


def _made_once(scene: Scene, want: BackupSet) -> Iterator[Problem]:
    sets = scene.of_ours(want.key)
    sets = [each for each in sets if each.exists or each.gone_at > sets[-1].at]  # not made again after it was deleted
    late = any(_comes_too_late(scene, each) or _cut_off(scene, each, creates=2) for each in sets)
    if len(sets) > 1 + _delivered_twice(scene, want.key) and not late:
        ids = ", ".join(str(each.id) for each in sets)
        yield "I3", f"the run has made it as {ids}"


def deletions(scene: Scene) -> Iterator[Problem]:
    """No set is deleted that another actor made."""
    for made in scene.ledger.deleted_by(scene.actor):
        if not _may_be_called_ours(scene, made) or _bears_anothers_mark(scene, made):
            yield "I13", f"id {made.id} was deleted, and {made.actor} made it"


def said_gone(scene: Scene) -> Iterator[Problem]:
    """What is said to be rolled back or gone does not exist."""
    for result in scene.results:
        made = scene.ledger.made.get(result.id or 0)
        gone = result.status in (Status.ROLLED_BACK, Status.GONE)
        if gone and made and made.exists and not _both_witnesses_are_stale(scene, made):
            yield "I14", f"row {result.sheet_row} is {result.status}, and id {made.id} is there"


def unnamed(scene: Scene, said: Sequence[str]) -> Iterator[Problem]:
    """What the run has made and its rollback has not deleted is named.

    Args:
        scene: after the rollback.
        said: what the rollback has said.
    """
    named = {result.id for result in scene.results}
    for words in (*said, *(result.note for result in scene.results)):
        named |= set(map(int, _NUMBER.findall(words)))
    unknown = {want.key for _, result, want in scene.rows() if result.status is Status.UNKNOWN and result.note}
    for made in scene.ledger.made_by(scene.actor):
        told = made.id in named or made.key in unknown  # no list told, and the row says that it may be there
        if made.exists and not (told or _comes_too_late(scene, made) or _is_unlisted(scene, made)):
            yield "I17", f"id {made.id} is left of what the run made, and is not named"


def left_behind(scene: Scene) -> Iterator[Problem]:
    """Where marks are kept, a rollback of an audited run deletes all that the run has made, or says why not."""
    if not scene.weather.marks_are_kept:
        return
    told = {
        want.key
        for _, result, want in scene.rows()
        if result.status is Status.UNKNOWN or any(words in result.note for words in _NOT_DELETED)
    }
    for made in scene.ledger.made_by(scene.actor):
        excused = made.key in told or _comes_too_late(scene, made) or _is_unlisted(scene, made)
        if made.exists and not excused:
            yield "I20", f"id {made.id} is left of what the run made, though it bears its mark"
