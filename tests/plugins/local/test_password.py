"""local.password, over the wire."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from wfctl_plugin_local.password import SPECIAL, password

from tests.plugins.local.process import EXISTS, INVALID, NOT_FOUND, PluginProcess, Refused, Tag
from wfctl.protocol import iac_pb2 as pb

KIND = "local.password"


def test_a_password_lives(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "admin", Tag("key"), length=32)
    assert len(made.outputs["value"]) == 32
    assert made.sensitive == {"value"}
    assert {**made.outputs, "value": ""} == {"length": 32, "special": True, "value": ""}
    assert plugin.read(KIND, "admin", made.id) == made
    assert plugin.read(KIND, "admin", key="key") == made
    assert plugin.read(KIND, "admin") == made
    plugin.delete(KIND, "admin", made.id)
    for again in ({"provider_id": made.id}, {"key": "key"}, {}):
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(KIND, "admin", **again)


def test_a_create_that_comes_again_makes_no_second_one(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "admin", Tag("key"))
    assert plugin.create(KIND, "admin", Tag("key")) == made
    with pytest.raises(Refused, match=f"{EXISTS}: this root has a password named admin"):
        plugin.create(KIND, "admin", Tag("another key"))
    assert plugin.create(KIND, "guest", Tag("third key")).outputs["value"] != made.outputs["value"]


def test_every_change_needs_a_new_one(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "admin", length=16)
    assert plugin.diff(KIND, "admin", made, length=16.0) == []
    changes = plugin.diff(KIND, "admin", made, length=20, special=False)
    assert [(change.path, change.force_new) for change in changes] == [("length", True), ("special", True)]
    with pytest.raises(Refused, match="cannot be changed in place"):
        plugin.update(KIND, "admin", made.id, length=20)


def test_nothing_is_undone(plugin: PluginProcess) -> None:
    policy = plugin.policy(KIND)
    assert {policy.create, policy.update, policy.replace, policy.delete} == {pb.COMPENSATION_MODE_NONE}
    assert not policy.stateless


def test_the_registry_is_private_and_forgets(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "admin")
    folder = root / ".wfctl-local"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert made.outputs["value"].encode() in (folder / "registry.db").read_bytes()
    plugin.delete(KIND, "admin", made.id)
    assert made.outputs["value"].encode() not in (folder / "registry.db").read_bytes()


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"length": 7}, "length"),
        ({"length": 1025}, "length"),
        ({"length": 10.5}, "length"),
        ({"length": True}, "length"),
        ({"length": "20"}, "length"),
        ({"special": "no"}, "special"),
        ({"chars": "abc"}, "chars"),
    ],
)
def test_what_cannot_be_right_is_named(plugin: PluginProcess, config: dict[str, object], field: str) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: {field}: "):
        plugin.create(KIND, "bad", **config)


@pytest.mark.parametrize("special", [True, False])
def test_every_kind_of_character_is_in(special: bool) -> None:
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits, *([SPECIAL] if special else [])]
    for _ in range(200):
        text = password(8, special=special)
        assert all(any(character in kind for character in text) for kind in kinds)
        assert set(text) <= set("".join(kinds))
