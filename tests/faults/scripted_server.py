"""A CommServe of a few lines whose response to the first create is scripted by a test, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.rawserver import Connection, RawServer, answer, raw_server

__all__ = ["CLOSE", "RESET", "Script", "scripted_commserve"]

CLOSE = b"<close>"
RESET = b"<reset>"
TOKEN = "QSDK 0123canary4567"
SET = {
    "backupSetEntity": {
        "clientName": "client030",
        "appName": "File System",
        "instanceName": "DefaultInstanceName",
        "backupsetName": "FS_1",
        "backupsetId": 931,
    }
}
MADE = answer({"response": [{"errorCode": 0, "entity": {"backupsetId": 931}}]})


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of the first create; the next one is processed and answered normally."""

    processed: bool
    """Whether the first create takes effect."""
    pieces: Sequence[bytes]
    """The bytes of the response, as they are sent one after another; CLOSE and RESET end the connection."""
    always: bool = False
    """Whether every create is treated so."""


@dataclass(slots=True)
class _Estate:
    script: Script
    creates: int = 0
    made: list[int] = field(default_factory=list)


@asynccontextmanager
async def scripted_commserve(script: Script) -> AsyncIterator[tuple[RawServer, list[int]]]:
    """Serve a script; yields the server and the ids of the sets created."""
    estate = _Estate(script)

    async def serve(connection: Connection) -> None:
        while True:
            request = await connection.request()
            for piece in _answer(request, estate):
                if piece == RESET:
                    connection.reset()
                    return
                if piece == CLOSE:
                    return
                await connection.send(piece)
                await asyncio.sleep(0)

    async with raw_server(serve) as server:
        yield server, estate.made


def _answer(request: bytes, estate: _Estate) -> Sequence[bytes]:
    start = request.partition(b"\r\n")[0].decode()
    if "/Login" in start:
        return [answer({"token": TOKEN})]
    if start.startswith("GET"):
        return [answer({"backupsetProperties": [SET] if estate.made else []})]
    if start.startswith("POST /api/Backupset"):
        estate.creates += 1
        if estate.creates > 1 and not estate.script.always:
            estate.made.append(931)
            return [MADE]
        if estate.script.processed:
            estate.made.append(931)
        return estate.script.pieces
    return [answer(b"User logged out", kind="text/plain")]
