"""The formats in which results are written, and what writes the files of each. The only list of them.

A new format is a module that writes its file, its name in `Format`, and a case in `file_makers`. The names are needed
to declare an option, before any command is chosen; so what writes the files is imported only when it is asked for.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, TypeAlias, get_args

if TYPE_CHECKING:
    from bulkprov.report.context import Context
    from bulkprov.sheets.rows import Result

__all__ = ["DEFAULT_FORMAT", "FORMATS", "FileMaker", "FileMakers", "Format", "file_makers", "format_named"]

Format: TypeAlias = Literal["xlsx", "csv"]
"""The option `--format`, and the ending of the files."""

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
DEFAULT_FORMAT: Final[Format] = "xlsx"


class FileMaker(Protocol):
    """Opens a file of results."""

    def __call__(
        self, path: Path, columns: Sequence[str], context: "Context", /
    ) -> AbstractContextManager[Callable[["Result"], None]]:
        """A block in which the file is open, and the function that adds a row to it.

        Args:
            path: of the file, which is not there yet.
            columns: the header cells of the sheet's own columns.
            context: what the file is about.
        """


class FileMakers(NamedTuple):
    """What writes the two files of a format."""

    results: FileMaker
    """All rows."""
    failed: FileMaker
    """The rows to fix."""


def file_makers(format: Format) -> FileMakers:  # noqa: A002 - the option's name
    """What writes the files of a format."""
    match format:
        case "xlsx":
            from bulkprov.report.results_sheet import failed_xlsx, results_xlsx  # noqa: PLC0415 - heavy

            return FileMakers(results_xlsx, failed_xlsx)
        case "csv":
            from bulkprov.report.csv_file import csv_file  # noqa: PLC0415 - heavy

            return FileMakers(csv_file, csv_file)


def format_named(name: str) -> Format:
    """The format with this name, or the default one if there is none."""
    return next((format_ for format_ in FORMATS if format_ == name), DEFAULT_FORMAT)
