"""The sheet's vocabulary: its columns, the names they go by, and the values that have to be one of a list.

One table serves everybody who talks about the sheet: the loader finds columns by it, validation checks values by it,
the template draws its drop-down lists and notes from it. It knows no files, no rows and no other module; it is pure.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Final

__all__ = [
    "APP_NAMES",
    "BY_NAME",
    "COLUMNS",
    "FALSE_WORDS",
    "LONGEST_NAME",
    "TRUE_WORDS",
    "Column",
    "cell_name",
    "likely_app",
    "likely_column",
    "simplified",
]

APP_NAMES: Final = (
    "Exchange Database",
    "File System",
    "MySQL",
    "NAS",
    "Notes Database",
    "Oracle",
    "Oracle RAC",
    "PostgreSQL",
    "SAP for MAX DB",
    "SAP for Oracle",
    "SQL Server",
    "Sybase Database",
    "Virtual Server",
)
"""The valid values of appName, as the page "REST API - POST Backup Set" lists them."""

TRUE_WORDS: Final = ("true", "yes", "1", "on")
FALSE_WORDS: Final = ("false", "no", "0", "off", "")

LONGEST_NAME: Final = 255
"""Characters in a name at most. The vendor documents no limit; this one keeps a pasted paragraph out of the estate."""

_OTHER_APP_NAMES: Final = {
    "sql": "SQL Server",
    "ms sql": "SQL Server",
    "mssql": "SQL Server",
    "microsoft sql server": "SQL Server",
    "exchange": "Exchange Database",
    "fs": "File System",
    "lotus notes": "Notes Database",
    "max db": "SAP for MAX DB",
    "maxdb": "SAP for MAX DB",
    "ndmp": "NAS",
    "postgres": "PostgreSQL",
    "rac": "Oracle RAC",
    "sybase": "Sybase Database",
    "hyper-v": "Virtual Server",
    "vmware": "Virtual Server",
    "vsa": "Virtual Server",
}
"""What people call an agent that Commvault calls otherwise: good for a suggestion, never taken as an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that bulkprov understands."""

    name: str
    """The canonical name, which is the vendor's own."""
    note: str
    """What belongs in it, for the person who fills the sheet in."""
    aliases: tuple[str, ...]
    """Other headers it goes by; case, spaces, underscores and hyphens do not matter."""
    required: bool = False
    choices: tuple[str, ...] = ()
    """The values of a drop-down list; empty if any text will do."""
    example: str = ""


COLUMNS: Final = (
    Column(
        name="clientName",
        required=True,
        aliases=("client", "client name", "client computer"),
        note="The client (protected computer) as the Command Center shows it. It has to be there already.",
        example="client001",
    ),
    Column(
        name="backupsetName",
        required=True,
        aliases=("backupset", "backup set", "backup set name"),
        note=f"The backup set to create, at most {LONGEST_NAME} characters.",
        example="FS_Wave3_01",
    ),
    Column(
        name="appName",
        aliases=("agent", "agent type", "data agent", "iDataAgent", "application"),
        choices=APP_NAMES,
        note="The agent, one of Commvault's 13 names. Left empty: File System.",
        example="File System",
    ),
    Column(
        name="instanceName",
        aliases=("instance",),
        note="The instance the backup set belongs to. Left empty: DefaultInstanceName.",
        example="DefaultInstanceName",
    ),
    Column(
        name="onDemandBackupset",
        aliases=("on demand", "on demand backup set"),
        choices=("True", "False"),
        note="Whether the set is an on-demand backup set: True or False (Yes/No, 1/0 and On/Off do as well). "
        "Left empty: False.",
        example="False",
    ),
    Column(
        name="planName",
        aliases=("plan",),
        note="The plan to associate. It has to be there already. Left empty: no plan is asked for.",
        example="Gold",
    ),
)
"""In the order of the template."""

BY_NAME: Final = {column.name: column for column in COLUMNS}

_SEPARATORS: Final = re.compile(r"[\s_\-]+")
_CLOSING: Final = re.compile(r"[*:\s]+$")


def simplified(header: str) -> str:
    """A header cell as it is compared: without case, spaces, underscores, hyphens, and a closing `*` or `:`."""
    return _SEPARATORS.sub("", _CLOSING.sub("", header)).casefold()


def likely_column(header: str) -> str:
    """The canonical name of the column that a misspelt header must have meant, or "" if it resembles none.

    Short words resemble too many others, so a header may be wrong in one letter from five letters on, and in two
    from eight on; two letters in the wrong order count as one.
    """
    word = simplified(header)
    for column in COLUMNS:
        for name in (column.name, *column.aliases):
            known = simplified(name)
            allowed = 0 if len(known) < 5 else 1 if len(known) < 8 else 2
            if word != known and 0 < _distance(word, known, allowed) <= allowed:
                return column.name
    return ""


def likely_app(value: str) -> str:
    """The documented appName that a near miss must have meant, or "" if none comes close."""
    word = " ".join(value.casefold().split())
    if word in _OTHER_APP_NAMES:
        return _OTHER_APP_NAMES[word]
    by_fold = {simplified(name): name for name in APP_NAMES}
    word = simplified(value)
    for folded, name in by_fold.items():
        if len(folded) > 3 and word.endswith(folded):  # "Windows File System", but not "...nas"
            return name
    close = difflib.get_close_matches(word, by_fold, n=1, cutoff=0.7)
    return by_fold[close[0]] if close else ""


def cell_name(column: int, row: int, sheet: str = "") -> str:
    """A cell as spreadsheet programs name it: column 2, row 17 of "Wave 3" is `Wave 3!C17`."""
    letters = ""
    number = column + 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{sheet}!{letters}{row}" if sheet else f"{letters}{row}"


def _distance(left: str, right: str, most: int) -> int:
    """How many letters to add, drop, change or swap with their neighbour; a number above `most` means "too many"."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        after = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        before, row = row, after
    return row[-1]
