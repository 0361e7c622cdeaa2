"""Look for late arrivals: objects of creates that a run has taken to be gone, and that came after all.

A provider may carry out a create after its answer was lost, and even after its undo has found nothing to delete. Nobody looks at
such an object again, so the plans that follow look for it, by the key of that create, and say what they find. Nothing is deleted:
somebody may have put it to use.
"""

from __future__ import annotations

from typing import Final

from wfctl.app.compose import Workshop
from wfctl.core.tombstone import Tombstone, tombstones
from wfctl.engine.ports import CallFailed, Driver, Output, Ref
from wfctl.ledger.store import FINAL, Store
from wfctl.planner.walk import walk
from wfctl.views.rows import Diagnostic, Severity

LOOK_BACK: Final = 24 * 3600.0
"""Seconds after the end of a run in which its late arrivals are looked for."""

RUNS: Final = 10
"""The newest runs whose late arrivals are looked for."""

MOST: Final = 200
"""Creates that are looked for at most."""

_IN_FLIGHT: Final = 8


def _gone(store: Store, workspace: str, now: float) -> tuple[Tombstone, ...]:
    """What the newest runs take to be gone, that of the newest run first."""
    found: list[Tombstone] = []
    for run in store.runs(workspace, limit=RUNS):
        if run.result in FINAL and now - run.finished_at <= LOOK_BACK:
            found += tombstones(run.run_id, store.action_results(run.run_id))
    return tuple(found[:MOST])


async def late_arrivals(shop: Workshop) -> tuple[Diagnostic, ...]:
    """A warning for each that is there. Asks the drivers that are open, where they can be asked by key."""
    if shop.record is None:
        return ()
    declared = {provider.name: provider for provider in shop.pool.declarations}
    by_key = {
        one.key: one
        for one in _gone(shop.store, shop.place.workspace, shop.settings.now())
        if one.provider in declared and declared[one.provider].declaration(one.type).reads_by_key
    }
    timeout = shop.config.apply.timeouts.action or None
    warnings: dict[str, Diagnostic] = {}

    async def look(name: str) -> bool:
        one = by_key[name]
        text = await _found(shop.pool.driver(one.provider), one, timeout)
        if text:
            warnings[name] = Diagnostic(severity=Severity.WARNING, summary=text, address=one.address)
        return True

    await walk(by_key, {}, look, in_flight=_IN_FLIGHT)
    return tuple(warnings[name] for name in by_key if name in warnings)


async def _found(driver: Driver, one: Tombstone, timeout: float | None) -> str:
    """What to say of it; nothing where it is not there."""
    how = "it was undone" if one.undone else "it was found to have failed"
    try:
        answer = await driver.read(Ref(name=one.name, type=one.type), lookup_key=one.key, timeout=timeout)
    except CallFailed as problem:
        return (
            f"nobody can tell whether its create in run {one.run_id} came late, after {how}: {problem.failure.message}"
        )
    if not isinstance(answer, Output) or answer.idempotency_key not in ("", one.key):
        return ""
    known = f" (id {answer.provider_id})" if answer.provider_id else ""
    return (
        f"its create in run {one.run_id} came late: the object is there{known} although {how}, and the state does not have it. "
        "Delete it where it is, unless you want to keep it"
    )
