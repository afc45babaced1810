"""What follows the work on a run: it gets lines to show, questions to answer, and counts that change.

The work knows an observer and no terminal. Every method here does nothing; a command line or a program overrides what
it needs.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from bulkprov.engine.model import Outcome, Row
from bulkprov.engine.operations import Operation
from bulkprov.engine.tally import Tally
from bulkprov.report.explain import WIDTH

if TYPE_CHECKING:
    from bulkprov.runs.run import Run

__all__ = ["Observer"]


class Observer:
    """An observer that says nothing, shows nothing, and answers no."""

    width: int = WIDTH
    """Letters of a line that it shows."""

    def say(self, line: str) -> None:
        """Take one line that a person should read."""

    def ask(self, question: str) -> bool:  # noqa: ARG002 - for those who override it
        """Whether the answer to a question before anything is sent is yes; the question is one line."""
        return False

    def overrules(self, reason: str, why: Sequence[str] = ()) -> bool:  # noqa: ARG002 - likewise
        """Whether a person has the work go on though a brake that was asked for has stopped it.

        The event loop stands still meanwhile. No consent that was given beforehand is an answer.

        Args:
            reason: why the brake has stopped it, as one line without a full stop.
            why: lines that a person should read before, if one is asked.
        """
        return False

    def watch(self, tally: Tally) -> AbstractAsyncContextManager[Any]:  # noqa: ARG002 - likewise
        """A context that lasts as long as the work; meanwhile the tally changes, and may be shown."""
        return nullcontext()

    def follow(self, run: "Run", operation: Operation) -> AbstractContextManager[Any]:  # noqa: ARG002 - likewise
        """A context that lasts as long as the work on a run. On entering and on leaving, the journal can be read."""
        return nullcontext()

    def ended(self, row: Row, outcome: Outcome | None) -> None:
        """Take how a row has ended, once that is on disk; None if its end was taken back."""
