"""What a command says when it has ended."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bulkprov.cli import closing
from bulkprov.cli.closing import known_errors, summed_up, tell_end, words_again
from bulkprov.engine.model import Status
from bulkprov.report.write import Written
from bulkprov.runs.execute import as_it_stands
from bulkprov.settings import Effort, Screen
from tests.cli.loaded import loaded


def test_the_next_command_needs_no_option_that_the_settings_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are repeated."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bulkprov.toml").write_text("rate = '10'\n")

    assert words_again(Effort(rate="10", canary=5), screen=Screen()) == ["--canary", "5"]


@pytest.mark.parametrize(("over", "words"), [("05:59:59", ["--until", "6:00"]), ("06:00:00", [])])
def test_the_end_of_a_window_that_has_come_is_not_typed_again(tmp_path: Path, over: str, words: list[str]) -> None:
    """It would be that of the next day."""
    began, ended_at = (datetime.fromisoformat(f"2026-11-26T{each}").timestamp() for each in ("05:00:00", over))
    with loaded(tmp_path, ("client001", "one")) as run:
        ended = replace(as_it_stands(run), began=began, over=ended_at)
        shown = summed_up(run, ended, None, (Effort(until="6:00"),), Screen())

        assert shown["next"] == ["bulkprov", "resume", str(run.folder), *words]


@pytest.mark.parametrize(("created", "words"), [(4, ["--canary", "5"]), (5, [])])
def test_a_canary_that_has_passed_is_not_sent_again(tmp_path: Path, created: int, words: list[str]) -> None:
    """The other rows are no longer the first ones."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        ended = replace(as_it_stands(run), statuses=Counter({Status.CREATED: created, Status.PENDING: 1}))
        shown = summed_up(run, ended, None, (Effort(canary=5),), Screen())

        assert shown["next"] == ["bulkprov", "resume", str(run.folder), *words]


@pytest.mark.parametrize("events", [False, True])
def test_lines_are_as_wide_as_the_terminal_that_they_go_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], events: bool
) -> None:
    """With --events people read stderr, whatever stdout is."""
    streams = list[object]()

    def measured(most: int, stream: object) -> int:
        streams.append(stream)
        return most

    monkeypatch.setattr(closing, "width", measured)
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        tell_end(
            run,
            as_it_stands(run),
            Written(Path("results.csv"), None),
            (),
            Screen(events=events),
            known_errors(Screen()),
        )

    told = capsys.readouterr()
    assert streams == [sys.stderr if events else sys.stdout]
    assert "backupsetName is empty" in (told.err if events else told.out)
