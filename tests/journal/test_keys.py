"""What rows of two runs have in common."""

from collections.abc import Iterable
from pathlib import Path

from bulkprov.engine.model import Outcome, Status
from bulkprov.journal.keys import in_common, keys_to_do
from bulkprov.journal.rows import Batch, JournalRow
from tests.backupsets import Journal
from tests.journal.waves import load, want


def wave(numbers: Iterable[int], **others: str) -> list[JournalRow]:
    """A row for the set of each number."""
    return [JournalRow(sheet_row=2, cells=(), want=want(number, **others)) for number in numbers]


def other(folder: Path, rows: list[JournalRow]) -> Journal:
    """Another run's journal."""
    made = Journal.create(folder / "other.sqlite", {})
    load(made, rows)
    return made


def test_rows_are_compared_by_what_they_want(journal: Journal, tmp_path: Path) -> None:
    """However it is written; many thousand of them, in portions of any size."""
    load(journal, wave(range(9000)))
    that = other(tmp_path, wave(range(6000, 20_000), client="CLIENT001"))
    told = b"".join(keys_to_do(journal))

    assert len(told) == 8 * 9000
    assert in_common(that, keys_to_do(journal)) == 3000
    assert in_common(that, [told[:80], told[80:]]) == 3000
    that.close()


def test_only_rows_to_do_are_compared(journal: Journal, tmp_path: Path) -> None:
    """On both sides: what has its outcome is not sent again, and what repeats another row never."""
    load(journal, wave([1, 2, 3, 3]))
    that = other(tmp_path, wave([1, 2, 3, 4]))
    for each, number in ((journal, 1), (that, 2)):
        batch = Batch()
        batch.finish(number, Outcome(status=Status.EXISTS))
        each.apply(batch)

    assert in_common(that, keys_to_do(journal)) == 1
    assert in_common(journal, keys_to_do(that)) == 1
    that.close()


def test_what_is_no_key_is_no_rows_key(journal: Journal) -> None:
    """A file may have been cut, or be anything."""
    load(journal, wave([1]))
    (told,) = keys_to_do(journal)

    assert [in_common(journal, [odd]) for odd in (b"", told[:5], told + b"abc", b"x" * 80)] == [0, 0, 1, 0]
