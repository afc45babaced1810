"""What has changed since an earlier plan: in lines, and for scripts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bulkprov.cli.words import SHOWN
from bulkprov.engine.model import Status
from bulkprov.engine.wanted import folded
from bulkprov.runs.earlier_plan import Change, Changed, PlanRow
from bulkprov.text import clean, plural

__all__ = ["change_lines", "changes_listed"]

_SAID: Final = {
    Changed.WORSE: ("was fine and is not", "were fine and are not"),
    Changed.DEEPER: (
        "is not fine by what only --deep looks at, which the earlier plan may not have done",
        "are not fine by what only --deep looks at, which the earlier plan may not have done",
    ),
    Changed.GONE: ("names a set that was there and is gone", "name sets that were there and are gone"),
    Changed.MADE: ("names a set that is there by now", "name sets that are there by now"),
    Changed.OTHERWISE: ("is wrong in another way", "are wrong in another way"),
    Changed.BETTER: ("is fine now", "are fine now"),
    Changed.UNSEEN: (
        "was not fine by what only --deep looks at, which this plan has not done",
        "were not fine by what only --deep looks at, which this plan has not done",
    ),
    Changed.NEW: ("is new", "are new"),
    Changed.DROPPED: ("is not in the sheet any more", "are not in the sheet any more"),
}
"""What is said of one such row, and of several; the worst first."""


def change_lines(changes: Sequence[Change], scope_noun: str) -> list[str]:
    """What has changed, the worst first; of each kind the first rows are named.

    Args:
        changes: since then.
        scope_noun: what a set is listed under.
    """
    if not changes:
        return ["Since the earlier plan nothing has changed"]
    return ["Since the earlier plan:", *_clients(changes, scope_noun), *_rows(changes)]


def changes_listed(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The same for scripts, as far as both plans have looked at it."""
    return [
        {
            "change": (Changed.WORSE if each.how is Changed.DEEPER else each.how).value,
            "sheetRow": _row(each).sheet_row or None,
            "was": each.was.status.value if each.was else None,
            "now": each.now.status.value if each.now else None,
            "clientName": want.scope if (want := _row(each).want) else None,
            "name": want.name if want else None,
            "note": (each.now.note or None) if each.now else None,
        }
        for each in changes
        if each.how is not Changed.UNSEEN
    ]


def _clients(changes: Sequence[Change], noun: str) -> Iterator[str]:
    """The clients that the server knows by now, and those that it knows no more."""
    both = [(was, now) for each in changes if (was := each.was) and (now := each.now) and _asks_alike(was, now)]
    fine = (Status.WOULD_CREATE, Status.EXISTS)
    came = [now for was, now in both if was.status is Status.NO_PLACE and now.status in fine]
    went = [now for was, now in both if was.status in fine and now.status is Status.NO_PLACE]
    for rows, one, several in ((came, "has appeared", "have appeared"), (went, "is gone", "are gone")):
        names = list(dict.fromkeys(clean(each.want.scope) for each in rows if each.want))
        if names:
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            said = one if len(names) == 1 else several
            yield f"  {plural(len(names), noun)} {said}: {', '.join(names[:SHOWN])}{more}"


def _asks_alike(was: PlanRow, now: PlanRow) -> bool:
    """Whether both plans have asked for the same client, and for that only: the cell may have been corrected."""
    if was.deep or now.deep or not (was.want and now.want):
        return False
    return folded(was.want.scope) == folded(now.want.scope)


def _rows(changes: Sequence[Change]) -> Iterator[str]:
    for how, (one, several) in _SAID.items():
        such = [_row(each) for each in changes if each.how is how]
        if such:
            yield f"  {plural(len(such), 'row')} {one if len(such) == 1 else several}:"
            yield from (f"    {_named(each)}" for each in such[:SHOWN])
            if len(such) > SHOWN:
                yield f"    ... and {len(such) - SHOWN:,} more"


def _row(change: Change) -> PlanRow:
    """The row as it is now, or as it was if that is the last that is known."""
    row = change.was if change.how is Changed.UNSEEN else change.now or change.was
    assert row  # noqa: S101 - one of them is there
    return row


def _named(row: PlanRow) -> str:
    name = f", {clean(row.want.name)} on {clean(row.want.scope)}" if row.want else ""
    return f"row {row.sheet_row}{name}: {row.status}{f': {clean(row.note)}' if row.note else ''}"
