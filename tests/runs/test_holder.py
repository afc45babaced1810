"""Which run holds the rows of a run that was rerun."""

import time
from collections.abc import Callable
from pathlib import Path

from bulkprov.engine.model import Row, Standing, Step
from bulkprov.journal.rows import Batch
from bulkprov.runs.holder import holder_of
from bulkprov.runs.run import Run
from tests.journal.waves import want
from tests.runs.test_wave import ONE, THREE, TWO, rerun

Begun = Callable[..., Run]


def test_the_newest_rerun_holds_the_rows_unless_it_is_gone_or_discarded(begun: Begun) -> None:
    """Reruns of reruns count, and then the ones before; nobody holds the rows of one that was never rerun."""
    begun("reports/one").close()
    rerun(ONE, TWO)
    rerun(TWO, THREE)
    four = Path("elsewhere/four")
    rerun(ONE, four)

    assert (holder_of(ONE), holder_of(TWO), holder_of(THREE)) == (four, THREE, None)
    with Run.open(four):
        assert holder_of(ONE) == four
    with Run.open(four) as opened:
        opened.update(discarded_at=time.time())
    assert holder_of(ONE) == THREE
    with Run.open(four) as opened:
        batch = Batch("run")
        batch.intend(1, Row(number=1, sheet_row=2, want=want(1), standing=Standing(step=Step.ACT)), 10.0)
        opened.journal.apply(batch)
    assert holder_of(ONE) == four, "only it can tell what became of what it has sent"
    with Run.open(four) as opened:
        opened.update(discarded_at=None)
    four.rename("elsewhere/gone")
    assert holder_of(ONE) == THREE
    THREE.rename("moved")
    assert holder_of(ONE) == TWO


def test_a_folder_that_was_used_again_holds_nothing_of_it(begun: Begun) -> None:
    """What is there now began at another moment."""
    begun("reports/one").close()
    rerun(ONE, TWO)
    TWO.rename("moved")
    begun("reports/two").close()

    assert holder_of(ONE) is None
