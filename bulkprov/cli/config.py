"""Options from the environment and from the settings file, with its named profiles.

A flag beats the environment, the environment beats the chosen profile, and the profile beats the rest of the file. The
file holds no secrets: everyone who can read the file could read them.

cyclopts does the reading. Which settings file it is, and whether a failure is reported as JSON, must be known before
the other options are read, even if they cannot be; `_early` has cyclopts read those few options by themselves.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any, Final, TypeVar
from unicodedata import category

from cyclopts import App, CycloptsError
from cyclopts.argument import Argument, ArgumentCollection
from cyclopts.config import Dict, Env

from bulkprov.errors import SettingsError
from bulkprov.settings import SETTINGS_FILE, Access, Effort, Reading, Screen

__all__ = ["configuration", "file_options", "wants_json"]

T = TypeVar("T")

_PREFIX: Final = "BULKPROV_"
_VARIABLES: Final = Env(_PREFIX, command=False)
_NO: Final = ("no", "n", "0", "false", "f")
"""What cyclopts reads as no."""
_EXCLUSIVE: Final = (("--server", "--simulate"), ("--username", "--token-file"))
_SINGLE: Final = r"put Windows paths and DOMAIN\user in single quotes: '...'"
_ENVIRONMENT: Final = 1
_FARTHEST: Final = 9
_SECRETS: Final = {
    "token": "put the token in a private file of its own: --token-file",
    "password": "put the password in a private file of its own: --password-file",
}
_OPTIONS: Final = {each.name for part in (Access, Effort, Reading, Screen) for each in fields(part)} | {
    "output",
    "format",
}


def configuration(tokens: Sequence[str], commands: Iterable[str]) -> tuple[Callable[..., Any], ...]:
    """Where a command gets the options that are not on its command line, for `App.config`.

    Args:
        tokens: the command line; it may name the settings file and a profile.
        commands: their names; the file's options are for all of them.

    Raises:
        SettingsError: the file is missing, is not TOML, has no such profile, or has a key that is not an option.
    """
    path, options = _early(_settings, tokens)
    # By command, since cyclopts ignores options for all commands that have the name of a command, such as `simulate`.
    by_command = dict.fromkeys(commands, options)
    return (_VARIABLES, Dict(by_command, source=str(path), allow_unknown=True), _nearer_wins)


def wants_json(tokens: Sequence[str]) -> bool:
    """Whether one JSON object is wanted on stdout, even if the command line cannot be read as a whole."""
    try:
        _, options = _early(_settings, tokens)
    except SettingsError:
        options = {}
    typed = tokens[: tokens.index("--")] if "--" in tokens else tokens
    return _early(_json, tokens, Dict(options, allow_unknown=True), otherwise=lambda: "--json" in typed)


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


def _nearer_wins(_app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Of two options that exclude each other, keep the one from the nearer source: flag, environment, file.

    Some options count only if they are typed. A `yes` that lets scheduled runs go on without asking must not turn the
    preview of a rollback into a rollback, or a probe that reads into one that makes sets; and a run knows its server,
    whichever one the settings are for.
    """
    said = {argument.name: argument for argument in arguments if argument.tokens}
    run = said.get("RUN")
    of_a_run = "resume" in commands or bool(run and os.path.isdir(run.tokens[0].value))  # noqa: PTH112 - which raises nothing
    deletes = bool({"rollback", "probe"} & {*commands})
    to_be_typed = (*(("--yes",) if deletes else ()), *(("--server", "--simulate") if of_a_run else ()))
    for argument in filter(None, map(said.get, to_be_typed)):
        if argument.tokens[0].source != "cli":
            argument.tokens.clear()
    said = {name: argument for name, argument in said.items() if argument.tokens}
    for one, other in _EXCLUSIVE:
        if (first := said.get(one)) and (second := said.get(other)):
            ranks = _rank(first), _rank(second)
            if ranks[0] != ranks[1]:
                (second if ranks[0] < ranks[1] else first).tokens.clear()
    username = said.get("--username")
    if username and username.tokens and _rank(username) > _ENVIRONMENT and os.environ.get(f"{_PREFIX}TOKEN"):
        username.tokens.clear()


def _rank(argument: Argument) -> int:
    """How far from the user an option was set; a switch that is off counts as farthest."""
    token = argument.tokens[0]
    if str(token.value or token.implicit_value).casefold() in _NO:
        return _FARTHEST
    return {"cli": 0, "env": _ENVIRONMENT}.get(token.source, _ENVIRONMENT + 1)


def file_options(config: Path | None, profile: str) -> dict[str, Any]:
    """The options in the settings file: name (with underscores) to value.

    Args:
        config: the file; None for `bulkprov.toml`, if there is one.
        profile: the profile in use, if any.

    Raises:
        SettingsError: as for `configuration`.
    """
    _, options = _settings(config=str(config or ""), profile=profile)
    return {name.replace("-", "_"): value for name, value in options.items()}


def _settings(*, config: str = "", profile: str = "") -> tuple[Path, dict[str, Any]]:
    """The settings file, and the options in it."""
    path = Path(config) if config else SETTINGS_FILE
    if path.is_file():
        return path, _options(path, profile)
    if config:
        raise SettingsError(f"{path}: no such file")
    if profile:
        raise SettingsError(f"--profile {profile}: there is no {path} here; name the file with --config")
    return path, {}


def _options(path: Path, profile: str) -> dict[str, Any]:
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
    if profile and profile not in profiles:
        known = ", ".join(profiles) or "none"
        raise SettingsError(f"{path}: no profile {profile}; the file has: {known}")
    own = profiles.get(profile, {})
    beaten = {
        other for pair in _EXCLUSIVE for one, other in (pair, pair[::-1]) if own.get(one.lstrip("-").replace("-", "_"))
    }
    content = {name: value for name, value in content.items() if f"--{name.replace('_', '-')}" not in beaten}
    chosen: dict[str, Any] = {**content, **own}
    # TOML has a way to write a time of day without quotes
    return {name: f"{value:%H:%M}" if isinstance(value, time) else value for name, value in chosen.items()}


def _check(path: Path, profile: str, table: Mapping[str, Any]) -> None:
    where = f"{path}, profile {profile}" if profile else str(path)
    for key, value in sorted(table.items()):
        name = key.replace("-", "_")
        if isinstance(value, str) and name != "delimiter" and any(category(char) == "Cc" for char in value):
            raise SettingsError(f"{where}: {key} contains a control character, from a backslash escape: {_SINGLE}")
        if isinstance(value, dict) and not profile:
            raise SettingsError(f"{where}: unknown table [{key}]; a profile is [profile.{key}]")
        if name in _SECRETS:
            raise SettingsError(f"{where}: {_SECRETS[name]}")
        if name not in _OPTIONS:
            raise SettingsError(f"{where}: unknown option {key}")
