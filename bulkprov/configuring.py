"""Options from the environment and from the settings file, with its named profiles.

A flag beats the environment, that beats the chosen profile, and that beats the rest of the file. The file holds no
secrets: they would be read by everybody who may read the file.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cyclopts.config import Dict, Env

from bulkprov.errors import SettingsError
from bulkprov.settings import SETTINGS_FILE, Access, Effort, Reading, Screen

__all__ = ["configuration", "wants_json"]

_PREFIX: Final = "BULKPROV_"
_YES: Final = ("yes", "y", "1", "true", "t")
"""What cyclopts takes for a yes."""
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
    path, options = _of_file(tokens)
    if not options:
        return (environment,)
    # By command, since among options for all commands cyclopts passes over those that are named as a command is.
    return (environment, Dict(dict.fromkeys(commands, options), source=str(path), allow_unknown=True))


def wants_json(tokens: Sequence[str]) -> bool:
    """Whether one JSON object is wanted on stdout, of a command whose options could not be read to the end."""
    said = os.environ.get(f"{_PREFIX}JSON", "")
    if "--json" in tokens or said:
        return "--json" in tokens or said.casefold() in _YES
    try:
        return _of_file(tokens)[1].get("json") is True
    except SettingsError:
        return False


def _of_file(tokens: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """The settings file, and the options in it."""
    given = _given(tokens, "config")
    path = Path(given) if given else SETTINGS_FILE
    profile = _given(tokens, "profile")
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
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    content.pop("error", None)  # what errors mean is read with the catalogue
    profiles = content.pop("profile", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise SettingsError(f"{path}: a profile is a table, as [profile.prod]")
    for each, table in {"": content, **profiles}.items():
        _check(path, each, table)
    if profile and profile not in profiles:
        known = ", ".join(profiles) or "none"
        raise SettingsError(f"{path}: there is no profile {profile}; it has {known}")
    chosen: dict[str, Any] = {**content, **profiles.get(profile, {})}
    return chosen


def _check(path: Path, profile: str, table: Mapping[str, Any]) -> None:
    where = f"{path}, profile {profile}" if profile else str(path)
    for key in sorted(table):
        name = key.replace("-", "_")
        if name in _SECRETS:
            raise SettingsError(f"{where}: {_SECRETS[name]}")
        if name not in _OPTIONS:
            raise SettingsError(f"{where}: {key} is no option of bulkprov")
