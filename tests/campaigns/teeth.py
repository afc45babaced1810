"""Whether the suite has teeth: deliberate bugs, each put into a copy of the package, each of which must fail a test.

A bug is a change of a few words in one file. The tests that should bite are named with it, so that a campaign takes
minutes; they are run first without any bug, since a test that fails anyway proves nothing::

    python -m tests.campaigns.teeth
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.campaigns.bugs import BUGS
from tests.campaigns.bugs.bug import Bug

__all__ = ["BUGS", "ROOT", "apply"]

ROOT: Final = Path(__file__).parents[2]
_LONG: Final = 60.0


def apply(bug: Bug, package: Path) -> str:
    """Put a bug in; empty, or why it cannot be done: the file has been edited since, and so must this list be."""
    path = package / bug.file
    text = path.read_text("utf-8")
    if text.count(bug.right) != 1:
        return f"{bug.name}: {bug.file} has these words {text.count(bug.right)} times: {bug.right}"
    path.write_text(text.replace(bug.right, bug.wrong), "utf-8")
    return ""


def _copy(to: Path) -> None:
    """What is needed to run tests."""
    ignored = shutil.ignore_patterns("__pycache__", ".*", "reports")
    for name in ("bulkprov", "tests", "inputs"):
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, to)


def _passes(folder: Path, tests: str, seconds: float | None = None) -> bool:
    """Whether these tests pass there, in a time that is long for them: a test that hangs has noticed something.

    Args:
        folder: a copy of the project.
        tests: files, with blanks between them.
        seconds: the time; None for as long as it takes.
    """
    options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0"]  # a few quick tests, and bugs go side by side already
    command = [sys.executable, "-m", "pytest", *options, *tests.split()]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def _bites(bug: Bug) -> str:
    """Empty if a test notices the bug; else what is wrong."""
    with tempfile.TemporaryDirectory(prefix="teeth-") as folder:
        _copy(Path(folder))
        problem = apply(bug, Path(folder) / "bulkprov")
        return problem or (
            f"{bug.name}: no test of {bug.tests} noticed" if _passes(Path(folder), bug.tests, _LONG) else ""
        )


def main() -> int:
    """Put in each bug and say which were noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only bugs whose name has these words")
    given = parser.parse_args()
    bugs = [bug for bug in BUGS if given.only in bug.name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="teeth-") as folder:
        _copy(Path(folder))
        if not _passes(Path(folder), " ".join(sorted({test for bug in bugs for test in bug.tests.split()}))):
            sys.stdout.write("the tests fail without any bug; mend that first\n")
            return 2
    with ThreadPoolExecutor(given.jobs) as workers:
        problems = []
        for bug, problem in zip(bugs, workers.map(_bites, bugs), strict=True):
            sys.stdout.write(f"{'MISSED ' if problem else 'noticed'}  {bug.name}\n")
            sys.stdout.flush()
            problems += [problem] if problem else []
    bitten = len(bugs) - len(problems)
    sys.stdout.write(
        "\n".join([f"{bitten} of {len(bugs)} bugs were noticed, {time.monotonic() - began:.0f} s", *problems]) + "\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
