"""What stops a run or holds it back before it has done all of its work."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import End, Reply, Row, Standing, Status, Step, Verdict
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode
from bulkprov.journal.rows import Batch
from bulkprov.runs.environment import inside_a_program
from bulkprov.runs.execute import Ended, carry_out
from bulkprov.runs.job import Job
from bulkprov.runs.kept_options import with_kept
from bulkprov.runs.log import open_log
from bulkprov.runs.observer import Observer
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort
from tests.cli.loaded import loaded

NOW = datetime.now().astimezone()


class Watch(Observer):
    """A wrist watch that is put ahead by a day once the first set is created, as by a laptop that was closed."""

    def __init__(self) -> None:
        self.tally = Tally()

    def watch(self, tally: Tally) -> AbstractAsyncContextManager[Any]:
        """Follow the work."""
        self.tally = tally
        return super().watch(tally)

    def clock(self) -> float:
        """Seconds since the epoch."""
        return NOW.timestamp() + (86_400 if self.tally.creates else 0)


async def carried_out(
    run: Run, effort: Effort, observer: Observer, clock: Callable[[], float] | None = None, **more: Any
) -> Ended:
    """What comes of a job."""
    environment = inside_a_program()
    with open_log(None, console=False) as log:
        return await carry_out(
            Job(
                run=run,
                access=run.access(Access()),
                effort=effort,
                credentials=Credentials(username="admin", password="simulator"),
                log=log,
                observer=observer,
                environment=replace(environment, clock=clock) if clock else environment,
                **more,
            )
        )


def until(end: datetime) -> Effort:
    """One create at a time, up to this time of day."""
    return Effort(until=f"{end:%H:%M}", concurrency=1)


async def test_a_window_that_ends_while_the_machine_sleeps_has_ended(tmp_path: Path) -> None:
    """The clock is asked before each act: the timers of the event loop stand still meanwhile."""
    watch, rows = Watch(), [("client001", f"FS_{number}") for number in range(20)]
    with loaded(tmp_path, *rows) as run:
        ended = await carried_out(run, until(NOW + timedelta(hours=2)), watch, watch.clock)

    assert ended.stop is not None
    assert "--until" in ended.stop.reason
    assert (ended.exit_code, ended.statuses[Status.CREATED]) == (ExitCode.STOPPED, 1)


async def test_a_window_that_is_over_before_the_first_row_is_not_tomorrows(tmp_path: Path) -> None:
    """It was fixed when the command began; a question or a slow sign-in may have taken the rest of it."""
    with loaded(tmp_path, ("client001", "one")) as run:
        over = NOW - timedelta(minutes=1)
        ended = await carried_out(run, until(over), Observer(), window_end=over)

    assert ended.stop is not None
    assert (ended.statuses, ended.tally.creates) == ({Status.PENDING: 1}, 0)


async def test_what_an_earlier_process_did_not_live_to_write_is_no_success_of_the_canary(tmp_path: Path) -> None:
    """Nor is it an error of this work."""
    with loaded(tmp_path, ("client001", "one"), ("client999", "two"), ("client003", "three")) as run:
        (want,) = (row.want for row in run.rows() if row.sheet_row == 2)
        assert want is not None
        batch = Batch("run")
        standing = Standing(step=Step.ACT, absent_before_send=True)
        batch.intend(1, Row(number=1, sheet_row=2, want=want, standing=standing), at=1.0)
        batch.ended(1, Verdict(end=End.ANSWERED, reply=Reply(0, "", 15), http_status=200, at=2.0))
        run.journal.apply(batch)

        ended = await carried_out(run, Effort(canary=1, no_audit=True), Observer())

    assert ended.stop is not None
    assert ended.stop.reason == "1 of 1 canary row did not succeed"
    assert ended.statuses == {Status.CREATED: 1, Status.REJECTED: 1, Status.PENDING: 1}


class Person(Observer):
    """An operator who is told and asked, and says no, or yes."""

    def __init__(self, *, says: bool = False) -> None:
        self.says = says
        self.told: list[str] = []
        self.asked: list[str] = []

    def say(self, line: str) -> None:
        """Take a line."""
        self.told.append(line)

    def overrules(self, reason: str, why: Sequence[str] = ()) -> bool:
        """Take a question."""
        self.asked += [*why, reason]
        return self.says


async def test_a_canary_counts_rows_that_send_a_create_and_says_when_it_has_passed(tmp_path: Path) -> None:
    """Sets that are there already are looked up, and are no sample: of the first six rows four are such."""
    there = [("client002", f"there {number}") for number in range(4)]
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    with loaded(tmp_path / "first", *there) as run:
        await carried_out(run, Effort(no_audit=True), Observer())
        state = run.simulator_state.resolve()
    rows = [("client001", "a"), *there, ("client003", "b"), ("client004", "c")]
    person = Person()
    with loaded(tmp_path / "second", *rows) as run:
        run.update(simulator_state=state)
        ended = await carried_out(run, Effort(canary=2, no_audit=True), person)

    assert +ended.statuses == {Status.CREATED: 3, Status.EXISTS: 4}
    assert person.told == [
        "canary: 2 creates sent, and all succeeded (4 more were there already); going on with the rest"
    ]
    (tmp_path / "third").mkdir()
    with loaded(tmp_path / "third", *there) as run:
        run.update(simulator_state=state)
        await carried_out(run, Effort(canary=2, no_audit=True), person)

    assert person.told[1:] == ["canary: no create was needed, as 4 rows were there already"]
    assert not person.asked


async def test_a_canary_that_fails_is_explained_before_the_question(tmp_path: Path) -> None:
    """With the row, the server's errorCode and words, and what they mean; no further row is sent meanwhile."""
    person = Person()
    with loaded(tmp_path, ("client001", "one"), ("client999", "two"), ("client003", "three")) as run:
        ended = await carried_out(run, Effort(canary=2, no_audit=True), person)

    assert person.asked[0].startswith("  1 rejected: errorCode 1: ")
    assert person.asked[0].endswith("(row 3)")
    assert person.asked[1].startswith("    means: ")
    assert person.asked[-1] == "1 of 2 canary rows did not succeed"
    assert ended.statuses == {Status.CREATED: 1, Status.REJECTED: 1, Status.PENDING: 1}


