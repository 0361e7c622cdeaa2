"""The provider takes a world and scripts, refuses what has no meaning, and has its word at the end of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from wfctl_plugin_scripted.world import World

from tests.plugins.local.process import INVALID, PluginProcess, Refused, Tag, call, encode, spec
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import iac_pb2_grpc as rpc

A = "scripted.inverse"


@pytest.mark.parametrize(
    ("config", "words"),
    [({"wrold": "x"}, "wrold: unknown"), ({"world": 3}, "world: must be a path"), ({"script": []}, "script: must be")],
)
def test_a_config_without_meaning_is_refused(plugin: PluginProcess, config: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: {words}"):
        plugin.configure(**config)


def test_a_script_without_meaning_is_found_before_anything_is_done(plugin: PluginProcess) -> None:
    plan = pb.IaCPlan(
        actions=[
            pb.PlanAction(action="create", resource=spec(A, "good", {"script": {"create": "lie"}})),
            pb.PlanAction(action="create", resource=spec(A, "bad", {"script": {"create": ["lye"]}})),
        ]
    )
    (remark,) = call(plugin.validator.ValidatePlan, pb.ValidatePlanRequest(plan=plan)).diagnostics
    assert (remark.resource, remark.field) == ("bad", "script.create[0]")
    assert "did you mean lie" in remark.message


def test_a_script_without_meaning_is_refused_by_the_call_too(plugin: PluginProcess, world: World) -> None:
    with pytest.raises(Refused, match=INVALID):
        plugin.create(A, "a", Tag("k"), script={"create": "lye"})
    assert world.things == {}


def test_scripts_may_lie_in_one_file(plugin: PluginProcess, world: World, tmp_path: Path) -> None:
    file = tmp_path / "scripts.json"
    file.write_text(json.dumps({"a": {"create": "refuse"}}))
    plugin.configure(world=str(world.path), script=str(file))
    with pytest.raises(Refused, match=INVALID):
        plugin.create(A, "a", Tag("k"))
    plugin.create(A, "b", Tag("b"))
    file.write_text("{}")
    assert plugin.create(A, "a", Tag("k")).id == "a-1"


@pytest.mark.parametrize(
    ("body", "words"),
    [("{", "is no JSON"), ("[]", "must be a mapping"), ('{"a": {"create": "lye"}}', "did you mean lie")],
)
def test_a_file_without_meaning_is_refused(
    plugin: PluginProcess, world: World, tmp_path: Path, body: str, words: str
) -> None:
    (tmp_path / "scripts.json").write_text(body)
    plugin.configure(world=str(world.path), script=str(tmp_path / "scripts.json"))
    with pytest.raises(Refused, match=words):
        plugin.create(A, "a", Tag("k"))


def test_a_file_that_is_not_there_is_refused(plugin: PluginProcess, world: World) -> None:
    plugin.configure(world=str(world.path), script="nowhere.json")
    with pytest.raises(Refused, match="cannot be read: No such file"):
        plugin.create(A, "a", Tag("k"))


# --- the end of a run --------------------------------------------------------------------------------------------------


@pytest.fixture
def ending(tmp_path: Path, world: World) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path, ("-m", "wfctl_plugin_scripted_finalizer"))
    process.configure(world=str(world.path))
    yield process
    process.close()


def finalized(plugin: PluginProcess, **scripts: object) -> pb.FinalizeApplyResponse:
    applied = [
        pb.AppliedAction(
            action_index=number,
            operation=pb.PLAN_OPERATION_CREATE,
            ref=pb.ResourceRef(
                name=name, type=A, provider_id=plugin.create(A, name, Tag(name), script={"finalize": script}).id
            ),
        )
        for number, (name, script) in enumerate(scripts.items())
    ]
    finalizer = rpc.IaCProviderFinalizerStub(plugin._channel)
    request = pb.FinalizeApplyRequest(plan_id="p", run_id="r-1", applied=applied)
    response: pb.FinalizeApplyResponse = call(finalizer.FinalizeApply, request)
    return response


def test_each_resource_has_its_word_at_the_end(ending: PluginProcess, world: World) -> None:
    words = ("ok", "compensated", "claims_compensated", "compensation_failed", "success", "unspecified", "unheard_of")
    answer = finalized(ending, **{word: word for word in words}, error={"do": "error", "text": "no flush"})
    assert [(one.resource_name, pb.ActionStatus.Name(one.status)[14:]) for one in answer.actions] == [
        ("compensated", "COMPENSATED"),
        ("claims_compensated", "COMPENSATED"),
        ("compensation_failed", "COMPENSATION_FAILED"),
        ("success", "SUCCESS"),
        ("unspecified", "UNSPECIFIED"),
        ("unheard-of", "COMPENSATED"),
    ]
    assert [(one.resource, one.error) for one in answer.errors] == [("error", "no flush")]
    assert "compensated-1" not in world.things
    assert "claims_compensated-1" in world.things


@pytest.mark.parametrize(
    ("turn", "code"),
    [("fail_flush", "UNKNOWN"), ({"do": "lost_flush", "status": "internal"}, "INTERNAL"), ("die", "UNAVAILABLE")],
)
def test_the_whole_end_can_go_wrong(ending: PluginProcess, turn: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        finalized(ending, a=turn)
    assert refused.value.code is grpc.StatusCode[code]


def test_the_ordinary_provider_has_no_end(plugin: PluginProcess) -> None:
    with pytest.raises(Refused) as refused:
        finalized(plugin, a="ok")
    assert refused.value.code is grpc.StatusCode.UNIMPLEMENTED


def test_other_engines_may_send_what_they_like(plugin: PluginProcess) -> None:
    request = pb.ResourceCreateRequest(resource_type="infra.scripted_inverse", spec=pb.ResourceSpec(name="a"))
    request.spec.config_json = encode({})
    assert call(plugin.driver.Create, request).output.type == "infra.scripted_inverse"
