"""How the parts of an Office package find each other: by relationships, never by their names.

ECMA-376 part 2 (Open Packaging Conventions): 9.3 has relationships, 9.1 and annex A names of parts. Strict and
transitional files use different namespaces for the types of relationships, which end alike.
"""

import posixpath
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bulkprov.errors import SheetError
from bulkprov.sheets.excel.zip_guard import SAVE_AGAIN, Package, local_name

__all__ = ["Relationship", "main_part", "relationships"]

_CONTENT_TYPES: Final = "[Content_Types].xml"
_MAIN_TYPES: Final = (
    "sheet.main+xml",
    "template.main+xml",
    "sheet.macroenabled.main+xml",
    "addin.macroenabled.main+xml",
)
"""How the content types of workbooks end: plain ones and templates, without and with macros."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """What one part says of another."""

    kind: str
    """The last word of its type, in lower case: worksheet, styles, sharedstrings."""
    target: str
    """The other part."""


def relationships(package: Package, part: str) -> dict[str, Relationship]:
    """The relationships of a part, by their ids; "" is the package itself. Links to the outside are left out.

    Raises:
        SheetError: two of them have one id, or their part is damaged.
    """
    folder, _, name = part.rpartition("/")
    source = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, Relationship] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        number = attributes.get("Id", "")
        if number in found:
            raise SheetError(f"{package.where}: {source} in it has the id {number[:60]!r} twice: {SAVE_AGAIN}")
        kind = attributes.get("Type", "").rstrip("/").rpartition("/")[2].lower()
        found[number] = Relationship(kind, _resolved(package, folder, attributes.get("Target", "")))

    if source in package:
        package.parse(source, start=start)
    return found


def main_part(package: Package) -> str:
    """The part that the package is about, or "" if it does not say."""
    for relationship in relationships(package, "").values():
        if relationship.kind == "officedocument" and relationship.target in package:
            return relationship.target
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "").lower()
        if local_name(name) == "Override" and kind.endswith(_MAIN_TYPES):
            found.append(attributes.get("PartName", "").lstrip("/"))

    if _CONTENT_TYPES in package:
        package.parse(_CONTENT_TYPES, start=start)
    return next((part for part in found if part in package), "")


def _resolved(package: Package, folder: str, target: str) -> str:
    """The part that a target names, seen from a folder.

    Some writers leave the first slash of a name from the top away, and some quote characters as in addresses.
    """
    path = target.replace("\\", "/").partition("#")[0]
    names = [posixpath.normpath(posixpath.join("/", folder, path)), posixpath.normpath(f"/{path}")]
    candidates = [spelling.lstrip("/") for name in names for spelling in (name, unquote(name))]
    return next((name for name in candidates if name in package), candidates[0])
