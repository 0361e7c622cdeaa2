"""A plan as the page that is shown before it is approved.

Knows nothing of layout, and decides nothing: what there is to say of each action is the planner's.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfctl.app.facts import shown
from wfctl.core.plan import Plan, PlanAction
from wfctl.planner.notes import Change, Note
from wfctl.planner.recovery import RecoveryKind
from wfctl.views.rows import ChangeRow, PlannedRow, PlanPage, Shown, ValueForm


def plan_page(  # noqa: PLR0913  (a page has as many facts)
    plan: Plan,
    notes: Sequence[Note],
    *,
    project: str = "",
    read: int = 0,
    read_seconds: float = 0.0,
    refreshed: bool = True,
    undo_known: bool = True,
    next_command: str = "",
) -> PlanPage:
    """The page of a plan. `read` resources were read back from their drivers in so many seconds.

    `undo_known` is false when no plugin was asked how actions could be undone.
    """
    rows = (_row(action, note, undo_known=undo_known) for action, note in zip(plan.steps, notes, strict=True))
    return PlanPage(
        plan_id=plan.id,
        operation=plan.operation,
        workspace=plan.workspace,
        project=project,
        serial=plan.prior_serial,
        read=read,
        read_seconds=read_seconds,
        refreshed=refreshed,
        partial=bool(plan.include),
        actions=tuple(rows),
        next_command=next_command,
    )


def _row(action: PlanAction, note: Note, *, undo_known: bool) -> PlannedRow:
    undo = note.recovery
    told = undo_known and undo.kind is not RecoveryKind.NOTHING
    return PlannedRow(
        operation=action.action,
        name=action.resource.name,
        type=action.resource.type,
        provider=action.provider_ref,
        provider_id=action.current.provider_id if action.current else "",
        reason=action.reason,
        create_first=note.create_first,
        changes=tuple(_change(change) for change in note.changes),
        undo=undo.kind if told else "",
        undo_note=undo.why if told else "",
        hooks_only=action.hooks_only,
    )


def _change(change: Change) -> ChangeRow:
    awaited = Shown(form=ValueForm.REFERENCE, text=", ".join(change.awaited)) if change.awaited else None
    return ChangeRow(
        path=change.path,
        old=_side(change.old, sensitive=change.sensitive),
        new=awaited or _side(change.new, sensitive=change.sensitive),
        forces_replacement=change.force_new,
    )


def _side(value: object, *, sensitive: bool) -> Shown:
    if value is None:
        return Shown()
    return Shown(form=ValueForm.SENSITIVE) if sensitive else shown(value)
