"""Look at who holds which workspace, and take one away on a person's word."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import BreakOrder, Where
from wfctl.app.settings import Settings
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Break, Lease, Standing, standing
from wfctl.views.rows import LockRow
from wfctl.views.view import View


def list_locks(settings: Settings, where: Where, view: View) -> tuple[LockRow, ...]:
    """Every workspace that somebody holds, or held and never gave back."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            return ()
        leases = [record.store.lease(workspace.name) for workspace in record.store.workspaces()]
    claim = compose.claim(settings)
    return tuple(
        _row(lease, found)
        for lease in leases
        if lease is not None and (found := standing(lease, claim)) is not Standing.FREE
    )


def break_lock(settings: Settings, order: BreakOrder, view: View) -> None:
    """End the lease of the workspace.

    Raises WfctlError: NOT_LOCKED, LOCK_ALIVE for a holder that may live, unless forced, ENGINE_ACTION_UNSUPPORTED.
    """
    place = project.find(settings, order.where, view)
    word = Break(workspace=place.workspace, run_id=order.run_id or None, reason=order.reason, force=order.force)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise WfctlError(
                Kind.USAGE, "NOT_LOCKED", f"nobody holds workspace {place.workspace}", hint="wfctl lock list"
            )
        lease = record.store.break_lease(word)
    view.notice(
        f"Took workspace {place.workspace} away from {holder.named(lease)}; go on with: wfctl resume {lease.run_id}"
    )


def _row(lease: Lease, found: Standing) -> LockRow:
    return LockRow(
        workspace=lease.workspace,
        run_id=lease.run_id or "",
        holder=holder.named(lease),
        standing=found,
        until=lease.expires_at or 0.0,
    )
