"""XLSX: a shortcut for plain cells. They are cut from a worksheet's XML by a pattern, and the parser gets what is left.

Nine cells in ten are a text or a number and nothing else, and a parser in Python takes a microsecond for each of their
tags. The pattern finds whole elements only, in the way in which the usual writers write them, and what is in them is
read by the same rules as everywhere; equal cells are read once. The shortcut must never see what the parser would not:
it is taken in UTF-8 only, inside `sheetData` only, and ends for good at the first comment, CDATA section or processing
instruction.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from bulkprov.sheets.excel.displayed import Display

__all__ = ["PlainCells"]

_VALUE: Final = rb"[^<&>\x00-\x1f\xef]{0,250}"
"""Text without references and control characters. Bytes of 0xEF begin characters of which XML forbids two."""
_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"'
    rb'((?: s="[0-9]{1,6}")?(?:/>|(?: t="(?:s|n|b|str|inlineStr)")?>'
    rb"(?:<v>" + _VALUE + rb'</v>|<is><t(?: xml:space="preserve")?>' + _VALUE + rb"</t></is>|)</c>))"
)
_INSIDE: Final = re.compile(
    rb'(?: s="([0-9]+)")?(?:/>|(?: t="([A-Za-z]+)")?>(?:<v>(.*)</v>|<is><t[^>]*>(.*)</t></is>|)</c>)', re.DOTALL
)
_ROW: Final = re.compile(
    rb'<row r="([1-9][0-9]{0,6})"'
    rb'(?: (?:spans|s|customFormat|customHeight|outlineLevel|thickBot|thickTop|x14ac:dyDescent)="[^"<>&]*"'
    rb'| ht="[1-9][^"<>&]*"| (?:hidden|collapsed)="(?:0|false)")*(?:/>|>\s*</row>)'
)
"""A row that is left without cells, and is not hidden."""
_MOST_KNOWN: Final = 1 << 14

ReadCell = Callable[[str, str, str | None, str | None], tuple[str | None, str]]
"""From a cell's type, style, value and text in place to what it shows, None for nothing, and its fault."""


class PlainCells:
    """Takes plain cells out of the pieces of a worksheet and puts them into its display."""

    def __init__(self, display: Display, read: ReadCell, take_row: Callable[[int], object]) -> None:
        self._display = display
        self._take_row = take_row
        self._known = _Known(read)
        self._columns = _Columns()
        self.placed = False
        """Whether there were any cells; all of them say where they are."""
        self.rows_cut = False

    def cut(self, pieces: Iterator[bytes], in_data: Callable[[], bool]) -> Iterator[bytes]:
        """What is left of the pieces.

        Args:
            pieces: of a worksheet's part, each of which is parsed before the next is asked for.
            in_data: whether the parser is inside `sheetData`.
        """
        for piece in pieces:
            begin = piece.find(b"<sheetData")
            begin = piece.find(b">", begin) + 1 if begin >= 0 else 0
            if not begin:
                yield piece
                continue
            yield piece[:begin]
            if in_data():
                yield from self._cut_data(piece[begin:], pieces)
            else:
                yield piece[begin:]
            yield from pieces

    def _cut_data(self, piece: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            end = piece.find(b"</sheetData")
            data = piece if end < 0 else piece[:end]
            if b"<!" in data or b"<?" in data:
                yield piece
                return
            yield self._without_cells(data)
            if end >= 0:
                yield piece[end:]
                return
            following = next(pieces, None)
            if following is None:
                return
            piece = following

    def _without_cells(self, piece: bytes) -> bytes:
        parts = _CELL.split(piece)
        if len(parts) > 1:
            self.placed = True
            self._put(parts[1::4], parts[2::4], parts[3::4])
            piece = b"".join(parts[0::4])
        parts = _ROW.split(piece)
        if len(parts) > 1:
            self.rows_cut = True
            for number in map(int, parts[1::2]):
                self._take_row(number)
            piece = b"".join(parts[0::2])
        return piece

    def _put(self, letters: list[bytes], numbers: list[bytes], insides: list[bytes]) -> None:
        """Put cells into their places; most come in order, one after the other."""
        display, rows = self._display, self._display.rows
        if len(self._known) > _MOST_KNOWN:
            self._known.forget()
        texts = list(map(self._known.__getitem__, insides))
        display.extent.add_text(sum(map(len, filter(None, texts))))
        last, row = b"", 0
        cells: list[str] = []
        for column, number, text, inside in zip(
            map(self._columns.__getitem__, letters), numbers, texts, insides, strict=True
        ):
            if number != last:
                if cells:
                    display.extent.include(row, len(cells))
                last, row = number, int(number)
                cells = rows.setdefault(row, [])
            if text is None:
                shown, fault = self._known.others[inside]
                if shown is not None:
                    display.extent.add_text(len(shown))
                    display.put(row, column, shown, fault)
            elif column == len(cells):
                cells.append(text)
            else:
                display.put(row, column, text)
        if cells:
            display.extent.include(row, len(cells))


class _Known(dict[bytes, "str | None"]):
    """What cells show, by what is in them; None for those in `others`: empty, without text, or with a fault."""

    def __init__(self, read: ReadCell) -> None:
        self.others: dict[bytes, tuple[str | None, str]] = {}
        self._read = read

    def forget(self) -> None:
        """Begin anew, so that memory stays bounded."""
        self.clear()
        self.others.clear()

    def __missing__(self, inside: bytes) -> str | None:
        match = _INSIDE.fullmatch(inside)
        groups = match.groups() if match else (None,) * 4
        style, kind, value, text = (None if each is None else each.decode() for each in groups)
        shown, fault = self._read(kind or "n", style or "0", value, text)
        if shown and not fault:
            self[inside] = shown
            return shown
        self.others[inside] = shown, fault
        self[inside] = None
        return None


class _Columns(dict[bytes, int]):
    """From the letters of a column to its number, from 0."""

    def __missing__(self, letters: bytes) -> int:
        number = 0
        for letter in letters:
            number = number * 26 + letter - ord("A") + 1
        self[letters] = number - 1
        return number - 1
