"""The two formats of the API, JSON and XML: trees to bytes and back. It knows neither the vendor's messages nor HTTP.

A *tree* is what `json.loads` gives: dicts, lists, text, numbers, booleans. The same tree serves both formats:

* a key with a leading ``@`` is an XML attribute, and has no ``@`` in JSON;
* a list of one item is a JSON list, and a single element in XML;
* when XML is read, the name of the root element is dropped, attributes and child elements both become keys, and all
  values are text. `items`, `integer` and `text` read a value from either format.

Reading is strict, because it decides whether something is believed to exist on the server: a duplicate key, NaN, an XML
entity, or a root that is not an object raises `WireError`.
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

_MAX_DIGITS: Final = 18
"""Digits of the largest number that is read; no id and no error code has more."""
_TOO_LARGE: Final = 10**_MAX_DIGITS

_MAX_DEPTH: Final = 100
"""Levels of nested elements in the deepest document that is read; the vendor's have six."""


class WireError(ValueError):
    """Bytes that are not one well-formed document in the format expected."""


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
        """Write a document. `root` is the name of the root element in XML; JSON has none."""
        ...

    def loads(self, body: bytes) -> Tree:
        """Read a document.

        Raises:
            WireError: the bytes are not exactly one well-formed document whose root is an object.
        """
        ...


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise WireError(msg)


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> Tree:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        msg = "a key occurs twice in one object"
        raise WireError(msg)
    return tree


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object_without_duplicates, parse_constant=_refuse_constant)
"""The standard library's, since orjson accepts a duplicate key."""


def _read_canonical(body: bytes) -> Tree | None:
    """Read an object if these are the very bytes that orjson would write for it; otherwise None.

    Such bytes cannot have a duplicate key, and this is the fastest way to know. Compact JSON, as most servers write
    it, is canonical; any other JSON is left to the strict decoder.
    """
    try:
        tree = orjson.loads(body)
        return tree if isinstance(tree, dict) and orjson.dumps(tree) == body else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter: nested more deeply than orjson would write
        return None


def _without_marks(tree: Any) -> Any:
    """The tree without the ``@`` of XML attributes."""
    if isinstance(tree, str):  # as most nodes are
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
        if b'"@' in document:  # few requests have marks, and looking for them key by key takes longer than all the rest
            document = orjson.dumps(_without_marks(tree))
        return document

    def loads(self, body: bytes) -> Tree:
        if (tree := _read_canonical(body)) is not None:
            return tree
        try:
            tree = _DECODER.decode(body.removeprefix(BOM_UTF8).decode())
        except RecursionError as error:
            msg = "nested too deeply"
            raise WireError(msg) from error
        except ValueError as error:  # not UTF-8, not JSON, or one of the refusals above
            raise WireError(str(error)) from error
        if not isinstance(tree, dict):
            msg = "the root is not an object"
            raise WireError(msg)
        return tree


def _as_xml(tree: Any, *, attribute: bool = False) -> Any:
    """The tree with booleans as the vendor writes them: True in elements (API page), true in attributes (samples)."""
    if isinstance(tree, bool):
        return str(tree).lower() if attribute else str(tree)
    if isinstance(tree, dict):
        return {key: _as_xml(value, attribute=key.startswith("@")) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_as_xml(value) for value in tree]
    return tree


def _refuse_bombs(body: bytes) -> None:
    """Refuse a document that nests too deeply or has a document type, before anything is built from it.

    A megabyte of start tags would take seconds and 135 MB. For JSON, the recursion limit of the interpreter does this.
    """
    depth = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise WireError("nested too deeply")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise WireError("a document type is not allowed")

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
    """The objects under `key`, whether it holds a list, a single element (XML), or is missing.

    Anything that is not an object is left out, so that callers can read fields without checking.
    """
    value = tree.get(key) if isinstance(tree, dict) else None
    if not isinstance(value, list):
        value = [value]
    return [each for each in value if isinstance(each, dict)]


def integer(value: Any) -> int | None:
    """A whole number, from an int (never a boolean) or from text of ASCII digits; None if the value is neither.

    A number of more than 18 digits gives None too: it cannot be an id or an error code.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -_TOO_LARGE < value < _TOO_LARGE else None
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
            return int(value)
    return None


def text(value: Any) -> str:
    """The value as text; empty if it is missing, a list or an object.

    Half of a surrogate pair, which JSON can spell and no file, database or terminal takes, becomes a question mark.
    """
    if isinstance(value, str) and value.isascii():  # as nearly always
        return value
    if isinstance(value, bool):
        return str(value)
    return str(value).encode("utf-8", "replace").decode() if isinstance(value, str | int | float) else ""
