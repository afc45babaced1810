"""How a job ends."""

import asyncio
import gc
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.credentials import Credentials
from bulkprov.engine.model import Status
from bulkprov.engine.operations import PLAN, ROLLBACK, RUN
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop
from bulkprov.runs.environment import inside_a_program
from bulkprov.runs.execute import Ended, as_it_stands, carry_out, drive, worst
from bulkprov.runs.job import Job
from bulkprov.runs.leftovers import Leftover
from bulkprov.runs.log import open_log
from bulkprov.runs.mask import Mask
from bulkprov.runs.observer import Observer
from bulkprov.settings import Access, Effort
from bulkprov.simulator import RequestKind, Simulator
from tests.cli.loaded import loaded

DONE = Counter({Status.CREATED: 2, Status.EXISTS: 1})
UNDONE = Counter({Status.ROLLED_BACK: 2})
LEFTOVER = Leftover(sheet_row=2, want=BackupSet(client="client001", name="one"), ids=(931,), open=False)
LEFT = DONE + Counter({Status.PENDING: 1})
BUDGET = Stop("2 rows were rejected", ExitCode.STOPPED)


def ended(**values: Any) -> Ended:
    """A job that ended well, but for what is said otherwise."""
    return Ended(**{"tally": Tally(creates=2), "seconds": 1, "finished": 3, "stop": None, "statuses": DONE, **values})


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (ended(), ExitCode.DONE),
        (ended(statuses=LEFT), ExitCode.ROWS_LEFT),
        (ended(statuses=Counter({Status.WOULD_CREATE: 1}), operation=PLAN), ExitCode.DONE),
        (ended(operation=ROLLBACK), ExitCode.ROWS_LEFT),
        (ended(unaudited=1), ExitCode.ROWS_LEFT),
        (ended(unaudited=1, audits=False), ExitCode.DONE),
        (ended(statuses=UNDONE, operation=ROLLBACK), ExitCode.DONE),
        (ended(statuses=UNDONE, operation=ROLLBACK, leftovers=(LEFTOVER,)), ExitCode.ROWS_LEFT),
        (ended(stop=BUDGET), ExitCode.STOPPED),
        (ended(stop=BUDGET, tally=Tally(creates=0)), ExitCode.NO_SERVER),
        (ended(stop=Stop("stopped", ExitCode.INTERRUPTED), tally=Tally(creates=0)), ExitCode.INTERRUPTED),
        (ended(stop=BUDGET, tally=Tally(creates=2, bugs=1)), ExitCode.BUG),
    ],
)
def test_the_exit_code_follows_from_how_it_ended(end: Ended, code: ExitCode) -> None:
    """A bug outweighs all; a stop says so, unless no create was sent; else the rows count, by their operation.

    So does what was not audited though it was wanted, and what a rollback leaves.
    """
    assert end.exit_code is code


def test_of_several_jobs_the_worst_counts_and_none_sent_only_if_that_is_true_of_all() -> None:
    """A second run that sends nothing does not make the creates of the first unsent."""
    unsent = ended(stop=BUDGET, tally=Tally(creates=0))

    assert worst([]) is ExitCode.DONE
    assert worst([ended(statuses=LEFT), ended()]) is ExitCode.ROWS_LEFT
    assert worst([ended(), unsent]) is ExitCode.STOPPED
    assert worst([unsent, unsent]) is ExitCode.NO_SERVER


