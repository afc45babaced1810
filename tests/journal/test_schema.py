"""The journal's statements, on SQLite itself."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkprov.engine.model import Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.journal import codec, schema
from tests.exchanges import standings, verdicts
from tests.journal.waves import facts

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SAME_DB = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A journal in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in (*schema.SCHEMA, *schema.BATCH_VIEW):
            connection.execute(statement)
        yield connection


def keep(
    db: sqlite3.Connection,
    exchanges: Sequence[tuple[object, ...]] = (),
    verdicts: Sequence[tuple[object, ...]] = (),
    outcomes: Sequence[tuple[object, ...]] = (),
    reopened: Sequence[int] = (),
) -> None:
    """Store a batch."""
    parts: tuple[Sequence[Any], ...] = (exchanges, verdicts, outcomes, reopened)
    db.execute(schema.STORE_BATCH, tuple(map(codec.batch_text, parts)))


@_SAME_DB
@given(standings(), verdicts())
def test_exchanges_and_verdicts_come_back_as_they_were(
    db: sqlite3.Connection, standing: Standing, verdict: Verdict
) -> None:
    """A verdict may come with its exchange, or later, or never."""
    db.execute("DELETE FROM exchanges")
    begun, ended = codec.standing_text(standing), codec.verdict_text(verdict)
    keep(
        db,
        [
            (1, 7, "act", begun, 1.5, None, "run", 930),
            (2, 7, "look", begun, 2.5, ended, "audit", None),
            (3, 8, "act", begun, 3.0, None, "rollback", 931),
        ],
    )
    keep(db, verdicts=[(ended, 1)])

    kept = db.execute(
        "SELECT nr, row, step, standing, at, verdict, operation, known FROM exchanges ORDER BY nr"
    ).fetchall()

    assert [each[:3] for each in kept] == [(1, 7, "act"), (2, 7, "look"), (3, 8, "act")]
    assert [each[4] for each in kept] == [1.5, 2.5, 3.0]
    assert {codec.standing_from(each[3]) for each in kept} == {standing}
    assert [each[6:] for each in kept] == [("run", 930), ("audit", None), ("rollback", 931)]
    assert [each[5] and codec.verdict_from(each[5]) for each in kept] == [codec.verdict_from(ended)] * 2 + [None]


@_SAME_DB
@given(_text, _text, st.integers(-(2**53), 2**53), st.sampled_from(Evidence), facts())
def test_an_outcome_comes_back_as_it_was(
    db: sqlite3.Connection, words: str, note: str, number: int, evidence: Evidence, kept_facts: Standing
) -> None:
    """Whatever the server said; but that a NUL, at which SQLite would end, is written out."""
    outcome = Outcome(
        status=Status.REJECTED,
        reply=Reply(number, words, abs(number)),
        attempts=3,
        seconds=0.125,
        finished_at=1767600000.25,
        note=note,
        evidence=evidence,
        facts=kept_facts,
        carried=not evidence,
    )
    keep(db, [(41, 7, "act", "{}", 1.0, None, "run", 0)], outcomes=[codec.outcome_values(7, outcome)])

    columns = ", ".join(schema.OUTCOME_COLUMNS)
    kept = db.execute(f"SELECT {columns} FROM outcomes WHERE row = 7 AND nr = 41").fetchone()  # noqa: S608 - our names
    db.execute("DELETE FROM exchanges")

    back = codec.outcome_from(kept)
    assert back.reply.error_string == words.replace("\0", r"\x00")
    assert back.note == note.replace("\0", r"\x00")
    assert (back.status, back.reply.error_code, back.reply.id) == (outcome.status, number, abs(number))
    assert (back.attempts, back.http_status, back.seconds, back.finished_at) == (3, None, 0.125, 1767600000.25)
    assert (back.evidence, back.facts, back.carried) == (evidence, kept_facts, not evidence)


def test_a_batch_is_stored_whole_or_not_at_all(db: sqlite3.Connection) -> None:
    """An exchange that is there already brings the rest of its batch down with it."""
    keep(db, [_act(1, 7)], outcomes=[codec.outcome_values(7, Outcome(status=Status.CREATED))])

    with pytest.raises(sqlite3.IntegrityError):
        keep(db, [_act(2, 8), _act(1, 9)], [('{"end":"answered"}', 1)], reopened=[7])

    assert db.execute("SELECT nr, verdict FROM exchanges").fetchall() == [(1, None)]
    assert db.execute("SELECT row FROM outcomes").fetchall() == [(7,)]


def test_an_outcome_takes_the_place_of_an_older_one(db: sqlite3.Connection) -> None:
    """A rollback's, of the run's."""
    for status in (Status.CREATED, Status.ROLLED_BACK):
        keep(db, outcomes=[codec.outcome_values(7, Outcome(status=status))])

    assert db.execute("SELECT row, status FROM outcomes").fetchall() == [(7, "rolled-back")]


def test_an_outcome_is_taken_back_even_if_it_is_in_the_same_batch(db: sqlite3.Connection) -> None:
    """Of that row only; what it stood like before is in its exchanges."""
    both = [codec.outcome_values(row, Outcome(status=Status.CREATED)) for row in (7, 8)]
    keep(db, [_act(1, 7)], outcomes=both, reopened=[7])

    assert db.execute("SELECT row FROM outcomes").fetchall() == [(8,)]
    assert db.execute("SELECT row FROM exchanges").fetchall() == [(7,)]


def _act(nr: int, row: int) -> tuple[object, ...]:
    return nr, row, Step.ACT.value, "{}", 1.0, None, "run", 0
