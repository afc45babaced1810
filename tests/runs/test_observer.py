"""The observer that a job has if it is given none."""

import pytest

from bulkprov.engine.tally import Tally
from bulkprov.runs.observer import Observer


async def test_it_shows_nothing_and_answers_no(capfd: pytest.CaptureFixture[str]) -> None:
    """So a program that knows none of this gets neither output nor consent."""
    observer = Observer()
    observer.say("not saved in the journal: row 7")
    async with observer.watch(Tally()):
        assert observer.ask("Send these rows?") is False
        assert observer.overrules("1 of 5 canary rows did not succeed") is False

    assert capfd.readouterr() == ("", "")
