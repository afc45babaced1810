"""The state of the CommServe in SQLite: clients, agents, instances, plans, backup sets and tokens.

It stores and finds; `rules` decides what may be stored. Every change is committed before the call returns, in
autocommit mode with a write-ahead log, so what was answered survives the death of the process. All calls run on the
event loop's own thread; each takes some tens of microseconds.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bulkprov.errors import SettingsError, StorageError
from bulkprov.simulator.commserve import schema
from bulkprov.simulator.commserve.estate import (
    APPLICATION_IDS,
    DEFAULT_SET,
    FIRST_CLIENT_ID,
    FIRST_CREATED_ID,
    Estate,
    application,
    instance_id,
)

__all__ = ["BackupSetRow", "ClientRow", "InstanceRow", "Session", "State"]

_INSTANCE: Final = """
SELECT key, instance.id, instance.name, app, app_id, client.id, client.name
FROM instance JOIN client ON client.id = instance.client_id ORDER BY key
"""

_LISTING: Final = """
SELECT backupset.id, backupset.name, backupset.on_demand, backupset.is_default, coalesce(plan.id, 0),
       coalesce(plan.name, ''), instance.id, instance.name, instance.app, instance.app_id, client.id, client.name,
       backupset.description, backupset.modified_at
FROM client JOIN instance ON instance.client_id = client.id JOIN backupset ON backupset.instance_key = instance.key
     LEFT JOIN plan ON plan.id = backupset.plan_id
"""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A protected machine."""

    id: int
    name: str
    retired: bool
    display_name: str = ""
    """The name that it is displayed under, if that is not its name."""


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An instance of an agent on a client."""

    key: int
    """The simulator's own key, since the vendor's id is not unique."""
    id: int
    name: str
    app: str
    app_id: int
    client_id: int
    client: str


class BackupSetRow(NamedTuple):
    """A backup set with everything that a reply says about it.

    It is a tuple, because a listing gives each of its sets other names, and a dataclass is ten times slower at that.
    """

    id: int
    name: str
    on_demand: bool
    is_default: bool
    plan_id: int
    plan: str
    instance_id: int
    instance: str
    app: str
    app_id: int
    client_id: int
    client: str
    description: str = ""
    modified_at: float = 0.0
    """When it was created or last changed by a request, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Session:
    """A token that was issued."""

    token: str
    device: str
    """The deviceId of the log-in."""
    used_at: float
    """When it was last used, in seconds since the epoch."""


