import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

import pytest

from bulkprov.engine.model import Status
from bulkprov.errors import StorageError
from bulkprov.report import results_sheet
from bulkprov.report.write import Written
from bulkprov.sheets.rows import Result
from tests.backupsets import RESULT_COLUMNS, write_results
from tests.report.made_results import COLUMNS, made, read_csv, read_xlsx

FORMATS = pytest.mark.parametrize("format", ["xlsx", "csv"])
Format = Literal["xlsx", "csv"]

MIXED = [made(f"client{number}", "FS", "", status=status, sheet_row=number + 2) for number, status in enumerate(Status)]


def write(folder: Path, results: Iterable[Result], format: Format) -> Written:  # noqa: A002 - as in the function tested
    """The results of a run with these rows."""
    return write_results(folder, columns=COLUMNS, results=lambda: results, format=format)


def read(path: Path) -> list[list[str]]:
    """Its rows as text, header first."""
    return [[str(cell) for cell in row] for row in (read_xlsx if path.suffix == ".xlsx" else read_csv)(path)]


@FORMATS
def test_rows_in_are_rows_out(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """Every row is there once, in order, under the sheet's columns and ours."""
    rows = read(write(tmp_path, MIXED, format).results)

    assert rows[0] == [*COLUMNS, *RESULT_COLUMNS]
    assert [row[0] for row in rows[1:]] == [result.cells[0] for result in MIXED]
    assert [row[3] for row in rows[1:]] == [status.value for status in Status]


@FORMATS
def test_the_rows_to_fix_are_those_not_done(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """`failed` has the same columns after that of marks; what a plan would create needs no hand."""
    written = write(tmp_path, MIXED, format)

    assert written.failed == tmp_path / f"failed.{format}"
    assert written.said == ()
    results, failed = read(written.results), read(written.failed)
    left = [row for row in results[1:] if row[3] not in ("created", "exists", "would-create")]
    assert failed == [["skip", *results[0]], *(["", *row] for row in left)]


@FORMATS
def test_a_sheet_with_a_column_of_that_name_keeps_it(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """The one in which a mark leaves a row out has another name then."""
    columns = ("Skip ", "clientName", "backupsetName")
    written = write_results(
        tmp_path, columns=columns, results=lambda: [made("", "c", "b", status=Status.FAILED)], format=format
    )

    assert written.failed
    assert read(written.failed)[0][:2] == ["skip (bulkprov)", "Skip "]


@FORMATS
def test_nothing_to_fix_leaves_no_file_to_fix(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """Once every row is done, older `failed` files are gone, in either format."""
    for each in get_args(Format):
        write(tmp_path, MIXED, each)
    written = write(tmp_path, [made(status=Status.EXISTS)], format)

    assert written.failed is None
    assert list(tmp_path.glob("failed*")) == []


@FORMATS
def test_a_run_without_rows_still_has_a_header(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """An empty result is a table with no rows, not an empty file."""
    assert read(write(tmp_path, [], format).results) == [[*COLUMNS, *RESULT_COLUMNS]]


@FORMATS
def test_a_failing_journal_leaves_the_old_results(tmp_path: Path, format: Format) -> None:  # noqa: A002
    """An error half-way through the rows passes unchanged, and the older files are as they were."""

    def breaking() -> Iterator[Result]:
        yield from MIXED
        raise StorageError("journal.sqlite: disk I/O error")

    written = write(tmp_path, MIXED, format)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StorageError, match="disk I/O error"):
        write(tmp_path, breaking(), format)

    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert written.results in before


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    import resource  # noqa: PLC0415 - POSIX only

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has limits for files")
@pytest.mark.parametrize("room", [0, 300, 3_000, 6_000, 9_000, 20_000])
@FORMATS
def test_a_full_disk_is_one_clear_line(tmp_path: Path, format: Format, room: int) -> None:  # noqa: A002
    """Wherever in the writing the disk is full: one error that says so, the old files, no rubbish, no late noise."""
    write(tmp_path, MIXED, format)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    many = [made(f"client{number * 7919 % 10007}", "x" * 40, "", status=Status.FAILED) for number in range(3000)]
    with full_disk(room), pytest.raises(StorageError, match="the results cannot be written") as caught:
        write(tmp_path, many, format)

    assert "\n" not in str(caught.value)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has limits for files")
def test_a_disk_that_fills_while_a_workbook_is_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all parts are written and the file itself is not, it ends as quietly."""
    monkeypatch.setattr(results_sheet, "MOST_ROWS", 3)  # many small sheets: each part is smaller than the file
    many = [made(f"client{number}", "FS", "") for number in range(200)]
    with full_disk(15_000), pytest.raises(StorageError, match="File too large"):
        write(tmp_path, many, "xlsx")

    assert list(tmp_path.iterdir()) == []
