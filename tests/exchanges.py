"""How exchanges may end, for tests of what comes next: by name, and drawn at random."""

from collections.abc import Mapping

from hypothesis import strategies as st

from bulkprov.engine.model import End, Evidence, Reply, Standing, Step, Verdict

__all__ = [
    "ANOTHERS",
    "MARK",
    "created",
    "doubted",
    "found",
    "missing",
    "not_taken",
    "others",
    "refused",
    "standings",
    "unsure",
    "verdicts",
]


MARK = "bulkprov wave3/17 0123456789abcdef"
ANOTHERS = "bulkprov wave3/17 fedcba9876543210"


def created(number: int = 931, *, at: float = 0.0) -> Verdict:
    """The server says that it has made it."""
    return Verdict(end=End.ANSWERED, reply=Reply(0, "", number), http_status=200, at=at)


def refused(
    code: int = 1, words: str = "DB error", *, exists: bool = False, documented: bool = False, at: float = 0.0
) -> Verdict:
    """The server says no; `documented`: in words that the vendor documents as "not created"."""
    reply = Reply(code, words, says_exists=exists, not_created=documented)
    return Verdict(end=End.ANSWERED, reply=reply, http_status=200, at=at)


def doubted(*, at: float = 0.0) -> Verdict:
    """Nobody knows."""
    return Verdict(end=End.IN_DOUBT, why="the connection was lost before an answer came", at=at)


def not_taken(status: int | None = None, *, at: float = 0.0) -> Verdict:
    """It had no effect."""
    return Verdict(end=End.NOT_TAKEN, http_status=status, why="cannot connect", at=at)


def found(number: int = 931, *also: int, at: float = 0.0, marks: Mapping[int, str] | None = None) -> Verdict:
    """A look-up finds it, perhaps under further ids; `marks` are those that it has told."""
    reply = Reply(id=number, also=also, marks=tuple((marks or {}).items()))
    return Verdict(end=End.ANSWERED, reply=reply, http_status=200, at=at)


def missing(*, sure: bool = True, none_after: int = 0, at: float = 0.0) -> Verdict:
    """A look-up finds nothing; by a list that does not hold it, or by an answer without a list."""
    return Verdict(end=End.ANSWERED, reply=Reply(sure=sure, none_after=none_after), http_status=200, at=at)


def unsure(*, at: float = 0.0) -> Verdict:
    """A look-up finds something that may be it."""
    return Verdict(end=End.ANSWERED, reply=Reply(unsure=_LISTED), http_status=200, at=at)


def others(*ids: int, at: float = 0.0) -> Verdict:
    """A look-up finds things of the same name only that are known to be others."""
    return Verdict(end=End.ANSWERED, reply=Reply(others=ids, listed_others=_LISTED), http_status=200, at=at)


_LISTED = "id 9, under another agent"
_words = st.sampled_from(["", "DB error", "Backup set already exists.", "name ü \N{SNOWMAN}"])
_times = st.floats(0, 2_000_000_000)
_replies = st.builds(
    Reply,
    st.one_of(st.none(), st.integers(-3, 3)),
    _words,
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    _words,
    others=st.sampled_from([(), (7,), (7, 9)]),
    also=st.sampled_from([(), (2, 9)]),
    none_after=st.sampled_from([0, 2, 3]),
    unsure=st.sampled_from(["", _LISTED]),
    marks=st.sampled_from([(), ((2, ""),), ((1, MARK), (2, ANOTHERS)), ((2, MARK), (3, MARK), (9, ""))]),
)


def verdicts() -> st.SearchStrategy[Verdict]:
    """Any end that an exchange can have, the contradictory ones too."""
    return st.builds(
        Verdict,
        end=st.sampled_from(End),
        reply=_replies,
        http_status=st.sampled_from([None, 200, 401, 404, 409, 429, 503]),
        retry_after=st.sampled_from([0.0, 30.0]),
        halt=st.sampled_from(["", "the certificate is not trusted"]),
        why=_words,
        at=_times,
        seconds=st.floats(0, 60),
    )


def standings(*, asks: bool = False) -> st.SearchStrategy[Standing]:
    """Any standing at all, those that no row ever reaches too; with `asks`, before a request for an id as well."""
    return st.builds(
        Standing,
        step=st.sampled_from(list(Step) if asks else [Step.LOOK, Step.ACT]),
        sends=st.integers(0, 9),
        waits=st.integers(0, 100),
        inconclusive_looks=st.integers(0, 30),
        unproven_absences=st.integers(0, 30),
        ever_in_doubt=st.booleans(),
        unsettled=st.booleans(),
        absent_before_send=st.booleans(),
        others=st.sampled_from([(), (7,)]),
        unsure=st.sampled_from(["", _LISTED]),
        refusal=st.one_of(st.none(), verdicts()),
        look_after=st.sampled_from([0.0, 1_000_000_000.0]),
        left=st.booleans(),
        turned_away=st.booleans(),
        known=st.integers(0, 3),
        candidates=st.sampled_from([(), (2,), (2, 9)]),
        mark=st.sampled_from(["", MARK]),
        marked=st.sampled_from([(), (8,)]),
        found=st.one_of(st.none(), verdicts()),
        evidence=st.sampled_from(Evidence),
        target=st.integers(0, 3),
        denied=st.booleans(),
        extra=st.booleans(),
        lost=st.sampled_from([0, 5]),
        doubt_began=_times,
    )
