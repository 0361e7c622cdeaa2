"""What may stand between a run and its adapters: nothing, unless a program brings something of its own.

Knows nothing of what it is for. No flag, no file and no variable leads here: only a program that calls a use case with
settings it has changed itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from wfctl.engine.ports import Drivers, Hooks
    from wfctl.ledger.store import Store

T = TypeVar("T")


def straight(adapter: T) -> T:
    """The adapter itself."""
    return adapter


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """Given each adapter a run is driven with, gives what the run is to use in its place.

    `store` is the ledger with its leases and the writers it hands out, `drivers` the plugins of a run that has begun (not of
    planning), `hooks` the runner of hook programs.
    """

    store: Callable[[Store], Store] = straight
    drivers: Callable[[Drivers], Drivers] = straight
    hooks: Callable[[Hooks], Hooks] = straight
