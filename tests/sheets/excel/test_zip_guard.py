"""The zip that a workbook is: its parts, and what is refused before anything reads them."""

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

    def prune(piece: bytes) -> bytes:
        pieces.append(piece)
        return piece

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
        package.parse("a.xml", start=lambda name, _: seen.append(name), prune=lambda piece: piece.replace(b"<b/>", b""))

    assert seen == ["a", "c"]


@pytest.mark.parametrize("length", [10, _MEGABYTE - 5, 3 * _MEGABYTE])
def test_the_longest_stretch_is_found_across_blocks(tmp_path: Path, length: int) -> None:
    """At most as much too long as the mark that ends it, if that is cut in two."""
    strings = f"<si>{'x' * length}</si><si>y</si>"

    with open_package(zip_of(tmp_path / "book.xlsx", a=f"<sst>{strings}</sst>"), "it") as package:
        assert length <= package.longest("a.xml", b"</si>") <= length + len("<sst><si></si><si>y</si></sst>")


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
