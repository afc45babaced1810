"""Which lists are asked for ahead; that they are in time is told by the tests of the pipeline."""

from collections.abc import Coroutine
from typing import Any

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.ahead import Ahead
from bulkprov.engine.model import Row, Standing
from tests.engine.test_pipeline import Notes


@pytest.mark.parametrize(("there", "asked"), [((), ["b", "c"]), (("b",), ["c"])])
def test_the_list_of_each_scope_that_is_near_is_asked_for_if_it_is_not_there(
    there: tuple[str, ...], asked: list[str]
) -> None:
    """Once, and not that of the row whose worker asks itself."""
    started: list[str] = []

    async def ask(row: Row) -> None:
        started.append(row.want.scope)

    def start(work: Coroutine[Any, Any, None]) -> None:
        with pytest.raises(StopIteration):
            work.send(None)

    ahead = Ahead(
        ask,
        start,
        lacks=lambda row: row.want.scope not in there,
        acts=True,
        rows_in_hand=lambda: 96,
        room=lambda: 9,
        log=Notes(),
    )
    for number, scope in enumerate("aabbc", 1):
        want = BackupSet(client=scope, name=str(number))
        ahead.read(Row(number=number, sheet_row=number, want=want, standing=Standing()))
    ahead.begun()
    ahead.begun()

    assert started == asked
