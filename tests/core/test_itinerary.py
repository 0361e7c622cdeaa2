"""The stops of an action: which hooks are its own, and what comes after what."""

from __future__ import annotations

import msgspec
import pytest

from tests.core.stories import hook
from wfctl.core.itinerary import Stop, Work, hooks_at, itinerary, steps_of
from wfctl.core.plan import ActionOutline, HookPoint, HookSpec, Operation, Step, TypeDeclaration

HOOKS = (
    hook("told", HookPoint.COMPLETE),
    hook("applied 1"),
    hook("gate 1", HookPoint.BEFORE),
    hook("gone", HookPoint.DELETED),
    hook("applied 2"),
    hook("gate 2", HookPoint.BEFORE),
)
EITHER = [TypeDeclaration(), TypeDeclaration(create_before_delete=True)]


def action(operation: Operation = Operation.CREATE, **more: object) -> ActionOutline:
    fields = {"index": 0, "operation": operation, "name": "db", "type": "local.database", **more}
    return msgspec.convert(fields, ActionOutline)


def names(stops: tuple[Stop, ...]) -> list[str]:
    return [stop.hook.name if stop.hook else stop.step for stop in stops]


@pytest.mark.parametrize("declared", EITHER)
@pytest.mark.parametrize(
    ("operation", "step"),
    [(Operation.CREATE, Step.CREATE), (Operation.UPDATE, Step.UPDATE), (Operation.DELETE, Step.DELETE)],
)
def test_most_operations_are_one_call(operation: Operation, step: Step, declared: TypeDeclaration) -> None:
    assert steps_of(operation, declared) == (step,)


def test_a_replace_is_two_in_the_order_the_driver_declares() -> None:
    delete_first, create_first = (steps_of(Operation.REPLACE, declared) for declared in EITHER)

    assert delete_first == (Step.DELETE, Step.CREATE)
    assert create_first == (Step.CREATE, Step.DELETE)


@pytest.mark.parametrize(
    ("operation", "declared", "expected"),
    [
        (Operation.CREATE, EITHER[0], ["gate 1", "gate 2", "create", "applied 1", "applied 2"]),
        (Operation.UPDATE, EITHER[0], ["gate 1", "gate 2", "update", "applied 1", "applied 2"]),
        (Operation.DELETE, EITHER[0], ["gate 1", "gate 2", "delete", "gone"]),
        (Operation.REPLACE, EITHER[0], ["gate 1", "gate 2", "delete", "gone", "create", "applied 1", "applied 2"]),
        (Operation.REPLACE, EITHER[1], ["gate 1", "gate 2", "create", "applied 1", "applied 2", "delete", "gone"]),
    ],
)
def test_gates_then_each_call_with_its_hooks(
    operation: Operation, declared: TypeDeclaration, expected: list[str]
) -> None:
    assert names(itinerary(action(operation), HOOKS, declared)) == expected


def test_what_kind_of_stop_each_is() -> None:
    stops = itinerary(action(), HOOKS, TypeDeclaration())

    assert [stop.work for stop in stops] == [Work.GATE, Work.GATE, Work.STEP, Work.HOOK, Work.HOOK]
    assert all((stop.hook is None) is (stop.work is Work.STEP) for stop in stops)


def test_without_hooks_there_are_only_calls() -> None:
    assert names(itinerary(action(), (), TypeDeclaration())) == ["create"]


def test_an_action_that_only_owes_hooks_makes_no_call() -> None:
    owing = action(Operation.UPDATE, hooks_only=["applied 2", "gate 1", "gone", "told", "unknown"])

    assert names(itinerary(owing, HOOKS, TypeDeclaration())) == ["applied 2"]


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({}, True),
        ({"match_type": "local.*"}, True),
        ({"match_type": "local.database"}, True),
        ({"match_type": "local"}, False),
        ({"match_type": "LOCAL.*"}, False),
        ({"match_name": "d?"}, True),
        ({"match_name": "[ab]*"}, False),
        ({"match_actions": (Operation.UPDATE, Operation.CREATE)}, True),
        ({"match_actions": (Operation.DELETE,)}, False),
        ({"match_type": "local.*", "match_name": "web"}, False),
    ],
)
def test_which_hooks_are_an_actions_own(wanted: dict[str, object], matches: bool) -> None:
    found = hooks_at(action(), (hook("h", HookPoint.APPLIED, **wanted),), HookPoint.APPLIED)

    assert bool(found) is matches


@pytest.mark.parametrize("point", list(HookPoint))
def test_each_point_has_its_hooks_in_the_order_they_were_written(point: HookPoint) -> None:
    def is_here(each: HookSpec) -> bool:
        return each.on is point

    assert hooks_at(action(), HOOKS, point) == tuple(filter(is_here, HOOKS))
