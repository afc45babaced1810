"""The CommServe's memory: clients, agents, instances, plans, backup sets and tokens, in SQLite.

It stores and finds; what may be stored is decided in `commserve`. Every change is committed before the call returns,
in autocommit with a write-ahead log: what has been answered survives the death of the process. All calls are made on
the event loop's own thread: each takes some tens of microseconds.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkprov.errors import SettingsError, StorageError
from bulkprov.simulator.estate import APPLICATION_IDS, DEFAULT_SET, FIRST_CREATED_ID, Estate, application, instance_id

__all__ = ["BackupSetRow", "ClientRow", "InstanceRow", "Session", "State"]

_SCHEMA: Final = """
CREATE TABLE client (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, retired INTEGER NOT NULL
) STRICT;
CREATE TABLE instance (
    key INTEGER PRIMARY KEY, id INTEGER NOT NULL, client_id INTEGER NOT NULL REFERENCES client, app TEXT NOT NULL,
    app_id INTEGER NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL, UNIQUE (client_id, app_id, folded)
) STRICT;
CREATE TABLE plan (id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE backupset (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_key INTEGER NOT NULL REFERENCES instance, name TEXT NOT NULL,
    folded TEXT NOT NULL, on_demand INTEGER NOT NULL, is_default INTEGER NOT NULL, plan_id INTEGER REFERENCES plan,
    listed_at REAL NOT NULL
) STRICT;
CREATE INDEX backupset_name ON backupset (instance_key, folded);
CREATE TABLE session (token TEXT PRIMARY KEY, device TEXT NOT NULL, used_at REAL NOT NULL) STRICT;
PRAGMA user_version = 1;
"""

_INSTANCE: Final = """
SELECT key, instance.id, instance.name, app, app_id, client.id, client.name
FROM instance JOIN client ON client.id = instance.client_id ORDER BY key
"""

_LISTING: Final = """
SELECT backupset.id, backupset.name, backupset.on_demand, backupset.is_default, coalesce(plan.id, 0),
       coalesce(plan.name, ''), instance.id, instance.name, instance.app, instance.app_id, client.id, client.name
FROM client JOIN instance ON instance.client_id = client.id JOIN backupset ON backupset.instance_key = instance.key
     LEFT JOIN plan ON plan.id = backupset.plan_id
"""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A protected machine."""

    id: int
    name: str
    retired: bool


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An instance of an agent on a client."""

    key: int
    """Ours alone: the vendor's id does not tell instances apart."""
    id: int
    name: str
    app: str
    app_id: int
    client_id: int
    client: str


@dataclass(frozen=True, slots=True)
class BackupSetRow:
    """A backup set with all that an answer says about it."""

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


@dataclass(frozen=True, slots=True)
class Session:
    """A token that was given out, for which device, and when it was last used (seconds since the epoch)."""

    token: str
    device: str
    used_at: float


class State:
    """One CommServe's database."""

    def __init__(self, path: Path | None, estate: Estate) -> None:
        """Open the file, or make it and fill it with the estate.

        Raises:
            SettingsError: a client that is to be retired is not there.
            StorageError: the file cannot be opened, or is not a simulator's.
        """
        try:
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            try:
                self._open(path, estate)
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise StorageError(f"{path}: the simulator's state cannot be used ({error})") from error

    def _open(self, path: Path | None, estate: Estate) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version == 0 and tables == 0:
            self._fill(estate)
        elif version != 1:
            raise StorageError(f"{path}: this is not the state of a simulator; name another file")
        for folded in estate.retired:
            if not self._db.execute("UPDATE client SET retired = 1 WHERE folded = ?", (folded,)).rowcount:
                raise SettingsError(
                    f"simulator: the client {folded!r} cannot be retired: the estate has none of that name"
                )
        # The estate does not change while the server runs, so it is held in memory and costs no create a query.
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

    def _fill(self, estate: Estate) -> None:
        """Write the estate in one transaction, so that a half-written one is never found."""
        add = self._db.execute
        self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        for number, client in enumerate(estate.clients, start=2):  # the vendor's sample has client001 as 2
            add("INSERT INTO client VALUES (?, ?, ?, 0)", (number, client, client.casefold()))
        for number, plan in enumerate(estate.plans, start=1):
            add("INSERT INTO plan VALUES (?, ?, ?)", (number, plan, plan.casefold()))
        ids = {client.casefold(): number for number, client in enumerate(estate.clients, start=2)}
        plans = {plan.casefold(): number for number, plan in enumerate(estate.plans, start=1)}
        keys: dict[tuple[str, str, str], int] = {}
        for key, (client, app, name) in enumerate(estate.instances, start=2):
            keys[client.casefold(), app, name.casefold()] = key
            shown = instance_id(app, name, key)
            row = (key, shown, ids[client.casefold()], app, APPLICATION_IDS[app], name, name.casefold())
            add("INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self.add_set(key, DEFAULT_SET, is_default=True)
        for each in estate.sets:
            key = keys[each.client.casefold(), application(each.app) or each.app, each.instance.casefold()]
            self.add_set(key, each.name, on_demand=each.on_demand, plan_id=plans.get(each.plan.casefold()))
        add("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'backupset'", (FIRST_CREATED_ID - 1,))
        add("COMMIT")

    def close(self) -> None:
        """Close the database; nothing is left to be written."""
        self._db.close()

    def clients(self) -> list[ClientRow]:
        """All clients, retired ones too, by id."""
        return list(self._clients.values())

    def client(self, name: str) -> ClientRow | None:
        """The client of that name, whatever its case."""
        return self._clients_by_name.get(name.casefold())

    def client_by_id(self, number: int) -> ClientRow | None:
        """The client of that id."""
        return self._clients.get(number)

    def instances(self, client_id: int) -> list[InstanceRow]:
        """All instances of a client, in the order of the estate."""
        return self._instances.get(client_id, [])

    def instances_by_id(self, number: int) -> list[InstanceRow]:
        """The instances of that id: several only for the id 1, which every client has."""
        return [row for rows in self._instances.values() for row in rows if row.id == number]

    def instance(self, client_id: int, app_id: int, name: str) -> InstanceRow | None:
        """The instance of that name, whatever its case, of one agent of one client."""
        wanted = (app_id, name.casefold())
        return next((row for row in self.instances(client_id) if (row.app_id, row.name.casefold()) == wanted), None)

    def plan(self, name: str) -> int | None:
        """The id of the plan of that name, whatever its case."""
        return self._plans.get(name.casefold())

    def plan_by_id(self, number: int) -> int | None:
        """The id itself if there is such a plan."""
        return number if number in self._plans.values() else None

    def add_set(
        self,
        instance_key: int,
        name: str,
        *,
        on_demand: bool = False,
        is_default: bool = False,
        plan_id: int | None = None,
        unique: bool = True,
        listed_at: float = 0.0,
    ) -> int | None:
        """Make a backup set and give its id, or None if `unique` and there is one of that name already.

        `listed_at`: before that time (seconds since the epoch) listings do not show it.
        """
        row = self._db.execute(
            "INSERT INTO backupset (instance_key, name, folded, on_demand, is_default, plan_id, listed_at)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT"
            " (?8 AND EXISTS (SELECT 1 FROM backupset WHERE instance_key = ?1 AND folded = ?3)) RETURNING id",
            (instance_key, name, name.casefold(), on_demand, is_default, plan_id, listed_at, unique),
        ).fetchone()
        return row[0] if row else None

    def rename_set(self, number: int, name: str) -> None:
        """Give the backup set of that id another name."""
        self._db.execute("UPDATE backupset SET name = ?, folded = ? WHERE id = ?", (name, name.casefold(), number))

    def remove_set(self, number: int) -> None:
        """Delete the backup set of that id, if it is there."""
        self._db.execute("DELETE FROM backupset WHERE id = ?", (number,))

    def sets(self, client_id: int, now: float) -> list[BackupSetRow]:
        """The backup sets of a client that listings show at `now`, by id."""
        return self._sets("WHERE client.id = ? AND backupset.listed_at <= ?", client_id, now)

    def set_by_id(self, number: int) -> BackupSetRow | None:
        """The backup set of that id."""
        return next(iter(self._sets("WHERE backupset.id = ?", number)), None)

    def all_sets(self) -> list[BackupSetRow]:
        """Every backup set there is, by id, whether listings show it or not: the truth, for tests."""
        return self._sets("")

    def _sets(self, where: str, *keys: float) -> list[BackupSetRow]:
        rows = self._db.execute(f"{_LISTING} {where} ORDER BY backupset.id", keys)
        return [BackupSetRow(row[0], row[1], bool(row[2]), bool(row[3]), *row[4:]) for row in rows]

    def sessions(self) -> Iterator[Session]:
        """All tokens that were given out and not taken back."""
        for row in self._db.execute("SELECT token, device, used_at FROM session"):
            yield Session(*row)

    def save_session(self, session: Session) -> None:
        """Remember a token, or when it was used."""
        self._db.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?)", (session.token, session.device, session.used_at)
        )

    def remove_session(self, token: str) -> None:
        """Forget a token."""
        self._db.execute("DELETE FROM session WHERE token = ?", (token,))
