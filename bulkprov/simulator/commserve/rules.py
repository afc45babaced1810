"""The rules of the CommServe: what it does with a create, an update, a delete and a listing, and what it refuses.

They know the state, and nothing of HTTP, formats or faults. A mark says how each rule is known; see
`bulkprov.simulator`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bulkprov.simulator.commserve.estate import APPLICATION_IDS, application, shown_agent
from bulkprov.simulator.commserve.names import Names
from bulkprov.simulator.commserve.results import Refusals, WriteResult
from bulkprov.simulator.commserve.state import BackupSetRow, ClientRow, InstanceRow, State
from bulkprov.simulator.commserve.views import Views
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Commserve", "CreateRequest", "UpdateRequest"]

_SAMPLE_CLIENT_ID: Final = 2  # DOCUMENTED: the sample refusal names client 2 although no client was found
_FILE_SYSTEM: Final = "File System"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    """The fields of a create, as they came."""

    client: str
    app: str
    instance: str
    name: str
    on_demand: bool = False
    plan: str = ""
    plan_id: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """The fields of an update, as they came; what is None stays as it is."""

    name: str | None = None
    description: str | None = None
    plan: str = ""
    plan_id: int | None = None


class Commserve:
    """One simulated CommServe."""

    def __init__(self, settings: SimulatorSettings, state: State, clock: Callable[[], float]) -> None:
        """The clock gives seconds since the epoch."""
        self.names = Names(settings)
        self._settings = settings
        self._state = state
        self._clock = clock
        self._views = Views(settings, state, clock)
        self._refusals = Refusals(settings)

    def create(self, request: CreateRequest, *, listed_after: float = 0.0) -> WriteResult:
        """Create a backup set or refuse to. `listed_after`: seconds until listings show it."""
        app = application(request.app)
        client = self._state.client(request.client.strip())
        if client is None or client.retired:  # unknown: DOCUMENTED by the sample refusal; retired: GUESS
            about = self._about(client.id if client else _SAMPLE_CLIENT_ID, app or _FILE_SYSTEM)
            return self._refusals.of("unknown-client", about)
        if app is None:
            return self._refusals.of("unknown-agent", WriteResult(client_id=client.id), request.app)
        instance = self._state.instance(client.id, APPLICATION_IDS[app], request.instance.strip())
        if instance is None:
            return self._refusals.of("unknown-instance", self._about(client.id, app), request.instance, app)
        return self._create(instance, request, listed_after)

    def _about(self, client_id: int, app: str) -> WriteResult:
        """The ids in the reply: the application id is RECORDED for Windows; that it is the platform's is a GUESS."""
        recorded = self._settings.spelling == "recorded"
        app_id = shown_agent(app, client_id)[1] if recorded else APPLICATION_IDS[app]
        return WriteResult(client_id=client_id, app_id=app_id)

    def _create(self, instance: InstanceRow, request: CreateRequest, listed_after: float) -> WriteResult:
        settings, now = self._settings, self._clock()
        about = self._about(instance.client_id, instance.app)
        name, plan_id = self.names.stored(request.name), self._plan(request)
        if not name:
            return self._unnamed(name, about)
        if plan_id is None and (request.plan or request.plan_id):
            return self._refusals.of("unknown-plan", about, request.plan)
        set_id = self._state.add_set(
            instance.key,
            name,
            on_demand=request.on_demand,
            plan_id=plan_id,
            description=request.description if settings.descriptions else "",
            unique=settings.refuse_duplicates or settings.idempotent,
            exact=self.names.told_by_case,
            listed_at=now + listed_after if listed_after else 0.0,
            made_at=now,
        )
        if set_id is None and settings.idempotent:
            there = self._state.set_named(instance.key, name, exact=self.names.told_by_case)
            return replace(about, set_id=there, duplicate=True)
        if set_id is None:
            return self._refusals.of("duplicate", about)
        self._views.made(set_id)
        return replace(about, set_id=set_id)

    def _unnamed(self, name: str | None, about: WriteResult) -> WriteResult:
        """The refusal of a name that is empty, or None because it is too long."""
        if name is None:
            return self._refusals.of("long-name", about, self._settings.name_length)
        return self._refusals.of("empty-name", about)

    def _plan(self, request: CreateRequest | UpdateRequest) -> int | None:
        """The id of the plan, given by name or by id: both are SEEN in cvpysdk 11.44 (backupset.py) and elsewhere."""
        return self._state.plan(request.plan) if request.plan else self._state.plan_by_id(request.plan_id or 0)

    def update(self, set_id: int, request: UpdateRequest) -> WriteResult:
        """Change a backup set's name, description or plan: RECORDED (update.json).

        The fields are DOCUMENTED (update_backupset_template.json). That `modifiedTime` changes with it is a GUESS, and
        so are the refusals. `isDefaultBackupSet` and what else the template has is overlooked.
        """
        found = self._state.set_by_id(set_id)
        if found is None:
            return self._refusals.of("no-such-set", WriteResult())
        about = self._about(found.client_id, found.app)
        name = found.name if request.name is None else self.names.stored(request.name)
        if not name:
            return self._unnamed(name, about)
        plan_id = self._plan(request)
        if plan_id is None and (request.plan or request.plan_id):
            return self._refusals.of("unknown-plan", about, request.plan)
        if self._settings.refuse_duplicates and self._taken(found, name):
            return self._refusals.of("duplicate", about)
        description = found.description if request.description is None else request.description
        self._state.change_set(set_id, name, description, plan_id or found.plan_id or None, self._clock())
        return replace(about, set_id=set_id)

    def _taken(self, row: BackupSetRow, name: str) -> bool:
        """Whether another set of its instance has that name."""
        instance = self._state.instance(row.client_id, row.app_id, row.instance)
        there = self._state.set_named(instance.key, name, exact=self.names.told_by_case) if instance else 0
        return there not in (0, row.id)

    def delete(self, set_id: int) -> WriteResult:
        """Delete a backup set (DOCUMENTED: rest_api_delete_backup_set.html; the refusals are a GUESS)."""
        found = self._state.set_by_id(set_id)
        if found is None:
            return self._refusals.of("no-such-set", WriteResult())
        about = self._about(found.client_id, found.app)
        if found.is_default:
            return self._refusals.of("default-set", about)
        self.remove(found)
        return about

    def remove(self, row: BackupSetRow) -> None:
        """Delete a backup set, whatever it is."""
        self._state.remove_set(row.id)
        self._views.removed(row)

    def read(self, set_id: int) -> BackupSetRow | None:
        """The backup set of that id."""
        return self._views.by_id(set_id)

    def listing(self, client: ClientRow | None) -> list[BackupSetRow]:
        """The backup sets of a client; none for an unknown or retired client (GUESS)."""
        return [] if client is None or client.retired else self._views.listing(client.id)
