"""A plain aiohttp client for the simulator's tests; it shares no code with the product's client."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bulkprov.simulator import Simulator

ENTITY = {
    "clientName": "client001",
    "appName": "File System",
    "instanceName": "DefaultInstanceName",
    "backupsetName": "FS_Backup_01",
}


def create_body(**entity: str) -> dict[str, Any]:
    """The vendor's JSON template, filled from the sample request and then from `entity`."""
    return {"association": {"entity": [{**ENTITY, **entity}]}}


@dataclass(frozen=True, slots=True)
class PlainClient:
    """A connection pool, the URL and a token."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""

    async def call(
        self, method: str, path: str, body: object = None, *, accept: str = "application/json", **headers: str
    ) -> tuple[int, bytes]:
        """The status and body of one response; a `bytes` body is sent as XML, anything else as JSON."""
        xml = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        everything = {
            "Accept": accept,
            "Content-type": "application/xml" if xml else "application/json",
            **({"Authtoken": self.token} if self.token else {}),
            **headers,
        }
        async with self.http.request(
            method, f"{self.url}/{path}", data=data, headers=everything, allow_redirects=False
        ) as response:
            return response.status, await response.read()

    async def json(self, method: str, path: str, body: object = None) -> Any:
        """The tree of a JSON response, which must have HTTP 200."""
        status, answer = await self.call(method, path, body)
        assert status == 200
        return json.loads(answer)

    async def create(self, **entity: str) -> Any:
        """The first entry of `response` in the reply to a create."""
        return (await self.json("POST", "Backupset", create_body(**entity)))["response"][0]

    async def names(self, client: str = "client001") -> list[str]:
        """The names of a client's backup sets."""
        listing = await self.json("GET", f"Backupset?clientName={client}")
        return [each["backupSetEntity"]["backupsetName"] for each in listing.get("backupsetProperties", [])]


@asynccontextmanager
async def signed_in(simulator: Simulator, *, force_close: bool = False) -> AsyncIterator[PlainClient]:
    """A client that has signed in; with `force_close` each request opens a connection."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=force_close)) as http:
        yield PlainClient(http, simulator.url, await log_in(http, simulator.url))


async def log_in(http: aiohttp.ClientSession, url: str) -> str:
    """A token for the default user."""
    secret = base64.b64encode(b"simulator").decode()
    answer = await PlainClient(http, url).json("POST", "Login", {"username": "admin", "password": secret})
    token: str = answer["token"]
    return token
