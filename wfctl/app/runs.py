"""Look at runs. Changes nothing."""

from __future__ import annotations

import shlex

import msgspec

from wfctl.app import compose, project
from wfctl.app.facts import pruned_page, run_facts
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.core.assess import assess
from wfctl.core.outcome import RunResult
from wfctl.core.plan import RunId
from wfctl.core.run import RunState, fold
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Lease, Standing, held, standing
from wfctl.ledger.store import RunRow, Store
from wfctl.views.rows import RunFacts, RunPage
from wfctl.views.view import View


def list_runs(
    settings: Settings, where: Where, view: View, *, everywhere: bool = False, limit: int | None = None
) -> tuple[RunFacts, ...]:
    """The runs of the workspace, or of all of them, the newest first."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            return ()
        rows = record.store.runs(None if everywhere else place.workspace, limit=limit)
        return tuple(_listed(settings, record.store, row) for row in rows)


def _listed(settings: Settings, store: Store, row: RunRow) -> RunFacts:
    if row.pruned:
        return pruned_page(row, store.action_results(row.run_id)).run
    # The first event alone says what a list needs to know.
    return _facts(settings, store, row, fold([next(store.events(row.run_id))]))


def show_run(settings: Settings, where: Where, run_id: str, view: View, *, full_record: bool = False) -> RunPage:
    """One run looked back at; without an id the newest. Raises WfctlError (usage): RUN_UNKNOWN, NO_RUNS."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            raise no_runs(place.workspace)
        store = record.store
        row = store.run(RunId(run_id)) if run_id else newest(store, place.workspace)
        if row.pruned:
            return pruned_page(row, store.action_results(row.run_id), project=place.name)
        records = list(store.events(row.run_id))
        state = fold(records)
        facts = _facts(settings, store, row, state, project=place.name)
        if row.workspace != place.workspace:
            # As it was named, most likely: an environment is a workspace of the same name.
            facts = msgspec.structs.replace(facts, options=f"--env {shlex.quote(row.workspace)}")
    # What was assessed is what would be true if the run ended now; where it stands the row says.
    outcome = msgspec.structs.replace(assess(state), result=RunResult(facts.result))
    return RunPage(run=facts, outcome=outcome, records=records, full_record=full_record)


def is_driven(settings: Settings, store: Store, row: RunRow) -> bool:
    """Whether a process or an engine holds the run's workspace for it."""
    lease = store.lease(row.workspace)
    return lease is not None and lease.run_id == row.run_id and held(lease, compose.claim(settings))


def not_driven(settings: Settings, row: RunRow, lease: Lease | None, *, hint: str) -> WfctlError:
    """The error for a run that is not over and that no process drives; what became of its process, if that is known."""
    found = standing(lease, compose.claim(settings))
    gone = lease is not None and lease.run_id == row.run_id and found in (Standing.DIED, Standing.RAN_OUT)
    why = f": {holder.fate(lease, found)}" if gone and lease is not None else ""
    return WfctlError(Kind.USAGE, "RUN_NOT_DRIVEN", f"nobody drives run {row.run_id}{why}", hint=hint)


def _facts(settings: Settings, store: Store, row: RunRow, state: RunState, project: str = "") -> RunFacts:
    """The facts of a run; one that runs on record and is driven by nobody was interrupted."""
    lease = store.lease(row.workspace)
    owner = lease.owner if lease and lease.run_id == row.run_id else ""
    facts = run_facts(row, state.begun, project=project, owner=owner, resumed=state.resumed > 0)
    if row.status is RunResult.RUNNING and not is_driven(settings, store, row):
        return msgspec.structs.replace(facts, result=RunResult.INTERRUPTED)
    return facts


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
