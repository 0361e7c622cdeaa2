"""What to say of the one who holds a workspace, or held it: who it is, since when, and what to type.

Decides nothing: how a lease stands is `lease`'s.
"""

from __future__ import annotations

from wfctl.core.plan import RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.lease import LEASE, Lease, Standing
from wfctl.ledger.recorded import stamp

LOCKED = "WORKSPACE_LOCKED"
UNFINISHED = "RUN_UNFINISHED"


def named(lease: Lease) -> str:
    """The holder: `ana@host (process 4711)`, or the engine that holds it from elsewhere."""
    if lease.expires_at is None:
        return f"engine {lease.engine}"
    return f"{lease.owner} (process {lease.pid})"


def moment(at: float) -> str:
    """Unix seconds as `2026-01-31T12:00:00Z`; `an unknown time` for 0."""
    return f"{stamp(at)[:19]}Z" if at else "an unknown time"


def last_heard_of(lease: Lease) -> float:
    """When the holder renewed the lease for the last time, in Unix seconds by its own clock; 0 where leases are not renewed."""
    return max(0.0, lease.expires_at - LEASE) if lease.expires_at is not None else 0.0


def fate(lease: Lease, standing: Standing) -> str:
    """What became of a holder who does not hold the workspace any more, as the end of a sentence."""
    what = "died" if standing is Standing.DIED else "stopped renewing its lock"
    return f"{named(lease)} {what}, last heard of at {moment(last_heard_of(lease))}"


def locked(lease: Lease, *, begun: float) -> WfctlError:
    """The error for a workspace that somebody holds; their run began at `begun` (Unix seconds, 0 = not known)."""
    run = lease.run_id
    ends = f"without a sign of life it ends at {moment(lease.expires_at)}" if lease.expires_at is not None else ""
    return WfctlError(
        Kind.LOCK,
        LOCKED,
        f"workspace {lease.workspace} is locked by {named(lease)} for run {run}, which began at {moment(begun)}",
        hint=f"wait for it (--lock-timeout 10m), look at it (wfctl runs watch {run}) or stop it: wfctl runs cancel {run}",
        details=(ends,) if ends else (),
    )


def unfinished(run_id: RunId, workspace: str, lease: Lease | None, standing: Standing) -> WfctlError:
    """The error for a workspace with a run that is not over and that nobody holds."""
    why = f": {fate(lease, standing)}" if lease is not None and lease.run_id == run_id else ""
    return WfctlError(
        Kind.LOCK,
        UNFINISHED,
        f"run {run_id} of workspace {workspace} is not over{why}",
        hint=f"wfctl resume {run_id}",
    )
