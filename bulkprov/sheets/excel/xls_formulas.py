"""XLS: formulas whose result is not the one that is seen, since they were never calculated. Pure.

A program that cannot calculate leaves a result of some kind behind each formula: an empty text (xlwt) or 0 (most
others), perhaps with the order to calculate it when the file is opened. Three things tell:

* Excel keeps a number of its own (`chn`) beside each result that it calculated, and nobody else does. It is believed.
* LibreOffice, which names itself as the user, calculates too, but writes 0 for some formulas whose result is a text.
* From anybody else, neither 0 nor an empty text is believed, nor any result under the order to calculate it.

Beside that, the last step of a formula says whether its result is a number, a text or a boolean, and a result of
another kind is none. The names and sizes are those of [MS-XLS] 2.4.127 (Formula) and 2.5.198 (the steps of a formula,
called Ptg); the second flag is fCalcOnLoad in Microsoft's earlier description of the format.
"""

import struct
from collections.abc import Iterator
from typing import Final

__all__ = ["uncalculated_cells"]

_FORMULA: Final = 0x0006
_BEGIN: Final = 0x0809
_END: Final = 0x000A
_HEADER: Final = struct.Struct("<HH")
_CELL: Final = struct.Struct("<HHH8sHLH")
"""Row, column, style, result, flags, a number for the program's own use, length of the steps."""
_ON_OPENING: Final = 0x0002
"""The flag that orders to calculate a formula when the file is opened."""
_ZERO: Final = bytes(8)
_NO_NUMBER: Final = b"\xff\xff"
"""How the last two bytes of a result are that is no number; the first is then its kind."""
_RESULTS: Final = {0: "text", 1: "boolean", 2: "error", 3: ""}

_CONCAT: Final = 0x08
_TEXT: Final = 0x17
_ATTRIBUTE: Final = 0x19
_SPACE, _CHOOSE, _SUM = 0x40, 0x04, 0x10
_PARENTHESES: Final = 0x15
_WHOLE: Final = 0x1E
_NUMBER: Final = 0x1F
_REFERENCE: Final = 0x24
_ELSEWHERE: Final = 0x3A
_FUNCTIONS: Final = {0x21: 3, 0x22: 4}
"""With a fixed number of arguments, and with any."""
_SIZES: Final = {
    **dict.fromkeys(range(0x03, 0x17), 1),  # operators, parentheses, a missing argument
    **_FUNCTIONS,
    0x1C: 2,  # an error
    0x1D: 2,  # a boolean
    _WHOLE: 3,
    _NUMBER: 9,
    0x23: 5,  # a name
    _REFERENCE: 5,
    0x25: 9,  # an area
    0x2A: 5,  # a cell and an area that are gone
    0x2B: 9,
    0x39: 7,  # a name, a cell and an area elsewhere, the latter also gone
    _ELSEWHERE: 7,
    0x3B: 11,
    0x3C: 7,
    0x3D: 11,
}
"""Bytes of the steps whose size is the same in each formula, by what they are."""
_KINDS: Final = {
    **dict.fromkeys((0x03, 0x04, 0x05, 0x06, 0x07, 0x13, 0x14, _WHOLE, _NUMBER), "number"),
    **dict.fromkeys((_CONCAT, _TEXT), "text"),
    **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x1D), "boolean"),
}
"""What comes out of a step; of one that is not here, it may be anything."""
_TEXT_FUNCTIONS: Final = frozenset({13, 14, 30, 31, 48, 111, 112, 113, 114, 115, 116, 118, 119, 120, 162, 336})
"""DOLLAR, FIXED, REPT, MID, TEXT, CHAR, LOWER, UPPER, PROPER, LEFT, RIGHT, TRIM, REPLACE, SUBSTITUTE, CLEAN and
CONCATENATE."""


