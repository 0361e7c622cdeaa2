from __future__ import annotations

import msgspec
import pytest

from tests.planner.cloud import (
    DECLARATION,
    DISK,
    FILE,
    KEY,
    Cloud,
    action,
    actions,
    having,
    planned,
    row,
    want,
)
from wfctl.core.outcome import Failure
from wfctl.core.plan import FieldChange, Operation, Provenance
from wfctl.engine.ports import CallFailed, Reach
from wfctl.errors import WfctlError

C, U, R, D = Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE


def test_a_replacement_that_stopped_half_way_is_taken_up_again() -> None:
    half = having(row("a"), mark="half_replaced", provider_id="")
    made = planned(Cloud(), [want("a")], [half])
    assert actions(made) == [(C, "a")]
    assert made.plan.steps[0].current == half
    assert made.plan.steps[0].reason == "its replacement stopped half-way"


def test_a_doubtful_creation_is_not_compared_with_anything() -> None:
    cloud = Cloud()
    doubtful = having(row("a"), mark="quarantined", provider_id="")
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("a")], [doubtful])
    assert caught.value.code == "QUARANTINED"
    assert cloud.calls == []


def test_another_type_under_the_same_name_is_a_replacement() -> None:
    cloud = Cloud()
    cloud.put("a", FILE)
    made = planned(cloud, [want("a", KEY)], [row("a", FILE)])
    assert actions(made) == [(R, "a")]
    step = made.plan.steps[0]
    assert (step.resource.type, step.current.type if step.current else "") == (KEY, FILE)
    assert step.changes == (FieldChange(path="type", old=FILE, new=KEY, force_new=True),)
    assert step.reason == "its type changes from local.file to local.key_pair"
    assert cloud.calls == [("read", "a")]


def test_another_provider_under_the_same_name_is_a_replacement() -> None:
    cloud, other = Cloud(), Cloud(msgspec.structs.replace(DECLARATION, name="other"))
    cloud.put("a")
    made = planned({"cloud": cloud, "other": other}, [want("a", provider="other")], [row("a")])
    assert actions(made) == [(R, "a")]
    assert made.plan.steps[0].provider_ref == "other"
    assert made.plan.steps[0].reason == "its provider changes from cloud to other"
    assert (cloud.calls, other.calls) == ([("read", "a")], [])


def test_a_state_that_does_not_name_the_provider_is_no_change_of_it() -> None:
    cloud = Cloud()
    cloud.put("a")
    assert actions(planned(cloud, [want("a")], [having(row("a"), provider_ref="")])) == []


def test_hooks_that_are_still_owed_run_although_nothing_changes() -> None:
    cloud = Cloud()
    cloud.put("a", port=1)
    owing = having(row("a", outputs={"port": 1}), hooks_pending=("smoke", "removed"))
    desired = [want("a", port=1), want("b", on=["a"], port="${a.port}")]
    made = planned(cloud, desired, [owing], hooks=("smoke", "other"))
    assert actions(made) == [(U, "a"), (C, "b")]
    assert action(made, "a").hooks_only == ("smoke",)
    assert action(made, "a").reason == "hooks to be run again: smoke"
    assert action(made, "b").resource.config == {"port": 1}
    assert action(made, "b").requires == (0,)
    assert made.compensability.total == 1
    assert actions(planned(cloud, desired[:1], [owing], hooks=("other",))) == []


def test_a_change_runs_its_hooks_anyway() -> None:
    cloud = Cloud()
    cloud.put("a", port=1)
    owing = having(row("a", outputs={"port": 1}), hooks_pending=("smoke",))
    made = planned(cloud, [want("a", port=2)], [owing], hooks=("smoke",))
    assert made.plan.steps[0].hooks_only == ()


def test_a_reference_to_something_that_is_about_to_go_is_a_mistake() -> None:
    cloud = Cloud()
    cloud.put("old")
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("a", x="${old.id}")], [row("old")])
    assert caught.value.details[0].endswith("${old.id} at x: old has no output id, or is not known yet")


def test_what_refers_to_something_that_cannot_be_planned_is_not_complained_about_too() -> None:
    with pytest.raises(WfctlError) as caught:
        planned(Cloud(), [want("a", x="${UNSET}"), want("b", x="${a.id}")])
    assert len(caught.value.details) == 1


