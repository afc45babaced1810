"""Servers that repeat the password and every token, in twelve guises, through the whole matrix of faults.

Everything that is written or said is searched: journal, log, results as workbook and as CSV, what is said meanwhile;
and by whole commands also `--json`, plan, verification, rollback, probe, stories of rows. Parts of it can be run::

    python -m tests.campaigns.echoes --from 0 --count 60
"""

import argparse
import asyncio
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

import trustme

from bulkprov.__main__ import main as bulkprov
from bulkprov.cli import probe as command
from bulkprov.probe.execute import execute
from bulkprov.probe.server import Tempo
from bulkprov.runs.mask import MASK
from bulkprov.runs.run import Run
from bulkprov.simulator import SimulatorSettings
from tests.end_to_end.conftest import CommServe
from tests.faults import cases
from tests.faults.cases import CANARY, Certificates, Seen
from tests.faults.echoes import Heard, echoing, hits, in_folder

__all__ = ["by_commands", "names_of_cases", "through_the_matrix"]

_AT_ONCE: Final = 16


def names_of_cases() -> list[str]:
    """The names of all cases of the matrix."""
    return list(cases.cases(Certificates(trustme.CA(), Path())))


def through_the_matrix(folder: Path, names: Sequence[str]) -> tuple[int, list[str]]:
    """Run cases of the matrix on servers that repeat secrets; how often something was masked, and what was not."""
    certificates = Certificates(trustme.CA(), folder / "ca.pem")
    certificates.ca.cert_pem.write_to_path(str(certificates.file))
    staged, heard = cases.cases(certificates), Heard(CANARY)

    async def all_of_them() -> list[Seen]:
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str) -> Seen:
            async with places:
                return await staged[name][0](folder / name)

        return await asyncio.gather(*map(one, names))

    with echoing(heard):
        ended = asyncio.run(all_of_them())
    masked, found = 0, []
    for name, seen in zip(names, ended, strict=True):
        with Run.open(seen.run.folder) as run:
            run.report("xlsx")
        said = "\n".join([seen.run.stop, *seen.run.said]).encode()
        places = [*in_folder(seen.run.folder), ("said", said)]
        masked += any(MASK.encode() in content for _, content in places)
        found += [f"{name}: {each}" for each in hits(places, heard.secrets)]
        found += [f"{name}: {seen.run.ended.tally.bugs} bugs"] if seen.run.ended.tally.bugs else []
    return masked, found


def by_commands(folder: Path, **faults: float) -> tuple[int, list[str]]:
    """Type the commands of a wave against such a server; how often something was masked, and what was not."""
    heard, said = Heard(CANARY), list[tuple[str, bytes]]()
    sheet, secret = folder / "wave.csv", folder / "secret"
    rows = [f"client{number % 30 + 1:03d},FS_{number},Gold" for number in range(6)]
    sheet.write_text("\n".join(["clientName,backupsetName,planName", *rows, "nobody,FS_1,Gold"]))
    secret.write_text(CANARY)
    secret.chmod(0o600)
    settings = SimulatorSettings(password=CANARY, fault=faults, slow_seconds=0.2, late_seconds=0.1, hang_seconds=0.5)
    with echoing(heard), CommServe(settings) as server, contextlib.chdir(folder), _quick():
        options = ["--server", server.url, "--username", "admin", "--password-file", "secret"]
        for words in (
            ["login"],
            ["probe", "--client", "client002", "-o", "probe", "--yes"],
            ["probe", "--client", "client002", "-o", "probed", "--yes", "--json"],
            ["plan", sheet.name, "-o", "plan", "--json"],
            ["run", sheet.name, "-o", "run", "--limit", "3", "-v", "--plan-first", "--yes"],
            ["resume", "run", "--json"],
            ["rerun", "run", "-o", "again"],
            ["verify", "run"],
            ["rollback", "run", "--yes", "--json"],
            ["show", "run", "--row", "2"],
            ["show", "run", "--row", "8"],
            ["runs", "."],
            ["report", "run", "--format", "csv"],
        ):
            waits = (
                ["--settle", "0.2", "--timeout", "0.4"] if words[0] in ("run", "resume", "rerun", "rollback") else []
            )
            server_too = options if words[0] not in ("show", "runs", "report") else []
            out = _said(*words, *server_too, *waits)
            said += [(f"{words[0]}: output", out.encode())]
    secret.unlink()
    places = [*in_folder(folder), *said]
    return sum(MASK.encode() in content for _, content in places), hits(places, heard.secrets)


def _said(*words: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
        bulkprov(words)
    return out.getvalue()


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """No settle time of ten seconds, and a probe that does not wait."""
    tempo = Tempo(pace=0.0, looks=(0.0, 0.1), settle=0.1)
    with (
        patch("bulkprov.runs.policy._LONGEST_SETTLE", 0.2),
        patch.object(command, "execute", partial(execute, tempo=tempo)),
    ):
        yield


def main() -> None:
    """Run the campaign, and say what came of it."""
    names = names_of_cases()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first case")
    parser.add_argument("--count", type=int, default=len(names), help="how many cases")
    asked = parser.parse_args()
    chosen = names[asked.first : asked.first + asked.count]
    with tempfile.TemporaryDirectory() as matrix, tempfile.TemporaryDirectory() as commands:
        masked, found = through_the_matrix(Path(matrix), chosen)
        if not asked.first:
            by_command, more = by_commands(Path(commands))
            masked, found = masked + by_command, [*found, *more]
    sys.stdout.write("\n".join([f"{len(chosen)} cases; masked in {masked}; {len(found)} hits", *found[:200], ""]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
