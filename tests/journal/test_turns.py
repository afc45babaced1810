"""The order of the work: one scope after the other, whatever the order of the sheet."""

from collections.abc import Iterable

import pytest

from bulkprov.engine.model import Evidence, Outcome, Reply, Status
from bulkprov.journal.rows import Batch, JournalRow
from tests.backupsets import Journal
from tests.journal.waves import FRESH, load, want


def wave(clients: Iterable[str]) -> list[JournalRow]:
    """A row for each of these clients; one without a client is invalid."""
    invalid = Outcome(status=Status.INVALID)
    return [
        JournalRow(sheet_row=number + 1, cells=(client,), want=want(number, client=client))
        if client
        else JournalRow(sheet_row=number + 1, cells=("",), state=invalid)
        for number, client in enumerate(clients, 1)
    ]


def in_order(journal: Journal) -> list[int]:
    """The numbers of the rows with work to do."""
    last, numbers = 0, []
    while chunk := journal.todo(last, FRESH, {}):
        assert len(chunk) <= 1000
        numbers += [row.number for row in chunk]
        last = chunk[-1].number
    return numbers


def tables(journal: Journal) -> set[str]:
    """The tables of a journal."""
    return {name for (name,) in journal.database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_rows_of_one_client_are_worked_on_together(journal: Journal) -> None:
    """Clients in the order of their first rows, however they are written; the rows of each in that of the sheet."""
    load(journal, wave(["b", "a", "", "B ", "c", "a", "", "b", "a"]))

    assert in_order(journal) == [1, 4, 8, 2, 6, 9, 5]


@pytest.mark.parametrize("clients", ["", "a", "aaa", "aAbbc", "abcdef"])
def test_a_sheet_that_has_them_together_keeps_its_order_and_costs_nothing(journal: Journal, clients: str) -> None:
    """Nothing is stored of an order."""
    load(journal, wave(clients))

    assert in_order(journal) == [*range(1, len(clients) + 1)]
    assert "turns" not in tables(journal)


def test_chunks_meet_without_a_gap(journal: Journal) -> None:
    """Each begins after the last row of the one before, though that has not the highest number."""
    load(journal, wave(str(number % 7) for number in range(3000)))

    assert in_order(journal) == sorted(range(1, 3001), key=lambda number: (number - 1) % 7)


def test_rows_that_have_ended_are_left_out(journal: Journal) -> None:
    """The others keep their turns, in another process too."""
    load(journal, wave("abab"))
    batch = Batch()
    batch.finish(3, Outcome(status=Status.EXISTS))
    journal.apply(batch)
    journal.close()
    again = Journal.open(journal.path)

    assert in_order(again) == [1, 2, 4]
    again.close()


def test_rows_that_were_made_are_taken_in_the_same_order(journal: Journal) -> None:
    """A rollback and an audit list each client once as well."""
    load(journal, wave("abab"))
    batch = Batch()
    for number in (1, 2, 3, 4):
        reply = Reply(0, "", 900 + number)
        batch.finish(number, Outcome(status=Status.CREATED, reply=reply, evidence=Evidence.PROVEN))
    journal.apply(batch)
    first = journal.made(0, {}, 9.0)

    assert [row.number for row in first] == [1, 3, 2, 4]
    assert [row.number for row in journal.made(3, {}, 9.0)] == [2, 4]
    assert [row.number for row in journal.to_audit(0, -1, {}, 9.0)] == [1, 3, 2, 4]


def test_a_chunk_costs_what_it_holds(journal: Journal) -> None:
    """Nothing is sorted to read it: rows are found by turn, one after the other."""
    load(journal, wave("abab"))
    asked: list[str] = []
    journal.database.connection.set_trace_callback(asked.append)
    journal.todo(1, FRESH, {})
    journal.made(1, {}, 9.0)
    journal.to_audit(1, -1, {}, 9.0)
    journal.database.connection.set_trace_callback(None)
    plans = [
        step
        for query in asked
        if "FROM (" in query
        for *_, step in journal.database.rows(f"EXPLAIN QUERY PLAN {query}")
    ]

    assert len(plans) > 9
    assert not [step for step in plans if "TEMP B-TREE" in step or step.startswith("SCAN")]
