"""The ledger in one SQLite file: a `store.Store`.

Puts the parts together and decides which connection does what. One is shared by everything that reads or writes a single
thing; each run's writer has one for its appends and one for its lease; each reading of events has its own.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from wfctl.core.events import Recorded, RunStarted
from wfctl.core.outcome import ActionOutcome
from wfctl.core.plan import Digest, Plan, ResourceState, RunId
from wfctl.engine.ports import Batch
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import schema
from wfctl.ledger.append import Appender
from wfctl.ledger.beginning import begin, expect_resumable, started_of, take_over
from wfctl.ledger.breaking import break_lease
from wfctl.ledger.facts import RunFacts
from wfctl.ledger.keeper import Keeper, read_lease, transaction
from wfctl.ledger.lease import Break, Claim, Lease
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import Chain, stamp, unstamp
from wfctl.ledger.resources import Resources
from wfctl.ledger.row import state_of
from wfctl.ledger.secrets_table import SecretsTable
from wfctl.ledger.store import Letter, PlanUse, RunRow, WorkspaceRow, WorkspaceState
from wfctl.ledger.trouble import damaged, named
from wfctl.ledger.vault import Vault
from wfctl.ledger.writer import SqliteRunWriter

LETTER_LIMIT: Final = 1 << 20
"""The longest body of a letter, in characters."""


def open_ledger(path: Path, claim: Claim, vault: Vault, *, create: bool = False) -> SqliteStore:
    """Open a ledger file; with `create`, make it and its private directory first where there is none.

    Raises WfctlError of kind ledger: LEDGER_MISSING, LEDGER_NEWER, LEDGER_NOT_OURS, LEDGER_NOT_A_DATABASE, LEDGER_DAMAGED,
    LEDGER_NOT_WRITABLE, LEDGER_DISK_FULL, LEDGER_IO or LEDGER_BUSY. A file that is refused is not changed.
    """
    if create:
        schema.create(path, unique=f"{claim.owner.host}.{claim.owner.pid}")
    schema.check(path)
    with named(path):
        return SqliteStore(schema.connect(path), path, claim, vault)


class SqliteStore:
    """A ledger file, open. May be used from several threads; not after `close`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, claim: Claim, vault: Vault) -> None:
        self._connection = connection
        self._path = path
        self._claim = claim
        self._vault = vault
        self._reader = Reader(connection, path)
        self._lock = threading.RLock()
        self._writers: list[SqliteRunWriter] = []

    def close(self) -> None:
        """Close. Writers that are still open are released."""
        for writer in tuple(self._writers):
            writer.release()
        self._connection.close()

    # --- writing runs

    def create_run(self, plan: Plan, first: Batch, *, engine: str = "local") -> SqliteRunWriter:
        """Begin a run: its row, its lease under a new epoch, the plan's use and the first batch, all or nothing."""
        started = started_of(first)
        with self._new_reader() as reader:
            with transaction(reader.connection):
                lease, root = begin(reader, self._claim, plan=plan, first=first, engine=engine)
                appender = self._appender(reader, lease, RunFacts(plan, started), Chain(started.run_id, 0, root))
                written = appender.write(first)
            appender.adopt(*written)
            return self._writer(reader, appender, lease)

    def resume_run(self, run_id: RunId) -> SqliteRunWriter:
        """Take over a run that is not over."""
        return self._take(run_id, over=False)

    def reopen_run(self, run_id: RunId) -> SqliteRunWriter:
        """Take a run to add to its record, over or not."""
        return self._take(run_id, over=True)

    def _take(self, run_id: RunId, *, over: bool) -> SqliteRunWriter:
        with self._new_reader() as reader:
            with transaction(reader.connection):
                run = reader.run(run_id)
                if not over:
                    expect_resumable(run)
                lease = take_over(reader, self._claim, run)
                appender = self._replayed(reader, lease, run_id)
            return self._writer(reader, appender, lease)

    @contextlib.contextmanager
    def _new_reader(self) -> Iterator[Reader]:
        """A connection of its own, which outlives the block only if the block succeeds."""
        with named(self._path):
            connection = schema.connect(self._path)
            try:
                yield Reader(connection, self._path)
            except BaseException:
                connection.close()
                raise

    def _replayed(self, reader: Reader, lease: Lease, run_id: RunId) -> Appender:
        """An appender that goes on where the events end; all of them are checked on the way."""
        events = reader.events(run_id)
        first, chain = next(events, (None, None))
        if first is None or chain is None or not isinstance(first.event, RunStarted):
            raise damaged(self._path, f"the beginning of run {run_id}")
        appender = self._appender(reader, lease, RunFacts(reader.plan(run_id), first.event), chain)
        for recorded, _ in events:
            appender.replay(recorded)
        return appender

    def _appender(self, reader: Reader, lease: Lease, facts: RunFacts, chain: Chain) -> Appender:
        rows, total = reader.rows(lease.workspace)
        return Appender(reader, lease, chain=chain, resources=Resources(facts, rows, total), vault=self._vault)

    def _writer(self, reader: Reader, appender: Appender, lease: Lease) -> SqliteRunWriter:
        keeper = Keeper(schema.connect(self._path), self._path, lease, self._claim.clocks)
        clock = self._claim.clocks.boot
        writer = SqliteRunWriter(
            reader.connection, appender, keeper, clock=clock, gone=lambda: self._writers.remove(writer)
        )
        self._writers.append(writer)
        return writer

    # --- reading runs

    def run(self, run_id: RunId) -> RunRow:
        """One run. Raises WfctlError RUN_UNKNOWN."""
        with self._reading() as reader:
            return reader.run(run_id)

    def runs(self, workspace: str | None = None, *, limit: int | None = None) -> tuple[RunRow, ...]:
        """The runs of one workspace or of all, the newest first."""
        with self._reading() as reader:
            return reader.runs(workspace, limit)

    def plan(self, run_id: RunId) -> Plan:
        """The plan a run was started with. Raises WfctlError RUN_UNKNOWN."""
        with self._reading() as reader:
            return reader.plan(run_id)

    def plan_use(self, plan_id: str) -> PlanUse | None:
        """Which run used a plan."""
        with self._reading():
            row = self._connection.execute("SELECT run_id, at FROM plan_use WHERE plan_id = ?", (plan_id,)).fetchone()
            return None if row is None else PlanUse(plan_id=plan_id, run_id=row[0], at=unstamp(row[1]))

    def events(self, run_id: RunId, *, after: int = 0) -> Iterator[Recorded]:
        """The events of a run in order, each checked against the chain, as of the moment the first one is asked for."""
        with named(self._path), contextlib.closing(schema.connect(self._path)) as connection:
            for recorded, _ in Reader(connection, self._path).events(run_id, after):
                yield recorded

    def action_results(self, run_id: RunId) -> tuple[ActionOutcome, ...]:
        """The outcomes of a run's actions in plan order; empty while it is going on."""
        with self._reading() as reader:
            return reader.action_results(run_id)

    # --- workspaces

    def workspace(self, name: str) -> WorkspaceRow | None:
        """One workspace, None before its first run."""
        with self._reading() as reader:
            return reader.workspace(name)

    def workspaces(self) -> tuple[WorkspaceRow, ...]:
        """Every workspace, sorted by name."""
        with self._reading() as reader:
            return reader.workspaces()

    def state(self, workspace: str) -> WorkspaceState:
        """The resources of a workspace; empty with serial 0 before its first run."""
        with self._reading() as reader:
            known = reader.workspace(workspace)
            rows, total = reader.rows(workspace)
            documents = reader.parsed(stored.row for stored in rows)
        resources = sorted((state_of(stored.row, documents) for stored in rows), key=lambda resource: resource.name)
        return WorkspaceState(
            workspace=workspace,
            lineage=known.lineage if known else "",
            serial=known.serial if known else 0,
            digest=f"{total:064x}",
            resources=tuple(resources),
            mark_runs={stored.row.name: stored.row.mark_run for stored in rows if stored.row.mark},
        )

    def resource(self, workspace: str, name: str) -> ResourceState | None:
        """One resource by name."""
        with self._reading() as reader:
            rows = [stored.row for stored in reader.rows(workspace)[0] if stored.row.name == name]
            return state_of(rows[0], reader.parsed(rows)) if rows else None

    def documents(self, workspace: str) -> SqliteDocuments:
        """Stored documents, and the secrets of one workspace."""
        secrets = SecretsTable(self._reader, workspace, self._vault)
        return SqliteDocuments(self._path, self._lock, self._reader, secrets)

    def lease(self, workspace: str) -> Lease | None:
        """Who owns a workspace; None before its first run."""
        with self._reading():
            return read_lease(self._reader, workspace)

    def break_lease(self, order: Break) -> Lease:
        """Take a workspace away from its owner; returns the lease as it was."""
        with self._lock, named(self._path), transaction(self._connection):
            return break_lease(self._reader, self._claim, order)

    # --- word from other processes

    def put(self, letter: Letter) -> int:
        """Leave word for the owner of a run; returns its number. Raises WfctlError: RUN_UNKNOWN, LETTER_TOO_LONG."""
        if len(letter.body) > LETTER_LIMIT:
            message = f"a letter of {len(letter.body)} characters is too long (limit {LETTER_LIMIT})"
            raise WfctlError(Kind.USAGE, "LETTER_TOO_LONG", message)
        row = (letter.run_id, letter.kind, letter.body, letter.actor, stamp(letter.at))
        with self._lock, named(self._path), transaction(self._connection):
            self._reader.run(letter.run_id)
            cursor = self._connection.execute("INSERT INTO inbox VALUES(NULL, ?, ?, ?, ?, ?, NULL)", row)
            return cursor.lastrowid or 0

    def letters(self, run_id: RunId) -> tuple[Letter, ...]:
        """Word for a run that nobody has taken yet, in the order it came."""
        sql = "SELECT run_id, kind, body, actor, at, id FROM inbox WHERE run_id = ? AND taken_seq IS NULL ORDER BY id"
        with self._lock, named(self._path):
            rows = self._connection.execute(sql, (run_id,)).fetchall()
        try:
            return tuple(
                msgspec.convert(dict(zip(_LETTER, (*row[:4], unstamp(row[4]), row[5]), strict=True)), Letter)
                for row in rows
            )
        except (ValueError, msgspec.MsgspecError) as error:
            raise damaged(self._path, f"word for run {run_id}") from error

    def taken(self, letter_id: int, seq: int) -> None:
        """Note which event came of a letter, so that it is not given out again."""
        with self._lock, named(self._path):
            self._connection.execute("UPDATE inbox SET taken_seq = ? WHERE id = ?", (seq, letter_id))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Reader]:
        with self._lock, named(self._path), self._reader.snapshot():
            yield self._reader


_LETTER = ("run_id", "kind", "body", "actor", "at", "id")


class SqliteDocuments:
    """`ports.Documents` over a ledger file. May be used from several threads."""

    def __init__(self, path: Path, lock: threading.RLock, reader: Reader, secrets: SecretsTable) -> None:
        self._path = path
        self._lock = lock
        self._reader = reader
        self._secrets = secrets

    def document(self, digest: Digest) -> bytes:
        """The bytes stored under a digest. Raises KeyError, WfctlError."""
        with self._lock, named(self._path):
            return self._reader.document(digest)

    def secret(self, name: str) -> object:
        """The newest value of a secret in clear. Raises KeyError, WfctlError."""
        with self._lock, named(self._path):
            return self._secrets.read(name)

    def former_secret(self, name: str) -> object:
        """The value a secret had before the run that is going on: what an undo goes back to. Raises KeyError, WfctlError."""
        with self._lock, named(self._path):
            return self._secrets.read(name, former=True)
