"""A record looked back at as if it were happening: each event is folded and shown in turn.

Knows nothing of how events are shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from wfctl.core.events import Recorded
from wfctl.core.run import RunState, evolve
from wfctl.engine.ports import Observer


def replay(records: Iterable[Recorded], observer: Observer) -> RunState:
    """Publish every record by itself, with the state as it was then. Raises what `evolve` raises."""
    state = RunState()
    for recorded in records:
        evolve(state, recorded)
        observer.publish((recorded,), state)
    return state
