import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import NOTHING, End, Evidence, Listing, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.errors import DamagedError
from bulkprov.journal import codec, schema
from bulkprov.sheets.rows import Fault
from tests.backupsets import row_values, want_from
from tests.exchanges import refused, standings, verdicts
from tests.journal.waves import facts

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_spelled = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
"""What `tests/journal/test_schema.py` says of NULs left out."""


@given(standings())
def test_a_standing_comes_back_as_it_was(standing: Standing) -> None:
    """With the refusal in it."""
    assert codec.standing_from(codec.standing_text(standing)) == standing


@given(verdicts())
def test_a_verdict_comes_back_as_it_was(verdict: Verdict) -> None:
    """All but the listing, which is not kept."""
    assert codec.verdict_from(codec.verdict_text(verdict)) == verdict


def test_a_listing_is_not_kept_with_its_verdict() -> None:
    """It may hold thousands of names."""
    verdict = Verdict(end=End.ANSWERED, listing=Listing({"key": 1}))

    assert codec.verdict_text(verdict) == '{"end":"answered"}'


def test_a_healthy_row_costs_a_few_bytes() -> None:
    """What is at its default is not written."""
    assert codec.standing_text(Standing()) == "{}"
    assert codec.standing_text(Standing(step=Step.ACT, absent_before_send=True)) == '{"step":"act","clean":true}'


def test_text_of_a_version_before_a_field_existed_is_read() -> None:
    """A field that is not there has its default."""
    assert codec.standing_from('{"step":"act"}') == Standing(step=Step.ACT)
    assert codec.verdict_from("{}") == Verdict(end=End.IN_DOUBT)
    kept = codec.standing_text(Standing(refusal=refused(2, "no")))
    assert json.loads(kept)["refusal"]["reply"] == {"error_code": 2, "error_string": "no"}


def test_text_of_a_later_version_is_read() -> None:
    """Names that this version does not know are ignored, in whatever they are nested."""
    reply = '{"error_code":2,"error_string":"no","advice":["ask"]}'
    verdict = f'{{"end":"answered","reply":{reply},"gateway":{{"name":"eu1"}}}}'

    read = codec.standing_from(f'{{"step":"look","sends":1,"audited":true,"refusal":{verdict}}}')

    refusal = Verdict(end=End.ANSWERED, reply=Reply(2, "no"))
    assert read == Standing(step=Step.LOOK, sends=1, refusal=refusal)
    assert codec.faults_from('[["too long",1,"error"]]') == (Fault("too long", 1),)


REFUSAL_FROM_VERSION_1 = {
    "end": "in doubt",
    "reply": {"error_code": 5, "error_string": "no", "id": 7, "sure": False, "says_exists": True},
    "http_status": 502,
    "retry_after": 30.0,
    "halt": "redirected",
    "why": "HTTP 502",
    "at": 1767600000.25,
    "seconds": 0.5,
}
FROM_VERSION_1 = {
    "step": "act",
    "sends": 3,
    "waits": 2,
    "turns": 4,
    "absent": 1,
    "doubt": True,
    "open": True,
    "clean": True,
    "refusal": REFUSAL_FROM_VERSION_1,
    "target": 931,
    "since": 1767600000.5,
}
"""A standing in which nothing is at its default, as version 1 wrote it."""


def test_names_on_disk_are_those_of_version_1() -> None:
    """Whatever fields are called here: each version reads what the other wrote."""
    refusal = Verdict(
        end=End.IN_DOUBT,
        reply=Reply(5, "no", 7, sure=False, says_exists=True),
        http_status=502,
        retry_after=30.0,
        halt="redirected",
        why="HTTP 502",
        at=1767600000.25,
        seconds=0.5,
    )
    standing = Standing(
        step=Step.ACT,
        sends=3,
        waits=2,
        inconclusive_looks=4,
        unproven_absences=1,
        ever_in_doubt=True,
        unsettled=True,
        absent_before_send=True,
        refusal=refusal,
        target=931,
        doubt_began=1767600000.5,
    )

    assert json.loads(codec.standing_text(standing)) == FROM_VERSION_1
    assert codec.standing_from(json.dumps(FROM_VERSION_1)) == standing


def test_that_version_1_told_two_settle_times_apart_is_passed_over() -> None:
    """There is one settle time now, the longer one."""
    refusal = {**REFUSAL_FROM_VERSION_1, "lingers": True}

    assert codec.standing_from(json.dumps({**FROM_VERSION_1, "refusal": refusal, "lingers": True})) == (
        codec.standing_from(json.dumps(FROM_VERSION_1))
    )


