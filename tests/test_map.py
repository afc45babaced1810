"""The map of the package is true: the docstring of each room names all that is in it."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "bulkprov"
ROOMS = sorted(each.parent for each in PACKAGE.rglob("__init__.py"))


def missing_from(docstring: str, room: Path) -> list[str]:
    """The modules and rooms inside a room that its docstring does not name."""
    inside = [each.stem for each in room.glob("[!_]*.py")]
    inside += [each.parent.name for each in room.glob("*/__init__.py")]
    return sorted(name for name in inside if not re.search(rf"\b{name}\b", docstring))


@pytest.mark.parametrize("room", ROOMS, ids=[each.name for each in ROOMS])
def test_the_docstring_of_a_room_names_all_that_is_in_it(room: Path) -> None:
    """A reader who looks for a place finds it there."""
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))

    assert missing_from(docstring or "", room) == []


def test_a_module_that_is_not_named_is_found(tmp_path: Path) -> None:
    """Otherwise the claim above would prove nothing."""
    (tmp_path / "new_module.py").touch()

    assert missing_from("Names another_new_module only.", tmp_path) == ["new_module"]
