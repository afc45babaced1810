"""The list of commands: shown without importing any of them."""

import re
import subprocess
import sys

import pytest

from bulkprov.__main__ import main
from bulkprov.cli.app import app

IMPORTED = """
import sys
from contextlib import suppress
from bulkprov.__main__ import main
with suppress(SystemExit):
    main(["--help"])
print(*sorted(name for name in sys.modules if name.startswith("bulkprov.")), file=sys.stderr)
"""


def test_the_help_imports_no_command() -> None:
    """So it is there at once, whatever the commands need."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)  # noqa: S603 - our own

    rooms = {name.split(".")[1] for name in done.stderr.split()}
    assert rooms == {"__main__", "cli", "errors", "private", "settings", "shell", "urls", "version"}
    assert "bulkprov.cli.app" in done.stderr.split()
    assert "bulkprov.cli.commands" not in done.stderr.split()


def test_the_help_says_what_exit_codes_mean_and_where_all_options_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts begin with the first; the second is not true of the help of a command, which has to fit a screen."""
    with pytest.raises(SystemExit):
        main(["--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert "lists its usual options, the README all of them. Exit code: 0 all is well, 1 rows are left," in said


def test_every_command_is_where_the_list_says() -> None:
    """A name in a string is not seen by a type checker."""
    commands = [name for name in app if not name.startswith("-")]

    assert len(commands) == 15
    assert all(app[name].default_command for name in commands)


def test_a_misspelt_command_is_told_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    """And where there is none near, the first of the list."""
    with pytest.raises(SystemExit) as left:
        main(["rollbak", "run"])

    assert left.value.code == 2
    assert 'Did you mean "rollback"?' in capsys.readouterr().err


def test_the_examples_of_all_help_pages_fit_a_narrow_terminal() -> None:
    """They are there to be copied, so that none is broken; what is around them fills the terminal."""
    for command in (app, *(app[name] for name in app if not name.startswith("-"))):
        text, _, examples = command.help.partition("For example:\n")

        assert max(map(len, examples.splitlines())) <= 60
        assert not re.search(r"\S\n\S", text), "a line that ends where the source does"
