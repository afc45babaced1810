"""What the commands have in common: rows taken in, work with progress on the screen, the end in words.

It stands between the commands and the runs, and knows both; what is said is in `messages.py`.
"""

import getpass
import json
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkprov.cli.config import file_options
from bulkprov.errors import ExitCode, RunError, SettingsError, Stop, StorageError, UsageError
from bulkprov.settings import SETTINGS_FILE, Access, Effort, Screen, again
from bulkprov.shell import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulkprov.commvault.credentials import Credentials
    from bulkprov.engine.model import Tally
    from bulkprov.engine.operations import Operation
    from bulkprov.report.error_catalogue import Catalogue
    from bulkprov.report.formats import Format
    from bulkprov.report.write import Written
    from bulkprov.runs.execute import Ended
    from bulkprov.runs.log import Log
    from bulkprov.runs.run import Run

__all__ = [
    "begun_and_ended",
    "console",
    "known_errors",
    "loaded",
    "made",
    "no_log",
    "not_resumed",
    "refuse_if_rerun",
    "say",
    "show_rollback",
    "signed_in",
    "tell_end",
    "tell_rows",
    "where_to",
    "worked",
]

_FEW = 5
"""Runs that are named at most."""
_WIDE = 1000


def begun_and_ended(
    run: "Run",
    access: Access,
    effort: Effort,
    screen: Screen,
    form: "Format | None",
    earlier: "Run | None" = None,
) -> ExitCode:
    """Take in the rows, work, report: what `run`, `resume` and `rerun` have in common."""
    from bulkprov.engine.operations import RUN  # noqa: PLC0415 - heavy
    from bulkprov.runs.execute import as_it_stands  # noqa: PLC0415 - heavy

    catalogue = known_errors(screen, run)
    access, credentials = loaded(run, access, earlier)
    _confirm(run, access, credentials, screen)
    now = datetime.now().astimezone()
    if end := effort.window_ends(now):
        minutes = round((end - now).total_seconds() / 60)
        say(f"no row is begun after {end:%a %H:%M}, which is in {minutes // 60} h {minutes % 60} min")
    if form:
        run.update(results_format=form)  # so that whoever goes on with a killed run need not say it again
    with run.log(verbose=screen.verbose, console=not screen.quiet) as log:
        refused = _planned(run, access, effort, credentials, screen, log) if effort.plan_first else None
        if refused:
            ended = replace(as_it_stands(run), stop=refused, refused=True)
        else:
            ended = worked(run, access, effort, credentials, screen, log, RUN)
        ended, written = _reported(run, ended, form, catalogue)
    tell_end(run, ended, written, (access, effort), screen, catalogue)
    return ended.exit_code


def _again(*told: Access | Effort, screen: Screen) -> list[str]:
    """The options that the next command needs again, the brakes too. What the settings file says it hears anyway."""
    return again(*told, screen, known=file_options(screen.config, screen.profile))


def known_errors(screen: Screen, run: "Run") -> "Catalogue":
    """What errors mean: the user's entries, from a file of their own and from the settings file, and the shipped ones.

    Raises:
        SettingsError: an entry is wrong. A run that has no rows yet is discarded.
    """
    from bulkprov.report.error_catalogue import Catalogue  # noqa: PLC0415 - for commands that tell of rows

    settings = screen.config or SETTINGS_FILE
    try:
        return Catalogue.of(*filter(None, (screen.catalogue, settings if settings.is_file() else None)))
    except SettingsError:
        run.discard()
        raise


def _reported(
    run: "Run", ended: "Ended", form: "Format | None", catalogue: "Catalogue"
) -> "tuple[Ended, Written | None]":
    """Write the results. If they cannot be written, what is known is told all the same."""
    try:
        return ended, run.report(form, catalogue)
    except StorageError as error:
        if ended.stop and ended.stop.exit_code is ExitCode.NOT_WRITTEN:
            say(str(error))
            return ended, None
        return replace(ended, stop=Stop(str(error), ExitCode.NOT_WRITTEN)), None


