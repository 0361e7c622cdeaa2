"""Make the state what the events of its runs say, where it is not: show it, ask, keep a copy, and put it on record."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import RepairOrder
from wfctl.app.settings import Settings
from wfctl.app.state_backup import save_ledger
from wfctl.app.state_edit import Footing, nothing_recorded, whole
from wfctl.app.state_rm import Ask, expect_yes
from wfctl.core.events import StateEdited
from wfctl.core.plan import Plan
from wfctl.engine.ports import Batch
from wfctl.ledger import schema
from wfctl.ledger.repair import Mend, repair, survey
from wfctl.views.view import View


def mend(settings: Settings, order: RepairOrder, view: View, ask: Ask | None) -> None:
    """Repair every workspace of the ledger. `ask` None = there is nobody to ask.

    Raises WfctlError: NOTHING_RECORDED, NOT_REPAIRABLE where runs are damaged, WORKSPACE_LOCKED while a run is driven,
    NOBODY_TO_ASK, DECLINED, STATE_MOVED.
    """
    place = project.find(settings, order.where, view)
    if not place.ledger_file.exists():
        raise nothing_recorded(place)
    schema.check(place.ledger_file)
    claim = compose.claim(settings)
    mends = survey(place.ledger_file, claim)
    if not mends:
        view.notice("The state is what the events say; there is nothing to repair.")
        return
    for one in mends:
        _show(one, view)
    if not order.approved:
        expect_yes(ask, "Do you want to make the state what the events say?")
    save_ledger(settings, place, "repair", view)

    def told(one: Mend) -> tuple[Plan, Batch]:
        changed = tuple(sorted({finding.subject for finding in one.wrong}))
        fact = StateEdited(verb="repair", arguments=changed, actor=settings.owner, reason=order.reason)
        return whole(settings, fact, Footing(workspace=one.workspace, lineage=one.lineage, serial=one.serial))

    repair(place.ledger_file, claim, compose.vault(settings, place, view.notice), mends, told)
    view.notice("Repaired. See that all is well: wfctl state verify")


def _show(one: Mend, view: View) -> None:
    view.notice(f"Workspace {one.workspace}:")
    for finding in one.wrong:
        view.notice(f"  {finding.subject}: {finding.message}")
