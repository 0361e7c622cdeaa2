"""Wait for a workspace that somebody else owns.

Decides nothing about who may own it: the ledger does, again and for good, when a run is created or taken over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from wfctl.app.compose import Workshop
from wfctl.core.plan import RunId
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.lease import held

FIRST: Final = 1.0
LONGEST: Final = 16.0
"""Seconds between two looks: doubled each time (upstream: Terraform waits for its locks in the same way)."""

LOCKED: Final = "WORKSPACE_LOCKED"

T = TypeVar("T")


async def obtained(shop: Workshop, timeout: float, take: Callable[[], T]) -> T:
    """What `take` gives, tried again while the workspace is locked, for at most `timeout` seconds. Raises what it raises."""
    deadline, pause, told = shop.settings.uptime() + timeout, FIRST, False
    while True:
        try:
            return take()
        except WfctlError as error:
            left = deadline - shop.settings.uptime()
            if error.code != LOCKED or left <= 0:
                raise
            if not told:
                shop.view.notice(f"Waiting for the lock: {error.message}.")
                told = True
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, LONGEST)


def expect_free(shop: Workshop, claimed: RunId | None = None) -> None:
    """Raise WfctlError (lock) when somebody drives the workspace, or left a run there that is not over.

    `claimed` is the run that is about to be taken up itself. Asked before a plan is made, so that nobody looks at a plan that
    cannot be applied.
    """
    from wfctl.app.compose import claim

    store, workspace = shop.store, shop.place.workspace
    lease, own = store.lease(workspace), claim(shop.settings)
    if lease is not None and held(lease, own):
        raise WfctlError(
            Kind.LOCK,
            LOCKED,
            f"workspace {workspace} is locked by {lease.owner} (process {lease.pid}) for run {lease.run_id}",
            hint=f"wait for it (--lock-timeout), or stop it: wfctl runs cancel {lease.run_id}",
        )
    known = store.workspace(workspace)
    if known is not None and known.active_run is not None and known.active_run != claimed:
        raise WfctlError(
            Kind.LOCK,
            "RUN_UNFINISHED",
            f"run {known.active_run} of workspace {workspace} is not over",
            hint=f"wfctl resume {known.active_run}",
        )
