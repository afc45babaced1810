"""Probes that are killed at each of their moments: before and after each request, and before each entry in the diary.

Each dies once at the moment, the next one dies while it cleans up, and the third must leave the server as it was. Six
kinds of server, in virtual time::

    python -m tests.campaigns.probe_kills --every 1
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.probe.probing import MAKES, killed_again_and_again, moments_of

__all__ = ["SERVERS", "campaign"]

SERVERS: Final[dict[str, dict[str, Any]]] = {
    "as recorded": {},
    "lists late": {"list_lag": 12.0},
    "reads and lists late": {"list_lag": 6.0, "read_lag": 4.0},
    "duplicates made": {"refuse_duplicates": False},
    "nothing read of what is gone": {"gone_read": "blank"},
    "names cut": {"name_length": 100, "long_names": "cut"},
}
_ASKED: Final = replace(MAKES, names=True)
_AGAIN: Final = (2, 5, 8, 13)
"""Moments at which the second probe dies in its turn."""


def campaign(folder: Path, *, every: int) -> tuple[int, list[str]]:
    """Kill a probe of each server at every so manieth moment; how many died, and what was wrong then."""
    deaths, wrong = 0, []
    for number, (name, settings) in enumerate(SERVERS.items()):
        moments = moments_of(_new(folder / f"{number}"), _ASKED, **settings)
        for moment in range(number % every, len(moments), every):
            again = (_AGAIN[moment % len(_AGAIN)], "")
            found = killed_again_and_again(
                _new(folder / f"{number}-{moment}"), [(moment, ""), again], _ASKED, **settings
            )
            deaths += 2
            wrong += [f"{name}, killed {moments[moment]!r} (moment {moment}): {each}" for each in found]
    return deaths, wrong


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> None:
    """Run the campaign, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take only every so manieth moment")
    every = parser.parse_args().every
    with tempfile.TemporaryDirectory() as folder:
        deaths, wrong = campaign(Path(folder), every=every)
    told = [f"{deaths} deaths on {len(SERVERS)} kinds of server; {len(wrong)} promises broken", *wrong]
    sys.stdout.write("\n".join([*told, ""]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
