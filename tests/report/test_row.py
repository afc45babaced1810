from datetime import datetime

from bulkprov.engine.model import Status
from bulkprov.report.row import result_values
from bulkprov.sheets.rows import Fault
from tests.backupsets import RESULT_COLUMNS, headers
from tests.report.made_results import made


def named(status: Status = Status.CREATED, **values: object) -> dict[str, object]:
    """What is added to a row, by column."""
    return dict(zip(RESULT_COLUMNS, result_values(made(status=status, **values)), strict=True))


def test_our_columns_follow_the_sheets_own() -> None:
    """The sheet's columns come first and in their order, then the ten."""
    assert headers(("b", "a")) == ("b", "a", *RESULT_COLUMNS)


def test_a_column_that_bears_one_of_our_names_stays() -> None:
    """Ours gives way, and the others keep their names."""
    assert headers(("status", "note "))[2:] == (
        "status (bulkprov)",
        *RESULT_COLUMNS[1:8],
        "note (bulkprov)",
        "sheetRow",
    )


def test_ours_is_the_last_of_its_name_in_any_case() -> None:
    """A sheet that brings `status (bulkprov)` gets a second one behind it, never a `status` that could be theirs."""
    assert headers(("status (bulkprov)",))[:2] == ("status (bulkprov)", "status (bulkprov)")


def test_numbers_are_numbers_and_absence_is_empty() -> None:
    """Ids and codes are integers, seconds are rounded, and what is not known is no zero."""
    assert named()["backupsetId"] == 931
    assert named(seconds=0.12345)["seconds"] == 0.123
    unknown = named(error_code=None, id=None, http_status=None, seconds=None, finished_at=None)
    assert [unknown[name] for name in ("errorCode", "backupsetId", "httpStatus", "seconds", "finishedAt")] == [""] * 5


def test_the_time_has_the_local_offset() -> None:
    """`finishedAt` names the very moment, in ISO 8601 with an offset."""
    moment = datetime.fromisoformat(str(named(finished_at=1_750_000_000.4)["finishedAt"]))

    assert moment.utcoffset() is not None
    assert moment.timestamp() == 1_750_000_000


def test_the_servers_words_cannot_hide_anything() -> None:
    """Escape sequences and line ends in an error string are shown, not obeyed."""
    assert named(error_string="no\x1b[2J such\nclient")["errorString"] == r"no\x1b[2J such client"


def test_a_row_never_sent_says_all_that_is_wrong() -> None:
    """Without a note of its own, an invalid row's note is its faults."""
    faults = (Fault("clientName is empty", 0), Fault("appName: no such agent", 1))

    assert named(Status.INVALID, faults=faults)["note"] == "clientName is empty; appName: no such agent"
