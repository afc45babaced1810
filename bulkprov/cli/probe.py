"""The command `probe`: how this very CommServe behaves, and what that means for a wave."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from bulkprov.cli.config import file_options
from bulkprov.cli.options import DEFAULT_ACCESS, DEFAULT_READING, DEFAULT_SCREEN, OutputOption, Switch
from bulkprov.cli.probe_lines import probe_json, probe_lines
from bulkprov.cli.prompts import say
from bulkprov.cli.workflow import ask_for, no_log, show_server, words_again
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_columns import APP_NAMES
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.errors import ExitCode, RunError, SettingsError
from bulkprov.private import make_folder
from bulkprov.probe.diary import DIARY
from bulkprov.probe.execute import Asked, Probed, execute, new_probe_folder
from bulkprov.probe.findings import PROBE_FILE
from bulkprov.runs.connect import credentials_for
from bulkprov.runs.environment import this_machine
from bulkprov.runs.execute import drive
from bulkprov.runs.intake import opened_sheet
from bulkprov.settings import Access, Reading, Screen
from bulkprov.sheets.validate import checker

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
    screen: Screen = DEFAULT_SCREEN,
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
    if not (access.server or access.simulate):
        raise SettingsError("no server given: use --server URL")
    agents = sorted(_agents(sheet, reading)) if sheet else list(APP_NAMES)
    credentials = credentials_for(access, ask_for(access))
    show_server(access, credentials, screen)
    asked = Asked(client=client, app=app, instance=instance, agents=agents, makes=screen.yes, names=names)
    with _folder(output or new_probe_folder()) as folder, no_log(screen) as log:
        environment, tell = this_machine(), _quiet if screen.quiet else say
        probed = drive(execute(asked, access, credentials, log, folder=folder, environment=environment, say=tell))
    code = _exit_code(probed)
    if screen.json:
        print(json.dumps(probe_json(probed, int(code))))
    else:
        places = {"--client": client, "--app": app, "--instance": instance}
        given = [*filter(None, (sheet,)), *(word for each in places.items() if each[1] for word in each)]
        given += ["--names"] if names else []
        given += [*_server(access, screen), *words_again(access, screen=screen)]
        width = get_terminal_size().columns if sys.stdout.isatty() else 0
        print("\n".join(probe_lines(probed, given, width)))
    return code


def _agents(sheet: str, reading: Reading) -> set[str]:
    """The agents that the rows of a sheet name; rows with faults name none."""
    opened = opened_sheet(sheet, reading, BACKUP_SET)
    check = checker(BACKUP_SET.check, opened.fields, sheet_name=opened.sheet_name)
    wants = (check(record) for chunk in opened.chunks() for record in chunk)
    return {want.app for want in wants if isinstance(want, BackupSet)}


def _server(access: Access, screen: Screen) -> list[str]:
    """How to name the server again, unless the settings file names it."""
    if access.simulate:
        return ["--simulate"]
    return (
        []
        if file_options(screen.config, screen.profile).get("server") == access.server
        else ["--server", access.server]
    )


def _exit_code(probed: Probed) -> ExitCode:
    if probed.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.ROWS_LEFT if probed.left or probed.findings.stopped else ExitCode.DONE


def _quiet(_line: str) -> None:
    """Say nothing, with --quiet."""


@contextmanager
def _folder(folder: Path) -> Iterator[Path]:
    """A folder for a probe, which is taken away again if nothing came to be in it.

    Raises:
        RunError: it cannot be made, or has a probe already.
    """
    if (folder / DIARY).exists() or (folder / PROBE_FILE).exists():
        raise RunError(f"{folder} holds a probe already: give another --output")
    try:
        make_folder(folder)
    except OSError as error:
        raise RunError(f"{folder}: {error.strerror}") from error
    try:
        yield folder
    finally:
        with suppress(OSError):  # it is not empty
            folder.rmdir()
