"""What the plugin says of itself, and what it says of a plan."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import wfctl_plugin_local

from tests.plugins.local.process import INVALID, PluginProcess, Refused, call, names, spec
from wfctl.protocol import iac_pb2 as pb

KINDS = ("directory", "file", "symlink", "password", "key_pair", "step")
TYPES = {name for kind in KINDS for name in (f"local.{kind}", f"infra.local_{kind}")}
INVERSE, CUSTOM, NONE = (
    pb.COMPENSATION_MODE_INVERSE,
    pb.COMPENSATION_MODE_CUSTOM,
    pb.COMPENSATION_MODE_NONE,
)


def test_it_is_found_as_an_entry_point() -> None:
    (point,) = [one for one in metadata.entry_points(group="wfctl.plugins") if one.name == "local"]
    assert point.value == "wfctl_plugin_local"


def test_the_manifest_says_what_the_plugin_says(process: PluginProcess) -> None:
    manifest = json.loads(Path(wfctl_plugin_local.__file__).with_name("plugin.json").read_text(encoding="utf-8"))
    provider = manifest["capabilities"]["iacProvider"]
    answer = call(process.provider.Capabilities, pb.CapabilitiesRequest())
    version = call(process.provider.Version, pb.VersionRequest()).version
    assert provider["name"] == call(process.provider.Name, pb.NameRequest()).name == "local"
    assert manifest["version"] == version == wfctl_plugin_local.__version__
    assert set(provider["resourceTypes"]) == {one.resource_type for one in answer.capabilities} == TYPES
    assert manifest["iacProvider"]["computePlanVersion"] == answer.compute_plan_version == "v2"


def test_every_type_declares_the_same_traits(process: PluginProcess) -> None:
    answer = call(process.traits.DescribeTraits, pb.DescribeTraitsRequest())
    assert {one.resource_type for one in answer.traits} == TYPES
    assert answer.max_concurrency == 16
    for one in answer.traits:
        assert one.reads_by_name
        assert one.reads_by_key
        assert one.idempotency == pb.IDEMPOTENCY_KEY
        assert (one.read_lag_ms, one.max_concurrency) == (0, 16)


@pytest.mark.parametrize("form", ["local.{}", "infra.local_{}"])
@pytest.mark.parametrize(
    ("kind", "modes", "facts"),
    [
        ("directory", (INVERSE, INVERSE, INVERSE, INVERSE), {"emptiness_output": "entries"}),
        ("file", (INVERSE, INVERSE, INVERSE, INVERSE), {"stateless": True, "fingerprint_output": "sha256"}),
        ("symlink", (INVERSE, INVERSE, INVERSE, INVERSE), {"stateless": True, "fingerprint_output": "target"}),
        ("password", (NONE, NONE, NONE, NONE), {}),
        ("key_pair", (CUSTOM, INVERSE, CUSTOM, CUSTOM), {}),
        ("step", (CUSTOM, INVERSE, NONE, NONE), {}),
    ],
)
def test_what_can_be_undone(
    process: PluginProcess, form: str, kind: str, modes: tuple[int, ...], facts: dict[str, Any]
) -> None:
    policy = process.policy(form.format(kind))
    assert (policy.create, policy.update, policy.replace, policy.delete) == modes
    for name in ("stateless", "fingerprint_output", "emptiness_output"):
        assert getattr(policy, name) == facts.get(name, type(getattr(policy, name))())


# --- the root ---------------------------------------------------------------------------------------------------------------


def test_a_root_is_relative_to_where_the_plugin_was_started(tmp_path: Path) -> None:
    plugin = PluginProcess(tmp_path)
    plugin.configure(root="deep/er", provider="local")
    assert not (tmp_path / "deep").exists()
    with pytest.raises(Refused):
        plugin.read("local.file", "a", "a")
    assert not (tmp_path / "deep").exists()
    plugin.create("local.file", "a", path="a", content="x")
    assert (tmp_path / "deep" / "er" / "a").read_text() == "x"
    plugin.close()


@pytest.mark.parametrize("config", [{}, {"root": ""}, {"root": 7}, {"root": "a\nb"}, {"root": "r", "rot": "r"}])
def test_a_root_that_cannot_be_right(plugin: PluginProcess, config: dict[str, object]) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: (root|rot): "):
        plugin.configure(**config)


def test_a_root_that_is_no_folder(plugin: PluginProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused, match=f"{INVALID}: root: must name a folder"):
        plugin.configure(root=str(tmp_path / "file"))


def test_a_root_may_be_a_link(plugin: PluginProcess, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    plugin.configure(root=str(tmp_path / "link"))
    plugin.create("local.file", "a", path="a", content="x")
    assert names(tmp_path / "real") == [".wfctl-local", "a"]


# --- plans ------------------------------------------------------------------------------------------------------------------


def remarks(plugin: PluginProcess, *actions: tuple[str, str, str, dict[str, object]]) -> list[tuple[str, str, str]]:
    plan = pb.IaCPlan()
    for operation, kind, name, config in actions:
        plan.actions.append(pb.PlanAction(action=operation, resource=spec(kind, name, config)))
    answer = call(plugin.validator.ValidatePlan, pb.ValidatePlanRequest(plan=plan))
    assert all(one.severity == pb.PLAN_DIAGNOSTIC_ERROR for one in answer.diagnostics)
    return [(one.resource, one.field, one.message) for one in answer.diagnostics]


def test_a_plan_is_judged_before_anything_is_done(plugin: PluginProcess) -> None:
    found = remarks(
        plugin,
        ("create", "local.file", "good", {"path": "a", "content": "x"}),
        ("create", "local.file", "out", {"path": "../a", "content": "x"}),
        ("update", "infra.local_password", "short", {"length": 1}),
        ("create", "local.step", "nothing", {}),
        ("create", "local.key_pair", "key", {"path": "k", "bits": 4096}),
    )
    assert [(name, field) for name, field, _ in found] == [
        ("out", "path"),
        ("short", "length"),
        ("nothing", "do"),
        ("key", "bits"),
    ]
    assert found[0][2] == "path: ../a must not contain .."


def test_two_resources_cannot_have_one_place(plugin: PluginProcess) -> None:
    found = remarks(
        plugin,
        ("create", "local.key_pair", "key", {"path": "id"}),
        ("create", "local.file", "file", {"path": "./id.pub", "content": "x"}),
        ("delete", "local.file", "gone", {}),
    )
    assert found == [("file", "path", "path: id.pub is taken by key as well")]


def test_what_is_not_known_yet_is_not_judged(plugin: PluginProcess) -> None:
    assert remarks(plugin, ("create", "local.password", "later", {"length": "${other.length}"})) == []
    assert remarks(plugin, ("create", "local.step", "later", {"do": ["x", "${other.port}"], "timeout": "?"})) == []
