"""The import contracts bite: each of these changes to a copy of the package is refused by `lint-imports`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, to be changed."""
    shutil.copytree(ROOT / "bulkprov", tmp_path / "bulkprov", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def refused(folder: Path) -> str:
    """What `lint-imports` says there, and an empty text if all contracts are kept."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    said = subprocess.run(  # noqa: S603 - ours
        [*command, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return said.stdout if said.returncode else ""


def test_the_package_as_it_is_keeps_them(copy: Path) -> None:
    """Otherwise what follows would prove nothing."""
    assert refused(copy) == ""


@pytest.mark.parametrize(
    "module",
    [
        "helpers.py",
        "engine/helpers.py",
        "engine/throttle/helpers.py",
        "sheets/excel/helpers.py",
        "simulator/helpers.py",
    ],
)
def test_a_module_that_is_in_no_list_is_refused(copy: Path, module: str) -> None:
    """A new module has to be given its place."""
    (copy / "bulkprov" / module).write_text('"""New."""\n')

    assert "helpers" in refused(copy)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("engine/lifecycle.py", "import bulkprov.commvault.backupset"),
        ("engine/pipeline.py", "import bulkprov.sheets.rows"),
        ("journal/codec.py", "import bulkprov.commvault.backupset"),
        ("report/row.py", "import bulkprov.journal.store"),
        ("runs/run.py", "import bulkprov.cli.messages"),
        ("simulator/commserve/state.py", "import bulkprov.engine.model"),
        ("simulator/server.py", "import bulkprov.commvault.backupset"),
        ("simulator/settings.py", "import bulkprov.settings"),
        ("simulator/faults/table.py", "import bulkprov.text"),
    ],
)
def test_an_import_against_the_grain_is_refused(copy: Path, module: str, line: str) -> None:
    """Up, sideways, or out of the simulator to anything but wire and errors."""
    file = copy / "bulkprov" / module
    docstring, _, rest = file.read_text(encoding="utf-8").partition('"""\n\n')
    file.write_text(f'{docstring}"""\n\n{line}  # noqa\n{rest}', encoding="utf-8")

    assert line.removeprefix("import ") in refused(copy)
