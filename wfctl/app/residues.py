"""What runs left behind and nobody has settled: things that may exist, may cost money, and that no run will look at again.

Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from wfctl.app import compose, project
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.core.outcome import ActionOutcome, ActionStatus
from wfctl.ledger.store import FINAL, RunRow, Store
from wfctl.views.next_command import asks
from wfctl.views.rows import ResidueRow
from wfctl.views.view import View


def list_residues(settings: Settings, where: Where, view: View, *, everywhere: bool = False) -> tuple[ResidueRow, ...]:
    """The residues of the workspace, or of all of them, those of the newest run first."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        if record is None:
            return ()
        store = record.store
        names = [row.name for row in store.workspaces()] if everywhere else [place.workspace]
        return tuple(row for name in names for row in _of(store, name))


def _of(store: Store, workspace: str) -> Iterator[ResidueRow]:
    """Of one workspace. What a later run applied again with success is settled by that, unless it lies beside the state."""
    applied: set[str] = set()
    for run in store.runs(workspace):  # the newest first
        outcomes = store.action_results(run.run_id)
        if run.result in FINAL:
            for outcome in outcomes:
                if asks(outcome) and (outcome.residue or outcome.in_doubt or outcome.name not in applied):
                    yield from _rows(run, outcome)
        applied |= {outcome.name for outcome in outcomes if outcome.status is ActionStatus.SUCCESS}


def _rows(run: RunRow, outcome: ActionOutcome) -> Iterator[ResidueRow]:
    """One row for each thing that is left."""
    since = outcome.finished_at or run.finished_at
    if not outcome.residue:
        yield _row(run, outcome, outcome.provider_id, _why(outcome), since)
    for left in outcome.residue:
        yield _row(run, outcome, left.provider_id, left.note, since)


def _row(run: RunRow, outcome: ActionOutcome, provider_id: str, what: str, since: float) -> ResidueRow:
    return ResidueRow(
        run_id=run.run_id,
        workspace=run.workspace,
        address=outcome.address,
        provider=outcome.provider,
        provider_id=provider_id,
        what=what,
        since=since,
    )


def _why(outcome: ActionOutcome) -> str:
    failure = outcome.undo_error or outcome.error
    return f"{outcome.status.name}: {failure.code}: {failure.message}" if failure else outcome.status.name
