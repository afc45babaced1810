"""A second kind of thing: mailboxes, on a made-up server that shares no word with Commvault's.

All that `bulkprov/kind.py` asks of a new kind is here, in one module because it is small: the value, its messages, its
columns and its `Kind`. The server and a process that works on a run are what tests need besides.
"""

import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.kinds import KINDS
from bulkprov.engine.marks import mark_in
from bulkprov.engine.model import Listing, Reply, value
from bulkprov.engine.operations import RUN, Operation
from bulkprov.engine.wanted import key_from
from bulkprov.kind import Kind, Messages, Query
from bulkprov.pieces import at_once
from bulkprov.runs.execute import Ended, carry_out
from bulkprov.runs.job import Job
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort
from bulkprov.sheets.columns import Column, Columns
from bulkprov.sheets.validate import CellError, a_name, cells_checked_by, quoted, remembered
from bulkprov.wire import Tree, integer, items, text

__all__ = ["MAILBOX", "MailServer", "Mailbox", "register", "work_on"]

TOKEN: Final = "Bearer second-kind"
DEFAULT_QUOTA: Final = 1024
TAKEN: Final = 9
"""The server's code for a mailbox that exists already."""


@value(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox as it should be."""

    domain: str
    name: str
    quota: int = DEFAULT_QUOTA

    @property
    def key(self) -> str:
        """A domain has one mailbox of each name."""
        return key_from(self.domain, self.name)

    @property
    def scope(self) -> str:
        """Mailboxes are listed by domain."""
        return self.domain


def create_request(want: Mailbox, mark: str) -> Tree:
    """The body of a create; `comment` has its mark."""
    box = {"address": f"{want.name}@{want.domain}", "quotaMb": want.quota}
    return {"box": box | {"comment": mark} if mark else box}


def read_reply(tree: Tree) -> Reply:
    """The server's words in the answer to a create or a delete."""
    match text(tree.get("outcome")):
        case "made" | "deleted":
            return Reply(0, "", integer(tree.get("number")) or 0)
        case "refused":
            (reason,) = items(tree, "reason")
            code = integer(reason.get("number"))
            return Reply(code, text(reason.get("words")), says_exists=code == TAKEN)
        case _:
            return Reply()


def read_listing(tree: Tree, domain: str) -> Listing | None:
    """The mailboxes of a domain."""
    if "boxes" not in tree:
        return None
    ids: dict[str, int] = {}
    more: dict[int, str] = {}
    for number, address in sorted(
        (integer(box.get("number")) or 0, box.get("address")) for box in items(tree, "boxes")
    ):
        key = key_from(domain, text(address).partition("@")[0])
        if ids.setdefault(key, number) != number:
            more[number] = key
    return Listing(ids, more=more)


def read_by_id(tree: Tree, domain: str) -> Listing | None:
    """The mailbox that has a number: a listing of it, or an empty one if none has it."""
    match text(tree.get("outcome")), items(tree, "box"):
        case "none", _:
            return Listing()
        case _, (box,):
            name, _, there = text(box.get("address")).partition("@")
            number = integer(box.get("number")) or 0
            return Listing({key_from(there or domain, name): number}, marks={number: mark_in(text(box.get("comment")))})
        case _:
            return None


def _quota(cell: str) -> int:
    if not cell.strip():
        return DEFAULT_QUOTA
    if not cell.strip().isdecimal():
        raise CellError(f"quotaMb {quoted(cell)} is not a whole number")
    return int(cell)


MAILBOX: Final[Kind[Mailbox]] = Kind(
    name="mailbox",
    noun="mailbox",
    plural="mailboxes",
    scope_noun="domain",
    wanted=Mailbox,
    columns=Columns(
        id_column="mailboxNumber",
        own=(
            Column(name="mailDomain", required=True, aliases=("domain",), note="The domain."),
            Column(name="localPart", required=True, aliases=("mailbox",), note="What stands before the @."),
            Column(name="quotaMb", aliases=("quota",), note="Megabytes. Left empty: 1024."),
        ),
    ),
    check=cells_checked_by(
        {
            "mailDomain": ("domain", remembered(a_name("mailDomain"))),
            "localPart": ("name", a_name("localPart")),
            "quotaMb": ("quota", _quota),
        },
        Mailbox,
    ),
    cells=lambda want: {"mailDomain": want.domain, "localPart": want.name, "quotaMb": want.quota},
    place=lambda want: want.domain,
    messages=Messages(
        path="boxes",
        root="box",
        create=create_request,
        read_reply=read_reply,
        listing=Query(path="domains/{}/boxes", read=at_once(read_listing)),
        read_by_id=read_by_id,
        meanings={(17, "no room"): "the domain has used up its quota"},
    ),
    to_stored=lambda want: {"domain": want.domain, "name": want.name, "quota": want.quota},
    from_stored=lambda stored: Mailbox(**stored),
)


def register(set_item: Callable[[Any, str, Any], None]) -> None:
    """Make the kind known to those that open a run; `set_item` undoes it after a test."""
    set_item(KINDS, MAILBOX.name, MAILBOX)


class MailServer:
    """Keeps mailboxes. What goes wrong with an address is said by a word; it is served on loopback."""

    def __init__(self) -> None:
        self.boxes: dict[int, str] = {}
        self.comments: dict[int, str] = {}
        """What was sent with a create, by number; kept as long as nobody changes it."""
        self.wrong: defaultdict[str, list[str]] = defaultdict(list)
        """By address, one word for each create: `lose-after`, `refuse`, `deny`, `mix-up`, or empty for one that goes
        well."""
        self.asked: list[float] = []
        """When each list was asked for, in seconds since the epoch."""
        self.creates: Counter[str] = Counter()
        self.unlisted = False
        """Whether lists are answered 503."""
        self.on_create: Callable[[int], object] = lambda _number: None
        """Called when a mailbox was made, before that is answered."""
        self.protected: set[int] = set()
        """Numbers of mailboxes that it refuses to delete."""
        self._next = 100

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/mail/v2/boxes", self._create)
        app.router.add_get("/mail/v2/domains/{domain}/boxes", self._list)
        app.router.add_get("/mail/v2/boxes/{number}", self._show)
        app.router.add_delete("/mail/v2/boxes/{number}", self._delete)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        (address, *_) = self._runner.addresses
        self.access = Access(server=f"http://127.0.0.1:{address[1]}/mail/v2", timeout=5)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, where: TracebackType | None) -> None:
        await self._runner.cleanup()

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != TOKEN:
            return web.json_response({"outcome": "who are you"}, status=401)
        address = (await request.json())["box"]["address"]
        words = self.wrong[address]
        word = words[self.creates[address]] if self.creates[address] < len(words) else ""
        self.creates[address] += 1
        if word == "refuse":
            return _refusal(17, "no room", status=200)
        if word == "deny":
            return _refusal(5, "permission denied", status=403)
        if address in self.boxes.values():
            return _refusal(TAKEN, "there is one")
        self._next += 1
        self.boxes[self._next] = address
        self.comments[self._next] = (await request.json())["box"].get("comment", "")
        self.on_create(len(self.boxes))
        if word == "lose-after" and request.transport:
            request.transport.close()
        number = 101 if word == "mix-up" else self._next
        return web.json_response({"outcome": "made", "number": number}, status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(time.time())
        if self.unlisted:
            return web.Response(status=503)
        domain = request.match_info["domain"]
        boxes = [
            {"number": number, "address": address}
            for number, address in self.boxes.items()
            if address.endswith(f"@{domain}")
        ]
        return web.json_response({"boxes": boxes})

    async def _show(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        if number not in self.boxes:
            return web.json_response({"outcome": "none"}, status=404)
        box = {"number": number, "address": self.boxes[number], "comment": self.comments.get(number, "")}
        return web.json_response({"box": box})

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        if number in self.protected:
            return _refusal(6, "it has data")
        if self.boxes.pop(number, None) is None:
            return _refusal(4, "no such box")
        return web.json_response({"outcome": "deleted"})


def _refusal(number: int, words: str, status: int = 422) -> web.Response:
    return web.json_response({"outcome": "refused", "reason": {"number": number, "words": words}}, status=status)


async def work_on(
    run: Run, access: Access, operation: Operation = RUN, *, also_unproven: bool = False, **effort: Any
) -> Ended:
    """Do what is left to do in a run."""
    with run.log(verbose=True, console=False) as log:
        job = Job(
            run=run,
            access=access,
            effort=Effort(**{"settle": 0.05, "concurrency": 1, **effort}),
            credentials=Credentials(token=TOKEN),
            log=log,
            operation=operation,
            also_unproven=also_unproven,
        )
        return await carry_out(job)


def main(folder: str, server: str) -> None:
    """Work on a run, as a process that can be killed."""
    register(lambda kinds, name, kind: kinds.update({name: kind}))
    with Run.open(Path(folder)) as run:
        asyncio.run(work_on(run, Access(server=server)))


if __name__ == "__main__":
    main(*sys.argv[1:])
