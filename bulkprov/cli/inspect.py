"""The commands that only read: one row's history, the sign-in, the results again, an empty sheet.

They change nothing on a server. Their words are in `messages`, `history_lines` and `json_output`.
"""

import json
import shutil
from pathlib import Path
from typing import Literal

from bulkprov.cli.closing import known_errors, tell_end
from bulkprov.cli.history_lines import history_lines
from bulkprov.cli.json_output import named
from bulkprov.cli.messages import signed_in
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_LOGIN_SCREEN,
    DEFAULT_SHOW_SCREEN,
    FormatOption,
    LoginScreen,
    ShowScreen,
    whole,
)
from bulkprov.cli.prompts import say, tell
from bulkprov.cli.signing_in import prepared, show_server, with_password
from bulkprov.cli.workflow import no_log, run_folder
from bulkprov.commvault.kinds import BACKUP_SET, KINDS
from bulkprov.errors import DamagedError, ExitCode, NoServerError, RunError
from bulkprov.journal.salvage import salvage
from bulkprov.private import make_folder
from bulkprov.report.formats import Format
from bulkprov.runs.connect import check
from bulkprov.runs.execute import as_it_stands, drive
from bulkprov.runs.folder import JOURNAL, SALVAGED
from bulkprov.runs.history import row_history
from bulkprov.runs.run import Run
from bulkprov.runs.wave import history_elsewhere
from bulkprov.settings import Access, Screen
from bulkprov.sheets.template import write_template
from bulkprov.shell import typed

__all__ = ["login", "report", "show", "template"]


def show(
    run: Path, /, *, row: int, wire: Literal["json", "xml"] = "json", screen: ShowScreen = DEFAULT_SHOW_SCREEN
) -> ExitCode:
    """Show one row's full history, for a ticket.

    Parameters
    ----------
    run
        The run: its folder, its name or the beginning of it, a file in it, or latest.
    row
        Row number, as in the sheetRow column.
    wire
        Format to show the request in.
    """
    screen = whole(screen)
    with Run.open(run_folder(run)) as opened:
        history = row_history(opened, row, wire, known_errors(screen))
        elsewhere = history_elsewhere(opened, history["ended"].get("note") or "")
        history["carried_from"] = str(elsewhere) if elsewhere else None
        if screen.json:
            tell(json.dumps(named("row-1", history)), whole=True)
        else:
            tell("\n".join(history_lines(history)))
        return ExitCode.DONE


def login(*, access: Access = DEFAULT_ACCESS, screen: LoginScreen = DEFAULT_LOGIN_SCREEN) -> ExitCode:
    """Check the server and the credentials; change nothing."""
    screen = whole(screen)
    if not (access.server or access.simulate):
        raise NoServerError
    access, credentials = prepared(access)
    show_server(access, credentials, screen)
    with no_log(screen) as log:
        clients, _ = with_password(credentials, access, lambda each: drive(check(access, each, log)))
    who = credentials.username or "the owner of the token"
    if screen.json:
        told = {"server": access.server or "simulator", "user": who, "clients": clients, "exit_code": 0, "error": None}
        print(json.dumps(named("login-1", told)))
    else:
        tell(signed_in(access.server, who, clients))
    return ExitCode.DONE


def report(run: Path, /, *, form: FormatOption = None, screen: ShowScreen = DEFAULT_SHOW_SCREEN) -> ExitCode:
    """Write the results of a run again, from its journal.

    Parameters
    ----------
    run
        The run: its folder, its name or the beginning of it, a file in it, or latest.
    form
        Format of results [default: as before].
    """
    run, screen = run_folder(run), whole(screen)
    try:
        return _report(run, form, screen)
    except DamagedError as error:
        return _report_what_is_whole(run, form, screen, error)


def _report(run: Path, form: Format | None, screen: Screen) -> ExitCode:
    with Run.open(run) as opened:
        catalogue, ended = known_errors(screen), as_it_stands(opened)
        tell_end(opened, ended, opened.report(form, catalogue), (), screen, catalogue)
        return ended.exit_code


def _report_what_is_whole(run: Path, form: Format | None, screen: Screen, error: DamagedError) -> ExitCode:
    """Report the rows of a damaged run that are whole, from a copy of their part of the journal.

    Raises:
        DamagedError: none is.
        RunError: they were reported before.
    """
    folder = run / SALVAGED
    if folder.exists():
        raise RunError(f"{error}. What is whole of it was reported before: {folder}") from error
    make_folder(folder)
    saved = salvage(run / JOURNAL, folder / JOURNAL, KINDS)
    if not saved.whole:
        shutil.rmtree(folder, ignore_errors=True)
        raise error
    _report(folder, form, screen)
    rows = f"{saved.whole:,} of {saved.whole + saved.lost:,} rows"
    say(
        f"bulkprov: {error}. {rows} could be read, and only these are in {folder}. To find out about the others, run "
        "the sheet again in a new folder: what exists is found, and not made again"
    )
    return ExitCode.NOT_WRITTEN


def template(file: Path, /) -> ExitCode:
    """Make an empty sheet for the ops team.

    Parameters
    ----------
    file
        File to write, such as wave.xlsx or wave.csv; it must not exist.
    """
    write_template(file, BACKUP_SET.columns, BACKUP_SET.noun)
    tell(f"{file} is ready. Fill it in, then: {typed(['plan', file, '--offline'])}")
    return ExitCode.DONE
