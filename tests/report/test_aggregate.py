from bulkprov.engine.model import Status
from bulkprov.report.aggregate import NOT_REACHED, Totals
from bulkprov.sheets.rows import Fault
from tests.report.made_results import made


def refused(text: str, code: int | None = 2, row: int = 2, **values: object) -> Totals:
    """The totals of one refused row."""
    totals = Totals()
    totals.add(made(status=Status.REJECTED, error_code=code, error_string=text, sheet_row=row, **values))
    return totals


def test_every_status_is_counted() -> None:
    """Counts by status add up to the rows, and what was carried over is known."""
    totals = Totals()
    for status in Status:
        totals.add(made(status=status))
    totals.add(made(carried=True))

    assert totals.rows == len(Status) + 1
    assert totals.statuses[Status.CREATED] == 2
    assert totals.carried == {Status.CREATED: 1}
    assert sum(totals.over_time.course().created) == 1


def test_errors_are_grouped_by_what_they_have_in_common() -> None:
    """Quoted and bracketed names do not make another error; the code does. The first row is the example."""
    totals = Totals()
    for row, (code, text) in enumerate(
        [
            (2, "Client [a] not found"),
            (2, "Client [b] not found"),
            (3, "Client [a] not found"),
            (2, "No 'x'"),
            (2, "No 'y'"),
        ],
        start=2,
    ):
        totals.add(made(status=Status.REJECTED, error_code=code, error_string=text, sheet_row=row))

    assert [(group.rows, group.code, group.text, group.example) for group in totals.groups] == [
        (2, 2, "Client … not found", 2),
        (2, 2, "No …", 5),
        (1, 3, "Client [a] not found", 4),
    ]
    assert [(group.varies, group.told) for group in totals.groups] == [
        (True, "Client [a] not found (and the like)"),
        (True, "No 'x' (and the like)"),
        (False, "Client [a] not found"),
    ]


def test_an_apostrophe_is_no_quote() -> None:
    """Words such as "don't" and "server's" do not swallow what stands between them."""
    totals = refused("The server's disk is full, don't retry")
    totals.add(made(status=Status.REJECTED, error_code=2, error_string="The server's door is shut, don't retry"))

    assert len(totals.groups) == 2


def test_each_fault_of_a_row_is_a_reason() -> None:
    """A row with two faults is in two groups, without the cells' names, and one row in the codes."""
    totals = Totals()
    for row in (7, 9):
        faults = (Fault(f"Wave 3!A{row}: clientName is empty", 0), Fault(f'C{row}: no agent "x{row}"', 2))
        totals.add(made(status=Status.INVALID, faults=faults, error_code=None, http_status=None, sheet_row=row))

    assert {(group.rows, group.text) for group in totals.groups} == {(2, "clientName is empty"), (2, "no agent …")}
    assert not totals.codes, "the server was not asked"


def test_what_is_to_be_known_of_a_row_is_no_reason() -> None:
    """Rows that the run did not reach are one group, whatever is to be said of what they ask for."""
    totals = Totals()
    for row, remark in enumerate(("", "agent DB2 is not on the page"), 2):
        totals.add(made(status=Status.PENDING, note=remark, remark=remark, sheet_row=row))

    assert [(group.text, group.rows) for group in totals.groups] == [(NOT_REACHED, 2)]


def test_numbers_differ_in_our_words_but_not_in_theirs() -> None:
    """Rows that repeat other rows are one group; in the server's texts a number may be the point, and HTTP's is."""
    totals = Totals()
    for number in (502, 503):
        totals.add(made(status=Status.INVALID, error_code=None, note=f"names the same set as row {number}"))
        totals.add(made(status=Status.FAILED, error_code=None, note=f"the last answer was HTTP {number}"))
        totals.add(made(status=Status.REJECTED, error_code=9, error_string=f"code {number}"))

    assert [(group.rows, group.text) for group in totals.groups] == [
        (2, "names the same set as row …"),
        (1, "the last answer was HTTP 502"),
        (1, "code 502"),
        (1, "the last answer was HTTP 503"),
        (1, "code 503"),
    ]


def test_only_what_the_server_has_refused_is_counted_by_code() -> None:
    """By its errorCode, else by an HTTP error status; a status of ours is no error."""
    assert refused("x", 17).codes == {"errorCode 17": 1}
    assert refused("x", None, http_status=403).codes == {"HTTP 403": 1}
    assert refused("x", 0, http_status=200).codes == {}
    totals = Totals()
    totals.add(made(status=Status.PENDING))
    assert totals.codes == {}
    assert totals.groups[0].text == "the run stopped before it reached these rows"


def test_ever_new_texts_do_not_fill_the_memory() -> None:
    """After some hundred groups, new texts go into one group of others, and no row is lost."""
    totals = Totals()
    for row in range(3000):
        totals.add(made(status=Status.REJECTED, error_code=1, error_string=f"failure {row}", sheet_row=row))

    assert len(totals.groups) <= 501
    assert sum(group.rows for group in totals.groups) == 3000
    assert totals.groups[0].text.startswith("other reasons")
