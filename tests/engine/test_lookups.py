"""Look-ups on a virtual clock: who shares a listing with whom, and who must not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_replies import read_listing
from bulkprov.commvault.identity import match
from bulkprov.engine import lifecycle
from bulkprov.engine.evidence import amended
from bulkprov.engine.known_ids import KnownIds
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Evidence, Listing, Outcome, Reply, Status, Verdict
from bulkprov.engine.operations import AUDIT
from bulkprov.engine.policy import RetryPolicy
from bulkprov.engine.priority import Priority
from bulkprov.engine.throttle.gate import NOT_SENT
from bulkprov.engine.wanted import Listed, Match

virtually = pytest.mark.asyncio(loop_factories=["virtual"])

ONE = BackupSet(client="client001", name="One")
TWO = BackupSet(client="CLIENT001", name="Two")
OTHER = BackupSet(client="client002", name="One")


class Server:
    """Lists what is there when the request leaves; a request waits a second for its slot, and is a second under way."""

    def __init__(self) -> None:
        self.sets: dict[str, int] = {}
        self.asked: list[str] = []
        self.failing = 0
        self.loop = asyncio.get_running_loop()
        self.looks = SharedLookups(self.fetch, clock=self.loop.time)
        self.began = self.loop.time()

    async def fetch(self, client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        """One listing."""
        await asyncio.sleep(1)
        leaves()
        self.asked.append(client)
        listing = Listing(dict(self.sets))
        failing, self.failing = self.failing, max(0, self.failing - 1)
        await asyncio.sleep(1)
        if failing:
            return Verdict(end=End.IN_DOUBT, why="no answer")
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    async def find(self, want: BackupSet, asked_after: float = 0) -> int:
        """The id that is found."""
        return (await self.looks.get(want, asked_after)).reply.id


@virtually
async def test_all_rows_of_a_client_share_one_listing() -> None:
    """Whether they ask together or later, and however the client's name is written; another client has its own."""
    server = Server()
    server.sets = {ONE.key: 7}
    found = await asyncio.gather(server.find(ONE), server.find(TWO), server.find(OTHER), server.find(ONE))
    later = await server.find(ONE)

    assert (*found, later) == (7, 0, 0, 7, 7)
    assert server.asked == ["client001", "client002"]


@virtually
async def test_a_listing_says_nothing_of_what_came_after_it_was_asked_for() -> None:
    """A question about now is answered by a listing that leaves now."""
    server = Server()
    await server.find(ONE)
    server.sets = {ONE.key: 7}

    assert await server.find(ONE, server.began + 1) == 0, "it was asked for at that very time"
    assert await server.find(ONE, server.began + 1.5) == 7
    assert len(server.asked) == 2


@virtually
async def test_who_asks_while_a_listing_is_under_way_joins_it_only_if_it_left_late_enough() -> None:
    """Before it has left everybody may join; after that only those who ask about a time before."""
    server = Server()
    first = asyncio.create_task(server.find(ONE))
    await asyncio.sleep(0.5)
    early = asyncio.create_task(server.find(ONE, server.loop.time()))
    await asyncio.sleep(1)
    server.sets = {ONE.key: 7}
    about_before = asyncio.create_task(server.find(ONE, server.began))
    about_now = asyncio.create_task(server.find(ONE, server.loop.time()))
    found = [await each for each in (first, early, about_before, about_now)]

    assert found == [0, 0, 0, 7]
    assert len(server.asked) == 2


@virtually
async def test_a_listing_that_failed_answers_those_who_wait_and_nobody_else() -> None:
    """Whoever comes later asks anew."""
    server = Server()
    server.failing = 1
    waiting = await asyncio.gather(*[server.looks.get(ONE, 0) for _ in range(3)])
    after = await server.looks.get(ONE, 0)

    assert [verdict.end for verdict in waiting] == [End.IN_DOUBT] * 3
    assert after.end is End.ANSWERED
    assert len(server.asked) == 2


