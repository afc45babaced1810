"""The vendor's replies about all but backup sets as trees: signing in, clients, agents, instances, plans.

They know the vendor's field names, and neither rules nor HTTP. In XML, values are attributes (SEEN in shell scripts
that read a live server, and in the create page's samples). What is RECORDED stands in the files of
`tests/golden/recorded`, or in another reply of the collection that they were taken from.
"""

import re
from collections.abc import Iterable
from typing import Final

from bulkprov.simulator.commserve.state import BackupSetRow, ClientRow, InstanceRow
from bulkprov.simulator.endpoints.set_replies import entity
from bulkprov.simulator.endpoints.style import Style
from bulkprov.simulator.error_responses import ACCESS_DENIED_CODE
from bulkprov.wire import Tree

__all__ = [
    "DEFAULT_SUBCLIENT",
    "agents",
    "client",
    "clients",
    "commserve",
    "instances",
    "logged_in",
    "login_refused",
    "plans",
    "renewed",
    "subclients",
]

_VMWARE: Final = {"@vsInstanceType": 101, "associatedClients": {"memberServers": []}}
"""RECORDED; SEEN in cvpysdk 11.44, constants.py and instances/vsinstance.py."""

DEFAULT_SUBCLIENT: Final = "default"
"""RECORDED: the subclient that each set has."""

_COMMCELL_ID: Final = 2
_INSTALLED: Final = 1_486_000_000  # agents.json


def logged_in(username: str, token: str) -> Tree:
    """The reply to a log-in: RECORDED (login.json); DOCUMENTED in rest_api_authentication_post_login.html."""
    organization = {"@providerId": 0, "@providerDomainName": "Commcell"}
    return {
        "@aliasName": "1",
        "@userGUID": "A1B2C3D4-0000-4000-8000-000000000001",
        "@loginAttempts": 0,
        "@remainingLockTime": 0,
        "@smtpAddress": f"{username}@example.com",
        "@userName": username,
        "@providerType": 1,
        "@ccn": 0,
        "@token": token,
        "@capability": 9663676416,
        "@forcePasswordChange": False,
        "@isAccountLocked": False,
        "ownerOrganization": organization,
        "providerOrganization": organization,
        "errList": [],
    }


