"""The vendor's replies about backup sets as trees: to a write, to a listing and to a read by id.

They know the vendor's field names, and neither rules nor HTTP. What is RECORDED stands in the files of
`tests/golden/recorded`, which name the request; the tests compare key by key.
"""

from collections.abc import Iterable

from bulkprov.simulator.commserve.results import WriteResult
from bulkprov.simulator.commserve.state import BackupSetRow
from bulkprov.simulator.endpoints.style import Style
from bulkprov.wire import Tree

__all__ = ["deleted", "entity", "listing", "no_such_set", "properties", "refused", "written"]


def written(result: WriteResult, style: Style) -> Tree:
    """The reply to a create or an update that was carried out.

    RECORDED in JSON (create.json, update.json); DOCUMENTED in XML (rest_api_post_backup_set.html).
    """
    return {**style.written, "response": [{"@errorCode": 0, "entity": _root_entity(result, style)}]}


def deleted(result: WriteResult, style: Style) -> Tree:
    """The reply to a delete that was carried out: RECORDED (delete.json), with zero in place of all ids."""
    return written(WriteResult() if style.recorded else result, style)


def refused(result: WriteResult, style: Style) -> Tree:
    """The reply to a write that was refused.

    In `response[0]`: DOCUMENTED in rest_api_post_backup_set.html; that it is a list in JSON is SEEN, every client reads
    its first element. At the top level: RECORDED (business-error-500.json, duplicate-409.json). Neither begins as the
    reply to a write that was carried out does: a GUESS for the first.
    """
    if result.shape == "top":
        words = {"@errorMessage": result.error_string} if result.error_string else {}
        return {**words, "@errorCode": result.error_code}
    response: Tree = {"@errorCode": result.error_code}
    if result.error_string:
        response["@errorString"] = result.error_string
    if result.client_id:
        response["entity"] = _root_entity(result, style)
    return {"response": [response]}


def _root_entity(result: WriteResult, style: Style) -> Tree:
    ids: Tree = {
        "@applicationId": result.app_id,
        "@backupsetId": result.set_id,
        "@clientId": result.client_id,
        "@clientSidePackage": True,
        "@consumeLicense": True,
    }
    if style.recorded and not style.xml:
        return {**ids, "@_type_": 0, "@type": 0, "@srmReportSet": 0, "@srmReportType": 0}
    return {**ids, "@_type_": "ROOT_ENTITY", "@type": "GALAXY"}


def listing(rows: Iterable[BackupSetRow], style: Style, *, level: bool, described: bool) -> Tree:
    """A listing: RECORDED (listing.json, listing-linux.json); before, DOCUMENTED in rest_api_get_backup_set.html.

    Without any set the key itself is missing, which cvpysdk takes for an empty list.

    Args:
        rows: the sets.
        style: how the reply is formed.
        level: whether the request asked for a property level, with which `commonBackupSet` is there: SEEN in cvpysdk,
            which asks so and needs it from 11.20 on. That it is not there without one is RECORDED.
        described: whether it is there in any case, with the description of each set.
    """
    if style.recorded:
        listed = [_recorded(row, style, common=level or described, described=described) for row in rows]
    else:
        listed = [_guessed(row, described=described) for row in rows]
    return {"backupsetProperties": listed} if listed else {}


def _recorded(row: BackupSetRow, style: Style, *, common: bool, described: bool) -> Tree:
    tree = {"@modifiedTime": int(row.modified_at), "indexSettings": {}}
    if row.app == "Windows File System":
        tree["fsBackupSet"] = {"@preserveFileAccessTimes": False, "@useDCserviceForScan": True}
    tree |= {"planEntity": _plan(row), "backupSetEntity": {**entity(row), "@_type_": style.type_of(6)}}
    return (tree | {"commonBackupSet": _common(row, described=described)}) if common else tree


def _guessed(row: BackupSetRow, *, described: bool) -> Tree:
    return {
        "backupSetEntity": {"@_type_": 6, **entity(row)},
        "commonBackupSet": {"@userDescription": "", **_common(row, described=described)},
        "planEntity": _plan(row),
    }


def _common(row: BackupSetRow, *, described: bool) -> Tree:
    common = {"@isDefaultBackupSet": row.is_default, "@onDemandBackupset": row.on_demand}
    return {**common, "@userDescription": row.description} if described else common


def _plan(row: BackupSetRow) -> Tree:
    return {"@planId": row.plan_id, "@planName": row.plan} if row.plan_id else {}


def properties(row: BackupSetRow, style: Style) -> Tree:
    """The reply to a read by id: RECORDED (properties.json; `isDefaultBackupSet` in the reply that it was cut from)."""
    if not style.recorded:
        return {"backupsetProperties": [_guessed(row, described=True)]}
    common = {
        "@newBackupSetName": row.name,
        "@isDeleted": False,
        "@isFanInBackupSet": False,
        "@decompressData": False,
        "@isNasTurboBackupSet": False,
        "@associatedsubclientPolicy": 0,
        **_common(row, described=True),
    }
    tree = {
        "@modifiedTime": int(row.modified_at),
        "securityAssociations": {"ownerAssociations": {}},
        "indexSettings": {},
        "planEntity": _plan(row),
        "commonBackupSet": common,
        "backupSetEntity": {**entity(row), "@_type_": style.type_of(6)},
    }
    return {"backupsetProperties": [tree]}


def no_such_set() -> Tree:
    """An error in reply to a read by an id that no set has: a GUESS in the shape of business-error-500.json."""
    return {"@errorMessage": "Backup set not found.", "@errorCode": 2}


def entity(row: BackupSetRow) -> Tree:
    """The names and ids of a set and of the places that it is in."""
    return {
        "@appName": row.app,
        "@applicationId": row.app_id,
        "@backupsetId": row.id,
        "@backupsetName": row.name,
        "@clientId": row.client_id,
        "@clientName": row.client,
        "@instanceId": row.instance_id,
        "@instanceName": row.instance,
    }