@virtually
async def test_a_look_that_settles_does_not_end_with_a_first_look_that_a_stop_has_held_back() -> None:
    """It has waited for the same listing; now it asks for its own, which is sent. Such looks share one."""
    server = Server()
    sent = list[Priority]()

    async def fetch(_client: str, leaves: Callable[[], None], priority: Priority) -> Verdict:
        await asyncio.sleep(1)
        sent.append(priority)
        if priority is not Priority.SETTLE:
            return replace(NOT_SENT, why="the run was stopped before this was sent")
        leaves()
        return Verdict(end=End.ANSWERED, http_status=200, listing=Listing({ONE.key: 7}))

    looks = SharedLookups(fetch, clock=server.loop.time)
    first = asyncio.create_task(looks.get(TWO, 0))
    await asyncio.sleep(0.5)
    settling = await asyncio.gather(*[looks.get(ONE, server.loop.time(), priority=Priority.SETTLE) for _ in range(3)])

    assert (await first).end is End.NOT_TAKEN
    assert [verdict.reply.id for verdict in settling] == [7, 7, 7]
    assert sent == [Priority.READ, Priority.SETTLE]


@virtually
async def test_a_failed_listing_does_not_take_the_place_of_a_newer_one() -> None:
    """When an old request ends badly, the one that was asked for meanwhile stays."""
    server = Server()
    server.failing = 1
    old = asyncio.create_task(server.looks.get(ONE, 0))
    await asyncio.sleep(1.5)
    server.sets = {ONE.key: 7}
    new = asyncio.create_task(server.find(ONE, server.loop.time()))
    await old

    assert await new == 7
    assert await server.find(ONE) == 7
    assert len(server.asked) == 2


@virtually
async def test_a_row_that_is_cancelled_does_not_take_the_others_with_it() -> None:
    """It only waited along."""
    server = Server()
    first = asyncio.create_task(server.find(ONE))
    await asyncio.sleep(0)
    second = asyncio.create_task(server.find(ONE))
    third = asyncio.create_task(server.find(ONE))
    await asyncio.sleep(0.5)
    second.cancel()

    assert (await first, await third) == (0, 0)
    assert second.cancelled()


@virtually
async def test_a_bug_is_told_to_all_who_wait_and_forgotten() -> None:
    """Nobody hangs."""
    server = Server()

    async def broken(_client: str, _leaves: Callable[[], None], _priority: Priority) -> Verdict:
        await asyncio.sleep(1)
        raise ZeroDivisionError

    looks = SharedLookups(broken, clock=server.loop.time)
    ended = await asyncio.gather(*[looks.get(ONE, 0) for _ in range(3)], return_exceptions=True)

    assert [type(error) for error in ended] == [ZeroDivisionError] * 3


def empty(*names: str) -> list[BackupSet]:
    """A set of each of these clients."""
    return [BackupSet(client=name, name="One") for name in names]


@virtually
async def test_what_is_kept_is_bounded_by_how_much_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not by how many clients there are: what was not used for longest goes first."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 34_000)
    server = Server()
    for want in empty("a", "b", "c", "a", "d"):
        await server.find(want)
    server.sets = {f"set {number}": number for number in range(1, 11)}
    for want in empty("e", "e", "d", "a", "c"):
        await server.find(want)

    assert server.asked == ["a", "b", "c", "d", "e", "c"], "the one of e counts for two, so b and c had to go"


@virtually
async def test_the_newest_listing_is_kept_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of its client share it; it goes with the next one that comes."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 34_000)
    server = Server()
    server.sets = {f"set {number}": number for number in range(1, 101)}
    giant, other = empty("giant", "other")
    await asyncio.gather(*[server.find(giant) for _ in range(3)])
    await server.find(giant)
    assert server.asked == ["giant"]

    server.sets = {}
    await server.find(other)
    await server.find(giant)

    assert server.asked == ["giant", "other", "giant"]


@virtually
async def test_a_listing_that_is_being_fetched_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others come before it: rows that ask meanwhile join it, and those that ask later find it."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 17_000)
    server = Server()
    first, *others = empty(*"abcdef")
    fetches = [asyncio.create_task(server.find(want)) for want in others]
    await asyncio.sleep(0.5)
    slow = asyncio.create_task(server.find(first))
    await asyncio.gather(*fetches)
    joined = asyncio.create_task(server.find(first))
    await asyncio.gather(slow, joined)
    await server.find(first)

    assert server.asked.count("a") == 1
    assert len(server.looks._newest) == 2


@virtually
async def test_a_weak_absence_stays_weak() -> None:
    """An answer without any list in it is told as such."""
    server = Server()

    async def empty(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=404, listing=Listing(sure=False))

    verdict = await SharedLookups(empty, clock=server.loop.time).get(ONE, 0)

    assert (verdict.reply.id, verdict.reply.sure, verdict.listing) == (0, False, None)


