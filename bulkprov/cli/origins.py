"""Where each option of the command came from: typed, from the environment, or from a settings file."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

from cyclopts import App
from cyclopts.argument import Argument, ArgumentCollection

__all__ = [
    "PREFIX",
    "from_settings",
    "keep_meant",
    "keep_origins",
    "meant_for",
    "origin",
    "settings_file",
    "typed_options",
]

PREFIX: Final = "BULKPROV_"
"""What the names of variables with options begin with."""
_ORIGINS: Final[ContextVar[Mapping[str, str]]] = ContextVar("origins", default=MappingProxyType({}))
"""Where the options of the command were set; empty for those that were typed."""

_MEANT: Final[ContextVar[Mapping[str, tuple[str, ...]]]] = ContextVar("meant", default=MappingProxyType({}))
"""For which servers, or proxies, settings files keep files of secrets, by the names of these options."""


def keep_meant(places: Mapping[str, tuple[str, ...]]) -> None:
    """Keep for which servers, or proxies, settings files name files of secrets: those that they name beside them."""
    _MEANT.set(places)


def keep_origins(_app: App, _commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Keep where each option was set; the last of what `App.config` calls."""
    _ORIGINS.set(
        {
            argument.name.removeprefix("--").replace("-", "_"): _where(argument)
            for argument in arguments
            if argument.tokens
        }
    )


def origin(option: str) -> str:
    """Where an option of this command was set: a variable or a file; empty if it was typed, or is at its default.

    Args:
        option: its name, with underscores.
    """
    return _ORIGINS.get().get(option, "")


def settings_file(option: str) -> str:
    """The settings file that has set an option of this command; empty if none has."""
    where = origin(option)
    return "" if where == _variable(option) else where


def meant_for(option: str) -> tuple[str, ...]:
    """The servers, or the proxies, that the settings file names which a file of secrets is from.

    Args:
        option: the name of the file's option, with underscores.

    Returns:
        none if it is from no settings file, or if that names none.
    """
    return _MEANT.get().get(option, ()) if settings_file(option) else ()


def typed_options() -> frozenset[str]:
    """The names of the options of this command that were typed."""
    return frozenset(name for name, where in _ORIGINS.get().items() if not where)


def from_settings() -> frozenset[str]:
    """The names of those that are from a settings file, or from the environment."""
    return frozenset(name for name, where in _ORIGINS.get().items() if where)


def _where(argument: Argument) -> str:
    source = argument.tokens[0].source
    if source == "env":
        return _variable(argument.name.removeprefix("--").replace("-", "_"))
    return "" if source == "cli" else source


def _variable(option: str) -> str:
    return PREFIX + option.upper()
