"""Near misses, look-alikes, machines without their domain; and how long it takes among many names."""

import time
from random import Random

import pytest

from bulkprov.sheets.nearest import Nearest, distance, looks_like

ESTATE = (
    "client001",
    "client002",
    "db01.corp.example.com",
    "Fra-SQL-01",
    "warehouse",
    "web1",
    "10.1.2.3",
    "backup-host",
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("clientOO1", ["client001"]),  # the letter for the digit
        ("c1ient002", ["client002"]),
        ("CIient002", ["client002"]),
        ("fra–sql–01", ["Fra-SQL-01"]),  # the dash of a word processor
        ("fra_sql_01", ["Fra-SQL-01"]),
        ("wаrehouse", ["warehouse"]),  # a Cyrillic letter
        ("vvarehouse", ["warehouse"]),
        ("client01", ["client001"]),  # a zero less, or more
        ("client0002", ["client002"]),
        ("client002.corp.example.com", ["client002"]),
        ("db01", ["db01.corp.example.com"]),
        ("dbo1", ["db01.corp.example.com"]),
        ("DB01.other.example.com", ["db01.corp.example.com"]),
        ("cilent001", ["client001"]),  # two letters swapped
        ("wharehouse", ["warehouse"]),
        ("warehuose", ["warehouse"]),
        ("warhuose", ["warehouse"]),  # two edits
        ("backuphots", ["backup-host"]),
        ("wharhose", []),  # three
        ("weeb", []),  # too short to be wrong in one
        ("payroll", []),
        ("10.200.5.6", []),  # an address is no machine's name with a domain
        ("", []),
    ],
)
def test_the_nearest_names_are_those_that_were_meant(word: str, meant: list[str]) -> None:
    """As people, word processors and fonts get them wrong."""
    assert Nearest(ESTATE).to(word) == meant


def test_a_word_that_differs_in_its_number_names_another_machine() -> None:
    """One wrong digit may be a slip; two edits are believed in letters only."""
    names = Nearest(["frankfurt-007"])

    assert names.to("frankfurt-008") == ["frankfurt-007"]
    assert names.to("frakfrt-007") == ["frankfurt-007"]
    assert names.to("frakfurt-008") == []


def test_where_many_are_equally_near_none_is_offered() -> None:
    """Three are; any three of nine would be a guess."""
    assert Nearest([f"client{n}00" for n in (1, 2, 3)]).to("client400") == ["client100", "client200", "client300"]
    assert Nearest([f"client{n}00" for n in range(1, 10)]).to("client000") == []


def test_names_of_the_same_domain_come_before_others() -> None:
    """A machine of the domain that was written is likelier than one of another."""
    names = Nearest(["payroll.a.example", "payroll.b.example"])

    assert names.to("payrol.b.example") == ["payroll.b.example"]
    assert names.to("payrol") == ["payroll.a.example", "payroll.b.example"]


def test_what_many_names_begin_with_is_no_machine() -> None:
    """Then the whole names are compared."""
    names = Nearest([f"app.node-{n:03d}" for n in range(100)])

    assert names.to("app.node_O42") == ["app.node-042"]
    assert names.to("app.n0de-042") == ["app.node-042"]
    assert names.to("app") == []


def test_what_is_offered_may_have_another_name() -> None:
    """Each once, whichever of its names is near; the length from which one edit is believed can be set."""
    names = Nearest({"finance": "srv1", "finances": "srv1", "web1": "srv2"}, shortest=4)

    assert names.to("finanse") == ["srv1"]
    assert names.to("webb1") == ["srv2"]


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbcd", 2), ("ca", "abc", 3), ("", "abcd", 4)],
)
def test_distance_counts_edits_and_a_swap_as_one(left: str, right: str, edits: int) -> None:
    """In both directions; beyond what is asked for it is not counted to the end."""
    assert distance(left, right, 5) == distance(right, left, 5) == edits
    assert distance(left, right, 1) == min(edits, 2)


def test_distance_is_that_of_the_textbook() -> None:
    """Against the recursive definition, on random words of three letters."""

    def textbook(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        ways = [textbook(a[1:], b) + 1, textbook(a, b[1:]) + 1, textbook(a[1:], b[1:]) + (a[0] != b[0])]
        if len(a) > 1 and len(b) > 1 and (a[0], a[1]) == (b[1], b[0]):
            ways.append(textbook(a[2:], b[2:]) + 1)
        return min(ways)

    random = Random(7)
    for _ in range(100):
        a, b = ("".join(random.choices("abc", k=random.randrange(6))) for _ in range(2))
        assert distance(a, b, 9) == textbook(a, b), (a, b)


def test_what_looks_the_same_is_said_to() -> None:
    """And what is the same, or plainly different, is not."""
    assert looks_like("clientO1", "client01")
    assert not looks_like("CLIENT01", "client01")
    assert not looks_like("client1", "client01")


def test_all_misspelt_clients_of_a_wave_cost_no_time_worth_a_word() -> None:
    """20,000 names and 500 words one or two edits away: the tenth of a wave in which every row is wrong."""
    random = Random(1)
    names = [f"{random.choice(('fra', 'ber', 'muc'))}-{random.choice(('sql', 'web'))}{n:05d}" for n in range(20_000)]
    words = []
    for _ in range(500):
        letters = list(random.choice(names))
        for _ in range(random.randint(1, 2)):
            del letters[random.randrange(len(letters))]
        words.append("".join(letters))
    began = time.process_time()
    nearest = Nearest(names)
    offered = [nearest.to(word) for word in words]

    assert time.process_time() - began < 5, "0.5 s when it was measured"
    assert sum(map(bool, offered)) > 100
