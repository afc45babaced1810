"""How long `bulkprov --help` takes, beside a bare cyclopts app with as many commands."""

import sys
from statistics import median
from typing import Final

from bulkprov.cli.app import app
from tests.bench.measuring import bulkprov, spend, table, workplace

__all__ = ["start"]

_BARE: Final = '''
"""A bare app."""
from cyclopts import App
app = App(name="bare", help="A bare app with commands.")
{commands}
app()
'''
_COMMAND: Final = '''
@app.command
def command{number}(sheet: str, /, *, output: str = "", yes: bool = False) -> None:
    """Do the thing that is number {number}."""
'''


def start(*, turns: int = 15) -> str:
    """Measure, and give the table."""
    commands = len([name for name in app if not name.startswith("-")])
    with workplace() as folder:
        bare = folder / "bare.py"
        bare.write_text(_BARE.format(commands="".join(_COMMAND.format(number=n) for n in range(commands))))
        _seconds(*bulkprov("--help"))  # whoever starts it first compiles it
        times = [(_seconds(sys.executable, str(bare), "--help"), _seconds(*bulkprov("--help"))) for _ in range(turns)]
    plain, ours = (median(each) for each in zip(*times, strict=True))
    lines = [
        (f"a bare cyclopts app with {commands} commands", f"{plain * 1000:.0f} ms", "1.00"),
        ("`bulkprov --help`", f"{ours * 1000:.0f} ms", f"**{ours / plain:.2f}**"),
    ]
    return table((f"start, median of {turns}", "takes", "ratio"), lines)


def _seconds(*command: str) -> float:
    return spend(command).seconds
