import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.engine.model import End, Status, Step, Verdict
from bulkprov.engine.operations import CHECK, PLAN, RUN, VERIFY, Operation
from bulkprov.report.aggregate import Group
from bulkprov.report.explain import Explained
from bulkprov.sheets.rows import Fault, Result
from bulkprov.shell import typed
from tests.backupsets import Context, write_results
from tests.report.made_results import COLUMNS, made, opened

MIXED = [
    *(made(finished_at=1_750_000_000 + second, sheet_row=second + 2) for second in range(40)),
    made(status=Status.EXISTS, sheet_row=42),
    made(status=Status.REJECTED, error_code=1, error_string="DB error: please refer to logs.", sheet_row=43),
    made(status=Status.REJECTED, error_code=1, error_string="DB error: please refer to logs.", sheet_row=44),
    made(status=Status.INVALID, faults=(Fault("A45: clientName is empty", 0),), error_code=None, sheet_row=45),
    made(status=Status.PENDING, sheet_row=46),
]


def summary(folder: Path, results: Iterable[Result], facts: Mapping[str, Any] | None = None, **context: Any) -> Any:
    """The sheet as openpyxl sees it."""
    rows = list(results)
    written = write_results(
        folder, columns=COLUMNS, results=lambda: rows, format="xlsx", context=Context(facts=facts or {}, **context)
    )
    return opened(written.results)["Summary"]


def texts(sheet: Any) -> list[list[Any]]:
    """The cells of each row that say something, without the charts' data."""
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows(max_col=12)]
    return [row for row in rows if row]


def titles(sheet: Any) -> list[str]:
    """What the charts are called."""
    return ["".join(run.t for run in chart.title.tx.rich.p[0].r) for chart in sheet._charts]


def test_the_summary_comes_first_and_is_in_sight(tmp_path: Path) -> None:
    """The workbook opens with what became of the run; the rows are behind it."""
    book = summary(tmp_path, MIXED).parent

    assert book.sheetnames == ["Summary", "Results"]
    assert book.active.title == "Summary"


def test_charts_show_statuses_time_and_what_was_refused(tmp_path: Path) -> None:
    """They are Excel's own, and each is fed from cells that hold its numbers."""
    sheet = summary(tmp_path, MIXED)

    assert titles(sheet) == [
        "Rows by status",
        "Created per 1 s",
        "In flight, on average",
        "Rows not done, by errorCode",
    ]
    data = {
        title: dict(zip(chart_labels(sheet, chart), chart_data(sheet, chart), strict=True))
        for title, chart in zip(titles(sheet), sheet._charts, strict=True)
    }
    assert data["Rows by status"] == {"created": 40, "exists": 1, "rejected": 2, "invalid": 1, "pending": 1}
    assert sum(chart_data(sheet, sheet._charts[1])) == 40
    assert data["Rows not done, by errorCode"] == {"errorCode 1": 2}


def test_the_limit_stands_beside_what_was_in_flight(tmp_path: Path) -> None:
    """How many requests `auto` allowed, over the time of the run; only creates where that was fixed."""
    limits = [[1_750_000_000, 8], [1_750_000_001, 16], [1_750_000_010, 32], [1_750_000_040, 24]]
    sheet = summary(tmp_path, MIXED, {"limits": json.dumps(limits)})

    _, _, in_flight, _ = sheet._charts
    assert list(dict.fromkeys(chart_data(sheet, in_flight, 1))) == [None, 8, 16, 32, 24]
    assert (in_flight.legend is not None, sheet._charts[1].legend) == (True, None)
    late = summary(tmp_path, MIXED, {"limits": json.dumps(limits[2:])})
    assert chart_data(late, late._charts[2], 1)[:10] == [None] * 10, "it is not known of a process that was killed"
    said = [chart.series[1].tx.v or chart.series[1].tx.strRef.f for chart in (in_flight, late._charts[2])]
    assert said == ["limit", "limit, since the last resume"]
    assert {(chart.anchor._from.row, chart.anchor._from.col) for chart in sheet._charts} == {
        (row, column) for row in (11, 25) for column in (0, 6)
    }


def test_marks_of_the_time_axis_are_few_and_round(tmp_path: Path) -> None:
    """Forty seconds have a mark each ten, from a round time on, and the labels between them are left out."""
    sheet = summary(tmp_path, MIXED)

    chart = sheet._charts[1]
    labels = [label for label in chart_labels(sheet, chart) if label]
    assert len(labels) == 5
    assert all(label.endswith("0") for label in labels)
    assert (chart.x_axis.tickLblSkip, chart.x_axis.tickMarkSkip) == (10, 10)


def test_requests_without_an_answer_have_a_chart(tmp_path: Path) -> None:
    """Where the server was silent or overloaded is seen at a glance; a run without such requests has none."""
    unanswered = [(Step.ACT, Verdict(end=End.IN_DOUBT, at=1_750_000_003.5, seconds=0.5))] * 3
    sheet = summary(tmp_path, MIXED, exchanges=lambda: unanswered)

    at = titles(sheet).index("Requests without an answer per 1 s")
    assert sum(chart_data(sheet, sheet._charts[at])) == 3


