"""The counts that progress and summary show."""

import pytest

from bulkprov.engine.tally import Tally


def test_the_first_answer_is_awaited_until_it_has_come_or_does_not_come() -> None:
    """A sign-in that fails is over too."""
    tally = Tally()
    seen = [tally.signing_in]
    with tally.awaits_first_answer():
        seen.append(tally.signing_in)
    seen.append(tally.signing_in)
    with pytest.raises(TimeoutError), tally.awaits_first_answer():
        raise TimeoutError
    seen.append(tally.signing_in)

    assert seen == [False, True, False, False]
