"""The simulator on a virtual clock and without sockets: every wait is exact, and nothing looks at the wall clock."""

import asyncio
import re
from dataclasses import replace

import pytest

from bulkprov.simulator import Simulator, SimulatorSettings
from tests.simulator.http_client import create_body
from tests.simulator.raw_http import Once, raw_request
from tests.simulator.virtual_time import ask, run_virtually

SETTINGS = SimulatorSettings(clients=1)
NOON = 1_767_614_400.0


def _create(simulator: Simulator, name: str = "FS_Backup_01") -> bytes:
    return raw_request("POST", "Backupset", simulator.sessions.begin("here"), create_body(backupsetName=name))


def _one(settings: SimulatorSettings, fault: str) -> tuple[bytes, float, list[int]]:
    """Answer and virtual seconds of one create, and the ids made by then and a while later."""

    async def main() -> tuple[bytes, float, list[int]]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(settings, clock=loop.time, fault_policy=Once(fault))
        started = loop.time()
        answer = await ask(simulator, _create(simulator))
        seconds = loop.time() - started
        counts = [_made(simulator)]
        await asyncio.sleep(settings.late_seconds - 0.001)
        counts.append(_made(simulator))
        await asyncio.sleep(0.002)
        counts.append(_made(simulator))
        await simulator.stop()
        return answer, seconds, counts

    return run_virtually(main)


def _made(simulator: Simulator) -> int:
    return sum(row.name == "FS_Backup_01" for row in simulator.backupsets())


def test_a_slow_answer_is_as_late_as_was_said() -> None:
    """The wait is exact."""
    answer, seconds, _ = _one(replace(SETTINGS, slow_seconds=120), "slow")

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert seconds == pytest.approx(120)


def test_a_silent_server_closes_in_the_end() -> None:
    """A connection is not kept for ever."""
    answer, seconds, counts = _one(replace(SETTINGS, hang_seconds=3600), "silent-after")

    assert (answer, counts[0]) == (b"", 1)
    assert seconds == pytest.approx(3600)


def test_a_drip_takes_its_time() -> None:
    """A body of N bytes takes N times the pause."""
    answer, seconds, _ = _one(SETTINGS, "drip")
    body = answer.partition(b"\r\n\r\n")[2]

    assert body.endswith(b"}]}")
    assert seconds == pytest.approx(0.2 * len(body))


def test_a_late_commit_is_as_late_as_was_said() -> None:
    """The set is not there when the connection is lost, nor just before its time, and then it is."""
    answer, seconds, counts = _one(replace(SETTINGS, late_seconds=30), "late-commit")

    assert (answer, counts) == (b"", [0, 0, 1])
    assert seconds < 1


def test_latency_is_added_to_every_answer() -> None:
    """A call takes the latency, and no more."""
    _, seconds, _ = _one(replace(SETTINGS, latency=0.25), "double-apply")

    assert seconds == pytest.approx(0.25)


def test_dates_are_those_of_the_given_clock() -> None:
    """The Date header and a Retry-After date come from the clock that was given."""

    async def main() -> bytes:
        simulator = Simulator(SETTINGS, clock=lambda: NOON, fault_policy=Once("429-date"))
        answer = await ask(simulator, _create(simulator))
        await simulator.stop()
        return answer

    dates = re.findall(rb"(Date|Retry-After): \w+, 05 Jan 2026 (12:00:0\d) GMT", run_virtually(main))
    assert sorted(dates) == [(b"Date", b"12:00:00"), (b"Retry-After", b"12:00:02")]


def test_a_world_with_faults_repeats_itself_byte_by_byte() -> None:
    """The same seed gives the same answers, tokens and ids at the same times, twice."""

    async def main() -> list[tuple[float, bytes]]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(replace(SETTINGS, latency=0.01, faults=0.5, seed=7, capacity=2), clock=loop.time)
        requests = [_create(simulator, f"set{number}") for number in range(40)]

        async def timed(request: bytes) -> tuple[float, bytes]:
            answer = await ask(simulator, request)
            return loop.time(), answer

        history = await asyncio.gather(*map(timed, requests))
        await simulator.stop()
        return history

    first, second = run_virtually(main), run_virtually(main)

    assert first == second
    assert len({answer[:12] for _, answer in first}) > 3


def _wave(settings: SimulatorSettings, creates: int) -> tuple[list[bytes], float, int]:
    """The status lines of so many creates at once, the virtual seconds they took, and the most that were at work."""

    async def main() -> tuple[list[bytes], float, int]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(settings, clock=loop.time)
        started = loop.time()
        answers = await asyncio.gather(*(ask(simulator, _create(simulator, f"s{n}")) for n in range(creates)))
        seconds = loop.time() - started
        page = await ask(simulator, b"GET /simulator/statistics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await simulator.stop()
        most = int(re.search(rb'"mostCreatesAtWork": (\d+)', page)[1])  # type: ignore[index] # fails the test
        return [answer[9:12] for answer in answers], seconds, most

    return run_virtually(main)


def test_a_capacity_makes_creates_wait() -> None:
    """Ten creates of a second each take five seconds where two are worked on at once."""
    statuses, seconds, _ = _wave(replace(SETTINGS, capacity=2, service_time=1), 10)

    assert statuses == [b"200"] * 10
    assert seconds == pytest.approx(5)


def test_past_the_overload_point_creates_are_turned_away() -> None:
    """What is at work goes on; what comes on top is answered 503 at once."""
    statuses, seconds, most = _wave(replace(SETTINGS, capacity=2, service_time=1, overload=6), 10)

    assert (statuses.count(b"200"), statuses.count(b"503"), most) == (6, 4, 6)
    assert seconds == pytest.approx(3)


def test_an_overloaded_server_may_slow_down_instead() -> None:
    """With seven at work and an overload point of four, a create takes seven fourths of its time, and so on down."""
    calm = replace(SETTINGS, capacity=1, service_time=1)
    _, normal, _ = _wave(calm, 8)
    statuses, slowed, _ = _wave(replace(calm, overload=4, overload_slows=True), 8)

    assert statuses == [b"200"] * 8
    assert normal == pytest.approx(8)
    assert slowed == pytest.approx(1 + (7 + 6 + 5 + 4) / 4 + 3)


def test_a_rate_limit_answers_429_with_the_time_to_wait() -> None:
    """Past the limit of a period creates are refused; in the next period they are taken again."""

    async def main() -> list[bytes]:
        loop = asyncio.get_running_loop()
        simulator = Simulator(replace(SETTINGS, rate_limit=2, rate_period=60), clock=loop.time)
        answers = [await ask(simulator, _create(simulator, f"s{number}")) for number in range(3)]
        await asyncio.sleep(60)
        answers.append(await ask(simulator, _create(simulator, "late")))
        await simulator.stop()
        return answers

    answers = run_virtually(main)

    assert [answer[9:12] for answer in answers] == [b"200", b"200", b"429", b"200"]
    assert b"X-RateLimit-Limit: 2\r\nX-RateLimit-Period: 60\r\n" in answers[2]


def test_reads_have_a_rate_limit_of_their_own() -> None:
    """Creates do not use up the reads' share."""

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