class State:
    """The database of one CommServe."""

    def __init__(self, path: Path | None, estate: Estate, now: float) -> None:
        """Open the file; create it with the estate if it does not exist.

        Args:
            path: the SQLite file, or None for a database in memory.
            estate: what a new file is filled with; its retired clients are retired in an existing one too.
            now: seconds since the epoch, at which the sets of the estate are made.

        Raises:
            SettingsError: a client to be retired does not exist.
            StorageError: the file cannot be opened, or is not a simulator's.
        """
        try:
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            try:
                self._open(path, estate, now)
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise StorageError(f"{path}: the simulator's state cannot be used ({error})") from error

    def _open(self, path: Path | None, estate: Estate, now: float) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        is_new = version == 0 and tables == 0
        if not is_new and not schema.upgrade(self._db, version):
            raise StorageError(
                f"{path}: this is not the state of a simulator, or a later bulkprov wrote it; name another file"
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            self._fill(estate, now)
        for folded in estate.retired:
            if not self._db.execute("UPDATE client SET retired = 1 WHERE folded = ?", (folded,)).rowcount:
                raise SettingsError(
                    f"simulator: the client {folded!r} cannot be retired: the estate has none of that name"
                )
        self._read_estate()

    def _read_estate(self) -> None:
        """Hold clients, instances and plans in memory: they do not change any more, and a create saves the queries."""
        clients = [
            ClientRow(number, name, bool(retired))
            for number, name, retired in self._db.execute("SELECT id, name, retired FROM client ORDER BY id")
        ]
        self._clients = {row.id: row for row in clients}
        self._clients_by_name = {row.name.casefold(): row for row in clients}
        self._plans = dict(self._db.execute("SELECT folded, id FROM plan"))
        self._instances: dict[int, list[InstanceRow]] = {row.id: [] for row in clients}
        for row in self._db.execute(_INSTANCE):
            self._instances[row[5]].append(InstanceRow(*row))

    def _fill(self, estate: Estate, now: float) -> None:
        """Write the estate in one transaction, so that it is there as a whole or not at all."""
        add = self._db.execute
        schema.create(self._db)
        clients, plans = dict[str, int](), dict[str, int]()
        for number, client in enumerate(estate.clients, start=FIRST_CLIENT_ID):
            add("INSERT INTO client VALUES (?, ?, ?, 0)", (number, client, client.casefold()))
            clients[client.casefold()] = number
        for number, plan in enumerate(estate.plans, start=1):
            add("INSERT INTO plan VALUES (?, ?, ?)", (number, plan, plan.casefold()))
            plans[plan.casefold()] = number
        keys: dict[tuple[str, str, str], int] = {}
        for key, (client, app, name) in enumerate(estate.instances, start=2):
            keys[client.casefold(), app, name.casefold()] = key
            shown = instance_id(app, name, key)
            row = (key, shown, clients[client.casefold()], app, APPLICATION_IDS[app], name, name.casefold())
            add("INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if estate.default_sets:
                self.add_set(key, DEFAULT_SET, is_default=True, made_at=now)
        for each in estate.sets:
            key = keys[each.client.casefold(), application(each.app) or each.app, each.instance.casefold()]
            plan_id = plans.get(each.plan.casefold())
            self.add_set(key, each.name, on_demand=each.on_demand, plan_id=plan_id, made_at=now)
        add("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'backupset'", (FIRST_CREATED_ID - 1,))
        add("COMMIT")

    def close(self) -> None:
        """Close the database; everything is committed already."""
        self._db.close()

    def clients(self) -> list[ClientRow]:
        """All clients by id, retired ones included."""
        return list(self._clients.values())

    def client(self, name: str) -> ClientRow | None:
        """The client of that name in any case."""
        return self._clients_by_name.get(name.casefold())

    def client_by_id(self, client_id: int) -> ClientRow | None:
        """The client of that id."""
        return self._clients.get(client_id)

    def instances(self, client_id: int) -> list[InstanceRow]:
        """All instances of a client, in the order of the estate."""
        return self._instances.get(client_id, [])

    def instances_by_id(self, instance_id: int) -> list[InstanceRow]:
        """The instances of that id; only the id 1, which every client has, gives more than one."""
        return [row for rows in self._instances.values() for row in rows if row.id == instance_id]

    def instance(self, client_id: int, app_id: int, name: str) -> InstanceRow | None:
        """The instance of that name in any case, of one agent of one client."""
        wanted = (app_id, name.casefold())
        return next((row for row in self.instances(client_id) if (row.app_id, row.name.casefold()) == wanted), None)

    def plan(self, name: str) -> int | None:
        """The id of the plan of that name in any case."""
        return self._plans.get(name.casefold())

    def plans(self) -> list[tuple[int, str]]:
        """All plans by id, with their names."""
        return list(self._db.execute("SELECT id, name FROM plan ORDER BY id"))

    def plan_by_id(self, plan_id: int) -> int | None:
        """The id itself if it is a plan's."""
        return plan_id if plan_id in self._plans.values() else None

    def add_set(
        self,
        instance_key: int,
        name: str,
        *,
        on_demand: bool = False,
        is_default: bool = False,
        plan_id: int | None = None,
        description: str = "",
        unique: bool = True,
        exact: bool = False,
        listed_at: float = 0.0,
        made_at: float,
    ) -> int | None:
        """Store a backup set and return its id, or None if `unique` and its instance has one of that name.

        Args:
            instance_key: the key of its instance.
            name: its name.
            on_demand: whether it is backed up on demand only.
            is_default: whether it is its instance's default set.
            plan_id: the id of its plan.
            description: its description.
            unique: whether its instance may not have another one of that name.
            exact: whether names that differ in case are different.
            listed_at: until that time, in seconds since the epoch, listings do not show it.
            made_at: when it is made, in seconds since the epoch.
        """
        row = self._db.execute(
            "INSERT INTO backupset (instance_key, name, folded, on_demand, is_default, plan_id, listed_at,"
            " description, modified_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?10, ?11 WHERE NOT (?8 AND EXISTS"
            " (SELECT 1 FROM backupset WHERE instance_key = ?1 AND folded = ?3 AND (name = ?2 OR NOT ?9)))"
            " RETURNING id",
            (
                instance_key,
                name,
                name.casefold(),
                on_demand,
                is_default,
                plan_id,
                listed_at,
                unique,
                exact,
                description,
                made_at,
            ),
        ).fetchone()
        return row[0] if row else None

    def set_named(self, instance_key: int, name: str, *, exact: bool = False) -> int:
        """The id of the oldest set of that name in an instance, or 0; in any case, or in that very one."""
        found = self._db.execute(
            "SELECT coalesce(min(id), 0) FROM backupset WHERE instance_key = ? AND folded = ? AND (name = ? OR NOT ?)",
            (instance_key, name.casefold(), name, exact),
        ).fetchone()
        return int(found[0])

    def rename_set(self, set_id: int, name: str) -> None:
        """Rename the backup set of that id, if it exists."""
        self._db.execute("UPDATE backupset SET name = ?, folded = ? WHERE id = ?", (name, name.casefold(), set_id))

    def change_set(self, set_id: int, name: str, description: str, plan_id: int | None, now: float) -> None:
        """Change the backup set of that id, if it exists, at that time in seconds since the epoch."""
        self._db.execute(
            "UPDATE backupset SET name = ?, folded = ?, description = ?, plan_id = ?, modified_at = ? WHERE id = ?",
            (name, name.casefold(), description, plan_id, now, set_id),
        )

    def remove_set(self, set_id: int) -> None:
        """Delete the backup set of that id, if it exists."""
        self._db.execute("DELETE FROM backupset WHERE id = ?", (set_id,))

    def sets(self, client_id: int, now: float) -> list[BackupSetRow]:
        """The backup sets of a client by id, as listings show them at `now` (seconds since the epoch)."""
        return self._sets("WHERE client.id = ? AND backupset.listed_at <= ?", client_id, now)

    def set_by_id(self, set_id: int) -> BackupSetRow | None:
        """The backup set of that id, listed or not."""
        return next(iter(self._sets("WHERE backupset.id = ?", set_id)), None)

    def all_sets(self) -> list[BackupSetRow]:
        """Every backup set by id, listed or not."""
        return self._sets("")

    def _sets(self, where: str, *keys: float) -> list[BackupSetRow]:
        rows = self._db.execute(f"{_LISTING} {where} ORDER BY backupset.id", keys)
        return [BackupSetRow(row[0], row[1], bool(row[2]), bool(row[3]), *row[4:]) for row in rows]

    def sessions(self) -> Iterator[Session]:
        """All tokens that were issued and not removed."""
        for row in self._db.execute("SELECT token, device, used_at FROM session"):
            yield Session(*row)

    def save_session(self, session: Session) -> None:
        """Store a token, or the time of its last use."""
        self._db.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?)", (session.token, session.device, session.used_at)
        )

    def remove_session(self, token: str) -> None:
        """Delete a token."""
        self._db.execute("DELETE FROM session WHERE token = ?", (token,))
