"""A rehearsal walks the whole way back, asks every guard, and sends nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from tests.engine.fakes import TYPE, FakeDriver, FakeDrivers
from tests.engine.scene import Scene, creates, deletes, updates
from wfctl.core import compensate
from wfctl.core.commands import FinishRun, intent
from wfctl.core.decide import decide
from wfctl.core.outcome import RunResult
from wfctl.core.plan import Mode, Operation, PlanAction, TypeDeclaration, exports
from wfctl.core.rollback import Wish, requested
from wfctl.core.run import RunState
from wfctl.engine.calls import Calls
from wfctl.engine.ports import Absence
from wfctl.engine.rehearse import LookingDrivers, Rehearsed, rehearse
from wfctl.engine.specs import Specs

INVERSE = TypeDeclaration(undo_create=Mode.INVERSE, undo_update=Mode.INVERSE, undo_delete=Mode.INVERSE, stateless=True)


def needing(action: PlanAction, *requires: int) -> PlanAction:
    return msgspec.structs.replace(action, requires=requires)


def over(*actions: PlanAction, declared: TypeDeclaration = INVERSE) -> Scene:
    """A run that applied everything and is over."""
    scene = Scene(*actions, declared=declared)
    for action in actions:
        if action.action is not Operation.CREATE:
            current = action.current
            assert current is not None
            outputs: dict[str, Any] = current.outputs or {}
            scene.driver.put(current.provider_id, name=action.resource.name, **outputs)
    while scene.state.finished is None:
        for command in decide(scene.state):
            scene.record(intent(command))
            if not isinstance(command, FinishRun):
                scene.keep(scene.perform(command))
    assert scene.state.finished.result is RunResult.SUCCEEDED
    return scene


def rehearsed(scene: Scene, **wish: object) -> tuple[list[Rehearsed], RunState]:
    state = scene.state.fork()
    specs = Specs(
        plan=scene.plan,
        state=state,
        environment={},
        documents=scene.documents,
        secret_name=lambda resource, key: f"{resource}_{key}",
    )
    drivers = LookingDrivers(FakeDrivers(scene.drivers))
    calls = Calls(state=state, specs=specs, drivers=drivers, exports=exports(scene.plan))
    request = requested(state, Wish(**wish))  # type: ignore[arg-type]
    return list(asyncio.run(rehearse(calls, request))), state


def sent(driver: FakeDriver) -> int:
    return len(driver.mutations())


def test_it_goes_all_the_way_and_sends_nothing() -> None:
    scene = over(creates("net"), needing(creates("db"), 0), updates("log", {"size": 1}, size=2), deletes("old", {}))
    before = sent(scene.driver)
    seen, ended = rehearsed(scene)

    assert sent(scene.driver) == before
    assert {(one.action, one.undo) for one in seen} == {(0, "delete"), (1, "delete"), (2, "restore"), (3, "recreate")}
    order = [one.action for one in seen]
    assert order.index(1) < order.index(0), "dependants first"
    assert all(one.refusal is None and not one.already for one in seen)
    assert ended.finished is not None
    assert scene.state.rollback is None, "the run itself is as it was"


def test_a_guard_that_would_refuse_is_heard_and_what_follows_from_it() -> None:
    scene = over(creates("net", size=1), needing(creates("db", size=1), 0))
    made = scene.state.actions[1].applied[-1].provider_id
    scene.driver.put(made, name="db", size=7)
    seen, ended = rehearsed(scene)

    assert [(one.action, one.refusal.code if one.refusal else "") for one in seen] == [(1, compensate.CHANGED_SINCE)]
    assert ended.actions[0].compensation == f"blocked_by {TYPE}.db"


def test_what_is_so_already_needs_no_call() -> None:
    scene = over(creates("a"))
    scene.driver.will("read", Absence.PROVEN)
    ((only,), _) = rehearsed(scene)

    assert only.already == "read: already absent"


def test_a_container_is_not_called_full_of_what_would_have_gone_by_then() -> None:
    counted = TypeDeclaration(undo_create=Mode.INVERSE, emptiness_output="entries")
    scene = over(creates("box", entries=1), needing(creates("thing", entries=0), 0), declared=counted)
    seen, _ = rehearsed(scene)
    assert [one.refusal for one in seen] == [None, None]

    alone, _ = rehearsed(over(creates("box", entries=1), declared=counted))
    assert [one.refusal.code for one in alone if one.refusal] == [compensate.HOLDS_CONTENT]
