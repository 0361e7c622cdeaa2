"""local.symlink, over the wire and on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.plugins.local.process import EXISTS, INVALID, NOT_FOUND, PluginProcess, Refused, Tag, names

KIND = "local.symlink"


def test_a_link_lives(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "current", Tag("key"), path="current", target="releases/1")
    assert (made.id, made.outputs) == ("current", {"path": "current", "target": "releases/1"})
    assert str((root / "current").readlink()) == "releases/1"
    assert plugin.read(KIND, "current", key="key") == made
    assert plugin.create(KIND, "current", Tag("key"), path="current", target="releases/1") == made
    changed = plugin.update(KIND, "current", made.id, path="current", target="releases/2")
    assert changed.outputs["target"] == str((root / "current").readlink()) == "releases/2"
    plugin.delete(KIND, "current", made.id)
    assert not os.path.lexists(root / "current")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "current", made.id)


def test_drift_is_seen(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "current", path="current", target="releases/1")
    (root / "current").unlink()
    (root / "current").symlink_to("releases/0")
    found = plugin.read(KIND, "current", made.id)
    (target,) = plugin.diff(KIND, "current", found, path="current", target="releases/1")
    assert (target.path, target.old, target.new, target.force_new) == ("target", "releases/0", "releases/1", False)
    (path,) = plugin.diff(KIND, "current", made, path="latest", target="releases/1")
    assert (path.path, path.force_new) == ("path", True)


def test_only_the_link_goes(plugin: PluginProcess, root: Path) -> None:
    (root / "releases").mkdir(parents=True)
    made = plugin.create(KIND, "current", path="current", target="releases")
    plugin.delete(KIND, "current", made.id)
    assert (root / "releases").is_dir()


def test_what_a_crashed_update_left_is_no_hindrance(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "current", path="current", target="a")
    plugin.update(KIND, "current", made.id, path="current", target="b")
    (left,) = [".wfctl-" + digest for digest in [_stage("current")]]
    (root / left).symlink_to("half")
    assert plugin.update(KIND, "current", made.id, path="current", target="c").outputs["target"] == "c"
    (root / left).symlink_to("half")
    plugin.delete(KIND, "current", made.id)
    assert names(root) == [".wfctl-local"]


def _stage(name: str) -> str:
    from hashlib import sha256

    return sha256(name.encode()).hexdigest()[:16]


def test_what_others_made_is_left_alone(plugin: PluginProcess, root: Path) -> None:
    root.mkdir()
    (root / "current").symlink_to("theirs")
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(KIND, "current", path="current", target="ours")
    assert str((root / "current").readlink()) == "theirs"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", "/etc/passwd"),
        ("a", ".."),
        ("a", "b/../.."),
        ("d/a", "../../x"),
        ("a", ""),
        ("a", "x\ny"),
        ("a", ".wfctl-local"),
        ("d/a", "../.wfctl-local/registry.db"),
    ],
)
def test_targets_stay_inside(plugin: PluginProcess, root: Path, path: str, target: str) -> None:
    (root / "d").mkdir(parents=True)
    with pytest.raises(Refused, match=f"{INVALID}: target: "):
        plugin.create(KIND, "bad", path=path, target=target)
    assert not os.path.lexists(root / path)


@pytest.mark.parametrize(("path", "target"), [("a", "b/../c"), ("d/a", "../x"), ("d/a", ".."), ("a", ".")])
def test_targets_may_go_round_inside(plugin: PluginProcess, root: Path, path: str, target: str) -> None:
    (root / "d").mkdir(parents=True)
    assert plugin.create(KIND, "good", path=path, target=target).outputs["target"] == target
