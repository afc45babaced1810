"""How a rollback or a verification of one run, or of several, has ended: its exit code, and what is said of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bulkprov.cli.closing import summed_up, tell_end, tell_scripts
from bulkprov.cli.json_output import together
from bulkprov.cli.prompts import say, tell
from bulkprov.engine.model import Status
from bulkprov.errors import ExitCode
from bulkprov.report.write import Written
from bulkprov.runs.execute import Ended
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Screen
from bulkprov.text import plural

__all__ = ["Done", "at_least", "tell_all"]


@dataclass(slots=True)
class Done:
    """What came of one run."""

    run: Run
    ended: Ended
    written: Written | None = None
    shown: dict[str, Any] | None = None
    """What scripts are told of it, if that could only be found out while it went on."""


def at_least(code: ExitCode, *, incomplete: bool) -> ExitCode:
    """The exit code of a command on a wave: not 0 if some of its runs could not be worked on."""
    return ExitCode.ROWS_LEFT if code is ExitCode.DONE and incomplete else code


def tell_all(
    done: Sequence[Done],
    more: Sequence[str],
    given: tuple[Access | Effort, ...],
    words: Sequence[str],
    screen: Screen,
    code: ExitCode,
) -> None:
    """Say how it ended: each run under its own name if there are several, then what else there is to say."""
    if len(done) == 1:
        (one,) = done
        shown = one.shown
        if screen.json or screen.events:
            shown = shown or summed_up(one.run, one.ended, one.written, given, screen, words=words)
            shown = shown | {"exit_code": int(code)}
        tell_end(one.run, one.ended, one.written, given, screen, words=words, shown=shown)
    elif screen.json or screen.events:
        all_shown = [
            each.shown or summed_up(each.run, each.ended, each.written, given, screen, words=words) for each in done
        ]
        goes_on = next((list(each["next"]) for each in all_shown if each["next"]), [])  # of any run: it has --wave
        tell_scripts(together(all_shown, int(code), goes_on), screen)
    else:
        for each in done:
            tell(f"{each.run.folder}:")
            tell_end(each.run, each.ended, each.written, given, screen, words=words)
        counts = sum((each.ended.statuses for each in done), Counter[Status]())
        told = ", ".join(f"{counts[status]:,} {status}" for status in Status if counts[status])
        tell(f"By this command, in {plural(len(done), 'run')} of the wave: {told or 'nothing to do'}")
    if screen.json or screen.events:
        say(*more)
    elif more:
        tell("\n".join(more))
