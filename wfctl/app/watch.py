"""Watch: follow a run that another process drives, from its first fact to its last. Changes nothing."""

from __future__ import annotations

import asyncio
from typing import Final

from wfctl.app import compose, project
from wfctl.app.facts import run_facts
from wfctl.app.orders import Where
from wfctl.app.runs import is_driven, no_runs, not_driven, only_unfinished
from wfctl.app.settings import Settings
from wfctl.core.assess import assess
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import RunId
from wfctl.core.run import RunState, evolve
from wfctl.ledger.store import RunRow, Store
from wfctl.views.view import View

INTERVAL: Final = 0.2
"""Seconds between two looks at the record."""


async def watch(settings: Settings, where: Where, run_id: str, view: View) -> RunOutcome:
    """Show a run until it is over; without an id the unfinished one. A run that is over is shown from its record.

    Raises WfctlError: RUN_UNKNOWN, NOTHING_UNFINISHED, RUN_NOT_DRIVEN when nobody goes on with it.
    """
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise no_runs(place.workspace)
        store = record.store
        row = store.run(RunId(run_id)) if run_id else only_unfinished(store, place.workspace)
        state = RunState()
        while True:
            # Asked before the record is read: what its process wrote as its last is then among what is read.
            driven = is_driven(settings, store, row)
            _follow(store, row, state, view, project=place.name)
            if state.finished is not None and not driven:
                outcome = assess(state)
                row = store.run(row.run_id)
                view.finished(outcome, run_facts(row, state.begun, project=place.name, resumed=state.resumed > 0))
                return outcome
            if not driven:
                hint = f"go on with it: wfctl resume {row.run_id}"
                raise not_driven(settings, row, store.lease(row.workspace), hint=hint)
            view.tick(settings.now())
            await asyncio.sleep(INTERVAL)


def _follow(store: Store, row: RunRow, state: RunState, view: View, *, project: str) -> None:
    """Show what is new on record, one event after the other: a view may look at the state as it was then."""
    for recorded in store.events(row.run_id, after=state.seq):
        begins = state.started is None
        evolve(state, recorded)
        if begins:
            view.run_started(run_facts(row, state.begun, project=project, resumed=state.resumed > 0))
        view.publish((recorded,), state)
