"""The checks of `promises`: each finds its broken promise, and each limit excuses no more than it says."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bulkprov.engine.model import Status
from bulkprov.sheets.rows import Record, Result
from bulkprov.simulator import EstateSet, Simulator
from tests.simulation.actors import ACTOR, OPERATOR, OURS, SECOND, acting_as
from tests.simulation.ledger import Ledger, Sent
from tests.simulation.machine import virtual_clock
from tests.simulation.promises import Problem, Scene, deletions, left_behind, said_gone, statuses, unnamed
from tests.simulation.traits import KINDS, crowded, draw_traits, kinds_of, spelled
from tests.simulation.weather import Weather, draw_sheet, draw_weather, wanted
from tests.simulator.virtual_time import run_virtually

CELLS = ("client001", "File System", "DefaultInstanceName", "wave-0-1", "")
RECORD = Record(sheet_row=2, cells=CELLS)
WANT = wanted(RECORD)
CALM = draw_weather(Random("calm"))


def weather(**server: Any) -> Weather:
    """Weather with a server of this kind, and a settle time of 10 s."""
    kind = {"refuse_duplicates": True, "late_seconds": 0.0, "estate": (EstateSet(client="client001"),), **server}
    return replace(CALM, timeout=20.0, server=replace(CALM.server, **kind))


class Stage:
    """A server on which sets are made by hand, in the name of any actor."""

    def __init__(self, here: Weather) -> None:
        server = here.server
        self.simulator = Simulator(server, clock=virtual_clock)
        lag = server.list_lag + server.list_replica_lag
        self.ledger = Ledger(self.simulator, ACTOR.get, list_lag=lag, late=server.late_seconds)
        self.weather = here

    def make(self, actor: str, *, fault: str = "", known: int = 0, name: str = CELLS[3]) -> int:
        """A create of an actor arrives and is processed; its id."""
        assert WANT
        now = asyncio.get_running_loop().time()
        if name == CELLS[3]:
            self.ledger.sent[actor, WANT.key].append(Sent(now, fault, known))
            self.ledger.arrived_at[actor, WANT.key] = self.ledger.left_at[actor, WANT.key] = now
        with acting_as(actor):
            return self.simulator.create(EstateSet(client=CELLS[0], name=name))

    def delete(self, actor: str, number: int) -> None:
        """An actor deletes a set."""
        with acting_as(actor):
            self.simulator.remove(number)

    def scene(
        self, status: Status, number: int | None, *, proven: bool = False, perhaps: bool = True, **result: Any
    ) -> Scene:
        """Our run, which reports its one row so; it is perhaps its own, if nothing else is said."""
        told = Result(cells=CELLS, status=status, id=number, sheet_row=2, **result)
        return Scene(
            actor=OURS,
            records=[RECORD],
            results=[told],
            proven=frozenset({1} if proven else ()),
            perhaps=frozenset({1} if perhaps and not proven else ()),
            ledger=self.ledger,
            weather=self.weather,
            audited=True,
        )


def names(check: Callable[[Stage], Iterator[Problem]], **server: Any) -> set[str]:
    """The invariants that a check finds broken, on a server of this kind."""

    async def main() -> set[str]:
        stage = Stage(weather(**server))
        try:
            return {name for name, _ in check(stage)}
        finally:
            await stage.simulator.stop()

    return run_virtually(main)


def _wrong_id(stage: Stage) -> Iterator[Problem]:
    stage.make(OURS)
    yield from statuses(stage.scene(Status.CREATED, stage.make(OURS, name="another")))


def _anothers(stage: Stage, note: str = "") -> Iterator[Problem]:
    number = stage.make(OPERATOR)
    stage.make(OURS)
    yield from statuses(stage.scene(Status.CREATED, number, note=note))


def _deleted_by(stage: Stage, actor: str) -> Iterator[Problem]:
    number = stage.make(OURS)
    stage.delete(actor, number)
    yield from statuses(stage.scene(Status.CREATED, number))


def _refused(stage: Stage, *makers: str) -> Iterator[Problem]:
    for maker in makers:
        stage.make(maker)
    yield from statuses(stage.scene(Status.REJECTED, None))


def _refused_then_made(stage: Stage) -> Iterator[Problem]:
    assert WANT
    stage.ledger.left_at[OURS, WANT.key] = asyncio.get_running_loop().time() - 1
    yield from _refused(stage, OPERATOR)


def _beyond_the_cut(stage: Stage, *, told_before: bool, newer_and_gone: int = 0) -> Iterator[Problem]:
    other = stage.make(OURS, name="another")
    for number in range(newer_and_gone):
        gone = stage.make(OURS, name=f"gone {number}")
        stage.ledger.made[gone].at -= 3
        stage.delete(OPERATOR, gone)
    stage.make(OURS)
    scene = stage.scene(Status.REJECTED, None)
    made = stage.ledger.made[other]
    made.at -= 3 if told_before else 1
    cells = (*CELLS[:3], "another", "")
    told = Result(cells=cells, status=Status.CREATED, id=other, error_code=0, sheet_row=3)
    records = [RECORD, Record(sheet_row=3, cells=cells)]
    yield from statuses(replace(scene, records=records, results=[*scene.results, told], perhaps=frozenset({2})))


def _pending(stage: Stage, *, made: bool) -> Iterator[Problem]:
    number = stage.make(OURS)
    if not made:
        stage.delete(OPERATOR, number)
        stage.ledger.made[number].actor = OPERATOR
    yield from statuses(stage.scene(Status.PENDING, None))


def _made_often(stage: Stage, times: int, fault: str = "") -> Iterator[Problem]:
    numbers = [stage.make(OURS, fault=fault if number == 0 else "") for number in range(times)]
    yield from statuses(stage.scene(Status.CREATED, numbers[-1]))


def _made_again(stage: Stage) -> Iterator[Problem]:
    stage.delete(OPERATOR, stage.make(OURS))
    yield from _made_often(stage, 1)


def _made_again_beyond_the_cut(stage: Stage) -> Iterator[Problem]:
    first, second = stage.make(OURS), stage.make(OURS)
    for number in (first, second):
        stage.delete(OPERATOR, number)
        stage.ledger.made[number].gone_at += 1
    yield from statuses(stage.scene(Status.CREATED, second))


def _proven(stage: Stage, maker: str, known: int = 0) -> Iterator[Problem]:
    number = stage.make(maker)
    stage.make(OURS, known=known)
    yield from statuses(stage.scene(Status.CREATED, number, proven=True, note="perhaps"))


def _marked(check: Callable[[Stage], Iterator[Problem]]) -> Callable[[Stage], Iterator[Problem]]:
    """The same where creates carry marks."""

    def marked(stage: Stage) -> Iterator[Problem]:
        stage.weather = replace(stage.weather, mark=True)
        yield from check(stage)

    return marked


def _unproven(stage: Stage, maker: str = OURS, **evidence: bool) -> Iterator[Problem]:
    number = stage.make(maker)
    yield from statuses(stage.scene(Status.EXISTS, number, **evidence))


def _unproven_and_deleted(stage: Stage) -> Iterator[Problem]:
    number = stage.make(OURS)
    stage.delete(OPERATOR, number)
    yield from statuses(stage.scene(Status.CREATED, number))


def _deletes(stage: Stage, maker: str) -> Iterator[Problem]:
    stage.delete(OURS, stage.make(maker))
    yield from deletions(stage.scene(Status.ROLLED_BACK, None))


def _deletes_what_was_answered(stage: Stage, maker: str) -> Iterator[Problem]:
    number = stage.make(maker)
    stage.make(OURS)
    stage.delete(OURS, number)
    yield from deletions(stage.scene(Status.ROLLED_BACK, None))


def _left_behind(stage: Stage, status: Status = Status.CREATED, **result: Any) -> Iterator[Problem]:
    stage.make(OURS)
    yield from left_behind(stage.scene(status, None, **result))


def _said_gone(stage: Stage, status: Status = Status.ROLLED_BACK) -> Iterator[Problem]:
    yield from said_gone(stage.scene(status, stage.make(OURS)))


def _left(stage: Stage, status: Status = Status.CREATED, words: str = "", said: str = "") -> Iterator[Problem]:
    number = stage.make(OURS)
    yield from unnamed(stage.scene(status, None, note=words.format(number)), [said.format(number)])


BOTH_STALE = {"list_lag": 11.0, "read_replica_lag": 11.0}
DUPLICATES = {"refuse_duplicates": False}
IDEMPOTENT = {"idempotent": True}
CASES: list[tuple[Callable[[Stage], Iterator[Problem]], dict[str, Any], set[str]]] = [
    (_wrong_id, {}, {"I1"}),
    (_anothers, {}, {"I1"}),
    (lambda stage: _anothers(stage, "perhaps by another"), {}, set()),
    (lambda stage: _deleted_by(stage, OURS), {}, {"I1"}),
    (lambda stage: _deleted_by(stage, OPERATOR), {}, set()),
    (_refused, {}, set()),
    (lambda stage: _refused(stage, OURS), {}, {"I15"}),
    (lambda stage: _refused(stage, OPERATOR, OURS), {}, {"I15"}),
    (_refused_then_made, {}, set()),
    (lambda stage: _refused(stage, OURS), {"list_lag": 9.0}, {"I15"}),
    (lambda stage: _refused(stage, OURS), {"list_lag": 11.0}, set()),
    (lambda stage: _beyond_the_cut(stage, told_before=True), {"list_cut": 1}, {"I15"}),
    (lambda stage: _beyond_the_cut(stage, told_before=False), {"list_cut": 1}, set()),
    (lambda stage: _beyond_the_cut(stage, told_before=True), {"list_cut": 1, "read_replica_lag": 11.0}, set()),
    (lambda stage: _beyond_the_cut(stage, told_before=True), {"list_cut": 1, "read_replica_lag": 9.0}, {"I15"}),
    (lambda stage: _beyond_the_cut(stage, told_before=True, newer_and_gone=2), {"list_cut": 1}, {"I15"}),
    (lambda stage: _beyond_the_cut(stage, told_before=True, newer_and_gone=3), {"list_cut": 1}, set()),
    (lambda stage: _pending(stage, made=True), {}, {"I2"}),
    (lambda stage: _pending(stage, made=False), {}, {"I18"}),
    (lambda stage: _made_often(stage, 2), DUPLICATES, {"I3"}),
    (lambda stage: _made_often(stage, 2, "double-apply"), DUPLICATES, set()),
    (lambda stage: _made_often(stage, 3, "double-apply"), DUPLICATES, {"I3"}),
    (_made_again_beyond_the_cut, DUPLICATES | {"list_cut": 1}, set()),
    (_made_again_beyond_the_cut, DUPLICATES, {"I3"}),
    (_made_again, {}, set()),
    (lambda stage: _proven(stage, OURS), {}, set()),
    (lambda stage: _proven(stage, SECOND), {}, {"I13"}),
    (lambda stage: _proven(stage, SECOND), {"idempotent": True}, set()),
    (lambda stage: _proven(stage, SECOND, known=5_000), {"idempotent": True}, {"I13"}),
    (lambda stage: _deletes(stage, OURS), {}, set()),
    (lambda stage: _deletes(stage, SECOND), {}, {"I13"}),
    (_said_gone, {}, {"I14"}),
    (lambda stage: _said_gone(stage, Status.GONE), {}, {"I14"}),
    (_said_gone, {"list_lag": 11.0}, {"I14"}),
    (_said_gone, BOTH_STALE, set()),
    (_said_gone, {"list_cut": 1}, {"I14"}),
    (_said_gone, {"list_cut": 1, "read_lag": 11.0}, set()),
    (_left, {}, {"I17"}),
    (lambda stage: _left(stage, words="another one (id {})"), {}, set()),
    (lambda stage: _left(stage, said="left: id {}"), {}, set()),
    (lambda stage: _left(stage, Status.UNKNOWN, words="no list"), {}, set()),
    (_left, {"list_lag": 11.0}, set()),
    (_unproven, {}, set()),
    (lambda stage: _unproven(stage, perhaps=False), {}, {"I19"}),
    (lambda stage: _unproven(stage, OPERATOR, perhaps=False), {}, set()),
    (_marked(_unproven), {}, {"I19"}),
    (_marked(_unproven), {"descriptions": False}, set()),
    (_marked(_unproven), {"list_lag": 11.0}, set()),
    (_marked(_unproven_and_deleted), {}, set()),
    (_marked(lambda stage: _unproven(stage, OPERATOR)), {}, set()),
    (_marked(lambda stage: _unproven(stage, proven=True)), {}, set()),
    (_marked(lambda stage: _deletes_what_was_answered(stage, SECOND)), IDEMPOTENT, {"I13"}),
    (_marked(lambda stage: _deletes_what_was_answered(stage, OPERATOR)), IDEMPOTENT, set()),
    (lambda stage: _deletes_what_was_answered(stage, SECOND), IDEMPOTENT, set()),
    (_left_behind, {}, set()),
    (_marked(_left_behind), {}, {"I20"}),
    (_marked(_left_behind), {"descriptions": False}, set()),
    (_marked(_left_behind), {"list_lag": 11.0}, set()),
    (_marked(lambda stage: _left_behind(stage, note="not rolled back: refused")), {}, set()),
    (_marked(lambda stage: _left_behind(stage, note="id 9 was not deleted: refused")), {}, set()),
    (_marked(lambda stage: _left_behind(stage, Status.UNKNOWN)), {}, set()),
]
"""A history with its report, a kind of server, and the broken invariants."""


@pytest.mark.parametrize(("check", "server", "broken"), CASES)
def test_a_broken_promise_is_found_and_a_limit_excused(
    check: Callable[[Stage], Iterator[Problem]], server: dict[str, Any], broken: set[str]
) -> None:
    """Each invariant is broken by the history that breaks it, and by none that stays within what is promised."""
    assert names(check, **server) == broken


def test_no_two_rows_may_report_one_id() -> None:
    """Whatever their names are."""

    def check(stage: Stage) -> Iterator[Problem]:
        scene = stage.scene(Status.CREATED, stage.make(OURS))
        return statuses(replace(scene, records=[RECORD, RECORD], results=[*scene.results, *scene.results]))

    assert names(check) == {"I16"}


def test_every_kind_of_world_is_drawn() -> None:
    """Within a few hundred seeds, and half of all worlds have no traits."""
    drawn = [kinds_of(seed) for seed in range(300)]

    assert {kind for kinds in drawn for kind in kinds} == set(KINDS)
    assert all(1 <= len(kinds) <= 3 for kinds in drawn)
    assert 120 < sum(crowded(seed, "all") for seed in range(300)) < 180
    assert not any(crowded(seed, "old") for seed in range(300))


def test_traits_leave_lags_below_and_above_the_settle_time() -> None:
    """Only those below are covered by what is promised, so most are."""
    lags = [draw_traits(Random(seed), 10.0).server.get("list_lag") for seed in range(2_000)]
    below, above = (sum(1 for lag in lags if lag and (lag < 10) == small) for small in (True, False))

    assert below > above > 20


def test_rows_that_repeat_each_other_still_do_where_spelling_matters() -> None:
    """A row and its repeat are spelled alike, and some rows are of NAS."""
    records, estate = draw_sheet(Random("repeats"), 300)
    changed, grown = spelled(records, estate, Random("spelled"))

    def repeats(rows: list[Record]) -> list[int]:
        keys = [want and want.key for want in map(wanted, rows)]
        return [place for place, key in enumerate(keys) if key and key in keys[:place]]

    assert repeats(changed) == repeats(records) != []
    assert {record.cells[1] for record in changed} >= {"NAS", "File System"}
    assert grown[-1].app == "NAS"
