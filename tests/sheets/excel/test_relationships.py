"""The parts of a package, found by what they say of each other."""

from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.relationships import Relationship, main_part, relationships
from bulkprov.sheets.excel.zip_guard import open_package
from tests.sheets.corpus.parts import zipped

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def target(folder: Path, said: str, *parts: str, source: str = "xl/workbook.xml") -> str:
    """The part that a target stands for in a package with these parts."""
    at, _, name = source.rpartition("/")
    rels = f'<Relationships><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="{said}"/></Relationships>'
    zipped({f"{at}/_rels/{name}.rels": rels, **dict.fromkeys(parts, "<a/>")})(folder / "book.xlsx")
    with open_package(folder / "book.xlsx", "it") as package:
        return relationships(package, source)["r1"].target


@pytest.mark.parametrize(
    "said",
    [
        "worksheets/sheet1.xml",
        "/xl/worksheets/sheet1.xml",
        "./worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "worksheets\\sheet1.xml",
        "xl/worksheets/sheet1.xml",
        "worksheets/sheet%31.xml",
        "Worksheets/Sheet1.xml",
        "worksheets/sheet1.xml#A1",
    ],
)
def test_targets_are_paths(tmp_path: Path, said: str) -> None:
    """From the part that names them or from the top, with dots, and as addresses are quoted."""
    assert target(tmp_path, said, "xl/worksheets/sheet1.xml").lower() == "xl/worksheets/sheet1.xml"


def test_a_name_that_is_quoted_in_the_zip_too_is_found_as_it_is(tmp_path: Path) -> None:
    """Of two parts that could be meant, the one of that very name."""
    assert target(tmp_path, "a%20b.xml", "xl/a b.xml", "xl/a%20b.xml") == "xl/a%20b.xml"


def test_a_path_does_not_leave_the_package(tmp_path: Path) -> None:
    """Dots at the top lead nowhere."""
    assert target(tmp_path, "../../../sheet.xml", "sheet.xml") == "sheet.xml"


@pytest.mark.parametrize("office", [OFFICE, STRICT])
def test_the_main_part_may_have_any_name(tmp_path: Path, office: str) -> None:
    """In strict files and in transitional ones."""
    rels = (
        f'<p:Relationships xmlns:p="urn:x"><p:Relationship Id="a" Type="{OFFICE}/extended-properties" Target="b"/>'
        f'<p:Relationship Id="r" Type="{office}/officeDocument" Target="/book.xml"/></p:Relationships>'
    )
    zipped({"_rels/.rels": rels, "b": "<a/>", "book.xml": "<a/>"})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert main_part(package) == "book.xml"


def test_without_relationships_the_content_types_say_what_the_main_part_is(tmp_path: Path) -> None:
    """Some writers forget the first and not the second."""
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    types = f'<Types><Override PartName="/xl/wb.xml" ContentType="{kind}"/></Types>'
    zipped({"[Content_Types].xml": types, "xl/wb.xml": "<a/>"})(tmp_path / "book.xlsm")

    with open_package(tmp_path / "book.xlsm", "it") as package:
        assert main_part(package) == "xl/wb.xml"


def test_a_package_without_either_is_about_nothing(tmp_path: Path) -> None:
    """A part of the usual name proves nothing."""
    zipped({"xl/workbook.xml": "<workbook/>"})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert main_part(package) == ""
        assert relationships(package, "xl/workbook.xml") == {}


def test_links_to_the_outside_are_left_out(tmp_path: Path) -> None:
    """A part is in the file."""
    rels = (
        f'<Relationships><Relationship Id="a" Type="{OFFICE}/hyperlink" Target="http://x" TargetMode="External"/>'
        f'<Relationship Id="b" Type="{OFFICE}/styles" Target="s.xml"/></Relationships>'
    )
    zipped({"_rels/a.xml.rels": rels})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert relationships(package, "a.xml") == {"b": Relationship("styles", "s.xml")}


def test_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """It cannot be known which of the two is meant."""
    rels = '<Relationships><Relationship Id="a" Target="x"/><Relationship Id="a" Target="y"/></Relationships>'
    zipped({"_rels/.rels": rels})(tmp_path / "book.xlsx")

    with (
        open_package(tmp_path / "book.xlsx", "it") as package,
        pytest.raises(SheetError, match=r"it: _rels/.rels in it has the id 'a' twice"),
    ):
        relationships(package, "")
