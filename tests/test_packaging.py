"""What is built from this tree, and what its metadata says."""

import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import bulkprov
from tests.schemas import SCHEMAS

ROOT = Path(__file__).parents[1]


def test_the_wheel_has_the_licence_the_schemas_and_what_the_page_is_made_of(tmp_path: Path) -> None:
    """Beside the code; the licence with the metadata too, where tools look for it."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    info = f"bulkprov-{bulkprov.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as package:
        held = set(package.namelist())
        assert {"bulkprov/LICENSE", f"{info}/licenses/bulkprov/LICENSE"} <= held
        page = {path.name for path in (ROOT / "bulkprov/report/page").iterdir() if path.is_file()}
        assert {"page.html", "row.html", "page.css", "page.js"} <= page, "the page is made of these"
        assert {f"bulkprov/report/page/{name}" for name in page} <= held
        metadata = message_from_bytes(package.read(f"{info}/METADATA"))

    assert {"bulkprov/LICENSE", f"{info}/licenses/bulkprov/LICENSE"} <= held
    assert {f"bulkprov/cli/schemas/{each.name}" for each in SCHEMAS.iterdir()} <= held
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "bulkprov/LICENSE"


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    """Every file of the package that is in the repository, and the metadata; no test, sample, report or cache."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    info = f"bulkprov-{bulkprov.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as package:
        held = set(package.namelist())
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bulkprov").rglob("*") if path.is_file()}
    code = {name for name in own if "__pycache__" not in name}

    assert {name.rpartition(".")[2] for name in code} == {
        *("py", "json", "toml", "typed", "html", "css", "js", "bulkprov/LICENSE")
    }
    assert {"bulkprov/py.typed", "bulkprov/LICENSE", "bulkprov/report/error_catalogue.toml"} <= code
    metadata = {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    assert held == code | metadata | {f"{info}/licenses/bulkprov/LICENSE"}


def test_the_source_archive_has_all_that_its_tests_read(tmp_path: Path) -> None:
    """The licence, the samples and the pages that tests hold to the code."""
    (archive,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(archive) as package:
        held = {name.partition("/")[2] for name in package.getnames()}

    needed = {"bulkprov/LICENSE", "inputs/wave.xlsx", "README.md", ".github/docs/python.md", "tests/test_packaging.py"}
    assert needed <= held


def test_the_version_is_the_same_wherever_it_stands() -> None:
    """In the metadata that the build makes, and in the package that a command names."""
    assert ProjectMetadata(str(ROOT), PluginManager()).version == bulkprov.__version__
