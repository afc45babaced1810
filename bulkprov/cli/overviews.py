"""The commands on runs as a whole: the list of them, and one that is not to be gone on with."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter
from rich.console import Console

from bulkprov.cli.json_output import named, runs_listed
from bulkprov.cli.options import DEFAULT_DISCARD_SCREEN, DEFAULT_LIST_SCREEN, DiscardScreen, ListScreen, Switch, whole
from bulkprov.cli.progress import Terminal
from bulkprov.cli.prompts import confirmed, say, tell
from bulkprov.cli.run_lines import run_blocks, runs_table
from bulkprov.cli.workflow import run_folder
from bulkprov.errors import ExitCode, RunError, SettingsError
from bulkprov.runs.folder import REPORTS
from bulkprov.runs.overviews import overviews, successor
from bulkprov.runs.run import Run
from bulkprov.runs.wave import carried_from
from bulkprov.settings import Screen
from bulkprov.shell import typed
from bulkprov.text import clean, plural

__all__ = ["discard", "runs"]

_All: TypeAlias = Annotated[bool, Parameter(name="--all", negative="", show_default=False)]
_USUAL: Final = 80
"""Letters of a line where there is no screen."""


def runs(folder: Path | None = None, /, *, every: _All = False, screen: ListScreen = DEFAULT_LIST_SCREEN) -> ExitCode:
    """List the runs, newest first, with counts and which reruns which.

    Parameters
    ----------
    folder
        Where to look [default: reports].
    every
        Those that were discarded too.
    """
    screen = whole(screen)
    if folder and not os.path.isdir(folder):  # noqa: PTH112 - never raises, however odd the name
        raise SettingsError(f"{folder}: no such folder")
    found = overviews(folder or REPORTS)
    shown = [run for run in found if every or not run.manifest.discarded_at]
    if screen.json:
        print(json.dumps(runs_listed(shown)))
        return ExitCode.DONE
    if shown:
        # what a pipe or a file is read with is not known: most screens and mails have that many columns at least
        width = Console().width if sys.stdout.isatty() else _USUAL
        table = runs_table(shown, width)
        if table is None:
            tell("\n".join(run_blocks(shown)))
        else:
            Terminal(no_color=screen.no_color or None, highlight=False, width=width).print(table)
    else:
        tell(f"no runs in {clean(str((folder or REPORTS).absolute()))}")
    if hidden := len(found) - len(shown):
        tell(f"{plural(hidden, 'discarded run')} not shown; --all shows them")
    return ExitCode.DONE


def discard(run: Path, /, *, undo: Switch = False, screen: DiscardScreen = DEFAULT_DISCARD_SCREEN) -> ExitCode:
    """Say that a run is not to be gone on with; delete nothing.

    Parameters
    ----------
    run
        The run: its folder, its name or the beginning of it, a file in it, or latest.
    undo
        Take it up again.
    """
    screen = whole(screen)
    with Run.open(run_folder(run)) as opened:
        if undo:
            was = opened.manifest.discarded_at
            opened.update(discarded_at=None)
            told = f"{opened.folder} {'is listed again' if was else 'was not discarded: nothing was changed'}"
        else:
            _make_sure(opened, screen)
            opened.update(discarded_at=time.time())
            told = (
                f"{opened.folder} is discarded: `resume` and `runs` leave it out. Nothing was deleted. "
                f"To take it up again: {typed(['discard', opened.folder, '--undo'])}"
            )
        if screen.json:
            shown = {"run": str(opened.folder), "discarded": not undo, "exit_code": 0, "error": None}
            print(json.dumps(named("discard-1", shown)))
        else:
            tell(told)
    return ExitCode.DONE


def _make_sure(run: Run, screen: Screen) -> None:
    """Ask before the only account of sets that a run has made, or may have made, goes out of sight.

    Raises:
        RunError: there are such sets, and the answer was no.
    """
    later = successor(run.manifest)
    if later and later.name in _listed(later.parent):
        return  # whose results hold all of its rows
    made, perhaps = sum(1 for _ in run.to_roll_back()), sum(1 for _ in run.leftovers())
    parts = [f"made {made:,} {run.kind.noun if made == 1 else run.kind.plural}"] if made else []
    parts += [f"may have made more ({plural(perhaps, 'row')} in doubt)"] if perhaps else []
    listed = _listed(run.folder.parent)
    carried = sum(rows for name, rows in carried_from(run).items() if name not in listed)
    parts += [f"carries {plural(carried, 'row')} whose sets a discarded run made"] if carried else []
    if not parts:
        return
    told = f"{run.folder} {' and '.join(parts)}; no later run accounts for that"
    if not confirmed(f"{told}. Discard it all the same?", yes=screen.yes):
        raise RunError(
            f"{told}. To delete what it made: {typed(['rollback', run.folder])}; to discard it anyway, add --yes"
        )
    if screen.yes:
        say(told)


def _listed(folder: Path) -> set[str]:
    """The names of the runs in a folder that are not discarded."""
    return {each.folder.name for each in overviews(folder) if not each.manifest.discarded_at}
