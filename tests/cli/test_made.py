"""A wave, rolled back and verified as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkprov.cli.signing_in import worked
from bulkprov.errors import ExitCode
from bulkprov.simulator.http_messages import RequestKind
from tests.end_to_end.conftest import CommServe, Said, command, password_file, running_commserve
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]
bulkprov, commserve, password = command, running_commserve, password_file

FIX = ("sheetRow", "clientName", "backupsetName")


def test_a_wave_is_verified_and_rolled_back_as_a_whole(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """What an unrelated run of the same sheet's clients made stays; all runs of the wave say that theirs are gone."""
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--format", "csv")
    before = commserve.sets()
    rows: list[tuple[str, ...]] = [("client001", "A"), ("client002", "B"), ("client999", "C"), ("client998", "D")]
    bulkprov("run", wave(tmp_path / "w.csv", rows), *how, "-o", "reports/one")
    bulkprov("run", wave(tmp_path / "x.csv", [("client001", "Other")]), *how, "-o", "reports/other")
    bulkprov("rerun", "one", wave(tmp_path / "f.csv", [("4", "client004", "C")], FIX), *how, "-o", "reports/two")
    bulkprov("rerun", "two", wave(tmp_path / "f.csv", [("5", "client005", "D")], FIX), *how, "-o", "reports/three")
    assert len(commserve.sets()) - len(before) == 5

    shown = bulkprov("rollback", "three", *how[2:6])
    assert "carried over 3 sets that other runs have made, which are left: one (2), two (1)" in shown.out
    assert "bulkprov rollback reports/three --wave" in shown.out
    shown = bulkprov("rollback", "one", "--wave", *how[2:6])
    assert "The wave has 3 runs: reports/three, reports/two, reports/one" in shown.out
    last = shown.out.splitlines()[-1]
    assert "bulkprov rollback reports/one --yes --username admin" in last
    assert last.endswith("--wave")
    planned = bulkprov("rollback", "one", "--wave", *how[2:6], "--json").json
    assert planned["next"][:4] == ["bulkprov", "rollback", "reports/one", "--yes"]
    assert planned["next"][-1] == "--wave"
    assert len(commserve.sets()) - len(before) == 5

    verified = bulkprov("verify", "two", "--wave", *how[2:6], "--json")
    assert (verified.code, verified.json["as-reported"], verified.json["next"]) == (0, 4, None), "each row once"

    logins = commserve.statistics.requests[RequestKind.LOGIN]
    gone = bulkprov("rollback", "two", "--wave", "--yes", *how[2:6], "--json", "--quiet")

    assert (gone.code, gone.json["rolled-back"], len(gone.json["runs"])) == (0, 4, 3)
    assert "rolling back" not in gone.err, "quiet is quiet"
    assert commserve.statistics.requests[RequestKind.LOGIN] - logins == 1, "one log-in does for all of its runs"
    assert set(commserve.sets()) - set(before) == {("client001", "Other")}
    for name in ("two", "three"):
        statuses = [row["status"] for row in read(Path(f"reports/{name}/results.csv"))]
        assert statuses.count("rolled-back") == (3 if name == "two" else 4)
    assert "0 of 4 done after 3 runs" in bulkprov("runs").out


def test_what_was_deleted_is_told_when_another_run_of_the_wave_cannot_be_rolled_back(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its results are written as well: what stands there as created would be looked for in vain.

    The command to go on with asks for what this one has asked for, after a second Ctrl-C too.
    """
    commands: list[str] = []

    def noted(job: Any) -> Any:
        commands.append(job.go_on)
        return worked(job)

    monkeypatch.setattr("bulkprov.cli.made.worked", noted)
    bulkprov("run", wave(tmp_path / "w.csv", [("client001", "A"), ("client999", "B")]), "--simulate", "-o", "one")
    bulkprov("rerun", "one", wave(tmp_path / "f.csv", [("3", "client002", "B")], FIX), "-o", "two")
    Path("one/run.log").unlink()
    Path("one/run.log").mkdir()

    said = bulkprov("rollback", "two", "--wave", "--also-unproven", "--yes", "--canary", "1", "--json")

    assert (said.code, said.json["rolled-back"], said.json["created"]) == (ExitCode.NOT_WRITTEN, 1, 1)
    goes_on = "--yes --canary 1 --wave --also-unproven"
    assert commands == [f"bulkprov rollback two {goes_on}"]
    assert said.json["next"] == f"bulkprov rollback one {goes_on}".split()
    assert "run.log" in said.json["error"]
    assert [row["status"] for row in read(Path("two/results.xlsx"))] == ["created", "rolled-back"]


def test_a_rollback_of_one_run_is_told_to_those_that_have_carried_its_rows_over(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """And a wave of which a run is missing is not rolled back as a whole: the exit code says so."""
    sheet = wave(tmp_path / "w.csv", [("client001", "A"), ("client999", "B")])
    how = ("--username", "admin", "--password-file", password)
    bulkprov("run", sheet, "--server", commserve.url, *how, "-o", "reports/one")
    bulkprov("rerun", "one", *how, "-o", "reports/two")
    fixed = wave(tmp_path / "f.csv", [("3", "client002", "B")], FIX)
    bulkprov("rerun", "one", fixed, *how, "-o", "reports/other", "--yes")

    assert "carried over" not in bulkprov("rollback", "two", *how).err, "another rerun of one is none of its own"
    said = bulkprov("rollback", "reports/one", "--yes", *how)

    assert said.code == 0
    assert "rows of reports/one were carried over into reports/other, reports/two" in said.err
    assert "reports/two had carried these over" in said.err
    assert [row["status"] for row in read(Path("reports/two/results.xlsx"))] == ["rolled-back", "rejected"]
    Path("reports/one").rename("moved")
    said = bulkprov("rollback", "two", "--wave", "--yes", *how)
    assert said.code == 1
    assert "reports/two reruns reports/one, which is not there any more" in said.out
    said = bulkprov("verify", "two", "--wave", *how, "--json")
    assert (said.code, said.json["exit_code"]) == (1, 1)


def test_all_runs_of_a_wave_are_verified_with_one_log_in(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """A password that ends in a one-time PIN is good for one; here a run was rerun twice, so that each has a row."""
    how = ("--server", commserve.url, "--username", "admin", "--password-file", password)
    sheet = wave(tmp_path / "w.csv", [("client001", "A"), ("client999", "B"), ("client998", "C")])
    bulkprov("run", sheet, *how, "-o", "reports/one")
    bulkprov("rerun", "one", wave(tmp_path / "f.csv", [("3", "client002", "B")], FIX), *how, "-o", "reports/two")
    fixed = wave(tmp_path / "f.csv", [("4", "client003", "C")], FIX)
    bulkprov("rerun", "one", fixed, *how, "-o", "reports/three", "--yes")
    before = commserve.statistics.requests.copy()

    said = bulkprov("verify", "one", "--wave", *how[2:], "--json")

    assert (said.code, said.json["as-reported"], len(said.json["runs"])) == (0, 3, 2)
    assert "Not looked at in reports/three, where no set is reported: 1 rejected" in said.err
    sent = commserve.statistics.requests - before
    assert (sent[RequestKind.LOGIN], sent[RequestKind.LOGOUT]) == (1, 1)
