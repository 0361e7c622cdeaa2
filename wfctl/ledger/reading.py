"""What is read from a ledger file, and how each thing read is known to be what was written.

Changes nothing. Events are held by their chain, resource rows by their hashes and the sum of them, documents by their
names; a row that is only an index of those is read as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionOutcome, Cause
from wfctl.core.plan import Digest, Document, Plan, RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.recorded import BadEnvelopeError, Chain, Envelope, genesis, unstamp
from wfctl.ledger.row import DIGEST_BITS, ResourceRow, Stored, stored_of
from wfctl.ledger.store import RunRow, WorkspaceRow
from wfctl.ledger.trouble import damaged

T = TypeVar("T")

_PAGE = 1000

_RUN = (
    "run_id, workspace, engine, operation, plan_id, rules, epoch, status, result, exit_code, cause, head_seq, "
    "started_at, finished_at, EXISTS(SELECT 1 FROM meta WHERE key = 'pruned:' || run_id)"
)
ROW_COLUMNS = (*ResourceRow.__struct_fields__, "row_hash")
_ROWS = f"SELECT {', '.join(ROW_COLUMNS)} FROM resource NOT INDEXED"  # noqa: S608  (constants)
_ENVELOPES = "SELECT run_id, seq, epoch, recorded_at, type, action, body, hash FROM event WHERE run_id = ? AND seq > ?"


class Reader:
    """Reads one connection. Raises sqlite3.Error, and WfctlError LEDGER_DAMAGED for what is not as it was written."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One moment for everything that is read inside."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    # --- runs

    def run(self, run_id: RunId) -> RunRow:
        """One run. Raises WfctlError RUN_UNKNOWN."""
        sql = f"SELECT {_RUN} FROM run WHERE run_id = ?"  # noqa: S608  (a constant)
        row = self.connection.execute(sql, (run_id,)).fetchone()
        if row is None:
            raise self._no_run(run_id)
        return self._run(row)

    def runs(self, workspace: str | None, limit: int | None) -> tuple[RunRow, ...]:
        """The newest first."""
        chosen = "WHERE :workspace IS NULL OR workspace = :workspace ORDER BY started_at DESC, rowid DESC LIMIT :limit"
        sql = f"SELECT {_RUN} FROM run {chosen}"  # noqa: S608  (a constant)
        rows = self.connection.execute(sql, {"workspace": workspace, "limit": -1 if limit is None else limit})
        return tuple(self._run(row) for row in rows)

    def _no_run(self, run_id: RunId) -> WfctlError:
        if self.connection.execute("SELECT 1 FROM event WHERE run_id = ?", (run_id,)).fetchone() is not None:
            return damaged(self.path, f"the row of run {run_id}")
        hint = "wfctl runs list shows the runs there are"
        return WfctlError(Kind.USAGE, "RUN_UNKNOWN", f"there is no run {run_id}", hint=hint)

    def _run(self, row: tuple[object, ...]) -> RunRow:
        values = dict(zip(RunRow.__struct_fields__, row, strict=True))
        try:
            values["cause"] = None if values["cause"] is None else msgspec.json.decode(str(values["cause"]), type=Cause)
            values["started_at"], values["finished_at"] = _seconds(row[12]), _seconds(row[13])
            return msgspec.convert(values | {"pruned": bool(row[14])}, RunRow)
        except (ValueError, msgspec.MsgspecError) as error:
            raise damaged(self.path, f"the row of run {row[0]}") from error

    def plan(self, run_id: RunId) -> Plan:
        """The plan a run was started with. Raises WfctlError RUN_UNKNOWN."""
        row = self.connection.execute("SELECT plan_doc FROM run WHERE run_id = ?", (run_id,)).fetchone()
        if row is None:
            raise self._no_run(run_id)
        if self.pruned_by(run_id) is not None:
            raise _pruned(run_id)
        try:
            return msgspec.json.decode(self.document(Digest((row[0] or b"").hex())), type=Plan)
        except (AttributeError, KeyError, msgspec.MsgspecError) as error:
            raise damaged(self.path, f"the plan of run {run_id}") from error

    def action_results(self, run_id: RunId) -> tuple[ActionOutcome, ...]:
        """In plan order."""
        sql = "SELECT body FROM action_result WHERE run_id = ? ORDER BY plan_index"
        rows = self.connection.execute(sql, (run_id,)).fetchall()
        try:
            return tuple(msgspec.json.decode(body, type=ActionOutcome) for (body,) in rows)
        except (TypeError, msgspec.MsgspecError) as error:
            raise damaged(self.path, f"an outcome of run {run_id}") from error

    def events(self, run_id: RunId, after: int = 0) -> Iterator[tuple[Recorded, Chain]]:
        """Each event with the chain up to it, all of one moment; the last one must be the one the run's row names."""
        with self.snapshot():
            row = self.connection.execute("SELECT head_seq, head_hash FROM run WHERE run_id = ?", (run_id,)).fetchone()
            if row is None:
                raise self._no_run(run_id)
            if self.pruned_by(run_id) is not None:
                raise _pruned(run_id)
            chain = self._chain(run_id, after)
            for envelope in self._envelopes(run_id, after):
                yield self._opened(chain, envelope), chain
            if after < (row[0] or 0) and (chain.seq, chain.hash) != row:
                raise damaged(self.path, f"the end of run {run_id}: event {row[0]}")

    def _envelopes(self, run_id: RunId, after: int) -> Iterator[Envelope]:
        cursor = self.connection.execute(f"{_ENVELOPES} ORDER BY seq", (run_id, after))
        while page := cursor.fetchmany(_PAGE):
            for row in page:
                yield Envelope(*row)

    def _opened(self, chain: Chain, envelope: Envelope) -> Recorded:
        seq = chain.seq + 1
        try:
            return chain.open(envelope)
        except BadEnvelopeError as error:
            raise damaged(self.path, f"event {seq} of run {chain.run_id} ({error})") from error

    def _chain(self, run_id: RunId, after: int) -> Chain:
        if after == 0:
            return Chain(run_id, 0, self._genesis(run_id))
        sql = "SELECT hash FROM event WHERE run_id = ? AND seq = ?"
        row = self.connection.execute(sql, (run_id, after)).fetchone()
        if row is None:
            raise WfctlError(Kind.USAGE, "EVENT_UNKNOWN", f"run {run_id} has no event {after}")
        return Chain(run_id, after, row[0])

    def _genesis(self, run_id: RunId) -> bytes:
        sql = "SELECT workspace, engine, operation, plan_id, plan_doc, rules, started_at FROM run WHERE run_id = ?"
        row = self.connection.execute(sql, (run_id,)).fetchone()
        try:
            return genesis(run_id, *(str(value) if isinstance(value, int) else value for value in row))
        except (AttributeError, TypeError) as error:
            raise damaged(self.path, f"the row of run {run_id}") from error

    def pruned_by(self, run_id: RunId) -> RunId | None:
        """The run that took away this one's events; None while they are there."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (pruned_key(run_id),)).fetchone()
        return RunId(row[0]) if row else None

    # --- workspaces

    def workspace(self, name: str) -> WorkspaceRow | None:
        """One workspace."""
        return next((row for row in self.workspaces() if row.name == name), None)

    def workspaces(self) -> tuple[WorkspaceRow, ...]:
        """Sorted by name."""
        rows = self.connection.execute(
            "SELECT name, lineage, serial, active_run FROM workspace ORDER BY name"
        ).fetchall()
        try:
            return tuple(
                msgspec.convert(dict(zip(WorkspaceRow.__struct_fields__, row, strict=True)), WorkspaceRow)
                for row in rows
            )
        except msgspec.MsgspecError as error:
            raise damaged(self.path, "the list of workspaces") from error

    def rows(self, workspace: str) -> tuple[tuple[Stored, ...], int]:
        """The resource rows of a workspace, and the sum of their hashes.

        All rows are read, whatever workspace they say: one that says the wrong name must not simply be missing.
        """
        every = [self._stored(values) for values in self.connection.execute(_ROWS)]
        found = tuple(stored for stored in every if stored.row.workspace == workspace)
        total = sum(int.from_bytes(stored.hash, "big") for stored in found) % DIGEST_BITS
        known = self.workspace(workspace)
        if self._note(workspace) != (note(known, total) if known else None) or (known is None and found):
            raise damaged(self.path, f"the list of resources of workspace {workspace}")
        return found, total

    def _stored(self, values: tuple[object, ...]) -> Stored:
        try:
            return stored_of(values)
        except ValueError as error:
            raise damaged(self.path, f"resource {values[1]} of workspace {values[0]}") from error

    def _note(self, workspace: str) -> str | None:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (note_key(workspace),)).fetchone()
        return row[0] if row else None

    # --- documents

    def document(self, digest: Digest) -> bytes:
        """The bytes stored under a digest. Raises KeyError."""
        sql = "SELECT body FROM document WHERE digest = ?"
        row = self.connection.execute(sql, (bytes.fromhex(digest),)).fetchone()
        if row is None:
            raise KeyError(digest)
        return self._same(digest, row[0])

    def bodies(self, digests: Iterable[Digest]) -> dict[Digest, bytes]:
        """Several documents at once. Raises WfctlError LEDGER_DAMAGED when one is not there."""
        found: dict[Digest, bytes] = {}
        for digest in digests:
            try:
                found[digest] = self.document(digest)
            except KeyError as error:
                raise damaged(self.path, f"document {digest}") from error
        return found

    def parsed(self, rows: Iterable[ResourceRow]) -> dict[Digest, Document]:
        """The configs and outputs that rows name."""
        wanted = dict.fromkeys(digest for row in rows for digest in (row.config_doc, row.outputs_doc) if digest)
        return {digest: self._object(digest, body) for digest, body in self.bodies(wanted).items()}

    def _object(self, digest: Digest, body: bytes) -> Document:
        try:
            return msgspec.json.decode(body, type=dict[str, object])
        except msgspec.MsgspecError as error:
            raise damaged(self.path, f"document {digest}") from error

    def _same(self, digest: Digest, body: object) -> bytes:
        if isinstance(body, bytes) and sha256(body).hexdigest() == digest:
            return body
        raise damaged(self.path, f"document {digest}")


def note_key(workspace: str) -> str:
    """Where the ledger notes for itself what a workspace's state must come to."""
    return f"state:{workspace}"


def pruned_key(run_id: str) -> str:
    """Where the ledger notes for itself that a run's events are gone, and which run took them."""
    return f"pruned:{run_id}"


def _pruned(run_id: RunId) -> WfctlError:
    message = f"the record of run {run_id} was pruned: its outcome is all that is left"
    return WfctlError(Kind.USAGE, "RUN_PRUNED", message, hint=f"wfctl runs show {run_id}")


def note(workspace: WorkspaceRow, total: int) -> str:
    """What is noted of a state: a row that is missing, doubled or older than the rest does not fit it."""
    return f"{workspace.lineage}/{workspace.serial}/{total:064x}"


def _seconds(text: object) -> float:
    return unstamp(str(text)) if text is not None else 0.0
