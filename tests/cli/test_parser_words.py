"""What is wrong with a command line, said so that one knows what to type."""

import pytest

from bulkprov.__main__ import main
from bulkprov.cli.main import meant


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--dry-run", "--dry-run comes after a command, such as bulkprov run SHEET --dry-run"),
        ("plan a.csv b.csv", "To plan several sheets: bulkprov run a.csv b.csv --dry-run"),
        ("run a.csv --limit many", "--limit many: write a whole number, such as 5"),
        ("run a.csv --settle soon", "--settle soon: write a number, such as 0.5"),
        ("run --limit wave.xlsx", "`run` needs SHEET: wave.xlsx was taken as the value of --limit, which lacks one"),
        ("run --password-file pw.xlsx", "`run` needs SHEET; `bulkprov run --help` says what that is"),
        ("rollback", "`rollback` needs RUN; `bulkprov rollback --help` says what that is"),
        (
            "verify RUN --canary 3",
            "`verify` has no --canary: that is an option of `run`, and would change nothing here",
        ),
        ("runs --limit 3", "`runs` has no --limit"),
        ("login --settle 3", "`login` has no --settle"),
        ("show latest --row 2 --yes", "`show` has no --yes: it would change nothing here"),
        ("plan a.csv --strict", "`plan` has no --strict"),
        ("rerun a b c", "`rerun` does not take 'c' as well; `bulkprov rerun --help` says what it takes"),
        ("run --foo a.csv", "`run` has no --foo; `bulkprov run --help` lists its usual options"),
        ("resume --row 3", "`resume` has no --row; `bulkprov resume --help` lists its usual options"),
        ("rollback RUN --also-unprooven", "`rollback` has no --also-unprooven: did you mean --also-unproven?"),
        ("--verson", "there is no option --verson: did you mean --version?"),
        ("--foo", "there is no option --foo; `bulkprov --help` lists the commands"),
        ("list", "there is no command list: did you mean bulkprov runs?"),
        ("undo latest", "there is no command undo: did you mean bulkprov rollback?"),
        ("rerun RUN --dry-run", "to see what it would do, bulkprov plan RUN/failed.xlsx"),
        ("runz", "Did you mean"),
        ("frobnicate", "rollback, run, runs, show, simulate, template, verify"),
        ("run --simulate=wave.xlsx", "--simulate takes no value"),
        ("run -username ops a.csv", "-username: write --username, with two hyphens"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_in_our_words(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, with exit code 2."""
    with pytest.raises(SystemExit) as left:
        main(line.split())

    said = capsys.readouterr().err
    assert (left.value.code, len(said.splitlines())) == (2, 1)
    assert told in said


def test_words_that_everyone_tries_first_are_understood() -> None:
    """As other tools have them."""
    assert meant(["help"]) == ["--help"]
    assert meant(["help", "run"]) == ["run", "--help"]
    assert meant(["version"]) == ["--version"]
    assert meant(["run", "help"]) == ["run", "help"]


@pytest.mark.parametrize(
    ("command", "has", "has_not", "means"),
    [
        ("plan", "--limit", "--strict", "Most requests in flight"),
        ("verify", "--settle", "--mark", "Only the first N rows."),
        ("rollback", "--max-attempts", "--look-age", "Most deletes sent for one row"),
        ("runs", "--json", "--yes", "Print one JSON object"),
        ("report", "--json", "--events", "Settings file"),
        ("discard", "--yes", "--verbose", "Go on without asking."),
        ("probe", "--yes", "--events", "Make sets and delete them; without it, only read."),
    ],
)
def test_a_command_shows_the_options_that_it_heeds(
    command: str, has: str, has_not: str, means: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what they mean, and no others."""
    with pytest.raises(SystemExit):
        main([command, "--help"])

    said = capsys.readouterr().out
    assert f"{has} " in said
    assert f"{has_not} " not in said
    assert means in said
