from __future__ import annotations

import msgspec
import pytest

from tests.planner.cloud import having, row
from wfctl.core.plan import Operation, Plan, PlanAction, ResourceSpec, ResourceState
from wfctl.errors import Kind, WfctlError
from wfctl.planner.gates import refuse_not_compensable, refuse_protected, refuse_quarantined
from wfctl.planner.recovery import Compensability

C, U, R, D = Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE


def step(operation: Operation, name: str, *, current: ResourceState | None = None, **config: object) -> PlanAction:
    spec = ResourceSpec(name=name, type="local.file", config=None if operation is D else dict(config))
    return PlanAction(action=operation, resource=spec, current=current)


def on(one: PlanAction, *names: str) -> PlanAction:
    resource = msgspec.structs.replace(one.resource, depends_on=names)
    return msgspec.structs.replace(one, resource=resource)


def plan(*steps: PlanAction) -> Plan:
    return Plan(id="plan-1", actions=steps)


GUARDED = having(row("x"), protected=True)
WRITTEN = having(row("x"), applied_config={"protected": True})


@pytest.mark.parametrize(
    "one",
    [
        step(D, "x", current=GUARDED),
        step(R, "x", current=GUARDED),
        step(D, "x", current=WRITTEN),
        step(R, "x", current=row("x"), protected=True),
    ],
)
def test_a_protected_resource_is_neither_replaced_nor_deleted(one: PlanAction) -> None:
    with pytest.raises(WfctlError) as caught:
        refuse_protected(plan(one), ())
    assert (caught.value.kind, caught.value.code) == (Kind.POLICY, "PROTECTED")
    assert caught.value.message == "the plan would destroy 1 protected resource"
    assert caught.value.details == (f"x ({one.action})",)
    assert caught.value.hint == "to allow it: --allow-replace=x"
    refuse_protected(plan(one), ("x",))


def test_all_that_is_protected_is_named_together() -> None:
    guarded = [step(D, name, current=having(row(name), protected=True)) for name in ("z", "a", "ok")]
    with pytest.raises(WfctlError) as caught:
        refuse_protected(plan(*guarded), ("ok",))
    assert caught.value.details == ("z (delete)", "a (delete)")
    assert caught.value.hint == "to allow it: --allow-replace=a,z"


@pytest.mark.parametrize(
    "one",
    [
        step(U, "x", current=GUARDED, protected=True),
        step(C, "x", protected=True),
        step(D, "x", current=row("x")),
        step(R, "x", current=row("x"), protected="true"),
    ],
)
def test_everything_else_passes(one: PlanAction) -> None:
    refuse_protected(plan(one), ())


MARKED = having(row("db"), mark="quarantined")


def test_a_quarantined_resource_is_left_alone() -> None:
    with pytest.raises(WfctlError) as caught:
        refuse_quarantined(plan(step(U, "db", current=MARKED)), [MARKED, row("x")], {"db": "r-7k3q"})
    assert (caught.value.kind, caught.value.code) == (Kind.NEEDS_PERSON, "QUARANTINED")
    assert caught.value.message == "nobody knows how local.file.db really is"
    assert caught.value.details == ("local.file.db",)
    assert caught.value.hint.startswith("look at it, then: wfctl settle r-7k3q local.file.db --as 'present:ID|absent'")


@pytest.mark.parametrize(
    "touching",
    [
        on(step(C, "web"), "db"),
        step(C, "web", url="${db.host}"),
        step(D, "web", current=having(row("web"), dependencies=("db",))),
    ],
)
def test_so_is_what_depends_on_one(touching: PlanAction) -> None:
    rows = [MARKED] + ([touching.current] if touching.current else [])
    with pytest.raises(WfctlError) as caught:
        refuse_quarantined(plan(touching), rows, {})
    assert caught.value.details == ("local.file.web depends on db",)
    assert "wfctl settle RUN local.file.db" in caught.value.hint


def test_a_dependant_of_a_dependant_is_one_too() -> None:
    rows = [MARKED, row("mid", on=["db"])]
    with pytest.raises(WfctlError) as caught:
        refuse_quarantined(plan(on(step(C, "far"), "mid")), rows, {})
    assert caught.value.details == ("local.file.far depends on db",)


def test_the_rest_of_the_world_goes_on() -> None:
    refuse_quarantined(plan(step(C, "other")), [MARKED], {})
    refuse_quarantined(plan(step(D, "db", current=row("db"))), [row("db")], {})


def test_a_plan_that_cannot_be_undone_is_refused_on_demand() -> None:
    refuse_not_compensable(Compensability(compensable=2, total=2))
    counted = Compensability(compensable=1, total=2, not_compensable=(("local.disk.d", "may hold data"),))
    with pytest.raises(WfctlError, match="1 of 2 actions could not be undone") as caught:
        refuse_not_compensable(counted)
    assert caught.value.kind is Kind.POLICY
    assert caught.value.details == ("local.disk.d (may hold data)",)
