"""Which services a provider offers, and the RPCs that look at many resources."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from tests.plugin_sdk.child import IAC, Child, started
from wfctl.plugin_sdk import (
    Compensable,
    Compensation,
    CreateRequest,
    CreateSteps,
    Deferral,
    DeleteRequest,
    DriftDetector,
    Enumerator,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    Output,
    PlannedAction,
    Provider,
    ReadRequest,
    Remark,
    ResourceDriver,
    Traits,
    Validator,
)
from wfctl.plugin_sdk._servicer import services
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import plugin_pb2

ALWAYS = {"IaCProviderRequired", "ResourceDriver"}


class Plain(ResourceDriver):
    type = "x.plain"

    def create(self, request: CreateRequest) -> Output | CreateSteps:
        return Output(request.spec.name)

    def read(self, request: ReadRequest) -> Output:
        return Output(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        pass


class Early(Plain):
    def create(self, request: CreateRequest) -> CreateSteps:
        yield from ()
        return Output(request.spec.name)


class Undoable(Compensable, Plain):
    compensation = Compensation()


class Lister(Enumerator, Plain):
    def enumerate(self) -> list[Output]:
        return []


class Concurrent(Plain):
    traits = Traits(max_concurrency=2)


class Drifting(DriftDetector, Provider):
    pass


class Flushing(Finalizer, Provider):
    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        return FinalizeResult()


class Marking(Flushing):
    deferral = Deferral.MARKED


class Judging(Validator, Provider):
    def validate(self, actions: tuple[PlannedAction, ...]) -> list[Remark]:
        return []


@pytest.mark.parametrize(
    ("provider", "optional"),
    [
        (Provider("x", "1", [Plain()]), set()),
        (Provider("x", "1", [Early()]), {"IaCProviderTraits", "IaCProviderCreateStream"}),
        (Provider("x", "1", [Undoable()]), {"IaCProviderCompensator"}),
        (Provider("x", "1", [Lister()]), {"IaCProviderEnumerator"}),
        (Provider("x", "1", [Concurrent()]), {"IaCProviderTraits"}),
        (Provider("x", "1", [Plain()], max_concurrency=1), {"IaCProviderTraits"}),
        (Provider("x", "1", [Plain()], max_rps=0.5), {"IaCProviderTraits"}),
        (Drifting("x", "1", [Plain()]), {"IaCProviderDriftDetector", "IaCProviderDriftConfigDetector"}),
        (Flushing("x", "1", [Plain()]), {"IaCProviderFinalizer"}),
        (Marking("x", "1", [Plain()]), {"IaCProviderFinalizer", "IaCProviderTraits"}),
        (Judging("x", "1", [Plain()]), {"IaCProviderValidator"}),
    ],
)
def test_an_optional_service_is_offered_only_by_who_has_the_ability(provider: Provider, optional: set[str]) -> None:
    assert services(provider).keys() == ALWAYS | optional


def test_the_registry_lists_what_is_offered_and_nothing_of_go_plugin(shelf: Child) -> None:
    registry = shelf.call("PluginService/GetContractRegistry")
    names = [contract.service_name.removeprefix(f"{IAC}.") for contract in registry.contracts]
    assert names == sorted(
        ALWAYS
        | {"IaCProviderTraits", "IaCProviderCreateStream", "IaCProviderCompensator", "IaCProviderEnumerator"}
        | {"IaCProviderDriftDetector", "IaCProviderDriftConfigDetector", "IaCProviderFinalizer", "IaCProviderValidator"}
    )
    assert registry.contracts[0] == plugin_pb2.ContractDescriptor(
        kind=plugin_pb2.CONTRACT_KIND_SERVICE,
        service_name=f"{IAC}.{names[0]}",
        mode=plugin_pb2.CONTRACT_MODE_STRICT_PROTO,
    )


def test_what_is_not_offered_is_unimplemented() -> None:
    with started("parrot") as parrot:
        failures = [
            parrot.failure(method)
            for method in (
                "IaCProviderFinalizer/FinalizeApply",
                "IaCProviderRequired/Plan",
                "IaCProviderRequired/ResolveSizing",
                "PluginService/GetManifest",
                "PluginService/GetTriggerTypes",
                "PluginService/GetConfigFragment",
            )
        ]
    assert {failure.code for failure in failures} == {grpc.StatusCode.UNIMPLEMENTED}


def test_name_version_and_the_planning_contract_need_no_configuration() -> None:
    with started("shelf") as fresh:
        assert fresh.call("IaCProviderRequired/Name").name == "shelf"
        assert fresh.call("IaCProviderRequired/Version").version == "1.2.3"
        answer = fresh.call("IaCProviderRequired/Capabilities")
    assert answer.compute_plan_version == "v2"
    assert {one.resource_type: list(one.operations) for one in answer.capabilities} == {
        "shelf.box": ["create", "read", "update", "delete", "scale"],
        "infra.shelf_box": ["create", "read", "update", "delete", "scale"],
        "shelf.tank": ["create", "read", "delete"],
        "infra.shelf_tank": ["create", "read", "delete"],
    }


def test_a_configuration_can_be_refused_and_given_again(tmp_path: Path) -> None:
    good = pb.InitializeRequest(config_json=json.dumps({"folder": str(tmp_path)}).encode())
    with started("shelf") as fresh:
        assert fresh.failure("IaCProviderRequired/Initialize").text == "iac: validation error: folder is missing"
        assert fresh.failure("ResourceDriver/Read", read("a")).code is grpc.StatusCode.FAILED_PRECONDITION
        fresh.call("IaCProviderRequired/Initialize", good)
        assert fresh.failure("ResourceDriver/Read", read("a")).text == "iac: resource not found: a"


def test_destroy_goes_on_after_a_failure(shelf: Child, folder: Path) -> None:
    put(folder, "a")
    refs = [ref("a"), pb.ResourceRef(name="h", type="shelf.hat", provider_id="h"), ref("gone")]
    result = shelf.call("IaCProviderRequired/Destroy", pb.DestroyRequest(refs=refs)).result
    assert list(result.destroyed) == ["a", "gone"]
    assert [(one.resource, one.action) for one in result.errors] == [("h", "delete")]
    assert list(folder.iterdir()) == []


def test_status_tells_what_runs_from_what_is_gone(shelf: Child, folder: Path) -> None:
    put(folder, "a")
    statuses = shelf.call("IaCProviderRequired/Status", pb.StatusRequest(refs=[ref("a"), ref("b")])).statuses
    assert [(one.name, one.status) for one in statuses] == [("a", "running"), ("b", "unknown")]
    assert json.loads(statuses[0].outputs_json)["content"] == "tea"


def test_import_gives_a_record_of_what_exists(shelf: Child, folder: Path) -> None:
    put(folder, "a")
    message = pb.ImportRequest(provider_id="box-a", resource_type="shelf.box")
    state = shelf.call("IaCProviderRequired/Import", message).state
    assert (state.name, state.type, state.provider, state.provider_id) == ("a", "shelf.box", "shelf", "box-a")
    assert state.applied_config_source == "adoption"
    assert json.loads(state.outputs_json)["content"] == "tea"
    gone = shelf.failure("IaCProviderRequired/Import", pb.ImportRequest(provider_id="x", resource_type="shelf.box"))
    assert gone.text.startswith("iac: resource not found")


@pytest.mark.parametrize(
    ("method", "make"),
    [
        ("IaCProviderDriftDetector/DetectDriftWithSpecs", pb.DetectDriftWithSpecsRequest),
        ("IaCProviderDriftConfigDetector/DetectDriftConfig", pb.DetectDriftConfigRequest),
    ],
)
def test_drift_by_specs(
    shelf: Child, folder: Path, method: str, make: type[pb.DetectDriftWithSpecsRequest | pb.DetectDriftConfigRequest]
) -> None:
    put(folder, "same", "changed")
    tea, cake = b'{"content":"tea"}', b'{"content":"cake","combination":"1"}'
    specs = {
        name: pb.ResourceSpec(name=name, type="shelf.box", config_json=config)
        for name, config in {"same": tea, "changed": cake, "gone": tea}.items()
    }
    same, changed, gone = shelf.call(method, make(refs=map(ref, specs), specs=specs)).drifts
    assert (same.drifted, getattr(same, "class")) == (False, pb.DRIFT_CLASS_IN_SYNC)
    assert (changed.drifted, getattr(changed, "class")) == (True, pb.DRIFT_CLASS_CONFIG)
    assert (gone.drifted, getattr(gone, "class")) == (True, pb.DRIFT_CLASS_GHOST)
    assert list(changed.fields) == ["content", "combination"]
    assert (changed.expected_json, changed.actual_json) == (b'{"content":"cake"}', b'{"content":"tea"}')


def test_drift_without_specs_sees_what_vanished(shelf: Child, folder: Path) -> None:
    put(folder, "a")
    drifts = shelf.call("IaCProviderDriftDetector/DetectDrift", pb.DetectDriftRequest(refs=[ref("a"), ref("b")])).drifts
    assert [getattr(one, "class") for one in drifts] == [pb.DRIFT_CLASS_IN_SYNC, pb.DRIFT_CLASS_GHOST]


def test_finalize_sees_what_was_applied_and_reports(shelf: Child) -> None:
    message = pb.FinalizeApplyRequest(
        plan_id="p-1",
        run_id="r-1",
        applied=[pb.AppliedAction(action_index=4, operation=pb.PLAN_OPERATION_REPLACE, ref=ref("a"))],
    )
    answer = shelf.call("IaCProviderFinalizer/FinalizeApply", message)
    assert list(answer.errors) == [pb.ActionError(resource="shelf.box", action="deferred_update", error="p-1 of r-1")]
    assert list(answer.actions) == [
        pb.ActionResult(
            status=pb.ACTION_STATUS_COMPENSATED,
            resource_name="a",
            resource_type="shelf.box",
            code="swept",
            evidence_json=b'{"applied":"4:REPLACE:a"}',
        )
    ]


def test_finalize_as_other_engines_ask_for_it(shelf: Child) -> None:
    answer = shelf.call("IaCProviderFinalizer/FinalizeApply", pb.FinalizeApplyRequest(plan_id="p"), run_id="r-2")
    assert answer.errors[0].error == "p of r-2"


def test_a_plan_is_judged(shelf: Child) -> None:
    current = pb.ResourceState(name="a", type="shelf.box", provider_id="box-a")
    kept = pb.PlanAction(action="update", resource=pb.ResourceSpec(name="b", type="shelf.box"))
    doomed = pb.PlanAction(action="delete", resource=pb.ResourceSpec(name="a", type="shelf.box"), current=current)
    message = pb.ValidatePlanRequest(plan=pb.IaCPlan(actions=[kept, doomed]))
    assert list(shelf.call("IaCProviderValidator/ValidatePlan", message).diagnostics) == [
        pb.PlanDiagnostic(severity=pb.PLAN_DIAGNOSTIC_WARNING, resource="a", message="box-a is full")
    ]


def test_a_plan_with_an_action_nobody_knows_is_refused(shelf: Child) -> None:
    message = pb.ValidatePlanRequest(plan=pb.IaCPlan(actions=[pb.PlanAction(action="paint")]))
    assert shelf.failure("IaCProviderValidator/ValidatePlan", message).code is grpc.StatusCode.INVALID_ARGUMENT


def put(folder: Path, *names: str) -> None:
    for name in names:
        kept = {"name": name, "key": "", "config": {"content": "tea"}}
        (folder / f"box-{name}").write_text(json.dumps(kept))


def ref(name: str) -> pb.ResourceRef:
    return pb.ResourceRef(name=name, type="shelf.box", provider_id=f"box-{name}")


def read(name: str) -> pb.ResourceReadRequest:
    return pb.ResourceReadRequest(resource_type="shelf.box", ref=ref(name))
