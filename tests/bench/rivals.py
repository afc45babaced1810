"""What somebody would write or take instead of bulkprov: each sends so many creates, and is a process of its own.

None of them reads a sheet, looks anything up, writes a journal or a report, or tries again; they are floors. Run as
`python -m tests.bench.rivals TOOL URL ROWS CONCURRENCY`, it prints the seconds from first create to last answer.
"""

import argparse
import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import httpx
import requests
import uvloop

__all__ = ["RIVALS"]

_TOKEN: Final = {"Authtoken": "QSDK 3bench", "Accept": "application/json", "Content-type": "application/json"}


def _body(number: int) -> bytes:
    entity = {
        "clientName": f"client{number % 500:04d}",
        "backupsetName": f"FS_Wave_{number:07d}",
        "appName": "File System",
        "instanceName": "DefaultInstanceName",
    }
    return json.dumps({"backupSetInfo": {"backupSetEntity": entity}}).encode()


def _check(answer: Any) -> None:
    if answer["response"][0]["errorCode"] != 0:
        raise SystemExit("a create was refused")


def bare_aiohttp(url: str, rows: int, concurrency: int) -> float:
    """A loop as fast as aiohttp goes: tasks that share a counter, on uvloop."""

    async def send() -> float:
        numbers = iter(range(rows))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency, ssl=False)) as session:

            async def work() -> None:
                for number in numbers:
                    async with session.post(f"{url}/Backupset", data=_body(number), headers=_TOKEN) as response:
                        _check(json.loads(await response.read()))

            began = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(concurrency)))
            return time.perf_counter() - began

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(send())


def requests_in_threads(url: str, rows: int, concurrency: int) -> float:
    """`requests`, one session in each of so many threads."""
    numbers, lock = iter(range(rows)), threading.Lock()

    def work() -> None:
        with requests.Session() as session:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                answer = session.post(f"{url}/Backupset", data=_body(number), headers=_TOKEN, verify=False, timeout=60)
                _check(answer.json())

    return _threads(work, concurrency)


def _threads(work: Callable[[], None], concurrency: int) -> float:
    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def async_httpx(url: str, rows: int, concurrency: int) -> float:
    """`httpx`, asynchronously, one client for all."""

    async def send() -> float:
        numbers = itertools.count()
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        async with httpx.AsyncClient(limits=limits, verify=False, timeout=60) as client:  # noqa: S501 - on loopback

            async def work() -> None:
                while (number := next(numbers)) < rows:
                    answer = await client.post(f"{url}/Backupset", content=_body(number), headers=_TOKEN)
                    _check(answer.json())

            began = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(concurrency)))
            return time.perf_counter() - began

    return asyncio.run(send())


RIVALS: Final[dict[str, Callable[[str, int, int], float]]] = {
    "aiohttp": bare_aiohttp,
    "requests": requests_in_threads,
    "httpx": async_httpx,
}


def main() -> None:
    """Send, and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=RIVALS)
    parser.add_argument("url")
    parser.add_argument("rows", type=int)
    parser.add_argument("concurrency", type=int)
    asked = parser.parse_args()
    print(RIVALS[asked.tool](asked.url, asked.rows, asked.concurrency))  # noqa: T201 - read by the benchmark


if __name__ == "__main__":
    main()