@virtually
async def test_of_several_sets_of_one_name_it_is_the_one_that_was_meant() -> None:
    """Whoever asks for a certain id is told of that one; if the id has another name, that name is told."""
    named = Listing({ONE.key: 4, TWO.key: 5}, more={9: ONE.key})
    verdict = Verdict(end=End.ANSWERED, http_status=200, listing=named)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return verdict

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time)
    told = [(await looks.get(ONE, 0, target)).reply for target in (0, 4, 9, 5, 77)]

    assert [reply.id for reply in told] == [4, 4, 9, 4, 4]
    assert [reply.elsewhere for reply in told] == ["", "", "", "now named two", ""]
    assert (await looks.get(TWO, 0, 9)).reply.elsewhere == "now named one"


@virtually
async def test_further_ids_of_one_thing_are_told_as_well() -> None:
    """A server that makes duplicates lists it twice."""
    listing = Listing({ONE.key: 4}, more={9: ONE.key, 11: ONE.key})

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time)
    told = [(await looks.get(ONE, 0, target)).reply for target in (0, 9)]

    assert [(reply.id, reply.also) for reply in told] == [(4, (9, 11)), (9, (4, 11))]


class Empty:
    """A scope that answers what it is told to, and without a list if it is told nothing."""

    def __init__(self, none_after: int, *, may_empty: bool = False) -> None:
        self.answers: list[Listing] = []
        self.weak = Listing(sure=False, none_after=none_after)
        self.asked = 0
        self.loop = asyncio.get_running_loop()
        self.looks = SharedLookups(self.fetch, clock=self.loop.time, may_empty=may_empty)

    async def fetch(self, _client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        """One listing, at once."""
        leaves()
        self.asked += 1
        return Verdict(end=End.ANSWERED, listing=self.answers.pop(0) if self.answers else self.weak)

    async def believed(self) -> bool:
        """Whether a listing of now is believed; a second passes after it."""
        sure = (await self.looks.get(ONE, self.loop.time())).reply.sure
        await asyncio.sleep(1)
        return sure


@virtually
@pytest.mark.parametrize("times", [2, 3])
async def test_an_answer_without_a_list_is_believed_when_it_was_given_often_enough(times: int) -> None:
    """In a row, a second apart; all rows that come later share the last one."""
    scope = Empty(times)

    assert [await scope.believed() for _ in range(times)] == [False] * (times - 1) + [True]
    assert (await scope.looks.get(TWO, 0)).reply.sure
    assert scope.asked == times


@virtually
async def test_answers_without_a_list_that_come_together_count_once() -> None:
    """A hiccup may last a moment."""
    scope = Empty(2)
    at = scope.loop.time()

    assert not (await scope.looks.get(ONE, at)).reply.sure
    await asyncio.sleep(0.5)
    assert not (await scope.looks.get(ONE, at + 0.5)).reply.sure
    await asyncio.sleep(0.5)
    assert (await scope.looks.get(ONE, at + 1)).reply.sure


@virtually
async def test_it_is_counted_how_often_a_list_could_not_be_had() -> None:
    """In a row, by scope, however its name is written."""
    server = Server()
    server.failing = 2
    counts = []
    for _ in range(3):
        await server.find(ONE, server.loop.time())
        counts.append(server.looks.failures("Client001"))

    assert (counts, server.looks.failures("client002")) == ([1, 2, 0], 0)


@virtually
async def test_a_scope_that_gave_a_list_is_not_believed_to_have_none() -> None:
    """Unless its things are being deleted: then they may all be gone, and the count begins after the list."""
    scope, emptied = Empty(2), Empty(2, may_empty=True)
    scope.answers, emptied.answers = [Listing({ONE.key: 4})], [Listing({ONE.key: 4})]

    assert [await scope.believed() for _ in range(5)] == [True, False, False, False, False]
    assert [await emptied.believed() for _ in range(3)] == [True, False, True]


@virtually
async def test_what_is_remembered_of_scopes_without_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count of the one that is known for longest begins anew, which costs it a look."""
    monkeypatch.setattr("bulkprov.engine.weak._MOST", 1)
    scope = Empty(2)
    told = [await scope.believed()]
    for client in ("client002", "client003"):
        await scope.looks.get(BackupSet(client=client, name="One"), scope.loop.time())
    told += [await scope.believed() for _ in range(2)]

    assert told == [False, False, True]


@virtually
async def test_a_thing_is_asked_for_by_its_id() -> None:
    """It is this one, or another, or none; an answer about another id tells nothing, nor does one without a set."""
    answers = {
        4: Listing({ONE.key: 4}),
        5: Listing({TWO.key: 5}),
        6: Listing(),
        7: Listing({ONE.key: 4}),
        8: Listing(sure=False, none_after=3),
    }

    async def fetch(_client: str, _leaves: Callable[[], None], _priority: Priority) -> Verdict:
        pytest.fail("no listing is wanted")

    async def ask(number: int, scope: str) -> Verdict:
        assert scope == ONE.client
        if number not in answers:
            return Verdict(end=End.IN_DOUBT, why="HTTP 403 Forbidden")
        return Verdict(end=End.ANSWERED, listing=answers[number])

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, ask=ask)
    told = [await looks.by_id(ONE, number) for number in answers]
    lost = await looks.by_id(ONE, 9)

    assert [(each.end, each.reply.id, each.reply.elsewhere) for each in told] == [
        (End.ANSWERED, 4, ""),
        (End.ANSWERED, 0, "now named two"),
        (End.ANSWERED, 0, ""),
        (End.IN_DOUBT, 0, ""),
        (End.IN_DOUBT, 0, ""),
    ]
    assert (lost.end, lost.why) == (End.IN_DOUBT, "HTTP 403 Forbidden")


@virtually
async def test_a_thing_under_another_name_of_its_scope_is_told_by_the_scopes_id() -> None:
    """The name may be a display name. Where no listing tells the id, nothing is known."""
    answer = Listing({ONE.key: 4}, scope="Display name", scope_id=2)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, listing=Listing({TWO.key: 5}, scope_id=2))

    async def ask(_number: int, _scope: str) -> Verdict:
        return Verdict(end=End.ANSWERED, listing=answer)

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, ask=ask)
    unknown = await looks.by_id(ONE, 4)
    assert (unknown.end, unknown.reply.id) == (End.IN_DOUBT, 0)
    assert unknown.why == "it is on Display name, which may be another name of client001"
    await looks.get(TWO, 0)
    assert (await looks.by_id(ONE, 4)).reply.id == 4
    answer = Listing({ONE.key: 4}, scope="Another client", scope_id=3)
    assert (await looks.by_id(ONE, 4)).reply.elsewhere == "now on Another client"


@virtually
async def test_a_thing_that_was_reported_is_compared_with_what_was_wanted() -> None:
    """In its list and by its id; the kind says in what it differs. Nothing is told of what is not shown."""
    shown = Listing({ONE.key: 4}, named={"one": [Listed(4, ONE.key, "late"), Listed(5, ONE.key, "other")]})

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, listing=shown)

    async def ask(_number: int, _scope: str) -> Verdict:
        return Verdict(end=End.ANSWERED, listing=shown)

    def differs(want: BackupSet, listed: Listed) -> str:
        return f"{want.name} is {listed.entry}"

    clock = asyncio.get_running_loop().time
    looks, plain = [SharedLookups(fetch, clock=clock, ask=ask, differs=each) for each in (differs, None)]

    assert (await looks.get(ONE, 0, 4)).reply.differs == "One is late"
    assert (await looks.by_id(ONE, 4)).reply.differs == "One is late"
    assert (await looks.get(TWO, 0, 9)).reply.differs is None
    assert (await plain.get(ONE, 0, 4)).reply.differs is None
    assert (await plain.by_id(ONE, 4)).reply.differs is None


@virtually
async def test_the_ids_of_every_listing_are_known() -> None:
    """What is made later has a higher one."""
    ids = KnownIds()
    scope = Empty(2)
    scope.looks = SharedLookups(scope.fetch, clock=scope.loop.time, ids=ids)
    scope.answers = [Listing({ONE.key: 4}, more={9: ONE.key})]
    await scope.looks.get(ONE, 0)

    assert ids.highest == 9
    assert scope.looks.fresh(ONE.client, scope.loop.time())
    assert not scope.looks.fresh(ONE.client, scope.loop.time() + 1)
    assert not scope.looks.fresh(OTHER.client, 0)


@virtually
async def test_a_look_tells_the_marks_that_its_list_tells() -> None:
    """Of what it has found, under every id, and for a certain id; a request for an id tells that one's."""
    listing = Listing({ONE.key: 4, TWO.key: 5}, more={9: ONE.key}, marks={4: "one", 5: "two", 9: "nine"})

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    async def ask(number: int, _scope: str) -> Verdict:
        return Verdict(end=End.ANSWERED, listing=Listing({ONE.key: number}, marks={number: ""}))

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, ask=ask)

    assert (await looks.get(ONE, 0)).reply == Reply(id=4, also=(9,), marks=((4, "one"), (9, "nine")))
    assert (await looks.get(ONE, 0, 9)).reply == Reply(id=9, also=(4,), marks=((9, "nine"), (4, "one")))
    assert (await looks.by_id(ONE, 4)).reply == Reply(id=4, marks=((4, ""),))


