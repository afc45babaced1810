"""The rivals: what each is called, what it needs, and how it sends so many creates."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.measuring import Spent, spend
from tests.bench.rivals.sending import HEADERS, body

__all__ = ["FLOOR", "RIVALS", "Rival", "send_bare", "versions"]

_HERE: Final = Path(__file__).parent
_Send = Callable[[str, int, int, Path], tuple[float, Spent]]
"""Takes the URL, the number of creates, how many at once, and a folder that is there for all turns; gives the seconds
from the first create to the last answer, and what the whole process has cost."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Something that sends creates."""

    label: str
    """What it is called in the table."""
    send: _Send
    share: float = 1.0
    """Of the rows that it sends: a slow one need not send all of them to be known as slow."""
    program: str = ""
    """What must be installed; empty for what comes with the tests."""
    version: tuple[str, ...] = ()
    """What the program is asked for its version with."""

    @property
    def is_here(self) -> bool:
        """Whether its program is installed."""
        return not self.program or shutil.which(self.program) is not None


def _timed(command: list[str]) -> tuple[float, Spent]:
    """A process that prints its seconds."""
    spent = spend(command)
    return float(spent.output), spent


def _python(module: str) -> _Send:
    def send(url: str, rows: int, at_once: int, _folder: Path) -> tuple[float, Spent]:
        return _timed([sys.executable, "-m", f"tests.bench.rivals.{module}", url, str(rows), str(at_once)])

    return send


def _curl(url: str, rows: int, at_once: int, folder: Path) -> tuple[float, Spent]:
    """One process, with all creates in a config file. Its seconds are those of the whole process."""
    config = folder / f"curl-{rows}.txt"
    if not config.exists():
        config.write_text("next\n".join(_curl_lines(url, number) for number in range(rows)), "utf-8")
    words = ["curl", "--silent", "--show-error", "--parallel", "--parallel-max", str(at_once), "--config", str(config)]
    spent = spend(words)
    created = spent.output.split().count("200")
    if created != rows:
        raise SystemExit(f"curl made {created} of {rows} creates")
    return spent.seconds, spent


def _curl_lines(url: str, number: int) -> str:
    quoted = body(number).decode().replace('"', '\\"')
    lines = [f'url = "{url}/Backupset"', f'data = "{quoted}"', 'output = "/dev/null"', 'write-out = "%{http_code}\\n"']
    return "\n".join((*lines, *(f'header = "{name}: {value}"' for name, value in HEADERS.items()), ""))


def _node(url: str, rows: int, at_once: int, _folder: Path) -> tuple[float, Spent]:
    return _timed(["node", str(_HERE / "node_fetch.mjs"), url, str(rows), str(at_once)])


def _go(url: str, rows: int, at_once: int, folder: Path) -> tuple[float, Spent]:
    """Built once, which does not count."""
    program = folder / "go_net_http"
    if not program.exists():
        spend(["go", "build", "-o", str(program), str(_HERE / "go_net_http.go")], {"GOPROXY": "off"})
    return _timed([str(program), url, str(rows), str(at_once)])


FLOOR: Final = "aiohttp"
RIVALS: Final[dict[str, Rival]] = {
    FLOOR: Rival("bare aiohttp + uvloop loop (the floor)", _python("aiohttp_loop")),
    "curl": Rival("`curl --parallel`, with a config file", _curl, program="curl", version=("--version",)),
    "go": Rival("Go's `net/http`, 32 goroutines", _go, program="go", version=("version",)),
    "node": Rival("Node's `fetch`, 32 loops", _node, 0.2, program="node", version=("--version",)),
    "requests": Rival("`requests`, 32 threads", _python("requests_threads"), 0.1),
    "httpx": Rival("`httpx`, 32 tasks", _python("httpx_tasks"), 0.05),
}


def send_bare(url: str, rows: int, at_once: int) -> None:
    """Send so many creates by the bare aiohttp loop."""
    RIVALS[FLOOR].send(url, rows, at_once, _HERE)


def versions() -> str:
    """Which programs these are, and which are not here: the footnote of a table."""
    told = [_version(rival) for rival in RIVALS.values() if rival.program and rival.is_here]
    missing = [f"{rival.label} (no `{rival.program}`)" for rival in RIVALS.values() if not rival.is_here]
    sentences = [f"Measured with {', '.join(told)}."] if told else []
    sentences += [f"Not measured, since it is not installed here: {'; '.join(missing)}."] if missing else []
    return " ".join(sentences)


def _version(rival: Rival) -> str:
    command = (rival.program, *rival.version)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - one of the above
    words = said.splitlines()[0].split()
    number = next(word for word in words if any(letter.isdigit() for letter in word))
    return f"{rival.program} {number.removeprefix('go').removeprefix('v')}"
