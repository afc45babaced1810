"""The one list of formats."""

from pathlib import Path

import pytest

from bulkprov.report.formats import DEFAULT_FORMAT, FORMATS, Format, file_makers, format_named
from tests.backupsets import RESULT_COLUMNS, Context
from tests.report.made_results import COLUMNS, made, read_csv, read_xlsx


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_what_writes_its_files(tmp_path: Path, format: Format) -> None:  # noqa: A002 - the option's name
    """Both files hold the rows under the same header."""
    for number, maker in enumerate(file_makers(format)):
        path = tmp_path / f"{number}.{format}"
        with maker(path, COLUMNS, Context()) as add:
            add(made())

        header, *rows = (read_xlsx if format == "xlsx" else read_csv)(path)
        assert header == [*COLUMNS, *RESULT_COLUMNS]
        assert [row[0] for row in rows] == ["client001"]


@pytest.mark.parametrize(
    ("name", "expected"), [("csv", "csv"), ("xlsx", "xlsx"), ("", DEFAULT_FORMAT), ("ods", "xlsx")]
)
def test_a_stored_format_is_found_by_its_name(name: str, expected: Format) -> None:
    """A run that has none yet, or one that this version does not know, gets the default."""
    assert format_named(name) == expected
