"""Options from the environment and from the settings file, with its named profiles.

A flag beats the environment, that beats the chosen profile, and that the rest of the file, which holds no secrets.
cyclopts does the reading. Which settings file it is, and whether a failure is reported as JSON, must be known before
the other options are read, even if they cannot be; `_early` has cyclopts read those few options by themselves.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import time
from pathlib import Path, PureWindowsPath
from typing import Any, Final, NamedTuple, TypeVar
from unicodedata import category

from cyclopts import App, CycloptsError
from cyclopts.argument import Argument, ArgumentCollection
from cyclopts.config import Dict, Env
from platformdirs import user_config_path

from bulkprov.cli.origins import PREFIX, keep_meant, keep_origins
from bulkprov.errors import SettingsError
from bulkprov.private import why_not_own
from bulkprov.settings import SETTINGS_FILE, Access, Effort, Reading, Screen
from bulkprov.shell import typed

__all__ = [
    "FILES_OF_SECRETS",
    "configuration",
    "file_options",
    "profiles_in",
    "settings_files",
    "user_file",
    "wants_events",
    "wants_json",
]

T = TypeVar("T")

_VARIABLES: Final = Env(PREFIX, command=False)
_NO: Final = ("no", "n", "0", "false", "f")
"""What cyclopts reads as no."""
_EXCLUSIVE: Final = (("--server", "--simulate"), ("--username", "--token-file"))
_SINGLE: Final = r"put Windows paths and DOMAIN\user in single quotes: '...'"
_ENVIRONMENT: Final = 1
_FARTHEST: Final = 9
FILES_OF_SECRETS: Final = ("token_file", "password_file", "proxy_password_file", "key_file", "key_password_file")
"""The options that name such files: in a settings file only what lies beside it."""
_MEANT_FOR: Final = {"token_file": "server", "password_file": "server", "proxy_password_file": "proxy"}
"""Those whose secrets are sent, each with the option that says where to."""
_TO_BE_TYPED: Final = "insecure exposes the token: type --insecure, each time"
_SECRETS: Final = {
    "token": "put the token in a private file of its own: --token-file",
    "password": "put the password in a private file of its own: --password-file",
    "proxy_password": "put the password in a private file of its own: --proxy-password-file",
    "key_password": "put the password in a private file of its own: --key-password-file",
}
_OPTIONS: Final = {each.name for part in (Access, Effort, Reading, Screen) for each in fields(part)} | {
    "output",
    "format",
}


class _Set(NamedTuple):
    """An option in a settings file."""

    value: Any
    path: Path
    """Of the file."""
    meant: tuple[str, ...]
    """For a file of secrets that are sent: where to, by the same file; else empty."""


def configuration(tokens: Sequence[str], commands: Iterable[str]) -> tuple[Callable[..., Any], ...]:
    """Where a command gets the options that are not on its command line, for `App.config`.

    Args:
        tokens: the command line; it may name the settings file and a profile.
        commands: their names; the file's options are for all of them.

    Raises:
        SettingsError: a file is missing, is not TOML, is not the user's own, has no such profile, or has a key that is
            not an option.
    """
    options = _early(_settings, tokens)
    by_file: dict[Path, dict[str, Any]] = {}
    for name, each in options.items():
        by_file.setdefault(each.path, {})[name] = each.value
    keep_meant({name.replace("-", "_"): each.meant for name, each in options.items() if each.meant})
    names = list(commands)
    # By command, since cyclopts ignores options for all commands that have the name of a command, such as `simulate`.
    files = [Dict(dict.fromkeys(names, own), source=str(path), allow_unknown=True) for path, own in by_file.items()]
    return (_VARIABLES, *files, _nearer_wins, keep_origins)


def wants_json(tokens: Sequence[str]) -> bool:
    """Whether one JSON object is wanted on stdout, even if the command line cannot be read as a whole."""
    return _wants(tokens, _json, "--json")


def wants_events(tokens: Sequence[str]) -> bool:
    """Whether JSON lines are wanted on stdout; likewise."""
    return _wants(tokens, _events, "--events")


def _wants(tokens: Sequence[str], function: Callable[..., bool], option: str) -> bool:
    try:
        options = {name: each.value for name, each in _early(_settings, tokens).items()}
    except SettingsError:
        options = {}
    typed = tokens[: tokens.index("--")] if "--" in tokens else tokens
    return _early(function, tokens, Dict(options, allow_unknown=True), otherwise=lambda: option in typed)


def _early(
    function: Callable[..., T],
    tokens: Sequence[str],
    *more: Callable[..., Any],
    otherwise: Callable[[], T] | None = None,
) -> T:
    """Call a function with those of its options that are given, whatever else is on the command line.

    What is wrong with the command line is reported later, when the command reads it.

    Args:
        function: its parameters are the options.
        tokens: the command line.
        more: where the options come from besides the command line and the environment.
        otherwise: called where even these options cannot be read; by default the function, without options.
    """
    app = App(config=(_VARIABLES, *more), help_flags=(), version_flags=())
    app.default(function)
    try:
        command, given, *_ = app.parse_known_args(tokens)
    except CycloptsError:
        return (otherwise or function)()
    return function(**given.arguments) if command is function else function()  # else a request for shell completion


def _json(*, json: bool = False) -> bool:
    return json


def _events(*, events: bool = False) -> bool:
    return events


def _nearer_wins(_app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Of two options that exclude each other, keep the one from the nearer source: flag, environment, file.

    Some options count only if they are typed. A `yes` that lets scheduled runs go on without asking must not turn the
    preview of a rollback into a rollback, or a probe that reads into one that makes sets; and a run knows its server,
    whichever one the settings are for.
    """
    said = {argument.name: argument for argument in arguments if argument.tokens}
    run = said.get("RUN")
    # a rerun of a results file outside its run's folder has no run that knows its server
    a_file = bool(run and os.path.isfile(run.tokens[0].value))  # noqa: PTH113 - which raises nothing
    of_a_run = "resume" in commands or (bool(run) and not ("rerun" in commands and a_file))
    deletes = bool({"discard", "rollback", "probe"} & {*commands})
    to_be_typed = (*(("--yes",) if deletes else ()), *(("--server", "--simulate") if of_a_run else ()))
    for argument in filter(None, map(said.get, to_be_typed)):
        if argument.tokens[0].source != "cli":
            argument.tokens.clear()
    if (insecure := said.get("--insecure")) and insecure.tokens and _rank(insecure) == _ENVIRONMENT:
        raise SettingsError(f"{PREFIX}INSECURE: {_TO_BE_TYPED}")
    said = {name: argument for name, argument in said.items() if argument.tokens}
    for one, other in _EXCLUSIVE:
        if (first := said.get(one)) and (second := said.get(other)):
            ranks = _rank(first), _rank(second)
            if ranks[0] != ranks[1]:
                (second if ranks[0] < ranks[1] else first).tokens.clear()
    username = said.get("--username")
    if username and username.tokens and _rank(username) > _ENVIRONMENT and os.environ.get(f"{PREFIX}TOKEN"):
        username.tokens.clear()


