"""Options that several commands declare in the same way, and the defaults of the groups of options in `settings`."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter

from bulkprov.errors import SettingsError
from bulkprov.report.formats import Format
from bulkprov.settings import FILES, Access, Effort, Reading, Screen
from bulkprov.text import clean

__all__ = [
    "DEFAULT_ACCESS",
    "DEFAULT_EFFORT",
    "DEFAULT_READING",
    "DEFAULT_SCREEN",
    "AgainstOption",
    "FormatOption",
    "OutputOption",
    "SheetSwitch",
    "Switch",
    "TicketOption",
    "ticket_of",
]

FormatOption: TypeAlias = Annotated[Format | None, Parameter(name="--format", group=FILES)]
AgainstOption: TypeAlias = Annotated[Path | None, Parameter(group=FILES)]
OutputOption: TypeAlias = Annotated[Path | None, Parameter(name=["--output", "-o"], group=FILES)]
SheetSwitch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False, group=FILES)]
Switch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]
TicketOption: TypeAlias = Annotated[str, Parameter(name="--ticket", group=FILES, show_default=False)]

_LONGEST_TICKET: Final = 100

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
