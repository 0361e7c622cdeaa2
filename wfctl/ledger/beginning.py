"""How a run comes into a ledger file, and who may take it over.

Every check stands in the same transaction as what depends on it, so that of several processes exactly one gets through.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from wfctl.core.events import RunStarted
from wfctl.core.outcome import RunResult
from wfctl.core.plan import Plan, RunId
from wfctl.engine.ports import Batch
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.keeper import read_lease, write_lease
from wfctl.ledger.lease import Claim, Lease, held, new_lease, standing
from wfctl.ledger.reading import Reader, note, note_key
from wfctl.ledger.recorded import genesis, stamp
from wfctl.ledger.store import FINAL, RunRow, WorkspaceRow

_RUN = "INSERT INTO run VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, 0, ?, ?, NULL)"


def started_of(first: Batch) -> RunStarted:
    """The event a run begins with. Raises WfctlError of kind internal."""
    event = first.records[0].event if first.records else None
    if not isinstance(event, RunStarted):
        raise WfctlError(Kind.INTERNAL, "LEDGER_SEQUENCE", "the first record of a run is not RunStarted")
    return event


def begin(reader: Reader, claim: Claim, *, plan: Plan, first: Batch, engine: str) -> tuple[Lease, bytes]:
    """Write everything about a new run but its events; a transaction must be open. Returns the lease and the genesis.

    Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED, PLAN_USED, STATE_MOVED.
    """
    started = started_of(first)
    before = read_lease(reader, started.workspace)
    lease = _take(reader, claim, started.workspace, started.run_id, engine)
    _expect_over(reader, claim, started.workspace, before)
    _expect_state(reader, started)
    _expect_unused(reader, started)
    at = stamp(first.records[0].at)
    body = msgspec.json.encode(plan)
    names = (started.workspace, engine, started.operation, started.plan_id)
    digest = sha256(body).digest()
    root = genesis(started.run_id, *names, digest, str(started.rules), at)
    reader.connection.execute("INSERT OR IGNORE INTO document VALUES(?, ?, ?)", (digest, len(body), body))
    reader.connection.execute(
        _RUN, (started.run_id, *names, digest, started.rules, lease.epoch, RunResult.RUNNING, root, at)
    )
    reader.connection.execute("INSERT INTO plan_use VALUES(?, ?, ?)", (started.plan_id, started.run_id, at))
    _activate(reader, started)
    return lease, root


def take_over(reader: Reader, claim: Claim, run: RunRow) -> Lease:
    """Take the workspace of a run that exists; a transaction must be open. Raises WfctlError WORKSPACE_LOCKED."""
    lease = _take(reader, claim, run.workspace, run.run_id, run.engine)
    reader.connection.execute("UPDATE run SET epoch = ? WHERE run_id = ?", (lease.epoch, run.run_id))
    return lease


def take_without_run(reader: Reader, claim: Claim, workspace: str, purpose: str) -> Lease:
    """Take a workspace for something that is no run; a transaction must be open.

    Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED.
    """
    before = read_lease(reader, workspace)
    lease = _take(reader, claim, workspace, RunId(purpose), "local")
    _expect_over(reader, claim, workspace, before)
    return lease


def expect_resumable(run: RunRow) -> None:
    """Raises WfctlError RUN_FINISHED for a run that is over."""
    if run.result in FINAL:
        message = f"run {run.run_id} is over: {run.result}"
        raise WfctlError(Kind.USAGE, "RUN_FINISHED", message, hint=f"wfctl runs show {run.run_id}")


def _take(reader: Reader, claim: Claim, workspace: str, run_id: RunId, engine: str) -> Lease:
    before = read_lease(reader, workspace)
    if before is not None and held(before, claim):
        raise holder.locked(before, begun=_begun(reader, before))
    lease = new_lease(before, workspace, claim, run_id=run_id, engine=engine)
    write_lease(reader.connection, lease)
    return lease


def _begun(reader: Reader, lease: Lease) -> float:
    try:
        return reader.run(RunId(lease.run_id or "")).started_at
    except WfctlError:
        return 0.0


def _expect_over(reader: Reader, claim: Claim, workspace: str, lease: Lease | None) -> None:
    known = reader.workspace(workspace)
    if known is not None and known.active_run is not None:
        raise holder.unfinished(known.active_run, known.name, lease, standing(lease, claim))


def _expect_state(reader: Reader, started: RunStarted) -> None:
    known = reader.workspace(started.workspace)
    lineage, serial = (known.lineage, known.serial) if known is not None else (started.lineage, 0)
    if (lineage, serial) != (started.lineage, started.serial):
        raise WfctlError(
            Kind.STALE_PLAN,
            "STATE_MOVED",
            f"the state of workspace {started.workspace} is {lineage} serial {serial}, "
            f"and the plan was made for {started.lineage or 'none'} serial {started.serial}",
            hint="make the plan again: wfctl plan",
        )


def _activate(reader: Reader, started: RunStarted) -> None:
    if reader.workspace(started.workspace) is None:
        fresh = WorkspaceRow(name=started.workspace, lineage=started.lineage, serial=0)
        reader.connection.execute("INSERT INTO workspace VALUES(?, ?, 0, NULL)", (fresh.name, fresh.lineage))
        reader.connection.execute("INSERT INTO meta VALUES(?, ?)", (note_key(fresh.name), note(fresh, 0)))
    sql = "UPDATE workspace SET active_run = ? WHERE name = ?"
    reader.connection.execute(sql, (started.run_id, started.workspace))


def _expect_unused(reader: Reader, started: RunStarted) -> None:
    row = reader.connection.execute("SELECT run_id FROM plan_use WHERE plan_id = ?", (started.plan_id,)).fetchone()
    if row is None:
        return
    run = reader.run(row[0])
    again = "make the plan again: wfctl plan" if run.result in FINAL else f"wfctl resume {run.run_id}"
    message = f"plan {started.plan_id} was already used, by run {run.run_id} ({run.status})"
    raise WfctlError(Kind.STALE_PLAN, "PLAN_USED", message, hint=again)
