"""Look-ups on a virtual clock: who shares a listing with whom, and who must not."""

import asyncio
from collections.abc import Callable

import pytest

from bulkprov.commvault.backupset import BackupSet, read_listing
from bulkprov.commvault.identity import match
from bulkprov.engine.lookups import SharedLookups
from bulkprov.engine.model import End, Listing, Reply, Verdict

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

    async def fetch(self, client: str, leaves: Callable[[], None], _urgent: bool) -> Verdict:
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

    async def broken(_client: str, _leaves: Callable[[], None], _urgent: bool) -> Verdict:
        await asyncio.sleep(1)
        raise ZeroDivisionError

    looks = SharedLookups(broken, clock=server.loop.time)
    ended = await asyncio.gather(*[looks.get(ONE, 0) for _ in range(3)], return_exceptions=True)

    assert [type(error) for error in ended] == [ZeroDivisionError] * 3


@virtually
async def test_only_so_many_listings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the number of clients; the oldest goes first."""
    monkeypatch.setattr("bulkprov.engine.lookups._KEPT", 2)
    server = Server()
    for client in ("a", "b", "c", "c", "b", "a"):
        await server.find(BackupSet(client=client, name="One"))

    assert server.asked == ["a", "b", "c", "a"]


@virtually
async def test_a_weak_absence_stays_weak() -> None:
    """An answer without any list in it is told as such."""
    server = Server()

    async def empty(_client: str, leaves: Callable[[], None], _urgent: bool) -> Verdict:
        leaves()
        return Verdict(end=End.ANSWERED, http_status=404, listing=Listing(sure=False))

    verdict = await SharedLookups(empty, clock=server.loop.time).get(ONE, 0)

    assert (verdict.reply.id, verdict.reply.sure, verdict.listing) == (0, False, None)


@virtually
async def test_of_several_sets_of_one_name_it_is_the_one_that_was_meant() -> None:
    """Whoever asks for a certain id is told of that one; if the id has another name, that name is told."""
    named = Listing({ONE.key: 4, TWO.key: 5}, more={9: ONE.key})
    verdict = Verdict(end=End.ANSWERED, http_status=200, listing=named)

    async def fetch(_client: str, leaves: Callable[[], None], _urgent: bool) -> Verdict:
        leaves()
        return verdict

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time)
    told = [(await looks.get(ONE, 0, target)).reply for target in (0, 4, 9, 5, 77)]

    assert [reply.id for reply in told] == [4, 4, 9, 4, 4]
    assert [reply.elsewhere for reply in told] == ["", "", "", TWO.name.casefold(), ""]
    assert (await looks.get(TWO, 0, 9)).reply.elsewhere == ONE.name.casefold()


def entry(number: int, app: str, name: str = "One") -> dict[str, object]:
    """One entry of a listing."""
    return {"backupSetEntity": {"backupsetId": number, "backupsetName": name, "appName": app}}


@virtually
async def test_what_has_the_name_and_another_place_is_told_apart() -> None:
    """Found, known to be another, or not to be told; for a certain id, what has it is it unless known to be another."""
    listing = read_listing({"backupsetProperties": [entry(4, "SQL Server"), entry(5, "Big Data")]}, "client001")
    verdict = Verdict(end=End.ANSWERED, http_status=200, listing=listing)

    async def fetch(_client: str, leaves: Callable[[], None], _urgent: bool) -> Verdict:
        leaves()
        return verdict

    looks = SharedLookups(fetch, clock=asyncio.get_running_loop().time, match=match)
    reply = (await looks.get(ONE, 0)).reply

    assert (reply.id, reply.others) == (0, (4,))
    assert reply.listed_others == 'id 4, "One" under agent SQL Server'
    assert reply.unsure == 'id 5, "One" under agent Big Data'
    told = [(await looks.get(ONE, 0, target)).reply for target in (4, 5, 6)]
    assert [(each.id, each.elsewhere) for each in told] == [(0, '"One" under agent SQL Server'), (5, ""), (0, "")]
    assert (await looks.get(TWO, 0)).reply == Reply()
