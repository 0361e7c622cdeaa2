"""What has moved since a run ended: why it may not be taken back as if it had ended just now.

Knows nothing of the world, which each undo looks at for itself: this is about the record alone. What a later run did counts
until it was taken back itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from wfctl.core.action import ActionState, live_effect
from wfctl.core.events import StateEdited
from wfctl.core.outcome import ActionOutcome, ActionStatus, Existence
from wfctl.core.plan import ActionOutline, Operation, ResourceState, Step
from wfctl.core.run import RunState
from wfctl.ledger.holder import moment
from wfctl.ledger.store import RunRow, Store, WorkspaceState

_CAN_BE_ROLLED_BACK = ("apply", "destroy")
_NOTHING = (ActionStatus.SKIPPED, ActionStatus.COMPENSATED)
_DID = {
    Operation.CREATE: "created",
    Operation.UPDATE: "updated",
    Operation.REPLACE: "replaced",
    Operation.DELETE: "deleted",
}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What moved, a line each, the actions it keeps from being undone, and the newest run that could be rolled back first.

    `later` is empty where no such run had a part in it, `actions` where not one action but the whole state is another.
    """

    lines: tuple[str, ...] = ()
    actions: tuple[int, ...] = ()
    later: str = ""


class _Move(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps one action from being undone, and the resource that a later run may have had to do with."""

    action: int
    name: str
    line: str


class _Touch(msgspec.Struct, frozen=True, kw_only=True):
    """A later run that did something to a resource, in words."""

    run: RunRow
    words: str


def moved_since(store: Store, state: RunState, actions: Collection[int], *, protected: Collection[str] = ()) -> Moved:
    """What keeps these actions of a run from being undone, saying what moved, by which run, and when.

    `protected` are the names that the configuration protects by now; the state knows of others.
    """
    begun = state.begun
    held = store.state(begun.workspace)
    if held.lineage != begun.lineage:
        line = f"the state of {begun.workspace} was put in place of another: its lineage is {held.lineage} now"
        return Moved(lines=(line,))
    ours = {state.facts[index].outline.name for index in actions}
    rows = {row.name: row for row in held.resources}
    above = {row.name for row in held.resources if ours & {*(row.dependencies or ())}}
    touched = _touched(store, state, ours | above)
    guarded = {*protected, *(row.name for row in held.resources if row.protected)}
    moves = (
        *(move for index in actions for move in _of_one(state, index, rows, touched)),
        *_protected_since(state, actions, guarded),
        *_dependants(state, actions, held, touched),
    )
    later = [touched[move.name].run for move in moves if move.name in touched]
    newest = max(
        (run for run in later if run.operation in _CAN_BE_ROLLED_BACK), key=lambda run: run.started_at, default=None
    )
    return Moved(
        lines=tuple(move.line for move in moves),
        actions=tuple(dict.fromkeys(move.action for move in moves)),
        later=newest.run_id if newest else "",
    )


def _touched(store: Store, state: RunState, names: Collection[str]) -> dict[str, _Touch]:
    """The last later run that did something to each of these names, and has not been taken back."""
    found: dict[str, _Touch] = {}
    for run in store.runs(state.begun.workspace):  # the newest first
        if run.run_id == state.begun.run_id:
            break
        for name, what in _changes(store, run):
            if name in names and name not in found:
                at = moment(run.finished_at or run.started_at)
                found[name] = _Touch(run=run, words=f"{what} by run {run.run_id} ({run.operation}) at {at}")
    return found


def _changes(store: Store, run: RunRow) -> Iterator[tuple[str, str]]:
    """What a run did to which names."""
    outcomes = store.action_results(run.run_id)
    for outcome in outcomes:
        if _left_something(outcome):
            yield outcome.name, _DID[outcome.operation]
    if outcomes or run.pruned:
        return
    for recorded in store.events(run.run_id):
        if isinstance(recorded.event, StateEdited):
            edited = {*recorded.event.gone, *(entry.name for entry in recorded.event.put)}
            yield from ((name, "edited in the state") for name in sorted(edited))


def _left_something(outcome: ActionOutcome) -> bool:
    return outcome.status not in _NOTHING and outcome.effect != Existence.NONE


def _of_one(state: RunState, index: int, rows: dict[str, ResourceState], touched: dict[str, _Touch]) -> Iterator[_Move]:
    outline, action = state.facts[index].outline, state.actions[index]
    touch = touched.get(outline.name)
    if touch is not None:
        yield _Move(action=index, name=outline.name, line=f"{outline.address} was {touch.words}")
    elif not action.undo_tried:
        # Where an undo got half-way the row says so, and the undo knows how to go on.
        different = _different(outline, action, rows.get(outline.name))
        if different:
            line = f"{outline.address} is not in the state as the run left it: {different}"
            yield _Move(action=index, name=outline.name, line=line)


def _protected_since(state: RunState, actions: Collection[int], guarded: Collection[str]) -> Iterator[_Move]:
    """What would be deleted and was put under protection after the run; what was protected then, the undo itself refuses."""
    for outline in (state.facts[index].outline for index in actions):
        if outline.operation is Operation.CREATE and outline.name in guarded and not outline.protected:
            line = f"{outline.address} is protected now, and was not when the run made it"
            yield _Move(action=outline.index, name=outline.name, line=line)


def _different(outline: ActionOutline, action: ActionState, row: ResourceState | None) -> str:
    """How a row differs from what the action left; empty when it does not."""
    made = next((done for done in reversed(action.applied) if done.step is not Step.DELETE), None)
    if made is None:
        return f"it is there again [id={row.provider_id}]" if row is not None and row.provider_id else ""
    if row is None:
        return "it is gone"
    wanted = made.provider_id or outline.prior_id
    if row.type != outline.type:
        return f"its type is {row.type}"
    if wanted and row.provider_id != wanted:
        return f"its id is {row.provider_id or 'unknown'}, and was {wanted}"
    if made.config_hash and row.config_hash != made.config_hash:
        return "its config is another one"
    return ""


def _dependants(
    state: RunState, actions: Collection[int], held: WorkspaceState, touched: dict[str, _Touch]
) -> Iterator[_Move]:
    """What stands on something that would go, and that the run itself knows nothing of.

    Nothing may stand on what was created. The undo of a replace puts something back: that takes nothing from what stood there
    before the replace, but a later run may have handed on the id of the object that goes.
    """
    own = {facts.outline.name for facts, action in zip(state.facts, state.actions, strict=True) if live_effect(action)}
    going = {state.facts[index].outline.name: state.facts[index].outline for index in actions}
    for row in held.resources:
        if row.name in own:
            continue  # the run knows of it, and of what must go first
        for need in row.dependencies or ():
            operation = going[need].operation if need in going else Operation.UPDATE
            if operation is Operation.CREATE or (operation is Operation.REPLACE and row.name in touched):
                line = f"{row.type}.{row.name} depends on {going[need].address}{_whose(row, touched.get(row.name))}"
                yield _Move(action=going[need].index, name=row.name, line=line)


def _whose(row: ResourceState, touch: _Touch | None) -> str:
    if touch is not None and touch.run.run_id != row.created_by_run:
        return f", and was {touch.words}"
    return f", made by run {row.created_by_run}" if row.created_by_run else ""
