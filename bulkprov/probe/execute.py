"""A probe from its first read to its last delete.

Whatever ends it, an answer that is not understood or Ctrl-C, what it made is deleted; and what a killed probe left is
deleted when the next one begins. It knows where files are, and nothing of what is asked.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bulkprov.commvault.credentials import Credentials
from bulkprov.errors import InUseError, StorageError
from bulkprov.probe.answers import ended_session
from bulkprov.probe.diary import DIARY, Diary
from bulkprov.probe.findings import PROBE_FILE, Findings, to_json
from bulkprov.probe.reads import Place, read
from bulkprov.probe.scratch import PREFIX, Leftover, NotUnderstood, Scratch
from bulkprov.probe.server import Server, Tempo
from bulkprov.probe.trials import Trials
from bulkprov.runs.connect import authority, root_of, sign_out, transport_to
from bulkprov.runs.environment import Environment
from bulkprov.runs.folder import REPORTS
from bulkprov.runs.log import Log
from bulkprov.settings import Access
from bulkprov.version import __version__
from bulkprov.wire import BY_NAME

__all__ = ["Asked", "Probed", "execute", "new_probe_folder", "unfinished"]

_ATTEMPTS: Final = 3
"""Log-ins at most, on a server that does not answer."""
_RANDOM: Final = 6
"""Bytes of the random part of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a probe is to do."""

    client: str
    app: str = ""
    instance: str = ""
    agents: Sequence[str] = ()
    """Names of agents, as sheets spell them."""
    makes: bool = False
    """Whether it makes sets; otherwise it only reads."""
    names: bool = False
    """Whether it tries long and special names as well."""


@dataclass(slots=True, kw_only=True)
class Probed:
    """How a probe ended."""

    folder: Path
    findings: Findings
    makes: bool = False
    cleaned: list[Path] = field(default_factory=list)
    """Folders of killed probes whose sets were deleted first."""
    left: list[Leftover] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    interrupted: bool = False


def new_probe_folder() -> Path:
    """A folder that does not exist yet: `reports/probe-<time>`. It does not name the client, which is a host."""
    name = f"probe-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder, number = REPORTS / name, 2
    while folder.exists():
        folder, number = REPORTS / f"{name}-{number}", number + 1
    return folder


def unfinished(beside: Path, server: str) -> list[Path]:
    """Folders of probes of a server that may have left sets behind.

    Args:
        beside: folder of a probe; those beside it and below `reports` are looked at.
        server: the web service's URL.
    """
    found = []
    for path in sorted({*beside.parent.glob(f"*/{DIARY}"), *REPORTS.glob(f"*/{DIARY}")}):
        try:
            with closing(Diary(path.parent)) as diary:
                left = diary.left()
        except InUseError:  # it is under way
            continue
        if left.server == server and not left.ended:
            found.append(path.parent)
    return found


async def execute(
    asked: Asked,
    access: Access,
    credentials: Credentials,
    log: Log,
    *,
    folder: Path,
    environment: Environment,
    say: Callable[[str], None],
    tempo: Tempo = Tempo(),  # noqa: B008 - a frozen value
) -> Probed:
    """Probe a server, and write what was found into a folder.

    Args:
        asked: what to do.
        access: which server.
        credentials: to sign in with.
        log: keeps secrets out of words.
        folder: of the probe; it exists.
        environment: clock and connections.
        say: tells the operator what is done.
        tempo: how fast.

    Raises:
        ServerError: the server could not be reached, trusted or signed in to, or does not list what a probe needs.
        SettingsError: there is no such client, agent or instance.
        StorageError: what was done cannot be recorded; it stopped at once.
    """
    findings = Findings(bulkprov=__version__, wire=access.wire)
    probed = Probed(folder=folder, findings=findings, makes=asked.makes)
    async with AsyncExitStack() as stack:
        root = await root_of(access, None, stack)
        transport = transport_to(root, access, environment, connections=1, sent=lambda: None)
        await stack.enter_async_context(transport)
        auth = authority(transport.exchange, access, credentials, max_attempts=_ATTEMPTS, log=log, environment=environment)
        await auth.sign_in()
        server, began = Server(transport, auth, BY_NAME[access.wire], tempo, environment.clock), environment.clock()
        probe = _Probe(asked, server, probed, root=root, say=say, hidden=_hidden(root, access))
        try:
            await probe.all()
        finally:
            token = dict(auth.headers)
            await sign_out(auth)
        if not probed.interrupted:
            dead = _made_up(token) if credentials.token else token
            findings.dead_token = ended_session(await server.get("Client", token=dead))
        probed.requests, probed.seconds = server.requests, environment.clock() - began
    _write(folder / PROBE_FILE, findings)
    return probed


class _Probe:
    """One probe at work."""

    def __init__(
        self,
        asked: Asked,
        server: Server,
        probed: Probed,
        *,
        root: str,
        say: Callable[[str], None],
        hidden: Mapping[str, str],
    ) -> None:
        self._asked, self._server, self._probed = asked, server, probed
        self._root, self._say, self._hidden = root, say, hidden
        self._prefix = PREFIX + secrets.token_hex(_RANDOM) + "_"

    async def all(self) -> None:
        """Clean up after killed probes, read, try, clean up."""
        asked, probed = self._asked, self._probed
        if asked.makes:
            await self._clean_up_earlier()
        self._say(f"reading what client {asked.client} has")
        place = await read(
            self._server,
            probed.findings,
            client=asked.client,
            app=asked.app,
            instance=asked.instance,
            agents=asked.agents,
            nowhere=f"{self._prefix}nowhere",
        )
        if asked.makes:
            with closing(Diary(probed.folder)) as diary:
                diary.begin(
                    server=self._root,
                    client=place.client,
                    client_id=place.client_id,
                    prefix=self._prefix,
                    before=sorted(place.before),
                )
                await self._try(Scratch(self._server, diary), place)

    async def _try(self, scratch: Scratch, place: Place) -> None:
        """Make the trials and clean up, whatever ends them."""
        asked, probed = self._asked, self._probed
        self._say(f"a few sets are made on {place.client}, named {self._prefix}..., and deleted")
        hidden = {**self._hidden, place.client: "CLIENT", f"{self._prefix}nowhere": "NOWHERE"}
        trials = Trials(
            server=self._server, scratch=scratch, place=place, findings=probed.findings, hide=hidden, say=self._say
        )
        try:
            await trials.run(names=asked.names)
        except NotUnderstood as error:
            probed.findings.stopped = str(error)
            self._say(f"stopped at an answer that is not understood: {error}")
        except asyncio.CancelledError:
            if task := asyncio.current_task():
                task.uncancel()
            probed.interrupted, probed.findings.stopped = True, "stopped by the operator"
            self._say("stopping: deleting what was made (Ctrl-C again: quit now, and the next probe deletes it)")
        self._say("cleaning up")
        probed.left = await scratch.clean_up()

    async def _clean_up_earlier(self) -> None:
        """Delete what probes of this server have left that were killed, or had a create without an answer."""
        for folder in unfinished(self._probed.folder, self._root):
            with closing(Diary(folder)) as diary:
                self._say(f"cleaning up after the probe in {folder}, which did not end")
                scratch = Scratch(self._server, diary)
                if not scratch.left.server:  # it was killed before it made anything
                    continue
                left = await scratch.clean_up()
                self._probed.left += left
                if not left:
                    self._probed.cleaned.append(folder)


def _hidden(root: str, access: Access) -> dict[str, str]:
    """Names that findings must not have."""
    return {urlsplit(root).hostname or "": "SERVER", access.username: "USER"}


def _made_up(token: Mapping[str, str]) -> dict[str, str]:
    """A token of the same kind that no server gave."""
    return {name: f"{value.partition(' ')[0]} {secrets.token_hex(32)}" for name, value in token.items()}


def _write(path: Path, findings: Findings) -> None:
    """Write `probe.json`.

    Raises:
        StorageError: that is not possible.
    """
    try:
        path.write_text(json.dumps(to_json(findings), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error
