"""local.key_pair, over the wire and on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from tests.plugins.local.process import EXISTS, INVALID, NOT_FOUND, Got, PluginProcess, Refused, Tag, names
from wfctl.protocol import iac_pb2 as pb

KIND = "local.key_pair"
CREATE, REPLACE, DELETE = pb.PLAN_OPERATION_CREATE, pb.PLAN_OPERATION_REPLACE, pb.PLAN_OPERATION_DELETE


def test_a_key_pair_lives(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "deploy", Tag("key"), path="id_deploy", comment="deploy@shop")
    assert made.sensitive == {"private"}
    assert made.id == made.outputs["fingerprint"]
    assert made.id.startswith("SHA256:")
    assert made.outputs["public"].startswith("ssh-ed25519 ")
    assert made.outputs["public"].endswith(" deploy@shop")
    assert made.outputs["files_intact"] is True
    assert (root / "id_deploy").read_text() == made.outputs["private"]
    assert (root / "id_deploy.pub").read_text() == made.outputs["public"] + "\n"
    assert ((root / "id_deploy").stat().st_mode & 0o777, (root / "id_deploy.pub").stat().st_mode & 0o777) == (
        0o600,
        0o644,
    )
    assert plugin.read(KIND, "deploy", made.id) == plugin.read(KIND, "deploy", key="key") == made
    plugin.delete(KIND, "deploy", made.id)
    assert names(root) == [".wfctl-local"]
    for again in ({"provider_id": made.id}, {"key": "key"}, {}):
        with pytest.raises(Refused, match=NOT_FOUND):
            plugin.read(KIND, "deploy", **again)


def test_the_halves_belong_together(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "deploy")
    key = load_ssh_private_key(made.outputs["private"].encode(), password=None)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert public == made.outputs["public"]


def test_without_a_path_there_are_no_files(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "deploy", Tag("key"))
    assert (made.outputs["path"], made.outputs["files_intact"]) == (None, None)
    assert names(root) == [".wfctl-local"]
    assert plugin.diff(KIND, "deploy", made) == []
    assert plugin.create(KIND, "deploy", Tag("key")) == made


def test_the_comment_changes_in_place(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "deploy", path="id", comment="old")
    (comment,) = plugin.diff(KIND, "deploy", made, path="id", comment="new")
    assert (comment.path, comment.old, comment.new, comment.force_new) == ("comment", "old", "new", False)
    changed = plugin.update(KIND, "deploy", made.id, path="id", comment="new")
    assert changed.id == made.id
    assert changed.outputs["private"] == made.outputs["private"]
    assert (root / "id.pub").read_text().endswith(" new\n")
    assert plugin.read(KIND, "deploy", made.id).outputs == changed.outputs


def test_another_path_or_rotation_needs_another_key(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "deploy", path="id", rotation=1)
    changes = plugin.diff(KIND, "deploy", made, path="id2", rotation=2)
    assert {(change.path, change.force_new) for change in changes} == {("path", True), ("rotation", True)}
    with pytest.raises(Refused, match=f"{INVALID}: rotation: "):
        plugin.update(KIND, "deploy", made.id, path="id", rotation=2)


def test_files_that_were_changed_are_seen_and_mended(plugin: PluginProcess, root: Path) -> None:
    config = {"path": "id", "comment": "me"}
    made = plugin.create(KIND, "deploy", **config)
    (root / "id").unlink()
    found = plugin.read(KIND, "deploy", made.id)
    assert [change.path for change in plugin.diff(KIND, "deploy", found, **config)] == ["files_intact"]
    mended = plugin.update(KIND, "deploy", made.id, **config)
    assert mended.outputs == made.outputs
    assert (root / "id").read_text() == made.outputs["private"]


@pytest.mark.parametrize("taken", ["id", "id.pub"])
def test_what_others_made_is_left_alone(plugin: PluginProcess, root: Path, taken: str) -> None:
    root.mkdir()
    (root / taken).write_text("theirs")
    with pytest.raises(Refused, match=f"{EXISTS}: {taken} is there"):
        plugin.create(KIND, "deploy", Tag("key"), path="id")
    assert {name for name in names(root) if name != ".wfctl-local"} == {taken}
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "deploy", key="key")


def test_a_missing_folder_leaves_nothing_behind(plugin: PluginProcess) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: path: the folder a does not exist"):
        plugin.create(KIND, "deploy", Tag("key"), path="a/id")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "deploy", key="key")


def test_names_are_unique(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "deploy", Tag("key"))
    assert plugin.create(KIND, "deploy", Tag("key")) == made
    with pytest.raises(Refused, match=f"{EXISTS}: this root has a key pair named deploy"):
        plugin.create(KIND, "deploy", Tag("another key"))


@pytest.mark.parametrize("path", ["../id", "/id", ".wfctl-local/id", "x" * 253])
def test_paths_stay_inside(plugin: PluginProcess, path: str) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: path: "):
        plugin.create(KIND, "deploy", path=path)


# --- undo ---------------------------------------------------------------------------------------------------------------


def replaced(plugin: PluginProcess, old_path: str = "id", new_path: str = "id") -> tuple[Got, Got]:
    """The two halves of a replace, as an engine does them in the second run."""
    old = plugin.create(KIND, "deploy", Tag("create"), path=old_path, rotation=1)
    plugin.delete(KIND, "deploy", old.id, Tag("delete", run="run-2"))
    new = plugin.create(KIND, "deploy", Tag("create again", run="run-2"), path=new_path, rotation=2)
    return old, new


def test_a_new_key_is_taken_away(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "deploy", path="id")
    assert plugin.undo(KIND, "deploy", CREATE, made.id).result == pb.UNDO_RESULT_DONE
    assert names(root) == [".wfctl-local"]
    assert made.outputs["private"].encode() not in (root / ".wfctl-local" / "registry.db").read_bytes()
    assert plugin.undo(KIND, "deploy", CREATE, made.id).result == pb.UNDO_RESULT_NOTHING_TO_UNDO


def test_files_that_somebody_changed_are_not_taken_away(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "deploy", path="id")
    (root / "id").write_text("theirs")
    undone = plugin.undo(KIND, "deploy", CREATE, made.id)
    assert (undone.result, undone.code) == (pb.UNDO_RESULT_REFUSED, "files_changed")
    assert (root / "id").read_text() == "theirs"


@pytest.mark.parametrize("new_path", ["id", "id2"])
def test_the_old_key_comes_back(plugin: PluginProcess, root: Path, new_path: str) -> None:
    old, new = replaced(plugin, "id", new_path)
    undone = plugin.undo(KIND, "deploy", REPLACE, new.id, old.id, run="run-2")
    assert (undone.result, undone.restored.provider_id) == (pb.UNDO_RESULT_DONE, old.id)
    found = plugin.read(KIND, "deploy", old.id)
    assert found.outputs == old.outputs
    assert plugin.diff(KIND, "deploy", found, path="id", rotation=1) == []
    assert names(root) == [".wfctl-local", "id", "id.pub"]
    assert (root / "id").read_text() == old.outputs["private"]
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "deploy", new.id)
    again = plugin.undo(KIND, "deploy", REPLACE, new.id, old.id, run="run-2")
    assert (again.result, again.restored.provider_id) == (pb.UNDO_RESULT_NOTHING_TO_UNDO, old.id)


def test_a_deleted_key_comes_back(plugin: PluginProcess, root: Path) -> None:
    old = plugin.create(KIND, "deploy", Tag("create"), path="id")
    plugin.delete(KIND, "deploy", old.id, Tag("delete", run="run-2"))
    assert plugin.undo(KIND, "deploy", DELETE, old.id, old.id, run="run-2").result == pb.UNDO_RESULT_DONE
    assert plugin.read(KIND, "deploy", old.id).outputs == old.outputs
    assert (root / "id").read_text() == old.outputs["private"]


def test_a_key_does_not_come_back_over_a_file_of_others(plugin: PluginProcess, root: Path) -> None:
    old, new = replaced(plugin)
    (root / "id.pub").write_text("theirs")
    undone = plugin.undo(KIND, "deploy", REPLACE, new.id, old.id, run="run-2")
    assert (undone.result, undone.code) == (pb.UNDO_RESULT_REFUSED, "files_changed")
    assert (root / "id").read_text() == new.outputs["private"]


def test_an_old_key_is_kept_only_until_the_next_run_moves_on(plugin: PluginProcess) -> None:
    old, new = replaced(plugin)
    plugin.delete(KIND, "deploy", new.id, Tag("delete", run="run-3"))
    undone = plugin.undo(KIND, "deploy", REPLACE, new.id, old.id, run="run-2")
    assert (undone.result, undone.code) == (pb.UNDO_RESULT_REFUSED, "old_key_gone")


def test_an_old_key_does_not_push_another_one_out(plugin: PluginProcess) -> None:
    old = plugin.create(KIND, "deploy", Tag("create"))
    plugin.delete(KIND, "deploy", old.id, Tag("delete", run="run-2"))
    plugin.create(KIND, "deploy", Tag("somebody else", run="run-2"))
    undone = plugin.undo(KIND, "deploy", DELETE, old.id, old.id, run="run-2")
    assert (undone.result, undone.code) == (pb.UNDO_RESULT_REFUSED, "name_taken")


def test_without_a_run_nothing_is_kept(plugin: PluginProcess, root: Path) -> None:
    old = plugin.create(KIND, "deploy", Tag("create", run=""))
    plugin.delete(KIND, "deploy", old.id, Tag("", run=""))
    assert old.outputs["private"].encode() not in (root / ".wfctl-local" / "registry.db").read_bytes()
    assert plugin.undo(KIND, "deploy", DELETE, old.id, old.id).result == pb.UNDO_RESULT_REFUSED


def test_what_it_declares(plugin: PluginProcess) -> None:
    policy = plugin.policy(KIND)
    assert (policy.create, policy.replace, policy.delete) == (pb.COMPENSATION_MODE_CUSTOM,) * 3
    assert policy.update == pb.COMPENSATION_MODE_INVERSE