def loaded(run: "Run", access: Access, earlier: "Run | None" = None) -> "tuple[Access, Credentials]":
    """Take in the rows; what is needed to sign in is found out before, so that nobody waits for a sheet in vain."""
    from bulkprov.runs.connect import credentials_for  # noqa: PLC0415 - heavy
    from bulkprov.runs.intake import load_rows  # noqa: PLC0415 - heavy

    try:
        access = run.access(access)
        credentials = credentials_for(access, _ask_password)
        say(*load_rows(run, earlier))
    except UsageError:
        run.discard()
        raise
    return access, credentials


def worked(
    run: "Run",
    access: Access,
    effort: Effort,
    credentials: "Credentials",
    screen: Screen,
    log: "Log",
    operation: "Operation",
) -> "Ended":
    """Do what is to be done in a run, with progress on the screen."""
    from bulkprov.cli.progress import Progress, Terminal  # noqa: PLC0415 - heavy
    from bulkprov.runs.execute import carry_out, drive  # noqa: PLC0415 - heavy

    shown: list[Progress] = []

    def seen(tally: "Tally") -> Progress:
        console = Terminal(stderr=True, no_color=screen.no_color or None, highlight=False)
        # Where both streams are on one screen, the last lines of the command tell how it ended.
        sums_up = screen.json or not sys.stdout.isatty()
        shown[:] = [Progress(tally, console=console, total=tally.rows, quiet=screen.quiet, sums_up=sums_up)]
        return shown[0]

    def ask(question: str) -> bool:
        with shown[0].aside():
            return asked(question, screen)

    return drive(
        carry_out(
            run,
            access=access,
            effort=effort,
            credentials=credentials,
            log=log,
            operation=operation,
            seen=seen,
            say=say,
            ask=ask,
        )
    )


def tell_end(
    run: "Run",
    ended: "Ended",
    written: "Written | None",
    told: "tuple[Access | Effort, ...]",
    screen: Screen,
    catalogue: "Catalogue | None" = None,
) -> None:
    """Say how it ended: in words, with a catalogue those too that explain its errors, or as one JSON object."""
    from bulkprov.cli.messages import closing, reasons, summary  # noqa: PLC0415 - heavy

    if screen.json:
        print(json.dumps(summary(run, ended, written)))
    else:
        why = reasons(run, ended, catalogue) if catalogue and written else []
        words = _again(*told, screen=screen)
        if ended.refused:  # it was to be so many rows, and none of them was sent
            words += [
                word
                for each in told
                if isinstance(each, Effort) and each.limit
                for word in ("--limit", str(each.limit))
            ]
        print("\n".join(closing(run, ended, written, words, why)))


def show_rollback(run: "Run", access: Access, screen: Screen) -> None:
    """Say what a rollback would delete; nothing is."""
    from bulkprov.cli.messages import summary, to_roll_back  # noqa: PLC0415 - heavy
    from bulkprov.engine.operations import ROLLBACK  # noqa: PLC0415 - heavy
    from bulkprov.runs.execute import as_it_stands  # noqa: PLC0415 - heavy

    lines = to_roll_back(run, _again(access, screen=screen))
    if screen.json:
        say(*lines)
        told = summary(run, as_it_stands(run, ROLLBACK), None) | {"exit_code": int(ExitCode.DONE)}
        print(json.dumps(told))
    else:
        print("\n".join(lines))


def tell_rows(run: "Run", ended: "Ended", screen: Screen) -> None:
    """Name the rows that are not well, the first of them at least."""
    from bulkprov.cli.messages import rows_told  # noqa: PLC0415 - heavy

    if not screen.json:
        lines = rows_told(run.results(), ended.operation)
        print("\n".join(lines), end="\n" if lines else "")


def no_log(screen: Screen) -> "Log":
    """Events go to stderr alone, if anywhere."""
    from bulkprov.runs.log import open_log  # noqa: PLC0415 - heavy

    return open_log(None, verbose=screen.verbose, console=not screen.quiet)


