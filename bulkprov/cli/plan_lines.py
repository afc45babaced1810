"""What a plan says last: which rows were refused before and are as they were, and what was not looked at. Pure."""

from collections.abc import Sequence
from pathlib import Path

from bulkprov.cli.words import SHOWN
from bulkprov.text import plural

__all__ = ["plan_ends"]


def plan_ends(refused: Sequence[int], earlier: Path | None, *, deep: bool, plans: bool) -> list[str]:
    """The lines below the counts of a plan in which some row would be created.

    Args:
        refused: numbers of the rows among them that were refused in an earlier run, and ask for the same still.
        earlier: that run.
        deep: whether agents and instances were looked at.
        plans: whether any row names a plan.
    """
    lines = []
    if refused:
        named = ", ".join(map(str, refused[:SHOWN])) + (" ..." if len(refused) > SHOWN else "")
        were, are, s = ("was", "is", "") if len(refused) == 1 else ("were", "are", "s")
        rows = plural(len(refused), "row")
        lines.append(
            f"Refused:  {rows} of those to create {were} refused in {earlier} and {are} not changed since "
            f"(row{s} {named})"
        )
    if not deep:
        lines.append("Not looked at: whether each client has its agent and instance. --deep asks")
    if plans:
        lines.append("Not looked at: whether each plan is there and can be used. Only a create tells")
    return lines