def chart_data(sheet: Any, chart: Any, series: int = 0) -> list[float]:
    """The numbers of a series of a chart, read from the cells it points to."""
    return referred(sheet, chart.series[series].val.numRef.f)


def chart_labels(sheet: Any, chart: Any) -> list[str]:
    """The labels of a chart, likewise."""
    return referred(sheet, chart.series[0].cat.strRef.f)


def referred(sheet: Any, reference: str) -> list[Any]:
    """The values of a column of cells."""
    cells = sheet[reference.split("!")[1].replace("$", "")]
    return [cell.value for (cell,) in cells] if isinstance(cells, tuple) else [cells.value]


def test_a_clean_run_has_no_chart_of_what_was_refused(tmp_path: Path) -> None:
    """Nothing is shown of what did not happen."""
    sheet = summary(tmp_path, [made()])

    assert titles(sheet) == ["Rows by status", "Created per 0.1 s", "In flight, on average"]
    assert texts(sheet)[0] == ["1 of 1 backup sets are there"]
    short = summary(tmp_path, [made(seconds=0.01, finished_at=1_750_000_000.05)])
    assert titles(short) == ["Rows by status", "Created per 0.1 s"], "a line through one point cannot be seen"


def test_the_title_says_what_is_left_and_how_to_go_on(tmp_path: Path) -> None:
    """The first lines are the result, and the command for the rest."""
    sheet = summary(tmp_path, MIXED, next_step=lambda statuses: ["resume", f"my runs/{statuses[Status.PENDING]}"])

    assert texts(sheet)[:2] == [
        ["41 of 45 backup sets are there, 4 to go"],
        [f"It ended before 1 row was tried. To continue: {typed(['resume', 'my runs/1'])}"],
    ]


def test_facts_are_shown_as_people_read_them(tmp_path: Path) -> None:
    """Times and durations are not bare seconds; what is not known is left out."""
    facts = {
        "run": "reports/wave-1",
        "sheet": "wave.xlsx",
        "server": "https://cs/api",
        "seconds": 126.34,
        "rows_per_second": 0.6425,
        "requests": 5,
        "audited": "no: 1 row is still to be looked at again",
        "ticket": "CHG0042",
        "operator": "ann",
    }
    rows = texts(summary(tmp_path, [made()], facts | {"reruns": "", "fields": "{}"}))

    left = {row[0]: row[1] for row in rows if len(row) > 1}
    assert (left["Time at work"], left["Rows per second"]) == ("2 min 6 s", 0.64), (
        "without the pauses between its parts"
    )
    assert (left["Server"], left["Requests"]) == ("https://cs/api", 5)
    assert (left["Ticket"], left["Operator"]) == ("CHG0042", "ann")
    assert left["Audited"] == "no: 1 row is still to be looked at again"
    assert "Rerun of" not in left
    assert "{}" not in str(rows)


def test_what_a_killed_process_has_cost_is_not_left_out_in_silence(tmp_path: Path) -> None:
    """It took its time and its requests with it, not its rows: so what is counted is the least."""
    rows = [made(), made(finished_at=1_750_000_100.0), made(carried=True, finished_at=1_750_009_000.0)]
    for finished, duration, requests in (2, "3 s", 1_234), (1, "3 s or more", "1,234 or more"):
        shown = texts(summary(tmp_path, rows, {"seconds": 3.0, "requests": 1_234, "finished": finished}))
        left = {row[0]: row[1] for row in shown if len(row) > 1}
        assert (left["Time at work"], left["Requests"]) == (duration, requests)
        last = datetime.fromtimestamp(1_750_000_100).astimezone()
        assert left["Last row ended"] == last.strftime("%Y-%m-%d %H:%M:%S %z")


def test_counts_come_with_shares_that_are_honest(tmp_path: Path) -> None:
    """One row missing of thousands is not 100 %, and one of thousands not 0 %."""
    rows = texts(summary(tmp_path, [*(made() for _ in range(5000)), made(status=Status.FAILED)]))

    assert next(row[-4:] for row in rows if "created" in row) == ["created", 5000, 0.999, "created by this run"]
    assert next(row[-4:] for row in rows if "failed" in row) == ["failed", 1, 0.001, "given up, not created"]
    assert ["all", 5001] in (row[-2:] for row in rows)


def test_what_an_earlier_run_made_is_not_claimed(tmp_path: Path) -> None:
    """In a rerun the created rows that were carried over are counted apart."""
    rows = texts(summary(tmp_path, [made(), made(carried=True), made(carried=True)]))

    assert next(row[-4:] for row in rows if "created" in row) == ["created", 3, 1, "2 by earlier runs"]


def test_what_others_may_have_made_is_not_claimed(tmp_path: Path) -> None:
    """Nor is what the run is proven to have made doubted: the meaning says of how many rows it is not."""
    facts = {"unproven": "1 row: perhaps by others", "perhaps_created": 1}
    rows = texts(summary(tmp_path, [made(), made()], facts=facts))

    assert next(row[-4:] for row in rows if "created" in row)[-1] == "made; 1 perhaps by others"
    assert ["Unproven", "1 row: perhaps by others"] in (row[:2] for row in rows)


