"""What of a run that is over is to be taken back: from a person's wish to the fact that goes on record.

Says nothing of order and of guards: those are the run's and the driver's, as for every undo. Knows nothing of who may ask.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from wfctl.core.action import Ending, live_effect
from wfctl.core.events import Recorded, RollbackRequested
from wfctl.core.itinerary import Work
from wfctl.core.run import ORPHANED, RunState, evolve
from wfctl.errors import Kind, WfctlError

PRESENT = "present"
"""What a person answers who wants to keep a thing."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to take back: everything, `only` some and what stands on them, or what took effect `after` an action.

    Resources are named as `name`, `type.name` or `type/name`; `after` is the number of an action as lists show it, from 1, 0 =
    none. `skip` stay as they are, `orphan` too and the state forgets them. `again` tries undos that failed.
    """

    only: tuple[str, ...] = ()
    after: int = 0
    skip: tuple[str, ...] = ()
    orphan: tuple[str, ...] = ()
    again: bool = False


def requested(state: RunState, wish: Wish) -> RollbackRequested:
    """The wish as a fact; `actions` may turn out empty.

    Raises WfctlError (usage): ADDRESS_UNKNOWN, NO_SUCH_ACTION, NO_EFFECT, NOT_SETTLED.
    """
    skipped, orphaned = _named(state, wish.skip), _named(state, wish.orphan)
    for index in orphaned:
        _expect_known(state, index)
    scope = _scope(state, wish)
    named = frozenset(_named(state, wish.only))
    may = [index for index in scope if _can_be_tried(state, index, again=wish.again, named=index in named)]
    staying = {*skipped, *orphaned}
    return RollbackRequested(
        actions=tuple(index for index in may if index not in staying),
        skipped=tuple(index for index in skipped if live_effect(state.actions[index])),
        orphaned=orphaned,
        again=wish.again,
    )


def begins(state: RunState, request: RollbackRequested) -> bool:
    """Whether any undo would be ordered at all: what had to stay for another failed undo waits for that one."""
    asked = state.fork()
    evolve(asked, Recorded(seq=state.seq + 1, at=state.now, event=request))
    return any(action.work in (Work.UNDO, Work.HOOK_UNDO) for action in asked.actions)


def failed_before(state: RunState) -> tuple[int, ...]:
    """The actions whose undo failed and that nobody has settled since."""
    return tuple(index for index, action in enumerate(state.actions) if action.ending is Ending.UNDO_FAILED)


def find(state: RunState, address: str) -> int:
    """The action on a resource. Raises WfctlError (usage, ADDRESS_UNKNOWN)."""
    for facts in state.facts:
        outline = facts.outline
        if address in (outline.name, outline.address, f"{outline.type}/{outline.name}"):
            return outline.index
    run_id = state.begun.run_id
    message = f"run {run_id} has no action for {address}"
    raise WfctlError(Kind.USAGE, "ADDRESS_UNKNOWN", message, hint=f"wfctl runs show {run_id}")


def _named(state: RunState, addresses: Iterable[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(find(state, address) for address in addresses))


def _scope(state: RunState, wish: Wish) -> list[int]:
    if wish.only:
        return _with_dependants(state, _named(state, wish.only))
    if not wish.after:
        return list(range(len(state.actions)))
    return _since(state, wish.after)


def _with_dependants(state: RunState, chosen: Iterable[int]) -> list[int]:
    """These, and whatever stands on them: it has to go first."""
    pending, found = list(chosen), dict[int, None]()
    while pending:
        index = pending.pop()
        if index not in found:
            found[index] = None
            pending.extend(state.dependants[index])
    return sorted(found)


def _since(state: RunState, number: int) -> list[int]:
    """What took effect later than an action did."""
    index = number - 1
    if not 0 <= index < len(state.actions):
        message = f"run {state.begun.run_id} has {len(state.actions)} actions; there is no {number}"
        raise WfctlError(Kind.USAGE, "NO_SUCH_ACTION", message, hint=f"wfctl runs show {state.begun.run_id}")
    _expect_effect(state, index)
    last = state.succession.get(index, -1)
    return sorted(other for other, place in state.succession.items() if place > last)


def _expect_effect(state: RunState, index: int) -> None:
    if not live_effect(state.actions[index]):
        message = f"nothing that run {state.begun.run_id} did to {state.facts[index].outline.address} is left"
        raise WfctlError(Kind.USAGE, "NO_EFFECT", message, hint=f"wfctl runs show {state.begun.run_id}")


def _expect_known(state: RunState, index: int) -> None:
    """What may be there or not cannot be forgotten: a person says first what there is."""
    _expect_effect(state, index)
    if state.actions[index].ending not in (Ending.SUCCEEDED, Ending.UNDO_FAILED):
        run_id, address = state.begun.run_id, state.facts[index].outline.address
        message = f"nobody has said yet what run {run_id} left of {address}"
        raise WfctlError(Kind.USAGE, "NOT_SETTLED", message, hint=f"wfctl settle {run_id} {address} --as WORD")


def _can_be_tried(state: RunState, index: int, *, again: bool, named: bool) -> bool:
    """Whether it left something that an undo could be tried of.

    What a failed call left, and what was orphaned, is a person's. What a person said to be there stays unless it is named.
    """
    action = state.actions[index]
    if action.compensation == ORPHANED or (action.settled == PRESENT and not named):
        return False
    ending = action.ending is Ending.SUCCEEDED or (again and action.ending is Ending.UNDO_FAILED)
    return ending and live_effect(action)
