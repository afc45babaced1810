"""What a server says beside the facts: warnings, names of clients, plans; by whole commands, in both formats."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Said
from tests.end_to_end.recorded_server import Client, RecordedServer
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]
How = tuple[Any, ...]

CLIENTS = (Client(id=2, name="client001"), Client(id=3, name="client002", display="Finance", host="fin.example.com"))


@pytest.fixture(name="server")
def recorded_server() -> Iterator[RecordedServer]:
    """A CommServe with two clients and no sets."""
    with RecordedServer(CLIENTS) as server:
        yield server


@pytest.fixture(name="how", params=["json", "xml"])
def options(request: pytest.FixtureRequest, server: RecordedServer, password: Path) -> How:
    """The options of all commands."""
    signed_in = "--server", server.url, "--username", "admin", "--password-file", password
    return (*signed_in, "--wire", request.param, "--format", "csv", "--json", "--settle", "0.1")


def test_a_warning_beside_a_success_is_in_the_results_without_the_token(
    bulkprov: Command, server: RecordedServer, how: How, tmp_path: Path
) -> None:
    """Of the create, and then of the delete; the server repeats the token in its words."""
    server.beside = {"warningCode": 7, "warningMessage": "no policy, says QSDK 0123456789abcdef"}
    server.put(900, "client001", "defaultBackupSet")
    made = bulkprov("run", wave(tmp_path / "wave.csv", [("client001", "FS_1")]), *how, "-o", "run")
    (created,) = read(Path("run/results.csv"))
    undone = bulkprov("rollback", "run", *how, "--yes")
    (deleted,) = read(Path("run/results.csv"))

    assert (made.code, created["status"]) == (0, "created"), made.err
    assert (undone.code, deleted["status"]) == (0, "rolled-back"), undone.err
    assert created["note"] == "the server warns: warningCode 7 no policy, says ***"
    assert deleted["note"] == "deleted; the server warns: warningCode 7 no policy, says ***"
