"""What commands print for scripts, held to the schemas that the package carries.

The schemas allow keys that a later version may add. Here they allow none: a key that nobody describes is noticed.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import bulkprov.cli

SCHEMAS = Path(bulkprov.cli.__file__).with_name("schemas")

__all__ = ["SCHEMAS", "check", "schema"]


def schema(name: str) -> dict[str, Any]:
    """A schema by its name."""
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return read


def check(told: Any) -> None:
    """Raise unless an object, or each of an array, is as the schema says that it names."""
    for each in told if isinstance(told, list) else [told]:
        _strict(each["schema"]).validate(each)


@cache
def _strict(name: str) -> Draft202012Validator:
    return Draft202012Validator(_closed(schema(name), name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _closed(part: Any, name: str) -> Any:
    """A part of a schema under which no object has keys besides those that are described."""
    if isinstance(part, list):
        return [_closed(each, name) for each in part]
    if not isinstance(part, Mapping):
        return part
    closed = {key: _closed(value, name) for key, value in part.items()}
    if isinstance(part.get("properties"), Mapping):
        closed.setdefault("additionalProperties", False)
    if "$ref" in part and part["$ref"].startswith("urn:"):
        return _closed(schema(part["$ref"].removeprefix("urn:bulkprov:")), name)
    return closed
