"""Files that must be the user's own."""

import errno
import os
import stat
from pathlib import Path

import pytest

from bulkprov import private
from bulkprov.private import make_folder, replacing, why_not_own

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")


@pytest.fixture(name="file")
def a_file(tmp_path: Path) -> Path:
    """A file as an editor writes it."""
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    return file


def test_a_file_of_the_user_is_relied_on_and_so_is_one_that_does_not_exist(file: Path, tmp_path: Path) -> None:
    """Others may read it; secrets have a rule of their own."""
    assert why_not_own(file) == ""
    assert why_not_own(tmp_path / "nothing") == ""


@pytest.mark.parametrize("mode", [0o646, 0o666, 0o777])
def test_what_others_can_write_is_not(file: Path, mode: int) -> None:
    """With the command that makes it one's own."""
    file.chmod(mode)

    assert why_not_own(file) == f"others can write it; make it your own first: chmod go-w {file}"


@pytest.mark.parametrize(("alone", "trusted"), [(True, True), (False, False)])
def test_a_group_may_write_if_it_is_the_users_alone(
    file: Path, alone: bool, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many systems give each user a group, and a umask that lets it write."""
    file.chmod(0o664)
    monkeypatch.setattr(private, "_is_of_user_alone", lambda _group: alone)

    assert (why_not_own(file) == "") is trusted


def test_what_belongs_to_another_user_is_not(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its mode; what the administrator owns is, who can do everything anyway."""
    monkeypatch.setattr(private, "_owners", lambda: {0, file.stat().st_uid + 1} - {file.stat().st_uid})

    assert why_not_own(file) == "it belongs to another user: use one of your own"


def test_a_link_is_followed_only_where_one_will_do(file: Path, tmp_path: Path) -> None:
    """A settings file may be one; the file of a run may not."""
    link = tmp_path / "link"
    link.symlink_to(file)

    assert why_not_own(link) == "it is a link: give the file itself"
    assert why_not_own(link, link=True) == ""


def test_every_folder_on_the_way_is_as_private_as_the_last(tmp_path: Path) -> None:
    """Those that exist stay as they are."""
    (tmp_path / "there").mkdir(mode=0o755)
    (tmp_path / "there").chmod(0o755)
    make_folder(tmp_path / "there" / "reports" / "wave")
    make_folder(tmp_path / "there" / "reports" / "wave")

    modes = [(tmp_path / each).stat().st_mode & 0o777 for each in ("there", "there/reports", "there/reports/wave")]
    assert modes == [0o755, 0o700, 0o700]


def test_a_file_in_the_way_of_a_folder_is_an_error(file: Path) -> None:
    """Of the system, as for any other folder."""
    with pytest.raises(FileExistsError):
        make_folder(file)
    with pytest.raises(NotADirectoryError):
        make_folder(file / "below")


def test_the_users_own_group_has_his_name_and_no_other_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that does not exist is nobody's."""
    import grp  # noqa: PLC0415 - not on Windows
    import pwd  # noqa: PLC0415 - not on Windows

    def known(name: str, members: list[str]) -> None:
        monkeypatch.setattr(pwd, "getpwuid", lambda _uid: pwd.struct_passwd(("ops", "x", 7, 7, "", "/", "/bin/sh")))
        monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((name, "x", gid, members)))

    told = []
    for name, members in (("ops", []), ("ops", ["ops"]), ("ops", ["eve"]), ("staff", [])):
        known(name, members)
        told.append(private._is_of_user_alone(7))
    monkeypatch.undo()

    assert told == [True, True, False, False]
    assert not private._is_of_user_alone(987_654_321)


def test_a_file_is_replaced_as_a_whole_by_one_that_only_its_owner_can_read(tmp_path: Path) -> None:
    """What a process that died left half-written is in no way."""
    place = tmp_path / "told.json"
    place.write_text("old")
    (tmp_path / ".told.json.new").write_text("half")

    with replacing(place) as file:
        file.write(b"new")
        assert place.read_text() == "old"

    assert place.read_text() == "new"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["told.json"]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path) -> None:
    """Nothing is left beside it."""
    place = tmp_path / "told.json"
    place.write_text("old")

    def write_half() -> None:
        with replacing(place) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(OSError, match="no room"):
        write_half()

    assert place.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["told.json"]
