"""The parts of `python -m tests.campaigns.real_clients`, with the client that these tests have installed anyway."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from bulkprov.simulator import SimulatorSettings
from bulkprov.simulator.settings import Refusal
from tests.campaigns import real_clients, real_clients_environments
from tests.campaigns.real_clients import PAGE, REPLIES, Witness, page_with, table
from tests.campaigns.real_clients_calls import CALLS, Outcomes, witness
from tests.campaigns.real_clients_driver import Cvpysdk, installed
from tests.campaigns.real_clients_environments import (
    RELEASES,
    ClientProcess,
    EndedError,
    Release,
    UnusableError,
    prepare,
)
from tests.end_to_end.conftest import CommServe


def asked(folder: Path, **settings: Any) -> Outcomes:
    """What comes of the calls of this environment's cvpysdk on a simulator with these settings."""
    with (
        CommServe(SimulatorSettings(state=folder / "commserve.sqlite", **settings)) as commserve,
        ClientProcess("cvpysdk", Path(sys.executable), folder / "cvpysdk.log") as process,
    ):
        process.needed()
        return witness(process, Cvpysdk.refusals, commserve)


def test_every_call_of_the_sdk_works_on_the_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With both shapes of replies; the campaign itself would install it first."""
    monkeypatch.setattr(real_clients, "prepare", lambda *_: Path(sys.executable))
    monkeypatch.setattr(sys, "argv", ["real_clients", "--only", "cvpysdk 11.44", "--keep", str(tmp_path / "kept")])

    assert real_clients.main() == 0

    works = table([Witness(Release("cvpysdk", "11.44"), {call.name: [] for call in CALLS})])
    said = capsys.readouterr().out
    assert [f"Replies as {name}:\n\n{works}\n" in said for name in REPLIES] == [True] * 2
    assert "Printed with Python 3." in said


@pytest.mark.parametrize(
    ("settings", "call", "words"),
    [
        ({"password": "another"}, "log in", "SDKException"),
        ({"refuse_duplicates": False}, "create it by an older list", "takes a refusal for a success"),
        ({"list_cut": 1}, "list backup sets", "to the simulator"),
        ({"read_lag": 60.0}, "create a set", "SDKException"),
        ({"renewal": "refused"}, "go on after the token has expired", "cannot be renewed"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_does_not_work_is_told_with_its_reason(
    settings: dict[str, Any], call: str, words: str, tmp_path: Path
) -> None:
    """A CommServe that answers otherwise than the client needs is found out at that call."""
    problems = asked(tmp_path, **settings)[call]

    assert problems
    assert all(words in problem and "\n" not in problem for problem in problems)


@pytest.mark.parametrize(
    "settings",
    [
        {"refusal_status": 500},
        {"refusals": {"duplicate": Refusal(409, 3, "A backup set by this name already exists.", "top")}},
        {"empty_list": "404"},
    ],
    ids=["under 500", "under 409 at the top level", "404 for an empty list"],
)
def test_every_call_works_however_the_server_refuses(settings: dict[str, Any], tmp_path: Path) -> None:
    """The SDK tells each form of refusal from a success."""
    assert asked(tmp_path, **settings) == {call.name: [] for call in CALLS}


def test_a_client_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its later calls were not reached."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        CommServe(SimulatorSettings()) as commserve,
        ClientProcess("cvpysdk", Path(sys.executable), tmp_path / "cvpysdk.log") as process,
    ):
        process.needed()
        commserve.url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setattr(real_clients_environments, "_CALL_SECONDS", 2.0)
        outcomes = witness(process, Cvpysdk.refusals, commserve)
        with pytest.raises(EndedError, match="ended"):
            process.call("token")

    assert outcomes == {"log in with a wrong password": ["no answer in 2 s"]}


def test_a_client_that_was_changed_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is held against the digest with which it was installed."""
    empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"
    info = tmp_path / "some_client-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: some-client\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"altered.py,{empty}\nas_it_was.py,{empty}\nsome_client-1.0.dist-info/RECORD,,\n")
    (tmp_path / "altered.py").write_text("pass\n")
    (tmp_path / "as_it_was.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    assert installed("some-client")["changed"] == ["altered.py"]


def test_a_release_that_cannot_be_installed_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of pip, and in each cell of its column."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    release = Release("cvpysdk", "0.1")

    with pytest.raises(UnusableError, match=r"^ERROR: .*cvpysdk==0\.1") as failed:
        prepare(release, tmp_path)

    lines = table([Witness(release, unusable=str(failed.value))]).splitlines()
    assert [line.split(" | ")[1] for line in lines[2 : 2 + len(CALLS)]] == ["not installed |"] * len(CALLS)
    assert lines[-1] == f"* cvpysdk 0.1: not installed: {failed.value}"


def test_a_table_tells_what_works_in_which_way() -> None:
    """A call that the client has itself, one that it sends because it is told to, and one that does not work."""
    outcomes: Outcomes = {call.name: [] for call in CALLS if call.name != "log out"}
    outcomes["delete it"] = ["Oracle of client011: HTTPError: 500"]

    lines = table([Witness(Release("pinkopy", "2.1.2"), outcomes)]).splitlines()

    assert lines[0] == "| call | pinkopy 2.1.2 |"
    assert {"| list clients | works |", "| create a set | by request |"} < set(lines)
    assert {"| delete it | **no** |", "| log out | not reached |"} < set(lines)
    assert lines[-1] == "* pinkopy 2.1.2, delete it: Oracle of client011: HTTPError: 500"


def test_the_page_has_every_release_and_every_call() -> None:
    """Whoever adds one writes the page anew; in what is committed, every call works."""
    page = PAGE.read_text("utf-8")
    works = table(Witness(release, {call.name: [] for call in CALLS}) for release in RELEASES)

    assert page_with(page, dict.fromkeys(REPLIES, works)) == page


def test_a_table_goes_between_its_markers() -> None:
    """What stood there goes, what is around it stays."""
    page = "before\n<!-- one -->\nold\nolder\n<!-- end of one -->\nafter\n"

    assert page_with(page, {"one": "new"}) == "before\n<!-- one -->\nnew\n<!-- end of one -->\nafter\n"
    with pytest.raises(ValueError, match="no markers for two"):
        page_with(page, {"two": "new"})
