"""ODS: which sheets styles hide, whether a style formats numbers, and whether the settings hide zeros.

The names are those of OpenDocument 1.3 part 3, chapter 16. Styles are in `styles.xml` and, those made by the program
itself, at the start of `content.xml`; how a window shows its sheet is in `settings.xml`.
"""

from typing import Final

from bulkprov.sheets.excel.zip_guard import Package

__all__ = ["OFFICE", "STYLE", "TABLE", "Styles", "hides_zeros"]

_DOCUMENT: Final = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE: Final = f"{_DOCUMENT}office:1.0 "
STYLE: Final = f"{_DOCUMENT}style:1.0 "
TABLE: Final = f"{_DOCUMENT}table:1.0 "
_CONFIG: Final = f"{_DOCUMENT}config:1.0 "
_SETTINGS: Final = "settings.xml"


class Styles:
    """Takes in the elements of styles, and answers."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._formatted: set[str] = set()
        self._hidden: set[str] = set()
        self._name = self._family = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if name in (STYLE + "style", STYLE + "default-style"):
            self._family = attributes.get(STYLE + "family", "")
            self._name = attributes.get(STYLE + "name", "")
            if self._family == "table-cell":
                if self._name:
                    self._parents[self._name] = attributes.get(STYLE + "parent-style-name", "")
                if attributes.get(STYLE + "data-style-name"):
                    self._formatted.add(self._name)
        elif (
            name == STYLE + "table-properties"
            and self._family == "table"
            and attributes.get(TABLE + "display") == "false"
        ):
            self._hidden.add(self._name)

    def hides(self, style: str) -> bool:
        """Whether a sheet of this style is hidden."""
        return style in self._hidden

    def formats(self, style: str) -> bool:
        """Whether a number in a cell of this style ("" for none) may look otherwise than without a format."""
        seen: set[str] = set()
        while style not in seen:
            seen.add(style)
            if style in self._formatted:
                return True
            style = self._parents.get(style, "") if style else "Default"
        return "" in self._formatted  # what holds for all styles


def hides_zeros(package: Package) -> bool:
    """Whether a sheet is set not to show cells that are 0."""
    said: list[str] = []
    asked = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal asked
        asked = name == _CONFIG + "config-item" and attributes.get(_CONFIG + "name") == "ShowZeroValues"

    def text(content: str) -> None:
        if asked:
            said.append(content.strip())

    if _SETTINGS in package:
        package.parse(_SETTINGS, start=start, text=text, namespaces=True)
    return "false" in said
