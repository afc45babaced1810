from collections.abc import Callable
from json import JSONDecoder
from typing import Any

import pytest

from bulkprov import wire
from bulkprov.commvault import backupset_replies
from tests.campaigns.mutated_replies import BrokenPromiseError, run


def test_no_spoilt_reply_is_read_as_more_than_it_says() -> None:
    """Thousands of replies, each spoilt in its own way: none raises, none is `created` without code and id."""
    read = run(5_000, seed=2)

    assert read["create: created"] > 50
    assert read["create: in doubt"] > 1_000
    assert read["look: listing"] > 50


def _lenient(value: Any) -> int | None:
    """A whole number as a careless reader takes it."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


@pytest.mark.parametrize(
    ("module", "name", "careless"),
    [
        (backupset_replies, "integer", _lenient),
        (wire, "_DECODER", JSONDecoder()),
    ],
    ids=["a lenient number", "the last of two keys wins"],
)
def test_a_careless_reader_is_found_out(
    module: Any, name: str, careless: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same replies break the promise of a reader that takes what Python takes."""
    monkeypatch.setattr(module, name, careless)

    with pytest.raises(BrokenPromiseError):
        run(20_000, seed=2)
