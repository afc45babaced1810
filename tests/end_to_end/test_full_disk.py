"""No room on the disk: for the journal nothing is sent any more, for the results the journal is enough."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import read, wave

Command = Callable[..., Said]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="only POSIX limits the size of files")

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from bulkprov.__main__ import main
main(sys.argv[2:])
"""


def limited(size: int, *words: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """A command for which the disk is full as soon as a file has so many bytes."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LIMITED, str(size), *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("commserve", [{"latency": 0.01, "refuse_duplicates": False}], indirect=True)
def test_when_the_journal_cannot_be_written_sending_stops_and_a_resume_finds_what_was_made(
    bulkprov: Command, commserve: CommServe, password: Path, tmp_path: Path
) -> None:
    """Exit code 5, with the reason; then, with room again, every set is there once and every id is right."""
    sheet = wave(tmp_path / "wave.csv", [(f"client{n % 60 + 1:03d}", f"FS_{n:04d}") for n in range(1500)])
    options = ("--username", "admin", "--password-file", password, "--settle", "1", "-j", "16")
    said = limited(
        900_000, "run", sheet, "--server", commserve.url, *options, "-o", "run", "--format", "csv", "-q", cwd=tmp_path
    )
    made = {ids[0] for (_, name), ids in commserve.sets().items() if name != "FS_Legacy_01"}
    with contextlib.closing(sqlite3.connect(tmp_path / "run/journal.sqlite")) as journal:
        kept = {number for (number,) in journal.execute("SELECT backupset_id FROM outcomes")}
    told = {int(number) for number in re.findall(r", created, backupsetId (\d+)", said.stderr)}

    assert said.returncode == 5, said.stderr
    assert "journal.sqlite cannot be written" in said.stdout + said.stderr
    assert "bulkprov resume run" in said.stdout + said.stderr
    assert 100 < len(made) < 1400
    # Whether anything ended after the last commit that had room is chance; what did is told.
    assert made == kept | told, "what the journal could not keep is told"

    again = bulkprov("resume", "run", *options, "--json")
    there = commserve.sets()

    assert (again.code, again.json["created"]) == (0, 1500)
    rows = read(tmp_path / "run/results.csv")
    assert [there[row["clientName"], row["backupsetName"]] for row in rows] == [
        [int(row["backupsetId"])] for row in rows
    ]


def test_when_the_results_cannot_be_written_the_journal_has_them(bulkprov: Command, tmp_path: Path) -> None:
    """Exit code 5, with the command that writes them later; the old file is as it was, and nothing is left behind."""
    sheet = wave(tmp_path / "wave.csv", [(f"client{n % 60 + 1:03d}", f"FS_{n:04d}") for n in range(300)])
    bulkprov("run", sheet, "--simulate", "-o", "run", "--format", "csv")
    before = (tmp_path / "run/results.csv").read_bytes()
    said = limited(10_000, "report", "run", cwd=tmp_path)

    assert said.returncode == 5
    assert "bulkprov report run" in said.stderr
    assert (tmp_path / "run/results.csv").read_bytes() == before
    assert [path.name for path in (tmp_path / "run").iterdir() if path.name.startswith(".")] == []
    assert bulkprov("report", "run", "--format", "csv").code == 0
    assert (tmp_path / "run/results.csv").read_bytes() == before
