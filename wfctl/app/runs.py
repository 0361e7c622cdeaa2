"""Look at runs, and leave word for the process that drives one."""

from __future__ import annotations

from wfctl.app import compose
from wfctl.app.facts import run_facts
from wfctl.app.inbox import cancel_letter
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.core.assess import assess
from wfctl.core.events import RunStarted
from wfctl.core.outcome import RunResult
from wfctl.core.plan import RunId
from wfctl.core.run import fold
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import FINAL, RunRow, Store
from wfctl.views.rows import RunFacts, RunPage
from wfctl.views.view import View


def list_runs(
    settings: Settings, where: Where, view: View, *, everywhere: bool = False, limit: int | None = None
) -> tuple[RunFacts, ...]:
    """The runs of the workspace, or of all of them, the newest first."""
    place = compose.place(settings, where, view)
    with compose.ledger(settings, place, view) as record:
        store = record.store if record else None
        rows = store.runs(None if everywhere else place.workspace, limit=limit) if store else ()
        return tuple(run_facts(row, _started(store, row)) for row in rows) if store else ()


def show_run(settings: Settings, where: Where, run_id: str, view: View, *, full_record: bool = False) -> RunPage:
    """One run looked back at; without an id the newest. Raises WfctlError (usage): RUN_UNKNOWN, NO_RUNS."""
    place = compose.place(settings, where, view)
    with compose.ledger(settings, place, view) as record:
        store = record.store if record else None
        if store is None:
            raise no_runs(place.workspace)
        row = store.run(RunId(run_id)) if run_id else newest(store, place.workspace)
        records = list(store.events(row.run_id))
        lease = store.lease(row.workspace)
    state = fold(records)
    owner = lease.owner if lease and lease.run_id == row.run_id else ""
    facts = run_facts(row, state.begun, project=place.name, owner=owner, resumed=state.resumed > 0)
    return RunPage(run=facts, outcome=assess(state), records=records, full_record=full_record)


def cancel_run(settings: Settings, where: Where, run_id: str, view: View, *, final: bool = False) -> None:
    """Ask whoever drives a run to stop. Raises WfctlError (usage): RUN_UNKNOWN, RUN_NOT_ACTIVE."""
    place = compose.place(settings, where, view)
    with compose.ledger(settings, place, view) as record:
        store = record.store if record else None
        if store is None:
            raise no_runs(place.workspace)
        row = store.run(RunId(run_id)) if run_id else only_unfinished(store, place.workspace)
        if row.status in FINAL or row.status is RunResult.INTERRUPTED:
            raise WfctlError(
                Kind.USAGE, "RUN_NOT_ACTIVE", f"run {row.run_id} is {row.status}: nothing drives it", hint=_next(row)
            )
        store.put(cancel_letter(row.run_id, final=final, actor=settings.owner, at=settings.now()))
    view.notice(f"Run {row.run_id} was asked to stop.")


def _started(store: Store, row: RunRow) -> RunStarted:
    return fold([next(store.events(row.run_id))]).begun


def newest(store: Store, workspace: str) -> RunRow:
    """The newest run of a workspace. Raises WfctlError (usage, NO_RUNS)."""
    rows = store.runs(workspace, limit=1)
    if not rows:
        raise no_runs(workspace)
    return rows[0]


def only_unfinished(store: Store, workspace: str) -> RunRow:
    """The run of a workspace that is not over. Raises WfctlError (usage, NOTHING_UNFINISHED)."""
    known = store.workspace(workspace)
    if known is None or known.active_run is None:
        raise WfctlError(
            Kind.USAGE, "NOTHING_UNFINISHED", f"workspace {workspace} has no unfinished run", hint="wfctl runs list"
        )
    return store.run(known.active_run)


def no_runs(workspace: str) -> WfctlError:
    """The error for a workspace nothing was ever done in."""
    return WfctlError(Kind.USAGE, "NO_RUNS", f"workspace {workspace} has no runs yet", hint="wfctl apply")


def _next(row: RunRow) -> str:
    return f"wfctl resume {row.run_id}" if row.status is RunResult.INTERRUPTED else f"wfctl runs show {row.run_id}"
