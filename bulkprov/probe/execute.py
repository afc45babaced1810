"""A probe from its first read to its last delete.

Whatever ends it, an answer that is not understood or Ctrl-C, what it made is deleted; and what a killed probe left is
deleted when the next one begins. It knows where files are, and nothing of what is asked.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.session import Auth
from bulkprov.errors import StorageError
from bulkprov.probe.answers import ended_session
from bulkprov.probe.clean_up import CleanedUp, Leftover, clean_up
from bulkprov.probe.diary import Diary, new_prefix, unfinished
from bulkprov.probe.findings import PROBE_FILE, Findings, to_file, without_names
from bulkprov.probe.hidden import Hidden
from bulkprov.probe.reads import Place, read
from bulkprov.probe.scratch import Scratch
from bulkprov.probe.server import Paced, Server, Tempo
from bulkprov.probe.sets import NotUnderstood
from bulkprov.probe.trials import Trials
from bulkprov.runs.connect import authority, root_of, sign_out, transport_to
from bulkprov.runs.environment import Environment
from bulkprov.runs.folder import REPORTS
from bulkprov.runs.log import Log
from bulkprov.settings import Access
from bulkprov.version import __version__
from bulkprov.wire import BY_NAME

__all__ = ["Asked", "Probed", "execute"]

_ATTEMPTS: Final = 3
"""Log-ins at most, on a server that does not answer."""


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
    cleaned_up: CleanedUp = field(default_factory=CleanedUp)
    """What this probe, and those that were killed, have left."""
    requests: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    unwritten: StorageError | None = None
    """Why the diary, or `probe.json`, could not be written."""


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
        StorageError: nothing can be recorded, so that nothing was made.
    """
    findings = Findings(bulkprov=__version__, wire=access.wire)
    probed, hidden = Probed(folder=folder, findings=findings, makes=asked.makes), _hidden(access, credentials)

    def say_masked(line: str) -> None:
        say(log.masked(line))

    async with AsyncExitStack() as stack:
        root, began = await root_of(access, None, stack), environment.clock()
        transport = transport_to(root, access, environment, connections=1, sent=lambda: None)
        await stack.enter_async_context(transport)
        paced = Paced(transport, tempo.pace, environment.clock)
        auth = authority(paced.exchange, access, credentials, max_attempts=_ATTEMPTS, log=log, environment=environment)
        await auth.sign_in()
        server = Server(paced, auth, BY_NAME[access.wire], tempo)
        probe = _Probe(asked, server, probed, root=root, say=say_masked, hidden=hidden, mask=log.masked)
        try:
            await probe.all()
        except BaseException:
            await sign_out(auth)
            raise
        await probe.sign_out(auth, given=bool(credentials.token))
        probed.requests, probed.seconds = paced.requests, environment.clock() - began
    probed.findings = without_names(findings, hidden, log.masked)
    probed.cleaned_up.mask(log.masked)
    try:
        to_file(folder / PROBE_FILE, probed.findings)
    except StorageError as error:
        probed.unwritten = error
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
        hidden: Hidden,
        mask: Callable[[str], str],
    ) -> None:
        self._asked, self._server, self._probed, self._mask = asked, server, probed, mask
        self._root, self._say, self._hidden = root, say, hidden
        self._prefix = new_prefix()

    async def all(self) -> None:
        """Clean up after killed probes, read, try, clean up."""
        asked, probed, findings = self._asked, self._probed, self._probed.findings
        await self._look_after_earlier()
        if probed.cleaned_up.left:
            findings.stopped = "what an earlier probe has made could not be deleted"
            return
        self._say(f"reading what client {asked.client} has")
        nowhere = f"{self._prefix}nowhere"
        self._hidden.add("NOWHERE", nowhere)
        self._hidden.add("NAME", self._prefix)
        place = await read(
            self._server,
            findings,
            client=asked.client,
            app=asked.app,
            instance=asked.instance,
            agents=asked.agents,
            nowhere=nowhere,
            hidden=self._hidden,
        )
        self._say(f"client {place.client} (id {place.client_id}) has {place.has}")
        if asked.makes:
            with Diary.new(probed.folder) as diary:
                diary.begin(
                    server=self._root,
                    client=self._mask(place.client),
                    client_id=place.client_id,
                    prefix=self._prefix,
                    before=sorted(place.before),
                )
                await self._try(Scratch(self._server, diary, self._mask), place)

    async def sign_out(self, auth: Auth, *, given: bool) -> None:
        """End the session, and find out what a request without one is answered: with its token, or a made-up one."""
        token = _made_up(auth.headers) if given else dict(auth.headers)
        self._hidden.add("HIDDEN", *(part for each in token.values() for part in (each, each.partition(" ")[2])))
        try:
            await sign_out(auth)
            if not self._probed.interrupted:
                self._probed.findings.dead_token = ended_session(await self._server.get("Client", token=token))
        except asyncio.CancelledError:
            self._interrupt()

    async def _try(self, scratch: Scratch, place: Place) -> None:
        """Make the trials and clean up, whatever ends them."""
        findings = self._probed.findings
        self._say(f"making a few sets on client {place.client}, named {self._prefix}..., which are deleted again")
        trials = Trials(server=self._server, scratch=scratch, place=place, findings=findings, say=self._say)
        try:
            await trials.run(names=self._asked.names)
        except NotUnderstood as error:
            findings.stopped = str(error)
            self._say(f"stopping at an answer that is not understood: {error}")
        except StorageError as error:
            findings.stopped, self._probed.unwritten = "the diary could not be written", error
            self._say(f"stopping: {error}")
        except asyncio.CancelledError:
            self._interrupt()
            self._say("stopping: deleting what was made (Ctrl-C again: quit now, and the next probe deletes it)")
        except Exception:  # a bug
            for each in await self._clean_up(scratch):
                self._say(f"left behind: id {each.id}, {each.name}: {each.why}")
            raise
        await self._clean_up(scratch)

    async def _clean_up(self, scratch: Scratch) -> list[Leftover]:
        """Delete what was made; what is left."""
        self._say("cleaning up")
        self._hidden.add("NAME", *scratch.names)
        cleaned_up = await clean_up(self._server, scratch)
        self._probed.cleaned_up.add(cleaned_up)
        self._probed.unwritten = self._probed.unwritten or scratch.unrecorded
        self._hidden.add("ID", *map(str, scratch.left.known))
        return cleaned_up.left

    def _interrupt(self) -> None:
        """Go on after Ctrl-C, to the end."""
        task, findings = asyncio.current_task(), self._probed.findings
        assert task is not None  # noqa: S101 - for the type checker: a coroutine runs in a task
        task.uncancel()
        self._probed.interrupted, findings.stopped = True, findings.stopped or "stopped by the operator"

    async def _look_after_earlier(self) -> None:
        """Delete what probes of this server have left that were killed, or had a create without an answer."""
        places = (self._probed.folder.absolute().parent, Path(), REPORTS)
        for diary, left in unfinished(places, self._root, self._say):
            if not self._asked.makes:
                self._say(f"the probe in {diary.path.parent} did not end: with --yes, its sets are deleted first")
                continue
            self._say(f"cleaning up after the probe in {diary.path.parent}, which did not end")
            self._hidden.add("CLIENT", left.client)
            self._hidden.add("NAME", left.prefix)
            scratch = Scratch(self._server, diary, self._mask)
            if await self._clean_up(scratch):
                self._say(f"if you have deleted that by hand, delete {diary.path} too")
            else:
                self._probed.cleaned.append(diary.path.parent)


def _hidden(access: Access, credentials: Credentials) -> Hidden:
    """The names and secrets that are known before anything is asked."""
    hidden = Hidden()
    hosts = [urlsplit(url).hostname or "" for url in (access.server, access.proxy)]
    hidden.add("HIDDEN", credentials.token, credentials.token.partition(" ")[2], credentials.password)
    hidden.add("SERVER", *hosts, given=True)
    hidden.add("SERVER", *(label for host in hosts if not (label := host.partition(".")[0]).isdigit()))
    hidden.add("USER", credentials.username, credentials.username.rpartition("\\")[2], given=True)
    return hidden


def _made_up(token: Mapping[str, str]) -> dict[str, str]:
    """A token of the same kind that no server gave."""
    kinds = {name: value.partition(" ")[0] if " " in value else "" for name, value in token.items()}
    return {name: f"{kind} {secrets.token_hex(32)}".strip() for name, kind in kinds.items()}
