"""Cancel: ask the process that drives a run to stop, or end a run for good that nobody drives."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.inbox import cancel_letter
from wfctl.app.orders import ResumeOrder, Where
from wfctl.app.resume import resume
from wfctl.app.runs import is_driven, no_runs, only_unfinished
from wfctl.app.settings import Settings
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import FINAL
from wfctl.views.view import View


async def cancel(settings: Settings, where: Where, run_id: str, view: View, *, final: bool) -> RunOutcome | None:
    """Leave word, and return None; or, with `final`, take up a run that nobody drives to look up its doubts and end it.

    Raises WfctlError: RUN_UNKNOWN, RUN_FINISHED, NOTHING_UNFINISHED, RUN_NOT_DRIVEN, and what `resume` raises.
    """
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise no_runs(place.workspace)
        row = record.store.run(RunId(run_id)) if run_id else only_unfinished(record.store, place.workspace)
        if row.status in FINAL:
            message = f"run {row.run_id} is over: {row.status}"
            raise WfctlError(Kind.USAGE, "RUN_FINISHED", message, hint=f"wfctl runs show {row.run_id}")
        if is_driven(settings, record.store, row):
            record.store.put(cancel_letter(row.run_id, final=final, actor=settings.owner, at=settings.now()))
            view.notice(f"Run {row.run_id} was asked to stop.")
            return None
    if not final:
        raise WfctlError(
            Kind.USAGE,
            "RUN_NOT_DRIVEN",
            f"nobody drives run {row.run_id}, so there is nothing to stop",
            hint=f"go on with it: wfctl resume {row.run_id}; or end it for good: wfctl runs cancel {row.run_id} --final",
        )
    order = ResumeOrder(where=where, run_id=row.run_id, accept_changed=True, cancel=True)
    return await resume(settings, order, view)