def uncalculated_cells(
    stream: bytes, position: int, *, by_libreoffice: bool = False, excel_97: bool = True
) -> set[tuple[int, int]]:
    """Row and column, from 0, of the formulas of a worksheet whose results are not theirs.

    Args:
        stream: the records of the workbook, of Excel 5 or later.
        position: where those of the worksheet begin.
        by_libreoffice: whether LibreOffice wrote it.
        excel_97: whether it is in the format of Excel 97; steps of earlier ones have other sizes, and say nothing.
    """
    found: set[tuple[int, int]] = set()
    for body in _formulas(stream, position):
        row, column, _, result, flags, own, length = _CELL.unpack_from(body)
        kind = _RESULTS.get(result[0], "") if result[6:] == _NO_NUMBER else "number"
        expected, long = _expected(list(_steps(body[_CELL.size : _CELL.size + length])) if excel_97 else [])
        if own:
            believed = not flags & _ON_OPENING
        elif by_libreoffice:
            believed = result != _ZERO or expected in ("number", "boolean")
        else:
            believed = not flags & _ON_OPENING and result != _ZERO and kind != ""
        if not believed or not _may_be(kind, expected, long=long):
            found.add((row, column))
    return found


def _formulas(stream: bytes, position: int) -> Iterator[bytes]:
    """The bodies of the formula records of a worksheet; charts in it have none."""
    depth = 0
    while position + _HEADER.size <= len(stream):
        record, length = _HEADER.unpack_from(stream, position)
        position += _HEADER.size
        if record == _BEGIN:
            depth += 1
        elif record == _END:
            depth -= 1
            if depth <= 0:
                return
        elif record == _FORMULA and length >= _CELL.size and position + length <= len(stream):
            yield stream[position : position + length]
        position += length


def _expected(steps: list[tuple[int, bytes]]) -> tuple[str, bool]:
    """The kind of result that a formula of these steps has, "" if that is not known, and whether it is a long text."""
    if not steps:
        return "", False
    step, body = steps[-1]
    if step in _FUNCTIONS:
        return ("text" if int.from_bytes(body[-2:], "little") in _TEXT_FUNCTIONS else ""), False
    return _KINDS.get(step, ""), _is_long(steps)


def _may_be(kind: str, expected: str, *, long: bool) -> bool:
    """Whether a formula may have a result of this kind ("" for an empty text)."""
    if kind == "error" or not expected:
        return True
    if expected == "text":
        return kind == "text" or (kind == "" and not long)
    return kind in ("number", "boolean")  # some programs keep booleans as numbers


def _is_long(steps: list[tuple[int, bytes]]) -> bool:
    """Whether a text is put together from parts of which one, at least, is not empty."""
    joined = all(step in (_CONCAT, _TEXT, _WHOLE, _REFERENCE, _ELSEWHERE) for step, _ in steps)
    return joined and any(step == _WHOLE or (step == _TEXT and len(body) > 3) for step, body in steps)


def _steps(code: bytes) -> Iterator[tuple[int, bytes]]:
    """The steps that a formula is calculated in, and their bytes; none at all if one of them is not known."""
    steps: list[tuple[int, bytes]] = []
    place = 0
    while place < len(code):
        step = code[place] if code[place] < 0x20 else code[place] & 0x1F | 0x20  # without the class of its value
        size = _SIZES.get(step, 0)
        if step == _TEXT and place + 2 < len(code):
            size = 3 + code[place + 1] * (1 + (code[place + 2] & 1))
        elif step == _ATTRIBUTE and place + 3 < len(code):
            choices = int.from_bytes(code[place + 2 : place + 4], "little") + 1
            size = 4 + (2 * choices if code[place + 1] & _CHOOSE else 0)
        if not size:
            return
        if step == _ATTRIBUTE and code[place + 1] & _SUM:
            steps.append((_NUMBER, b""))  # the sum of one argument
        elif step not in (_ATTRIBUTE, _PARENTHESES):
            steps.append((step, code[place : place + size]))
        place += size
    yield from steps
