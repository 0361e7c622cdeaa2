"""Take away the record of runs that are over and that nothing needs, so that the rest still tells the state.

What stays of a pruned run is its row and the outcomes of its actions. All resource rows of the moment are written down as a
base, from which the state can be made again without the events that are gone.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from wfctl.core import events
from wfctl.core.outcome import ActionOutcome
from wfctl.core.plan import Digest, Plan, RunId
from wfctl.engine.ports import Batch
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import schema
from wfctl.ledger.aside import record_aside
from wfctl.ledger.beginning import started_of
from wfctl.ledger.check_record import documents_of
from wfctl.ledger.check_state import differences
from wfctl.ledger.keeper import read_lease, transaction
from wfctl.ledger.lease import Claim, held
from wfctl.ledger.reading import Reader, pruned_key
from wfctl.ledger.rebuild import Base, encode_base, rebuild, remains
from wfctl.ledger.row import ResourceRow
from wfctl.ledger.store import FINAL, RunRow, WorkspaceRow
from wfctl.ledger.trouble import named
from wfctl.ledger.vault import Vault

Told = Callable[[WorkspaceRow, Digest, bytes], tuple[Plan, Batch]]
"""Puts a pruning into the words of a run, given the workspace as it stands and the base with its name."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs of a workspace may go: all but the `keep` newest, as far as they ended before `before` (Unix seconds)."""

    workspace: str
    keep: int = 0
    before: float | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a wish comes to: the runs to prune, and those that must stay although they are wished away, with the reason."""

    wish: Wish
    runs: tuple[RunRow, ...] = ()
    needed: tuple[tuple[RunId, str], ...] = ()


def choose(path: Path, wish: Wish) -> Choice:
    """What would be pruned, the newest run first. Changes nothing."""
    with named(path), contextlib.closing(schema.connect(path)) as connection:
        reader = Reader(connection, path)
        with reader.snapshot():
            return _choose(reader, wish)


def prune(path: Path, claim: Claim, vault: Vault, choice: Choice, told: Told) -> None:
    """Prune what was chosen, in one transaction.

    Raises WfctlError: WORKSPACE_LOCKED while somebody drives a run there, STATE_MOVED when the choice would be another one now,
    STATE_STRAYED when the state is not what the events say.
    """
    with named(path), contextlib.closing(schema.connect(path)) as connection, transaction(connection):
        reader = Reader(connection, path)
        known = reader.workspace(choice.wish.workspace)
        if known is None or _choose(reader, choice.wish) != choice:
            message = "the runs of the workspace changed since they were chosen"
            raise WfctlError(Kind.STALE_PLAN, "STATE_MOVED", message, hint="wfctl runs prune")
        runs = [run.run_id for run in choice.runs]
        plan, batch = told(known, *_base(reader, known.name, runs))
        record_aside(reader, claim, vault, plan=plan, batch=batch)
        _take_away(connection, runs, started_of(batch).run_id)
        _sweep(connection)


def shrink(path: Path, claim: Claim) -> bool:
    """Give the room that was freed back to the disk, unless somebody works with the file; whether it was done."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(schema.connect(path)) as connection:
        reader = Reader(connection, path)
        leases = (read_lease(reader, known.name) for known in reader.workspaces())
        if not any(held(lease, claim) for lease in leases):
            connection.execute("VACUUM")
            return True
    return False


# --- choosing ----------------------------------------------------------------------------------------------------------


def _choose(reader: Reader, wish: Wish) -> Choice:
    rows = [stored.row for stored in reader.rows(wish.workspace)[0]]
    over = [run for run in reader.runs(wish.workspace, None) if run.result in FINAL and not run.pruned]
    wished = [run for run in over[wish.keep :] if wish.before is None or run.finished_at < wish.before]
    reasons = {run.run_id: _needed(run, rows, reader.action_results(run.run_id)) for run in wished}
    return Choice(
        wish=wish,
        runs=tuple(run for run in wished if not reasons[run.run_id]),
        needed=tuple((run.run_id, reasons[run.run_id]) for run in wished if reasons[run.run_id]),
    )


def _needed(run: RunRow, rows: Iterable[ResourceRow], outcomes: Iterable[ActionOutcome]) -> str:
    """Why a run must stay; empty when nothing needs it."""
    for row in rows:
        if row.mark_run == run.run_id:
            return f"{row.type}.{row.name} is {row.mark} because of it"
        if row.hooks_pending and row.run_id == run.run_id:
            return f"{row.type}.{row.name} owes hooks since then"
    for outcome in outcomes:
        if outcome.in_doubt or not outcome.final:
            return f"{outcome.address} is not settled"
        if outcome.residue:
            return f"{outcome.address} left something behind"
    return ""


# --- taking away -------------------------------------------------------------------------------------------------------


def _base(reader: Reader, workspace: str, runs: list[RunId]) -> tuple[Digest, bytes]:
    rows = {stored.row.name: stored.row for stored in reader.rows(workspace)[0]}
    rebuilt = rebuild(reader, workspace)
    wrong = [f"{name}: {how}" for name, how in differences(rows, rebuilt.rows)]
    if wrong:
        message = "the state is not what the events say, so they must not be taken away"
        raise WfctlError(
            Kind.NEEDS_PERSON, "STATE_STRAYED", message, hint="wfctl state verify", details=tuple(wrong[:20])
        )
    pruned = rebuilt.pruned | {run_id: remains(reader, run_id) for run_id in runs}
    body = encode_base(Base(rows=tuple(rows[name] for name in sorted(rows)), pruned=pruned))
    return Digest(sha256(body).hexdigest()), body


def _take_away(connection: sqlite3.Connection, runs: list[RunId], by: RunId) -> None:
    ids = [(run_id,) for run_id in runs]
    connection.executemany("DELETE FROM event WHERE run_id = ?", ids)
    connection.executemany("DELETE FROM inbox WHERE run_id = ?", ids)
    connection.executemany("INSERT INTO meta VALUES(?, ?)", [(pruned_key(run_id), by) for run_id in runs])


def _sweep(connection: sqlite3.Connection) -> None:
    """Take away the documents that no resource, no run with events and no event names any more."""
    connection.execute("CREATE TEMP TABLE kept(digest BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.execute(_KEPT_BY_ROWS)
    bodies = connection.execute(_MAY_NAME_DOCUMENTS)
    while page := bodies.fetchmany(1000):
        found = {digest for (body,) in page for digest in documents_of(events.decode(body))}
        connection.executemany("INSERT OR IGNORE INTO kept VALUES(?)", [(bytes.fromhex(digest),) for digest in found])
    connection.execute("DELETE FROM document WHERE digest NOT IN (SELECT digest FROM kept)")
    connection.execute("DROP TABLE kept")


_KEPT_BY_ROWS = """
INSERT OR IGNORE INTO kept
SELECT config_doc FROM resource WHERE config_doc IS NOT NULL
UNION SELECT outputs_doc FROM resource WHERE outputs_doc IS NOT NULL
UNION SELECT plan_doc FROM run WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'pruned:' || run_id)
"""
_MAY_NAME_DOCUMENTS = (
    "SELECT body FROM event WHERE type IN ('ActionApplied', 'CompensationSucceeded', 'ActionSettled', 'StateEdited')"
)