def made(folder: Path) -> Path:
    """The folder, which is there now."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}") from error
    return folder


def console(screen: Screen) -> Any:
    """Where tables are printed."""
    from rich.console import Console  # noqa: PLC0415 - heavy

    # in a file or a pipe there is no edge of a screen to fold lines at
    width = None if sys.stdout.isatty() else _WIDE
    return Console(no_color=screen.no_color or None, highlight=False, width=width)


def say(*lines: str) -> None:
    """Tell the person at the terminal."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _planned(
    run: "Run", access: Access, effort: Effort, credentials: "Credentials", screen: Screen, log: "Log"
) -> Stop | None:
    """With --plan-first, why nothing is to be sent: the plan is not clean, and nobody says that it may go on."""
    from bulkprov.engine.model import Status  # noqa: PLC0415 - heavy
    from bulkprov.engine.operations import PLAN  # noqa: PLC0415 - heavy
    from bulkprov.runs.begin import begin_plan  # noqa: PLC0415 - heavy

    with (
        tempfile.TemporaryDirectory(prefix="bulkprov-plan-", ignore_cleanup_errors=True) as folder,
        begin_plan(run, Path(folder)) as begun,
    ):
        planned = worked(begun, access, effort, credentials, screen, log, PLAN)
        invalid = run.invalid()
        if planned.stop:
            return planned.stop
        # Rows beyond --limit are not looked at, and not to be done either.
        well = PLAN.well | ({Status.PENDING} if effort.limit else set())
        unwell = sum(count for status, count in planned.statuses.items() if status not in well) + invalid
        if not unwell:
            return None
        tell_rows(begun, planned, screen)
    told = f"{unwell} rows would not be created (--plan-first)"
    return None if asked(f"{told}. Go on with the others?", screen) else Stop(told, ExitCode.NO_SERVER)


def signed_in(access: Access, screen: Screen) -> ExitCode:
    """Sign in and out again, and say what was seen.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to.
    """
    from bulkprov.runs.connect import check, credentials_for  # noqa: PLC0415 - heavy
    from bulkprov.runs.execute import drive  # noqa: PLC0415 - heavy

    if not (access.server or access.simulate):
        raise SettingsError("no server: give --server URL")
    credentials = credentials_for(access, _ask_password)
    with no_log(screen) as log:
        clients = drive(check(access, credentials, log))
    who = credentials.username or "the token's owner"
    if screen.json:
        print(json.dumps({"server": access.server or "simulator", "user": who, "clients": clients, "exit_code": 0}))
    else:
        print(f"Signed in to {access.server or 'the simulator'} as {who}, who sees {clients:,} clients.")
    return ExitCode.DONE


def _confirm(run: "Run", access: Access, credentials: "Credentials", screen: Screen) -> None:
    """Show where this goes; before anything is sent to a real server, have somebody say so, if somebody is there.

    Raises:
        SettingsError: they said no. The rows are taken in, and `resume` goes on.
    """
    if access.simulate:
        return
    say(where_to(run, access, credentials, screen))
    if access.loopback or screen.yes or not _somebody_there():
        return
    if not asked("Send them?", screen):
        raise SettingsError(f"nothing was sent; to go on: {typed(['resume', run.folder])}")


def where_to(run: "Run", access: Access, credentials: "Credentials", screen: Screen) -> str:
    """Which server, who, and how many rows."""
    profile = f"{screen.profile}: " if screen.profile else ""
    who = f" as {credentials.username}" if credentials.username else ""
    rows = run.left()
    return f"{profile}{access.server or 'the simulator'}{who}, {rows:,} row{'' if rows == 1 else 's'} to do"


def not_resumed(others: "Sequence[Path]") -> list[str]:
    """What to say of runs that have something left to do and are not gone on with now."""
    return [f"also unfinished: {run}; to go on with it: {typed(['resume', run])}" for run in others[:_FEW]]


def refuse_if_rerun(run: "Run", screen: Screen) -> None:
    """Have nobody go on with a run by mistake whose rows another run has taken over.

    Raises:
        RunError: it was rerun, and nobody has said that it is to go on all the same.
    """
    from bulkprov.runs.catalog import successor  # noqa: PLC0415 - heavy

    later = successor(run.manifest)
    if later and not screen.yes:
        raise RunError(
            f"{run.folder} was rerun as {later}, which has all of its rows; to go on with that one: "
            f"{typed(['resume', later])}. To go on with {run.folder} all the same: --yes"
        )


def asked(question: str, screen: Screen) -> bool:
    """Whether the person at the terminal says yes; yes as well with --yes, and no where nobody is there."""
    if screen.yes:
        return True
    if not _somebody_there():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip().casefold() in ("y", "yes")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise


def _somebody_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask_password(username: str) -> str:
    """Ask on a terminal; nobody answers elsewhere."""
    return getpass.getpass(f"Password of {username}: ") if sys.stdin.isatty() else ""
