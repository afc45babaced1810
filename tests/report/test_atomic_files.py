import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from bulkprov.errors import StorageError
from bulkprov.report.atomic_files import move_into_place, private_file, remove_outdated, staging_folder


def staged(folder: Path, name: str, content: bytes) -> Path:
    """A finished file, moved into its place."""
    said: list[str] = []
    with staging_folder(folder) as staging:
        with private_file(staging / name) as file:
            file.write(content)
        place = move_into_place(staging / name, folder, said)
    assert said == []
    return place


def test_a_file_is_replaced_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """The new file has the name, and the folder holds no other."""
    for content in (b"old", b"new"):
        staged(tmp_path, "results.csv", content)

    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]
    assert (tmp_path / "results.csv").read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """Results describe the whole estate: no other user of the machine can read them, finished or not."""
    with staging_folder(tmp_path) as staging:
        assert stat.S_IMODE(staging.stat().st_mode) == 0o700
    assert stat.S_IMODE(staged(tmp_path, "results.csv", b"").stat().st_mode) == 0o600


def test_a_failure_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """Whatever goes wrong half-way, the older file is as it was and nothing else is left."""
    place = staged(tmp_path, "results.csv", b"old")
    with suppress(KeyError), staging_folder(tmp_path) as staging, private_file(staging / "results.csv") as file:
        file.write(b"half")
        raise KeyError

    assert place.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]


def test_a_folder_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    """The error names the folder, the reason and the command that writes the results later."""
    gone = tmp_path / "gone"
    with (
        pytest.raises(StorageError, match=r"gone: the results cannot be written \(No such file.*bulkprov report"),
        staging_folder(gone),
    ):
        pytest.fail("there is nothing to stage in")


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that are open in Excel: what Windows does then, other systems do not."""
    names: set[str] = set()
    replace, unlink = Path.replace, Path.unlink

    def refusing_replace(self: Path, target: Path) -> Path:
        if target.name in names:
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")
        return replace(self, target)

    def refusing_unlink(self: Path, missing_ok: bool = False) -> None:
        if self.name in names:
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "replace", refusing_replace)
    monkeypatch.setattr(Path, "unlink", refusing_unlink)
    return names


def test_a_file_open_in_excel_gets_a_neighbour(tmp_path: Path, busy: set[str]) -> None:
    """The new file takes the first free name, the open one stays, and the operator gets a line about it."""
    staged(tmp_path, "results.xlsx", b"old")
    staged(tmp_path, "results-2.xlsx", b"older")
    busy.add("results.xlsx")
    said: list[str] = []
    with staging_folder(tmp_path) as staging:
        with private_file(staging / "results.xlsx") as file:
            file.write(b"new")
        place = move_into_place(staging / "results.xlsx", tmp_path, said)

    assert place == tmp_path / "results-3.xlsx"
    assert place.read_bytes() == b"new"
    assert said == ["results.xlsx is open in another program, so this was written to results-3.xlsx"]


def test_a_file_that_cannot_be_removed_is_named(tmp_path: Path, busy: set[str]) -> None:
    """A file that is out of date but open gets a line; one that does not exist does not matter."""
    staged(tmp_path, "failed.xlsx", b"old")
    busy.add("failed.xlsx")
    said: list[str] = []
    remove_outdated([tmp_path / "failed.csv", tmp_path / "failed.xlsx"], said)

    assert len(said) == 1
    assert said[0].startswith("failed.xlsx is out of date")
