"""The vendor's replies as trees, formed from what the CommServe says.

They know the vendor's field names, and neither rules nor HTTP. In XML, values are attributes (SEEN in shell scripts
that read a live server, and in the create page's samples).
"""

from collections.abc import Iterable
from typing import Final

from bulkprov.simulator.commserve.rules import WriteResult
from bulkprov.simulator.commserve.state import BackupSetRow, ClientRow, InstanceRow
from bulkprov.simulator.error_responses import ACCESS_DENIED_CODE
from bulkprov.wire import Tree

__all__ = [
    "agents",
    "backupsets",
    "client",
    "clients",
    "generic",
    "instances",
    "logged_in",
    "login_refused",
    "renewed",
    "subclients",
]

_VMWARE: Final = {"@vsInstanceType": 101, "associatedClients": {"memberServers": []}}
"""SEEN in cvpysdk 11.44, constants.py and instances/vsinstance.py."""


def generic(result: WriteResult) -> Tree:
    """The reply to a create or a delete: DOCUMENTED in rest_api_post_backup_set.html.

    That `response` is a list in JSON is SEEN: every client reads its first element.
    """
    response: Tree = {"@errorCode": result.error_code}
    if result.error_string:
        response["@errorString"] = result.error_string
    if result.client_id:
        response["entity"] = {
            "@_type_": "ROOT_ENTITY",
            "@applicationId": result.app_id,
            "@backupsetId": result.set_id,
            "@clientId": result.client_id,
            "@clientSidePackage": True,
            "@consumeLicense": True,
            "@type": "GALAXY",
        }
    return {"response": [response]}


def logged_in(username: str, token: str) -> Tree:
    """The reply to a log-in: DOCUMENTED in rest_api_authentication_post_login.html."""
    return {
        "@aliasName": "1",
        "@userGUID": "A1B2C3D4-0000-4000-8000-000000000001",
        "@loginAttempts": 0,
        "@remainingLockTime": 0,
        "@smtpAddress": f"{username}@example.com",
        "@userName": username,
        "@ccn": 0,
        "@token": token,
        "@capability": 9663676416,
        "@forcePasswordChange": False,
        "@isAccountLocked": False,
        "errList": [],
    }


def login_refused() -> Tree:
    """The reply to a wrong user name or password: errList in place of a token, under HTTP 200 (SEEN in cvpysdk 11.44).

    Code and text are a GUESS.
    """
    return {
        "@loginAttempts": 1,
        "@remainingLockTime": 0,
        "@isAccountLocked": False,
        "errList": [{"@errorCode": 1116, "@errLogMessage": "Invalid Username or Password."}],
    }


def renewed(token: str | None) -> Tree:
    """The reply to RenewLoginToken: DOCUMENTED on api.commvault.com; `error.errLogMessage` SEEN in cvpysdk 11.44.

    None is for a token that cannot be renewed.
    """
    if token is None:
        return {"error": {"@errorCode": ACCESS_DENIED_CODE, "@errLogMessage": "The session cannot be renewed."}}
    return {"@token": token, "error": {}}


def backupsets(rows: Iterable[BackupSetRow]) -> Tree:
    """A listing: DOCUMENTED in rest_api_get_backup_set.html; `planEntity` SEEN in cvpysdk 11.44.

    Without any set the key itself is missing, which cvpysdk takes for an empty list.
    """
    properties = [_backupset(row) for row in rows]
    return {"backupsetProperties": properties} if properties else {}


def _backupset(row: BackupSetRow) -> Tree:
    return {
        "backupSetEntity": {"@_type_": 6, **_entity(row)},
        "commonBackupSet": {
            "@isDefaultBackupSet": row.is_default,
            "@onDemandBackupset": row.on_demand,
            "@userDescription": "",
        },
        "planEntity": {"@planId": row.plan_id, "@planName": row.plan} if row.plan_id else {},
    }


def _entity(row: BackupSetRow) -> Tree:
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


def clients(rows: Iterable[ClientRow]) -> Tree:
    """The list of clients: DOCUMENTED in rest_api_get_client.html."""
    return {"clientProperties": [{"client": {"clientEntity": _client_entity(row)}} for row in rows]}


def _client_entity(row: ClientRow) -> Tree:
    return {
        "@_type_": 3,
        "@clientId": row.id,
        "@clientName": row.name,
        "@displayName": row.name,
        "@hostName": f"{row.name}.example.com",
        "@clientGUID": f"00000000-0000-4000-8000-{row.id:012d}",
    }


def client(row: ClientRow) -> Tree:
    """One client with its properties: SEEN, the least that cvpysdk 11.44 needs."""
    enabled = {"@EnableDataRecovery": True, "@EnableDataManagement": True, "@EnableOnlineContentIndex": False}
    os_info = {
        "@Type": "Windows",
        "@SubType": "Server",
        "OsDisplayInfo": {"@ProcessorType": "x64", "@OSName": "Windows Server 2022"},
    }
    properties = {
        "client": {
            "clientEntity": _client_entity(row),
            "osInfo": os_info,
            "@cvdPort": 8400,
            "TimeZone": {"@TimeZoneName": "(UTC) Coordinated Universal Time"},
            "versionInfo": {},
        },
        "clientProps": {
            "@EnableSnapBackups": False,
            "activityControl": enabled,
            "clientActivityControl": {"activityControlOptions": []},
        },
    }
    return {"clientProperties": [properties]}


def agents(rows: Iterable[InstanceRow]) -> Tree:
    """Each agent once: SEEN in cvpysdk 11.44, agent.py."""
    apps = {row.app_id: row.app for row in rows}
    return {
        "agentProperties": [
            {
                "idaEntity": {"@_type_": 4, "@appName": app, "@applicationId": app_id},
                "AgentProperties": {"@isMarkedDeleted": False},
            }
            for app_id, app in apps.items()
        ]
    }


def instances(rows: Iterable[InstanceRow]) -> Tree:
    """Instances: DOCUMENTED in rest_api_get_instance.html; the keys after `instance` are SEEN in cvpysdk 11.44."""
    return {
        "instanceProperties": [
            {
                "instance": {
                    "@_type_": 5,
                    "@appName": row.app,
                    "@applicationId": row.app_id,
                    "@clientId": row.client_id,
                    "@clientName": row.client,
                    "@instanceId": row.id,
                    "@instanceName": row.name,
                },
                "instanceActivityControl": {},
                "mssqlInstance": {},
                "oracleInstance": {},
                "virtualServerInstance": _VMWARE if row.app == "Virtual Server" else {},
            }
            for row in rows
        ]
    }


def subclients(rows: Iterable[BackupSetRow]) -> Tree:
    """The default subclient of each set: SEEN in cvpysdk 11.44, subclient.py. Its id is the set's."""
    return {
        "subClientProperties": [
            {
                "subClientEntity": {
                    "@_type_": 7,
                    **_entity(row),
                    "@subclientId": row.id,
                    "@subclientName": "default",
                },
                "commonProperties": {"@isDefaultSubclient": True},
            }
            for row in rows
        ]
    }