def test_a_run_stands_as_its_rows_do_without_any_work(tmp_path: Path) -> None:
    """Nothing is sent, nothing is changed, and it took no time."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        stands = as_it_stands(run)

    assert stands.statuses == {Status.PENDING: 1, Status.INVALID: 1}
    assert (stands.seconds, stands.finished, stands.tally.requests) == (0, 0, 0)
    assert stands.exit_code is ExitCode.ROWS_LEFT


class Watcher(Observer):
    """Counts how often it is shown the work."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tallies: list[Tally] = []

    def say(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    def watch(self, tally: Tally) -> Any:
        """Keep a tally."""
        self.tallies.append(tally)
        return super().watch(tally)


async def carried_out(run: Any, access: Access, effort: Effort, observer: Observer) -> Ended:
    """What comes of a job."""
    with open_log(None, console=False) as log:
        return await carry_out(
            Job(
                run=run,
                access=access,
                effort=effort,
                credentials=Credentials(username="admin", password="simulator"),
                log=log,
                observer=observer,
                environment=inside_a_program(),
            )
        )


async def test_the_observer_is_shown_the_counts_that_the_end_has(tmp_path: Path) -> None:
    """One tally, which changes while the work goes on."""
    observer = Watcher()
    with loaded(tmp_path, ("client001", "one"), ("client002", "two")) as run:
        end = await carried_out(run, run.access(Access()), Effort(), observer)
        costs = run.manifest

    assert observer.tallies == [end.tally]
    assert +end.statuses == {Status.CREATED: 2}
    assert (end.operation, end.finished, end.refused) == (RUN, 2, False)
    assert costs.requests == end.tally.requests
    assert end.tally.requests > 0


async def test_the_first_answer_is_waited_for_until_it_has_come(tmp_path: Path) -> None:
    """So the progress says, in place of a bar that stands still."""
    observer = Watcher()
    waited: dict[RequestKind, bool] = {}

    class Asked:
        """Looks at the counts when a request comes in."""

        def choose(self, kind: RequestKind, _content: bytes) -> None:
            waited[kind] = observer.tallies[0].signing_in

    async with Simulator(fault_policy=Asked()) as simulator:
        with loaded(tmp_path, ("client001", "one")) as run:
            await carried_out(run, Access(server=simulator.url), Effort(no_audit=True), observer)

    assert (waited[RequestKind.LOGIN], waited[RequestKind.CREATE]) == (True, False)


async def test_strict_refuses_a_sheet_with_an_invalid_row_before_anything_is_reached(tmp_path: Path) -> None:
    """Nobody is asked or shown anything, and no server is needed to say so."""
    observer = Watcher()
    dead = Access(server="http://127.0.0.1:9")
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        end = await carried_out(run, dead, Effort(strict=True), observer)

    assert end.refused
    assert end.stop == Stop("1 row is invalid, and nothing was sent (--strict)", ExitCode.NO_SERVER)
    assert (observer.tallies, end.tally.requests) == ([], 0)


async def test_a_server_that_is_not_there_is_why_it_stopped(tmp_path: Path) -> None:
    """The rows are pending, and the reason names the server."""
    dead = Access(server="http://127.0.0.1:9")
    with loaded(tmp_path, ("client001", "one")) as run:
        end = await carried_out(run, dead, Effort(max_attempts=1), Observer())

    assert end.stop is not None
    assert "127.0.0.1" in end.stop.reason
    assert (end.exit_code, end.statuses) == (ExitCode.NO_SERVER, {Status.PENDING: 1})
    assert not end.refused


def test_what_goes_wrong_in_the_event_loop_is_one_line_without_a_token(capsys: pytest.CaptureFixture[str]) -> None:
    """The report of asyncio itself would show the exception's `repr`, which has the headers of the request."""
    mask = Mask(["QSDK kanarienvogel"])

    async def forgotten() -> None:
        request = aiohttp.RequestInfo(URL("http://x/"), "POST", _HEADERS, URL("http://x/"))
        raise aiohttp.ClientResponseError(request, (), status=400, message="for QSDK kanarienvogel", headers=_HEADERS)

    async def work() -> None:
        task = asyncio.ensure_future(forgotten())
        await asyncio.sleep(0)
        del task

    drive(work())
    gc.collect()
    said = capsys.readouterr().err

    assert said.startswith("bulkprov: a bug in the event loop: Task exception was never retrieved (ClientResponseError")
    assert said.count("\n") == 1
    assert "kanarienvogel" not in said
    assert mask is not None


_HEADERS = CIMultiDictProxy(CIMultiDict({"Authtoken": "QSDK kanarienvogel"}))
