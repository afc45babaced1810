"""What a command on a run says when it has ended, in words or for scripts, and how the next command is to be typed.

Its words are in `messages`, its objects in `json_output`.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from bulkprov.cli.config import file_options, settings_files
from bulkprov.cli.json_output import groups_listed, last_event, summary
from bulkprov.cli.messages import closing, next_command, reasons, row_lines
from bulkprov.cli.plan_changes import change_lines, changes_listed
from bulkprov.report.aggregate import Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.write import Written
from bulkprov.runs.earlier_plan import Change
from bulkprov.runs.execute import Ended
from bulkprov.runs.folder import LOG
from bulkprov.runs.intake import NO_FILES
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading, Screen, again
from bulkprov.text import clean_lines

__all__ = ["for_people", "known_errors", "server_again", "tell_end", "tell_rows", "tell_scripts", "words_again"]


def tell_end(
    run: Run,
    ended: Ended,
    written: Written | None,
    given: tuple[Access | Effort | Reading, ...],
    screen: Screen,
    catalogue: Catalogue | None = None,
    *,
    worked_on: Run | None = None,
    since: Sequence[Change] | None = None,
) -> None:
    """Say how it ended: in words, or as one JSON object.

    Args:
        run: the run.
        ended: how.
        written: the files, if any.
        given: the options of this command; the next one needs some of them again.
        screen: what to show.
        catalogue: explains the errors, if they are to be explained.
        worked_on: whose rows ended so, if not the run's own.
        since: what has changed since an earlier plan, if that is asked.
    """
    words = words_again(*given, screen=screen, unsent=ended.refused)
    if not screen.json:
        if since is not None:
            print(clean_lines("\n".join(change_lines(since, run.kind.scope_noun))), file=for_people(screen))
        why = reasons(run, ended, catalogue) if catalogue and written else []
        print(clean_lines("\n".join(closing(run, ended, written, words, why))), file=for_people(screen))
    if screen.json or screen.events:
        summed_up = _summary(run, ended, written, words, given, screen, worked_on or run)
        tell_scripts(summed_up | {"changes": changes_listed(since) if since is not None else None}, screen)


def tell_scripts(summed_up: dict[str, Any], screen: Screen) -> None:
    """Print the one object of `--json`, or the last of `--events`."""
    print(json.dumps(last_event(summed_up) if screen.events else summed_up))


def for_people(screen: Screen) -> TextIO:
    """Where lines for people go: stdout, unless events go there."""
    return sys.stderr if screen.events else sys.stdout


def tell_rows(run: Run, ended: Ended, screen: Screen) -> None:
    """Name the rows that are not well, or the first of them."""
    if not screen.json:
        lines = row_lines(run.results(), ended.operation)
        print(clean_lines("\n".join(lines)), end="\n" if lines else "", file=for_people(screen))


def known_errors(screen: Screen) -> Catalogue:
    """What errors mean: the user's entries, from a file of their own and from the settings file, and the shipped ones.

    Raises:
        SettingsError: an entry is wrong.
    """
    settings = [path for path in settings_files(screen.config) if path.is_file()]
    return Catalogue.of(*filter(None, (screen.catalogue, *settings)))


def words_again(*given: Access | Effort | Reading, screen: Screen, unsent: bool = False) -> list[str]:
    """The options that the next command needs again; what the settings file says is left out.

    Args:
        given: the options of this command.
        screen: those of the screen.
        unsent: whether no row was sent, so that a limit on their number still holds.
    """
    words = again(*given, screen, known=file_options(screen.config, screen.profile))
    limits = [part.limit for part in given if isinstance(part, Effort) and part.limit] if unsent else []
    return words + [word for limit in limits for word in ("--limit", str(limit))]


def server_again(access: Access, screen: Screen) -> list[str]:
    """How the next command is told the server, if it works on no run that knows it and no settings file names it."""
    if access.simulate:
        return ["--simulate"]
    known = file_options(screen.config, screen.profile).get("server")
    return ["--server", access.server] if access.server and known != access.server else []


def _summary(
    run: Run,
    ended: Ended,
    written: Written | None,
    words: list[str],
    given: tuple[Access | Effort | Reading, ...],
    screen: Screen,
    worked_on: Run,
) -> dict[str, Any]:
    """The object of `--json`, with what its rows have in common that are not well, and the command to go on with."""
    totals = Totals(ended.operation.well)
    if not ended.operation.undoes:  # what a rollback has left is told by its rows' notes
        for result in worked_on.results():
            totals.add(result)
    groups = groups_listed(totals.groups, known_errors(screen).of_kind(run.kind.name))
    if not ended.operation.plans:
        command = next_command(run, ended, written, words)
    elif ended.exit_code or run.manifest.sheet in NO_FILES:
        command = []  # the sheet is to be corrected first, or cannot be read a second time
    else:
        servers = (server_again(each, screen) for each in given if isinstance(each, Access))
        command = next_command(run, ended, written, [*chain(*servers), *words])
    return summary(run, ended, written, next_command=["bulkprov", *command] if command else [], groups=groups)


def with_log_kept(ended: Ended, run: Run) -> Ended:
    """How it ended; after a bug, with a copy of the log, which would be deleted together with the temporary folder."""
    if not ended.tally.bugs:
        return ended
    with tempfile.NamedTemporaryFile(prefix="bulkprov-", suffix=".log", delete=False) as kept:
        kept.write((run.folder / LOG).read_bytes())
    return replace(ended, log=Path(kept.name))
