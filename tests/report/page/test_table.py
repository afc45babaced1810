"""Which rows fit a page, and which of them with their stories."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from bulkprov.engine.model import Status
from tests.report.made_results import made
from tests.report.page.pages import Seen, page_of, story

MEGABYTE = 1_000_000


def rows_of(seen: Seen) -> list[str]:
    """The rows of the table, by their anchors."""
    return [each["id"] or "" for each in seen.all("tr") if each.get("id")]


def test_five_thousand_rows_are_less_than_a_megabyte(tmp_path: Path) -> None:
    """All of them, and the stories of those that are not well."""
    rows = [made(f"client{n % 60:03d}", f"FS_Wave5_{n:04d}", "Ann", sheet_row=n + 2) for n in range(4_700)]
    words = "DB error: please refer to logs for more details."
    rows += [
        made("client999", f"FS_{n}", "", status=Status.REJECTED, error_code=1, error_string=words, sheet_row=n)
        for n in range(5_000, 5_300)
    ]

    page = page_of(tmp_path, rows)

    seen = Seen(page)
    assert page.stat().st_size < MEGABYTE
    assert (len(rows_of(seen)), len(seen.all("details"))) == (5_000, 300 + 1)


def test_the_bound_holds_whatever_is_in_the_rows(tmp_path: Path) -> None:
    """Names and words that take most room: what is left out is counted, and the place is named that has it."""
    long = "&" * 3_000
    asked: list[Collection[int]] = []

    def stories(wanted: Collection[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        asked.append(wanted)
        return ((row, story(row, cells={"owner": long})) for row in sorted(wanted))

    rows = [made(long, long, "", status=Status.FAILED, note=long, sheet_row=n + 2) for n in range(2_000)]
    page = page_of(tmp_path, rows, stories=stories)

    seen = Seen(page)
    shown = len(rows_of(seen))
    assert page.stat().st_size < MEGABYTE
    assert 100 < shown < 2_000
    assert f"The first {shown:,} of 2,000 rows that are not well" in seen.text
    assert "the file of results beside this page has all 2,000" in seen.text
    assert "bulkprov show RUN --row N" in seen.text
    assert max(map(len, asked)) <= shown


def test_of_more_rows_than_fit_those_that_are_not_well_are_shown(tmp_path: Path) -> None:
    """Wherever they stand, in the order of the sheet; the page says that these are not all."""
    rows = [
        made(sheet_row=n + 2, status=Status.FAILED if n in (0, 3_000, 5_400) else Status.CREATED) for n in range(5_500)
    ]

    seen = Seen(page_of(tmp_path, rows, exchanges=lambda: ()))

    assert rows_of(seen) == ["r2", "r3002", "r5402"]
    assert "The 3 rows that are not well, of 5,500; the file of results beside this page has all of them." in seen.text


def test_rows_that_are_well_have_a_story_if_there_is_one_to_tell(tmp_path: Path) -> None:
    """They were sent twice, or their note says something."""
    rows = [made(sheet_row=2), made(sheet_row=3, attempts=2), made(sheet_row=4, note="found after a lost answer")]

    seen = Seen(page_of(tmp_path, rows, exchanges=lambda: ()))

    assert len(seen.all("details")) == 1 + 2, "one of the figures"


def test_rows_that_were_never_tried_take_no_room_for_stories(tmp_path: Path) -> None:
    """There is nothing to tell of them, however many they are, and none is missed."""
    rows = [made(sheet_row=n + 2, status=Status.PENDING, attempts=0) for n in range(50)]
    seen = Seen(page_of(tmp_path, [*rows, made(sheet_row=60, status=Status.FAILED)], exchanges=lambda: ()))

    assert len(seen.all("details")) == 1
    assert "There is no room" not in seen.text


def test_columns_are_those_that_name_the_thing_wherever_they_stand(tmp_path: Path) -> None:
    """Under the sheet's own headers."""
    columns = ("owner", "Backup Set", "Client")
    seen = Seen(page_of(tmp_path, [made("Ann", "FS_1", "client001")], columns, exchanges=lambda: ()))

    assert "Row Client Backup Set Status errorCode backupsetId What happened 2 client001 FS_1 created" in seen.text