def login_refused() -> Tree:
    """The reply to a wrong user name or password: errList in place of a token, under HTTP 200 (SEEN in cvpysdk 11.44).

    The code is SEEN in a plugin of Morpheus; the text is a GUESS.
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


def commserve(version: str) -> Tree:
    """The CommServe itself: SEEN, all that cvpysdk reads (commcell.py); 11.10 to 11.36 give up without it."""
    release, service_pack, *_ = [*re.findall(r"\d+", version.replace(".0 SP", " ")), "0", "0"]
    return {
        "@hostName": "commserve.example.com",
        "@timeZone": "0:0:(UTC) Coordinated Universal Time",
        "@releaseName": f"{release}.0",
        "@currentSPVersion": int(service_pack),
        "@csVersionInfo": version,
        "commcell": {
            "@commCellName": "commserve",
            "@commCellId": _COMMCELL_ID,
            "@csGUID": "A1B2C3D4-0000-4000-8000-000000000002",
        },
        "csTimeZone": {"@TimeZoneName": "(UTC) Coordinated Universal Time"},
    }


def plans(rows: Iterable[tuple[int, str]], style: Style) -> Tree:
    """Plans by id and name: RECORDED, `GET Plan` and `GET v2/Plan`, shortened."""
    return {
        "plans": [
            {
                "@description": "Server plan",
                "@type": 2,
                "@subtype": 33554437,
                "@numDevices": 0,
                "@numUsers": 0,
                "@restrictions": 0,
                "@planStatusFlag": 0,
                "planOwner": {"@_type_": style.type_of(13), "@userId": 1, "@userName": "admin"},
                "plan": {"@_type_": style.type_of(158), "@planId": number, "@planName": name},
            }
            for number, name in rows
        ]
    }


def clients(rows: Iterable[ClientRow], style: Style) -> Tree:
    """The list of clients: RECORDED (clients.json); before, DOCUMENTED in rest_api_get_client.html."""
    if not style.recorded:
        return {"clientProperties": [{"client": {"clientEntity": _client_entity(row, style)}} for row in rows]}
    return {
        "clientProperties": [
            {
                "clientProps": {"@enableAccessControl": True, **({"@IsDeletedClient": True} if row.retired else {})},
                "client": {"@evmgrcPort": 8402, "@cvdPort": 8400, "clientEntity": _client_entity(row, style)},
            }
            for row in rows
        ]
    }


def _client_entity(row: ClientRow, style: Style) -> Tree:
    """An entity that names a client.

    `hostName` and `displayName` are younger than what is recorded. SEEN: cvpysdk needs the first from 11.10 on and the
    second from 11.25 on; commvault-client 2.3.0 needs both.
    """
    return {
        "@_type_": style.type_of(3),
        **({"@type": "GALAXY" if style.xml else 0} if style.recorded else {}),
        "@clientId": row.id,
        "@clientName": row.name,
        "@displayName": row.display_name or row.name,
        "@hostName": f"{row.name}.example.com",
        "@clientGUID": f"00000000-0000-4000-8000-{row.id:012d}",
    }


def client(row: ClientRow, style: Style) -> Tree:
    """One client with its properties: SEEN, the least that cvpysdk 11.44 needs; enough from 11.10 on."""
    enabled = {"@EnableDataRecovery": True, "@EnableDataManagement": True, "@EnableOnlineContentIndex": False}
    os_info = {
        "@Type": "Windows",
        "@SubType": "Server",
        "OsDisplayInfo": {"@ProcessorType": "x64", "@OSName": "Windows Server 2022"},
    }
    properties = {
        "client": {
            "clientEntity": _client_entity(row, style),
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


def agents(rows: Iterable[InstanceRow], style: Style) -> Tree:
    """Each agent once: RECORDED (agents.json); before, SEEN in cvpysdk 11.44, agent.py."""
    by_id = {row.app_id: row for row in rows}
    if not style.recorded:
        return {
            "agentProperties": [
                {
                    "idaEntity": {"@_type_": 4, "@appName": row.app, "@applicationId": row.app_id},
                    "AgentProperties": {"@isMarkedDeleted": False},
                }
                for row in by_id.values()
            ]
        }
    return {
        "agentProperties": [
            {
                "AgentProperties": {
                    "@installDate": _INSTALLED,
                    "@agentVersion": "11(BUILD80)",
                    "@isMarkedDeleted": False,
                },
                "idaEntity": {
                    "@clientId": row.client_id,
                    "@clientName": row.client,
                    "@appName": row.app,
                    "@commCellId": _COMMCELL_ID,
                    "@applicationId": row.app_id,
                },
            }
            for row in by_id.values()
        ]
    }


def instances(rows: Iterable[InstanceRow], style: Style) -> Tree:
    """Instances: RECORDED (instances.json); before, DOCUMENTED in rest_api_get_instance.html.

    The keys after `instance` are SEEN in cvpysdk: 11.44 needs them, and the first of them is needed from 11.10 on.
    """
    return {"instanceProperties": [_instance(row, style) for row in rows]}


def _instance(row: InstanceRow, style: Style) -> Tree:
    instance = {
        "@appName": row.app,
        "@applicationId": row.app_id,
        "@clientId": row.client_id,
        "@clientName": row.client,
        "@instanceId": row.id,
        "@instanceName": row.name,
    }
    more: Tree = {
        "instanceActivityControl": {},
        "mssqlInstance": {},
        "oracleInstance": {},
        "virtualServerInstance": _VMWARE if row.app == "Virtual Server" else {},
    }
    if not style.recorded:
        return {"instance": {"@_type_": 5, **instance}, **more}
    guid = f"00000000-0000-4000-8000-{row.key:012d}"
    return {"@isDeleted": False, "instance": {**instance, "@instanceGUID": guid}, **more}


def subclients(rows: Iterable[BackupSetRow], style: Style) -> Tree:
    """The default subclient of each set: RECORDED, `GET Subclient`; before, SEEN in cvpysdk 11.44, subclient.py.

    Its id is the set's.
    """
    recorded: Tree = {"proxyClient": {}, "dfsSubclientProp": {}, "planEntity": {}, "analyticsSubclientProp": {}}
    return {
        "subClientProperties": [
            {
                "subClientEntity": {
                    "@_type_": style.type_of(7),
                    **entity(row),
                    "@subclientId": row.id,
                    "@subclientName": DEFAULT_SUBCLIENT,
                },
                "commonProperties": {"@isDefaultSubclient": True},
                **(recorded if style.recorded else {}),
            }
            for row in rows
        ]
    }
