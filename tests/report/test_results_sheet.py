from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkprov.engine.model import Status
from bulkprov.errors import StorageError
from bulkprov.report import results_sheet
from bulkprov.report.results_sheet import failed_xlsx, results_xlsx
from tests.backupsets import RESULT_COLUMNS, Context
from tests.report.made_results import BAD, COLUMNS, TEMPLATE_COLUMNS, made, opened, read_xlsx, xlsx_of

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
"""All that XML can carry, escaped or not: U+FFFE and U+FFFF are no characters, and it has no way to write them."""

PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "{=1}", "=HYPERLINK(0)", "http://x.y"]


def test_the_sheet_can_be_filtered_and_keeps_its_header_in_sight(tmp_path: Path) -> None:
    """The header is the first row, frozen, with a plain filter over all columns and rows."""
    book = opened(xlsx_of(tmp_path, [made(), made()]))
    sheet = book["Results"]

    assert [cell.value for cell in sheet[1]] == [*COLUMNS, *RESULT_COLUMNS]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.tables) == ("A2", "A1:M3", {})


def test_a_sheet_of_many_columns_is_printed_on_two_pages_abreast(tmp_path: Path) -> None:
    """On one nobody could read it; the first columns are on each."""
    wide = tuple(f"column {n}" for n in range(18))
    path = xlsx_of(tmp_path, [made(*("a cell of twenty" for _ in wide))], wide)
    sheet = opened(path)["Results"]
    (tmp_path / "narrow").mkdir()
    narrow = opened(xlsx_of(tmp_path / "narrow", [made()]))["Results"]

    assert (sheet.page_setup.fitToWidth, narrow.page_setup.fitToWidth or 1) == (2, 1)
    assert sheet.print_title_cols == "$A:$B"


def test_ids_are_numbers_and_names_are_text(tmp_path: Path) -> None:
    """One can calculate with an id, and no name loses a zero."""
    row = opened(xlsx_of(tmp_path, [made("00123", "1E5", "TRUE", error_code=17)]))["Results"][2]

    assert [cell.value for cell in row[:5]] == ["00123", "1E5", "TRUE", "created", 17]
    assert [cell.data_type for cell in row[:7]] == ["s", "s", "s", "s", "n", "n", "n"]


def test_an_id_longer_than_excel_counts_is_not_rounded(tmp_path: Path) -> None:
    """From the sixteenth digit on Excel would change a number, so it is text."""
    row = read_xlsx(xlsx_of(tmp_path, [made(id=123456789012345678, error_code=-(10**15) + 1)]))[1]

    assert (row[6], row[4]) == ("123456789012345678", -(10**15) + 1)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_ever_becomes_a_formula_or_a_link(tmp_path: Path, payload: str) -> None:
    """Payloads in a name, a header and the server's words are text, stay text when edited, and read back the same."""
    columns = (payload, "backupsetName")
    path = xlsx_of(tmp_path, [made(payload, f"{payload}x", error_string=payload, note=payload)], columns)
    sheet = opened(path)["Results"]

    assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}
    assert [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink] == []
    assert all(cell.quotePrefix for row in sheet.iter_rows(max_col=2) for cell in row)
    assert [row[:2] for row in read_xlsx(path)] == [[payload, "backupsetName"], [payload, f"{payload}x"]]


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40))
def test_every_cell_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    """Whatever a cell holds, reading gives it back exactly."""
    path = xlsx_of(tmp_path_factory.mktemp("xlsx"), [made(*row) for row in rows])

    assert [list(row) for row in rows] == [row[:3] for row in read_xlsx(path)[1:]]


@pytest.mark.parametrize(
    "text", ["'x", "''", "_x001B_", "\x1b[2J", "a\r\nb\rc\nd", "<r><t>&</t></r>", "<r></r>", "\u202ex", "#N/A", "]]>"]
)
def test_odd_text_survives(tmp_path: Path, text: str) -> None:
    """Texts that mean something to a spreadsheet's file format come back as text."""
    assert read_xlsx(xlsx_of(tmp_path, [made(text, "FS", "")]))[1][0] == text


def test_half_a_character_does_not_cost_the_report(tmp_path: Path) -> None:
    """A lone surrogate, which no file can hold, is written as an escape."""
    assert read_xlsx(xlsx_of(tmp_path, [made("a\ud83d", "FS", "")]))[1][0] == r"a\ud83d"


@pytest.mark.parametrize(("text", "kept"), [("x" * 32_767, 32_767), ("x" * 32_768, 32_767), ("😀" * 16_384, 16_383)])
def test_what_a_cell_cannot_hold_is_cut_and_noted(tmp_path: Path, text: str, kept: int) -> None:
    """Excel's limit counts UTF-16 units; a longer text is cut between characters, and the note says so."""
    row = read_xlsx(xlsx_of(tmp_path, [made("client001", "FS", text, note="late")]))[1]

    assert row[2] == text[:kept]
    assert row[11] == (
        "late"
        if kept == len(text)
        else "late; owner: shortened here to 32,767 characters, the most a cell can hold; CSV keeps it all"
    )


