import time

import pytest

from bulkprov.cli.app import app
from bulkprov.cli.wrapping import wrapped

COMMAND = "bulkprov resume reports/wave-20261126-220000 --username 'DOMAIN\\the ops' --settle 2"


def test_lines_are_broken_between_words_and_what_follows_hangs() -> None:
    """What fits stays as it is, columns of a table included."""
    assert wrapped("short  as it is\n  row 7: there is no client cIient001; did you mean client001?", 30) == (
        "short  as it is\n  row 7: there is no client\n    cIient001; did you mean\n    client001?"
    )


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "around",
    ["a run is unfinished and waits for you; to continue it: {}", "say `{}` to go on with it, or leave it", "{}"],
)
def test_a_command_is_never_broken(columns: int, around: str) -> None:
    """It stands on one line, as it is copied."""
    lines = wrapped(around.format(COMMAND), columns).split("\n")

    assert [line for line in lines if COMMAND in line]
    assert all(len(line) <= columns for line in lines if COMMAND not in line)
    assert " ".join(map(str.strip, lines)) == around.format(COMMAND), "nothing is lost"


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("17 rows: 8 created, 3 client-not-found", "17 rows: 8 created,\n  3 client-not-found"),
        ("17 rows: 8 created, 3 (8 carried over)", "17 rows: 8 created, 3\n  (8 carried over)"),
        ("on cs.example.com, 1,400 rows to do", "on cs.example.com,\n  1,400 rows to do"),
        ("2026-11-26 18:40, 1 to do", "2026-11-26 18:40,\n  1 to do"),
        ("server and user, 1 row to do", "server and user,\n  1 row to do"),
        ("names the same set as row 3: correct one", "names the same set as\n  row 3: correct one"),
        ("2 of 3 sheets: rows 7, 12, 19 and 5 more", "2 of 3 sheets: rows 7,\n  12, 19 and 5 more"),
    ],
)
def test_a_number_stays_with_what_it_counts(line: str, broken: str) -> None:
    """Here at 23 columns; without it, some of these would end in a number, begin with `do`, or say `row`."""
    assert wrapped(line, 23) == broken


def test_a_command_ends_with_its_sentence() -> None:
    """What comes after it are words again."""
    line = "To continue that run: bulkprov resume reports/wave-2. To continue the other one anyway, add --yes"

    assert wrapped(line, 56) == (
        "To continue that run: bulkprov resume reports/wave-2. To\n  continue the other one anyway, add --yes"
    )


@pytest.mark.parametrize("line", ["  settle = 12  # changes showed that late", '  means = "The plan is not known."'])
def test_lines_for_a_settings_file_are_never_broken(line: str) -> None:
    """They are copied: the second half of a comment, or of a text, would make the file unreadable."""
    assert wrapped(line, 20) == line


def test_paths_of_results_are_never_broken() -> None:
    """They may have blanks, and are copied."""
    line = "Results:  reports/the wave of the north-20261126-220000/results.xlsx"

    assert wrapped(line, 40) == line
    body = '  {"association":{"entity":[{"appName":"File System","clientName":"client007"}]}}'
    assert wrapped(body, 40) == body, "nor are bodies of requests, which go into tickets"


def test_where_the_width_is_not_known_nothing_is_broken() -> None:
    """As in a pipe."""
    assert wrapped("word " * 100, 0) == "word " * 100


def test_all_commands_are_known() -> None:
    """A new one needs its name here."""
    for name in (each for each in app if not each.startswith("-")):
        assert wrapped(f"word word bulkprov {name} RUN", 20).split("\n")[-1] == f"  bulkprov {name} RUN"


@pytest.mark.parametrize(
    "hostile", ["bulkprov run " + "'" * 9_999, "bulkprov run " + "a " * 9_999, "'\"`" * 9_999, "1," * 9_999]
)
def test_odd_quotes_do_not_take_long(hostile: str) -> None:
    """A server's words may be among the lines."""
    began = time.process_time()
    wrapped(hostile, 60)

    assert time.process_time() - began < 2
