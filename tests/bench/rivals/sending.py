"""What the rivals that are written in Python have in common: the creates, and how they are started.

Nothing is imported here that one of them does not need, since the start of a rival is part of its processor time.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Final

__all__ = ["CLIENTS", "HEADERS", "body", "check", "elapsed", "run", "wanted"]

CLIENTS: Final = 500
HEADERS: Final = {"Authtoken": "QSDK 3bench", "Accept": "application/json", "Content-type": "application/json"}


def body(number: int) -> bytes:
    """The create with this number, as bulkprov sends it for the rows of `measuring.write_wave`."""
    entity = {
        "appName": "File System",
        "backupsetName": f"FS_Wave_{number:07d}",
        "clientName": f"client{number % CLIENTS:04d}",
        "instanceName": "DefaultInstanceName",
    }
    plan = {"planEntity": {"planName": "Gold"}}
    return json.dumps({"association": {"entity": [entity]}, "backupSetInfo": plan}).encode()


def wanted(sets: int, clients: int) -> list[tuple[str, str]]:
    """Clients of the simulator and names, each client's together, as a wave lists them."""
    return sorted((f"client{number % clients + 1:03d}", f"bench_{number:05d}") for number in range(sets))


def check(status: int, answer: bytes) -> None:
    """End the process if a create did not succeed."""
    if status != 200 or json.loads(answer)["response"][0]["errorCode"] != 0:
        raise SystemExit("a create was refused")


def elapsed(began: float) -> float:
    """Seconds since then."""
    return time.perf_counter() - began


def run(send: Callable[[str, int, int], float]) -> None:
    """Send as the command line says (URL, creates, how many at once), and print the seconds."""
    url, rows, at_once = sys.argv[1:]
    print(send(url, int(rows), int(at_once)))  # noqa: T201 - read by the benchmark
