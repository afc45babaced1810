"""What a command says to a person."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bulkprov.cli.messages import destination, last_lines, other_runs, row_lines, window
from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Status
from bulkprov.engine.operations import CHECK, PLAN, ROLLBACK, RUN, VERIFY
from bulkprov.engine.tally import Tally
from bulkprov.errors import ExitCode, Stop
from bulkprov.report.write import Written
from bulkprov.runs.execute import Ended, as_it_stands
from bulkprov.runs.leftovers import Leftover
from bulkprov.settings import Access
from tests.cli.loaded import loaded
from tests.report.made_results import made

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("profile", "access", "username", "rows", "words"),
    [
        ("", {"server": "https://cs/api"}, "", 2, "https://cs/api, 2 rows to do"),
        ("prod", {"server": "https://cs/api"}, "ops", 1, "prod: https://cs/api as ops, 1 row to do"),
        ("", {}, "admin", 1500, "the simulator as admin, 1,500 rows to do"),
        ("", {"server": "https://cs/api"}, "ops", None, "https://cs/api as ops"),
        (
            "",
            {"server": "https://cs/api", "proxy": "http://p:3128", "ca_file": Path("ca.pem"), "insecure": True},
            "",
            None,
            "https://cs/api; proxy http://p:3128; CA file ca.pem; certificates are NOT checked",
        ),
        (
            "",
            {"server": "http://cs/api", "allow_http": True, "password_file": Path("pw"), "token_file": Path("t")},
            "ops",
            None,
            "http://cs/api as ops; token from t; password from pw; plain http allowed",
        ),
    ],
)
def test_the_destination_names_server_user_way_and_number_of_rows(
    profile: str, access: dict[str, Any], username: str, rows: int | None, words: str
) -> None:
    """It is shown before anything is sent."""
    assert destination(profile, Access(**access), username, lambda _option: "", rows) == [words]


def test_a_limit_on_the_rows_is_said_before_and_after(tmp_path: Path) -> None:
    """Else rows that are left look like rows that went wrong."""
    access = Access(server="https://cs/api")
    (told,) = destination("", access, "ops", lambda _option: "", 10, 4)
    assert told == "https://cs/api as ops, 10 rows to do (4 of them now, by --limit)"
    assert destination("", access, "ops", lambda _option: "", 4, 4) == ["https://cs/api as ops, 4 rows to do"]

    with loaded(tmp_path, ("client001", "one"), ("client002", "two")) as run:
        ended = replace(as_it_stands(run), limit=1, statuses=Counter({Status.CREATED: 1, Status.PENDING: 1}))
        limited = "Limited:  1 row not begun, by --limit 1"
        assert last_lines(run, ended, None, [])[1] == limited
        stopped = replace(ended, stop=Stop("Ctrl-C", ExitCode.INTERRUPTED))
        assert limited not in last_lines(run, stopped, None, [])
        undone = replace(ended, operation=ROLLBACK)
        assert limited in last_lines(run, undone, None, [])


def test_what_was_not_typed_is_said_with_where_it_is_from() -> None:
    """So that a settings file that sends a password through another's proxy is noticed."""
    access = Access(server="https://cs/api", proxy="http://p:3128")
    origins = {"server": "bulkprov.toml", "proxy": "BULKPROV_PROXY", "username": "bulkprov.toml"}

    assert destination("", access, "ops", lambda option: origins.get(option, ""), None) == [
        "https://cs/api as ops; proxy http://p:3128",
        "  set in bulkprov.toml: server, username",
        "  set in BULKPROV_PROXY: proxy",
    ]


def test_the_window_is_said_as_a_time_of_day_and_a_length() -> None:
    """So that a window of tomorrow is noticed."""
    end = NOON + timedelta(hours=18, minutes=5)

    told = "no row will start after Fri 06:05 (in 18 h 5 min)"
    assert window(end, NOON) == window(end, NOON, None, 2000) == window(end, NOON, 1.0, 2000) == told
    assert window(end, NOON, 100 / 3600, 2000) == f"{told}; by --rate some 1,808 of 2,000 rows until then"


def test_a_few_of_many_runs_are_named() -> None:
    """Each with the command to go on with."""
    lines = other_runs([Path(f"reports/{number}") for number in range(9)])

    assert len(lines) == 5
    assert lines[0] == "also unfinished: reports/0; to continue it: bulkprov resume reports/0"


def test_rows_that_are_not_well_are_named_as_far_as_a_screen_goes() -> None:
    """The others are counted; whatever a note holds is fit for a terminal."""
    wrong = [made(status=Status.INVALID, sheet_row=row, note="empty\x1b[2J") for row in range(2, 24)]

    lines = row_lines([made(status=Status.PENDING), *wrong], CHECK)

    assert len(lines) == 21
    assert lines[0].startswith("row 2: invalid: empty")
    assert "\x1b" not in lines[0]
    assert lines[-1] == "... and 2 more rows; `-o FOLDER` writes a plan.xlsx with all of them"
    assert row_lines([made(status=Status.CREATED)], RUN) == []


