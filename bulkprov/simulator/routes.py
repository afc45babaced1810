"""Which path leads to which call.

Root paths are DOCUMENTED in available_web_services_for_rest_api.html. That paths are compared without case, and that
double slashes collapse, is a GUESS from the vendor's own pages and clients, which write both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bulkprov.simulator import backupsets, inventory, replies, signin
from bulkprov.simulator.answer import Answer, Asked, Kind
from bulkprov.simulator.office import Office, reply
from bulkprov.wire import integer

__all__ = ["Route", "find", "respond"]

_ROOT_PATHS: Final = ("commandcenter/api", "webconsole/api", "searchsvc/cvwebservice.svc", "webservercore")


@dataclass(frozen=True, slots=True)
class Route:
    """One call of the API."""

    kind: Kind
    answer: Callable[[Office, Asked, int], Answer]
    """Gets the id in the path, or 0."""
    signed_in: bool = True


def respond(office: Office, route: Route, asked: Asked, number: int) -> Answer:
    """The honest answer to a request; its effect, if it has one, is committed when this returns."""
    headers = asked.headers
    if route.signed_in and not office.sessions.admits(headers.get("Authtoken", ""), headers.get("Authorization", "")):
        return reply(asked, "generic", replies.access_denied(), status=401)
    return route.answer(office, asked, number)


def _home(_office: Office, _asked: Asked, _number: int) -> Answer:
    """The root path answers 200 (SEEN: cvpysdk 11.44 asks for it first)."""
    return Answer(text="<html><body>Web service</body></html>", text_type="text/html")


def _unknown(_office: Office, _asked: Asked, _number: int) -> Answer:
    return Answer(status=404, text="Not found.")


_UNKNOWN: Final = Route(Kind.OTHER, _unknown, signed_in=False)

_ROUTES: Final = {
    ("GET", ""): Route(Kind.OTHER, _home, signed_in=False),
    ("POST", "login"): Route(Kind.LOGIN, signin.login, signed_in=False),
    ("POST", "renewlogintoken"): Route(Kind.RENEW, signin.renew, signed_in=False),
    ("POST", "logout"): Route(Kind.LOGOUT, signin.logout),
    ("POST", "whoami"): Route(Kind.READ, signin.who_am_i),
    ("POST", "backupset"): Route(Kind.CREATE, backupsets.create),
    ("GET", "backupset"): Route(Kind.LIST, backupsets.listing),
    ("GET", "backupset/#"): Route(Kind.READ, backupsets.read),
    ("DELETE", "backupset/#"): Route(Kind.DELETE, backupsets.delete),
    ("DELETE", "backupset/byname"): Route(Kind.DELETE, backupsets.delete_by_name),
    ("GET", "client"): Route(Kind.READ, inventory.clients),
    ("GET", "client/#"): Route(Kind.READ, inventory.client),
    ("GET", "client/byname"): Route(Kind.READ, inventory.client_by_name),
    ("GET", "agent"): Route(Kind.READ, inventory.agents),
    ("GET", "instance"): Route(Kind.READ, inventory.instances),
    ("GET", "instance/#"): Route(Kind.READ, inventory.instance),
    ("GET", "subclient"): Route(Kind.READ, inventory.subclients),
    ("GET", "getid"): Route(Kind.READ, inventory.get_id),
    ("GET", "vsaclientandclientgrouplist"): Route(Kind.READ, inventory.nothing),
    ("GET", "schedules"): Route(Kind.READ, inventory.nothing),
    ("GET", "replications/monitors/continuous"): Route(Kind.READ, inventory.replications),
}
"""By method and path, in lower case; # stands for an id."""


@lru_cache(maxsize=1024)
def find(method: str, path: str) -> tuple[Route, int]:
    """The call a request is for, and the id in its path (0 if there is none)."""
    parts = [part for part in path.lower().split("(")[0].split("/") if part]
    for root in _ROOT_PATHS:
        above = root.split("/")
        if parts[: len(above)] == above:
            parts = parts[len(above) :]
            break
    number = integer(parts[-1]) if parts else None
    if number is not None:
        parts[-1] = "#"
    return _ROUTES.get((method, "/".join(parts)), _UNKNOWN), number or 0
