"""What a run may have made, and its rollback does not delete. Pure; it knows no server.

A rollback deletes what is proven to be the run's. What is perhaps the run's, it names: sets that were found after a
create of their row left, further sets of the same name, and rows of which it is not known what became of their create.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bulkprov.engine.model import Evidence, Outcome
from bulkprov.engine.wanted import Wanted
from bulkprov.journal.rows import JournalRow

__all__ = ["Leftover", "leftovers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What one row may have made, besides what is proven."""

    sheet_row: int
    want: Wanted
    ids: tuple[int, ...]
    """Under which it is listed, or was answered; empty if no id is known."""
    open: bool
    """Whether it is not known what became of a create of the row."""


def leftovers(rows: Iterable[JournalRow], *, rolled_back: bool = False) -> Iterator[Leftover]:
    """The rows of a run that may have made more than is proven.

    Args:
        rows: of the run.
        rolled_back: whether it was rolled back, so that further things which bear the mark of their row count too: they
            are there because they could not be deleted.
    """
    for row in rows:
        if row.want is None:
            continue
        if isinstance(row.state, Outcome):
            ended, facts = row.state, row.state.facts
            mine = (ended.reply.id,) if ended.evidence is Evidence.PERHAPS and ended.status.done else ()
            ids, is_open = (*mine, *(facts.marked if rolled_back else ()), *facts.candidates), False
        elif row.state and row.state.target:  # what became of its delete is told by the row itself
            ids, is_open = (*(row.state.marked if rolled_back else ()), *row.state.candidates), False
        elif row.state and (row.state.sends or row.state.ever_in_doubt or row.state.turned_away):
            lost = (row.state.lost,) if row.state.lost else ()
            ids, is_open = (*lost, *row.state.candidates), True
        else:
            continue
        if ids or is_open:
            yield Leftover(sheet_row=row.sheet_row, want=row.want, ids=tuple(dict.fromkeys(ids)), open=is_open)