@given(
    st.builds(BackupSet, client=_text, app=_text, instance=_text, name=_text, on_demand=st.booleans(), plan=_text)
    | st.none(),
    st.lists(_text, max_size=4).map(tuple),
    st.lists(st.builds(Fault, _text, st.one_of(st.none(), st.integers(0, 9))), max_size=3).map(tuple),
    st.none() | st.just(Standing(refusal=refused(2, "no"))),
)
def test_a_row_comes_back_as_it_was(
    want: BackupSet | None, cells: tuple[str, ...], faults: tuple[Fault, ...], standing: Standing | None
) -> None:
    """Whatever its cells and names hold, through the statement that stores it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE rows (number, sheet_row, cells, want, key, faults, standing)")
        rows = [row_values(n, n + 1, cells, want=want, faults=faults, standing=standing) for n in (1, 2)]
        db.execute(schema.store_rows(2), [*rows[0], *rows[1]])
        kept = db.execute("SELECT * FROM rows").fetchall()

    assert [number for number, *_ in kept] == [1, 2]
    for number, sheet_row, cells_text, want_text, key, faults_text, standing_text in kept:
        assert sheet_row == number + 1
        assert codec.cells_from(cells_text) == cells
        assert (want_from(want_text) if want_text else None) == want
        assert (key is None) == (want is None)
        assert codec.faults_from(faults_text) == faults
        assert (codec.standing_from(standing_text) if standing_text else None) == standing


@given(st.lists(st.builds(Fault, _text, st.one_of(st.none(), st.integers(0, 9))), max_size=3).map(tuple))
def test_faults_come_back_as_they_were(faults: tuple[Fault, ...]) -> None:
    """Where they are found later than the row."""
    assert codec.faults_from(codec.faults_text(faults)) == faults


@given(
    st.builds(
        Outcome,
        status=st.sampled_from([Status.CREATED, Status.EXISTS, Status.REJECTED, Status.FAILED, Status.INVALID]),
        reply=st.builds(Reply, st.one_of(st.none(), st.integers(-5, 5)), _spelled, st.integers(0, 10**17)),
        attempts=st.integers(0, 8),
        http_status=st.one_of(st.none(), st.integers(100, 599)),
        seconds=st.floats(0, 100),
        finished_at=st.floats(0, 4e9),
        note=_spelled,
        evidence=st.sampled_from(Evidence),
        facts=facts(),
        carried=st.booleans(),
    )
)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    """One value for each column, after the row's number."""
    row, *values = codec.outcome_values(7, outcome)

    assert row == 7
    assert len(values) == len(schema.OUTCOME_COLUMNS)
    assert codec.outcome_from(tuple(values)) == outcome


@given(facts())
def test_the_facts_of_a_row_come_back_as_they_were(known: Standing) -> None:
    """What any later work on it must know."""
    assert codec.standing_from(codec.standing_text(known)) == known


def test_a_healthy_row_has_no_facts_on_disk() -> None:
    """Nor does one of version 1, whose rows the evidence is 0 or 1 of."""
    values = dict(zip(schema.OUTCOME_COLUMNS, codec.outcome_values(7, Outcome(status=Status.CREATED))[1:], strict=True))

    assert values["facts"] is None
    old = codec.outcome_from(tuple(({**values, "ours": 1})[name] for name in schema.OUTCOME_COLUMNS))
    assert (old.evidence, old.facts) == (Evidence.PROVEN, NOTHING)
    none = codec.outcome_from(tuple(({**values, "ours": None})[name] for name in schema.OUTCOME_COLUMNS))
    assert none.evidence is Evidence.NONE


GOOD = ("created", 0, None, 12, 1, 200, 0.25, 1.7e9, "", 1, 0, None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("finished_at", 1e300),
        ("finished_at", -1.0),
        ("finished_at", "noon"),
        ("seconds", "a second"),
        ("seconds", 1e300),
        ("backupset_id", b"\x00\xff"),
        ("attempts", 1.5),
        ("status", 7),
        ("status", "made"),
        ("note", 7),
    ],
)
def test_what_no_version_has_written_in_an_outcome_is_damage(column: str, value: object) -> None:
    """SQLite holds a column's kind when it writes, and gives whatever a damaged page has when it reads."""
    values = tuple(value if name == column else good for name, good in zip(schema.OUTCOME_COLUMNS, GOOD, strict=True))

    assert codec.outcome_from(GOOD).reply.id == codec.result_from(2, (), (), GOOD).id == 12
    with pytest.raises(DamagedError):
        codec.outcome_from(values)
    with pytest.raises(DamagedError):
        codec.result_from(2, (), (), values)


@pytest.mark.parametrize("time", ["1e300", "-5.0"])
def test_a_time_that_no_calendar_has_is_damage(time: str) -> None:
    """In a verdict and in a standing: both are shown with their dates."""
    with pytest.raises(DamagedError):
        codec.verdict_from(f'{{"end":"answered","at":{time}}}')
    with pytest.raises(DamagedError):
        codec.verdict_from(f'{{"end":"answered","seconds":{time}}}')
    with pytest.raises(DamagedError):
        codec.standing_from(f'{{"since":{time}}}')
