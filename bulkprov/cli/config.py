"""Options from the environment and from the settings file, with its named profiles.

A flag beats the environment, that beats the chosen profile, and that beats the rest of the file. The file holds no
secrets: they would be read by everybody who may read the file.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from unicodedata import category

from cyclopts import App
from cyclopts.argument import Argument, ArgumentCollection
from cyclopts.config import Dict, Env

from bulkprov.errors import SettingsError
from bulkprov.settings import SETTINGS_FILE, Access, Effort, Reading, Screen

__all__ = ["configuration", "file_options", "wants_json"]

_PREFIX: Final = "BULKPROV_"
_YES: Final = ("yes", "y", "1", "true", "t")
_NO: Final = ("no", "n", "0", "false", "f")
"""What cyclopts takes for a yes, and for a no."""
_EXCLUSIVE: Final = (("--server", "--simulate"), ("--username", "--token-file"))
_SINGLE: Final = r"put paths of Windows and DOMAIN\user in single quotes, as '...'"
_ENVIRONMENT: Final = 1
_FARTHEST: Final = 9
_SECRETS: Final = {
    "token": "a token belongs into a private file of its own: --token-file",
    "password": "a password belongs into a private file of its own: --password-file",
}
_OPTIONS: Final = {each.name for part in (Access, Effort, Reading, Screen) for each in fields(part)} | {
    "output",
    "format",
}


def configuration(tokens: Sequence[str], commands: Iterable[str]) -> tuple[Callable[..., Any], ...]:
    """Where a command line's options come from when they are not on it.

    Args:
        tokens: the command line; `--config` and `--profile` are looked for in it.
        commands: their names; the file's options are for all of them.

    Raises:
        SettingsError: the file is not there, is not TOML, has no such profile, or has a key that is no option.
    """
    environment = Env(_PREFIX, command=False)
    path, options = _read(_given(tokens, "config"), _given(tokens, "profile"))
    # By command, since among options for all commands cyclopts passes over those that are named as a command is.
    by_command = dict.fromkeys(commands, options)
    return (environment, Dict(by_command, source=str(path), allow_unknown=True), _prefer_the_nearer)


def _prefer_the_nearer(_app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Of two options that exclude each other the one wins that was said nearer: flag, environment, file.

    Some options have to be typed: what lets scheduled runs go on without asking must not turn a look at a rollback into
    a rollback; and a run knows its server, whichever one other runs are for.
    """
    said = {argument.name: argument for argument in arguments if argument.tokens}
    run = said.get("RUN")
    of_a_run = "resume" in commands or bool(run and os.path.isdir(run.tokens[0].value))  # noqa: PTH112 - which raises nothing
    to_be_typed = (*(("--yes",) if "rollback" in commands else ()), *(("--server", "--simulate") if of_a_run else ()))
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
    """How far from the person an option was said; as far as can be for a switch that is off."""
    token = argument.tokens[0]
    if str(token.value or token.implicit_value).casefold() in _NO:
        return _FARTHEST
    return {"cli": 0, "env": _ENVIRONMENT}.get(token.source, _ENVIRONMENT + 1)


def wants_json(tokens: Sequence[str]) -> bool:
    """Whether one JSON object is wanted on stdout, of a command whose options could not be read to the end."""
    typed = [token.partition("=")[2] or "yes" for token in tokens if token.partition("=")[0] == "--json"]
    if said := (typed or [os.environ.get(f"{_PREFIX}JSON", "")])[0]:
        return said.casefold() in _YES
    try:
        return _read(_given(tokens, "config"), _given(tokens, "profile"))[1].get("json") is True
    except SettingsError:
        return False


def file_options(config: Path | None, profile: str) -> dict[str, Any]:
    """What the settings file says: option (with underscores) to value.

    Args:
        config: the file, if not the usual one.
        profile: the part of it that is used besides.
    """
    return {name.replace("-", "_"): value for name, value in _read(str(config or ""), profile)[1].items()}


def _read(given: str, profile: str) -> tuple[Path, dict[str, Any]]:
    """The settings file, and the options in it."""
    path = Path(given) if given else SETTINGS_FILE
    if path.is_file():
        return path, _options(path, profile)
    if given:
        raise SettingsError(f"{path}: there is no such file")
    if profile:
        raise SettingsError(f"--profile {profile}: there is no {path} here; name the file with --config")
    return path, {}


def _given(tokens: Sequence[str], name: str) -> str:
    """The value of an option that is needed before all others are read."""
    flag = f"--{name}"
    joined = (token.partition("=")[2] for token in tokens if token.startswith(f"{flag}="))
    apart = (value for word, value in pairwise(tokens) if word == flag)
    return next(joined, "") or next(apart, "") or os.environ.get(f"{_PREFIX}{name.upper()}", "")


def _options(path: Path, profile: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not a text file in UTF-8: save it as one") from error
    except (OSError, ValueError) as error:
        hint = f": {_SINGLE}" if "\\" in str(error) or "hex" in str(error) else ""
        raise SettingsError(f"{path}: {error}{hint}") from error
    content.pop("error", None)  # what errors mean is read with the catalogue
    profiles = content.pop("profile", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise SettingsError(f"{path}: a profile is a table, as [profile.prod]")
    for each, table in {"": content, **profiles}.items():
        _check(path, each, table)
    if profile and profile not in profiles:
        known = ", ".join(profiles) or "none"
        raise SettingsError(f"{path}: there is no profile {profile}; it has {known}")
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
            raise SettingsError(f"{where}: {key} holds a control character, made of a backslash: {_SINGLE}")
        if isinstance(value, dict) and not profile:
            raise SettingsError(f"{where}: [{key}] is no table of bulkprov; a profile is [profile.{key}]")
        if name in _SECRETS:
            raise SettingsError(f"{where}: {_SECRETS[name]}")
        if name not in _OPTIONS:
            raise SettingsError(f"{where}: {key} is no option of bulkprov")
