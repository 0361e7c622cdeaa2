"""Take away the record of old runs: show which, ask, keep a copy, and put it on record."""

from __future__ import annotations

from wfctl.app import compose
from wfctl.app.orders import PruneOrder
from wfctl.app.settings import Settings
from wfctl.app.state_backup import save_ledger
from wfctl.app.state_edit import Footing, desk, whole
from wfctl.app.state_rm import Ask, expect_yes
from wfctl.core.events import StateEdited
from wfctl.core.plan import Digest, Plan
from wfctl.engine.ports import Batch
from wfctl.ledger.prune import Choice, Wish, choose, prune, shrink
from wfctl.ledger.store import WorkspaceRow
from wfctl.views.view import View

_MOST_LINES = 20


def prune_runs(settings: Settings, order: PruneOrder, view: View, ask: Ask | None) -> None:
    """Prune the workspace's runs. `ask` None = there is nobody to ask.

    Raises WfctlError: NOTHING_RECORDED, WORKSPACE_LOCKED while a run is driven, STATE_STRAYED where the state is not what the
    events say, NOBODY_TO_ASK, DECLINED, STATE_MOVED.
    """
    with desk(settings, order.where, view) as at:
        before = None if order.older_than is None else settings.now() - order.older_than
        path, claim = at.place.ledger_file, compose.claim(settings)
        choice = choose(path, Wish(workspace=at.place.workspace, keep=order.keep, before=before))
        _show(choice, view)
        if not choice.runs:
            view.notice("There is no run to prune.")
            return
        if not order.approved:
            expect_yes(ask, f"Do you want to prune {_count(choice)}? Outcomes are kept.")
        save_ledger(settings, at.place, "prune", view)

        def told(known: WorkspaceRow, base: Digest, body: bytes) -> tuple[Plan, Batch]:
            fact = StateEdited(verb="prune", arguments=(_count(choice),), actor=settings.owner, base=base)
            footing = Footing(workspace=known.name, lineage=known.lineage, serial=known.serial)
            return whole(settings, fact, footing, documents={base: body})

        prune(path, claim, at.record.vault, choice, told)
    room = shrink(path, claim)
    kept = "" if room else " The room they took is used by later runs."
    view.notice(f"Pruned {_count(choice)}, still in wfctl runs list.{kept}")


def _count(choice: Choice) -> str:
    return f"{len(choice.runs)} run{'' if len(choice.runs) == 1 else 's'}"


def _show(choice: Choice, view: View) -> None:
    lines = [f"Run {run.run_id} ({run.operation}, {run.result}) goes." for run in choice.runs]
    lines += [f"Run {run_id} stays: {reason}." for run_id, reason in choice.needed]
    for line in lines[:_MOST_LINES]:
        view.notice(line)
    if len(lines) > _MOST_LINES:
        view.notice(f"And {len(lines) - _MOST_LINES} more.")
