"""A virtual environment for each client and version, and a process in it that makes the client's calls."""

import json
import os
import re
import subprocess
import sys
import threading
import venv
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any, Final, Self, cast

from tests.campaigns import real_clients_driver
from tests.campaigns.real_clients_driver import DRIVERS, Cvpysdk, Pinkopy

__all__ = ["RELEASES", "ClientError", "ClientProcess", "EndedError", "Release", "UnusableError", "one_line", "prepare"]

_DRIVER: Final = Path(real_clients_driver.__file__)
_INSTALL_SECONDS: Final = 300.0
_CALL_SECONDS: Final = 300.0
"""More than any call takes, on a busy machine too; cvpysdk itself would wait for ever."""
_LINE: Final = 160


class UnusableError(Exception):
    """A client that cannot be installed, or is not as it was released; the line says why."""


class ClientError(Exception):
    """What a client raised."""

    def __init__(self, name: str, words: str) -> None:
        """Keep both.

        Args:
            name: of the exception's class.
            words: of the exception.
        """
        super().__init__(one_line(f"{name}: {words}"))
        self.name = name


class EndedError(Exception):
    """A call to a client whose process has ended."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a client."""

    client: str
    version: str

    def __str__(self) -> str:
        return f"{self.client} {self.version}"

    @property
    def driver(self) -> type[Cvpysdk | Pinkopy]:
        """What drives it."""
        return DRIVERS[self.client]


RELEASES: Final = (
    *(Release("cvpysdk", version) for version in ("11.10", "11.20", "11.25", "11.32", "11.36", "11.40", "11.44")),
    Release("pinkopy", "2.1.2"),
    Release("commvault-client", "2.3.0"),
)


def one_line(text: str) -> str:
    """Text as one line of no more than 160 characters, without addresses, which are others each time."""
    line = re.sub(r"\w+://[^\s'\")]+", "…", " ".join(text.split()))
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


def prepare(release: Release, folder: Path) -> Path:
    """The interpreter of an environment with this release, which is made if it is not there.

    Args:
        release: to install, with the newest versions of what it needs.
        folder: for all environments.

    Raises:
        UnusableError: it cannot be installed.
    """
    home = folder / f"{release.client}-{release.version}"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        try:
            venv.create(home, with_pip=True)
        except subprocess.CalledProcessError as error:
            raise UnusableError("this Python cannot make virtual environments with pip in them") from error
    command = [str(python), "-m", "pip", "install", "--quiet", f"{release.client}=={release.version}"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)  # noqa: S603 - our own command
    except subprocess.TimeoutExpired as error:
        raise UnusableError(f"pip was not done in {_INSTALL_SECONDS:g} s") from error
    if ran.returncode:
        lines = ran.stderr.splitlines() or ["pip failed without a word"]
        raise UnusableError(one_line(next((line for line in lines if line.startswith("ERROR")), lines[-1])))
    return python


class ClientProcess:
    """A client in a process of its own; its calls are those of its class in `real_clients_driver`."""

    def __init__(self, client: str, python: Path, log: Path) -> None:
        """Start it.

        Args:
            client: its name.
            python: the interpreter of its environment.
            log: file for what it prints, with the tracebacks of its errors.
        """
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [str(python), "-I", str(_DRIVER), client],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            env=os.environ | {"NO_PROXY": "*", "no_proxy": "*"},
        )
        self._calls = cast("IO[str]", self._process.stdin)  # both are pipes
        self._output = cast("IO[str]", self._process.stdout)
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):  # of calls that it did not read
            self._calls.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._output.close()
        self._log.close()

    def needed(self) -> dict[str, str]:
        """The versions of Python and of what the client needs, by name; to be asked once, before any call.

        Raises:
            UnusableError: the client cannot be used, or its files are not as they were installed.
        """
        try:
            installed = self._answer()
        except EndedError as error:
            raise UnusableError(f"it cannot be started: {error}") from error
        if changed := installed["changed"]:
            raise UnusableError(f"{len(changed)} files are not as they were installed, such as {changed[0]}")
        return dict(installed["needed"])

    def call(self, name: str, *values: object) -> Any:
        """Make a call.

        Args:
            name: of the driver's method.
            values: its arguments.

        Returns:
            What it returns.

        Raises:
            ClientError: the client raised something.
            EndedError: its process has ended, or did not answer and was ended.
        """
        try:
            self._calls.write(f"{json.dumps({'call': name, 'values': values})}\n")
            self._calls.flush()
        except OSError as error:
            raise EndedError("its process has ended") from error
        answer = self._answer()
        if "error" in answer:
            raise ClientError(answer["error"], answer["words"])
        return answer["value"]

    def _read(self) -> None:
        for line in self._output:
            self._answers.put(line)
        self._answers.put("")

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=_CALL_SECONDS)
        except Empty as error:
            self._process.kill()
            raise EndedError(f"no answer in {_CALL_SECONDS:g} s") from error
        if not line:
            raise EndedError("its process has ended")
        return dict(json.loads(line))
