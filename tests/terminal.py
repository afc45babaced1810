"""A pseudo-terminal, and somebody who types there."""

import os
import select
import sys
import time
from collections.abc import Callable

import pytest


class Terminal:
    """A command on a pseudo-terminal of its own, and who types there."""

    def __init__(self, *words: str) -> None:
        pty = pytest.importorskip("pty", reason="only POSIX has pseudo-terminals")
        self.shown, self._new = "", 0
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "bulkprov", *words])  # noqa: S606 - our own command

    def answer(self, question: str, line: str) -> None:
        """Wait for a question and the end of its line, and type an answer."""
        self._read(lambda: question in self.shown[self._new :] and self.shown.endswith((": ", "] ")))
        self._new = len(self.shown)
        os.write(self._screen, f"{line}\n".encode())

    def end(self) -> int:
        """Wait for the end of the command: its exit code."""
        self._read(lambda: False)
        os.close(self._screen)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, enough: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not enough():
            assert select.select([self._screen], [], [], until - time.monotonic())[0], self.shown
            try:
                piece = os.read(self._screen, 4096)
            except OSError:  # the command has ended
                return
            if not piece:
                return
            self.shown += piece.decode().replace("\r\n", "\n")
