"""Whatever instant the plugin is killed at, a new one tells what there is, and finishes or undoes it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.local.process import EXISTS, NOT_FOUND, PluginProcess, Refused, Tag, create_request, names, ref, spec
from wfctl.protocol import iac_pb2 as pb

KilledAt = Callable[[str, Callable[[PluginProcess], Any]], None]

CONFIGS: dict[str, dict[str, object]] = {
    "local.directory": {"path": "thing", "mode": "0700"},
    "local.file": {"path": "thing", "content": "x", "mode": "0600"},
    "local.symlink": {"path": "thing", "target": "elsewhere"},
    "local.key_pair": {"path": "thing", "comment": "me"},
    "local.step": {"do": ["mkdir", "thing"], "undo": ["rmdir", "thing"], "read": ["test", "-d", "thing"]},
}
kinds = pytest.mark.parametrize("kind", CONFIGS)


def creating(kind: str, key: str = "key") -> Callable[[PluginProcess], Any]:
    request = create_request(kind, "it", CONFIGS[kind])
    return lambda plugin: plugin.driver.Create.future(request, metadata=Tag(key).metadata)


def deleting(kind: str, provider_id: str, run: str = "run-2") -> Callable[[PluginProcess], Any]:
    request = pb.ResourceDeleteRequest(resource_type=kind, ref=ref(kind, "it", provider_id))
    return lambda plugin: plugin.driver.Delete.future(request, metadata=Tag("delete", run).metadata)


def things(root: Path) -> list[str]:
    return sorted(name for name in names(root) if name != ".wfctl-local")


@kinds
def test_killed_before_the_effect(plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str) -> None:
    killed_at("begun", creating(kind))
    assert things(root) == []
    for again in ({"key": "key"}, {}):
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(kind, "it", **again)
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    assert plugin.read(kind, "it", key="key") == made


@kinds
def test_killed_before_the_effect_and_never_resumed(
    plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str
) -> None:
    killed_at("begun", creating(kind))
    made = plugin.create(kind, "it", Tag("the key of a later run"), **CONFIGS[kind])
    assert plugin.read(kind, "it") == made
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(kind, "it", key="key")


@kinds
def test_killed_after_the_effect(plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str) -> None:
    killed_at("before finish 1", creating(kind))
    assert "thing" in things(root)
    found = plugin.read(kind, "it", key="key")
    assert found.key == "key"
    assert plugin.read(kind, "it") == plugin.read(kind, "it", found.id) == found
    assert plugin.diff(kind, "it", found, **CONFIGS[kind]) == []
    assert plugin.create(kind, "it", Tag("key"), **CONFIGS[kind]) == found
    plugin.delete(kind, "it", found.id)
    assert things(root) == []


def test_killed_between_the_name_of_a_file_and_that_of_its_stage(
    plugin: PluginProcess, root: Path, killed_at: KilledAt
) -> None:
    killed_at("before finish 1", creating("local.file"))
    (root / f".wfctl-{sha256(b'thing').hexdigest()[:16]}").hardlink_to(root / "thing")
    plugin.read("local.file", "it", key="key")
    assert things(root) == ["thing"]


@kinds
def test_killed_after_the_effect_and_created_by_another_run(
    plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str
) -> None:
    killed_at("before finish 1", creating(kind))
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(kind, "it", Tag("the key of a later run"), **CONFIGS[kind])
    assert plugin.read(kind, "it", key="key").key == "key"


@kinds
def test_killed_before_the_answer(plugin: PluginProcess, killed_at: KilledAt, kind: str) -> None:
    killed_at("after finish", creating(kind))
    found = plugin.read(kind, "it", key="key")
    assert plugin.create(kind, "it", Tag("key"), **CONFIGS[kind]) == found


def test_a_password_is_made_in_one_step(plugin: PluginProcess, killed_at: KilledAt) -> None:
    request = create_request("local.password", "it", {})
    killed_at("begun", lambda plugin: plugin.driver.Create.future(request, metadata=Tag("key").metadata))
    found = plugin.read("local.password", "it", key="key")
    assert len(found.outputs["value"]) == 24
    assert plugin.create("local.password", "it", Tag("key")) == found


@pytest.mark.parametrize("kind", ["local.file", "local.symlink"])
def test_what_others_put_there_meanwhile_is_not_claimed(
    plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str
) -> None:
    killed_at("begun", creating(kind))
    if kind == "local.file":
        (root / "thing").write_text("theirs")
    else:
        (root / "thing").symlink_to("theirs")
    with pytest.raises(Refused, match="is not what a create that was cut short was about to make") as refused:
        plugin.read(kind, "it", key="key")
    assert NOT_FOUND not in str(refused.value)
    with pytest.raises(Refused, match="cut short"):
        plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(kind, "it", Tag("the key of a later run"), **CONFIGS[kind])
    assert plugin.read(kind, "it", "thing").key == ""


def test_killed_between_the_halves_of_a_key(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    kind = "local.key_pair"
    killed_at("use thing", creating(kind))
    assert things(root) == ["thing.pub"]
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(kind, "it", key="key")
    public = (root / "thing.pub").read_text()
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    assert made.outputs["public"] + "\n" == public
    assert made.outputs["files_intact"]


def test_half_a_key_makes_room_for_another_one(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    killed_at("use thing", creating("local.key_pair"))
    public = (root / "thing.pub").read_text()
    made = plugin.create("local.key_pair", "it", Tag("the key of a later run"), **CONFIGS["local.key_pair"])
    assert made.outputs["files_intact"]
    assert (root / "thing.pub").read_text() != public


@kinds
def test_killed_after_a_delete_took_effect(plugin: PluginProcess, root: Path, killed_at: KilledAt, kind: str) -> None:
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    killed_at("before retire" if kind == "local.key_pair" else "before forget", deleting(kind, made.id))
    assert things(root) == []
    if kind == "local.key_pair":
        # The registry still holds the key, so it is not gone yet, and deleting it again finishes the job.
        assert plugin.read(kind, "it", made.id).outputs["files_intact"] is False
    else:
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(kind, "it", made.id)
    plugin.delete(kind, "it", made.id)
    for again in ({"key": "key"}, {"provider_id": made.id}):
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(kind, "it", **again)


def test_killed_before_a_comment_is_in_force(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    kind = "local.key_pair"
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    killed_at("after finish", commenting(made.id))
    assert plugin.read(kind, "it", made.id) == made


def test_killed_when_a_comment_is_in_force(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    kind = "local.key_pair"
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    killed_at("before finish 2", commenting(made.id))
    found = plugin.read(kind, "it", made.id)
    assert plugin.diff(kind, "it", found, path="thing", comment="you") == []


def commenting(provider_id: str) -> Callable[[PluginProcess], Any]:
    kind = "local.key_pair"
    request = pb.ResourceUpdateRequest(
        resource_type=kind,
        ref=ref(kind, "it", provider_id),
        spec=spec(kind, "it", {"path": "thing", "comment": "you"}),
    )
    return lambda plugin: plugin.driver.Update.future(request, metadata=Tag("update").metadata)


def test_killed_while_the_old_key_comes_back(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    kind = "local.key_pair"
    old = plugin.create(kind, "it", Tag("create"), path="thing")
    plugin.delete(kind, "it", old.id, Tag("delete", "run-2"))
    new = plugin.create(kind, "it", Tag("create again", "run-2"), path="thing", rotation=2)
    request = pb.CompensateRequest(
        resource_type=kind,
        operation=pb.PLAN_OPERATION_REPLACE,
        applied=ref(kind, "it", new.id),
        prior=ref(kind, "it", old.id),
        run_id="run-2",
    )
    killed_at("before reinstate", lambda plugin: plugin.compensator.Compensate.future(request))
    assert (root / "thing").read_text() == old.outputs["private"]
    undone = plugin.undo(kind, "it", pb.PLAN_OPERATION_REPLACE, new.id, old.id, run="run-2")
    assert undone.result == pb.UNDO_RESULT_DONE
    assert plugin.read(kind, "it", old.id).outputs == old.outputs


def test_killed_while_a_step_is_undone(plugin: PluginProcess, root: Path, killed_at: KilledAt) -> None:
    kind = "local.step"
    made = plugin.create(kind, "it", Tag("key"), **CONFIGS[kind])
    request = pb.CompensateRequest(
        resource_type=kind, operation=pb.PLAN_OPERATION_CREATE, applied=ref(kind, "it", made.id)
    )
    killed_at("before forget", lambda plugin: plugin.compensator.Compensate.future(request))
    assert things(root) == []
    # `undo` would fail if it ran a second time: there is nothing left to remove.
    assert plugin.undo(kind, "it", pb.PLAN_OPERATION_CREATE, made.id).result == pb.UNDO_RESULT_DONE
    assert plugin.undo(kind, "it", pb.PLAN_OPERATION_CREATE, made.id).result == pb.UNDO_RESULT_NOTHING_TO_UNDO
