"""Several sheets in one call."""

from collections.abc import Callable
from pathlib import Path

from bulkprov.errors import ExitCode
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


def test_a_run_that_stops_ends_the_others_and_names_them(bulkprov: Command, tmp_path: Path) -> None:
    """They have their rows, so that resume sends them; and no sheet that cannot be read lets another one begin."""
    one = wave(tmp_path / "one.csv", [("client999", "A"), ("client001", "B")])
    two = wave(tmp_path / "two.csv", [("client003", "C")])

    refused = bulkprov("run", one, tmp_path / "none.csv", "--simulate")
    assert (refused.code, Path("reports").exists() and list(Path("reports").iterdir())) == (2, [])
    assert bulkprov("run", one, two, "--simulate", "-o", "x").code == 2

    said = bulkprov("run", one, two, "--simulate", "--canary", "1")

    assert said.code == ExitCode.STOPPED
    assert f"Not begun: {two}; to send it: bulkprov resume reports/two-" in said.out
    assert bulkprov("resume", "two", "--json").json["created"] == 1
