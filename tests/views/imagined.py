"""A page of single failures, as the core finds them."""

from __future__ import annotations

import msgspec

from tests.core.playbook import EVERYTHING, create, replace, started
from tests.core.stories import hook
from wfctl.core.mishap import World
from wfctl.core.plan import HookFailure, Mode, OnFailure, RunPolicy, TypeDeclaration
from wfctl.core.what_if import what_if, worst_first
from wfctl.views.what_if_page import WhatIfPage


def page(*wanted: object, on_failure: OnFailure = OnFailure.CONTINUE) -> WhatIfPage:
    begun = started(
        wanted,  # type: ignore[arg-type]
        policy=RunPolicy(on_failure=on_failure, parallelism=4),
        hooks=[hook("smoke", match_name="web", on_failure=HookFailure.CONTINUE)],
        declared=msgspec.structs.replace(EVERYTHING, undo_replace=Mode.NONE, undo_delete=Mode.NONE),
        types={"local.password": TypeDeclaration()},
    )
    scenarios = worst_first(what_if(begun, World()))
    return WhatIfPage(scenarios=tuple(scenarios), actions=begun.actions, policy=begun.policy)


SHOP = page(
    create("net"),
    create("admin", type="local.password", needs=["net"]),
    replace("db", needs=["net"]),
    create("web", needs=["db", "admin"]),
    on_failure=OnFailure.COMPENSATE,
)
CALM = page(create("a"), create("b"))
