"""The results as a DataFrame."""

from bulkprov.engine.model import Status
from tests.backupsets import RESULT_COLUMNS, as_frame
from tests.report.made_results import COLUMNS, made


def test_cells_stay_text_and_our_columns_have_types() -> None:
    """Ids and codes are integers, moments are in UTC, and a name loses no zero."""
    frame = as_frame(COLUMNS, [made("00123", "1E5", "")])

    assert list(frame.columns) == [*COLUMNS, *RESULT_COLUMNS]
    assert list(frame.loc[0, list(COLUMNS)]) == ["00123", "1E5", ""]
    assert {name: str(frame[name].dtype) for name in ("errorCode", "backupsetId", "httpStatus", "sheetRow")} == {
        "errorCode": "Int64",
        "backupsetId": "Int64",
        "httpStatus": "Int64",
        "sheetRow": "Int64",
    }
    assert str(frame["seconds"].dtype) == "Float64"
    assert frame["finishedAt"][0].timestamp() == 1_750_000_000
    assert str(frame["finishedAt"].dt.tz) == "UTC"


def test_what_is_not_known_is_missing() -> None:
    """Not zero, and not an empty text."""
    unknown = made(status=Status.PENDING, error_code=None, id=None, http_status=None, seconds=None, finished_at=None)
    frame = as_frame(COLUMNS, [unknown])

    missing = ["errorCode", "backupsetId", "httpStatus", "seconds", "finishedAt"]
    assert frame[missing].isna().all(axis=None)


def test_a_column_of_the_sheet_may_bear_one_of_our_names() -> None:
    """Both are there, each with its own values."""
    frame = as_frame(("note", "backupsetName", "owner"), [made("theirs", "FS", "", note="ours")])

    assert (frame["note"][0], frame["note (bulkprov)"][0]) == ("theirs", "ours")
