"""The tables of the state file, and files of earlier versions brought up to it."""

import sqlite3
from typing import Final

__all__ = ["VERSION", "create", "upgrade"]

VERSION: Final = 2
"""The version of the tables, stored as SQLite's user_version."""

_TABLES: Final = f"""
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
    listed_at REAL NOT NULL, description TEXT NOT NULL DEFAULT '', modified_at REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX backupset_name ON backupset (instance_key, folded);
CREATE TABLE session (token TEXT PRIMARY KEY, device TEXT NOT NULL, used_at REAL NOT NULL) STRICT;
PRAGMA user_version = {VERSION};
"""

_FROM_1: Final = """
ALTER TABLE backupset ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE backupset ADD COLUMN modified_at REAL NOT NULL DEFAULT 0;
PRAGMA user_version = 2;
"""
"""Version 1 knew no description, and not when a set was made: its sets are from 1970."""


def create(db: sqlite3.Connection) -> None:
    """Begin a transaction and make the tables in it; the caller fills and commits them."""
    db.executescript(f"BEGIN IMMEDIATE; {_TABLES}")


def upgrade(db: sqlite3.Connection, version: int) -> bool:
    """Bring a file of an earlier version up to this one, as a whole or not at all; False for a version not known."""
    if version == 1:
        db.executescript(f"BEGIN IMMEDIATE; {_FROM_1} COMMIT;")
        return True
    return version == VERSION
