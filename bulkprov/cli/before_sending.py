"""What is asked, or refused, before anything is sent: second branches of a wave, rows of other runs, runs under way.

Without a terminal no question can be asked: then nothing is sent unless `--yes` was typed.
"""

from collections.abc import Sequence

from bulkprov.cli.prompts import attended, confirmed, say
from bulkprov.cli.signing_in import show_destination
from bulkprov.errors import DeclinedError, RunError
from bulkprov.runs.holder import holder, holder_of
from bulkprov.runs.job import Job
from bulkprov.runs.run import Run
from bulkprov.runs.strayed import strayed_from
from bulkprov.runs.under_way import BESIDE, announce, refuse_beside
from bulkprov.settings import Screen
from bulkprov.shell import typed
from bulkprov.text import plural

__all__ = ["confirm_rows", "look_around", "refuse_second_rerun", "refuse_strayed"]


def refuse_second_rerun(run: Run, screen: Screen) -> None:
    """Prevent a run from being rerun by mistake once more: its rows would be in two branches of the wave then.

    Args:
        run: about to take its rows in.
        screen: has `--yes`.

    Raises:
        RunError: the run that it reruns was rerun before, and the answer was no.
    """
    earlier = run.manifest.earlier_run
    if earlier is None or run.manifest.loaded:
        return
    folder = run.manifest.directory / earlier
    later = holder(run.earlier.manifest) if run.earlier else holder_of(folder)
    if later is None or later.resolve() == run.folder.resolve():
        return
    told = f"{earlier} was rerun as {later}, which holds its rows now"
    if not confirmed(f"{told}. Rerun {earlier} once more all the same?", yes=screen.yes):
        raise RunError(
            f"{told}: `{typed(['report', later])}` names the command to go on with. To rerun {earlier} once more, as "
            "a second branch of the wave, add --yes"
        )
    if screen.yes:
        say(f"{told}: this is another branch of the wave")


def refuse_strayed(run: Run, screen: Screen, given: Sequence[str]) -> None:
    """Prevent rows of a run from being run by themselves by mistake: no results would have the whole wave then.

    Args:
        run: about to take its rows in.
        screen: has `--yes`.
        given: options that the next command needs as well.

    Raises:
        RunError: its sheet has rows of another run, and the answer was no.
    """
    strayed = strayed_from(run)
    if strayed is None:
        return
    (folder, rows), sheet = strayed, run.manifest.sheet
    told = f"{sheet} has rows of {folder} ({plural(rows, 'row')} with its numbers and names)"
    whole = f"to correct that run, with its whole wave in the results: {typed(['rerun', folder, sheet, *given])}"
    if screen.yes:
        say(f"{told}; by --yes they are a wave of their own. Another time, {whole}")
    elif not confirmed(f"{told}; {whole}\nRun it as a wave of its own all the same?", yes=False):
        raise RunError(f"nothing is sent: {told}; {whole}. To run it as a wave of its own all the same, add --yes")


def look_around(job: Job, screen: Screen, earlier: Run | None, later: str) -> None:
    """Name the unfinished runs that have rows in common with this one, and ask before one that is under way is joined.

    Args:
        job: about to begin.
        screen: has `--yes`.
        earlier: the run that it reruns, if it is open already.
        later: the command that goes on with it another time; empty if no run is kept for that.

    Raises:
        DeclinedError: there is one, and the answer was no.
    """
    others = announce(job.run, earlier)
    once = f": {later}" if later else ", give the same command again, if it is needed still: no run is kept of this one"
    advice = f"Once it has ended{once}. To go on now, add --yes"
    if not (screen.yes or attended()):
        refuse_beside(others, advice)
    for other in others:
        job.observer.say(f"{other.told}: {BESIDE}" if other.under_way else other.told)
        if other.under_way and not job.observer.ask("Go on all the same?"):
            refuse_beside(others, advice)


def confirm_rows(job: Job, screen: Screen, later: str = "", *, rows: str = "these rows") -> None:
    """Show where the rows go; before anything is sent to a real server, ask on a terminal.

    Args:
        job: about to begin.
        screen: what to show.
        later: as for `look_around`.
        rows: which rows, for the question.

    Raises:
        DeclinedError: the answer was no.
    """
    if job.access.simulate:
        return
    asks = attended() and not job.access.loopback
    show_destination(job, screen, asks=asks)
    if asks and not job.observer.ask(f"Send {rows}?"):
        raise DeclinedError(f"nothing was sent{f'; to continue later: {later}' if later else ', and no run is kept'}")
