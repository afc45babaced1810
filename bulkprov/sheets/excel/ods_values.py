"""ODS: whether the text of a cell is what its value looks like without a format. Pure.

The file has both. A program that opens it shows the value; one that writes it may have changed the value only.
"""

import re
from decimal import Decimal
from typing import Final

__all__ = ["agree", "is_zero"]

_SPACE: Final = re.compile("[ \t\r\n]+")
_MINUS: Final = "\u2212"


def agree(kind: str, value: str, text: str) -> bool:
    """Whether a cell of this type may show a value as this text, in whatever country.

    Args:
        kind: the type, in the words of OpenDocument; only "string" and "float" are known.
        value: as the file has it.
        text: what the file says that the cell shows. A number in it may be rounded.
    """
    if kind == "string":
        return _SPACE.sub(" ", value).strip() == _SPACE.sub(" ", text).strip()
    exact = _number(value)
    readings = (_number(text.replace(",", mark).replace(_MINUS, "-")) for mark in (".", ""))
    known = [number for number in readings if number is not None]
    if kind != "float" or exact is None or not known:
        return True
    return any(abs(exact - number) <= Decimal(5).scaleb(int(number.as_tuple().exponent) - 1) for number in known)


def is_zero(value: str) -> bool:
    """Whether a number is 0."""
    return _number(value) == 0


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
