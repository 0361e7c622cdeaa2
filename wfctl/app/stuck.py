"""Take up every run whose process died, one after the other: what a timer calls, with nobody there to look.

Knows nothing of how one run is taken up. A run that was asked to stop, and did, is not stuck: whoever stopped it goes on with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from wfctl.app import compose, project
from wfctl.app.orders import ResumeOrder, Where
from wfctl.app.resume import LOCAL, resume
from wfctl.app.runs import is_driven
from wfctl.app.settings import Settings
from wfctl.core.outcome import RunOutcome, RunResult
from wfctl.errors import WfctlError
from wfctl.ledger import holder
from wfctl.ledger.store import RunRow, Store
from wfctl.views.view import Several, View


class TakenUp(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was stuck and what came of it: how it went, or what kept it from being taken up."""

    run_id: str
    workspace: str
    outcome: RunOutcome | None = None
    problem: WfctlError | None = None

    @property
    def overtaken(self) -> bool:
        """Whether somebody else was quicker: then it is not stuck."""
        return self.problem is not None and self.problem.code in (holder.LOCKED, "RUN_FINISHED")


async def resume_stuck(settings: Settings, order: ResumeOrder, view: View) -> AsyncIterator[TakenUp]:
    """Take up every run of the project that is on record as going on and that nobody drives; `order.run_id` is not looked at.

    A run that a signal stops again is the last. Raises WfctlError where the project cannot be read.
    """
    place = project.find(settings, order.where, view)
    with compose.ledger(settings, place, view.notice) as record:
        rows = _stuck(settings, record.store) if record is not None else []
    for row in rows:
        where = _where(order.where, row, meant=place.workspace)
        wanted = msgspec.structs.replace(order, where=where, run_id=row.run_id, obedient=True)
        taken = await _taken_up(settings, wanted, row)
        yield taken
        if taken.outcome is not None and taken.outcome.cancelled_by.startswith("SIG"):
            return


def _stuck(settings: Settings, store: Store) -> list[RunRow]:
    runs = [store.run(workspace.active_run) for workspace in store.workspaces() if workspace.active_run]
    return [run for run in runs if _is_stuck(settings, store, run)]


def _is_stuck(settings: Settings, store: Store, run: RunRow) -> bool:
    return run.engine == LOCAL and run.status is RunResult.RUNNING and not is_driven(settings, store, run)


def _where(where: Where, row: RunRow, *, meant: str) -> Where:
    """As the run was named: a workspace that this call does not mean anyway is taken for an environment of the same name.

    Where there is no such environment the base configuration is used, and if that is not what the run began with, it stays.
    """
    env = where.env if row.workspace == meant else row.workspace
    return msgspec.structs.replace(where, env=env, workspace=row.workspace)


async def _taken_up(settings: Settings, order: ResumeOrder, row: RunRow) -> TakenUp:
    try:
        # Nobody looks: what there is to know is on record.
        outcome = await resume(settings, order, Several())
    except WfctlError as problem:
        return TakenUp(run_id=row.run_id, workspace=row.workspace, problem=problem)
    return TakenUp(run_id=row.run_id, workspace=row.workspace, outcome=outcome)
