"""The registry of kinds: the things that bulkprov can make on a CommServe."""

from collections.abc import Mapping
from typing import Any, Final

from bulkprov.commvault import backupset, backupset_columns, backupset_replies, identity, inventory, place_names
from bulkprov.commvault.backupset import BackupSet
from bulkprov.kind import Kind, Messages, Query

__all__ = ["BACKUP_SET", "KINDS"]

BACKUP_SET: Final[Kind[BackupSet]] = Kind(
    name="backupset",
    noun="backup set",
    plural="backup sets",
    scope_noun="client",
    wanted=BackupSet,
    columns=backupset_columns.COLUMNS,
    check=backupset_columns.check_cells,
    cells=backupset_columns.cells_of,
    remark=backupset_columns.remark,
    place=lambda want: f"{want.client} / {want.app} / {want.instance}",
    messages=Messages(
        path="Backupset",
        root=backupset.CREATE_ROOT,
        create=backupset.create_request,
        read_reply=backupset_replies.read_reply,
        listing=Query(path="Backupset", parameter="clientName", read=backupset_replies.listing_in),
        read_by_id=backupset_replies.read_by_id,
        meanings=backupset.MEANINGS,
    ),
    match=identity.match,
    differs=backupset.other_plan,
    plan_lookups=inventory.plan_lookups,
    found_deeply=place_names.found_deeply,
    scopes=inventory.CLIENTS,
    advice=inventory.advice,
    to_stored=backupset.to_stored,
    from_stored=backupset.from_stored,
)

KINDS: Final[Mapping[str, Kind[Any]]] = {kind.name: kind for kind in (BACKUP_SET,)}
"""Every kind by its name."""
