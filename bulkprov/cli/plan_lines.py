"""What a plan says last: which rows were refused before and are as they were, and what was not looked at. Pure."""

from collections.abc import Sequence
from pathlib import Path

from bulkprov.cli.words import SHOWN
from bulkprov.text import plural

__all__ = ["plan_ends"]


def plan_ends(
    refused: Sequence[int], earlier: Path | None, *, would_create: bool = True, deep: bool, plans: bool
) -> list[str]:
    """The lines below the counts of a plan.

    Args:
        refused: numbers of the rows that were refused in an earlier run, and ask for the same still.
        earlier: that run.
        would_create: whether some row would be created.
        deep: whether agents and instances were looked at.
        plans: whether any of these names a plan.
    """
    lines = []
    if refused:
        named = ", ".join(map(str, refused[:SHOWN])) + (" ..." if len(refused) > SHOWN else "")
        were, are, s, them = ("was", "is", "", "it") if len(refused) == 1 else ("were", "are", "s", "them")
        lines.append(
            f"Refused:  {plural(len(refused), 'row')} {were} refused in {earlier} and {are} not changed since "
            f"(row{s} {named}): a rerun sends {them} again as {'it is' if them == 'it' else 'they are'}"
        )
    if would_create and not deep:
        lines.append("Not looked at: whether each client has its agent and instance. `plan --deep` asks")
    if would_create and plans:
        lines.append("Not looked at: whether each plan is there and can be used. Only a create tells")
    return lines
