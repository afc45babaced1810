r"""XLSX: texts, in the table of shared strings and in cells, as they are seen.

A text has runs of its own; the phonetic reading above it (`rPh`) is not part of it. Characters that XML cannot hold are
written `_x001B_`. The names are those of ECMA-376 part 1: strings are described in 18.4, the escape in 22.9.2.19.
"""

import re
from typing import Final

from bulkprov.sheets.excel.zip_guard import Package, local_name

__all__ = ["Text", "read_strings", "unescaped"]

_ESCAPE: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Text:
    """Takes in the elements of one `si` or `is`."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._reading = False
        self._phonetic = 0

    def start(self, local: str) -> None:
        """Take in the start of an element by its local name."""
        if local == "rPh":
            self._phonetic += 1
        self._reading = local == "t" and not self._phonetic

    def end(self, local: str) -> None:
        """Take in the end of an element."""
        if local == "rPh":
            self._phonetic -= 1
        self._reading = False

    def add(self, text: str) -> None:
        """Take in text between elements."""
        if self._reading:
            self._pieces.append(text)

    def take(self) -> str:
        """The text with its escapes; what comes next is another one."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


def unescaped(text: str) -> str:
    """Text with the characters that its escapes stand for; half of a surrogate pair stays an escape."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if decoded.isascii() or not _SURROGATE.search(decoded):
        return decoded
    whole = decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub(lambda match: f"_x{ord(match[0]):04X}_", whole)


def read_strings(package: Package, part: str) -> list[str]:
    """The shared strings of a workbook, in order; none if it has no such part ("").

    Raises:
        SheetError: the part is damaged.
    """
    strings: list[str] = []
    text = Text()

    def end(name: str) -> None:
        local = local_name(name)
        text.end(local)
        if local == "si":
            strings.append(unescaped(text.take()))

    if part:
        package.parse(part, start=lambda name, _: text.start(local_name(name)), end=end, text=text.add)
    return strings