def test_a_comparison_that_fails_stops_the_plan_and_says_where() -> None:
    cloud = Cloud()
    cloud.put("a")
    cloud.refuse["diff", "a"] = CallFailed(Reach.REFUSED, Failure(code="validation", message="bits must be even"))
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("a", bits=3)], [row("a")])
    assert caught.value.code == "DRIVER_FAILED"
    assert caught.value.details == ("infra.yaml:1:3: local.file.a: Diff: bits must be even",)


def test_the_protection_of_a_module_is_part_of_its_config() -> None:
    wanted = msgspec.structs.replace(want("a", x=1), protected=True)
    assert planned(Cloud(), [wanted]).plan.steps[0].resource.config == {"x": 1, "protected": True}


# --- adopting ---------------------------------------------------------------------------------------------------------


def test_what_is_there_already_is_adopted_when_the_config_says_so() -> None:
    cloud = Cloud()
    cloud.put("a", text="old", sensitive=("key",), key="hunter2")
    made = planned(cloud, [want("a", text="new", adopt_existing=True), want("b", up="${a.text}")])
    assert actions(made) == [(U, "a"), (C, "b")]
    step = action(made, "a")
    assert step.current is not None
    assert (step.current.provenance, step.current.provider_id) == (Provenance.ADOPTED, "id-a")
    assert (step.current.applied_config_source, step.current.provider_ref) == ("adoption", "cloud")
    assert step.current.outputs == {"text": "old"}
    assert step.changes == (FieldChange(path="text", old="old", new="new"),)
    assert step.reason == "adopts id-a, which is there already"
    assert action(made, "b").resource.config == {"up": "${a.text}"}
    assert "hunter2" not in str(made)


def test_what_is_there_exactly_as_wanted_is_adopted_too() -> None:
    cloud = Cloud()
    cloud.put("a", text="x")
    assert actions(planned(cloud, [want("a", text="x", adopt_existing="true")])) == [(U, "a")]


def test_nothing_there_to_adopt_is_created() -> None:
    cloud = Cloud()
    cloud.likely.add("b")
    made = planned(cloud, [want("a", adopt_existing=True), want("b", adopt_existing=True)])
    assert actions(made) == [(C, "a"), (C, "b")]
    assert [one.address for one in made.remarks] == ["local.file.b"]


@pytest.mark.parametrize("no", [False, None, "", "false", "No", "0", 0])
def test_nobody_looks_where_adoption_is_not_asked_for(no: object) -> None:
    cloud = Cloud()
    cloud.put("a")
    assert actions(planned(cloud, [want("a", adopt_existing=no)])) == [(C, "a")]
    assert cloud.calls == []


def test_adoption_by_id_works_for_every_type_and_by_name_where_declared() -> None:
    cloud = Cloud()
    cloud.put("d", DISK)
    by_id = want("d", DISK, adopt_existing=True, provider_id="${DISK_ID}")
    assert actions(planned(cloud, [by_id], environment={"DISK_ID": "id-d"})) == [(U, "d")]
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("d", DISK, adopt_existing=True)])
    assert caught.value.details == (
        "infra.yaml:1:3: local.disk.d: adopt_existing: local.disk cannot be found by name; give its provider_id",
    )


def test_what_wfctl_did_not_make_is_not_replaced_without_being_told() -> None:
    cloud = Cloud(fixed=("size",))
    cloud.put("a", size=1)
    wanted = want("a", size=2, adopt_existing=True)
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [wanted])
    assert "could only be replaced (size cannot be changed in place)" in caught.value.details[0]
    assert actions(planned(cloud, [wanted], allow_replace=("a",))) == [(R, "a")]


def test_a_look_for_something_to_adopt_that_fails_stops_the_plan() -> None:
    cloud = Cloud()
    cloud.refuse["read", "a"] = CallFailed(
        Reach.IN_DOUBT, Failure(code="unavailable", message="gone"), plugin_died=True
    )
    with pytest.raises(WfctlError) as caught:
        planned(cloud, [want("a", adopt_existing=True)])
    assert (caught.value.kind, caught.value.code) == ("plugin", "DRIVER_FAILED")
