"""What a file of the corpus is: how it is written, and what reading it has to give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["BASIC", "Case", "Rows", "basic_rows", "raw"]

Rows = tuple[tuple[int, tuple[str, ...]], ...]
"""Row number and cells of each row that has to come out."""

BASIC: tuple[tuple[str, ...], ...] = (
    ("ticket", "clientName", "backupsetName", "planName"),
    ("00123", "client001", "FS_Daily", "Gold"),
    ("1E5", "NA", "null", ""),
    ("", "client002", "Köln (täglich)", "none"),
)
"""A table in Western letters, with values that readers like to alter."""


def basic_rows(first: int = 2) -> Rows:
    """What `BASIC` reads as, its first row of data being row `first` of the file."""
    return tuple(enumerate(BASIC[1:], first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file and what reading it has to give: rows, or an error."""

    name: str
    """The file's name."""
    write: Callable[[Path], object]
    rows: Rows = ()
    error: str = ""
    """A pattern that the SheetError has to have; empty if there has to be none."""
    any_end: bool = False
    """Rows or a SheetError are both right, and nothing else is: for files damaged at random."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """By row: a pattern that the row's faults have to have. Rows not named must have none."""
    notes: tuple[str, ...] = ()
    """Patterns that the notes have to have, each in one of them."""
    options: Mapping[str, str] = field(default_factory=dict)
    """For open_sheet: sheet, encoding, delimiter."""


def raw(content: bytes) -> Callable[[Path], object]:
    """Write these bytes."""
    return lambda path: path.write_bytes(content)
