"""`requests`, one session in each of so many threads."""

import threading
import time

import requests

from tests.bench.rivals.sending import HEADERS, body, check, elapsed, run


def send(url: str, rows: int, at_once: int) -> float:
    """Seconds from the first create to the last answer."""
    numbers, lock = iter(range(rows)), threading.Lock()

    def work() -> None:
        with requests.Session() as session:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                answer = session.post(f"{url}/Backupset", data=body(number), headers=HEADERS, timeout=60)
                check(answer.status_code, answer.content)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return elapsed(began)


if __name__ == "__main__":
    run(send)
