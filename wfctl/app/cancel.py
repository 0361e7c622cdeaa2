"""Cancel: ask the process that drives a run to stop, or end a run for good that nobody drives."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.inbox import cancel_letter
from wfctl.app.orders import ResumeOrder, Stop, Where
from wfctl.app.resume import LOCAL, resume
from wfctl.app.runs import is_driven, no_runs, not_driven, only_unfinished
from wfctl.app.settings import Settings
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Lease
from wfctl.ledger.store import FINAL, RunRow
from wfctl.views.view import View


async def cancel(settings: Settings, where: Where, run_id: str, stop: Stop, view: View) -> RunOutcome | None:
    """Leave word, and return None; or, for good, take up a run that nobody drives to look up its doubts and end it.

    Raises WfctlError: RUN_UNKNOWN, RUN_FINISHED, NOTHING_UNFINISHED, RUN_NOT_DRIVEN, ENGINE_ACTION_UNSUPPORTED, and what
    `resume` raises.
    """
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise no_runs(place.workspace)
        row = record.store.run(RunId(run_id)) if run_id else only_unfinished(record.store, place.workspace)
        _expect_cancellable(row)
        lease = record.store.lease(row.workspace)
        if is_driven(settings, record.store, row) and lease is not None:
            record.store.put(cancel_letter(row.run_id, stop, actor=settings.owner, at=settings.now()))
            view.notice(f"Run {row.run_id} was asked to stop; {holder.named(lease)} hears of it within a second.")
            return None
        if not stop.final:
            raise _not_driven(settings, row, lease)
    order = ResumeOrder(where=where, run_id=row.run_id, accept_changed=True, cancel=stop)
    return await resume(settings, order, view)


def _expect_cancellable(row: RunRow) -> None:
    if row.status in FINAL:
        message = f"run {row.run_id} is over: {row.status}"
        raise WfctlError(Kind.USAGE, "RUN_FINISHED", message, hint=f"wfctl runs show {row.run_id}")
    if row.engine != LOCAL:
        raise WfctlError(
            Kind.USAGE,
            "ENGINE_ACTION_UNSUPPORTED",
            f"run {row.run_id} is driven by engine {row.engine}, which alone can stop it",
            hint=f"wfctl runs show {row.run_id}",
        )


def _not_driven(settings: Settings, row: RunRow, lease: Lease | None) -> WfctlError:
    hint = f"go on with it: wfctl resume {row.run_id}; or end it for good: wfctl runs cancel {row.run_id} --final"
    return not_driven(settings, row, lease, hint=hint)
