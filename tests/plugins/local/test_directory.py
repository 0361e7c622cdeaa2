"""local.directory, over the wire and on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.local.process import EXISTS, INVALID, NOT_FOUND, PluginProcess, Refused, Tag

KIND = "local.directory"


def test_a_directory_lives(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "site", Tag("key"), path="site", mode="0750")
    assert (made.id, made.outputs) == ("site", {"path": "site", "mode": "0750", "entries": 0})
    assert (root / "site").stat().st_mode & 0o777 == 0o750
    assert plugin.read(KIND, "site", "site") == made
    plugin.delete(KIND, "site", made.id)
    assert not (root / "site").exists()
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "site", made.id)
    plugin.delete(KIND, "site", made.id)


def test_the_mode_changes_in_place_and_the_path_does_not(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "site", path="site")
    assert plugin.diff(KIND, "site", made, path="./site/") == []
    (mode,) = plugin.diff(KIND, "site", made, path="site", mode="0700")
    assert (mode.path, mode.old, mode.new, mode.force_new) == ("mode", "0755", "0700", False)
    assert plugin.update(KIND, "site", made.id, path="site", mode="0700").outputs["mode"] == "0700"
    (path,) = plugin.diff(KIND, "site", made, path="elsewhere")
    assert (path.path, path.force_new) == ("path", True)
    with pytest.raises(Refused, match=f"{INVALID}: path: site cannot be moved in place"):
        plugin.update(KIND, "site", made.id, path="elsewhere")


def test_a_directory_that_is_not_empty_stays(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "site", path="site")
    (root / "site" / "photo.jpg").write_bytes(b"precious")
    assert plugin.read(KIND, "site", made.id).outputs["entries"] == 1
    with pytest.raises(Refused, match=f"{INVALID}: path: site is not empty"):
        plugin.delete(KIND, "site", made.id)
    assert (root / "site" / "photo.jpg").read_bytes() == b"precious"
    assert plugin.read(KIND, "site", key="", provider_id="").id == "site"


def test_what_a_crashed_write_left_does_not_count(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "site", path="site")
    (root / "site" / ".wfctl-0123456789abcdef").write_bytes(b"half of a file")
    assert plugin.read(KIND, "site", made.id).outputs["entries"] == 0
    plugin.delete(KIND, "site", made.id)
    assert not (root / "site").exists()


def test_what_others_made_is_left_alone(plugin: PluginProcess, root: Path) -> None:
    (root / "site").mkdir(parents=True)
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(KIND, "site", Tag("key"), path="site")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "site", key="key")


def test_the_folder_around_it_must_be_there(plugin: PluginProcess, root: Path) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: path: the folder a does not exist"):
        plugin.create(KIND, "deep", path="a/b")
    plugin.create(KIND, "a", path="a")
    assert plugin.create(KIND, "deep", path="a/b").id == "a/b"


@pytest.mark.parametrize("mode", ["0255", "755", 755, "rwx", "01755"])
def test_modes_that_cannot_be_right(plugin: PluginProcess, mode: object) -> None:
    if mode == "755":
        assert plugin.create(KIND, "site", path="site", mode=mode).outputs["mode"] == "0755"
        return
    with pytest.raises(Refused, match=f"{INVALID}: mode: "):
        plugin.create(KIND, "site", path="site", mode=mode)
