"""Several sheets in one call."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from bulkprov.errors import ExitCode
from bulkprov.runs.run import Run
from bulkprov.simulator.http_messages import RequestKind
from tests.end_to_end.conftest import CommServe, Said, command, password_file, running_commserve
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]
bulkprov, commserve, password = command, running_commserve, password_file


def test_several_sheets_are_runs_of_their_own_with_one_summary_and_one_log_in(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """A set that two of them name is said before anything is sent, and made once; the worst exit code counts."""
    one = wave(tmp_path / "one.csv", [("client001", "A"), ("client002", "B")])
    two = wave(tmp_path / "two.csv", [("client003", "C"), ("client001", "a"), ("client999", "D")])
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)

    planned = bulkprov("run", one, two, *how, "--dry-run")
    assert (planned.code, commserve.statistics.creates) == (1, 0)
    assert "client-not-found" in planned.out
    for option in ("--json", "--events"):  # a script reads one object, or the events of one plan
        refused = bulkprov("run", one, two, *how, "--dry-run", option)
        assert (refused.code, len(refused.out.splitlines())) == (2, 1)
        assert f"{option} is about one plan" in refused.err

    said = bulkprov("run", one, two, *how)

    assert said.code == ExitCode.ROWS_LEFT
    assert f"{two} names what an earlier sheet names too: row 3 as {one} row 2" in said.err
    assert said.err.index("names what an earlier sheet") < said.err.index("1 of 2")
    assert said.out.splitlines()[-1] == "2 sheets: 4 of 5 rows are there"
    assert commserve.statistics.creates == 3
    folders = {path.name.partition("-")[0]: path for path in Path("reports").iterdir()}
    assert [row["status"] for row in read(folders["two"] / "results.xlsx")] == ["created", "exists", "rejected"]

    again = bulkprov("run", one, two, *how, "--json")
    assert (again.code, again.json["exists"], again.json["rejected"], len(again.json["runs"])) == (1, 4, 1, 2)


def test_ctrl_c_while_results_are_written_leaves_no_session_open(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheets share one log-in, which the first of them leaves to the next one."""

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("bulkprov.cli.workflow.reported", interrupted)
    one, two = (wave(tmp_path / f"{name}.csv", [("client001", name)]) for name in ("one", "two"))
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)

    said = bulkprov("run", one, two, *how)

    assert said.code == ExitCode.INTERRUPTED
    requests = commserve.statistics.requests
    assert (requests[RequestKind.LOGIN], requests[RequestKind.LOGOUT]) == (1, 1)


def test_a_run_that_stops_ends_the_others_and_names_them(bulkprov: Command, tmp_path: Path) -> None:
    """They have their rows, so that resume sends them; and no sheet that cannot be read lets another one begin."""
    one = wave(tmp_path / "one.csv", [("client999", "A"), ("client001", "B")])
    two = wave(tmp_path / "two.csv", [("client003", "C")])

    refused = bulkprov("run", one, tmp_path / "none.csv", "--simulate")
    assert (refused.code, Path("reports").exists() and list(Path("reports").iterdir())) == (2, [])
    assert bulkprov("run", one, two, "--simulate", "-o", "x").code == 2

    said = bulkprov("run", one, two, "--simulate", "--canary", "1")

    assert said.code == ExitCode.STOPPED
    assert "1 of 2 sheets: 0 of 2 rows are there" in said.out
    assert f"Not begun: {two}; to send it: bulkprov resume reports/two-" in said.out
    assert bulkprov("resume", "two", "--json").json["created"] == 1


def test_what_earlier_sheets_have_done_is_told_when_a_later_one_cannot_begin(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Its run stays to be resumed; the exit code does not say that nothing was sent, and the session is ended."""
    one, two, three = (
        wave(tmp_path / f"{name}.csv", [(client, "A")])
        for name, client in (("one", "client001"), ("two", "client002"), ("three", "client003"))
    )
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    held = wave(tmp_path / "held.csv", [("client002", "A"), ("client004", "B")])
    bulkprov("run", held, *how, "--limit", "1", "-o", "reports/held")

    with Run.open(Path("reports/held")):
        said = bulkprov("run", one, two, three, *how, "--json")

    assert (said.code, said.json["exit_code"], said.json["created"]) == (ExitCode.STOPPED, 4, 1)
    assert [run["exit_code"] for run in said.json["runs"]] == [0, 2]
    assert "reports/held is under way" in said.json["error"]
    assert f"Not begun: {three}; to send it: bulkprov resume reports/three-" in said.err
    assert commserve.statistics.requests[RequestKind.LOGOUT] == commserve.statistics.requests[RequestKind.LOGIN]
