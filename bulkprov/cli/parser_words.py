"""What is wrong with a command line, in our words: what, where, what to type instead."""

import os
from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Final

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError
from cyclopts.exceptions import UnknownCommandError

from bulkprov.settings import Access, Effort, Reading, Screen
from bulkprov.sheets.nearest import Nearest
from bulkprov.shell import typed

__all__ = ["in_our_words"]

_NUMBERS: Final = (int, float)
_FOR: Final = {
    "list": "runs",
    "ls": "runs",
    "status": "runs",
    "undo": "rollback",
    "delete": "rollback",
    "continue": "resume",
    "retry": "rerun",
    "check": "plan",
    "create": "run",
}
"""What is typed for a command that is called otherwise here."""
_OF_RUN: Final = frozenset(
    {
        "canary",
        "concurrency",
        "dry-run",
        "limit",
        "look-age",
        "mark",
        "max-attempts",
        "max-errors",
        "no-audit",
        "no-first-look",
        "plan-first",
        "rate",
        "settle",
        "strict",
        "until",
    }
)
"""Options of `run`, not all of which other commands have."""
_SHEETS: Final = (".csv", ".ods", ".tsv", ".xls", ".xlsm", ".xlsx")
_TAKE_FILES: Final = ("-file", "against", "catalogue", "config", "estate", "like", "output", "state")
"""Ends of the names of options whose value is a file."""
_OF_MANY: Final = frozenset({"events", "json", "no-color", "quiet", "verbose", "yes"})
"""Options of many commands, but not of those where they would change nothing."""


def in_our_words(error: CycloptsError, tokens: Sequence[str], commands: Sequence[str] = ()) -> str:
    """One line on what is wrong with a command line.

    Args:
        error: what the parser says.
        tokens: the command line.
        commands: all that there are.
    """
    command = tokens[0] if tokens else ""
    told = " ".join(str(error).split())
    match error:
        case UnknownCommandError() if command.startswith("-"):
            return _option_first(command)
        case UnknownCommandError():
            return _no_command(command, told, commands)
        case UnknownOptionError(token=token, argument_collection=there) if token.source == "cli":
            option = token.keyword or token.value
            return _no_option(command, option, tokens) or _nearest_option(
                command, option, [name for argument in there for name in argument.names]
            )
        case UnusedCliTokensError(unused_tokens=unused) if unused:
            more = f". To plan several sheets: {typed(['run', *tokens[1:], '--dry-run'])}" if command == "plan" else ""
            takes = f"`bulkprov {command} --help` says what it takes"
            return f"`{command}` does not take {unused[0]!r} as well; {takes}{more}"
        case CoercionError(target_type=kind, token=token) if kind in _NUMBERS and token:
            a_number = "a whole number, such as 5" if kind is int else "a number, such as 0.5"
            return f"{token.keyword} {token.value}: write {a_number}"
        case CoercionError(target_type=kind, token=token) if kind is bool and token:
            return f"{token.keyword} takes no value: put a blank in place of the = after it"
        case MissingArgumentError(argument=argument) if argument and argument.name in tokens:
            return f"{argument.name} needs a value"
        case MissingArgumentError(argument=argument) if argument and (taken := _taken_as_value(tokens)):
            option, word = taken
            return f"`{command}` needs {argument.name}: {word} was taken as the value of {option}, which lacks one"
        case MissingArgumentError(argument=argument) if argument:
            return f"`{command}` needs {argument.name}; `bulkprov {command} --help` says what that is"
        case _:
            return told


def _no_option(command: str, option: str, tokens: Sequence[str]) -> str:
    """What is wrong with an option that a command does not have; empty if nothing is known of it."""
    if one := next((token for token in tokens if _with_one_hyphen(token)), ""):
        return f"{one}: write -{one}, with two hyphens"
    if (command, option) == ("rerun", "--dry-run"):
        return f"`rerun` has no --dry-run: to see what it would do, {typed(['plan', 'RUN/failed.xlsx'])}"
    if option[2:] in _OF_RUN:
        return f"`{command}` has no {option}: that is an option of `run`, and would change nothing here"
    return f"`{command}` has no {option}: it would change nothing here" if option[2:] in _OF_MANY else ""


def _nearest_option(command: str, option: str, there: Sequence[str]) -> str:
    """What is wrong with an option that no command has, or another: with the one that is meant, if one resembles it."""
    if near := Nearest(there).to(option):
        return f"`{command}` has no {option}: did you mean {near[0]}?"
    return f"`{command}` has no {option}; `bulkprov {command} --help` lists its usual options"


def _options() -> set[str]:
    """All options of `run`, as they are typed."""
    settings = (each.name for part in (Access, Effort, Reading, Screen) for each in fields(part))
    return {f"--{name.replace('_', '-')}" for name in (*settings, *_OF_RUN, *_OF_MANY, "output", "format", "ticket")}


def _taken_as_value(tokens: Sequence[str]) -> tuple[str, str] | None:
    """The option that has taken the name of a sheet, or of what else a command works on, as its value; and that name.

    What stands behind an option that takes a file is its value, though.
    """
    for option, word in pairwise(tokens):
        takes_file = option.endswith(_TAKE_FILES) or option == "-o"
        if option.startswith("-") and not takes_file and (word.lower().endswith(_SHEETS) or os.path.exists(word)):  # noqa: PTH110 - never raises, however odd the name
            return option, word
    return None


def _with_one_hyphen(token: str) -> bool:
    return token[:1] == "-" and f"-{token.partition('=')[0]}" in _options()


def _option_first(option: str) -> str:
    """What is wrong with a line that begins with an option."""
    name = option.partition("=")[0]
    if name in _options():
        return f"{option} comes after a command, such as {typed(['run', 'SHEET', option])}"
    if near := Nearest(["--help", "--version"]).to(name):
        return f"there is no option {option}: did you mean {near[0]}?"
    return f"there is no option {option}; `bulkprov --help` lists the commands"


def _no_command(command: str, told: str, commands: Sequence[str]) -> str:
    """What is wrong with a word that is no command: with the one that is meant, or all of them."""
    if meant_one := _FOR.get(command.casefold()):
        return f"there is no command {command}: did you mean {typed([meant_one])}?"
    if "Did you mean" in told:
        return told.partition(" Available commands:")[0]
    return f"there is no command {command}; there are {', '.join(sorted(commands))}"