def test_rows_that_were_not_reached_are_told_together() -> None:
    """As those of a plan that a limit leaves out: a line for each would push what is wrong off the screen."""
    rows = [made(status=Status.PENDING, sheet_row=row) for row in range(2, 40)]
    doubtful = made(status=Status.PENDING, sheet_row=40, note="a set is listed that may be this one")

    assert row_lines([*rows, doubtful], PLAN) == [
        "row 40: pending: a set is listed that may be this one",
        "rows 2, 3, 4 and 35 more: pending",
    ]


def test_notes_of_rows_that_are_well_are_told_once() -> None:
    """With the first rows that have them: they ask for something, though the row is well as it is."""
    told = [("write Srv01 instead", 9), ("no list", 1), ("", 3)]
    rows = [
        made(status=Status.WOULD_CREATE, note=note, sheet_row=10 * each + number)
        for each, (note, count) in enumerate(told)
        for number in range(count)
    ]

    lines = row_lines([made(status=Status.NO_PLACE, note="no client x", sheet_row=99), *rows], PLAN)

    assert lines == [
        "row 99: client-not-found: no client x",
        "rows 0, 1, 2 and 6 more: would-create: write Srv01 instead",
        "row 10: would-create: no list",
    ]
    many = [made(status=Status.WOULD_CREATE, note=f"note {n}", sheet_row=n) for n in range(22)]
    assert row_lines(many, PLAN)[-2:] == ["row 19: would-create: note 19", "... and 2 more notes"]


def test_the_last_lines_count_the_rows_and_name_the_command_to_go_on_with(tmp_path: Path) -> None:
    """With the options that it needs again."""
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        lines = last_lines(run, as_it_stands(run), None, ["--username", "DOMAIN\\ops"])

    assert lines[0] == "2 rows: 1 invalid, 1 pending"
    assert lines[-1].startswith(f"Go on:    bulkprov resume {run.folder} --username ")


def test_nothing_left_to_do_is_followed_by_no_command_to_go_on_with(tmp_path: Path) -> None:
    """Costs are said, each in the right number, but no speed that two seconds do not tell; and how to verify it."""
    ended = Ended(
        tally=Tally(rows=1200, carried=200, requests=1, unanswered=1),
        seconds=2.0,
        finished=1000,
        stop=None,
        statuses=Counter({Status.CREATED: 1200}),
    )
    with loaded(tmp_path, ("client001", "")) as run:
        lines = last_lines(run, ended, None, ["--canary", "5"], access=["--username", "ops"])

    assert lines == [
        "1,200 rows: 1,200 created (200 carried over)",
        "2.0 s, 1 request, 1 unanswered request",
        f"Later:    bulkprov verify {run.folder} --username ops",
    ]


@pytest.mark.parametrize(
    ("seconds", "over", "told"),
    [
        (10.1, 110.1, "10.1 s, 40 rows/s"),
        (10.1, 121.3, "21.3 s (10.1 s without the audit), 40 rows/s"),
        (1.1, 101.1, "1.1 s"),
        (400.0, 512.0, "6m 52s (6m 40s without the audit), 1.0 rows/s"),
    ],
)
def test_time_is_what_has_passed_and_speed_that_of_the_work(
    tmp_path: Path, seconds: float, over: float, told: str
) -> None:
    """An audit waits for the settle time: whoever has waited too is told so."""
    ended = Ended(
        tally=Tally(rows=400),
        seconds=seconds,
        finished=400,
        stop=None,
        statuses=Counter({Status.CREATED: 400}),
        began=100.0,
        over=over,
    )
    with loaded(tmp_path, ("client001", "")) as run:
        assert last_lines(run, ended, None, [])[1] == f"{told}, 0 requests"


def test_what_a_resume_has_cost_is_told_of_the_rows_that_it_has_settled(tmp_path: Path) -> None:
    """The counts above are those of the whole run."""
    statuses = Counter({Status.CREATED: 50, Status.REJECTED: 4, Status.INVALID: 2, Status.PENDING: 3})
    ended = Ended(tally=Tally(rows=59, carried=10), seconds=2.0, finished=40, stop=None, statuses=statuses)
    with loaded(tmp_path, ("client001", "")) as run:
        assert last_lines(run, ended, None, [])[1] == "40 rows this time: 2.0 s, 0 requests"
        assert last_lines(run, replace(ended, finished=44), None, [])[1] == "2.0 s, 0 requests"


def test_the_file_of_rows_to_fix_is_called_so_only_if_there_is_something_to_fix(tmp_path: Path) -> None:
    """Rows that were not reached are not done, and nothing is wrong with them."""
    written = Written(results=Path("results.xlsx"), failed=Path("failed.xlsx"))
    with loaded(tmp_path, ("client001", "one"), ("client002", "")) as run:
        ended = as_it_stands(run)
        assert "To fix:   failed.xlsx" in last_lines(run, ended, written, [])
        assert "Not done: failed.xlsx" in last_lines(
            run, replace(ended, statuses=Counter({Status.PENDING: 1})), written, []
        )


