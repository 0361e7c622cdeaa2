"""A rehearsed rollback as the page that is shown before it is approved.

Knows nothing of layout, and judges nothing: what would happen is what the rehearsal came to.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfctl.core.action import ActionState, live_effect
from wfctl.core.assess import outcome_of
from wfctl.core.events import RollbackRequested
from wfctl.core.outcome import ActionStatus, Failure
from wfctl.core.rollback import PRESENT
from wfctl.core.run import RunState
from wfctl.engine.rehearse import Rehearsed
from wfctl.ledger.store import RunRow
from wfctl.views.rows import Fate, RollbackPage, RollbackRow


def rollback_page(
    run: RunRow, ended: RunState, request: RollbackRequested, seen: Sequence[Rehearsed], *, project: str = ""
) -> RollbackPage:
    """The page. `ended` is the state at the end of the rehearsal, `seen` its undos in their order."""
    undone = list(dict.fromkeys(one.action for one in seen))
    staying = [index for index in _mentioned(ended, request) if index not in set(undone)]
    rows = [_undo(ended, index, [one for one in seen if one.action == index]) for index in undone]
    rows += [_stay(ended, request, index) for index in staying]
    return RollbackPage(
        run_id=run.run_id,
        operation=run.operation,
        result=run.result or run.status,
        workspace=run.workspace,
        project=project,
        finished_at=run.finished_at,
        rows=tuple(rows),
    )


def _mentioned(ended: RunState, request: RollbackRequested) -> Sequence[int]:
    """Everything the run left, whether it was asked for or not: what stays by choice is told too."""
    return [index for index, action in enumerate(ended.actions) if live_effect(action) or index in request.orphaned]


def _undo(ended: RunState, index: int, undos: Sequence[Rehearsed]) -> RollbackRow:
    refusal = next((one.refusal for one in undos if one.refusal is not None), None)
    if refusal is not None:
        return _row(ended, index, Fate.REFUSED, undos, why=_told(refusal))
    already = [one.already for one in undos if one.already]
    fate = Fate.ALREADY if len(already) == len(undos) else Fate.UNDO
    return _row(ended, index, fate, undos, why=already[0] if fate is Fate.ALREADY else "")


def _stay(ended: RunState, request: RollbackRequested, index: int) -> RollbackRow:
    if index in request.orphaned:
        return _row(ended, index, Fate.ORPHANED)
    if index in request.skipped:
        return _row(ended, index, Fate.SKIPPED)
    outcome = outcome_of(ended, index)
    if outcome.compensation:
        failed = outcome.status is ActionStatus.COMPENSATION_FAILED
        why = _told(outcome.undo_error) if failed and outcome.undo_error else outcome.compensation
        return _row(ended, index, Fate.REFUSED if failed else Fate.STAYS, why=why)
    return _row(ended, index, Fate.STAYS, why=_why_not(ended.actions[index], outcome.status))


def _why_not(action: ActionState, status: ActionStatus) -> str:
    if action.settled == PRESENT:
        return "a person said that it is there; --address takes it back nevertheless"
    if status is ActionStatus.SUCCESS:
        return "not asked for"
    if status is ActionStatus.COMPENSATION_FAILED:
        failed = f": {_told(action.undo_error)}" if action.undo_error else ""
        return f"its undo failed before{failed}"
    return "what its failed call left is not known well enough"


def _row(ended: RunState, index: int, fate: Fate, undos: Sequence[Rehearsed] = (), *, why: str = "") -> RollbackRow:
    outline = ended.facts[index].outline
    outcome = outcome_of(ended, index)
    return RollbackRow(
        plan_index=index,
        operation=outline.operation,
        name=outline.name,
        type=outline.type,
        provider=outline.provider,
        provider_id=outcome.provider_id,
        fate=fate,
        undos=tuple(one.undo for one in undos),
        why=why,
    )


def _told(failure: Failure) -> str:
    return f"{failure.code}: {failure.message}"
