"""Opening workbooks of every kind, and what the readers under them raise."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.workbook import _reader_errors, open_book
from tests.sheets.corpus.parts import ods, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def by_xlsxwriter(path: Path) -> None:
    """An XLSX file with a hidden sheet."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Wave")
        sheet.write_string(0, 0, "client")
        sheet.write_number(2, 1, 7, book.add_format({"num_format": "000"}))
        book.add_worksheet("Old").hide()


def by_xlwt(path: Path) -> None:
    """The same as XLS."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Wave")
    sheet.write(0, 0, "client")
    sheet.write(2, 1, 7, xlwt.easyxf(num_format_str="000"))
    book.add_sheet("Old").visibility = 1
    book.save(str(path))


def by_hand(path: Path) -> None:
    """The same as ODS."""
    text = '<table:table-cell office:value-type="string"><text:p>client</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="7"><text:p>007</text:p></table:table-cell>'
    empty = "<table:table-row><table:table-cell/></table:table-row>"
    last = f"<table:table-row><table:table-cell/>{number}</table:table-row>"
    old = '<table:table table:name="Old" table:style-name="ta2"/>'
    shown = '<style:table-properties table:display="false"/>'
    hidden = f'<style:style style:name="ta2" style:family="table">{shown}</style:style>'
    ods(f"<table:table-row>{text}</table:table-row>{empty}{last}", styles=hidden, more=old)(path)


@pytest.mark.parametrize("write", [by_xlsxwriter, by_xlwt, by_hand], ids=["xlsx", "xls", "ods"])
def test_all_kinds_open_alike(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Names in order, which are hidden, and the text in cells by row and column."""
    path = tmp_path / "wave.any"
    write(path)

    with open_book(path, "it") as book:
        display = book.read("Wave")

    assert book.names == ("Wave", "Old")
    assert book.hidden == {"Old"}
    assert {row: cells for row, cells in display.rows.items() if cells} == {1: ["client"], 3: ["", "007"]}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/workbook.bin", "binary workbook .*save it as .xlsx"),
        ("word/document.xml", "Word document: copy its table"),
        ("ppt/presentation.xml", "presentation, not a spreadsheet"),
        ("Index/Document.iwa", "document of Apple's Numbers.*export it"),
        ("index.apxl", "document of Apple's Numbers.*export it"),
        ("photo.jpg", "zip file without a workbook"),
    ],
)
def test_other_zips_are_named(tmp_path: Path, part: str, words: str) -> None:
    """By a part that only they have."""
    zipped({part: "<x/>"})(tmp_path / "wave.xlsx")

    with (
        pytest.raises(SheetError, match=f"it: this is a .*{words.removeprefix('a ')}"),
        open_book(tmp_path / "wave.xlsx", "it"),
    ):
        pass


def test_a_workbook_with_a_password_is_named(tmp_path: Path) -> None:
    """Excel keeps the encrypted zip in a file of the old kind, under this name."""
    (tmp_path / "wave.xlsx").write_bytes(OLE + bytes(1000) + "EncryptedPackage".encode("utf-16-le"))

    with (
        pytest.raises(SheetError, match="it: it is protected with a password: save it without one"),
        open_book(tmp_path / "wave.xlsx", "it"),
    ):
        pass


def test_a_workbook_under_rights_management_is_named(tmp_path: Path) -> None:
    """It is encrypted too, but not with a password."""
    parts = (f"DRMEncrypted{each}".encode("utf-16-le") for each in ("DataSpace", "Transform"))
    (tmp_path / "wave.xlsx").write_bytes(OLE + bytes(1000) + b"".join(parts) + "EncryptedPackage".encode("utf-16-le"))

    with (
        pytest.raises(
            SheetError, match=r"it: it is protected by rights management \(a sensitivity label\): save a copy"
        ),
        open_book(tmp_path / "wave.xlsx", "it"),
    ):
        pass


def test_an_xls_of_more_than_its_format_holds_is_refused_unread(tmp_path: Path) -> None:
    """Reading it would take all of it into memory."""
    with (tmp_path / "wave.xls").open("wb") as file:
        file.write(OLE)
        file.truncate(65 << 20)

    with (
        pytest.raises(SheetError, match="it: it has 65 MB, and 64 MB is the most"),
        open_book(tmp_path / "wave.xls", "it"),
    ):
        pass


@pytest.mark.parametrize(
    ("start", "version"), [(b"\x09\x00\x04\x00", 2), (b"\x09\x02\x06\x00", 3), (b"\x09\x04\x06\x00", 4)]
)
def test_files_of_the_first_excels_are_named(tmp_path: Path, start: bytes, version: int) -> None:
    """They are streams of records without a file system of their own around them."""
    (tmp_path / "wave.xls").write_bytes(start + bytes(200))

    with (
        pytest.raises(SheetError, match=f"it: this is a file of Excel {version}, .*save it as .xlsx"),
        open_book(tmp_path / "wave.xls", "it"),
    ):
        pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("a\n b"), "it: it is damaged, or not a workbook .'a.*b'.: open it"),
        (ValueError("Workbook is encrypted"), "it: it is protected with a password"),
        (AssertionError(), "it: it is damaged, or not a workbook .AssertionError.: open it"),
        (SheetError("told already"), "^told already$"),
    ],
)
def test_whatever_xlrd_raises_becomes_one_line(error: Exception, words: str) -> None:
    """But for what was told already."""
    with pytest.raises(SheetError, match=words) as caught, _reader_errors("it"):
        raise error

    assert "\n" not in str(caught.value)


def test_ctrl_c_is_no_error_of_a_reader() -> None:
    """It goes on up."""
    with pytest.raises(KeyboardInterrupt), _reader_errors("it"):
        raise KeyboardInterrupt
