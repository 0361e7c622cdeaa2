"""Which creates of a run that is over are taken to be gone: those that somebody should still look for once or twice.

A provider may carry out a create after its answer was lost, and even after its undo has found nothing to delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from wfctl.core.outcome import ActionOutcome, ActionStatus, Existence
from wfctl.core.plan import Operation, RunId, Step
from wfctl.core.retry import FORWARD, key


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A create of which nothing is left, as its run has it. `key` is the one it was sent with."""

    run_id: RunId
    name: str
    type: str
    provider: str
    key: str
    undone: bool

    @property
    def address(self) -> str:
        """`type.name`."""
        return f"{self.type}.{self.name}"


def tombstones(run_id: RunId, outcomes: Iterable[ActionOutcome]) -> Iterator[Tombstone]:
    """Those of one run, in plan order: sent, and then undone or found to have had no effect."""
    for outcome in outcomes:
        if outcome.operation is Operation.CREATE and outcome.attempts and _is_gone(outcome):
            yield Tombstone(
                run_id=run_id,
                name=outcome.name,
                type=outcome.type,
                provider=outcome.provider,
                key=key(run_id, outcome.plan_index, Step.CREATE, FORWARD),
                undone=outcome.status is ActionStatus.COMPENSATED,
            )


def _is_gone(outcome: ActionOutcome) -> bool:
    if outcome.status is ActionStatus.COMPENSATED:
        return True
    return outcome.status is ActionStatus.ERROR and not outcome.in_doubt and outcome.effect == Existence.NONE
