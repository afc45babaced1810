"""What the measurements have in common: processes that are timed and weighed, sheets, and tables."""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["TOKEN", "Spent", "bulkprov", "machine", "run_wave", "spend", "table", "workplace", "write_wave"]

TOKEN: Final = "QSDK 3bench"
_AS_INSTALLED: Final = {"PYTHONDONTWRITEBYTECODE": ""}
"""What is installed has its bytecode. Where none may be written, each start would compile it anew: 0.15 s."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process has cost, from its start to its end."""

    seconds: float
    cpu: float
    """Seconds of processor time, its threads and children included."""
    peak: float
    """Megabytes of memory that it had at most."""
    output: str


def spend(command: Sequence[str], environment: Mapping[str, str] | None = None, *, well: Sequence[int] = (0,)) -> Spent:
    """Run a command and say what it cost.

    Args:
        command: what to run.
        environment: added to this process's own.
        well: the exit codes that are as they should be.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env={**os.environ, **_AS_INSTALLED, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        if process.returncode not in well:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{out.read()}{err.read()}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Spent(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6, out.read())


def bulkprov(*words: str) -> list[str]:
    """A command of ours, as it is typed."""
    return [sys.executable, "-m", "bulkprov", *words]


def run_wave(sheet: Path, url: str, *words: str, audit: bool = False) -> tuple[Spent, dict[str, Any]]:
    """Run a sheet against a server, in a new folder beside it that is taken away again; also the JSON that it said.

    Args:
        sheet: what to run.
        url: of the server.
        words: more options.
        audit: whether to look again; only for a stub that keeps what it makes. It begins at once, since there a set is
            listed as soon as it is made.
    """
    with tempfile.TemporaryDirectory(dir=sheet.parent) as folder:
        more = ("-o", str(Path(folder) / "run"), "--json", "-q", *words)
        command = bulkprov(
            "run", str(sheet), "--server", url, *more, *(("--settle", "0") if audit else ("--no-audit",))
        )
        spent = spend(command, {"BULKPROV_TOKEN": TOKEN})
        said: dict[str, Any] = json.loads(spent.output)
        return spent, said


def write_wave(path: Path, rows: int, *, clients: int = 500) -> Path:
    """A sheet in CSV as an ops team sends it: six columns of ours, and two of its own."""
    columns = ("clientName", "backupsetName", "appName", "instanceName", "onDemandBackupset", "planName")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*columns, "owner", "ticket"))
        for number in range(rows):
            client, name = f"client{number % clients:04d}", f"FS_Wave_{number:07d}"
            others = ("DefaultInstanceName", "No", "Gold", "Ann Meyer", f"CHG{number // 100:06d}")
            writer.writerow((client, name, "File System", *others))
    return path


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is taken away again."""
    with tempfile.TemporaryDirectory(prefix="bulkprov-bench-") as folder:
        yield Path(folder)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are numbers."""
    lines = [heads, ("---", *("---:" for _ in heads[1:])), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cpu_name() -> str:
    """What the processor calls itself."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def machine() -> str:
    """On what the figures were made, for whoever reads them."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores ({_cpu_name()}), {platform.system()} {platform.release()}, {python}"
