"""`httpx`, asynchronously, one client for all."""

import asyncio
import time

import httpx

from tests.bench.rivals.sending import HEADERS, body, check, elapsed, run


def send(url: str, rows: int, at_once: int) -> float:
    """Seconds from the first create to the last answer."""

    async def all_of_them() -> float:
        numbers = iter(range(rows))
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:

            async def work() -> None:
                for number in numbers:
                    answer = await client.post(f"{url}/Backupset", content=body(number), headers=HEADERS)
                    check(answer.status_code, answer.content)

            began = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(at_once)))
            return elapsed(began)

    return asyncio.run(all_of_them())


if __name__ == "__main__":
    run(send)
