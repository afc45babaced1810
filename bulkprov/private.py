"""Files and folders that are the user's own: made so, and checked where others could choose where a password goes.

The system's owners and modes decide, where it has them; on Windows the access rights of a file are those of its folder,
and nothing is checked here. The module knows no file by name.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["make_folder", "new_file", "replacing", "why_not_own"]


def why_not_own(path: Path, *, link: bool = False) -> str:
    """Why a file or folder is not to be relied on, and what to do, for a message; empty if it is, or does not exist.

    It is relied on if the user or the administrator owns it, and nobody else can write it.

    Args:
        path: of the file or folder.
        link: whether a symbolic link will do; otherwise one is a reason, too.
    """
    try:
        if not link and path.is_symlink():
            return "it is a link: give the file itself"
        found = path.stat()
    except OSError:  # whoever opens it says why it cannot be had
        return ""
    if sys.platform != "win32":
        if found.st_uid not in _owners():
            return "it belongs to another user: use one of your own"
        group = found.st_mode & stat.S_IWGRP and not _is_of_user_alone(found.st_gid)
        if group or found.st_mode & stat.S_IWOTH:
            return f"others can write it; make it your own first: chmod go-w {path}"
    return ""


def make_folder(path: Path) -> None:
    """Make a folder that only its owner can enter, and so all folders on the way to it; it may exist.

    Raises:
        OSError: that is not possible.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)  # says why a file of that name is no folder


def new_file(path: Path) -> BinaryIO:
    """A new file that only its owner can read, open to be written.

    Raises:
        OSError: it cannot be made, or something of that name is there.
    """
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read, and that takes the place of another once the block ends well.

    A reader finds the old one or the new one, and never half of one.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    staged = path.with_name(f".{path.name}.new")
    try:
        staged.unlink(missing_ok=True)  # of a process that died here
        with new_file(staged) as file:
            yield file
        staged.replace(path)
    except BaseException:
        with suppress(OSError):  # it is not there, or cannot be touched either
            staged.unlink()
        raise


if sys.platform != "win32":
    import grp
    import pwd

    def _is_of_user_alone(group: int) -> bool:
        """Whether a group is the user's own, as many systems give each user one: it has that name, and no member."""
        try:
            user, found = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(group)
        except KeyError:
            return False
        return found.gr_name == user and set(found.gr_mem) <= {user}

    def _owners() -> set[int]:
        """The user, and the administrator, who can do everything anyway."""
        return {0, os.geteuid()}