@pytest.mark.parametrize("overruled", [False, True])
async def test_a_canary_holds_in_a_later_command_until_it_has_passed_or_was_overruled(
    tmp_path: Path, *, overruled: bool
) -> None:
    """A bare `resume` must not send all rows after a canary that has failed."""
    person, given = Person(says=overruled), Effort(canary=1, no_audit=True)
    with loaded(tmp_path, ("client999", "one"), ("client001", "two"), ("client003", "three")) as run:
        run.update(**with_kept(run.manifest, given)[1])
        await carried_out(run, given, person)
        assert run.manifest.kept == ({} if overruled else {"canary": "1"})
        if overruled:
            return
        held, _ = with_kept(run.manifest, Effort(no_audit=True))
        await carried_out(run, held, person)

        assert person.told == ["canary: 1 create sent, and all succeeded; going on with the rest"]
        assert run.manifest.kept == {}


async def test_a_limit_counts_rows_in_doubt_and_those_that_are_settled_without_a_request(tmp_path: Path) -> None:
    """The last pass over rows in doubt begins none of those beyond the limit, and progress does not pass its total."""
    rows = [("client001", f"FS_{number}") for number in range(6)]
    with loaded(tmp_path, *rows) as run:
        batch = Batch("run")
        standing = Standing(step=Step.ACT, absent_before_send=True)
        for number, row in enumerate(list(run.rows()), 1):
            assert row.want is not None
            batch.intend(number, Row(number=number, sheet_row=row.sheet_row, want=row.want, standing=standing), at=1.0)
        batch.ended(6, Verdict(end=End.ANSWERED, reply=Reply(0, "", 15), http_status=200, at=2.0))
        run.journal.apply(batch)
        ended = await carried_out(run, Effort(limit=2, no_audit=True, settle=0.1), Observer())

    assert +ended.statuses == {Status.CREATED: 3, Status.UNKNOWN: 3}
    assert (ended.tally.creates, ended.tally.goal) == (2, 3)
