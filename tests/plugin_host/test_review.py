from __future__ import annotations

from wfctl.core.plan import Operation, PlanAction, ResourceSpec, ResourceState
from wfctl.plugin_host.review import Objection, read_objections, write_plan
from wfctl.protocol import iac_pb2 as pb


def show(text: str, limit: int) -> str:
    return text[:limit].replace("\x1b", "")


def test_a_plugin_is_told_what_is_wanted_and_which_object_is_there() -> None:
    action = PlanAction(
        action=Operation.UPDATE,
        resource=ResourceSpec(name="a", type="t", config={"n": 1}),
        current=ResourceState(name="a", type="t", provider_id="id-a", outputs={"n": 0}),
    )

    plan = write_plan("plan-1", [action]).plan

    assert (plan.id, plan.actions[0].action) == ("plan-1", "update")
    assert plan.actions[0].resource.config_json == b'{"n":1}'
    assert plan.actions[0].current.provider_id == "id-a"
    assert plan.actions[0].current.outputs_json == b'{"n":0}'


def test_a_create_has_nothing_there() -> None:
    action = PlanAction(action=Operation.CREATE, resource=ResourceSpec(name="a", type="t"))

    assert not write_plan("plan-1", [action]).plan.actions[0].HasField("current")


def test_information_is_left_out_and_text_is_cleaned() -> None:
    answer = pb.ValidatePlanResponse(
        diagnostics=[
            pb.PlanDiagnostic(severity=pb.PLAN_DIAGNOSTIC_INFO, message="fine"),
            pb.PlanDiagnostic(severity=pb.PLAN_DIAGNOSTIC_WARNING, resource="a", message="hm"),
            pb.PlanDiagnostic(severity=pb.PLAN_DIAGNOSTIC_ERROR, resource="a", field="path", message="\x1bno"),
        ]
    )

    assert read_objections(answer, show) == (
        Objection(resource="a", field="", message="hm", error=False),
        Objection(resource="a", field="path", message="no", error=True),
    )
