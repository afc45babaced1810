"""A shared machine: what others could have written, or put a link in the place of, is refused before any log-in."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import wave

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")


@pytest.fixture(name="run")
def stopped_run(bulkprov: Callable[..., Said], commserve: CommServe, password: Path) -> Path:
    """A run with a row left to do."""
    sheet = wave(Path("wave.csv"), [("client001", "One"), ("client001", "Two")])
    words = ("--server", commserve.url, "--username", "admin", "--password-file", password, "--limit", "1")
    assert bulkprov("run", sheet, *words, "-o", "reports/run").code in (1, 4)
    return Path("reports/run")


@pytest.mark.parametrize("command", ["resume", "rerun", "verify", "rollback", "report"])
@pytest.mark.parametrize("what", ["", "journal.sqlite"], ids=["the folder", "the journal"])
def test_a_run_that_others_can_write_gets_no_password(
    bulkprov: Callable[..., Said], commserve: CommServe, run: Path, password: Path, command: str, what: str
) -> None:
    """It may name a server that is theirs."""
    (run / what).chmod(0o777)
    before = commserve.statistics.requests
    words = () if command == "report" else ("--username", "admin", "--password-file", password)
    said = bulkprov(command, run, *words, *(["--yes"] if command == "rollback" else []))

    assert said.code == 2
    assert "others can write it; make it your own first: chmod go-w" in said.err
    assert commserve.statistics.requests == before


def test_it_is_listed_with_why_it_is_refused(bulkprov: Callable[..., Said], run: Path) -> None:
    """And is not what `resume` takes by itself."""
    run.chmod(0o777)

    assert "others can write it" in " ".join(bulkprov("runs").out.split())
    said = bulkprov("resume")
    assert (said.code, said.err) == (2, f"bulkprov: no unfinished run in {Path.cwd() / 'reports'}\n")


@pytest.mark.parametrize("name", ["journal.sqlite", "run.log"])
def test_no_file_of_a_run_is_opened_through_a_link(
    bulkprov: Callable[..., Said], run: Path, password: Path, tmp_path: Path, name: str
) -> None:
    """It would be written wherever the link points."""
    target = tmp_path / "target"
    shutil.move(run / name, target)
    (run / name).symlink_to(target)
    before = target.read_bytes()
    said = bulkprov("resume", run, "--username", "admin", "--password-file", password)

    assert said.code in (2, 5)
    assert "link" in said.err
    assert target.read_bytes() == before


def test_the_state_of_a_simulator_is_not_opened_through_a_link(bulkprov: Callable[..., Said], tmp_path: Path) -> None:
    """It is a file of the run like any other."""
    sheet = wave(Path("wave.csv"), [("client001", "One"), ("client001", "Two")])
    bulkprov("run", sheet, "--simulate", "--limit", "1", "-o", "run")
    shutil.move("run/simulator.sqlite", tmp_path / "target")
    Path("run/simulator.sqlite").symlink_to(tmp_path / "target")
    said = bulkprov("resume", "run")

    assert said.code == 2
    assert ".sqlite: it is a link" in said.err


def test_folders_on_the_way_to_a_run_are_as_private_as_the_run(bulkprov: Callable[..., Said]) -> None:
    """Whoever can write `reports` can plant a run there."""
    sheet = wave(Path("wave.csv"), [("client001", "One")])
    bulkprov("run", sheet, "--simulate")

    assert Path("reports").stat().st_mode & 0o777 == 0o700


def test_where_the_password_goes_is_said_before_it_goes(
    bulkprov: Callable[..., Said], commserve: CommServe, password: Path
) -> None:
    """With the file or variable that says so, where it was not typed."""
    Path("bulkprov.toml").write_text(f"server = '{commserve.url}'\nusername = 'admin'\n")
    sheet = wave(Path("wave.csv"), [("client001", "One")])
    where = f"{commserve.url} as admin; password from {password}"

    for words in (("run", sheet, "-o", "run"), ("plan", sheet), ("verify", "run"), ("login",)):
        said = bulkprov(*words, "--password-file", password).err
        assert where in said
        assert f"set in bulkprov.toml: {'' if words[0] == 'verify' else 'server, '}username" in said
