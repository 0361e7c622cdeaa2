"""Play every single failure of a plan that was just made, and refuse the plan if one would leave too much behind.

Knows nothing of how failures are played and of how it is shown.
"""

from __future__ import annotations

from wfctl.app.compose import Workshop
from wfctl.app.mapping import run_started
from wfctl.app.orders import WhatIfOrder
from wfctl.core.compensate import IRREVERSIBLE
from wfctl.core.mishap import World
from wfctl.core.plan import RunId
from wfctl.core.what_if import what_if, worst_first
from wfctl.errors import Kind, WfctlError
from wfctl.planner.make import Planned
from wfctl.views.what_if_page import WhatIfPage, left_text, mishap_text
from wfctl.views.wording import plural

_NO_RUN = RunId("r-what-if")
_MOST_TOLD = 10


def imagine(shop: Workshop, made: Planned, order: WhatIfOrder) -> WhatIfPage:
    """Play the failures and show what came out. Raises WfctlError (policy): RESIDUE."""
    started = run_started(
        made.plan,
        run_id=_NO_RUN,
        apply=shop.config.apply,
        order=order.run,
        providers=shop.pool.declarations,
    )
    fixed = (index for index, note in enumerate(made.notes) if note.recovery.code == IRREVERSIBLE)
    scenarios = what_if(started, World(irreversible=frozenset(fixed)))
    page = WhatIfPage(scenarios=tuple(worst_first(scenarios)), actions=started.actions, policy=started.policy)
    shop.view.what_if(page)
    if order.max_residue is not None:
        refuse_residue(page, order.max_residue)
    return page


def refuse_residue(page: WhatIfPage, most: int) -> None:
    """Raise WfctlError (policy, RESIDUE) when a single failure would leave more than so many things behind."""
    above = [one for one in page.leaving if one.left_behind > most]
    if not above:
        return
    worst = above[0].left_behind
    count = f"{len(above)} of {len(page.scenarios)} single failures" if len(above) > 1 else "a single failure"
    told = tuple(f"{mishap_text(page, one.mishap)}: {left_text(page, one)}" for one in above[:_MOST_TOLD])
    more = len(above) - len(told)
    raise WfctlError(
        Kind.POLICY,
        "RESIDUE",
        f"{count} would leave more behind than is allowed: {plural(worst, 'thing')}, and not {most} at most",
        hint=f"leave those resources out, give them an undo, or allow it: wfctl plan --max-residue {worst}",
        details=(*told, *([f"… and {more} more"] if more else [])),
    )
