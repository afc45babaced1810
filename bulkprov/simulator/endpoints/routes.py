"""Which path leads to which endpoint.

Root paths are DOCUMENTED in available_web_services_for_rest_api.html. That the case of a path does not matter, and that
double slashes count as one, is a GUESS from the vendor's own pages and clients, which write both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bulkprov.simulator.endpoints import authentication, backupsets, inventory
from bulkprov.simulator.endpoints.backend import Backend
from bulkprov.simulator.error_responses import access_denied, signed_out
from bulkprov.simulator.http_messages import Request, RequestKind, Response
from bulkprov.wire import integer

__all__ = ["Route", "find", "respond"]

_ROOT_PATHS: Final = ("commandcenter/api", "webconsole/api", "searchsvc/cvwebservice.svc", "webservercore")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint."""

    kind: RequestKind
    endpoint: Callable[[Backend, Request], Response]
    signed_in: bool = True
    """Whether it needs a valid token."""


def respond(backend: Backend, route: Route, request: Request) -> Response:
    """The normal response to a request; its effect, if it has one, is committed when this returns."""
    if route.signed_in and not backend.sessions.admits(request.token, request.headers.get("Authorization", "")):
        return signed_out(backend.settings.session_end, request.accepts)
    if backend.settings.denied_clients and backupsets.client_of(backend, request) in backend.settings.denied_clients:
        return access_denied(request.accepts)
    return route.endpoint(backend, request)


def _home(_backend: Backend, _request: Request) -> Response:
    """The root path answers 200 (SEEN: cvpysdk 11.44 asks for it first)."""
    return Response(text="<html><body>Web service</body></html>", text_type="text/html")


def _unknown(_backend: Backend, _request: Request) -> Response:
    return Response(status=404, text="Not found.")


_UNKNOWN: Final = Route(RequestKind.OTHER, _unknown, signed_in=False)

_ROUTES: Final = {
    ("GET", ""): Route(RequestKind.OTHER, _home, signed_in=False),
    ("POST", "login"): Route(RequestKind.LOGIN, authentication.login, signed_in=False),
    ("POST", "renewlogintoken"): Route(RequestKind.RENEW, authentication.renew, signed_in=False),
    ("POST", "logout"): Route(RequestKind.LOGOUT, authentication.logout),
    ("POST", "whoami"): Route(RequestKind.READ, authentication.who_am_i),
    ("POST", "backupset"): Route(RequestKind.CREATE, backupsets.create),
    ("GET", "backupset"): Route(RequestKind.LIST, backupsets.listing),
    ("GET", "backupset/#"): Route(RequestKind.READ, backupsets.read),
    ("POST", "backupset/#"): Route(RequestKind.UPDATE, backupsets.update),
    ("POST", "backupset/byname"): Route(RequestKind.UPDATE, backupsets.update_by_name),
    ("DELETE", "backupset/#"): Route(RequestKind.DELETE, backupsets.delete),
    ("DELETE", "backupset/byname"): Route(RequestKind.DELETE, backupsets.delete_by_name),
    ("GET", "client"): Route(RequestKind.READ, inventory.clients),
    ("GET", "client/#"): Route(RequestKind.READ, inventory.client),
    ("GET", "client/byname"): Route(RequestKind.READ, inventory.client_by_name),
    ("GET", "agent"): Route(RequestKind.READ, inventory.agents),
    ("GET", "instance"): Route(RequestKind.READ, inventory.instances),
    ("GET", "instance/#"): Route(RequestKind.READ, inventory.instance),
    ("GET", "subclient"): Route(RequestKind.READ, inventory.subclients),
    ("GET", "commserv"): Route(RequestKind.READ, inventory.commserve),
    ("GET", "plan"): Route(RequestKind.READ, inventory.plans),
    ("GET", "v2/plan"): Route(RequestKind.READ, inventory.plans),
    ("GET", "getid"): Route(RequestKind.READ, inventory.get_id),
    ("GET", "vsaclientandclientgrouplist"): Route(RequestKind.READ, inventory.nothing),
    ("GET", "schedules"): Route(RequestKind.READ, inventory.nothing),
    ("GET", "replications/monitors/continuous"): Route(RequestKind.READ, inventory.replications),
}
"""By method and path in lower case; # stands for an id."""


@lru_cache(maxsize=1024)
def find(method: str, path: str) -> tuple[Route, int]:
    """The route of a request, and the id that ends its path (0 if there is none)."""
    parts = [part for part in path.lower().split("(")[0].split("/") if part]
    for root in _ROOT_PATHS:
        prefix = root.split("/")
        if parts[: len(prefix)] == prefix:
            parts = parts[len(prefix) :]
            break
    path_id = integer(parts[-1]) if parts else None
    if path_id is not None:
        parts[-1] = "#"
    return _ROUTES.get((method, "/".join(parts)), _UNKNOWN), path_id or 0
