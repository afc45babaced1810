"""The command `probe`: how this very CommServe behaves, and what that means for a wave."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from bulkprov.cli.closing import server_again, words_again
from bulkprov.cli.options import (
    DEFAULT_ACCESS,
    DEFAULT_PROBE_SCREEN,
    DEFAULT_READING,
    OutputOption,
    ProbeScreen,
    Switch,
    fitting,
    whole,
)
from bulkprov.cli.probe_lines import probe_json, probe_lines
from bulkprov.cli.prompts import say, tell
from bulkprov.cli.signing_in import prepared, show_server, with_password
from bulkprov.cli.workflow import no_log
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_columns import APP_NAMES, OTHER_APP_NAMES
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.errors import ExitCode, NoServerError, RunError
from bulkprov.private import make_folder
from bulkprov.probe.diary import Diary, diaries_in
from bulkprov.probe.execute import Asked, Probed, execute
from bulkprov.probe.findings import PROBE_FILE
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import drive
from bulkprov.runs.folder import REPORTS
from bulkprov.runs.intake import opened_sheet
from bulkprov.settings import Access, Reading
from bulkprov.sheets.validate import checker
from bulkprov.text import clean

__all__ = ["probe"]

_Text: TypeAlias = Annotated[str, Parameter(show_default=False)]


def probe(
    sheet: str | None = None,
    /,
    *,
    client: _Text,
    app: _Text = "",
    instance: _Text = "",
    names: Switch = False,
    output: OutputOption = None,
    access: Access = DEFAULT_ACCESS,
    reading: Reading = DEFAULT_READING,
    screen: ProbeScreen = DEFAULT_PROBE_SCREEN,
) -> ExitCode:
    """Find out how this CommServe behaves where its manual does not say.

    Parameters
    ----------
    sheet
        Sheet whose agents are compared with those of the client.
    client
        A scratch client: with --yes, a few sets are made on it and deleted.
    app
        Agent to make them under [default: File System].
    instance
        Its instance [default: DefaultInstanceName].
    names
        Try long names and special characters as well.
    output
        Folder for probe.json [default: reports/probe-<time>].
    """
    screen = whole(screen)
    if not (access.server or access.simulate):
        raise NoServerError
    agents = sorted(_agents(sheet, reading)) if sheet else [*APP_NAMES, *OTHER_APP_NAMES]
    access, credentials = prepared(access)
    show_server(access, credentials, screen)
    asked = Asked(client=client, app=app, instance=instance, agents=agents, makes=screen.yes, names=names)
    with _folder(output, makes=screen.yes) as folder, no_log(screen) as log, _ended_as_by_ctrl_c() as signals:
        environment, said = this_machine(), _quiet if screen.quiet else _say
        probed, _ = with_password(
            credentials,
            access,
            lambda each: drive(execute(asked, access, each, log, folder=folder, environment=environment, say=said)),
        )
    code = ExitCode.TERMINATED if signals and probed.interrupted else _exit_code(probed)
    if screen.json:
        print(json.dumps(probe_json(probed, int(code))))
    else:
        places = {"--client": client, "--app": app, "--instance": instance}
        given = [*filter(None, (sheet,)), *(word for each in places.items() if each[1] for word in each)]
        given += ["--names"] if names else []
        given += [*server_again(access, screen), *words_again(access, reading, screen=screen)]
        width = get_terminal_size().columns if sys.stdout.isatty() else 0
        tell("\n".join(probe_lines(probed, given, ["--output", str(output)] if output else [], width)))
    if probed.unwritten:
        _say(f"bulkprov: {probed.unwritten}")
    return code


def _agents(sheet: str, reading: Reading) -> set[str]:
    """The agents that the rows of a sheet name; rows with faults name none."""
    opened = opened_sheet(sheet, fitting(reading, sheet), BACKUP_SET)
    check = checker(BACKUP_SET.check, opened.fields, sheet_name=opened.sheet_name)
    wants = (check(record) for chunk in opened.chunks() for record in chunk)
    return {want.app for want in wants if isinstance(want, BackupSet)}


def _exit_code(probed: Probed) -> ExitCode:
    if probed.unwritten:
        return ExitCode.NOT_WRITTEN
    if probed.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.ROWS_LEFT if probed.cleaned_up.left or probed.findings.stopped else ExitCode.DONE


def _say(line: str) -> None:
    """Say a line, if there is still someone to say it to: a probe goes on to clean up without."""
    with suppress(OSError):
        say(clean(line))


def _quiet(_line: str) -> None:
    """Say nothing, with --quiet."""


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[list[int]]:
    """The system's signals to end do what Ctrl-C does: the probe cleans up. Gives those that came.

    A terminal that is closed sends one too; one that is ignored (`nohup`) stays so. But Ctrl-C itself is heard even if
    it was ignored, as in a job that a script has put in the background: the others would be lost with it.
    """
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        came.append(number)
        signal.raise_signal(signal.SIGINT)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in (*numbers, signal.SIGINT)}
    for number in numbers:
        if before[number] is signal.SIG_DFL:
            signal.signal(number, end)
    if before[signal.SIGINT] is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _folder(output: Path | None, *, makes: bool) -> Iterator[Path]:
    """A folder for a probe; one that was made for it is taken away again if nothing came to be in it.

    Args:
        output: as it was given, if it was.
        makes: whether the probe may clean up after another that is in the folder.

    Raises:
        RunError: it cannot be made, or has a probe already.
    """
    if output and (diaries_in(output) or (output / PROBE_FILE).exists()):
        _check_is_unfinished(output, makes=makes)
    new = output is None or not output.exists()
    try:
        folder = output or _new_folder()
        make_folder(folder)
    except OSError as error:
        raise RunError(f"{output or REPORTS}: {error.strerror}") from error
    try:
        yield folder
    finally:
        if new:
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def _check_is_unfinished(folder: Path, *, makes: bool) -> None:
    """Refuse a folder with a probe, but for one that did not end: said again, the command cleans up after it.

    Raises:
        RunError: the probe ended, or is under way, or its sets are not to be deleted.
    """
    for path in diaries_in(folder):
        with Diary(path) as diary:
            is_over = diary.left().is_over
        if not is_over and makes:
            return
        if not is_over:
            raise RunError(f"{folder} holds a probe that did not end: add --yes to delete what it made")
    raise RunError(f"{folder} holds a probe already: give another --output")


def _new_folder() -> Path:
    """A new folder: `reports/probe-<time>`. It does not name the client, which is a host.

    Raises:
        OSError: it cannot be made.
    """
    name = f"probe-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    make_folder(REPORTS)
    folder, number = REPORTS / name, 2
    while True:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:  # another probe has begun in the same second
            folder, number = REPORTS / f"{name}-{number}", number + 1
        else:
            return folder
