"""Paths and headers: which request is which, what its fields mean, and what is answered if nothing goes wrong.

It reads requests and puts replies into the format that was asked for; what the CommServe does about them is decided
in `commserve` and `sessions`. Paths are DOCUMENTED in available_web_services_for_rest_api.html; that they are compared
without case and that double slashes collapse is a GUESS from the vendor's own pages and clients, which write both.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bulkprov.simulator import replies
from bulkprov.simulator.answer import Answer, Asked, Kind
from bulkprov.simulator.commserve import Commserve, Told, Wanted
from bulkprov.simulator.sessions import Sessions
from bulkprov.simulator.settings import SimulatorSettings
from bulkprov.simulator.state import State
from bulkprov.wire import Tree, WireError, integer, items, text

__all__ = ["Office", "Route", "find", "respond"]

_ROOT_PATHS: Final = ("/commandcenter/api", "/webconsole/api", "/searchsvc/cvwebservice.svc", "/webservercore")
_BAD_BODY: Final = Answer(status=400, text="Request body is empty or format is invalid.")
"""DOCUMENTED for another call (the MSSQL page of api.commvault.com), taken for all."""


@dataclass(frozen=True, slots=True)
class Office:
    """All that answering a request needs."""

    settings: SimulatorSettings
    state: State
    commserve: Commserve
    sessions: Sessions
    told: Callable[[Told], None] = lambda _told: None
    """Hears of every create's end, for the statistics."""
    listed_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Route:
    """One call of the API."""

    kind: Kind
    answer: Callable[[Office, Asked, int], Answer]
    """Gets the id in the path, or 0."""
    signed_in: bool = True


def _tree(asked: Asked, tree: Tree, root: str, status: int = 200) -> Answer:
    return Answer(status=status, tree=tree, root=replies.ROOTS[root], wire=asked.accepts)


def respond(office: Office, route: Route, asked: Asked, number: int) -> Answer:
    """The honest answer to a request; its effect, if it has one, is committed when this returns."""
    headers = asked.headers
    if route.signed_in and not office.sessions.admits(headers.get("Authtoken", ""), headers.get("Authorization", "")):
        return _tree(asked, replies.access_denied(), "generic", status=401)
    return route.answer(office, asked, number)


def _login(office: Office, asked: Asked, _number: int) -> Answer:
    try:
        fields = asked.wire.loads(asked.body)
        password = base64.b64decode(text(fields.get("password")), validate=True).decode()
    except (WireError, binascii.Error, UnicodeDecodeError):
        return _BAD_BODY
    if text(fields.get("username")) != office.settings.username or password != office.settings.password:
        return _tree(asked, replies.login_refused(), "login")
    token = office.sessions.begin(text(fields.get("deviceId")))
    return _tree(asked, replies.logged_in(office.settings.username, token), "login")


def _renew(office: Office, asked: Asked, _number: int) -> Answer:
    try:
        fields = asked.wire.loads(asked.body)
    except WireError:
        return _BAD_BODY
    token = office.sessions.renew(text(fields.get("sessionId")), text(fields.get("deviceId")))
    return _tree(asked, replies.renewed(token), "renew")


def _logout(office: Office, asked: Asked, _number: int) -> Answer:
    office.sessions.end(asked.headers.get("Authtoken", ""))
    return Answer(text="User logged out")  # DOCUMENTED: api.commvault.com, Logout


def _create(office: Office, asked: Asked, _number: int) -> Answer:
    try:
        wanted = _wanted(asked.wire.loads(asked.body))
    except WireError:
        return _BAD_BODY
    if wanted is None:
        return _BAD_BODY
    told = office.commserve.create(wanted, listed_after=office.listed_after)
    office.told(told)
    return _tree(asked, replies.generic(told), "generic")


