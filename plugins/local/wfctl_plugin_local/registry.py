"""What this plugin made, by name, by key and by identity: the notes that let it find its own work again after a crash.

It knows nothing of the kinds of objects. An entry is written *before* its object is made and marked afterwards, so whatever
instant a process dies at, the entry is there and the object is looked at. Secrets that have to be read back are in here as
well, so the file is readable for its owner alone, in a folder that is, and what is deleted is overwritten.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import quote

from wfctl.plugin_sdk import ValidationError
from wfctl_plugin_local.root import PRIVATE, Root

KEEP = 24 * 3600.0
"""Seconds an object that was deleted is kept, so that the run that deleted it can put it back."""

PATIENCE = 10.0
"""Seconds to wait for another process that writes."""

FILE = "registry.db"

_FORMAT = 1
_TABLE = """
CREATE TABLE entry(
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
    stage TEXT NOT NULL, run TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX entry_id ON entry(kind, id) WHERE stage <> 'retired';
CREATE INDEX entry_name ON entry(kind, name);
CREATE INDEX entry_key ON entry(kind, key);
"""


class Stage(StrEnum):
    """How far an object has got."""

    PENDING = "pending"
    """It is about to be made; whether it was, only the world knows."""
    DONE = "done"
    """It was made."""
    RETIRED = "retired"
    """It was deleted, and is kept for a while to be put back."""
    DEFERRED = "deferred"
    """It is to be made at the end of the run that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object.

    Attributes:
        kind: The resource type, in its short form.
        name: The user's name for it.
        id: Its provider_id.
        key: The idempotency key of the create that made it; empty if there was none.
        run: The run that wrote the entry; empty if the engine does not say.
        stage: How far it has got.
        body: What else the driver has to remember. May hold secrets.
    """

    kind: str
    name: str
    id: str
    key: str = ""
    run: str = ""
    stage: Stage = Stage.PENDING
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def made_by(self, key: str) -> bool:
        """Whether the create with this key wrote it. Creates without keys are all different."""
        return bool(key) and self.key == key


class NameTaken(Exception):
    """There is an entry of that kind and name."""


class Registry:
    """The entries of one root. Nothing is written before something is made."""

    def __init__(self, root: Root, clock: Callable[[], float]) -> None:
        """`clock` tells seconds since 1970."""
        self._root = root
        self._clock = clock
        self._lock = RLock()
        self._opened: sqlite3.Connection | None = None

    def by_id(self, kind: str, identity: str) -> Entry | None:
        """The object with an identity, unless it is retired."""
        return next(self._entries("kind = ? AND id = ? AND stage <> 'retired'", kind, identity), None)

    def by_key(self, kind: str, key: str) -> Entry | None:
        """The object the create with this key made or was about to make, unless it is retired."""
        return next(self._entries("kind = ? AND key = ? AND key <> '' AND stage <> 'retired'", kind, key), None)

    def by_name(self, kind: str, name: str) -> list[Entry]:
        """The objects of a name that are not retired, the newest first."""
        return list(self._entries("kind = ? AND name = ? AND stage <> 'retired'", kind, name))

    def retired(self, kind: str, identity: str) -> Entry | None:
        """The object with an identity that is kept to be put back."""
        return next(self._entries("kind = ? AND id = ? AND stage = 'retired'", kind, identity), None)

    def unfinished(self, kind: str, run: str) -> list[Entry]:
        """What a run has begun or put off and not made yet, in the order in which it did."""
        return [*self._entries("kind = ? AND run = ? AND stage IN ('deferred', 'pending')", kind, run)][::-1]

    def begin(self, entry: Entry, *, alone: bool = False) -> None:
        """Note that an object is about to be made. Its identity has no other entry afterwards.

        Raises NameTaken if `alone` and the name has an entry with another identity.
        """
        with self._change() as change:
            self._purge(change, entry.kind, entry.name, entry.run)
            if alone and any(other.id != entry.id for other in self.by_name(entry.kind, entry.name)):
                raise NameTaken(entry.name)
            change.execute("DELETE FROM entry WHERE kind = ? AND id = ? AND stage <> 'retired'", (entry.kind, entry.id))
            change.execute(
                "INSERT INTO entry(kind, name, id, key, stage, run, at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (entry.kind, entry.name, entry.id, entry.key, entry.stage, entry.run, self._clock(), _json(entry.body)),
            )

    def finish(self, entry: Entry) -> None:
        """Note that an object was made, and what is to be remembered of it."""
        with self._change() as change:
            change.execute(
                "UPDATE entry SET stage = 'done', body = ? WHERE kind = ? AND id = ? AND stage <> 'retired'",
                (_json(entry.body), entry.kind, entry.id),
            )

    def forget(self, entry: Entry) -> None:
        """Note that an object is gone for good."""
        with self._change() as change:
            change.execute("DELETE FROM entry WHERE kind = ? AND id = ? AND stage <> 'retired'", (entry.kind, entry.id))

    def retire(self, entry: Entry, run: str) -> None:
        """Note that a run deleted an object, and keep what is remembered of it for a while."""
        with self._change() as change:
            self._purge(change, entry.kind, entry.name, run)
            change.execute("DELETE FROM entry WHERE kind = ? AND id = ? AND stage = 'retired'", (entry.kind, entry.id))
            change.execute(
                "UPDATE entry SET stage = 'retired', run = ?, at = ? WHERE kind = ? AND id = ?",
                (run, self._clock(), entry.kind, entry.id),
            )

    def reinstate(self, entry: Entry, instead_of: str) -> None:
        """Note that a retired object is back, and that the one with the identity `instead_of` is gone, both at once."""
        with self._change() as change:
            change.execute(
                "DELETE FROM entry WHERE kind = ? AND id = ? AND stage <> 'retired'", (entry.kind, instead_of)
            )
            change.execute("UPDATE entry SET stage = 'done' WHERE kind = ? AND id = ?", (entry.kind, entry.id))

    @property
    def folder(self) -> Path:
        """The private folder. It exists once there is an entry."""
        return self._root.path / PRIVATE

    def _purge(self, change: sqlite3.Connection, kind: str, name: str, run: str) -> None:
        """A retired object can be put back only while its name has not moved on, and not for ever."""
        change.execute(
            "DELETE FROM entry WHERE stage = 'retired' AND (at < ? OR (kind = ? AND name = ? AND run <> ?))",
            (self._clock() - KEEP, kind, name, run),
        )

    def _entries(self, where: str, *values: str) -> Iterator[Entry]:
        with self._lock:
            opened = self._existing()
            if opened is None:
                return
            query = f"SELECT kind, name, id, key, run, stage, body FROM entry WHERE {where} ORDER BY number DESC"  # noqa: S608 - only our own words
            rows = opened.execute(query, values).fetchall()
        for kind, name, identity, key, run, stage, body in rows:
            yield Entry(kind=kind, name=name, id=identity, key=key, run=run, stage=Stage(stage), body=json.loads(body))

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            opened = self._made()
            opened.execute("BEGIN IMMEDIATE")
            try:
                yield opened
            except BaseException:
                opened.execute("ROLLBACK")
                raise
            opened.execute("COMMIT")

    def _existing(self) -> sqlite3.Connection | None:
        path = self.folder / FILE
        if self._opened is None and path.exists():
            self._opened = _open(path)
        return self._opened

    def _made(self) -> sqlite3.Connection:
        if self._opened is None:
            self._root.make()
            _make_private(self.folder, self.folder / FILE)
            self._opened = _open(self.folder / FILE)
        return self._opened


def _make_private(folder: Path, path: Path) -> None:
    """The folder and the file, for their owner alone. Raises ValidationError for a folder that is none."""
    try:
        folder.mkdir(0o700)
    except FileExistsError:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise ValidationError(f"root: {PRIVATE} in it must be a folder of its own") from None
        folder.chmod(0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _open(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode=rw",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    opened.execute("PRAGMA synchronous = FULL")
    opened.execute("PRAGMA secure_delete = ON")
    version = _version(opened)
    if version == 0:
        _make_table(opened)
    if version > _FORMAT:
        opened.close()
        raise ValidationError(f"root: its registry was written by a newer version of this plugin (format {version})")
    return opened


def _make_table(opened: sqlite3.Connection) -> None:
    opened.execute("BEGIN IMMEDIATE")
    if _version(opened) == 0:  # nobody else was faster
        for statement in filter(str.strip, _TABLE.split(";")):
            opened.execute(statement)
        opened.execute(f"PRAGMA user_version = {_FORMAT}")
    opened.execute("COMMIT")


def _version(opened: sqlite3.Connection) -> int:
    (version,) = opened.execute("PRAGMA user_version").fetchone()
    return int(version)


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(dict(body), allow_nan=False, separators=(",", ":"))
