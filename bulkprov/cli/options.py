"""Options that several commands declare in the same way, and the defaults of the groups of options in `settings`."""

import os
from dataclasses import field, fields, make_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar, cast, get_type_hints

from cyclopts import Group, Parameter
from docstring_parser import parse_from_object

from bulkprov.cli.origins import from_settings
from bulkprov.errors import SettingsError
from bulkprov.report.formats import Format
from bulkprov.settings import EFFORT, FILES, SCREEN, Access, Effort, Reading, Screen
from bulkprov.sheets import is_workbook
from bulkprov.text import clean

__all__ = [
    "DEFAULT_ACCESS",
    "DEFAULT_DISCARD_SCREEN",
    "DEFAULT_EFFORT",
    "DEFAULT_INIT_SCREEN",
    "DEFAULT_LIST_SCREEN",
    "DEFAULT_LOGIN_SCREEN",
    "DEFAULT_PROBE_SCREEN",
    "DEFAULT_READ",
    "DEFAULT_READING",
    "DEFAULT_READ_SCREEN",
    "DEFAULT_SCREEN",
    "DEFAULT_SHOW_SCREEN",
    "DEFAULT_UNDO",
    "DEFAULT_UNDO_SCREEN",
    "AgainstOption",
    "DiscardScreen",
    "DryRun",
    "FormatOption",
    "InitScreen",
    "ListScreen",
    "LoginScreen",
    "OutputOption",
    "ProbeScreen",
    "ReadEffort",
    "ReadScreen",
    "SheetSwitch",
    "ShowScreen",
    "Switch",
    "TicketOption",
    "UndoEffort",
    "UndoScreen",
    "fitting",
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

_Part = TypeVar("_Part", Effort, Screen)

_ANY: Final = ("concurrency", "max_attempts", "settle", "until", "limit")
"""What all commands heed that work on rows."""
_OF_A_READ: Final = {
    "max_attempts": "Most log-ins tried, if unanswered [default: 8].",
    "settle": 'Wait before "absent" counts [default: 10 s].',
    "until": "Look nothing up after this time, such as 06:00.",
    "limit": "Only the first N rows.",
}
_OF_A_DELETE: Final = {
    "max_attempts": "Most deletes sent for one row [default: 8].",
    "settle": 'Wait before "gone" counts [default: 10 s].',
    "limit": "Only the first N sets.",
    "rate": "Most deletes per second (or 100/m, 100/h).",
    "canary": "Delete N sets first; go on only if all succeed.",
    "max_errors": "Stop after this many errors: 50, or 5%.",
    "no_audit": "Do not look again at what was created.",
}
_SETTINGS: Final = ("config", "catalogue", "profile")
_WORK: Final = ("json", "events", "quiet", "verbose", "no_color")

if TYPE_CHECKING:
    ReadEffort: TypeAlias = Effort
    UndoEffort: TypeAlias = Effort
    ReadScreen: TypeAlias = Screen
    UndoScreen: TypeAlias = Screen
    ShowScreen: TypeAlias = Screen
    ListScreen: TypeAlias = Screen
    DiscardScreen: TypeAlias = Screen
    LoginScreen: TypeAlias = Screen
    InitScreen: TypeAlias = Screen
    ProbeScreen: TypeAlias = Screen
else:

    def _fewer(of: type, group: Group, *names: str, **means: str) -> type:
        """A class with some of the options of another, for a command that heeds no others.

        Args:
            of: the class with all of them.
            group: the heading that they stand under.
            names: which options.
            means: what those mean here that mean something else than elsewhere.
        """
        types, told = get_type_hints(of, include_extras=True), parse_from_object(of).params
        help_of = {each.arg_name: each.description for each in told} | means
        default_of = {each.name: each.default for each in fields(of)}
        options = [(name, Annotated[types[name], Parameter(help=help_of[name])], default_of[name]) for name in names]
        # cyclopts takes a class that says it is from nowhere for a built-in one, which has no fields
        said = {"__module__": __name__, "__doc__": "", "of": of}
        made = [(name, kind, field(default=default)) for name, kind, default in options]
        return Parameter(name="*", group=group)(make_dataclass("Options", made, kw_only=True, namespace=said))

    ReadEffort = _fewer(Effort, EFFORT, *_ANY, **_OF_A_READ)
    UndoEffort = _fewer(Effort, EFFORT, *_ANY, "rate", "canary", "max_errors", "no_audit", **_OF_A_DELETE)
    ReadScreen = _fewer(Screen, SCREEN, *_SETTINGS, *_WORK)
    UndoScreen = _fewer(Screen, SCREEN, *_SETTINGS, "yes", *_WORK, yes="Delete; without it, only say what would be.")
    ShowScreen = _fewer(Screen, SCREEN, *_SETTINGS, "json")
    ListScreen = _fewer(Screen, SCREEN, *_SETTINGS, "json", "no_color")
    DiscardScreen = _fewer(Screen, SCREEN, *_SETTINGS, "yes", "json", yes="Go on without asking.")
    LoginScreen = _fewer(Screen, SCREEN, *_SETTINGS, "json", "quiet", "verbose")
    InitScreen = _fewer(
        Screen, SCREEN, *_SETTINGS, "yes", "json", "quiet", "verbose", yes="Replace settings that are there."
    )
    ProbeScreen = _fewer(
        Screen,
        *(SCREEN, *_SETTINGS, "yes", "json", "quiet", "verbose"),
        yes="Make sets and delete them; without it, only read.",
    )


def whole(part: _Part) -> _Part:
    """The options of a command that heeds some of them only, with all others at their defaults.

    Raises:
        SettingsError: a value is out of range, or cannot be read.
    """
    kind = cast("Any", getattr(type(part), "of", type(part)))
    return cast("_Part", kind(**{each.name: getattr(part, each.name) for each in fields(part)}))


DEFAULT_READ: Final = ReadEffort()
DEFAULT_UNDO: Final = UndoEffort()
DEFAULT_ACCESS: Final = Access()
DEFAULT_EFFORT: Final = Effort()
DEFAULT_READING: Final = Reading()
DEFAULT_SCREEN: Final = Screen()
DEFAULT_READ_SCREEN: Final = ReadScreen()
DEFAULT_UNDO_SCREEN: Final = UndoScreen()
DEFAULT_SHOW_SCREEN: Final = ShowScreen()
DEFAULT_LIST_SCREEN: Final = ListScreen()
DEFAULT_DISCARD_SCREEN: Final = DiscardScreen()
DEFAULT_LOGIN_SCREEN: Final = LoginScreen()
DEFAULT_INIT_SCREEN: Final = InitScreen()
DEFAULT_PROBE_SCREEN: Final = ProbeScreen()


def fitting(reading: Reading, sheet: str) -> Reading:
    """How a file is read, without what the settings or the environment say of files of another kind.

    They are there for all sheets: text has no worksheets, and a workbook has neither a delimiter nor an encoding. What
    is typed is about this file, and stays.

    Args:
        reading: the options of the command.
        sheet: the file, "-" for stdin; one that can be read only once is not looked into.
    """
    if sheet != "-" and not os.path.isfile(sheet):  # noqa: PTH113 - never raises, however odd the name
        return reading
    unfit = from_settings() & ({"delimiter", "encoding"} if is_workbook(sheet) else {"sheet"})
    return replace(reading, **dict.fromkeys(unfit, ""))


def ticket_of(given: str) -> str:
    """A change ticket as it is kept: on one line.

    Raises:
        SettingsError: it is longer than a line of a report.
    """
    ticket = clean(given).strip()
    if len(ticket) > _LONGEST_TICKET:
        raise SettingsError(f"--ticket: at most {_LONGEST_TICKET} characters, such as CHG0042")
    return ticket
