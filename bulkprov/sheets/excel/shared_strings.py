"""XLSX: how much text the cells of a worksheet come to. A string is stored once and may be used by every cell.

calamine gives every cell a copy of its own, so a string of a megabyte and a million cells that name it would be a
terabyte. As a rule it is enough to know the longest string and how many cells there are; only where their product is
too much is each cell looked up. The names are those of ECMA-376 part 1, 18.4.
"""

from typing import Final

from bulkprov.sheets.excel.extent import MOST_CHARACTERS, Extent
from bulkprov.sheets.excel.zip_guard import Package, local_name

__all__ = ["check_strings"]

_STRINGS: Final = "xl/sharedStrings.xml"
_END: Final = b"</si>"


def check_strings(package: Package, part: str, cells: int, extent: Extent) -> None:
    """Make sure that the text of a worksheet's cells can be held; `cells` is how many there are at most.

    Raises:
        SheetError: it cannot.
    """
    if _STRINGS in package and package.longest(_STRINGS, _END) * cells > MOST_CHARACTERS:
        _add_up(package, part, _lengths(package), extent)


def _lengths(package: Package) -> list[int]:
    """How many characters each of the strings has."""
    lengths: list[int] = []

    def start(name: str, _: dict[str, str]) -> None:
        if local_name(name) == "si":
            lengths.append(0)

    def text(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    package.parse(_STRINGS, start=start, text=text)
    return lengths


def _add_up(package: Package, part: str, lengths: list[int], extent: Extent) -> None:
    """Add to the extent the string that each cell of the worksheet names."""
    value: list[str] = []
    shared = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal shared
        if local_name(name) == "c":
            shared = attributes.get("t") == "s"
            value.clear()

    def end(name: str) -> None:
        number = "".join(value).strip() if shared and local_name(name) == "v" else ""
        if number.isdecimal() and int(number) < len(lengths):
            extent.add_text(lengths[int(number)])
            value.clear()

    package.parse(part, start=start, end=end, text=value.append)