def entry(number: int, app: str, name: str = "One") -> dict[str, object]:
    """One entry of a listing."""
    return {"backupSetEntity": {"backupsetId": number, "backupsetName": name, "appName": app}}


@virtually
async def test_what_has_the_name_and_another_place_is_told_apart() -> None:
    """Found, known to be another, or not to be told; for a certain id, what has it is it unless known to be another."""
    listing = read_listing({"backupsetProperties": [entry(4, "SQL Server"), entry(5, "Big Data")]}, "client001")
    verdict = Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return verdict

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, match=match)
    reply = (await looks.get(ONE, 0)).reply

    assert (reply.id, reply.others) == (0, (4,))
    assert reply.listed_others == 'id 4, "One" under agent SQL Server'
    assert reply.unsure == 'id 5, "One" under agent Big Data'
    told = [(await looks.get(ONE, 0, target)).reply for target in (4, 5, 6)]
    assert [(each.id, each.elsewhere) for each in told] == [(0, 'now "One" under agent SQL Server'), (5, ""), (0, "")]
    assert (await looks.get(TWO, 0)).reply == Reply()


@virtually
@pytest.mark.parametrize(
    ("shown", "sure"),
    [
        (Listing({TWO.key: 40}), False),
        (Listing(), True),
        (Listing(sure=False, none_after=3), False),
        (None, False),
    ],
    ids=["there", "gone", "an empty body", "no answer"],
)
async def test_a_list_without_what_its_id_shows_is_believed_about_nothing(shown: Listing | None, sure: bool) -> None:
    """It may be cut, and so may one whose witness gave no answer that says. One whose witness is gone is believed."""
    server, ids = Server(), KnownIds(settle=10)

    async def ask(_number: int, _scope: str) -> Verdict:
        if shown is None:
            return Verdict(end=End.IN_DOUBT, why="no answer")
        return Verdict(end=End.ANSWERED, http_status=200, listing=shown)

    server.looks = SharedLookups(server.fetch, clock=server.loop.time, ask=ask, ids=ids)
    ids.testify("client001", 40, server.loop.time() - 20)
    verdict = await server.looks.get(ONE, 0)

    assert (verdict.reply.id, verdict.reply.sure) == (0, sure)


