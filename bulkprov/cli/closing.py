"""What a command on a run says when it has ended, in words or for scripts, and how the next command is to be typed.

Its words are in `messages`, its objects in `json_output`.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from bulkprov.cli.config import file_options, settings_files
from bulkprov.cli.json_output import groups_listed, last_event, summary
from bulkprov.cli.messages import last_lines, next_command, reasons, row_lines
from bulkprov.cli.plan_changes import change_lines, changes_listed
from bulkprov.cli.prompts import for_people, tell, width
from bulkprov.engine.model import Status
from bulkprov.engine.operations import Operation
from bulkprov.report.aggregate import Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import WIDTH
from bulkprov.report.write import Written
from bulkprov.runs.earlier_plan import Change
from bulkprov.runs.execute import Ended
from bulkprov.runs.folder import NO_FILES
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading, Screen, again

__all__ = [
    "known_errors",
    "server_again",
    "summed_up",
    "tell_end",
    "tell_rows",
    "tell_scripts",
    "words_again",
    "words_in_files",
]


def tell_end(
    run: Run,
    ended: Ended,
    written: Written | None,
    given: tuple[Access | Effort | Reading, ...],
    screen: Screen,
    catalogue: Catalogue | None = None,
    *,
    words: Sequence[str] = (),
    shown: dict[str, Any] | None = None,
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
        words: further options that the next command needs.
        shown: the object of `--json`, if it has been made already; see `summed_up`.
        since: what has changed since an earlier plan, if that is asked.
    """
    if not screen.json:
        further = [*words_again(*_still(given, ended), screen=screen, unsent=ended.refused), *words]
        if since is not None:
            tell("\n".join(change_lines(since, run.kind.scope_noun)), to=for_people(screen))
        why = reasons(run, ended, catalogue, width(WIDTH, for_people(screen))) if catalogue and written else []
        access = words_again(*(each for each in given if isinstance(each, Access)), screen=screen)
        tell("\n".join(last_lines(run, ended, written, further, why, access)), to=for_people(screen))
    if screen.json or screen.events:
        shown = shown or summed_up(run, ended, written, given, screen, words=words)
        tell_scripts(shown | {"changes": changes_listed(since) if since is not None else None}, screen)


def tell_scripts(shown: dict[str, Any], screen: Screen) -> None:
    """Print the one object of `--json`, or the last of `--events`."""
    tell(json.dumps(last_event(shown) if screen.events else shown), whole=True)


def tell_rows(run: Run, ended: Ended, screen: Screen) -> None:
    """Name the rows that are not well, or the first of them."""
    if not screen.json:
        lines = row_lines(run.results(), ended.operation)
        if lines:
            tell("\n".join(lines), to=for_people(screen))


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


def words_in_files(access: Access, screen: Screen, operation: Operation) -> list[str]:
    """The options that the command needs which the files of results name: theirs may be read by others.

    The run knows the rest, but for how to sign in; of a plan there is no run.
    """
    known = file_options(screen.config, screen.profile)
    words = again(screen, known=known)
    if not operation.plans:
        return words
    return [*server_again(access, screen), *again(Access(username=access.username), known=known), *words]


def _still(given: tuple[Access | Effort | Reading, ...], ended: Ended) -> list[Access | Effort | Reading]:
    """The options of this command that the next one needs.

    Not a canary that has passed: it was to create, or delete, as many as were; nor an end of the window that has come:
    typed now it would be that of the next day, which the run keeps in any case.
    """
    acted = ended.statuses[Status.ROLLED_BACK if ended.operation.undoes else Status.CREATED]
    still = list[Access | Effort | Reading]()
    for part in given:
        one = part
        if isinstance(one, Effort) and one.canary and acted >= one.canary:
            one = replace(one, canary=None)
        if isinstance(one, Effort) and _has_closed(one, ended):
            one = replace(one, until="")
        still.append(one)
    return still


def _has_closed(effort: Effort, ended: Ended) -> bool:
    """Whether the window was over when the work was."""
    if ended.began is None or ended.over is None:
        return False
    end = effort.window_ends(datetime.fromtimestamp(ended.began).astimezone())
    return end is not None and end.timestamp() <= ended.over


def server_again(access: Access, screen: Screen) -> list[str]:
    """How the next command is told the server, if it works on no run that knows it and no settings file names it."""
    if access.simulate:
        return ["--simulate"]
    known = file_options(screen.config, screen.profile).get("server")
    return ["--server", access.server] if access.server and known != access.server else []


def summed_up(
    run: Run,
    ended: Ended,
    written: Written | None,
    given: tuple[Access | Effort | Reading, ...],
    screen: Screen,
    *,
    words: Sequence[str] = (),
    worked_on: Run | None = None,
) -> dict[str, Any]:
    """The object of `--json`, with what its rows have in common that are not well, and the command to go on with.

    Args:
        run: as for `tell_end`, like what follows.
        ended: how.
        written: the files, if any.
        given: the options of this command.
        screen: what to show.
        words: further options that the next command needs.
        worked_on: whose rows ended so, if not the run's own; it is open.
    """
    words = [*words_again(*_still(given, ended), screen=screen, unsent=ended.refused), *words]
    totals = Totals(ended.operation.well)
    if not ended.operation.undoes:  # what a rollback has left is told by its rows' notes
        for result in (worked_on or run).results():
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
