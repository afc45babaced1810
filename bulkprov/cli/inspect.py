"""The commands that only tell: one row's story, who one is, the results again, the list of runs, an empty sheet.

They change nothing on a server. What they say is in `messages.py` and `history.py`; nothing heavy is imported before it
is needed.
"""

import json as jsonlib
import os
from pathlib import Path
from typing import Final, Literal

from bulkprov.cli.workflow import console, known_errors, tell_end
from bulkprov.errors import ExitCode, SettingsError
from bulkprov.report.formats import Format
from bulkprov.settings import Access, Screen
from bulkprov.shell import typed

__all__ = ["login", "report", "runs", "show", "template"]


_NO_ACCESS: Final = Access()
_NO_SCREEN: Final = Screen()


def show(run: Path, /, *, row: int, wire: Literal["json", "xml"] = "json", screen: Screen = _NO_SCREEN) -> ExitCode:
    """Tell one row's whole story, for a ticket.

    For example:
      bulkprov show RUN --row 17
      bulkprov show RUN --row 17 --wire xml

    Parameters
    ----------
    run
        The run's folder.
    row
        The row of the sheet, as in the column sheetRow.
    wire
        Format in which the request is shown.
    """
    from bulkprov.runs.history import row_history, story_told  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    with Run.open(run) as opened:
        told = row_history(opened, row, wire, known_errors(screen, opened))
        print(jsonlib.dumps(told) if screen.json else "\n".join(story_told(told)))
        return ExitCode.DONE


def login(*, access: Access = _NO_ACCESS, screen: Screen = _NO_SCREEN) -> ExitCode:
    """Check the server and the credentials; change nothing.

    For example:
      bulkprov login --profile prod            is the server there, are we let in?
    """
    from bulkprov.cli.workflow import signed_in  # noqa: PLC0415 - heavy

    return signed_in(access, screen)


def report(run: Path, /, *, format: Format | None = None, screen: Screen = _NO_SCREEN) -> ExitCode:  # noqa: A002
    """Write the results of a run again, from its journal.

    For example:
      bulkprov report RUN
      bulkprov report RUN --format csv

    Parameters
    ----------
    run
        The run's folder.
    format
        Of the results [default: as before].
    """
    from bulkprov.runs.execute import as_it_stands  # noqa: PLC0415 - heavy
    from bulkprov.runs.run import Run  # noqa: PLC0415 - heavy

    with Run.open(run) as opened:
        catalogue, ended = known_errors(screen, opened), as_it_stands(opened)
        tell_end(opened, ended, opened.report(format, catalogue), (), screen, catalogue)
        return ended.exit_code


def runs(folder: Path | None = None, /, *, screen: Screen = _NO_SCREEN) -> ExitCode:
    """List the runs, with counts and which reruns which.

    For example:
      bulkprov runs
      bulkprov runs --json

    Parameters
    ----------
    folder
        Where to look [default: reports].
    """
    from bulkprov.cli.messages import runs_listed, runs_table  # noqa: PLC0415 - heavy
    from bulkprov.runs.catalog import overviews  # noqa: PLC0415 - heavy
    from bulkprov.runs.folder import REPORTS  # noqa: PLC0415 - heavy

    if folder and not os.path.isdir(folder):  # noqa: PTH112 - which raises nothing, however odd the name
        raise SettingsError(f"{folder}: there is no such folder")
    found = overviews(folder or REPORTS)
    if screen.json:
        print(jsonlib.dumps(runs_listed(found)))
    elif found:
        console(screen).print(runs_table(found))
    else:
        print(f"no runs below {folder or REPORTS}")
    return ExitCode.DONE


def template(file: Path, /) -> ExitCode:
    """Make an empty sheet for the ops team.

    For example:
      bulkprov template wave.xlsx

    Parameters
    ----------
    file
        wave.xlsx or wave.csv; it must not be there yet.
    """
    from bulkprov.commvault.kinds import BACKUP_SET  # noqa: PLC0415 - heavy
    from bulkprov.sheets.template import write_template  # noqa: PLC0415 - heavy

    write_template(file, BACKUP_SET.columns, BACKUP_SET.noun)
    print(f"{file} is ready. Fill it in, then: {typed(['plan', file, '--offline'])}")
    return ExitCode.DONE