def _rank(argument: Argument) -> int:
    """How far from the user an option was set; a switch that is off counts as farthest."""
    token = argument.tokens[0]
    if str(token.value or token.implicit_value).casefold() in _NO:
        return _FARTHEST
    return {"cli": 0, "env": _ENVIRONMENT}.get(token.source, _ENVIRONMENT + 1)


def file_options(config: Path | None, profile: str) -> dict[str, Any]:
    """The options in the settings files: name (with underscores) to value.

    Args:
        config: the only file; None for those that `settings_files` names.
        profile: the profile in use, if any.

    Raises:
        SettingsError: as for `configuration`.
    """
    options = _settings(config=str(config or ""), profile=profile)
    return {name.replace("-", "_"): each.value for name, each in options.items()}


def settings_files(config: Path | None) -> list[Path]:
    """The settings files that there are, the nearest first: that of the working directory, and the user's own.

    Args:
        config: the only file; it need not exist.
    """
    if config:
        return [config]
    return [path for path in (SETTINGS_FILE, user_file()) if path.is_file()]


def user_file() -> Path:
    """Where the user's own settings file is, or would be."""
    return user_config_path("bulkprov") / SETTINGS_FILE


def profiles_in(path: Path) -> frozenset[str]:
    """The names of the profiles in a settings file.

    Raises:
        SettingsError: as for `configuration`.
    """
    return frozenset(_tables(path)[1])


