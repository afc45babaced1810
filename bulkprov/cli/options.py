"""Options that several commands declare in the same way, and the defaults of the groups of options in `settings`."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter

from bulkprov.report.formats import Format
from bulkprov.settings import FILES, Access, Effort, Reading, Screen

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
]

FormatOption: TypeAlias = Annotated[Format | None, Parameter(name="--format", group=FILES)]
AgainstOption: TypeAlias = Annotated[Path | None, Parameter(group=FILES)]
OutputOption: TypeAlias = Annotated[Path | None, Parameter(name=["--output", "-o"], group=FILES)]
SheetSwitch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False, group=FILES)]
Switch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]

DEFAULT_ACCESS: Final = Access()
DEFAULT_EFFORT: Final = Effort()
DEFAULT_READING: Final = Reading()
DEFAULT_SCREEN: Final = Screen()
