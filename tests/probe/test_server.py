"""The way to the server."""

from collections.abc import Mapping
from typing import Any

from bulkprov.commvault.auth import GivenToken
from bulkprov.commvault.classify import Answer, Failure
from bulkprov.probe.server import Paced, Server, Tempo
from bulkprov.wire import JSON, XML, Wire


class Recorder:
    """A transport that keeps what is sent, and takes half a second to answer."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[tuple[float, str, Mapping[str, str], Any]] = []

    async def exchange(self, method: str, path: str, *, headers: Mapping[str, str], **more: Any) -> Answer | Failure:
        """As `Transport.exchange`."""
        self.sent.append((self.now, f"{method} {path}", headers, more))
        self.now += 0.5
        return Answer(200, {}, b"{}")

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


def server(recorder: Recorder, wire: Wire = JSON, pace: float = 1.0) -> Server:
    """A server that is the recorder."""
    transport: Any = recorder
    paced = Paced(transport, pace, lambda: recorder.now, sleep=recorder.sleep)
    return Server(paced, GivenToken("QSDK 1"), wire, Tempo(pace=pace))


async def test_a_request_waits_for_its_turn() -> None:
    """A second after the one before has left, and no longer."""
    recorder = Recorder()
    asked = server(recorder)
    await asked.get("CommServ")
    await asked.delete("Backupset/7")
    recorder.now += 9.0
    await asked.get("Client")

    assert [at for at, *_ in recorder.sent] == [100.0, 101.0, 110.5]


async def test_each_has_the_token_and_a_connection_of_its_own() -> None:
    """And the other token, if one is given; a body is named for what it is."""
    recorder = Recorder()
    asked = server(recorder, XML)
    await asked.post("Backupset", "Root", {"x": "1"})
    await asked.get("Client", token={"Authorization": "Bearer 2"}, clientId="7")
    (_, post, sent, posted), (_, get, other, got) = recorder.sent

    assert (post, get) == ("POST Backupset", "GET Client")
    assert sent == {"Accept": "application/xml", "Content-type": "application/xml", "Authtoken": "QSDK 1"}
    assert other == {"Accept": "application/xml", "Authorization": "Bearer 2"}
    assert b"<Root" in posted["body"]
    assert (posted["query"], got["query"], got["body"]) == (None, {"clientId": "7"}, None)
    assert posted["alone"]
    assert got["alone"]


async def test_nothing_waits_for_a_time_that_has_passed() -> None:
    """The clock is read when it is asked."""
    recorder = Recorder()
    asked = server(recorder)
    await asked.wait_until(99.0)
    assert recorder.now == 100.0
    await asked.wait_until(103.5)
    assert recorder.now == 103.5
