"""XLSX: how much text the cells of a worksheet come to. A string is stored once and may be used by every cell.

calamine gives every cell a copy of its own, so a string of a megabyte and a million cells that name it would be a
terabyte. As a rule it is enough to know the longest string and how many cells there are; only where their product is
too much is each cell looked up.
"""

from collections.abc import Callable
from typing import Any, Final

from bulkprov.sheets.excel.zip_guard import MOST_CHARACTERS, Extent, Package

__all__ = ["check_strings"]

_STRINGS: Final = "xl/sharedStrings.xml"
_END: Final = b"</si>"


def check_strings(package: Package, part: str, cells: int, extent: Extent) -> None:
    """Make sure that the text of a worksheet's cells can be held; `cells` is how many there are at most.

    Raises:
        SheetError: it cannot.
    """
    if _STRINGS not in package or package.longest(_STRINGS, _END) * cells <= MOST_CHARACTERS:
        return
    lengths: list[int] = []
    package.parse(_STRINGS, _measure(lengths))
    package.parse(part, _add_up(lengths, extent))


def _measure(lengths: list[int]) -> Callable[[Any], None]:
    def start(name: str, _: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            lengths.append(0)

    def text(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    def wire(parser: Any) -> None:
        parser.StartElementHandler = start
        parser.CharacterDataHandler = text

    return wire


def _add_up(lengths: list[int], extent: Extent) -> Callable[[Any], None]:
    value: list[str] = []
    shared = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal shared
        if name.rpartition(":")[2] == "c":
            shared = attributes.get("t") == "s"
            value.clear()

    def end(name: str) -> None:
        number = "".join(value).strip() if shared and name.rpartition(":")[2] == "v" else ""
        if number.isdecimal() and int(number) < len(lengths):
            extent.fill(lengths[int(number)])
            value.clear()

    def wire(parser: Any) -> None:
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = value.append

    return wire