@virtually
async def test_a_list_that_has_its_witness_is_believed_without_a_question() -> None:
    """Nobody is asked for an id that the list shows."""
    server, ids = Server(), KnownIds(settle=10)

    async def ask(_number: int, _scope: str) -> Verdict:
        raise AssertionError

    server.looks = SharedLookups(server.fetch, clock=server.loop.time, ask=ask, ids=ids)
    server.sets = {TWO.key: 40}
    ids.testify("client001", 40, server.loop.time() - 20)
    verdict = await server.looks.get(ONE, 0)

    assert (verdict.reply.id, verdict.reply.sure) == (0, True)


@virtually
async def test_if_a_witness_is_gone_the_next_one_tells_whether_a_list_is_cut() -> None:
    """Another actor may have deleted the highest one; that is no reason to believe a list that is cut."""
    server, ids = Server(), KnownIds(settle=10)

    async def ask(number: int, _scope: str) -> Verdict:
        asked.append(number)
        return Verdict(end=End.ANSWERED, http_status=200, listing=Listing({TWO.key: 39} if number == 39 else {}))

    asked: list[int] = []
    server.looks = SharedLookups(server.fetch, clock=server.loop.time, ask=ask, ids=ids)
    for number in (38, 39, 40):
        ids.testify("client001", number, server.loop.time() - 20)

    assert not (await server.looks.get(ONE, 0)).reply.sure
    assert asked == [40, 39]


@virtually
async def test_a_list_that_has_its_newest_witness_is_believed_and_nothing_is_asked() -> None:
    """It is not cut."""
    server, ids = Server(), KnownIds(settle=10)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=200, listing=Listing({TWO.key: 40}))

    async def ask(number: int, _scope: str) -> Verdict:
        pytest.fail(f"id {number} was asked for")

    looks = SharedLookups(fetch, clock=server.loop.time, ask=ask, ids=ids)
    ids.testify("client001", 40, server.loop.time() - 20)

    assert (await looks.get(ONE, 0)).reply.sure


