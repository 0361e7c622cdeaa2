"""Look for late arrivals: objects of creates that a run has taken to be gone, and that came after all.

A provider may carry out a create after its answer was lost, and even after its undo has found nothing to delete. Nobody looks at
such an object again, so the plans that follow look for it, by the key of that create, and say what they find. Nothing is deleted:
somebody may have put it to use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from wfctl.app.compose import Workshop
from wfctl.core.outcome import ActionOutcome, ActionStatus, Existence
from wfctl.core.plan import Operation, Step
from wfctl.core.retry import FORWARD, key
from wfctl.engine.ports import CallFailed, Driver, Output, Ref
from wfctl.ledger.store import FINAL, RunRow, Store
from wfctl.planner.walk import walk
from wfctl.views.rows import Diagnostic, Severity

LOOK_BACK: Final = 24 * 3600.0
"""Seconds after the end of a run in which its late arrivals are looked for."""

RUNS: Final = 10
"""The newest runs whose late arrivals are looked for."""

MOST: Final = 200
"""Creates that are looked for at most."""

_IN_FLIGHT: Final = 8


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A create of which nothing is left, as its run has it."""

    run_id: str
    name: str
    type: str
    provider: str
    key: str
    undone: bool

    @property
    def address(self) -> str:
        """`type.name`."""
        return f"{self.type}.{self.name}"


def tombstones(store: Store, workspace: str, now: float) -> tuple[Tombstone, ...]:
    """The creates of the newest runs that were sent and are taken to be gone, those of the newest run first."""
    found: list[Tombstone] = []
    for run in store.runs(workspace, limit=RUNS):
        if run.result in FINAL and now - run.finished_at <= LOOK_BACK:
            found += _of(run, store.action_results(run.run_id))
    return tuple(found[:MOST])


def _of(run: RunRow, outcomes: Sequence[ActionOutcome]) -> Iterator[Tombstone]:
    for outcome in outcomes:
        if outcome.operation is Operation.CREATE and outcome.attempts and _is_gone(outcome):
            yield Tombstone(
                run_id=run.run_id,
                name=outcome.name,
                type=outcome.type,
                provider=outcome.provider,
                key=key(run.run_id, outcome.plan_index, Step.CREATE, FORWARD),
                undone=outcome.status is ActionStatus.COMPENSATED,
            )


def _is_gone(outcome: ActionOutcome) -> bool:
    if outcome.status is ActionStatus.COMPENSATED:
        return True
    return outcome.status is ActionStatus.ERROR and not outcome.in_doubt and outcome.effect == Existence.NONE


async def late_arrivals(shop: Workshop) -> tuple[Diagnostic, ...]:
    """A warning for each that is there. Asks the drivers that are open, where they can be asked by key."""
    if shop.record is None:
        return ()
    gone = tombstones(shop.store, shop.place.workspace, shop.settings.now())
    drivers = {one.key: shop.pool.driver(one.provider) for one in gone if _may_be_asked(shop, one)}
    by_key = {one.key: one for one in gone if one.key in drivers}
    warnings: dict[str, Diagnostic] = {}

    async def look(name: str) -> bool:
        one = by_key[name]
        text = await _found(drivers[name], one)
        if text:
            warnings[name] = Diagnostic(severity=Severity.WARNING, summary=text, address=one.address)
        return True

    await walk(by_key, {}, look, in_flight=_IN_FLIGHT)
    return tuple(warnings[name] for name in by_key if name in warnings)


def _may_be_asked(shop: Workshop, one: Tombstone) -> bool:
    declared = {provider.name: provider for provider in shop.pool.declarations}.get(one.provider)
    return declared is not None and declared.declaration(one.type).reads_by_key


async def _found(driver: Driver, one: Tombstone) -> str:
    """What to say of it; nothing where it is not there."""
    how = "it was undone" if one.undone else "it was found to have failed"
    try:
        answer = await driver.read(Ref(name=one.name, type=one.type), lookup_key=one.key)
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
