"""The doors of the package, bound to the one kind that there is: what most tests go through."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self, cast

from orjson import loads

from bulkprov.commvault.backupset import BackupSet, from_stored, to_stored
from bulkprov.commvault.kinds import BACKUP_SET, KINDS
from bulkprov.commvault.webservice import WebService as _WebService
from bulkprov.journal import codec, store
from bulkprov.report import context, dataframe, row, write
from bulkprov.sheets import Sheet, memory, template, validate
from bulkprov.sheets import open_sheet as _open_sheet
from bulkprov.sheets.rows import Fault, Record

RESULT_COLUMNS = BACKUP_SET.columns.results
COLUMNS = BACKUP_SET.columns.own

sheet_of = partial(memory.sheet_of, columns=BACKUP_SET.columns, wanted=BACKUP_SET.wanted, cells=BACKUP_SET.cells)
write_template = partial(template.write_template, columns=BACKUP_SET.columns, noun=BACKUP_SET.noun)
Context = partial(context.Context, kind=BACKUP_SET)
write_results = partial(write.write_results, context=Context())
headers = partial(row.headers, known=BACKUP_SET.columns)
as_frame = partial(dataframe.as_frame, known=BACKUP_SET.columns)
row_values = partial(codec.row_values, to_stored=to_stored)
likely_column = BACKUP_SET.columns.likely


def open_sheet(path: str | Path, **how: str) -> Sheet:
    """Open a sheet of backup sets."""
    return _open_sheet(path, columns=BACKUP_SET.columns, **how)


def checker(
    fields: Mapping[str, int], *, sheet_name: str = "", in_cells: bool = True
) -> Callable[[Record], BackupSet | tuple[Fault, ...]]:
    """The check for rows of backup sets."""
    check = validate.checker(BACKUP_SET.check, fields, sheet_name=sheet_name, in_cells=in_cells)
    return cast("Callable[[Record], BackupSet | tuple[Fault, ...]]", check)


FIELDS = {
    "clientName": 1,
    "backupsetName": 2,
    "appName": 3,
    "instanceName": 4,
    "onDemandBackupset": 5,
    "planName": 6,
    "description": 7,
}


_PLAIN = {"clientName": "client001", "backupsetName": "FS_1"}


def checked(faults: tuple[Fault, ...] = (), **values: str) -> BackupSet | tuple[Fault, ...]:
    """Check a row with these values under the canonical names."""
    cells = ["ticket", *({**_PLAIN, **values}.get(name, "") for name in FIELDS)]
    return checker(FIELDS)(Record(sheet_row=7, cells=tuple(cells), faults=faults))


def trouble(**values: str) -> str:
    """The one fault of a row with these values."""
    faults = checked((), **values)
    assert isinstance(faults, tuple)
    (fault,) = faults
    return fault.text


def want_from(text: str) -> BackupSet:
    """The backup set that a journal stores as this text."""
    return from_stored(loads(text))


class WebService(_WebService):
    """The web service of backup sets."""

    def __init__(self, transport: Any, auth: Any, wire: Any, **more: Any) -> None:
        super().__init__(transport, auth, wire, BACKUP_SET, **more)


class Journal(store.Journal):
    """A journal of backup sets."""

    @classmethod
    def create(cls, path: Path, facts: Mapping[str, str]) -> Self:  # type: ignore[override]  # the kind is given
        """Make one."""
        return super().create(path, facts, BACKUP_SET)

    @classmethod
    def open(cls, path: Path) -> Self:  # type: ignore[override]  # the kinds are given
        """Open one."""
        return super().open(path, KINDS)
