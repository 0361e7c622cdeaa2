"""The tables of a ledger file: how they are made, and whether a file has those of this version.

Knows nothing of rows. Bodies are JSON, so that a person with the sqlite3 program can read them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from wfctl.errors import Kind, WfctlError
from wfctl.ledger.files import private_directory, publish
from wfctl.ledger.trouble import damaged, named

VERSION: Final = 1
"""The version of the tables. A ledger of a newer one is left alone."""

BUSY_SECONDS: Final = 10.0
"""How long to wait for another process that is writing."""

_OLDEST_SQLITE: Final = (3, 37, 0)

TABLES: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) STRICT;
CREATE TABLE workspace(name TEXT PRIMARY KEY, lineage TEXT, serial INTEGER, active_run TEXT) STRICT;
CREATE TABLE run(run_id TEXT PRIMARY KEY, workspace TEXT, engine TEXT, operation TEXT, plan_id TEXT, plan_doc BLOB,
    rules INTEGER, epoch INTEGER, status TEXT, result TEXT, exit_code INTEGER, cause TEXT, head_seq INTEGER,
    head_hash BLOB, started_at TEXT, finished_at TEXT) STRICT;
CREATE TABLE action_result(run_id TEXT, plan_index INTEGER, status INTEGER, attempts INTEGER, body TEXT,
    started_at TEXT, finished_at TEXT, PRIMARY KEY(run_id, plan_index)) STRICT;
CREATE TABLE event(run_id TEXT, seq INTEGER, epoch INTEGER, recorded_at TEXT, type TEXT, action INTEGER, body TEXT,
    hash BLOB, PRIMARY KEY(run_id, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE document(digest BLOB PRIMARY KEY, size INTEGER, body BLOB) STRICT;
CREATE TABLE resource(workspace TEXT, name TEXT, type TEXT, provider TEXT, provider_ref TEXT, provider_id TEXT,
    config_hash TEXT, config_doc BLOB, outputs_doc BLOB, dependencies TEXT, protected INTEGER, provenance TEXT,
    source TEXT, fingerprint TEXT, hooks_pending TEXT, spec_version INTEGER, created_by_run TEXT, run_id TEXT,
    seq INTEGER, mark TEXT, mark_run TEXT, created_at TEXT, updated_at TEXT, row_hash BLOB,
    PRIMARY KEY(workspace, name)) STRICT;
CREATE TABLE secret(workspace TEXT, name TEXT, version INTEGER, key_id TEXT, nonce BLOB, ciphertext BLOB,
    PRIMARY KEY(workspace, name, version)) STRICT;
CREATE TABLE lease(workspace TEXT PRIMARY KEY, epoch INTEGER, run_id TEXT, engine TEXT, owner TEXT, host TEXT,
    boot_id TEXT, pid INTEGER, started TEXT, expires_at TEXT, expires_boot REAL) STRICT;
CREATE TABLE plan_use(plan_id TEXT PRIMARY KEY, run_id TEXT, at TEXT) STRICT;
CREATE TABLE inbox(id INTEGER PRIMARY KEY, run_id TEXT, kind TEXT, body TEXT, actor TEXT, at TEXT,
    taken_seq INTEGER) STRICT;
CREATE INDEX inbox_waiting ON inbox(run_id) WHERE taken_seq IS NULL;
"""
"""Every table. `document` bodies are named by their SHA-256; `config_doc`, `outputs_doc` and `plan_doc` are such names."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to an existing ledger: statements commit by themselves, and a commit is on the disk when it returns."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def create(path: Path, *, unique: str) -> None:
    """Make an empty ledger unless there is one; its directory too. Raises WfctlError.

    The file appears with all its tables or not at all, whoever else is making it at the same time.
    """
    with named(path):
        if not path.exists():
            private_directory(path.parent)
            publish(path, _fill, unique=unique)


def _fill(path: Path) -> None:
    with contextlib.closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {TABLES} INSERT INTO meta VALUES('schema_version', '{VERSION}'); COMMIT;")


def check(path: Path) -> None:
    """Refuse a file that is no ledger of this version, before anything is written to it. Raises WfctlError."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        needed = ".".join(map(str, _OLDEST_SQLITE))
        message = f"this Python brings SQLite {sqlite3.sqlite_version}, the ledger needs {needed} or newer"
        raise WfctlError(Kind.CONFIG, "SQLITE_TOO_OLD", message, hint="use a newer Python")
    if not path.exists():
        hint = "run this where the project's .wfctl directory is; the first apply makes one"
        raise WfctlError(Kind.LEDGER, "LEDGER_MISSING", f"there is no ledger at {path}", hint=hint)
    with named(path), contextlib.closing(connect(path)) as connection:
        version = _version(connection)
        whole = _is_whole(connection, path)
    if version is None or version < 1:
        hint = "move it away, or name the right file; nothing was changed"
        raise WfctlError(Kind.LEDGER, "LEDGER_NOT_OURS", f"{path} is a database, but no ledger of wfctl", hint=hint)
    if not whole:
        raise damaged(path, "its end")
    if version > VERSION:
        message = f"{path} was written by a newer wfctl (version {version} of the tables; this one knows {VERSION})"
        raise WfctlError(Kind.LEDGER, "LEDGER_NEWER", message, hint="use that wfctl; nothing was changed")


def _version(connection: sqlite3.Connection) -> int | None:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").fetchone() is None:
        return None
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return int(row[0]) if row and str(row[0]).isdecimal() else None


def _is_whole(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has all its pages: SQLite misses a page only when it reads it.

    Pages that are still in the write-ahead log need not be in the file, so one that has a log says nothing.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    log = path.with_name(f"{path.name}-wal")
    return (log.exists() and log.stat().st_size > 0) or path.stat().st_size >= pages * size