def _settings(*, config: str = "", profile: str = "") -> dict[str, _Set]:
    """The options in the settings files, each with the file that it is from; the profile beats the rest of them all."""
    paths = settings_files(Path(config) if config else None)
    if config and not paths[0].is_file():
        raise SettingsError(f"{config}: no such file")
    files = {path: _tables(path) for path in paths}
    if profile and not any(profile in profiles for _, profiles in files.values()):
        raise SettingsError(_no_profile(profile, files))
    layers = [(path, profiles.get(profile, {})) for path, (_, profiles) in files.items()]
    layers += [(path, rest) for path, (rest, _) in files.items()]
    chosen: dict[str, _Set] = {}
    for path, layer in layers:
        set_already = {name.replace("_", "-") for name, each in chosen.items() if each.value}
        for name, value in layer.items():
            option = f"--{name.replace('_', '-')}"
            others = {one.lstrip("-") for pair in _EXCLUSIVE if option in pair for one in pair if one != option}
            if name not in chosen and not others & set_already:
                # TOML has a way to write a time of day without quotes
                of_day = f"{value:%H:%M}" if isinstance(value, time) else value
                chosen[name] = _Set(of_day, path, _meant(name.replace("-", "_"), layer, *files[path]))
    return chosen


def _meant(
    name: str, layer: Mapping[str, Any], rest: Mapping[str, Any], profiles: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Where the secrets of a file may be sent, by the settings file that names it.

    Args:
        name: of the option, with underscores.
        layer: the part of the settings file that has it: a profile, or the rest.
        rest: what the settings file says for all profiles.
        profiles: of the settings file.

    Returns:
        the server (or the proxy) of the same part, else that for all profiles, else those of any profile.
    """
    place = _MEANT_FOR.get(name, "")
    if nearest := layer.get(place) or rest.get(place):
        return (str(nearest),)
    return tuple(str(each[place]) for each in profiles.values() if each.get(place))


def _no_profile(profile: str, files: Mapping[Path, tuple[Any, Mapping[str, Any]]]) -> str:
    if not files:
        make = typed(["init", "--name", profile])
        return f"--profile {profile}: no {SETTINGS_FILE} yet; make one with `{make}`, or name one with --config"
    known = "; ".join(f"{path} has: {', '.join(profiles) or 'none'}" for path, (_, profiles) in files.items())
    return f"no profile {profile}; {known}. To make it: `{typed(['init', '--name', profile])}`"


def _tables(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The options in a settings file that are for all, and those of each profile.

    Raises:
        SettingsError: it cannot be read, is not the user's own, or has something wrong in it.
    """
    if why := why_not_own(path, link=True):
        raise SettingsError(f"{path}: {why}. Anyone who can write it could choose where a password goes")
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 text: save it as UTF-8") from error
    except (OSError, ValueError) as error:
        hint = f": {_SINGLE}" if "\\" in str(error) or "hex" in str(error) else ""
        raise SettingsError(f"{path}: {error}{hint}") from error
    content.pop("error", None)  # what errors mean is read with the catalogue
    profiles = content.pop("profile", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise SettingsError(f"{path}: a profile must be a table, such as [profile.prod]")
    for each, table in {"": content, **profiles}.items():
        _check(path, each, table)
        for key in table:
            if key.replace("-", "_") in FILES_OF_SECRETS:
                table[key] = _beside(path, key, table[key])
    return content, profiles


def _beside(path: Path, key: str, name: Any) -> str:
    """A file of secrets that a settings file names, which must be beside or below it.

    Raises:
        SettingsError: it is elsewhere: a settings file must not make any private file of the user a password.
    """
    pure = PureWindowsPath(str(name))
    if pure.drive or pure.root or ".." in pure.parts:
        option = key.replace("_", "-")
        raise SettingsError(f"{path}: {key} must be beside this file, or below it; to use another, type --{option}")
    return str(path.parent / str(name))


def _check(path: Path, profile: str, table: Mapping[str, Any]) -> None:
    where = f"{path}, profile {profile}" if profile else str(path)
    for key, value in sorted(table.items()):
        name = key.replace("-", "_")
        if isinstance(value, str) and name != "delimiter" and any(category(char) == "Cc" for char in value):
            raise SettingsError(f"{where}: {key} contains a control character, from a backslash escape: {_SINGLE}")
        if isinstance(value, dict) and not profile:
            raise SettingsError(f"{where}: unknown table [{key}]; a profile is [profile.{key}]")
        if name == "insecure" and value:
            raise SettingsError(f"{where}: {_TO_BE_TYPED}")
        if name in _SECRETS:
            raise SettingsError(f"{where}: {_SECRETS[name]}")
        if name not in _OPTIONS:
            raise SettingsError(f"{where}: unknown option {key}")
