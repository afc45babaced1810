"""What is wrong with a command line, in our words: what, where, what to type instead."""

from collections.abc import Sequence
from typing import Final

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError
from cyclopts.exceptions import UnknownCommandError

from bulkprov.shell import typed

__all__ = ["in_our_words", "meant"]

_NUMBERS: Final = (int, float)
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
_OF_MANY: Final = frozenset({"events", "json", "no-color", "quiet", "verbose", "yes"})
"""Options of many commands, but not of those where they would change nothing."""


def meant(tokens: Sequence[str]) -> list[str]:
    """The command line as it was meant: `help run` is `run --help`, and `version` is `--version`."""
    match list(tokens):
        case ["help", *words]:
            return [*words, "--help"]
        case ["version"]:
            return ["--version"]
        case words:
            return words


def in_our_words(error: CycloptsError, tokens: Sequence[str]) -> str:
    """One line on what is wrong with a command line.

    Args:
        error: what the parser says.
        tokens: the command line.
    """
    command = tokens[0] if tokens else ""
    told = " ".join(str(error).split())
    match error:
        case UnknownCommandError() if command.startswith("-"):
            return f"{command} comes after a command, such as {typed(['run', 'SHEET', command])}"
        case UnknownOptionError(token=token) if (option := token.keyword or token.value)[2:] in _OF_RUN:
            return f"`{command}` has no {option}: that is an option of `run`, and would change nothing here"
        case UnknownOptionError(token=token) if (option := token.keyword or token.value)[2:] in _OF_MANY:
            return f"`{command}` has no {option}: it would change nothing here"
        case UnusedCliTokensError(unused_tokens=unused) if unused:
            more = f" To plan several sheets: {typed(['run', *tokens[1:], '--dry-run'])}" if command == "plan" else ""
            takes = f"`bulkprov {command} --help` says what it takes"
            return f"`{command}` does not take {unused[0]!r} as well; {takes}.{more}"
        case CoercionError(target_type=kind, token=token) if kind in _NUMBERS and token:
            a_number = "a whole number, such as 5" if kind is int else "a number, such as 0.5"
            return f"{token.keyword} {token.value}: write {a_number}"
        case MissingArgumentError(argument=argument) if argument and argument.name in tokens:
            return f"{argument.name} needs a value"
        case MissingArgumentError(argument=argument) if argument:
            return f"`{command}` needs {argument.name}; `bulkprov {command} --help` says what that is"
        case _:
            return told
