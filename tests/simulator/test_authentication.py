"""Signing in and out: passwords, tokens and their renewal, over HTTP."""

import aiohttp

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import PlainClient, signed_in


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


async def test_an_access_token_passes_as_bearer() -> None:
    """A token from the settings is accepted in Authorization."""
    async with (
        Simulator(SimulatorSettings(access_tokens=("secret",))) as simulator,
        aiohttp.ClientSession() as http,
    ):
        status, _ = await PlainClient(http, simulator.url).call("GET", "Client", Authorization="Bearer secret")

    assert status == 200
