"""What commands print for scripts, held to the schemas that the package carries.

The schemas allow keys that a later version may add. Here they allow none: a key that nobody describes is noticed.
"""

import json
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
        if "summary" in each:
            check(each["summary"])
        if "runs" in each and isinstance(each["runs"], list):
            check(each["runs"])


@cache
def _strict(name: str) -> Draft202012Validator:
    read = schema(name)
    inner = {key: _closed(value) for key, value in read["properties"].items()}
    closed = read | {"properties": inner, "additionalProperties": False}
    return Draft202012Validator(closed, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _closed(part: Any) -> Any:
    """A part of a schema under which no object has keys besides those that are described."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items()}
    return closed | ({"additionalProperties": False} if "properties" in part else {})
