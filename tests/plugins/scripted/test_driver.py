"""Without a script, scripted resources are good ones; and each type declares what its name says."""

from __future__ import annotations

import pytest
from wfctl_plugin_scripted.kinds import KINDS
from wfctl_plugin_scripted.world import World

from tests.plugins.local.process import EXISTS, NOT_FOUND, PluginProcess, Refused, Tag, call
from wfctl.protocol import iac_pb2 as pb

A = "scripted.inverse"


def policies(plugin: PluginProcess) -> dict[str, pb.CompensationPolicy]:
    found = call(plugin.compensator.DescribeCompensation, pb.DescribeCompensationRequest()).policies
    return {one.resource_type: one for one in found}


def traits(plugin: PluginProcess) -> dict[str, pb.ResourceTraits]:
    found = call(plugin.traits.DescribeTraits, pb.DescribeTraitsRequest()).traits
    return {one.resource_type: one for one in found}


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_of_each_type_is_made_changed_and_taken_away(plugin: PluginProcess, world: World, kind: str) -> None:
    of = f"scripted.{kind}"
    made = plugin.create(of, "a", Tag("k"), count=1)
    assert made.outputs | {"token": ""} == {"count": 1, "items": 0, "version": 1, "token": ""}
    assert plugin.read(of, "a", made.id) == made
    changed = plugin.update(of, "a", made.id, count=2, color="red")
    assert world.things[made.id].values == {"count": 2, "color": "red"}
    assert plugin.diff(of, "a", changed, count=2, color="red") == []
    assert [(one.path, one.force_new) for one in plugin.diff(of, "a", changed, count=3, shape="b", color="red")] == [
        ("count", False),
        ("shape", True),
    ]
    plugin.delete(of, "a", made.id)
    plugin.delete(of, "a", made.id)
    assert world.things == {}
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(of, "a", made.id)


def test_the_same_key_makes_one_thing_or_two(plugin: PluginProcess, world: World) -> None:
    for _ in range(2):
        plugin.create("scripted.inverse", "a", Tag("k"))
        plugin.create("scripted.keyed", "b", Tag("k2"))
    assert list(world.things) == ["a-1", "b-1", "b-2"]


def test_a_name_can_be_taken_once_twice_or_over(plugin: PluginProcess, world: World) -> None:
    world.put("n", "scripted.natural")
    world.put("u", "scripted.upsert", count=1)
    world.put("o", "scripted.named")
    with pytest.raises(Refused, match=EXISTS):
        plugin.create("scripted.natural", "n", Tag("k"))
    assert plugin.create("scripted.upsert", "u", Tag("k"), count=2).id == "u-1"
    assert plugin.create("scripted.named", "o", Tag("k")).id == "o-2"
    assert world.things["u-1"].values == {"count": 2}
    assert world.things["u-1"].key == ""


def test_things_are_found_by_what_is_declared(plugin: PluginProcess) -> None:
    made = {kind: plugin.create(f"scripted.{kind}", kind, Tag(kind)) for kind in ("inverse", "named", "blind")}
    assert plugin.read("scripted.inverse", "inverse", key="inverse") == made["inverse"]
    assert plugin.read("scripted.named", "named") == made["named"]
    with pytest.raises(Refused, match="read by provider_id"):
        plugin.read("scripted.blind", "blind", key="blind")


def test_each_type_declares_how_it_is_undone(plugin: PluginProcess) -> None:
    found = policies(plugin)
    assert "scripted.plain" not in found
    modes = {kind: (one.create, one.update, one.replace, one.delete) for kind, one in found.items()}
    none, inverse, custom = pb.COMPENSATION_MODE_NONE, pb.COMPENSATION_MODE_INVERSE, pb.COMPENSATION_MODE_CUSTOM
    assert modes["scripted.inverse"] == (inverse,) * 4
    assert modes["scripted.custom_swap"] == (custom,) * 4
    assert modes["scripted.none"] == (none,) * 4
    assert modes["scripted.mixed"] == (inverse, custom, none, inverse)
    assert modes["scripted.lossy"] == (inverse, inverse, none, none)
    assert [kind for kind, one in found.items() if not one.stateless and kind.startswith("scripted.")] == [
        "scripted.data",
        "scripted.store",
        "scripted.data_custom",
        "scripted.store_custom",
        "scripted.store_swap",
    ]
    assert found["scripted.store"].emptiness_output == "items"
    assert found["scripted.marked"].fingerprint_output == "version"
    assert found["scripted.hasty"].undo_timeout_seconds == 1


def test_each_type_declares_how_it_is_found(plugin: PluginProcess) -> None:
    found = traits(plugin)
    assert "scripted.plain" not in found
    assert (found["scripted.blind"].reads_by_key, found["scripted.blind"].reads_by_name) == (False, False)
    assert found["scripted.inverse_swap"].create_before_delete
    assert found["scripted.early"].identity == pb.IDENTITY_TIMING_EARLY
    assert found["scripted.upsert"].upsert


CREATE, UPDATE = pb.PLAN_OPERATION_CREATE, pb.PLAN_OPERATION_UPDATE
REPLACE, DELETE = pb.PLAN_OPERATION_REPLACE, pb.PLAN_OPERATION_DELETE


def undo(plugin: PluginProcess, operation: pb.PlanOperation, applied: str, prior: str = "") -> pb.CompensateResponse:
    request = pb.CompensateRequest(
        resource_type="scripted.custom",
        operation=operation,
        applied=pb.ResourceRef(name="a", type="scripted.custom", provider_id=applied),
        undo_key="undo",
    )
    if operation != CREATE:
        request.prior.CopyFrom(pb.ResourceRef(name="a", type="scripted.custom", provider_id=prior))
        request.prior_spec.CopyFrom(pb.ResourceSpec(name="a", type="scripted.custom", config_json=b'{"count":1}'))
    response: pb.CompensateResponse = call(plugin.compensator.Compensate, request, Tag("undo").metadata)
    return response


def test_the_plugins_own_undo_brings_back_what_was_there(plugin: PluginProcess, world: World) -> None:
    made = plugin.create("scripted.custom", "a", Tag("k"), count=1)
    plugin.update("scripted.custom", "a", made.id, count=2)
    assert undo(plugin, UPDATE, made.id, made.id).restored.provider_id == made.id
    assert world.things[made.id].values == {"count": 1}
    plugin.delete("scripted.custom", "a", made.id)
    assert undo(plugin, DELETE, made.id, made.id).restored.provider_id == "a-2"
    plugin.create("scripted.custom", "a", Tag("k2"), count=9)
    assert undo(plugin, REPLACE, "a-3", "a-2").result == pb.UNDO_RESULT_DONE
    assert [(one.id, one.values) for one in world.things.values()] == [("a-2", {"count": 1})]
    assert undo(plugin, CREATE, "a-2").result == pb.UNDO_RESULT_DONE
    assert undo(plugin, CREATE, "a-2").result == pb.UNDO_RESULT_NOTHING_TO_UNDO
    assert world.things == {}
