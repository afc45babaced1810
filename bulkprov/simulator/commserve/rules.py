"""The rules of the CommServe: what it does with a create, a delete and a listing, and how it refuses.

They know the state, and nothing of HTTP, formats or faults. A mark says how each rule is known; see
`bulkprov.simulator`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bulkprov.simulator.commserve.estate import APPLICATION_IDS, application
from bulkprov.simulator.commserve.state import BackupSetRow, InstanceRow, State
from bulkprov.simulator.commserve.views import Views
from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Commserve", "CreateRequest", "WriteResult"]

_SUCCESS: Final = 0  # DOCUMENTED: rest_api_post_backup_set.html, errorCode "0, successful completion"
_FAILURE: Final = 2  # DOCUMENTED: same page, errorCode "2, a failure"
_DB_ERROR: Final = 1  # DOCUMENTED: same page, second sample reply: an invalid client name
_DB_ERROR_TEXT: Final = "DB error: please refer to logs for more details."  # DOCUMENTED: same sample
_SAMPLE_CLIENT_ID: Final = 2  # DOCUMENTED: that sample names client 2 although no client was found
_FILE_SYSTEM_ID: Final = APPLICATION_IDS["File System"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """The result of a create or a delete."""

    error_code: int = _SUCCESS
    error_string: str = ""
    set_id: int = 0
    """The id of the backup set that was created, or 0."""
    client_id: int = 0
    app_id: int = 0
    duplicate: bool = False
    """Whether the set existed already, so that it was refused or, by an idempotent server, answered with its id."""


class Commserve:
    """One simulated CommServe."""

    def __init__(self, settings: SimulatorSettings, state: State, clock: Callable[[], float]) -> None:
        """The clock gives seconds since the epoch."""
        self._settings = settings
        self._state = state
        self._clock = clock
        self._views = Views(settings, state, clock)

    def create(self, request: CreateRequest, *, listed_after: float = 0.0) -> WriteResult:
        """Create a backup set or refuse to. `listed_after`: seconds until listings show it."""
        app = application(request.app)
        client = self._state.client(request.client.strip())
        if client is None or client.retired:  # unknown: DOCUMENTED by the second sample; retired: GUESS
            app_id = APPLICATION_IDS[app] if app else _FILE_SYSTEM_ID
            client_id = client.id if client else _SAMPLE_CLIENT_ID
            return WriteResult(error_code=_DB_ERROR, error_string=_DB_ERROR_TEXT, client_id=client_id, app_id=app_id)
        if app is None:
            return _refused(client.id, 0, f"Application [{request.app}] is not valid.")
        app_id = APPLICATION_IDS[app]
        instance = self._state.instance(client.id, app_id, request.instance.strip())
        if instance is None:
            return _refused(client.id, app_id, f"Instance [{request.instance}] of [{app}] not found.")
        return self._create(instance, request, listed_after)

    def _create(self, instance: InstanceRow, request: CreateRequest, listed_after: float) -> WriteResult:
        name = request.name.strip()
        if not name:
            return _refused(instance.client_id, instance.app_id, "Backup set name is empty.")
        plan_id = self._plan(request)
        if plan_id is None and (request.plan or request.plan_id):
            return _refused(instance.client_id, instance.app_id, f"Plan [{request.plan}] not found.")
        settings = self._settings
        set_id = self._state.add_set(
            instance.key,
            name,
            on_demand=request.on_demand,
            plan_id=plan_id,
            unique=settings.refuse_duplicates or settings.idempotent,
            listed_at=self._clock() + listed_after if listed_after else 0.0,
        )
        if set_id is None and settings.idempotent:
            return WriteResult(
                set_id=self._state.set_named(instance.key, name),
                client_id=instance.client_id,
                app_id=instance.app_id,
                duplicate=True,
            )
        if set_id is None:  # GUESS: what a real CommServe says here is not known, so both are settings
            return WriteResult(
                error_code=settings.duplicate_code,
                error_string=settings.duplicate_text,
                client_id=instance.client_id,
                app_id=instance.app_id,
                duplicate=True,
            )
        self._views.made(set_id)
        return WriteResult(set_id=set_id, client_id=instance.client_id, app_id=instance.app_id)

    def _plan(self, request: CreateRequest) -> int | None:
        """The id of the plan, given by name or by id: both are SEEN in cvpysdk 11.44 (backupset.py) and elsewhere."""
        return self._state.plan(request.plan) if request.plan else self._state.plan_by_id(request.plan_id or 0)

    def delete(self, set_id: int) -> WriteResult:
        """Delete a backup set (DOCUMENTED: rest_api_delete_backup_set.html; the refusals are a GUESS)."""
        found = self._state.set_by_id(set_id)
        if found is None:
            return WriteResult(error_code=_FAILURE, error_string="Backup set not found.")
        if found.is_default:
            return _refused(found.client_id, found.app_id, "The default backup set cannot be deleted.")
        self.remove(found)
        return WriteResult(client_id=found.client_id, app_id=found.app_id)

    def remove(self, row: BackupSetRow) -> None:
        """Delete a backup set, whatever it is."""
        self._state.remove_set(row.id)
        self._views.removed(row)

    def read(self, set_id: int) -> BackupSetRow | None:
        """The backup set of that id."""
        return self._views.by_id(set_id)

    def listing(self, *, client: str = "", client_id: int | None = None) -> list[BackupSetRow]:
        """The backup sets of a client given by id or by name; none for an unknown or retired client (GUESS)."""
        found = self._state.client_by_id(client_id) if client_id is not None else self._state.client(client.strip())
        if found is None or found.retired:
            return []
        return self._views.listing(found.id)


def _refused(client_id: int, app_id: int, text: str) -> WriteResult:
    """GUESS: no text is documented for these refusals; the code is the one documented for any failure."""
    return WriteResult(error_code=_FAILURE, error_string=text, client_id=client_id, app_id=app_id)
