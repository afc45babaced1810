"""Trees to bytes and back, in JSON and in XML; it knows neither the vendor's messages nor HTTP.

A *tree* is what `json` would give: dicts, lists, text, numbers, booleans. The same tree serves both formats:

* a key with a leading ``@`` is written as an XML attribute, and without the ``@`` in JSON;
* a list of one is a JSON list, and one plain element in XML;
* when XML is read, the root element's name is dropped, attributes and child elements are keys alike, and all values
  are text. `items`, `integer` and `text` read a value whichever format it came from.

Reading is strict, because what comes in decides whether a backup set is believed to exist: a duplicate key, NaN,
an XML entity, or a root that is no object raises `WireError`.
"""

import json
from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol, TypeAlias
from xml.parsers.expat import ExpatError, ParserCreate

import orjson
import xmltodict

__all__ = ["BY_NAME", "JSON", "XML", "Tree", "Wire", "WireError", "integer", "items", "text"]

Tree: TypeAlias = dict[str, Any]

_LONGEST_NUMBER: Final = 18
"""Digits of the largest number worth reading."""
_TOO_LARGE: Final = 10**_LONGEST_NUMBER

_DEEPEST: Final = 100
"""Elements within each other in the deepest document worth reading; the vendor's go to six."""


class WireError(ValueError):
    """Bytes that are not one well-formed document of the format they claim to be."""


class Wire(Protocol):
    """One of the two formats of the vendor's API."""

    @property
    def name(self) -> str:
        """The value of `--wire`."""
        ...

    @property
    def media_type(self) -> str:
        """The value of Accept and Content-type."""
        ...

    def dumps(self, root: str, tree: Tree) -> bytes:
        """Write a document; `root` is the name of the XML root element (JSON has none)."""
        ...

    def loads(self, body: bytes) -> Tree:
        """Read a document.

        Raises:
            WireError: the bytes are not exactly one well-formed document whose root is an object.
        """
        ...


def _constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise WireError(msg)


def _object(pairs: list[tuple[str, Any]]) -> Tree:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        msg = "a key stands twice in one object"
        raise WireError(msg)
    return tree


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
"""The standard library's, since orjson takes a key that stands twice."""


def _written_alike(body: bytes) -> Tree | None:
    """An object, if these are the very bytes that orjson would write for it; else None, and nothing is said.

    Then no key stands twice in it, and it is quicker to find that out so. Most of the compact JSON that servers write
    is like that; all other JSON is read by the strict decoder.
    """
    try:
        tree = orjson.loads(body)
        return tree if isinstance(tree, dict) and orjson.dumps(tree) == body else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter: more deeply nested than it would write
        return None


def _without_marks(tree: Any) -> Any:
    if isinstance(tree, str):  # as most of them are
        return tree
    if isinstance(tree, dict):
        return {key.removeprefix("@"): _without_marks(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_without_marks(value) for value in tree]
    return tree


@dataclass(frozen=True)
class _Json:
    name: str = "json"
    media_type: str = "application/json"

    def dumps(self, root: str, tree: Tree) -> bytes:  # noqa: ARG002 - JSON has no root element
        document = orjson.dumps(tree)
        if b'"@' in document:  # hardly a request has a mark, and to look for one key by key takes longer than the rest
            document = orjson.dumps(_without_marks(tree))
        return document

    def loads(self, body: bytes) -> Tree:
        if (tree := _written_alike(body)) is not None:
            return tree
        try:
            tree = _DECODER.decode(body.removeprefix(BOM_UTF8).decode())
        except RecursionError as error:
            msg = "nested too deeply"
            raise WireError(msg) from error
        except ValueError as error:  # not UTF-8, not JSON, or one of the refusals above
            raise WireError(str(error)) from error
        if not isinstance(tree, dict):
            msg = "the root is no object"
            raise WireError(msg)
        return tree


def _as_xml(tree: Any, *, attribute: bool = False) -> Any:
    """Booleans as the vendor writes them: True in an element (API page), true in an attribute (its sample replies)."""
    if isinstance(tree, bool):
        return str(tree).lower() if attribute else str(tree)
    if isinstance(tree, dict):
        return {key: _as_xml(value, attribute=key.startswith("@")) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_as_xml(value) for value in tree]
    return tree


def _refuse_bombs(body: bytes) -> None:
    """Go through the document once without building anything: a megabyte of start tags would take seconds and 135 MB.

    The json module has such a limit built in: the interpreter's recursion limit.
    """
    depth = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise WireError("nested too deeply")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise WireError("a document type, where none is needed")

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    parser.Parse(body, True)


@dataclass(frozen=True)
class _Xml:
    name: str = "xml"
    media_type: str = "application/xml"

    def dumps(self, root: str, tree: Tree) -> bytes:
        return xmltodict.unparse({root: _as_xml(tree)}, encoding="UTF-8").encode()

    def loads(self, body: bytes) -> Tree:
        try:
            _refuse_bombs(body)
            document = xmltodict.parse(body, attr_prefix="", disable_entities=True)
        except (ExpatError, ValueError, RecursionError, LookupError) as error:  # LookupError: an unknown encoding
            raise WireError(str(error)) from error
        (content,) = document.values()
        if content is None:
            return {}
        if not isinstance(content, dict):
            msg = "the root holds no elements"
            raise WireError(msg)
        return content


JSON: Final[Wire] = _Json()
XML: Final[Wire] = _Xml()
BY_NAME: Final[dict[str, Wire]] = {wire.name: wire for wire in (JSON, XML)}


def items(tree: Any, key: str) -> list[Tree]:
    """The objects under `key`, whether they came as a list (JSON), as one element (XML) or not at all.

    What is no object is left out, so that a caller reads fields without asking first.
    """
    value = tree.get(key) if isinstance(tree, dict) else None
    if not isinstance(value, list):
        value = [value]
    return [each for each in value if isinstance(each, dict)]


def integer(value: Any) -> int | None:
    """A whole number from JSON (an int, never a boolean) or from text (ASCII digits only); None if it is neither.

    A number of absurd length is none: it is no id and no error code of anybody.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -_TOO_LARGE < value < _TOO_LARGE else None
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER:
            return int(value)
    return None


def text(value: Any) -> str:
    """The value as text: empty for what is missing or no plain value.

    JSON can spell half of a surrogate pair, which no file, database or terminal takes: it becomes a question mark.
    """
    if isinstance(value, bool):
        return str(value)
    return str(value).encode("utf-8", "replace").decode() if isinstance(value, str | int | float) else ""
