"""What a command says when it has ended."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.cli.closing import summed_up, words_again
from bulkprov.engine.model import Status
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


@pytest.mark.parametrize(("created", "words"), [(4, ["--canary", "5"]), (5, [])])
def test_a_canary_that_has_passed_is_not_sent_again(tmp_path: Path, created: int, words: list[str]) -> None:
    """The other rows are no longer the first ones."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        ended = replace(as_it_stands(run), statuses=Counter({Status.CREATED: created, Status.PENDING: 1}))
        shown = summed_up(run, ended, None, (Effort(canary=5),), Screen())

        assert shown["next"] == ["bulkprov", "resume", str(run.folder), *words]
