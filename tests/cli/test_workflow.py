"""What the sending commands have in common."""

from pathlib import Path

import pytest

from bulkprov.cli.progress import TerminalObserver
from bulkprov.cli.workflow import complete, job_on
from bulkprov.engine.operations import ROLLBACK
from bulkprov.errors import DeclinedError, SettingsError
from bulkprov.runs.begin import begin_run
from bulkprov.runs.intake import load_rows
from bulkprov.runs.run import Run
from bulkprov.runs.under_way import announce
from bulkprov.settings import Access, Effort, Reading, Screen
from tests.end_to_end.results import wave

SIMULATED = Access(simulate=True)
REAL = Access(server="https://cs.example.com/api", username="ops")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, and no password anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BULKPROV_PASSWORD", raising=False)


def begun(folder: Path, access: Access, *rows: tuple[str, str]) -> Run:
    """A run of these rows, which are not taken in yet."""
    sheet = wave(folder / "wave.csv", list(rows))
    return begin_run(str(sheet), output=folder / "run", access=access, reading=Reading())


def test_a_job_has_its_rows_taken_in_and_its_log_open(tmp_path: Path) -> None:
    """And the simulator's credentials, where that is the server."""
    with (
        begun(tmp_path, SIMULATED, ("client001", "one")) as run,
        job_on(run, Access(), Effort(), Screen(quiet=True), ROLLBACK) as job,
    ):
        job.log.info("row.finished")
        assert (job.access.simulate, job.credentials.username) == (True, "admin")
        assert (job.operation, job.run.left()) == (ROLLBACK, 1)

    assert "row.finished" in (tmp_path / "run" / "run.log").read_text()


def test_without_a_password_the_sheet_is_not_even_read(tmp_path: Path) -> None:
    """The empty run is not kept, so the same command can be given again."""
    with (
        begun(tmp_path, REAL, ("client001", "one")) as run,
        pytest.raises(SettingsError, match="no password"),
        job_on(run, REAL, Effort(), Screen()),
    ):
        pass

    assert not (tmp_path / "run").exists()


def test_a_wrong_entry_of_the_catalogue_is_found_before_the_rows_are_taken_in(tmp_path: Path) -> None:
    """Hours of work should not end in a complaint about a settings file."""
    (tmp_path / "errors.toml").write_text("[[error]]\ncode = 'seven'\nmeans = 'x'\n")
    with begun(tmp_path, SIMULATED, ("client001", "one")) as run, pytest.raises(SettingsError, match=r"errors\.toml"):
        complete(run, SIMULATED, Effort(), Screen(catalogue=tmp_path / "errors.toml"), None)

    assert not (tmp_path / "run").exists()


def test_an_answer_of_no_forgets_neither_the_format_nor_the_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a run that was there before: the command is as careful as this one, and as limited, since no row was sent."""
    monkeypatch.setenv("BULKPROV_PASSWORD", "secret")
    monkeypatch.setattr("bulkprov.cli.before_sending.attended", lambda: True)
    effort = Effort(canary=1, limit=2)
    with begun(tmp_path, REAL, ("client001", "one")) as run:
        run.new = False
        with pytest.raises(DeclinedError, match=r"resume \S+ --username ops --canary 1 --limit 2"):
            complete(run, REAL, effort, Screen(quiet=True), "csv")

        assert run.format == "csv"


@pytest.mark.parametrize(
    ("answers", "questions"),
    [
        ([False], ["Go on all the same?"]),
        ([True, False], ["Go on all the same?", "Send these rows?"]),
    ],
)
def test_on_a_terminal_a_run_beside_another_is_asked_about(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: list[bool],
    questions: list[str],
) -> None:
    """Before anything is sent; what it means to go on is said first. After a no, no run is left that would nag."""
    monkeypatch.setenv("BULKPROV_PASSWORD", "secret")
    monkeypatch.setattr("bulkprov.cli.before_sending.attended", lambda: True)
    asked: list[str] = []

    def ask(_: TerminalObserver, question: str) -> bool:
        asked.append(question)
        return answers[len(asked) - 1]

    monkeypatch.setattr(TerminalObserver, "ask", ask)
    sheet = str(wave(tmp_path / "wave.csv", [("client001", "one")]))
    one, two = (
        begin_run(sheet, output=tmp_path / "runs" / name, access=REAL, reading=Reading()) for name in ("1", "2")
    )
    with one, two:
        load_rows(one)
        announce(one)
        with pytest.raises(DeclinedError, match=r"nothing (is sent now|was sent).* no run is kept"):
            complete(two, REAL, Effort(), Screen(quiet=True), None)

    assert (asked, (tmp_path / "runs" / "2").exists()) == (questions, False)
    assert "runs/1 is under way on this server with 1 of these 1 rows: both runs may report" in capsys.readouterr().err
