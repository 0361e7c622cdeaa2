"""Wait for a workspace that somebody else owns, and take it.

Decides nothing about who may own it: the ledger does, again and for good, when a run is created or taken over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from wfctl.app import compose
from wfctl.app.project import Place
from wfctl.app.settings import Settings
from wfctl.core.plan import RunId
from wfctl.errors import WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Lease, Standing, standing
from wfctl.ledger.store import Store
from wfctl.views.view import View

FIRST: Final = 1.0
LONGEST: Final = 16.0
"""Seconds between two looks: doubled each time (upstream: Terraform waits for its locks in the same way)."""

JITTER: Final = 0.25
"""The part of a pause by which it may be longer or shorter, so that many who wait do not all come at once."""

T = TypeVar("T")


class Waiting(Protocol):
    """Whoever wants a workspace: a workshop, or anything else with a ledger."""

    @property
    def settings(self) -> Settings:
        """The surroundings."""
        ...

    @property
    def view(self) -> View:
        """Who is told whom it waits for."""
        ...

    @property
    def place(self) -> Place:
        """The workspace that is wanted."""
        ...

    @property
    def store(self) -> Store:
        """The ledger."""
        ...


async def obtained(shop: Waiting, timeout: float, take: Callable[[], T]) -> T:
    """What `take` gives, tried again while the workspace is locked, for at most `timeout` seconds. Raises what it raises.

    Says whom it waits for, and whose death or silence let it have the workspace.
    """
    deadline, pause, told = shop.settings.uptime() + timeout, FIRST, False
    while True:
        before = shop.store.lease(shop.place.workspace)
        try:
            taken = take()
        except WfctlError as error:
            left = deadline - shop.settings.uptime()
            if error.code != holder.LOCKED or left <= 0:
                raise
            if not told:
                shop.view.notice(f"Waiting for the lock: {error.message}.")
                told = True
        else:
            _tell_of_the_last(shop, before)
            return taken
        await asyncio.sleep(min(_jittered(shop, pause), left))
        pause = min(pause * 2, LONGEST)


def _jittered(shop: Waiting, pause: float) -> float:
    dice = int.from_bytes(shop.settings.random(2), "big") / 0xFFFF
    return pause * (1 - JITTER + 2 * JITTER * dice)


def _tell_of_the_last(shop: Waiting, before: Lease | None) -> None:
    """Say whom the workspace was taken over from, if it was taken at all."""
    if before is None or before.run_id is None:
        return
    now = shop.store.lease(shop.place.workspace)
    found = standing(before, compose.claim(shop.settings))
    if now is not None and now.epoch > before.epoch and found in (Standing.DIED, Standing.RAN_OUT):
        shop.view.notice(f"{holder.fate(before, found)}; run {before.run_id} is taken over.")


def expect_free(shop: Waiting, claimed: RunId | None = None) -> None:
    """Raise WfctlError (lock) when somebody drives the workspace, or left a run there that is not over.

    `claimed` is the run that is about to be taken up itself. Asked before a plan is made, so that nobody looks at a plan that
    cannot be applied.
    """
    taken = occupied(shop, claimed)
    if taken is not None:
        raise taken


def occupied(shop: Waiting, claimed: RunId | None = None) -> WfctlError | None:
    """Why nobody but the run `claimed` may begin something in the workspace now, or None."""
    store, workspace = shop.store, shop.place.workspace
    lease = store.lease(workspace)
    found = standing(lease, compose.claim(shop.settings))
    if lease is not None and found in (Standing.HELD, Standing.ELSEWHERE):
        return holder.locked(lease, begun=begun(store, lease))
    known = store.workspace(workspace)
    if known is not None and known.active_run is not None and known.active_run != claimed:
        return holder.unfinished(known.active_run, workspace, lease, found)
    return None


def begun(store: Store, lease: Lease) -> float:
    """When the run began that a workspace is held for, in Unix seconds; 0 when it is held for something that is no run."""
    try:
        return store.run(RunId(lease.run_id or "")).started_at
    except WfctlError:
        return 0.0
