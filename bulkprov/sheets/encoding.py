"""Which encoding a text file is in. Reads bytes by blocks; knows nothing of rows and columns.

A byte order mark is certain. Without one, a file that is valid UTF-8 from end to end is taken for it, since text in
another encoding hardly ever is. What is left is the "CSV" of Excel on Western Windows, cp1252. That is a guess, so a
note says it, with the first word that depends on it. A file with both kinds of text in it is refused.
"""

import codecs
import re
from collections.abc import Iterator
from typing import IO, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.table import Opener

__all__ = ["ADVICE", "encoding_of"]

ADVICE: Final = "save the sheet as UTF-8, or give its encoding with --encoding"
"""What to do about text in an encoding that is not known."""

_BLOCK: Final = 1 << 18
_BOMS: Final = (  # UTF-32's little-endian mark begins with UTF-16's, so it comes first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8_CHARACTER: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
_WORD: Final = re.compile(rb"[^\x00-\x1f,;|\"]{0,20}?[\x80-\xff][^\x00-\x1f,;|\"]{0,19}")
"""A high byte with what is in its cell before and after it, as far as can be shown."""
_REACH: Final = 20
_FEW_ZEROS: Final = 0.05
_MANY_ZEROS: Final = 0.4


def encoding_of(opener: Opener, *, where: str, asked: str) -> tuple[str, tuple[str, ...]]:
    """A text file's encoding, and what there is to tell the operator about it.

    Args:
        opener: Gives the file's bytes.
        where: Begins a complaint.
        asked: The encoding that was asked for; a byte order mark in the file counts for more.

    Raises:
        SheetError: it is not text, or in no encoding that can be known for certain.
    """
    if asked and not _is_text_encoding(asked):
        raise SheetError(f"{where}: there is no encoding {asked!r}: utf-8, cp1252 and utf-16 are usual")
    with opener() as raw:
        head = raw.read(_BLOCK)
        marked = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), "")
        if marked:
            return marked, () if marked == "utf-8-sig" else (f"encoding {marked}, by its byte order mark",)
        if asked:
            return asked, ()
        if b"\0" in head:
            utf16 = _utf16_without_mark(head)
            if utf16:
                return utf16, (f"encoding guessed: {utf16}, without a byte order mark",)
            raise SheetError(
                f"{where}: this is neither a spreadsheet nor text (it has zero bytes): save it as .xlsx or CSV"
            )
        if _is_utf8(_blocks(head, raw)):
            return "utf-8", ()
    with opener() as raw:
        return "cp1252", (_check_cp1252(_blocks(b"", raw), where),)


def _is_text_encoding(name: str) -> bool:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return False
    # utf-7 has spellings of text that no other encoding has; some codecs do not make text at all
    return codec.name != "utf-7" and codec._is_text_encoding  # noqa: SLF001 - as `open` itself asks


def _blocks(head: bytes, raw: IO[bytes]) -> Iterator[bytes]:
    yield head
    while block := raw.read(_BLOCK):
        yield block


def _utf16_without_mark(head: bytes) -> str:
    """Which UTF-16 it is: mostly Western text has zeros in every second byte. "" if it is none."""
    half = len(head) // 2
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > _MANY_ZEROS and even < _FEW_ZEROS:
        return "utf-16-le"
    if even > _MANY_ZEROS and odd < _FEW_ZEROS:
        return "utf-16-be"
    return ""


def _is_utf8(blocks: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_cp1252(blocks: Iterator[bytes], where: str) -> str:
    """Make sure that text which is not UTF-8 can be cp1252, and say which word shows whether it is."""
    decoder = codecs.getincrementaldecoder("cp1252")()
    line = 1
    sample = ""
    for block in blocks:
        utf8 = _UTF8_CHARACTER.search(block)
        if utf8:
            bad_line = line + block.count(b"\n", 0, utf8.start())
            raise SheetError(
                f"{where}: some of it is UTF-8 (line {bad_line}) and some is not, as if two files had been joined: "
                f"{ADVICE}"
            )
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            bad_line = line + block.count(b"\n", 0, error.start)
            raise SheetError(f"{where}: line {bad_line} is neither UTF-8 nor cp1252 text: {ADVICE}") from error
        high = None if sample else _HIGH_BYTE.search(block)
        word = high and _WORD.search(block, max(high.start() - _REACH, 0))
        if high and word:
            word_line = line + block.count(b"\n", 0, high.start())
            sample = f'"{word[0].decode("cp1252").strip()}" in line {word_line}'
        line += block.count(b"\n")
    return f"encoding guessed: cp1252 (Western Windows), as it is not UTF-8; if {sample} is wrong, give --encoding"
