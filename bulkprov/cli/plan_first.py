"""`--plan-first`: a plan of what a run is about to send, and what becomes of the run by it."""

import tempfile
from dataclasses import replace
from pathlib import Path

from bulkprov.cli.messages import reasons, row_lines
from bulkprov.cli.plan_lines import plan_ends
from bulkprov.cli.prompts import for_people, tell
from bulkprov.cli.signing_in import worked
from bulkprov.commvault.auth import OpenSession
from bulkprov.engine.operations import PLAN
from bulkprov.errors import ExitCode, Stop
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.runs.begin import begin_plan
from bulkprov.runs.connect import end_session
from bulkprov.runs.execute import Ended, as_it_stands, drive
from bulkprov.runs.job import Job
from bulkprov.runs.kept_options import passed
from bulkprov.runs.kept_plan import keep
from bulkprov.runs.unchanged import mark_refused
from bulkprov.settings import Screen
from bulkprov.text import plural

__all__ = ["plan_first"]


def plan_first(job: Job, screen: Screen, catalogue: Catalogue) -> tuple[Ended | None, Job]:
    """Plan what a run is about to send.

    A password that is sent once has to do for the plan and the run, so they share one session. Whether a typed password
    is one is known after the plan only: if it is refused, another one is typed.

    Returns:
        how the run ended with nothing sent, None if it is to go on; and the job as it goes on.
    """
    if job.shared or not (job.credentials.sent_once or job.credentials.asked):
        return _planned(job, screen, catalogue)
    shared = OpenSession()
    ended, job = _planned(replace(job, shared=shared), screen, catalogue)
    if job.credentials.sent_once and not ended:
        return None, job
    if shared.token:
        drive(end_session(job.access, job.credentials, shared, job.log))
    return ended, replace(job, shared=None)


def _planned(job: Job, screen: Screen, catalogue: Catalogue) -> tuple[Ended | None, Job]:
    """With --plan-first, how the run ended with nothing sent, None if it is to go on; and the job as it goes on.

    It is refused if the plan found rows that would fail, and the answer was not to go on; what the plan has said stands
    in the results then. A plan that stopped early says nothing against the rows.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_plan(job.run, Path(folder), job.effort.limit) as begun,
    ):
        ended, plan = worked(replace(job, run=begun, operation=PLAN))
        job = replace(job, credentials=plan.credentials)
        if ended.stop:
            return replace(as_it_stands(job.run), stop=ended.stop), job
        for row, outcome in mark_refused(begun, job.run):
            job.observer.ended(row, outcome)
        unwell = sum(count for status, count in begun.statuses().items() if status not in PLAN.well)
        unwell += job.run.invalid()
        if not screen.json:
            for line in row_lines((each for each in begun.results() if each.status in PLAN.well), PLAN):
                tell(line, to=for_people(screen))
        if not unwell:
            job.observer.say("plan: every row would be there (agents and instances were not looked at); going on")
            _no_more(job)
            return None, job
        keep(job.run, begun)
    as_planned = as_it_stands(job.run)
    reason = f"{plural(unwell, 'row')} would not succeed (--plan-first)"
    why = reasons(job.run, as_planned, catalogue, job.observer.width)
    why += plan_ends((), None, deep=False, plans=False)
    if job.observer.overrules(reason, why):
        _no_more(job)
        return None, job
    return replace(as_planned, stop=Stop(reason, ExitCode.NO_SERVER), refused=True), job


def _no_more(job: Job) -> None:
    """Have later commands on the run make no plan, if this one was of all rows that are left, despite --limit."""
    if job.effort.limit is None or job.run.left() <= job.effort.limit:
        job.run.update(**passed(job.run.manifest, "plan_first"))