@virtually
async def test_a_slow_listing_is_held_against_the_witness_known_when_it_left() -> None:
    """What is reported while it is under way can say nothing of it, and must not hide what was known before."""
    server, ids = Server(), KnownIds(settle=10)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        for number in range(41, 81):  # it takes long, and other rows are reported meanwhile
            await asyncio.sleep(1)
            ids.testify("client001", number, server.loop.time())
        return Verdict(end=End.ANSWERED, http_status=200, listing=Listing({TWO.key: 3}))

    async def ask(number: int, _scope: str) -> Verdict:
        asked.append(number)
        return Verdict(end=End.ANSWERED, http_status=200, listing=Listing({TWO.key: number}))

    asked: list[int] = []
    looks = SharedLookups(fetch, clock=server.loop.time, ask=ask, ids=ids)
    ids.testify("client001", 40, server.loop.time() - 20)

    assert not (await looks.get(ONE, 0)).reply.sure
    assert asked == [40]


@virtually
async def test_what_is_listed_under_a_synonym_is_the_wanted_one() -> None:
    """It is found under the lowest of its ids, and the others are told. Where no kind says so, only its key is it."""
    listed = [entry(9, "Windows NAS", "One"), entry(7, "Windows NAS", "One"), entry(5, "Big Data", "One")]
    listing = read_listing({"backupsetProperties": listed}, "client001")

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    def by_platform(_want: BackupSet, one: Listed) -> Match:
        return Match.SAME if "Windows" in str(one.entry) else Match.OTHER

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, match=by_platform)
    assert (await looks.get(ONE, 0)).reply == Reply(id=7, also=(9,))
    assert listing
    listing = replace(listing, marks={9: "nine", 5: "five"})
    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, match=by_platform)
    assert (await looks.get(ONE, 0)).reply == Reply(id=7, also=(9,), marks=((9, "nine"),))

    strictly = SharedLookups(fetch, clock=asyncio.get_running_loop().time)
    assert (await strictly.get(ONE, 0)).reply.others == (5, 7, 9)


ALONE: list[tuple[dict[str, int], dict[int, str]]] = [
    ({}, {}), ({ONE.key: 7}, {}), ({ONE.key: 8}, {}), ({TWO.key: 7}, {}), ({ONE.key: 7, TWO.key: 9}, {}),
]  # fmt: skip
TWICE: list[tuple[dict[str, int], dict[int, str]]] = [
    ({ONE.key: 7}, {9: ONE.key}), ({ONE.key: 8}, {7: ONE.key}), ({ONE.key: 7, TWO.key: 8}, {9: TWO.key}),
]  # fmt: skip
"""Lists, with the ids of things that are there a second time."""
MARKS: list[dict[int, str]] = [{}, {7: ""}, {7: "bulkprov:1"}, {8: "bulkprov:1"}]


@virtually
@pytest.mark.parametrize(("ids", "more"), [*ALONE, *TWICE])
@pytest.mark.parametrize("marks", MARKS, ids=str)
async def test_what_a_list_shows_at_a_glance_is_what_an_audit_would_find(
    ids: dict[str, int], more: dict[int, str], marks: dict[int, str]
) -> None:
    """A row that is passed over stands just as it would have been left: as it was reported, with nothing new."""
    answered = Reply(0, "", 7)
    ended = Outcome(status=Status.CREATED, reply=answered, attempts=1, evidence=Evidence.PROVEN, known=3, finished_at=5)
    standing, stays = lifecycle.reported(ended, 100.0), AUDIT.rules.stays_if_listed
    assert stays
    assert stays(standing, ended)

    async def fetch(_client: str, leaves: Callable[[], None], _priority: Priority) -> Verdict:
        leaves()
        listing = Listing(ids, more=more, marks=marks)
        return Verdict(end=End.ANSWERED, http_status=200, listing=listing, at=11.0)

    looks = SharedLookups(fetch, clock=lambda: 10.0)
    verdict = await looks.get(ONE, 5.0, 7)
    news = lifecycle.after(AUDIT.rules, standing, verdict, RetryPolicy())
    as_it_was = isinstance(news, Outcome) and news.status is Status.AS_REPORTED and amended(ended, news) == ended
    passed = looks.shows(ONE, 5.0, 7)

    assert as_it_was or not passed
    assert passed or more or not as_it_was, "it is what an audit saves its time by"
    assert not looks.shows(ONE, 10.5, 7), "it was asked for before"
    assert not looks.shows(OTHER, 5.0, 7), "no list of that client is there"
