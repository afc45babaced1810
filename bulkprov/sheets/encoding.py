"""Which encoding a text file is in. Reads bytes by blocks; knows nothing of rows and columns.

A byte order mark is certain. Without one, a file that is valid UTF-8 from end to end is taken for it, since text in
another encoding hardly ever is. What is left is one of many tables, which `guess` tells apart.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.guess import ADVICE, guessed, is_utf8
from bulkprov.sheets.table import Opener

__all__ = ["encoding_of", "has_mark", "no_such_text"]


_BLOCK: Final = 1 << 18
_BOMS: Final = (  # UTF-32's little-endian mark begins with UTF-16's, so it comes first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END: Final = re.compile("\r\n?|\n")
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
        marked = _marked(head)
        if marked:
            return marked, () if marked == "utf-8-sig" else (f"encoding {marked}, by its byte order mark",)
        if asked:
            return asked, ()
        if b"\0" in head:
            utf16 = _utf16_without_mark(head)
            if utf16:
                return utf16, (f"encoding guessed: {utf16}, without a byte order mark",)
            if b"\0" not in head.rstrip(b"\0"):
                raise SheetError(
                    f"{where}: it ends in zero bytes, as an unfinished download or a crash leaves it: fetch it again"
                )
            raise SheetError(
                f"{where}: this is neither a spreadsheet nor text (it has zero bytes): save it as .xlsx or CSV"
            )
        if is_utf8(_blocks(head, raw)):
            return "utf-8", ()
    with opener() as raw:
        return guessed(_blocks(b"", raw), where)


def has_mark(head: bytes) -> bool:
    """Whether a file that begins with these bytes has a byte order mark, by which its encoding is certain."""
    return bool(_marked(head))


def no_such_text(opener: Opener, encoding: str) -> str:
    """What is wrong with a text that is not in the encoding that it should have, and what to do: one sentence."""
    with opener() as raw:
        head = raw.read(_BLOCK)
        line = _damaged_line(_blocks(head, raw), encoding)
    if has_mark(head):
        return f"line {line} is not {encoding} text, as the file's first bytes say that it is: save it again as UTF-8"
    return f"line {line} is not {encoding} text: {ADVICE}"


def _damaged_line(blocks: Iterator[bytes], encoding: str) -> int:
    """The line of the first byte that is not in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    text, ends = "", 0
    for block in blocks:
        known = decoder.getstate()
        try:
            following = decoder.decode(block)
        except UnicodeError:
            decoder.setstate(known)
            with suppress(UnicodeError):
                for byte in block:
                    text += decoder.decode(bytes([byte]))
            break
        ends += len(_LINE_END.findall(text[:-1]))
        text = text[-1:] + following
    return ends + len(_LINE_END.findall(text)) + 1


def _marked(head: bytes) -> str:
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), "")


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
