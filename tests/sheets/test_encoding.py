"""Which encoding a text file is in: by its mark, by its bytes from end to end, or by a guess that is told."""

import codecs
from pathlib import Path

import pytest

from bulkprov.errors import SheetError
from bulkprov.sheets.encoding import encoding_of, no_such_text

HEAD = b"client,backupset\n"
BLOCK = 1 << 18
"""As many bytes as are looked at at a time."""


def found(path: Path, content: bytes, asked: str = "") -> tuple[str, tuple[str, ...]]:
    """The encoding of a file with this content, and the notes on it."""
    path.write_bytes(content)
    return encoding_of(lambda: path.open("rb"), where="it", asked=asked)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32"),  # which begins as the one of UTF-16 does
        (codecs.BOM_UTF32_BE, "utf-32"),
    ],
)
def test_a_byte_order_mark_counts_for_more_than_what_was_asked(tmp_path: Path, mark: bytes, encoding: str) -> None:
    """It is certain."""
    assert found(tmp_path / "wave.csv", mark + b"x", "cp1252")[0] == encoding


def test_a_character_between_two_blocks_is_whole(tmp_path: Path) -> None:
    """UTF-8 is checked from end to end, not block by block."""
    content = HEAD + b"x" * (BLOCK - len(HEAD) - 1) + "ö".encode()

    assert found(tmp_path / "wave.csv", content) == ("utf-8", ())


def test_half_a_character_at_the_end_is_not_utf8(tmp_path: Path) -> None:
    """It is taken for cp1252, and said."""
    encoding, (note,) = found(tmp_path / "wave.csv", HEAD + b"K\xc3")

    assert (encoding, '"KÃ" in line 2' in note) == ("cp1252", True)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_is_known_by_its_zeros(tmp_path: Path, codec: str) -> None:
    """Without a mark it is a guess, so it is told."""
    content = (HEAD.decode() + "c,Köln\n").encode(codec)

    assert found(tmp_path / "wave.csv", content) == (codec, (f"encoding guessed: {codec}, without a byte order mark",))


def test_zeros_elsewhere_are_no_text(tmp_path: Path) -> None:
    """Neither in the even bytes nor in the odd ones."""
    with pytest.raises(SheetError, match="it: this is neither a spreadsheet nor text"):
        found(tmp_path / "wave.csv", HEAD + b"c,n\0,d")


@pytest.mark.parametrize("zeros", [1, 512, 300_000])
def test_zeros_at_the_end_alone_are_an_unfinished_file(tmp_path: Path, zeros: int) -> None:
    """As a download leaves it, or a crash."""
    with pytest.raises(SheetError, match=r"it: it ends in zero bytes.*fetch it again"):
        found(tmp_path / "wave.csv", HEAD + b"c,n\n" + bytes(zeros))


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ("Köln,x", "Köln"),
        ("x,Köln Süd;y", "Köln Süd"),
        ('x,"Zürich"', "Zürich"),
        ("x" * 50 + "ö" + "y" * 50, "x" * 20 + "ö" + "y" * 19),
        ("ö", "ö"),
    ],
)
def test_the_guess_of_cp1252_shows_the_first_word_that_depends_on_it(tmp_path: Path, cells: str, word: str) -> None:
    """As much of its cell as fits, with the line."""
    content = HEAD + b"c,n\n" + cells.encode("cp1252") + b"\nc,\xdf\n"

    encoding, (note,) = found(tmp_path / "wave.csv", content)

    assert encoding == "cp1252"
    assert f'if "{word}" in line 3 is wrong, give --encoding' in note


def test_lines_are_counted_over_blocks(tmp_path: Path) -> None:
    """The word, and the line in which UTF-8 begins, may be far down."""
    lines = b"client001,FS_1\n" * 50_000
    path = tmp_path / "wave.csv"

    assert '"Köln" in line 50002' in found(path, HEAD + lines + "c,Köln\n".encode("cp1252"))[1][0]
    with pytest.raises(SheetError, match=r"it: some of it is UTF-8 \(line 50002\) and some is not"):
        found(path, HEAD + lines + "Köln\n".encode() + "Köln\n".encode("cp1252"))


def test_bytes_that_cp1252_has_no_letter_for_are_refused(tmp_path: Path) -> None:
    """With their line."""
    with pytest.raises(SheetError, match="it: line 3 is neither UTF-8 nor cp1252 text"):
        found(tmp_path / "wave.csv", HEAD + b"c,n\nc,\x81\n")


@pytest.mark.parametrize("asked", ["cp1250", "UTF8", "latin-1"])
def test_what_was_asked_for_is_not_guessed(tmp_path: Path, asked: str) -> None:
    """And not checked here either: reading does that."""
    assert found(tmp_path / "wave.csv", HEAD + b"\xff\x81", asked) == (asked, ())


@pytest.mark.parametrize("asked", ["klingon", "rot13", "hex", "utf-7"])
def test_what_is_no_encoding_of_text_cannot_be_asked_for(tmp_path: Path, asked: str) -> None:
    """Nor one that spells the same text in several ways."""
    with pytest.raises(SheetError, match=f"it: there is no encoding '{asked}'"):
        found(tmp_path / "wave.csv", HEAD, asked)


@pytest.mark.parametrize(
    ("content", "encoding", "line"),
    [
        (b"a\nb\n\xff\n", "utf-8", 3),
        (b"a\r\nb\r\n\xff\n", "utf-8", 3),
        (b"a\rb\r\xff\r", "utf-8", 3),
        (b"a\nb\xc3", "utf-8", 2),
        (b"\xef\xbb\xbfa\n\xff", "utf-8-sig", 2),
        ("a\nb\n".encode("utf-16") + b"\n", "utf-16", 3),
        ("a\r\nb".encode("utf-16-be") + b"\xd8", "utf-16-be", 2),
        (b"a\n\x81", "cp1252", 2),
        (b"x" * (BLOCK - 2) + b"\r\n\xff", "utf-8", 2),
        (b"x" * (BLOCK - 1) + b"\r\n\xff", "utf-8", 2),
        (b"x\n" * BLOCK + b"\xff", "ascii", BLOCK + 1),
    ],
)
def test_the_line_is_told_that_is_not_in_its_encoding(tmp_path: Path, content: bytes, encoding: str, line: int) -> None:
    """By whatever ends lines, and wherever a block ends."""
    path = tmp_path / "wave.csv"
    path.write_bytes(content)

    said = no_such_text(lambda: path.open("rb"), encoding)

    assert said.startswith(f"line {line} is not {encoding} text")
    assert said.endswith("save it again as UTF-8" if encoding in ("utf-8-sig", "utf-16") else "with --encoding")
