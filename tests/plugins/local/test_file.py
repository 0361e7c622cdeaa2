"""local.file, over the wire and on the disk."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.plugins.local.process import EXISTS, INVALID, NOT_FOUND, PluginProcess, Refused, Tag, names

KIND = "local.file"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_lives(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "index", Tag("key"), path="index.html", content="hello\n", mode="0640", protected=True)
    assert made.id == "index.html"
    assert made.outputs == {"path": "index.html", "sha256": sha256("hello\n"), "size": 6, "mode": "0640"}
    assert (root / "index.html").read_text() == "hello\n"
    assert plugin.read(KIND, "index", "index.html") == made
    changed = plugin.update(KIND, "index", made.id, path="index.html", content="bye\n")
    assert changed.outputs == {"path": "index.html", "sha256": sha256("bye\n"), "size": 4, "mode": "0640"}
    assert (root / "index.html").read_text() == "bye\n"
    plugin.delete(KIND, "index", made.id)
    assert not (root / "index.html").exists()
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "index", made.id)
    plugin.delete(KIND, "index", made.id)


def test_the_type_is_the_one_that_was_asked_for(plugin: PluginProcess) -> None:
    made = plugin.create("infra.local_file", "index", Tag("key"), path="index.html", content="x")
    assert made.type == "infra.local_file"
    assert plugin.read("local.file", "index", key="key").type == "local.file"


def test_content_is_never_reported(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "env", path=".env", content="TOKEN=s3cret")
    changes = plugin.diff(KIND, "env", made, path=".env", content="TOKEN=other")
    assert "s3cret" not in repr(made)
    assert [(change.path, change.old, change.new) for change in changes] == [
        ("sha256", sha256("TOKEN=s3cret"), sha256("TOKEN=other"))
    ]


def test_a_template_is_filled(plugin: PluginProcess, root: Path) -> None:
    plugin.create(
        KIND, "conf", path="conf", template="port={{ port }} tls={{tls}} ${HOME}", values={"port": 80, "tls": True}
    )
    assert (root / "conf").read_text() == "port=80 tls=true ${HOME}"


def test_drift_is_seen_and_mended(plugin: PluginProcess, root: Path) -> None:
    config = {"path": "index.html", "content": "hello", "mode": "0644"}
    plugin.create(KIND, "index", **config)
    (root / "index.html").write_text("defaced")
    (root / "index.html").chmod(0o666)
    found = plugin.read(KIND, "index", "index.html")
    assert [change.path for change in plugin.diff(KIND, "index", found, **config)] == ["sha256", "mode"]
    assert plugin.diff(KIND, "index", plugin.update(KIND, "index", "index.html", **config), **config) == []
    assert (root / "index.html").read_text() == "hello"


def test_without_a_mode_the_file_keeps_its_own(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "index", path="index.html", content="one")
    assert made.outputs["mode"] == "0644"
    (root / "index.html").chmod(0o600)
    found = plugin.read(KIND, "index", made.id)
    assert plugin.diff(KIND, "index", found, path="index.html", content="one") == []
    assert plugin.update(KIND, "index", made.id, path="index.html", content="two").outputs["mode"] == "0600"


def test_another_path_needs_another_file(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "index", path="index.html", content="x")
    (path,) = plugin.diff(KIND, "index", made, path="home.html", content="x")
    assert (path.path, path.old, path.new, path.force_new) == ("path", "index.html", "home.html", True)
    with pytest.raises(Refused, match=f"{INVALID}: path: "):
        plugin.update(KIND, "index", made.id, path="home.html", content="x")


def test_a_diff_of_nothing_names_everything(plugin: PluginProcess) -> None:
    assert [change.path for change in plugin.diff(KIND, "index", None, path="a", content="x")] == ["path", "sha256"]


def test_what_others_made_is_left_alone(plugin: PluginProcess, root: Path) -> None:
    root.mkdir()
    (root / "index.html").write_text("theirs")
    with pytest.raises(Refused, match=f"{EXISTS}: index.html is there"):
        plugin.create(KIND, "index", Tag("key"), path="index.html", content="ours")
    assert (root / "index.html").read_text() == "theirs"
    assert plugin.read(KIND, "index", "index.html").key == ""


def test_a_create_that_comes_again_finds_its_own_work(plugin: PluginProcess) -> None:
    made = plugin.create(KIND, "index", Tag("key"), path="index.html", content="x")
    assert plugin.create(KIND, "index", Tag("key"), path="index.html", content="x") == made
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(KIND, "index", Tag("another key"), path="index.html", content="x")
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(KIND, "index", Tag(""), path="index.html", content="x")


def test_it_is_found_by_key_and_by_name(plugin: PluginProcess, root: Path) -> None:
    made = plugin.create(KIND, "index", Tag("key"), path="index.html", content="x")
    assert made.key == "key"
    assert plugin.read(KIND, "index", key="key") == made
    assert plugin.read(KIND, "index") == made
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "index", key="another key")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "another")
    (root / "index.html").unlink()
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "index", key="key")


def test_a_file_that_nobody_here_made_is_read_by_its_path(plugin: PluginProcess, root: Path) -> None:
    root.mkdir()
    (root / "old").write_text("x")
    assert plugin.read(KIND, "old", "old").outputs["sha256"] == sha256("x")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("elsewhere"), os.mkfifo])
def test_what_is_no_file_is_not_taken_for_one(plugin: PluginProcess, root: Path, make: object) -> None:
    root.mkdir()
    assert callable(make)
    make(root / "index.html")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.read(KIND, "index", "index.html")
    with pytest.raises(Refused, match=EXISTS):
        plugin.create(KIND, "index", path="index.html", content="x")
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.update(KIND, "index", "index.html", path="index.html", content="x")
    plugin.delete(KIND, "index", "index.html")
    assert os.path.lexists(root / "index.html")


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "",
        ".",
        "a/../b",
        "a\0b",
        "a\nb",
        ".wfctl-local/registry.db",
        ".WFCTL-local",
        "x" * 300,
    ],
)
def test_paths_stay_inside(plugin: PluginProcess, root: Path, path: str) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: path: "):
        plugin.create(KIND, "bad", path=path, content="x")
    with pytest.raises(Refused, match=f"{INVALID}: path: "):
        plugin.diff(KIND, "bad", None, path=path, content="x")
    if path:
        for method in (plugin.read, plugin.delete):
            with pytest.raises(Refused, match=f"{INVALID}: provider_id: "):
                method(KIND, "bad", path)
    assert not any(name != ".wfctl-local" for name in names(root)) if root.exists() else True


def test_links_lead_nowhere(plugin: PluginProcess, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("x")
    root.mkdir()
    (root / "way").symlink_to(outside)
    with pytest.raises(Refused, match=f"{INVALID}: path: way is a symbolic link"):
        plugin.create(KIND, "bad", path="way/new", content="x")
    for method in (plugin.read, plugin.delete):
        with pytest.raises(Refused, match=f"{INVALID}: provider_id: way is a symbolic link"):
            method(KIND, "bad", "way/secret")
    assert names(outside) == ["secret"]


def test_a_link_that_came_later_is_not_written_through(plugin: PluginProcess, root: Path, tmp_path: Path) -> None:
    made = plugin.create(KIND, "index", path="index.html", content="x")
    target = tmp_path / "target"
    target.write_text("theirs")
    (root / "index.html").unlink()
    (root / "index.html").symlink_to(target)
    with pytest.raises(Refused, match=NOT_FOUND):
        plugin.update(KIND, "index", made.id, path="index.html", content="y")
    assert target.read_text() == "theirs"


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"path": "a"}, "content"),
        ({"path": "a", "content": "x", "template": "y"}, "content"),
        ({"path": "a", "content": "x", "values": {}}, "values"),
        ({"path": "a", "content": 7}, "content"),
        ({"content": "x"}, "path"),
        ({"path": 7, "content": "x"}, "path"),
        ({"path": "a", "template": "{{ b }}"}, "values"),
        ({"path": "a", "template": "b", "values": {"c": 1}}, "values"),
        ({"path": "a", "template": "{{ b }}", "values": {"b": []}}, "values.b"),
        ({"path": "a", "content": "\ud800"}, "content"),
        ({"path": "a", "content": "x", "contents": "y"}, "contents"),
        ({"path": "a", "content": "x" * (8 * 1024 * 1024 + 1)}, "content"),
    ],
)
def test_what_cannot_be_right_is_named(
    plugin: PluginProcess, root: Path, config: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused, match=f"{INVALID}: {field}: "):
        plugin.create(KIND, "bad", **config)
    assert not (root / "a").exists()


def test_many_writes_at_once(plugin: PluginProcess, root: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(
                lambda number: plugin.create(KIND, f"f{number}", Tag(f"k{number}"), path=f"f{number}", content="x"),
                range(64),
            )
        )
    assert {one.id for one in made} == {f"f{number}" for number in range(64)}
    assert sum(name.startswith("f") for name in names(root)) == 64
    assert not [name for name in names(root) if name.startswith(".wfctl-") and name != ".wfctl-local"]
