"""The columns of a sheet of backup sets, and what their cells may hold.

The names and values are those of the page "REST API - POST Backup Set"; what people call them otherwise is known too.
Pure.
"""

from typing import Final

from bulkprov.commvault.backupset import DEFAULT_APP, DEFAULT_INSTANCE, BackupSet
from bulkprov.engine.marks import mark_in
from bulkprov.sheets.columns import LONGEST_NAME, Column, Columns, simplified
from bulkprov.sheets.nearest import Nearest
from bulkprov.sheets.validate import CellError, a_boolean, a_name, cells_checked_by, quoted, remembered

__all__ = ["APP_NAMES", "COLUMNS", "OTHER_APP_NAMES", "cells_of", "check_cells", "likely_app", "remark"]

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

OTHER_APP_NAMES: Final = (
    "Active Directory",
    "Azure AD",
    "Cloud Apps",
    "DB2",
    "DB2 MultiNode",
    "DB2 on Unix",
    "NDMP",
    "SAP HANA",
    "SharePoint Server",
)
"""Agents for which Commvault's SDK has backup sets (cvpysdk 11.44, `backupset.py`), and that the page does not list.

They are spelled as on the page "appName Parameter". What spells one of them exactly is sent: nobody does so by chance.
"""

_OTHER_NAMES: Final = {
    "sql": "SQL Server",
    "ms sql": "SQL Server",
    "mssql": "SQL Server",
    "microsoft sql server": "SQL Server",
    "exchange": "Exchange Database",
    "fs": "File System",
    "lotus notes": "Notes Database",
    "max db": "SAP for MAX DB",
    "maxdb": "SAP for MAX DB",
    "postgres": "PostgreSQL",
    "rac": "Oracle RAC",
    "sybase": "Sybase Database",
    "hyper-v": "Virtual Server",
    "vmware": "Virtual Server",
    "vsa": "Virtual Server",
}
"""What people call an agent that Commvault calls otherwise: good for a suggestion, never taken as an answer."""


COLUMNS: Final = Columns(
    id_column="backupsetId",
    own=(
        Column(
            name="clientName",
            required=True,
            aliases=("client", "client name", "client computer"),
            note="The client (protected computer), by its own name: not by its display name, where it has another. It "
            "must already exist.",
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
            note="The agent: one of the 13 that Commvault lists for backup sets. If empty: File System. Another one, "
            "such as DB2 or NDMP, is sent if it is spelled exactly.",
            example="File System",
        ),
        Column(
            name="instanceName",
            aliases=("instance",),
            note="The instance the backup set belongs to. If empty: DefaultInstanceName.",
            example="DefaultInstanceName",
        ),
        Column(
            name="onDemandBackupset",
            aliases=("on demand", "on demand backup set"),
            choices=("True", "False"),
            note="Whether the set is an on-demand backup set: True or False (Yes/No, 1/0 and On/Off also work). "
            "If empty: False.",
            example="False",
        ),
        Column(
            name="planName",
            aliases=("plan",),
            note="The plan to assign; it must already exist. If empty: none is requested.",
            example="Gold",
        ),
        Column(
            name="description",
            aliases=("userDescription", "user description"),
            note=f"A description, at most {LONGEST_NAME} characters. Whether the server keeps it is not documented. If "
            "empty: none is sent.",
            example="Finance shares, wave 3",
        ),
    ),
)

_APPS: Final = {name.casefold(): name for name in (*APP_NAMES, *OTHER_APP_NAMES)}


def likely_app(value: str) -> str:
    """The appName that a near miss must have meant, of all a documented one if possible; "" if none comes close."""
    word = " ".join(value.casefold().split())
    if known := _APPS.get(word) or _OTHER_NAMES.get(word):
        return known
    by_fold = {simplified(name): name for name in APP_NAMES}
    word = simplified(value)
    for folded, name in by_fold.items():
        if len(folded) > 3 and word.endswith(folded):  # "Windows File System", but not "...nas"
            return name
    for names in (APP_NAMES, OTHER_APP_NAMES):
        by_fold = {simplified(name): name for name in names}
        if close := Nearest(by_fold).to(word):
            return close[0]
        begun = [name for folded, name in by_fold.items() if len(word) > 3 and folded.startswith(word)]
        if len(begun) == 1:
            return begun[0]
    return ""


def _app(value: str) -> str:
    if value in APP_NAMES:
        return value
    text = " ".join(value.split())
    if not text:
        return DEFAULT_APP
    known = _APPS.get(text.casefold())
    if known is None:
        likely = likely_app(text)
        advice = f'did you mean "{likely}"?' if likely else f"use one of {', '.join(APP_NAMES)}"
        raise CellError(f"appName {quoted(text)} is not an agent that Commvault documents: {advice}")
    return known


_description_text: Final = a_name("description", "", noun="description")


def _description(value: str) -> str:
    text = _description_text(value)
    if mark := mark_in(text):  # copied from the Command Center: that run would be taken for the one that made the set
        raise CellError(f"description {quoted(text)} has the mark of an earlier create ({mark}): delete the mark")
    return text


check_cells: Final = cells_checked_by(
    {
        "clientName": ("client", remembered(a_name("clientName"))),
        "backupsetName": ("name", a_name("backupsetName")),
        "appName": ("app", remembered(_app)),
        "instanceName": ("instance", remembered(a_name("instanceName", DEFAULT_INSTANCE))),
        "onDemandBackupset": ("on_demand", remembered(a_boolean("onDemandBackupset"))),
        "planName": ("plan", remembered(a_name("planName", ""))),
        "description": ("description", _description),
    },
    BackupSet,
)
"""The backup set that a row's cells name, or what is wrong with them."""


def remark(want: BackupSet) -> str:
    """What is to be known of a backup set whose agent the vendor's page does not list; see `kind.Kind.remark`."""
    if want.app in APP_NAMES:
        return ""
    return f"agent {want.app} is not on the vendor's page for backup sets: the CommServe decides"


def cells_of(want: BackupSet) -> dict[str, str | bool]:
    """A backup set as a row that would name it: canonical column to value."""
    return {
        "clientName": want.client,
        "backupsetName": want.name,
        "appName": want.app,
        "instanceName": want.instance,
        "onDemandBackupset": want.on_demand,
        "planName": want.plan,
        "description": want.description,
    }