def _wanted(body: Tree) -> Wanted | None:
    """The fields of a create (DOCUMENTED: rest_api_post_backup_set.html and its two templates).

    `association.entity` is a list of one in JSON, one element in XML. More than one is documented nowhere and refused.
    """
    entities = items(body.get("association"), "entity")
    if len(entities) != 1:
        return None
    info = body.get("backupSetInfo")
    common = next(iter(items(info, "commonBackupSet")), {})
    plan = next(iter(items(info, "planEntity")), {})
    return Wanted(
        client=text(entities[0].get("clientName")),
        app=text(entities[0].get("appName")),
        instance=text(entities[0].get("instanceName")),
        name=text(entities[0].get("backupsetName")),
        on_demand=_true(common.get("onDemandBackupset")),
        plan=text(plan.get("planName")),
        plan_id=integer(plan.get("planId")),
    )


def _true(value: Any) -> bool:
    """A JSON boolean, or the words of the XML template, True and False; 1 as old versions of cvpysdk sent it."""
    return text(value).casefold() in ("true", "1")


def _list(office: Office, asked: Asked, _number: int) -> Answer:
    """Filters: DOCUMENTED clientId and clientName; applicationId and instanceId SEEN in cvpysdk 11.44."""
    query = asked.query
    if "clientid" not in query and "clientname" not in query:
        return Answer(status=400, text="Name a client: clientId or clientName is missing.")  # GUESS
    client_id = integer(query.get("clientid"))
    rows = office.commserve.listing(client=query.get("clientname", ""), client_id=client_id)
    app_id, instance_id = integer(query.get("applicationid")), integer(query.get("instanceid"))
    wanted = [row for row in rows if app_id in (None, row.app_id) and instance_id in (None, row.instance_id)]
    return _tree(asked, replies.backupsets(wanted), "backupsets")


def _read(office: Office, asked: Asked, number: int) -> Answer:
    row = office.state.set_by_id(number)
    return _tree(asked, replies.backupsets([row] if row else []), "backupsets")


def _delete(office: Office, asked: Asked, number: int) -> Answer:
    return _tree(asked, replies.generic(office.commserve.delete(number)), "generic")


def _clients(office: Office, asked: Asked, _number: int) -> Answer:
    return _tree(asked, replies.clients(office.state.clients()), "clients")


def _client(office: Office, asked: Asked, number: int) -> Answer:
    """A retired client is listed, and yet answers errorCode 4 here (SEEN in a Java client of Apache CloudStack)."""
    row = office.state.client_by_id(number)
    if row is None or row.retired:
        return _tree(asked, {"@errorCode": 4, "@errorMessage": "Client not found."}, "clients")
    return _tree(asked, replies.clients([row]), "clients")


def _home(_office: Office, _asked: Asked, _number: int) -> Answer:
    """The root path answers 200 (SEEN: cvpysdk 11.44 asks for it first)."""
    return Answer(text="<html><body>Web service</body></html>", text_type="text/html")


def _nothing(_office: Office, _asked: Asked, _number: int) -> Answer:
    return Answer(status=404, text="Not found.")


_NOTHING: Final = Route(Kind.OTHER, _nothing, signed_in=False)
_ROUTES: Final = {
    ("GET", ""): Route(Kind.OTHER, _home, signed_in=False),
    ("POST", "login"): Route(Kind.LOGIN, _login, signed_in=False),
    ("POST", "renewlogintoken"): Route(Kind.RENEW, _renew, signed_in=False),
    ("POST", "logout"): Route(Kind.LOGOUT, _logout),
    ("POST", "backupset"): Route(Kind.CREATE, _create),
    ("GET", "backupset"): Route(Kind.LIST, _list),
    ("GET", "backupset/#"): Route(Kind.READ, _read),
    ("DELETE", "backupset/#"): Route(Kind.DELETE, _delete),
    ("GET", "client"): Route(Kind.READ, _clients),
    ("GET", "client/#"): Route(Kind.READ, _client),
}


@lru_cache(maxsize=1024)
def find(method: str, path: str) -> tuple[Route, int]:
    """The call a request is for, and the id in its path (0 if there is none)."""
    lowered = "/" + "/".join(part for part in path.lower().split("/") if part)
    for root in _ROOT_PATHS:
        if lowered == root or lowered.startswith(root + "/"):
            lowered = lowered.removeprefix(root)
            break
    parts = [part for part in lowered.split("/") if part]
    number = integer(parts[-1]) if parts else None
    if number is not None:
        parts[-1] = "#"
    return _ROUTES.get((method, "/".join(parts)), _NOTHING), number or 0
