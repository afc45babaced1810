"""A small CommServe that answers in the shapes recorded from real ones, in both formats, from a thread of its own.

It is for what the simulator does not play: how a client is called, which plan a set is shown with, what is warned of.
It keeps one connection to a thread and knows no faults.
"""

import json
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

import xmltodict

__all__ = ["Client", "RecordedServer"]

_UNKNOWN: Final = {"errorCode": 1, "errorString": "DB error: please refer to logs for more details."}
_TAKEN: Final = {"errorCode": 2, "errorString": "Backup set already exists."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, as `GET Client` lists it."""

    id: int
    name: str
    display: str = ""
    host: str = ""
    deleted: bool = False
    answers_to: tuple[str, ...] = ()
    """Further names by which lists and creates know it."""

    def listed(self) -> dict[str, Any]:
        """Its entry."""
        entity = {"clientId": self.id, "clientName": self.name, "_type_": 3}
        entity |= {"displayName": self.display} if self.display else {}
        entity |= {"hostName": self.host} if self.host else {}
        properties = {"enableAccessControl": True} | ({"IsDeletedClient": True} if self.deleted else {})
        return {"clientProps": properties, "client": {"cvdPort": 8400, "clientEntity": entity}}


@dataclass(slots=True)
class RecordedServer:
    """A server at work, as a context manager. Its fields may be changed while it serves."""

    clients: tuple[Client, ...]
    sets: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Every set by its id, as `backupSetEntity`."""
    more: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What an entry has beside its `backupSetEntity`, by the set's id."""
    more_by_id: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The same in an answer to a request for that very id, if it differs."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside the errorCode in the answer to a create or a delete."""
    pins: set[str] | None = None
    """Passwords with PINs that are still good, each for one log-in; None if any password will do."""
    late: dict[str, float] = field(default_factory=dict)
    """By the name of a set: the seconds after which it is told that it was made."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by method and the last part of the path that is no number."""
    _server: ThreadingHTTPServer | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Root path."""
        assert self._server
        return f"http://127.0.0.1:{self._server.server_port}/api"

    def __enter__(self) -> Self:
        handler = type("_Bound", (_Handler,), {"served": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    def put(self, number: int, client: str, name: str, **more: Any) -> None:
        """Have a set there, made by somebody else."""
        self._keep(number, self._client(client), {"backupsetName": name, "appName": "File System"})
        self.more[number] = more

    def answer(self, method: str, path: str, query: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """What it answers: one request at a time, as its database has it."""
        with self._turn:
            return self._answer(method, path, query, body)

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        *_, last = path.rstrip("/").split("/")
        number = int(last) if last.isdigit() else 0
        self.asked[f"{method} {path.rstrip('/').split('/')[-2] if number else last}"] += 1
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "Login": lambda: self._signed_in(b64decode(body["password"]).decode()),
            "Client": lambda: {"clientProperties": [each.listed() for each in self.clients]},
        }
        if last in answers:
            return answers[last]()
        if method == "POST":
            return self._created(body) if last == "Backupset" else {}
        if method == "DELETE":
            return self._deleted(number)
        return self._one(number) if number else self._list(query.get("clientName", ""))

    def delay(self, tree: dict[str, Any]) -> float:
        """The seconds after which an answer is sent."""
        responses: list[dict[str, Any]] = tree.get("response", [])
        made = [each["entity"]["backupsetId"] for each in responses if each.get("entity", {}).get("backupsetId")]
        with self._turn:
            return max((self.late.get(self.sets[number]["backupsetName"], 0) for number in made), default=0)

    def _signed_in(self, password: str) -> dict[str, Any]:
        if self.pins is not None and password not in self.pins:
            return {"errList": [{"errorCode": 1116, "errLogMessage": "Invalid Username or Password."}]}
        if self.pins:
            self.pins.remove(password)
        return {"userName": "admin", "token": "QSDK 0123456789abcdef"}

    def _client(self, name: str) -> Client | None:
        name = name.casefold()
        known = (each for each in self.clients if not each.deleted)
        return next(
            (each for each in known if name in (each.name.casefold(), *map(str.casefold, each.answers_to))), None
        )

    def _created(self, body: dict[str, Any]) -> dict[str, Any]:
        entity = body["association"]["entity"]
        asked = entity[0] if isinstance(entity, list) else entity
        client = self._client(asked["clientName"])
        if client is None:
            return {"response": [_UNKNOWN | {"entity": {"backupsetId": 0}}]}
        name = asked["backupsetName"].casefold()
        if any(
            (each["clientId"], each["backupsetName"].casefold()) == (client.id, name) for each in self.sets.values()
        ):
            return {"response": [dict(_TAKEN)]}
        number = max(self.sets, default=900) + 1
        self._keep(number, client, asked)
        entity = {"backupsetId": number, "clientId": client.id, "applicationId": 33, "_type_": 0}
        return {"response": [{"errorCode": 0, **self.beside, "entity": entity}]}

    def _keep(self, number: int, client: Client | None, asked: Mapping[str, Any]) -> None:
        assert client
        self.sets[number] = {
            "backupsetId": number,
            "backupsetName": asked["backupsetName"],
            "clientId": client.id,
            "clientName": client.name,
            "appName": asked["appName"],
            "applicationId": 33 if asked["appName"] == "File System" else 0,
            "instanceName": "DefaultInstanceName",
            "instanceId": 1,
        }

    def _deleted(self, number: int) -> dict[str, Any]:
        known = self.sets.pop(number, None)
        return {"response": [{"errorCode": 0 if known else 2, **self.beside, "entity": {"backupsetId": 0}}]}

    def _one(self, number: int) -> dict[str, Any]:
        if number not in self.sets:
            return {"errorCode": 2, "errorMessage": "There is no such backup set."}
        return {"backupsetProperties": [self._entry(number, self.more_by_id)]}

    def _list(self, name: str) -> dict[str, Any]:
        client = self._client(name)
        found = [number for number, each in self.sets.items() if client and each["clientId"] == client.id]
        return {"backupsetProperties": [self._entry(number, {}) for number in found]} if found else {}

    def _entry(self, number: int, own: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        return {"backupSetEntity": self.sets[number], **own.get(number, self.more.get(number, {}))}


class _Handler(BaseHTTPRequestHandler):
    served: RecordedServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - by this name
        """Say nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        xml = "xml" in (self.headers.get("Accept") or "")
        where = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        asked = _read(body, xml="xml" in (self.headers.get("Content-type") or "")) if body else {}
        tree = self.served.answer(self.command, where.path, query, asked)
        time.sleep(self.served.delay(tree))
        data = f"<r>{_children(tree)}</r>".encode() if xml else json.dumps(tree).encode()
        if where.path.endswith("/Logout"):
            data = b"User logged out"
        self.send_response(200)
        self.send_header("Content-Type", f"application/{'xml' if xml else 'json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - by these names


def _read(body: bytes, *, xml: bool) -> dict[str, Any]:
    tree: dict[str, Any] = xmltodict.parse(body, attr_prefix="") if xml else json.loads(body)
    return next(iter(tree.values())) or {} if xml else tree


def _children(tree: Mapping[str, Any]) -> str:
    """The values of an object as elements, each with its own scalars as attributes, as the recorded XML has them."""
    parts = []
    for name, value in tree.items():
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                parts.append(f"<{name}>{quoteattr(str(each))[1:-1]}</{name}>")
                continue
            scalars = {key: held for key, held in each.items() if not isinstance(held, dict | list)}
            marks = "".join(f" {key}={quoteattr(str(held))}" for key, held in scalars.items())
            inner = _children({key: held for key, held in each.items() if key not in scalars})
            parts.append(f"<{name}{marks}>{inner}</{name}>")
    return "".join(parts)
