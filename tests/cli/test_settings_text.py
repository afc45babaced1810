"""What stays of a settings file when server and log-in are written anew."""

import pytest

from bulkprov.cli.settings_text import without

ANEW = {"server", "username", "password_file"}


def test_other_options_tables_and_comments_stay_as_they_are_written() -> None:
    """And names with hyphens are the same options."""
    text = """# mine
server = 'https://one.example.com'
rate = "100/h"  # they asked for it
password-file = "pw.txt"

[profile.lab]
server = 'https://lab.example.com'

[[error]]
code = 7
"""
    assert without(text, ANEW) == (
        '# mine\nrate = "100/h"  # they asked for it\n',
        "[profile.lab]\nserver = 'https://lab.example.com'\n\n[[error]]\ncode = 7\n",
    )


@pytest.mark.parametrize(
    "text", ["server = '''\nx'''\nrate = 1\n", "ticket = '''\n[no table]\nserver = 1'''\n"], ids=["goes", "stays"]
)
def test_lines_that_do_not_tell_are_left_alone(text: str) -> None:
    """A text of several lines may look like anything."""
    assert without(text, ANEW) is None


LAB = """rate = 1

[profile.prod]
server = 'https://prod.example.com'

[profile."lab"]  # mine
server = 'https://lab.example.com'
timeout = 5
username = 'ann'

[[error]]
code = 7
"""


def test_the_options_of_one_profile_go_and_all_others_stay() -> None:
    """Its other options stay before the new ones, and what comes behind it stays behind them."""
    before, after = without(LAB, ANEW, "lab") or ("", "")

    assert before == LAB.partition("server = 'https://lab")[0] + "timeout = 5\n"
    assert after == "[[error]]\ncode = 7\n"
    assert without(LAB, ANEW, "other") is None


def test_a_file_of_these_options_alone_leaves_nothing() -> None:
    """Nor does an empty one."""
    assert without("server = 'x'\n", ANEW) == without("", ANEW) == ("", "")
