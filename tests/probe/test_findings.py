"""Findings as a value and as JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.errors import SettingsError
from bulkprov.probe.answers import Said
from bulkprov.probe.findings import AgentSeen, Delay, Findings, NameSeen, Tried, from_file, to_json, without_names
from bulkprov.probe.hidden import Hidden


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
        ('{"format": 1, "unknown": {"\\u001b[2J": {}}}', r"not a probe.json: unknown.\x1b[2J"),
        ("[" * 100_000, "not a probe.json: the file"),
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


def hidden() -> Hidden:
    """One name that is to be hidden."""
    known = Hidden()
    known.add("CLIENT", "web01", "kept", "401", "my client")
    return known


def test_names_are_taken_out_of_all_words_of_others() -> None:
    """And out of nothing else: a client may be called like one of our words."""
    said = Said(http=200, code=2, words="No kept web01.")
    found = Findings(
        version="11 on web01",
        agents=(AgentSeen(wanted="kept", named="web01 FS", listed="FS of web01"),),
        created=said,
        unknown={"client": Tried(end="refused", said=said)},
        names=(NameSeen(sent="kept", end="kept", said=said),),
        description="kept",
        dead_token="401",
        stopped="a create: web01",
    )
    clean = replace(said, words="No CLIENT CLIENT.")

    assert without_names(found, hidden()) == replace(
        found,
        version="11 on CLIENT",
        agents=(AgentSeen(wanted="kept", named="CLIENT FS", listed="FS of CLIENT"),),
        created=clean,
        unknown={"client": Tried(end="refused", said=clean)},
        names=(NameSeen(sent="kept", end="kept", said=clean),),
        stopped="a create: CLIENT",
    )


def test_words_are_cut_after_names_are_taken_out() -> None:
    """So that no name is cut in the middle, and stays."""
    said = Said(http=200, words="x" * 291 + " on my client and more")

    assert without_names(said, hidden()).words == "x" * 291 + " on"
    assert without_names(replace(said, words="x" * 400), hidden()).words == "x" * 300


@pytest.mark.parametrize("version", ["11.36.0", "11.0.0.80", "11 SP36", ""])
def test_a_version_is_kept_though_it_looks_like_an_address(version: str) -> None:
    """It is the first thing that a bug report needs."""
    assert without_names(Findings(version=version), hidden()).version == version
