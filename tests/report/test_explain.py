"""Why rows are not done, in lines for a terminal, and in advice for the Summary."""

import re

from bulkprov.engine.model import Status
from bulkprov.report.aggregate import Group, Totals
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import explain_by_status, explain_from, explanation
from bulkprov.sheets.rows import Result

SHIPPED = Catalogue.shipped()


def groups_of(*results: Result) -> list[Group]:
    """Why these rows are not done."""
    totals = Totals()
    for result in results:
        totals.add(result)
    return totals.groups


def rejected(row: int, code: int = 1, text: str = "DB error: please refer to logs for more details.") -> Result:
    """A row that the server refused."""
    return Result(cells=(), status=Status.REJECTED, error_code=code, error_string=text, http_status=200, sheet_row=row)


def test_an_error_that_is_not_in_the_catalogue_gets_the_advice_of_its_status() -> None:
    """Nothing is made up about a code of which nothing is known."""
    group = Group(Status.REJECTED, 4711, None, "Something odd.")

    assert explain_from(SHIPPED)(group) == explain_by_status(group)


def test_a_reason_has_its_rows_meaning_and_advice() -> None:
    """The most frequent comes first; three rows are named, and the fourth if it is the last."""
    groups = groups_of(*(rejected(row) for row in (7, 12, 19, 30, 31)), rejected(5, 4711, "Odd."))
    (four,) = groups_of(*(rejected(row) for row in (7, 12, 19, 30)))

    lines = list(explanation(groups, SHIPPED))

    narrow = list(explanation(groups, SHIPPED, 83))
    assert narrow[:2] == [
        "  5 rejected: errorCode 1: DB error: please refer to logs for more details.",
        "    (rows 7, 12, 19 ...)",
    ], "a number is not torn from its word"
    assert lines == [
        "  5 rejected: errorCode 1: DB error: please refer to logs for more details. (rows 7, 12, 19 ...)",
        "    means: Most often the CommServe does not know the client's name, or the agent or instance on that client.",
        "    rerun: once the row is corrected; edit: clientName (`bulkprov plan RUN/failed.xlsx` suggests names); then",
        "      appName and instanceName",
        "  1 rejected: errorCode 4711: Odd. (row 5)",
        "    rerun: Once the cause is fixed; sent again unchanged, it will be refused again",
    ]
    assert next(explanation([four], SHIPPED)).endswith("(rows 7, 12, 19, 30)")


def test_where_something_else_is_said_of_each_row_the_first_rows_are_told_one_by_one() -> None:
    """What was meant stands there in full; what they have in common is said once."""
    far = ((11, "client", 'client001" or "client002'), (12, "client0", "client001"))
    near = ((2, "cIient001", "client001"), (3, "client02", "client002"))
    missing = [
        Result(
            cells=(),
            status=Status.NO_PLACE,
            sheet_row=row,
            note=f'there is no client "{name}"; did you mean "{meant}"?',
        )
        for row, name, meant in (*near, (9, "client0", "client001"), *far)
    ]

    told = groups_of(*missing)
    lines = list(explanation(told, SHIPPED))

    assert told[0].text == "there is no client …", "as scripts have it"
    assert lines[:5] == [
        "  5 client-not-found, such as:",
        '    row 2: there is no client "cIient001"; did you mean "client001"?',
        '    row 3: there is no client "client02"; did you mean "client002"?',
        '    row 9: there is no client "client0"; did you mean "client001"?',
        "    means: The CommServe has no client in use that is called so, or this user does not see it.",
    ]
    refused = groups_of(*(rejected(row, 2, f"Client [c{row}] not found.") for row in (4, 5)))
    assert list(explanation(refused, SHIPPED))[:2] == [
        "  2 rejected, errorCode 2:",
        "    row 4: Client [c4] not found.",
    ]


def test_what_the_server_said_comes_before_what_the_sheet_has_wrong() -> None:
    """Faults of invalid rows explain themselves; rows that were not tried have no fault."""
    invalid = [Result(cells=(), status=Status.INVALID, note="clientName is empty", sheet_row=n) for n in (2, 3)]
    pending = Result(cells=(), status=Status.PENDING, sheet_row=9)

    lines = list(explanation(groups_of(*invalid, rejected(4), pending), SHIPPED))

    assert [line for line in lines if not line.startswith("    ")] == [
        "  1 rejected: errorCode 1: DB error: please refer to logs for more details. (row 4)",
        "  2 invalid: clientName is empty (rows 2, 3)",
    ]


def test_a_screen_is_never_flooded() -> None:
    """Only some reasons are printed, however long and many they are; what to do, only of the first."""
    groups = groups_of(*(rejected(n, 100 + n, f"{n} " + "words " * 400) for n in range(60)))

    lines = list(explanation(groups, SHIPPED))

    assert lines[-1] == "  and 48 other reasons; the results have each row's note"
    assert len(list(filter(re.compile(r"  1 rejected: errorCode 1[0-9]{2}:").match, lines))) == 12
    assert sum(line.startswith("    rerun:") for line in lines) == 5
    assert "other reasons" not in "".join(explanation(groups[:13], SHIPPED)), "one more is told instead"
    assert list(explanation(groups[:6], SHIPPED))[-2].startswith("  1 rejected: errorCode 105: 5 words")
    assert len(lines) < 40
    assert max(map(len, lines)) <= 120


def test_the_summary_gets_advice_meaning_and_columns() -> None:
    """All in one cell."""
    advice = explain_from(SHIPPED)(Group(Status.REJECTED, 2, None, "Plan […] not found.")).advice
    assert advice == (
        "Once the row is corrected. A guess: The CommServe does not know the plan, or it does not suit this agent. "
        "Edit: planName."
    )


def test_a_row_in_doubt_is_only_said_to_be_looked_up() -> None:
    """A refusal may be the answer to a second copy; the command to go on with is as often a resume as a rerun."""
    silent = Result(cells=(), status=Status.UNKNOWN, note="a create may have taken effect", sheet_row=8)
    doubted = Result(cells=(), status=Status.UNKNOWN, error_code=2, error_string="Plan [Gold] not found.", sheet_row=9)

    assert list(explanation(groups_of(doubted), SHIPPED)) == [
        "  1 unknown: errorCode 2: Plan [Gold] not found. (row 9)",
        "    go on: the server has refused it, and it is looked up first, in case it had an effect all the same",
    ]
    *_, advice = explanation(groups_of(silent), SHIPPED)
    assert advice == "    go on: it is looked up first, and sent again only if need be"


def test_rows_that_were_not_sent_for_what_is_listed_are_explained() -> None:
    """Unlike rows that the run did not reach."""
    note = "what is listed may be it or another one: id 9"
    pending = Result(cells=(), status=Status.PENDING, note=note, sheet_row=9)
    lines = list(explanation(groups_of(pending), SHIPPED))

    assert lines[0].startswith("  1 pending: what is listed may be it")
