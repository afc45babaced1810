"""How much the server can take: creates at a time, overload and rate limits, on a virtual clock."""

import asyncio
import re
from dataclasses import replace

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import create_body
from tests.simulator.raw_http import raw_create, raw_request
from tests.simulator.virtual_time import ask, run_virtually

SETTINGS = SimulatorSettings(clients=1)


def _wave(settings: SimulatorSettings, creates: int) -> tuple[list[bytes], float, int]:
    """The statuses of that many creates at once, the virtual seconds they took, and the most that were at work."""

    async def main() -> tuple[list[bytes], float, int]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(settings, clock=loop.time)
        started = loop.time()
        answers = await asyncio.gather(*(ask(simulator, raw_create(simulator, f"s{n}")) for n in range(creates)))
        seconds = loop.time() - started
        page = await ask(simulator, b"GET /simulator/statistics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await simulator.stop()
        most = int(re.search(rb'"mostCreatesAtWork": (\d+)', page)[1])  # type: ignore[index] # fails the test
        return [answer[9:12] for answer in answers], seconds, most

    return run_virtually(main)


def test_a_capacity_makes_creates_wait() -> None:
    """Ten creates of a second each take five seconds when two are processed at a time."""
    statuses, seconds, _ = _wave(replace(SETTINGS, capacity=2, service_time=1), 10)

    assert statuses == [b"200"] * 10
    assert seconds == pytest.approx(5)


def test_past_the_overload_point_creates_are_turned_away() -> None:
    """Creates at work go on; any more are answered 503 at once."""
    statuses, seconds, most = _wave(replace(SETTINGS, capacity=2, service_time=1, overload=6), 10)

    assert (statuses.count(b"200"), statuses.count(b"503"), most) == (6, 4, 6)
    assert seconds == pytest.approx(3)


def test_an_overloaded_server_may_slow_down_instead() -> None:
    """With seven at work and an overload point of four, a create takes 7/4 of its time, the next one 6/4, and so on."""
    calm = replace(SETTINGS, capacity=1, service_time=1)
    _, normal, _ = _wave(calm, 8)
    statuses, slowed, _ = _wave(replace(calm, overload=4, overload_slows=True), 8)

    assert statuses == [b"200"] * 8
    assert normal == pytest.approx(8)
    assert slowed == pytest.approx(1 + (7 + 6 + 5 + 4) / 4 + 3)


def test_a_rate_limit_answers_429_with_the_time_to_wait() -> None:
    """Past the limit of a period creates are turned away; in the next period they are accepted again."""

    async def main() -> list[bytes]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(replace(SETTINGS, rate_limit=2, rate_period=60), clock=loop.time)
        answers = [await ask(simulator, raw_create(simulator, f"s{number}")) for number in range(3)]
        await asyncio.sleep(60)
        answers.append(await ask(simulator, raw_create(simulator, "late")))
        await simulator.stop()
        return answers

    answers = run_virtually(main)

    assert [answer[9:12] for answer in answers] == [b"200", b"200", b"429", b"200"]
    assert b"X-RateLimit-Limit: 2\r\nX-RateLimit-Period: 60\r\n" in answers[2]


def _at_a_rate(settings: SimulatorSettings, *pauses: float) -> list[bytes]:
    """The answers to log-ins, reads and creates in turn, each after a pause."""

    async def main() -> list[bytes]:
        simulator = Simulator(settings)
        token = simulator.sessions.begin("here")
        requests = (
            raw_request("POST", "Login", "", {"username": "admin", "password": "c2ltdWxhdG9y"}),
            raw_request("GET", "Backupset?clientName=client001", token),
            raw_create(simulator),
        )
        answers = []
        for number, pause in enumerate(pauses):
            await asyncio.sleep(pause)
            answers.append(await ask(simulator, requests[number % 3]))
        await simulator.stop()
        return answers

    return run_virtually(main)


def test_a_rate_limiter_counts_requests_of_every_kind_and_names_no_time_to_wait() -> None:
    """Two a second and a burst of three: after that there is one every half second, and 429 in between."""
    answers = _at_a_rate(replace(SETTINGS, requests_per_second=2, burst=3), 0, 0, 0, 0, 0.49, 0.02, 0, 10, 0, 0, 0)

    statuses = [int(answer[9:12]) for answer in answers]
    assert statuses == [200, 200, 200, 429, 429, 200, 429, 200, 200, 200, 429]
    refused = next(answer for answer in answers if answer[9:12] == b"429").lower()
    assert b"retry-after" not in refused
    assert b"x-ratelimit" not in refused


def test_without_a_burst_one_second_may_come_at_once() -> None:
    """And a rate below one a second lets one request through at a time."""
    assert [answer[9:12] for answer in _at_a_rate(replace(SETTINGS, requests_per_second=2), 0, 0, 0)][-1] == b"429"
    slow = _at_a_rate(replace(SETTINGS, requests_per_second=0.5), 0, 0, 2)
    assert [int(answer[9:12]) for answer in slow] == [200, 429, 200]


def test_reads_have_a_rate_limit_of_their_own() -> None:
    """Creates do not count towards the reads' limit."""

    async def main() -> list[bytes]:
        simulator = Simulator(replace(SETTINGS, read_limit=1))
        token = simulator.sessions.begin("here")
        asked = [
            await ask(simulator, raw_request(method, path, token, body))
            for method, path, body in (
                ("POST", "Backupset", create_body()),
                ("GET", "Backupset?clientName=client001", None),
                ("GET", "Client", None),
                ("POST", "Backupset", create_body(backupsetName="two")),
            )
        ]
        await simulator.stop()
        return asked

    assert [answer[9:12] for answer in run_virtually(main)] == [b"200", b"200", b"429", b"200"]
