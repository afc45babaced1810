"""Which path leads to which endpoint, and who may call it."""

import json

import aiohttp
import pytest

from bulkprov.simulator import Simulator
from tests.simulator.http_client import PlainClient, create_body, signed_in


@pytest.mark.parametrize(
    "path",
    ["Backupset", "backupset", "/BACKUPSET", "//Backupset/"],
)
@pytest.mark.parametrize("root", ["", "/commandcenter/api", "/webconsole/api", "/SearchSvc/CVWebService.svc"])
async def test_the_service_is_at_every_root_path_and_in_any_case(root: str, path: str) -> None:
    """Neither the case nor doubled slashes matter, and all documented root paths lead to the same service."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        base = simulator.url.removesuffix("/commandcenter/api")
        elsewhere = PlainClient(client.http, base + root, client.token)
        answer = await elsewhere.json("POST", path, create_body())

    assert answer["response"][0]["errorCode"] == 0


async def test_a_call_with_an_unknown_token_is_denied() -> None:
    """401 with the documented body."""
    async with Simulator() as simulator, aiohttp.ClientSession() as http:
        status, body = await PlainClient(http, simulator.url, "QSDK 00").call("GET", "Client")

    assert (status, json.loads(body)) == (401, {"errorMessage": "Access denied", "errorCode": 5})


async def test_a_path_that_is_no_endpoint_is_http_404() -> None:
    """Nor is another method of a path that is one."""
    async with Simulator() as simulator, signed_in(simulator) as client:
        statuses = [(await client.call(method, path))[0] for method, path in (("GET", "Nowhere"), ("PUT", "Backupset"))]

    assert statuses == [404, 404]


async def test_the_root_path_answers_without_a_token() -> None:
    """The vendor's SDK asks for it before it signs in."""
    async with Simulator() as simulator, aiohttp.ClientSession() as http:
        status, _ = await PlainClient(http, simulator.url).call("GET", "")

    assert status == 200
