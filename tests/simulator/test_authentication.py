"""Signing in and out: passwords, tokens and their renewal, over HTTP."""

from typing import Literal

import aiohttp
import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, create_body, signed_in


async def test_a_wrong_password_is_http_200_without_a_token() -> None:
    """The refusal is in errList, where the vendor's SDK looks for it."""
    async with Simulator() as simulator, aiohttp.ClientSession() as http:
        answer = await PlainClient(http, simulator.url).json("POST", "Login", {"username": "admin", "password": "eA=="})

    assert "token" not in answer
    assert answer["errList"][0]["errLogMessage"]


async def test_an_idle_token_expires_and_is_renewed_for_its_own_device() -> None:
    """The idle life counts from the last use, and RenewLoginToken demands the device of the log-in."""
    now = 1_000_000.0
    async with Simulator(clock=lambda: now) as simulator, aiohttp.ClientSession() as http:
        plain = PlainClient(http, simulator.url)
        fields = {"username": "admin", "password": "c2ltdWxhdG9y", "deviceId": "here"}
        token = (await plain.json("POST", "Login", fields))["token"]
        client = PlainClient(http, simulator.url, token)
        statuses = []
        for idle in (29 * 60, 29 * 60, 31 * 60):
            now += idle
            statuses.append((await client.call("GET", "Client"))[0])
        wrong = await plain.json("POST", "RenewLoginToken", {"sessionId": token, "deviceId": "there"})
        right = await plain.json("POST", "RenewLoginToken", {"sessionId": token, "deviceId": "here"})
        renewed = PlainClient(http, simulator.url, right["token"])

        assert (await renewed.call("GET", "Client"))[0] == 200
    assert statuses == [200, 200, 401]
    assert wrong["error"]["errLogMessage"]


async def test_a_token_is_invalid_after_logout() -> None:
    """Logout answers in plain text."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        status, body = await client.call("POST", "Logout")
        after, _ = await client.call("GET", "Client")

    assert (status, body, after) == (200, b"User logged out", 401)


@pytest.mark.parametrize(
    ("style", "status", "shown"),
    [
        ("401", 401, b'"errorCode":5'),
        ("403", 403, b"Forbidden"),
        ("code", 200, b'"errorCode":5'),
        ("page", 200, b'type="password"'),
        ("redirect", 302, b""),
    ],
)
async def test_a_session_ends_as_the_settings_say(
    style: Literal["401", "403", "code", "page", "redirect"], status: int, shown: bytes
) -> None:
    """Nothing is processed, and a new log-in is good for requests again."""
    async with (
        Simulator(SimulatorSettings(session_end=style)) as simulator,
        signed_in(simulator) as client,
    ):
        before, _ = await client.call("GET", "Client")
        simulator.sessions.expire_all()
        after, body = await client.call("POST", "Backupset", create_body())
        async with signed_in(simulator) as again:
            names = await again.names()

    assert (before, after) == (200, status)
    assert shown in body
    assert "FS_Backup_01" not in names


@pytest.mark.parametrize("renewal", ["same", "refused"])
async def test_a_renewal_may_be_of_no_use(renewal: Literal["same", "refused"]) -> None:
    """It gives the same dead token back, or none."""
    async with (
        Simulator(SimulatorSettings(renewal=renewal)) as simulator,
        signed_in(simulator) as client,
    ):
        simulator.sessions.expire_all()
        got = await client.json("POST", "RenewLoginToken", {"sessionId": client.token, "deviceId": "here"})
        status, _ = await client.call("GET", "Client")

    assert got.get("token", "") == (client.token if renewal == "same" else "")
    assert status == 401


async def test_a_client_may_be_denied_whatever_the_token() -> None:
    """Its sets can be neither made, listed, read nor deleted; all other requests are served."""
    async with (
        Simulator(SimulatorSettings(denied_clients=("client001",))) as simulator,
        signed_in(simulator) as client,
    ):
        theirs = next(row.id for row in simulator.backupsets() if row.client == "client001")
        denied = [
            (await client.call(*request))[0]
            for request in (
                ("POST", "Backupset", create_body()),
                ("GET", "Backupset?clientName=client001"),
                ("GET", f"Backupset/{theirs}"),
                ("DELETE", f"Backupset/{theirs}"),
            )
        ]
        made = await client.create(clientName="client002")
        served, _ = await client.call("GET", "Client")

    assert denied == [401] * 4
    assert (made["errorCode"], served) == (0, 200)


async def test_an_access_token_passes_as_bearer() -> None:
    """A token from the settings is accepted in Authorization."""
    async with (
        Simulator(SimulatorSettings(access_tokens=("secret",))) as simulator,
        aiohttp.ClientSession() as http,
    ):
        status, _ = await PlainClient(http, simulator.url).call("GET", "Client", Authorization="Bearer secret")

    assert status == 200
