"""A sheet in, backup sets made, the results sheet out."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave

INPUTS = Path(__file__).parents[2] / "inputs"

Command = Callable[..., Said]


def test_a_first_run_needs_no_server(bulkprov: Command, tmp_path: Path) -> None:
    """The README's first command ends with a workbook in which every row is created."""
    said = bulkprov("run", INPUTS / "wave.xlsx", "--simulate")

    assert (said.code, said.out.splitlines()[0]) == (0, "50 rows: 50 created")
    (workbook,) = tmp_path.glob("reports/wave-*/results.xlsx")
    assert {"created"} == {row["status"] for row in read(workbook)}
    assert not list(tmp_path.glob("reports/wave-*/failed*"))


@pytest.mark.parametrize("wire", ["json", "xml"])
@pytest.mark.parametrize("sheet", ["wave.csv", "wave.xlsx"])
def test_ids_are_the_servers_own(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, wire: str, sheet: str
) -> None:
    """Rows in are rows out, in order, and every created row has the id under which the server holds it."""
    said = bulkprov(
        "run", INPUTS / sheet, "--server", commserve.url, "--username", "admin", "--password-file", password,
        "-o", tmp_path / "run", "--json", "--wire", wire,
    )  # fmt: skip

    assert (said.code, said.json["rows"], said.json["created"]) == (0, 50, 50)
    rows = read(Path(said.json["results"]))
    there = commserve.sets()
    assert [there[row["clientName"].strip().casefold(), row["backupsetName"].strip()] for row in rows] == [
        [row["backupsetId"]] for row in rows
    ]
    assert [row["sheetRow"] for row in rows] == list(range(2, 52))


def test_each_kind_of_trouble_is_told(bulkprov: Command, tmp_path: Path) -> None:
    """The troubled sample has created, existing, rejected and invalid rows, and those to fix are in a file."""
    said = bulkprov("run", INPUTS / "wave-troubled.xlsx", "--simulate", "--json")

    assert said.code == 1
    rows = read(tmp_path / said.json["results"])
    told = Counter(row["status"] for row in rows)
    assert {"created", "exists", "rejected", "invalid"} == set(told)
    assert all(row["note"] for row in rows if row["status"] == "invalid")
    assert all(row["errorCode"] and row["errorString"] for row in rows if row["status"] == "rejected")
    assert all(row["backupsetId"] for row in rows if row["status"] in ("created", "exists"))
    assert len(read(tmp_path / said.json["failed_rows_file"])) == told["rejected"] + told["invalid"]


def test_what_was_there_before_is_never_called_created(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """A second run of the same sheet sends no create."""
    sheet = wave(tmp_path / "w.csv", [(f"client{n:03d}", "FS_New") for n in range(1, 11)])
    options = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--json")
    first = bulkprov("run", sheet, *options, "-o", "one")
    creates = commserve.statistics.creates

    second = bulkprov("run", sheet, *options, "-o", "two")

    assert (first.json["created"], second.json["exists"]) == (10, 10)
    assert creates == commserve.statistics.creates


def test_faults_are_survived(bulkprov: Command) -> None:
    """With three requests in ten going wrong, every row of the clean sample is created all the same."""
    said = bulkprov("run", INPUTS / "wave.csv", "--simulate", "--faults", "0.3", "--seed", "7", "--timeout", "1")

    assert (said.code, said.out.splitlines()[0]) == (0, "50 rows: 50 created")
    assert "unanswered requests" in said.out


def test_a_folder_with_a_run_is_never_written_over(bulkprov: Command, tmp_path: Path) -> None:
    """It is refused, and the two commands that may be meant are named."""
    bulkprov("run", INPUTS / "wave.csv", "--simulate", "-o", "run")
    before = (tmp_path / "run/results.xlsx").read_bytes()

    said = bulkprov("run", INPUTS / "wave.csv", "--simulate", "-o", "run")

    assert said.code == 2
    assert "bulkprov resume run" in said.err
    assert "bulkprov rerun run" in said.err
    assert before == (tmp_path / "run/results.xlsx").read_bytes()


def test_settings_come_from_flag_environment_and_file_in_this_order(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag beats the environment, and that beats the file."""
    (tmp_path / "bulkprov.toml").write_text(
        f"server = '{commserve.url}'\nusername = 'nobody'\npassword-file = '{password.name}'\nwire = 'nonsense'\n"
    )
    monkeypatch.setenv("BULKPROV_USERNAME", "admin")

    said = bulkprov("run", INPUTS / "wave.csv", "--wire", "xml", "--json", "--limit", "1")

    assert (said.code, said.json["created"], said.json["pending"]) == (1, 1, 49)
