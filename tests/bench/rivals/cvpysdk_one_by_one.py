"""Commvault's own SDK, used as kindly as it allows: `URL SETS CLIENTS` makes so many sets on so many clients.

One session, each client and agent looked up once, and one set after the other in one thread, since its objects are not
made for more.
"""

import sys
from importlib import import_module
from typing import Any

from tests.bench.rivals.sending import wanted


def send(url: str, sets: int, clients: int) -> None:
    """Make them, from log-in to log-out."""
    commcell_class: Any = import_module("cvpysdk.commcell").Commcell
    commcell = commcell_class("127.0.0.1", "admin", "simulator", web_service_url=url)
    backupsets: dict[str, Any] = {}
    for client, name in wanted(sets, clients):
        if client not in backupsets:
            backupsets[client] = commcell.clients.get(client).agents.get("File System").backupsets
        backupsets[client].add(name)
    commcell.logout()


if __name__ == "__main__":
    send(sys.argv[1], *map(int, sys.argv[2:]))
