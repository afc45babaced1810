"""The schemas of what commands print for scripts."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from bulkprov.cli.json_output import error_summary
from bulkprov.engine.model import Status
from tests.schemas import SCHEMAS, check, schema

NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))
PAGE = Path(__file__).parents[2] / ".github" / "docs" / "scripts.md"


def properties(part: Any) -> list[tuple[str, Any]]:
    """All keys that a schema describes, those inside of others too."""
    if isinstance(part, list):
        return [found for each in part for found in properties(each)]
    if not isinstance(part, dict):
        return []
    own = part.get("properties")
    return [*(own.items() if isinstance(own, dict) else ()), *properties(list(part.values()))]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_names_itself_and_describes_every_key(name: str) -> None:
    """By its name and version; the page for scripts links to it."""
    read = schema(name)

    Draft202012Validator.check_schema(read)
    assert (read["$id"], read["properties"]["schema"]["const"]) == (f"urn:bulkprov:{name}", name)
    assert [key for key, value in properties(read) if not value.get("description")] == []
    assert f"bulkprov/cli/schemas/{name}.json" in PAGE.read_text("utf-8")


def test_a_summary_has_a_key_for_every_status() -> None:
    """And a group may have any of them."""
    read = schema("summary-1")["properties"]

    assert set(Status) <= set(read)
    assert set(read["groups"]["items"]["properties"]["status"]["enum"]) == set(Status)


def test_a_key_that_nobody_describes_is_noticed() -> None:
    """The check that other tests rely on can fail: on a further key, a missing one, and a wrong value."""
    told = error_summary("no such file", 2)
    without = {key: value for key, value in told.items() if key != "next"}

    check(told)
    for wrong in (told | {"colour": "green"}, told | {"rows": "many"}, without):
        with pytest.raises(ValidationError):
            check(wrong)
