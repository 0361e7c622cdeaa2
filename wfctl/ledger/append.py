"""One batch, one transaction: events, documents, secrets, the resources that follow from them, and the run's end.

Knows nothing of threads or of waiting. Nothing in memory moves before the commit has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionOutcome, RunOutcome, RunResult
from wfctl.core.plan import Digest, RunId
from wfctl.engine.ports import Batch, LeaseLostError, SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.files import Identity, identity
from wfctl.ledger.keeper import transaction
from wfctl.ledger.lease import Lease
from wfctl.ledger.reading import ROW_COLUMNS, Reader, note_key
from wfctl.ledger.recorded import Chain, Envelope, Stamps
from wfctl.ledger.resources import Changes, Resources
from wfctl.ledger.row import columns
from wfctl.ledger.secret_name import references_in
from wfctl.ledger.secrets_table import SecretsTable
from wfctl.ledger.store import FINAL
from wfctl.ledger.trouble import named
from wfctl.ledger.vault import Vault

_EVENT = "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
_DOCUMENT = "INSERT OR IGNORE INTO document VALUES(?, ?, ?)"
_STORED = "SELECT 1 FROM document WHERE digest = ?"
PUT_ROW = f"INSERT OR REPLACE INTO resource({', '.join(ROW_COLUMNS)}) VALUES({', '.join('?' * len(ROW_COLUMNS))})"
_NO_ROW = "DELETE FROM resource WHERE workspace = ? AND name = ?"
_SERIAL = "UPDATE workspace SET serial = serial + 1 WHERE name = ?"
_NOTE = "INSERT OR REPLACE INTO meta SELECT ?, lineage || '/' || serial || '/' || ? FROM workspace WHERE name = ?"
_HEAD = "UPDATE run SET head_seq = ?, head_hash = ? WHERE run_id = ? AND head_seq = ? AND epoch = ?"
_FENCE = "SELECT epoch, run_id FROM lease WHERE workspace = ?"
_RESULT = "INSERT OR REPLACE INTO action_result VALUES(?, ?, ?, ?, ?, ?, ?)"
_STANDING = "UPDATE run SET status = ?, finished_at = NULL WHERE run_id = ?"
_GOING_ON = "UPDATE run SET status = ?, result = NULL, exit_code = NULL, finished_at = NULL WHERE run_id = ?"
_ACTIVE = "UPDATE workspace SET active_run = ? WHERE name = ?"
_UNFINISHED = "SELECT 1 FROM run WHERE workspace = ? AND result IS NULL"
"""A run beside this one that may still need the secrets from before it: the state is mended under an interrupted run."""

_END = (
    "UPDATE run SET status = ?, result = ?, exit_code = ?, cause = ?, finished_at = coalesce(?, finished_at) "
    "WHERE run_id = ?"
)


class Appender:
    """Writes the batches of one run over one connection, under one lease."""

    def __init__(self, reader: Reader, lease: Lease, *, chain: Chain, resources: Resources, vault: Vault) -> None:
        self._connection = reader.connection
        self._path = reader.path
        self._lease = lease
        self._file: Identity | None = identity(reader.path)
        self._chain = chain
        self._resources = resources
        self._secrets = SecretsTable(reader, lease.workspace, vault)

    @property
    def run_id(self) -> RunId:
        """The run."""
        return RunId(self._chain.run_id)

    @property
    def seq(self) -> int:
        """The sequence number of the last durable event."""
        return self._chain.seq

    def replay(self, recorded: Recorded) -> None:
        """Go on after an event that is durable already."""
        self._resources.replay(recorded)

    def append(self, batch: Batch) -> None:
        """Make a batch durable, whole or not at all.

        Raises LeaseLostError, WfctlError of kind ledger, or of kind internal for records that cannot follow.
        """
        with named(self._path):
            self._expect_same_file()
            with transaction(self._connection):
                self._fence()
                written = self.write(batch)
            self._expect_same_file()
        self.adopt(*written)

    def write(self, batch: Batch) -> tuple[Chain, Changes]:
        """Write a batch into a transaction that is open. What it returns is to be adopted after the commit."""
        chain = self._chain.fork()
        envelopes = self._sealed(chain, batch)
        changes = self._resources.changes(batch.records, [envelope.recorded_at for envelope in envelopes])
        self._connection.executemany(_EVENT, envelopes)
        self._documents(batch.documents)
        self._documents(changes.documents)
        self._expect_documents(changes.named - batch.documents.keys() - changes.documents.keys())
        self._secrets.write(batch.secrets)
        self._rows(changes, batch.secrets)
        self._head(chain, envelopes)
        if batch.outcome is not None:
            self._outcome(batch.outcome, envelopes)
        return chain, changes

    def adopt(self, chain: Chain, changes: Changes) -> None:
        """What was written is durable."""
        self._chain = chain
        self._resources.adopt(changes)

    def _expect_same_file(self) -> None:
        if identity(self._path) != self._file:
            raise WfctlError(
                Kind.LEDGER,
                "LEDGER_REPLACED",
                f"{self._path} was removed or replaced while run {self._chain.run_id} was writing to it",
                hint="put the file back before anything else is applied in this workspace",
            )

    def _fence(self) -> None:
        row = self._connection.execute(_FENCE, (self._lease.workspace,)).fetchone()
        if row != (self._lease.epoch, self._lease.run_id):
            newest = row[0] if row else None
            raise LeaseLostError(
                f"the lock is at epoch {newest} now, and this process writes under {self._lease.epoch}"
            )

    def _sealed(self, chain: Chain, batch: Batch) -> list[Envelope]:
        try:
            return [chain.seal(recorded, self._lease.epoch) for recorded in batch.records]
        except ValueError as error:
            raise WfctlError(Kind.INTERNAL, "LEDGER_SEQUENCE", f"run {chain.run_id}: {error}") from error

    def _documents(self, documents: Mapping[Digest, bytes]) -> None:
        if documents:
            rows = [(bytes.fromhex(digest), len(body), body) for digest, body in documents.items()]
            self._connection.executemany(_DOCUMENT, rows)

    def _expect_documents(self, digests: Iterable[Digest]) -> None:
        for digest in digests:
            if self._connection.execute(_STORED, (bytes.fromhex(digest),)).fetchone() is None:
                message = f"run {self._chain.run_id}: an event names document {digest}, which nobody stored"
                raise WfctlError(Kind.INTERNAL, "DOCUMENT_MISSING", message)

    def _rows(self, changes: Changes, fresh: Iterable[SecretWrite]) -> None:
        if not changes.rows:
            return
        workspace = self._lease.workspace
        kept = [columns(stored.row, stored.hash) for stored in changes.rows.values() if stored is not None]
        gone = [(workspace, name) for name, stored in changes.rows.items() if stored is None]
        self._connection.executemany(PUT_ROW, kept)
        if gone:
            self._connection.executemany(_NO_ROW, gone)
        self._connection.execute(_SERIAL, (workspace,))
        self._connection.execute(_NOTE, (note_key(workspace), f"{changes.total:064x}", workspace))
        if changes.put_back:
            self._put_secrets_back(changes, {secret.name for secret in fresh})

    def _put_secrets_back(self, changes: Changes, fresh: set[str]) -> None:
        stored = (changes.rows.get(name) for name in sorted(changes.put_back))
        outputs = [found.row.outputs_doc for found in stored if found is not None and found.row.outputs_doc]
        for digest in outputs:
            self._secrets.put_back(references_in(self._secrets.document(digest)) - fresh)

    def _head(self, chain: Chain, envelopes: Sequence[Envelope]) -> None:
        before, run_id = self._chain, chain.run_id
        head = (chain.seq, chain.hash, run_id, before.seq, self._lease.epoch)
        if self._connection.execute(_HEAD, head).rowcount != 1:
            raise WfctlError(
                Kind.LEDGER,
                "LEDGER_DIVERGED",
                f"{self._path}: run {run_id} does not end with event {before.seq} any more",
                hint=f"wfctl resume {run_id} reads what is there and goes on from it",
            )
        if any(envelope.type == "RunResumed" for envelope in envelopes):
            self._connection.execute(_STANDING, (RunResult.RUNNING, run_id))
        if any(envelope.type == "RollbackRequested" for envelope in envelopes):
            # It was over, and is not any more: until it is again, nothing else may begin in the workspace.
            self._connection.execute(_GOING_ON, (RunResult.RUNNING, run_id))
            self._connection.execute(_ACTIVE, (run_id, self._lease.workspace))

    def _outcome(self, outcome: RunOutcome, envelopes: Sequence[Envelope]) -> None:
        run_id, over = self._chain.run_id, outcome.result in FINAL
        cause = None if outcome.cause is None else msgspec.json.encode(outcome.cause).decode()
        ended = envelopes[-1].recorded_at if envelopes else None
        result = outcome.result if over else None
        self._connection.executemany(_RESULT, result_rows(run_id, outcome.actions))
        self._connection.execute(_END, (outcome.result, result, outcome.exit_code, cause, ended, run_id))
        if over:
            sql = "UPDATE workspace SET active_run = NULL WHERE name = ? AND active_run = ?"
            self._connection.execute(sql, (self._lease.workspace, run_id))
            if self._connection.execute(_UNFINISHED, (self._lease.workspace,)).fetchone() is None:
                self._secrets.sweep()


def result_rows(run_id: str, actions: Iterable[ActionOutcome]) -> Iterator[tuple[object, ...]]:
    """The rows of outcomes, column by column."""
    stamp = Stamps().stamp
    for action in actions:
        body = msgspec.json.encode(action).decode()
        began = stamp(action.started_at) if action.started_at else None
        ended = stamp(action.finished_at) if action.finished_at else None
        yield run_id, action.plan_index, int(action.status), action.attempts, body, began, ended