def test_errors_are_grouped_with_an_example_and_advice(tmp_path: Path) -> None:
    """Each reason has its number of rows, code, words, a row to look at, and whether a rerun is worthwhile."""

    def explain(group: Group) -> Explained:
        return Explained(rerun=f"{group.status}/{group.code}/{group.text[:2]}")

    rows = texts(summary(tmp_path, MIXED, explain=explain))
    start = rows.index(["Why rows are not done"])

    assert rows[start + 1] == ["Rows", "Status", "errorCode", "Reason", "First row", "Worth rerunning?"]
    assert rows[start + 2] == [2, "rejected", 1, "DB error: please refer to logs.", 43, "rejected/1/DB"]
    assert [row[:2] for row in rows[start + 3 :]] == [[1, "invalid"], [1, "pending"]]


def test_it_fits_on_one_page(tmp_path: Path) -> None:
    """One page wide, and the charts' numbers are hidden and outside what is printed."""
    sheet = summary(tmp_path, MIXED)

    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_area.startswith("'Summary'!$A$1:$L$")
    assert sheet.column_dimensions["O"].hidden
    row = next(row for row in range(1, 99) if sheet.cell(row, 1).value == "Why rows are not done")
    assert sheet.print_title_rows == f"${row}:${row + 1}", "so that each page says what its rows are"


@pytest.mark.parametrize("text", ["=1+1", "<r>x</r>", "\x1b[2J", "x" * 40_000, "\ud83d", "[" * 50_000])
def test_hostile_words_are_only_words(tmp_path: Path, text: str) -> None:
    """Whatever the server or a fact says, it is text, short enough, and the file can be read."""
    results = [made(status=Status.REJECTED, error_code=1, error_string=text)]
    sheet = summary(tmp_path, results, {"server": text, "run": text})

    values = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in values} == {"s"}


def test_a_run_without_rows_has_a_summary(tmp_path: Path) -> None:
    """There is nothing to draw, and nothing breaks."""
    sheet = summary(tmp_path, [])

    assert titles(sheet) == []
    assert texts(sheet)[0] == ["There are no rows"]


@pytest.mark.parametrize(
    ("operation", "statuses", "title", "then"),
    [
        (RUN, "created rejected", "1 of 2 backup sets are there, 1 to go", "To continue: "),
        (
            PLAN,
            "would-create exists client-not-found",
            "2 of 3 backup sets can be created or already exist, 1 cannot be created",
            "When the sheet is corrected: ",
        ),
        (CHECK, "pending pending invalid", "2 of 3 backup sets are valid, 1 not", "When the sheet is "),
        (
            VERIFY,
            "as-reported gone",
            "1 of 2 backup sets are as reported, 1 gone or different",
            "To create again those that are gone: ",
        ),
    ],
)
def test_each_kind_of_file_says_what_it_is_about(
    tmp_path: Path, operation: Operation, statuses: str, title: str, then: str
) -> None:
    """A plan and a verification call well what is well for them, and name the command that goes on from there."""
    results = [made(status=Status(status), error_code=None) for status in statuses.split()]
    sheet = summary(tmp_path, results, operation=operation, next_step=lambda _statuses: ["run", "my wave.xlsx"])
    rows = texts(sheet)

    assert rows[0] == [title]
    assert rows[1][0].startswith(then)
    assert rows[1][0].endswith(typed(["run", "my wave.xlsx"]))
    head = "Why rows would not be done" if operation.plans else "Why rows are not done"
    groups = rows[rows.index([head]) + 2 :]
    assert [row[1] for row in groups] == [status for status in statuses.split() if status not in operation.well]


def test_the_words_for_things_are_those_of_their_kind(tmp_path: Path) -> None:
    """Whatever the rows name, the Summary calls it and its scope as their kind does."""
    kind = replace(BACKUP_SET, noun="tape pool", plural="tape pools", scope_noun="library")
    rows = texts(summary(tmp_path, [made(status=Status.NO_PLACE, error_code=None)], operation=PLAN, kind=kind))

    assert rows[0] == ["0 of 1 tape pools can be created or already exist, 1 not"]
    assert next(row[-1] for row in rows if "client-not-found" in row) == "library or a part missing"


def test_what_was_rolled_back_is_not_to_go(tmp_path: Path) -> None:
    """The Summary does not suggest to create it again."""
    rows = texts(summary(tmp_path, [made(status=Status.ROLLED_BACK, error_code=None)] * 3))

    assert rows[0] == ["0 of 3 backup sets are there, 3 rolled back"]
    assert not any("bulkprov" in str(cell) for row in rows for cell in row)


def test_a_plan_in_which_all_is_well_has_nothing_to_explain(tmp_path: Path) -> None:
    """No reasons, and no chart of errors."""
    sheet = summary(tmp_path, [made(status=Status.WOULD_CREATE, error_code=None)], operation=PLAN)

    assert texts(sheet)[0] == ["1 of 1 backup sets can be created or already exist"]
    assert ["Why rows are not done"] not in texts(sheet)
    assert titles(sheet) == ["Rows by status"]
