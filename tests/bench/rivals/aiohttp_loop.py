"""The floor: a loop as fast as aiohttp goes, tasks that share a counter, on uvloop."""

import asyncio
import time

import aiohttp
import uvloop

from tests.bench.rivals.sending import HEADERS, body, check, elapsed, run


def send(url: str, rows: int, at_once: int) -> float:
    """Seconds from the first create to the last answer."""

    async def all_of_them() -> float:
        numbers = iter(range(rows))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once, ssl=False)) as session:

            async def work() -> None:
                for number in numbers:
                    async with session.post(f"{url}/Backupset", data=body(number), headers=HEADERS) as response:
                        check(response.status, await response.read())

            began = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(at_once)))
            return elapsed(began)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(all_of_them())


if __name__ == "__main__":
    run(send)
