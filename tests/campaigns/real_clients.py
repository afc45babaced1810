"""Real clients of the web service, unmodified, as witnesses that the simulator answers as a CommServe does.

Each release of each client gets a virtual environment of its own, and drives a simulator on loopback: it signs in,
lists, creates, finds, renames and deletes backup sets of several agents, and signs out. After each call, what the
client says is held against the simulator's own record. That is done once with replies as they were recorded from real
servers, and once as they were guessed before::

    python -m tests.campaigns.real_clients [--only cvpysdk] [--keep FOLDER] [--write]

It prints a table for each, and why a call does not work, if one does not; then it ends with 1.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bulkprov.simulator import SimulatorSettings
from tests.campaigns.real_clients_calls import CALLS, Call, Outcomes, witness
from tests.campaigns.real_clients_environments import RELEASES, ClientProcess, Release, UnusableError, prepare
from tests.end_to_end.conftest import CommServe

__all__ = ["PAGE", "REPLIES", "Witness", "page_with", "table"]

PAGE: Final = Path(__file__).parents[2] / ".github" / "docs" / "real-clients.md"
REPLIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "recorded": {"replies": "recorded", "spelling": "recorded"},
    "guessed": {"replies": "guessed", "spelling": "documented"},
}
"""The settings of the simulator by the name of a table."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A release and what came of its calls."""

    release: Release
    outcomes: Outcomes = field(default_factory=dict)
    unusable: str = ""
    """Why it could not be asked."""
    needed: Mapping[str, str] = field(default_factory=dict)
    """The versions of what it was used with."""

    def cell(self, call: Call) -> str:
        """What the table says of a call."""
        if self.unusable:
            return "not installed"
        if call.name not in self.outcomes:
            return "not reached"
        if self.outcomes[call.name]:
            return "**no**"
        return "by request" if call.method in self.release.driver.by_request else "works"

    @property
    def problems(self) -> list[str]:
        """Why calls do not work, a line each."""
        if self.unusable:
            return [f"{self.release}: not installed: {self.unusable}"]
        return [f"{self.release}, {call}: {each}" for call, found in self.outcomes.items() for each in found]


def table(witnesses: Iterable[Witness]) -> str:
    """The outcomes in Markdown: a line for each call, a column for each release, and then why some do not work."""
    witnesses = list(witnesses)
    lines = ["| call |" + "".join(f" {each.release} |" for each in witnesses)]
    lines.append("| --- |" + " :-: |" * len(witnesses))
    lines += [f"| {call.name} |" + "".join(f" {each.cell(call)} |" for each in witnesses) for call in CALLS]
    if problems := [problem for each in witnesses for problem in each.problems]:
        lines += ["", *(f"* {problem}" for problem in problems)]
    return "\n".join(lines)


def page_with(page: str, tables: Mapping[str, str]) -> str:
    """The page with these tables between their markers.

    Args:
        page: its text.
        tables: by the names of their markers.

    Raises:
        ValueError: a marker is not there.
    """
    for name, text in tables.items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->\n")
        if not end:
            raise ValueError(f"the page has no markers for {name}")
        page = f"{before}{begin}{text}\n{end}{after}"
    return page


def ask(release: Release, folder: Path, replies: str) -> Witness:
    """Install a release, and have it make its calls on a simulator of its own.

    Args:
        release: whom to ask.
        folder: for its environment, the simulator's state and a log.
        replies: a key of `REPLIES`.
    """
    try:
        python = prepare(release, folder)
        log = folder / f"{release.client}-{release.version}-{replies}.log"
        with (
            tempfile.TemporaryDirectory() as state,
            CommServe(SimulatorSettings(state=Path(state) / "commserve.sqlite", **REPLIES[replies])) as commserve,
            ClientProcess(release.client, python, log) as process,
        ):
            needed = process.needed()
            return Witness(release, witness(process, release.driver.refusals, commserve), needed=needed)
    except UnusableError as error:
        return Witness(release, unusable=str(error))


def campaign(releases: Iterable[Release], folder: Path) -> dict[str, list[Witness]]:
    """The witnesses by the names of their tables; says on standard error how far it is."""
    asked: dict[str, list[Witness]] = {name: [] for name in REPLIES}
    for release in releases:
        for name, witnesses in asked.items():
            witnesses.append(ask(release, folder, name))
            sys.stderr.write(f"{release}, replies as {name}: {len(witnesses[-1].problems)} problems\n")
    return asked


def needed(asked: Mapping[str, Iterable[Witness]]) -> str:
    """What the witnesses were used with, in a sentence."""
    versions = {
        f"{name} {version}" for each in asked.values() for one in each for name, version in one.needed.items()
    }  # fmt: skip
    return f"Printed with {', '.join(sorted(versions))}."


def main() -> int:
    """Ask the clients that the command line names; 1 if a call does not work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only releases whose name has these words, such as 'cvpysdk 11.2'")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the environments there, and use them again")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(PAGE.parents[2])}")
    given = parser.parse_args()
    releases = [release for release in RELEASES if given.only in str(release)]
    if not releases:
        parser.error(f"no release is called {given.only!r}; there are {', '.join(map(str, RELEASES))}")
    if given.write and given.only:
        parser.error("--write takes the tables of all releases; leave --only out")
    with tempfile.TemporaryDirectory(prefix="clients-") as temporary:
        folder = (given.keep or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        asked = campaign(releases, folder)
    tables = {name: table(witnesses) for name, witnesses in asked.items()}
    for name, text in tables.items():
        sys.stdout.write(f"Replies as {name}:\n\n{text}\n\n")
    sys.stdout.write(f"{needed(asked)}\n")
    if given.write:
        PAGE.write_text(page_with(PAGE.read_text("utf-8"), {**tables, "needed": needed(asked)}), "utf-8")
    return 1 if any(each.problems for witnesses in asked.values() for each in witnesses) else 0


if __name__ == "__main__":
    sys.exit(main())
