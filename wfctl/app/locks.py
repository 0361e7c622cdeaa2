"""Look at who holds which workspace, and take one away on a person's word."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import BreakOrder, Where
from wfctl.app.settings import Settings
from wfctl.app.waiting import begun
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Break, Lease, Standing, standing
from wfctl.ledger.store import Store
from wfctl.views.rows import LockRow
from wfctl.views.view import View


def list_locks(settings: Settings, where: Where, view: View) -> tuple[LockRow, ...]:
    """Every workspace that somebody holds, or held and never gave back."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            return ()
        leases, claim = _leases(record.store), compose.claim(settings)
        found = [(lease, standing(lease, claim)) for lease in leases]
        return tuple(_row(record.store, lease, how) for lease, how in found if how is not Standing.FREE)


def break_lock(settings: Settings, order: BreakOrder, view: View) -> None:
    """End a lease.

    Raises WfctlError: NOT_LOCKED, LOCK_ALIVE for a holder that may live, unless forced, ENGINE_ACTION_UNSUPPORTED.
    """
    place = project.find(settings, order.where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise WfctlError(Kind.USAGE, "NOT_LOCKED", "nothing was ever locked here", hint="wfctl lock list")
        workspace, run_id = _meant(record.store, order.target or place.workspace)
        wanted = Break(workspace=workspace, run_id=run_id, reason=order.reason, force=order.force)
        lease = record.store.break_lease(wanted)
    view.notice(f"Took workspace {workspace} away from {holder.named(lease)}. Go on with: wfctl resume {lease.run_id}")


def _meant(store: Store, target: str) -> tuple[str, str | None]:
    """The workspace, and the run it must be held for if a run was named. A name that is neither is a workspace."""
    for lease in _leases(store):
        if lease.run_id == target:
            return lease.workspace, target
    return target, None


def _leases(store: Store) -> list[Lease]:
    leases = (store.lease(workspace.name) for workspace in store.workspaces())
    return [lease for lease in leases if lease is not None]


def _row(store: Store, lease: Lease, found: Standing) -> LockRow:
    return LockRow(
        workspace=lease.workspace,
        run_id=lease.run_id or "",
        holder=holder.named(lease),
        standing=found,
        engine=lease.engine,
        owner=lease.owner,
        host=lease.host,
        pid=lease.pid,
        epoch=lease.epoch,
        since=begun(store, lease),
        until=lease.expires_at or 0.0,
    )
