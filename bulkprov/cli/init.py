"""The command `init`: where the server is and how to sign in, asked for, tried, and kept in a private file.

The file is the user's own settings file, which every command reads. It never holds a password or a token; it may name a
file of one that lies beside it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import Parameter

from bulkprov.cli.config import FILES_OF_SECRETS, profiles_in, user_file
from bulkprov.cli.json_output import named
from bulkprov.cli.messages import signed_in
from bulkprov.cli.options import DEFAULT_ACCESS, DEFAULT_INIT_SCREEN, InitScreen, whole
from bulkprov.cli.origins import origin
from bulkprov.cli.prompts import ask, attended, columns, confirmed, say, tell
from bulkprov.cli.settings_text import without
from bulkprov.cli.signing_in import prepared, show_server, with_password
from bulkprov.cli.workflow import no_log
from bulkprov.commvault.credentials import read_secret
from bulkprov.errors import ExitCode, ServerError, SettingsError
from bulkprov.private import make_folder, replacing
from bulkprov.runs.connect import check
from bulkprov.runs.execute import drive
from bulkprov.settings import SETTINGS_FILE, Access, Screen, again
from bulkprov.shell import typed
from bulkprov.text import clean
from bulkprov.urls import USUAL_ROOTS, has_no_path

__all__ = ["init"]

_Text: TypeAlias = Annotated[str, Parameter(show_default=False)]

_KEPT: Final = (
    *("server", "username", "one_time_pin", "wire", "timeout", "connect_timeout", "proxy", "proxy_username"),
    "allow_http",
)
"""The options that are kept as they are. Certificates that are not checked are not: `insecure` has to be typed."""


def init(*, name: _Text = "", access: Access = DEFAULT_ACCESS, screen: InitScreen = DEFAULT_INIT_SCREEN) -> ExitCode:
    """Ask for server, user and trust; try the log-in; keep the settings.

    Parameters
    ----------
    name
        Keep them as a profile of this name, for --profile.
    """
    if access.simulate:
        raise SettingsError("the simulator needs no settings: `bulkprov run SHEET --simulate`")
    path, screen = user_file(), whole(screen)
    stays = _stays(path, name, screen)
    for file in filter(None, (access.password_file, access.token_file, access.proxy_password_file)):
        read_secret(file, "")  # now: one that others can read should not cost the answers to all questions
    given, access = access, _asked(access) if attended() else access
    _check_is_complete(access)
    if has_no_path(access.server) and not attended():
        say(f"{access.server} has no path; most web services end in {' or '.join(USUAL_ROOTS)}")
    access, credentials = prepared(access)
    show_server(access, credentials, screen, lambda option: origin(option) if _same(option, given, access) else "")
    try:
        with no_log(screen) as log:
            clients, credentials = with_password(credentials, access, lambda each: drive(check(access, each, log)))
    except ServerError as error:
        words = ["init", "--server", access.server, *again(access), *(["--name", name] if name else [])]
        raise ServerError(f"{str(error).rstrip('.')}. Nothing was kept; to try again: {typed(words)}") from error
    settings, unkept = _settings(access, path.parent)
    _write(path, stays, settings)
    who = credentials.username or "the owner of the token"
    if screen.json:
        told = {"settings": str(path), "server": access.server, "user": who, "clients": clients}
        print(json.dumps(named("init-1", told | {"exit_code": 0, "error": None})))
    else:
        tell(signed_in(access.server, who, clients))
        tell("\n".join(_next(path, name, unkept)))
    return ExitCode.DONE


def _same(option: str, given: Access, asked: Access) -> bool:
    """Whether an option is still as it was set, and was not answered otherwise."""
    return bool(getattr(given, option) == getattr(asked, option))


def _stays(path: Path, name: str, screen: Screen) -> tuple[str, str]:
    """What stays of the settings file, before and after what is written: all of it, if a profile is added.

    Else all but server, log-in and the way there, of the profile or of what stands before all, once that was confirmed.

    Raises:
        SettingsError: it is to stay as it is, or cannot be taken apart.
    """
    head = f"[profile.{_toml(name)}]\n" if name else ""
    if not path.exists():
        return head, ""
    is_new = name not in profiles_in(path) if name else False
    text = path.read_text("utf-8-sig")
    if is_new:
        return f"{text.rstrip()}\n\n{head}".lstrip(), ""
    stays = without(text, {each.name for each in fields(Access)}, name)
    if stays is None:
        raise SettingsError(f"{path} has texts of several lines: edit it there, or put it aside and call init again")
    if name:
        there, anew = f"has a profile {name} already", "Set its server and log-in anew (all else in it stays)?"
        other = "keep a profile of another name, give that"
    else:
        there, anew = "is there already", "Set server and log-in anew (asked with what it says; all else in it stays)?"
        other = "add a profile to it, `bulkprov init --name NAME`"
    if not confirmed(f"{path} {there}. {anew}", yes=screen.yes):
        raise SettingsError(f"{path} stays as it is: it {there}; to set server and log-in anew, add --yes; to {other}")
    return stays


def _asked(access: Access) -> Access:
    """The settings, completed on the terminal. What was typed as an option is not asked for.

    Raises:
        SettingsError: the input has ended.
    """
    form = _Form(access)
    form.ask("server", "Web service (https://HOST/commandcenter/api)", needed=True)
    form.complete_path()
    if not os.environ.get("BULKPROV_TOKEN"):
        if not access.token_file:
            form.ask("username", r"User (DOMAIN\NAME; empty: sign in with a token file)")
        if not form.access.username:
            form.ask("token_file", "Token file", _file, needed=True)
    if form.access.server.startswith("https:"):  # plain http has no certificates, and takes no proxy
        form.ask("ca_file", "File of CA certificates (PEM; empty: the system's own)", _file)
        form.ask("proxy", "Proxy (http://HOST:PORT; empty: none)")
    return form.access


class _Form:
    """The settings while they are asked for, one after the other."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def ask(self, option: str, question: str, read: Callable[[str], Any] = str, *, needed: bool = False) -> None:
        """Ask for an option until the answer can be used, unless it was typed; what is set elsewhere is the default.

        Args:
            option: its name, with underscores.
            question: asked.
            read: makes the value of an answer.
            needed: whether there has to be one.
        """
        value = getattr(self.access, option)
        if value and not origin(option):
            return
        while True:
            answer = ask(question, str(value or ""))
            if not answer and needed:
                continue
            try:
                self.access = replace(self.access, **{option: read(answer)})
            except SettingsError as error:
                say(str(error))
            else:
                return

    def complete_path(self) -> None:
        """Ask for the path of a web service that was given without one; few have none.

        Raises:
            SettingsError: the input has ended.
        """
        server = self.access.server
        if not has_no_path(server):
            return
        say(f"{server} has no path; most web services end in {' or '.join(USUAL_ROOTS)}")
        while has_no_path(self.access.server):
            path = ask("Its path (/ for none)", USUAL_ROOTS[0]).strip("/")
            if not path:
                return
            try:
                self.access = replace(self.access, server=f"{server}/{path}")
            except SettingsError as error:
                say(str(error))


