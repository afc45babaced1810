"""Options that several commands declare in the same way, and the defaults of the groups of options in `settings`."""

from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, get_type_hints

from cyclopts import Parameter
from docstring_parser import parse_from_object

from bulkprov.errors import SettingsError
from bulkprov.report.formats import Format
from bulkprov.settings import EFFORT, FILES, Access, Effort, Reading, Screen
from bulkprov.text import clean

__all__ = [
    "DEFAULT_ACCESS",
    "DEFAULT_EFFORT",
    "DEFAULT_READ",
    "DEFAULT_READING",
    "DEFAULT_SCREEN",
    "DEFAULT_UNDO",
    "AgainstOption",
    "DryRun",
    "FormatOption",
    "OutputOption",
    "ReadEffort",
    "SheetSwitch",
    "Switch",
    "TicketOption",
    "UndoEffort",
    "ticket_of",
    "whole",
]

FormatOption: TypeAlias = Annotated[Format | None, Parameter(name="--format", group=FILES)]
AgainstOption: TypeAlias = Annotated[Path | None, Parameter(group=FILES)]
OutputOption: TypeAlias = Annotated[Path | None, Parameter(name=["--output", "-o"], group=FILES)]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False, group=EFFORT)]
SheetSwitch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False, group=FILES)]
Switch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]
TicketOption: TypeAlias = Annotated[str, Parameter(name="--ticket", group=FILES, show_default=False)]

_LONGEST_TICKET: Final = 100

_ANY: Final = ("concurrency", "max_attempts", "settle", "until", "limit")
"""What all commands heed that work on rows."""

if TYPE_CHECKING:
    ReadEffort: TypeAlias = Effort
    UndoEffort: TypeAlias = Effort
else:

    def _fewer(*names: str) -> type:
        """A class with some of the options of `Effort`, for a command that heeds no others."""
        types, told = get_type_hints(Effort, include_extras=True), parse_from_object(Effort).params
        help_of = {each.arg_name: each.description for each in told}
        default_of = {each.name: each.default for each in fields(Effort)}
        options = [(name, Annotated[types[name], Parameter(help=help_of[name])], default_of[name]) for name in names]
        # cyclopts takes a class that says it is from nowhere for a built-in one, which has no fields
        said = {"__module__": __name__, "__doc__": ""}
        made = [(name, kind, field(default=default)) for name, kind, default in options]
        return Parameter(name="*", group=EFFORT)(make_dataclass("Options", made, kw_only=True, namespace=said))

    ReadEffort = _fewer(*_ANY)
    UndoEffort = _fewer(*_ANY, "rate", "canary", "max_errors", "no_audit")


def whole(effort: Effort) -> Effort:
    """The options of a command that heeds some of them only, with all others at their defaults.

    Raises:
        SettingsError: a value is out of range, or cannot be read.
    """
    return Effort(**{each.name: getattr(effort, each.name) for each in fields(effort)})


DEFAULT_READ: Final = ReadEffort()
DEFAULT_UNDO: Final = UndoEffort()
DEFAULT_ACCESS: Final = Access()
DEFAULT_EFFORT: Final = Effort()
DEFAULT_READING: Final = Reading()
DEFAULT_SCREEN: Final = Screen()


def ticket_of(given: str) -> str:
    """A change ticket as it is kept: on one line.

    Raises:
        SettingsError: it is longer than a line of a report.
    """
    ticket = clean(given).strip()
    if len(ticket) > _LONGEST_TICKET:
        raise SettingsError(f"--ticket: at most {_LONGEST_TICKET} characters, such as CHG0042")
    return ticket
