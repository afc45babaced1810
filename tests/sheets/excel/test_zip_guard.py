"""The zip that a workbook is: its parts, and what is refused before anything reads them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.zip_guard import local_name, open_package
from tests.sheets.corpus.parts import zipped

_MEGABYTE = 1 << 20


def zip_of(path: Path, **parts: str) -> Path:
    """A zip of these parts, whose names end in .xml."""
    zipped({f"{name}.xml": content for name, content in parts.items()})(path)
    return path


def test_parts_are_found_as_readers_find_them(tmp_path: Path) -> None:
    """Without case, with slashes of either kind, with or without one at the start."""
    zipped({"XL\\Workbook.xml": "<a/>"})(tmp_path / "book.xlsx")

    with open_package(tmp_path / "book.xlsx", "it") as package:
        assert "xl/workbook.xml" in package
        assert "/XL/WORKBOOK.XML" in package
        assert "xl/styles.xml" not in package


def test_a_part_is_gone_through_element_by_element(tmp_path: Path) -> None:
    """Start, text and end, of which a reader takes what it wants."""
    seen: list[object] = []
    path = zip_of(tmp_path / "book.xlsx", a='<x:a b="1">t</x:a>')

    with open_package(path, "it") as package:
        package.parse("a.xml", start=lambda name, attributes: seen.append((name, attributes)), end=seen.append)
        package.parse("a.xml", text=seen.append)

    assert seen == [("x:a", {"b": "1"}), "x:a", "t"]
    assert local_name("x:a") == local_name("a") == "a"


def test_pieces_to_prune_end_where_rows_do(tmp_path: Path) -> None:
    """A cell is never in two pieces, so that a pattern finds it; together they are the part."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(60_000))
    sheet = f"<sheetData>{rows}</sheetData>"
    assert len(sheet) > 2 * _MEGABYTE
    pieces: list[bytes] = []

    def prune(given: Iterator[bytes]) -> Iterator[bytes]:
        for piece in given:
            pieces.append(piece)
            yield piece

    with open_package(zip_of(tmp_path / "book.xlsx", a=sheet), "it") as package:
        package.parse("a.xml", prune=prune)

    *first, last = pieces
    assert len(first) == len(sheet) // _MEGABYTE + 1
    assert all(piece.endswith(b"</row>") for piece in first)
    assert (b"".join(pieces), last) == (sheet.encode(), b"</sheetData>")


def test_what_is_pruned_is_not_parsed(tmp_path: Path) -> None:
    """The parser sees what is left."""
    seen: list[str] = []
    path = zip_of(tmp_path / "book.xlsx", a="<a><b/><c/></a>")

    with open_package(path, "it") as package:
        package.parse(
            "a.xml",
            start=lambda name, _: seen.append(name),
            prune=lambda pieces: (piece.replace(b"<b/>", b"") for piece in pieces),
        )

    assert seen == ["a", "c"]


def test_pieces_without_rows_end_before_a_tag(tmp_path: Path) -> None:
    """So a comment never begins in one and goes on in the next."""
    tags = "<b/>" * (_MEGABYTE // 2 + 3)
    pieces: list[bytes] = []

    def prune(given: Iterator[bytes]) -> Iterator[bytes]:
        for piece in given:
            pieces.append(piece)
            yield piece

    with open_package(zip_of(tmp_path / "book.xlsx", a=f"<a x=''>{tags}</a>"), "it") as package:
        package.parse("a.xml", prune=prune)

    assert b"".join(pieces) == f"<a x=''>{tags}</a>".encode()
    assert len(pieces) > 2
    assert all(piece.startswith(b"<") for piece in pieces)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1", "us-ascii", "cp1252"])
def test_a_part_may_be_in_any_encoding_that_xml_and_the_parser_know(tmp_path: Path, encoding: str) -> None:
    """With the mark that it needs, and what it says of itself."""
    said = {"utf-8-sig": "utf-8", "utf-16-be": "utf-16"}.get(encoding, encoding)
    text = "client" if encoding == "us-ascii" else "Köln"
    content = f'<?xml version="1.0" encoding="{said}"?><a>{text}</a>'.encode(encoding)
    zipped({"a.xml": content})(tmp_path / "book.xlsx")
    seen: list[str] = []
    declared: list[str] = []

    with open_package(tmp_path / "book.xlsx", "it") as package:
        package.parse("a.xml", text=seen.append, declared=declared.append)

    assert ("".join(seen), declared) == (text, [said])


@pytest.mark.parametrize("encoding", ["gbk", "shift_jis", "utf-32", "klingon"])
def test_another_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    """Excel writes UTF-8 only; what says that it is in another one is not guessed."""
    zipped({"a.xml": f'<?xml version="1.0" encoding="{encoding}"?><a>x</a>'})(tmp_path / "book.xlsx")

    with (
        open_package(tmp_path / "book.xlsx", "it") as package,
        pytest.raises(
            SheetError, match=f"it: a.xml in it is in the encoding {encoding}, which cannot be read: open it"
        ),
    ):
        package.parse("a.xml")


def test_names_may_be_given_with_their_namespace(tmp_path: Path) -> None:
    """Whatever its prefix in the file."""
    seen: list[object] = []
    path = zip_of(tmp_path / "book.xlsx", a='<x:a xmlns:x="urn:y" x:b="1"/>')

    with open_package(path, "it") as package:
        package.parse("a.xml", start=lambda name, attributes: seen.append((name, attributes)), namespaces=True)

    assert seen == [("urn:y a", {"urn:y b": "1"})]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    """The line says which part of the file it is."""
    path = zip_of(tmp_path / "book.xlsx", a="<a/>")

    with open_package(path, "it") as package, pytest.raises(SheetError, match="it: it has no part xl/nothing"):
        package.parse("xl/nothing.xml")


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """So is the place in it."""
    path = zip_of(tmp_path / "book.xlsx", a="<a><b></a>")

    with open_package(path, "it") as package, pytest.raises(SheetError, match=r"it: a.xml in it is damaged .*line 1"):
        package.parse("a.xml")


def test_a_document_type_at_the_start_of_a_part_is_refused_at_once(tmp_path: Path) -> None:
    """Whatever the part is called: some reader may take it for XML."""
    path = zip_of(tmp_path / "book.xlsx", a="<!DOCTYPE a><a/>")

    with pytest.raises(SheetError, match="document type declaration"), open_package(path, "it"):
        pass


def test_a_document_type_further_down_is_refused_when_the_part_is_parsed(tmp_path: Path) -> None:
    """Behind a long comment, say."""
    path = zip_of(tmp_path / "book.xlsx", a=f"<!--{'x' * _MEGABYTE}--><!DOCTYPE a><a/>")

    with open_package(path, "it") as package, pytest.raises(SheetError, match="document type declaration"):
        package.parse("a.xml")


def test_a_part_whose_bytes_were_changed_is_refused_at_once(tmp_path: Path) -> None:
    """Every part is read once before any is used, so that a reader gets what was checked."""
    path = zip_of(tmp_path / "book.xlsx", a="<a>" + "x" * 100 + "</a>")
    content = bytearray(path.read_bytes())
    content[content.find(b"a.xml") + 6] ^= 1
    path.write_bytes(content)

    with pytest.raises(SheetError, match=r"it: a.xml in it is damaged"), open_package(path, "it"):
        pass
