"""Journals with damaged pages through every command that opens one: no traceback, and nothing sent that is not in them.

A page becomes zeros or noise, or some of its bytes change. Each journal is made by its own number, so that parts of the
campaign can be run, and a journal again that was told::

    python -m tests.campaigns.damaged_journals --from 0 --count 250
"""

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unittest.mock import patch

from bulkprov.__main__ import main as bulkprov
from bulkprov.errors import ExitCode
from bulkprov.simulator import SimulatorSettings
from tests.end_to_end.conftest import CommServe

__all__ = ["Found", "campaign", "damaged"]

_ROWS: Final = 600
_SETTLED: Final = _ROWS * 5 // 8
"""Rows that the journal says are done."""
_CLIENTS: Final = 40
_PAGE: Final = 4096
_MOST_PAGES: Final = (1, 2, 5, 50)
"""Up to so many pages are damaged: a single one tells most, as the journal can still be opened then."""
_SETTLE: Final = 0.05
_PROMISED: Final = frozenset(int(code) for code in ExitCode if code is not ExitCode.BUG)


@dataclass(slots=True)
class Found:
    """What came of a campaign."""

    journals: int = 0
    mutated: int = 0
    """Bytes that were changed."""
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How commands ended."""
    whole: int = 0
    """Rows that were reported of journals that are damaged."""
    altered: int = 0
    """Sets that were made under a name which damage had put into a row, and which nothing told from a right one."""
    wrong: list[str] = field(default_factory=list)
    """Broken promises."""


def damaged(journal: bytes, number: int) -> tuple[bytes, int]:
    """A journal with 1 to 50 damaged pages, always the same for a number; and how many bytes were changed."""
    draw, content = random.Random(number), bytearray(journal)
    pages = len(content) // _PAGE
    for page in draw.sample(range(pages), draw.randint(1, min(draw.choice(_MOST_PAGES), pages))):
        start = page * _PAGE
        match draw.randrange(4):
            case 0:
                content[start : start + _PAGE] = bytes(_PAGE)
            case 1:
                content[start : start + _PAGE] = draw.randbytes(_PAGE)
            case 2:
                for _ in range(draw.randint(1, 40)):
                    content[start + draw.randrange(_PAGE)] = draw.randrange(256)
            case _:
                at = start + draw.randrange(_PAGE - 8)
                content[at : at + 8] = draw.randbytes(8)
    return bytes(content), sum(before != after for before, after in zip(journal, content, strict=True))


def campaign(folder: Path, numbers: range) -> Found:
    """Damage a journal in so many ways, and type every command that opens it."""
    found = Found()
    rows = [f"client{number % _CLIENTS + 1:03d},N{number}" for number in range(_ROWS)]
    sheet = ["clientName,backupsetName,remark", *(f"{row},{'as ordered by the team ' * 4}" for row in rows)]
    (folder / "wave.csv").write_text("\n".join(sheet))
    (folder / "secret").write_text("simulator")
    (folder / "secret").chmod(0o600)
    with CommServe(SimulatorSettings()) as server, contextlib.chdir(folder), _quick(folder):
        access = ["--server", server.url, "--username", "admin", "--password-file", "secret", "-q"]
        code, told = _typed("run", "wave.csv", *access, "-o", "base", "--limit", str(_SETTLED), "--format", "csv")
        assert code == ExitCode.ROWS_LEFT, told
        whole = Path("base/journal.sqlite").read_bytes()
        known = set(rows)
        for number in numbers:
            content, mutated = damaged(whole, number)
            found.journals, found.mutated = found.journals + 1, found.mutated + mutated
            run = folder / f"run-{number}"
            run.mkdir(mode=0o700)
            (run / "journal.sqlite").write_bytes(content)
            (run / "journal.sqlite").chmod(0o600)
            for words in (
                ["runs", str(folder)],
                ["show", str(run), "--row", "17"],
                ["report", str(run), "--format", "csv"],
                ["verify", str(run), *access],
                ["resume", str(run), *access],
            ):
                code, told = _typed(*words)
                found.codes[words[0], code] += 1
                if code not in _PROMISED or "Traceback" in told:
                    found.wrong.append(f"journal {number}: {words[0]} ended with {code}: {told[-300:]}")
            found.whole += _rows_in(run / "salvaged/results.csv")
            for client, name in server.sets():
                made = f"{client},{name}"
                if made in known or name == "FS_Legacy_01":
                    continue
                known.add(made)
                found.altered += 1
                if json.dumps(name)[1:-1].encode() not in content:
                    found.wrong.append(f"journal {number}: {made} was sent, and is not in it")
            shutil.rmtree(run)
    return found


def _typed(*words: str) -> tuple[int, str]:
    """A command's exit code, and what it printed."""
    out, code = io.StringIO(), int(ExitCode.BUG)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            bulkprov(words)
        except SystemExit as left:
            code = int(left.code or 0)
    return code, out.getvalue()


def _rows_in(results: Path) -> int:
    return max(len(results.read_bytes().splitlines()) - 1, 0) if results.is_file() else 0


@contextlib.contextmanager
def _quick(folder: Path) -> Iterator[None]:
    """No settle time of ten seconds; files of bugs beside the runs."""
    with patch("bulkprov.runs.policy._LONGEST_SETTLE", _SETTLE), patch("tempfile.tempdir", str(folder)):
        yield


def main() -> None:
    """Run the campaign, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first journal")
    parser.add_argument("--count", type=int, default=2000, help="how many journals")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(Path(folder), range(asked.first, asked.first + asked.count))
    told = [f"{found.journals} journals, {found.mutated:,} bytes changed; {len(found.wrong)} promises broken"]
    told += [f"{found.whole:,} rows of damaged journals reported; {found.altered} sets made of altered rows"]
    told += [f"  {command}: exit code {code}: {times}" for (command, code), times in sorted(found.codes.items())]
    sys.stdout.write("\n".join([*told, *found.wrong, ""]))
    sys.exit(bool(found.wrong))


if __name__ == "__main__":
    main()
