"""What a command says when it has ended."""

from pathlib import Path

import pytest

from bulkprov.cli.closing import words_again
from bulkprov.settings import Effort, Screen


def test_the_next_command_needs_no_option_that_the_settings_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are repeated."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bulkprov.toml").write_text("rate = '10'\n")

    assert words_again(Effort(rate="10", canary=5), screen=Screen()) == ["--canary", "5"]