def test_what_comes_next_depends_on_the_operation_and_its_end(tmp_path: Path) -> None:
    """A refused sheet is corrected, what is gone is made again, a broken rollback is done again."""
    written = Written(results=Path("v.xlsx"), failed=None)
    stop = Stop("terminated by the system", ExitCode.TERMINATED)
    with loaded(tmp_path, ("client001", "one")) as run:
        as_is, folder = as_it_stands(run), run.folder
        gone = replace(as_is, operation=VERIFY, statuses=Counter({Status.GONE: 1}))
        ends = {
            f"rerun {folder}": replace(as_is, refused=True),
            "run v.xlsx": gone,
            f"rollback {folder} --yes": replace(as_is, operation=ROLLBACK, stop=stop),
        }
        for command, ended in ends.items():
            assert last_lines(run, ended, written, [])[-1] == f"Go on:    bulkprov {command}"


@pytest.mark.parametrize(
    ("unaudited", "creates", "words"),
    [
        (0, 3, "Audited: every row of which a create left was looked at again"),
        (1, 3, "Not audited: 1 row was not looked at again; resume, rerun and rollback do it first"),
        (
            1200,
            0,
            "Not audited: 1,200 rows were not looked at again; resume, rerun and rollback do it first",
        ),
    ],
)
def test_it_is_said_whether_what_was_created_was_looked_at_again(
    tmp_path: Path, unaudited: int, creates: int, words: str
) -> None:
    """Also by a command that has created nothing itself."""
    with loaded(tmp_path, ("client001", "one")) as run:
        as_is = as_it_stands(run)
        ended = replace(as_is, tally=replace(as_is.tally, creates=creates), unaudited=unaudited, audited=True)
        lines = last_lines(run, ended, None, [])

    assert [line for line in lines if "udited" in line] == [words]


@pytest.mark.parametrize(
    ("unproven", "marks", "statuses", "words"),
    [
        (0, False, {Status.CREATED: 3}, []),
        (0, True, {Status.CREATED: 3}, ["Marks: each create carried one, and every set that this run made is proven"]),
        (0, True, {Status.EXISTS: 3}, []),
        (0, True, {Status.CREATED: 3, Status.UNKNOWN: 1}, []),
        (1, False, {Status.CREATED: 3}, ["Unproven: of 1 row the set may have been made by others (see the notes)"]),
        (
            2,
            True,
            {Status.CREATED: 3},
            ["Unproven: of 2 rows the set may have been made by others, and no mark has told (see the notes)"],
        ),
    ],
)
def test_it_is_said_what_marks_have_proven(
    tmp_path: Path, unproven: int, marks: bool, statuses: dict[Status, int], words: list[str]
) -> None:
    """In one line, and nothing without marks."""
    with loaded(tmp_path, ("client001", "one")) as run:
        ended = replace(as_it_stands(run), unproven=unproven, marks=marks, statuses=Counter(statuses))
        lines = last_lines(run, ended, None, [])

    told = [line.removesuffix(" to be its own") for line in lines if line.startswith(("Marks", "Unproven"))]
    assert told == words


def leftover(row: int, *ids: int, open: bool = False) -> Leftover:  # noqa: A002 - the field's name
    """What a row may have made."""
    return Leftover(sheet_row=row, want=BackupSet(client="client001", name=f"Set {row}"), ids=ids, open=open)


def test_what_a_rollback_leaves_is_named_with_its_ids(tmp_path: Path) -> None:
    """And counted, and what deletes it as well is said."""
    left = (leftover(2, 931), leftover(3, 932, 940), leftover(4, 933, open=True))
    with loaded(tmp_path, ("client001", "one")) as run:
        ended = replace(as_it_stands(run, ROLLBACK), leftovers=left)
        lines = last_lines(run, ended, None, ["--username", "ops", "--also-unproven"])

    start = lines.index("3 rows may have made sets that are not proven to be this run's; they were left:")
    assert lines[start + 1 : start + 5] == [
        "  row 2: Set 2 on client001 (id 931)",
        "  row 3: Set 3 on client001 (ids 932, 940)",
        "  row 4: Set 4 on client001 (id 933, what became of its create is not known)",
        (
            "They may also be another's. To delete them as well: "
            f"bulkprov rollback {run.folder} --yes --also-unproven --username ops"
        ),
    ]
    assert ended.exit_code is ExitCode.ROWS_LEFT


def test_what_has_no_id_cannot_be_deleted_as_well(tmp_path: Path) -> None:
    """So that no command is offered for it; of many rows some are named."""
    with loaded(tmp_path, ("client001", "one")) as run:
        ended = replace(as_it_stands(run, ROLLBACK), leftovers=tuple(leftover(row, open=True) for row in range(2, 40)))
        lines = last_lines(run, ended, None, [])

    assert "38 rows may have made sets that are not proven to be this run's; they were left:" in lines
    assert "  row 2: Set 2 on client001 (what became of its create is not known)" in lines
    assert "  ... and 18 more" in lines
    assert not [line for line in lines if "--also-unproven" in line]