def _file(answer: str) -> Path | None:
    """The path of a file that is there; None for none."""
    if not answer:
        return None
    path = Path(answer).expanduser()
    if not path.is_file():
        raise SettingsError(f"{path}: no such file")
    return path


def _check_is_complete(access: Access) -> None:
    """Raise unless there is a server and a way to sign in.

    Raises:
        SettingsError: something is missing, and there is no terminal to ask on.
    """
    missing = [] if access.server else ["--server URL"]
    if not (access.username or access.token_file or os.environ.get("BULKPROV_TOKEN")):
        missing.append("--username NAME with --password-file FILE, or --token-file FILE")
    if missing:
        raise SettingsError(f"there is no terminal to ask on: give {', and '.join(missing)}")


def _settings(access: Access, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What is kept in a settings file in a folder, and the options that it must not hold, as they are typed."""
    defaults = {each.name: each.default for each in fields(Access)}
    kept = {name: value for name in _KEPT if (value := getattr(access, name)) != defaults[name]}
    for option in ("ca_file", "cert_file"):
        if path := getattr(access, option):
            kept[option] = str(path.expanduser().absolute())
    unkept = ["--insecure"] if access.insecure else []
    for option in FILES_OF_SECRETS:
        file: Path | None = getattr(access, option)
        if file and file.resolve().is_relative_to(folder.resolve()):
            kept[option] = file.resolve().relative_to(folder.resolve()).as_posix()
        elif file:
            unkept += [f"--{option.replace('_', '-')}", str(file)]
    return kept, unkept


def _write(path: Path, stays: tuple[str, str], settings: dict[str, Any]) -> None:
    """Write the settings file: whole, readable by its owner only, or not at all.

    Raises:
        SettingsError: that is not possible.
    """
    before, after = stays
    text = before + "\n".join([*(f"{key} = {_toml(value)}" for key, value in settings.items()), ""])
    text += f"\n{after}" if after else ""
    place = path.resolve()  # the file itself, where a link leads to it, as from a collection of settings files
    try:
        make_folder(place.parent)
        with replacing(place) as file:
            file.write(text.encode())
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def _toml(value: str | float) -> str:
    """A value as TOML has it; a backslash, as in a Windows domain, stays one where it can."""
    if isinstance(value, str) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _next(path: Path, name: str, unkept: list[str]) -> Iterator[str]:
    """What is kept where, and the three commands of a wave."""
    yield f"Settings: {clean(str(path))} (yours alone; no password is in it)"
    if SETTINGS_FILE.is_file():
        yield f"The {SETTINGS_FILE} in this folder beats it."
    if unkept:
        yield (
            f"Not kept, so to be typed each time: {typed(unkept).removeprefix('bulkprov ')}"
            f"{'' if unkept == ['--insecure'] else f' (unless the file is in {clean(str(path.parent))})'}"
        )
    more = [*(["--profile", name] if name else []), *unkept]
    commands = {
        typed(["plan", "wave.xlsx", *more]): "what would happen?",
        typed(["run", "wave.xlsx", *more]): "make it happen",
        typed(["rerun", "RUN", "RUN/failed.xlsx", *more]): "the corrected rows",
    }
    yield "A wave in three commands:"
    width = max(map(len, commands))
    room = columns(sys.stdout)
    fits = not room or max(width + 4 + len(what) for what in commands.values()) <= room
    for command, what in commands.items():
        yield f"  {command:{width}}  {what}" if fits else f"  {command}\n      {what}"