def test_a_status_is_recognised_in_colour_and_in_grey(tmp_path: Path) -> None:
    """What needs attention, or was not tried, is bold or in italics; a print has the header on every page."""
    sheet = opened(xlsx_of(tmp_path, [made(status=status) for status in Status]))["Results"]
    cells = {sheet.cell(row, 4).value: sheet.cell(row, 4) for row in range(2, 2 + len(Status))}

    def marked(status: Status) -> bool:
        font = cells[status].font
        return bool(font.b or font.i)

    well = {Status.CREATED, Status.EXISTS, Status.WOULD_CREATE, Status.AS_REPORTED}
    assert {status for status in Status if not marked(status)} == well
    assert len({cells[status].fill.fgColor.rgb for status in (Status.CREATED, Status.REJECTED, Status.INVALID)}) == 3
    assert sheet.oddFooter.right.text == "Page &P of &N"
    assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$1:$1")


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sheet has the header, and no row is lost or doubled where one sheet ends."""
    monkeypatch.setattr(results_sheet, "MOST_ROWS", 3)
    path = xlsx_of(tmp_path, [made(sheet_row=number) for number in range(2, 9)])

    sheets = [read_xlsx(path, name) for name in ("Results", "Results 2", "Results 3")]
    assert [sheet[0][0] for sheet in sheets] == ["clientName"] * 3
    assert [row[-1] for sheet in sheets for row in sheet[1:]] == [2, 3, 4, 5, 6, 7, 8]
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]


def test_more_columns_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    """Rather than lose a column the report says what to do."""
    with pytest.raises(StorageError, match="--format csv"):
        xlsx_of(tmp_path, [], tuple(f"c{number}" for number in range(16_375)))


def test_widths_are_sensible(tmp_path: Path) -> None:
    """A column is as wide as its text, neither a sliver nor a whole screen."""
    sheet = opened(xlsx_of(tmp_path, [made("client-with-a-long-name-01", "x" * 500, "")]))["Results"]

    assert 25 < sheet.column_dimensions["A"].width < 35
    assert sheet.column_dimensions["B"].width < 60
    assert sheet.column_dimensions["H"].width > 9


def test_faulty_cells_are_marked_and_say_why(tmp_path: Path) -> None:
    """In the rows to fix each faulty cell, an empty one too, stands out and has its fault as a remark."""
    sheet = opened(xlsx_of(tmp_path, [BAD, made(*"abcdefg")], TEMPLATE_COLUMNS, failed=True))["Failed"]

    below = list(sheet.iter_rows(min_row=2))
    remarks = {cell.coordinate: cell.comment.text for row in below for cell in row if cell.comment}
    assert remarks == {"B2": "A2: clientName is empty: fill it in", "D2": r'C2: no agent "Fille\x1bSystem"'}
    marked = {cell.coordinate for row in below for cell in row[:8] if cell.fill.fill_type}
    assert marked == {"B2", "D2"}
    assert sheet["D2"].value == "Fille System"
    assert [cell.number_format for cell in sheet[2][1:4]] == ["@"] * 3


def test_faulty_cells_are_marked_in_all_rows_too(tmp_path: Path) -> None:
    """In the sheet of all rows as well, without remarks and lists."""
    sheet = opened(xlsx_of(tmp_path, [BAD], TEMPLATE_COLUMNS))["Results"]

    assert sheet["A2"].fill.fgColor.rgb == sheet["C2"].fill.fgColor.rgb == "FFFFD98A"
    assert sheet["A2"].comment is None
    assert sheet.data_validations.dataValidation == []


def test_sentences_and_long_names_are_wrapped_and_seen_whole(tmp_path: Path) -> None:
    """Also where the first of them comes late; a row with one is as high as it needs to be."""
    short = [made() for _ in range(600)]
    path = xlsx_of(tmp_path, [*short, made("client001", "long name " * 12, note="A sentence of some length. " * 8)])
    sheet = opened(path)["Results"]

    note, name = sheet["L602"], sheet["B602"]
    assert (note.alignment.wrap_text, name.alignment.wrap_text) == (True, True)
    assert (sheet.column_dimensions["L"].width > 50, sheet.row_dimensions[602].height) == (True, 60)
    assert sheet.row_dimensions[601].height is None


def test_a_workbook_says_what_it_is_and_whose(tmp_path: Path) -> None:
    """Where file managers and search look for it; both files of a run."""
    facts = {"sheet": "wave.csv", "run": "reports/one", "operator": "ann", "ticket": "CHG0042", "server": "x" * 900}
    for maker, title in ((results_xlsx, "Results of wave.csv"), (failed_xlsx, "Rows to fix of wave.csv")):
        path = tmp_path / f"{maker.__name__}.xlsx"
        with maker(path, COLUMNS, Context(facts=facts)) as add:
            add(made())

        properties = opened(path).properties
        assert (properties.title, properties.creator) == (title, "ann")
        assert properties.subject == "Commvault backup sets"
        assert "CHG0042" in properties.description
