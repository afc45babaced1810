"""Which encoding a text file is in. Reads bytes by blocks; knows nothing of rows and columns.

A byte order mark is certain. Without one, a file that is valid UTF-8 from end to end is taken for it, since text in
another encoding hardly ever is. What is left is the "CSV" of Excel on Western Windows, cp1252: a guess, so it is said,
with the first word that depends on it. A file with both kinds of text in it is refused.
"""

import codecs
import re
from collections.abc import Iterator
from typing import IO, Final

from bulkprov.errors import SheetError
from bulkprov.sheets.table import Opener

__all__ = ["encoding_of"]

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
_WORD_START: Final = re.compile(rb"[^\x00-\x1f,;|\"]{0,20}\Z")
_WORD: Final = re.compile(rb"[^\x00-\x1f,;|\"]{0,20}")
_FEW: Final = 0.05
_MANY: Final = 0.4


def encoding_of(opener: Opener, *, where: str, asked: str) -> tuple[str, tuple[str, ...]]:
    """Say a text file's encoding and what there is to tell the operator about it.

    Raises:
        SheetError: it is no text, or in no encoding that can be known surely enough.
    """
    if asked:
        try:
            codec = codecs.lookup(asked)
            # utf-7 has spellings of text that no other encoding has; some codecs are none of text at all
            known = codec.name != "utf-7" and codec._is_text_encoding  # noqa: SLF001 - as `open` itself asks
        except LookupError:
            known = False
        if not known:
            raise SheetError(f"{where}: there is no encoding {asked!r}: utf-8, cp1252 and utf-16 are usual")
    with opener() as raw:
        head = raw.read(_BLOCK)
        marked = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), "")
        if marked:
            return marked, () if marked == "utf-8-sig" else (f"encoding {marked}, by its byte order mark",)
        if asked:
            return asked, ()
        if b"\0" in head:
            wide = _wide(head)
            if wide:
                return wide, (f"encoding guessed: {wide}, without a byte order mark",)
            raise SheetError(
                f"{where}: this is neither a spreadsheet nor text (it has zero bytes): save it as .xlsx or CSV"
            )
        if _is_utf8(_blocks(head, raw)):
            return "utf-8", ()
    with opener() as raw:
        return "cp1252", (_cp1252(_blocks(b"", raw), where),)


def _blocks(head: bytes, raw: IO[bytes]) -> Iterator[bytes]:
    yield head
    while block := raw.read(_BLOCK):
        yield block


def _wide(head: bytes) -> str:
    """UTF-16 without a mark shows by zeros in every second byte, as long as the text is mostly Western."""
    half = len(head) // 2
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > _MANY and even < _FEW:
        return "utf-16-le"
    if even > _MANY and odd < _FEW:
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


def _cp1252(blocks: Iterator[bytes], where: str) -> str:
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
                "save it again as UTF-8, or give its encoding with --encoding"
            )
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            bad_line = line + block.count(b"\n", 0, error.start)
            raise SheetError(
                f"{where}: line {bad_line} is neither UTF-8 nor cp1252 text: save the sheet as UTF-8, or give its "
                "encoding with --encoding"
            ) from error
        high = None if sample else _HIGH_BYTE.search(block)
        if high:
            word = (_WORD_START.search(block[: high.start()]) or high)[0] + (_WORD.match(block, high.start()) or high)[
                0
            ]
            bad_line = line + block.count(b"\n", 0, high.start())
            sample = f'"{word.decode("cp1252").strip()}" in line {bad_line}'
        line += block.count(b"\n")
    return f"encoding guessed: cp1252 (Western Windows), as it is not UTF-8; if {sample} is wrong, give --encoding"
