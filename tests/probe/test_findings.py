"""Findings as a value and as JSON."""

import json
from pathlib import Path

import pytest

from bulkprov.errors import SettingsError
from bulkprov.probe.findings import Delay, Findings, from_file, to_json


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        (Delay(seen=0.3), "at once (within 1 s)"),
        (Delay(unseen=0.3, seen=1.2), "after 0.3 s to 1 s"),
        (Delay(unseen=5.0, seen=15.0), "after 5 s to 15 s"),
        (Delay(unseen=15.02), "not within 15 s"),
    ],
)
def test_a_delay_is_told_as_it_was_seen(delay: Delay, words: str) -> None:
    """Between the last look that did not show it and the first that did."""
    assert str(delay) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("{", "not a probe.json: the file: Invalid JSON"),
        ("[]", "not a probe.json: the file"),
        ("{}", "not a probe.json that this version of bulkprov reads"),
        ('{"format": 2}', "not a probe.json that this version of bulkprov reads"),
        ('{"format": 1, "repeated": {"end": "odd"}}', "not a probe.json: repeated.end: Input should be"),
    ],
)
def test_what_is_no_probe_is_refused_in_one_line(tmp_path: Path, text: str | None, words: str) -> None:
    """With what is wrong, and where."""
    path = tmp_path / "probe.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(SettingsError) as refused:
        from_file(path)

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_findings_without_an_answer_are_read_again(tmp_path: Path) -> None:
    """Of a probe that was stopped at its first step."""
    path = tmp_path / "probe.json"
    path.write_text(json.dumps(to_json(Findings(stopped="a create: HTTP 500"))))

    assert from_file(path) == Findings(stopped="a create: HTTP 500")
