"""The way to a path, and that it does not lead out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from wfctl_plugin_local.fields import BadField
from wfctl_plugin_local.root import PRIVATE, Root, no_folder, normal

from tests.plugins.local.process import names


@pytest.mark.parametrize(("path", "plain"), [("a", "a"), ("./a//b/", "a/b"), ("a b/ç", "a b/ç"), ("...", "...")])
def test_detours_are_taken_out(path: str, plain: str) -> None:
    assert normal(path, "path") == plain


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "/",
        "..",
        "a/..",
        "/a",
        "a\0",
        "a\x1b[m",
        "\ud800",
        PRIVATE,
        f"./{PRIVATE.upper()}/x",
        "é" * 128,
        "a/" * 2048 + "a",
    ],
)
def test_what_leads_elsewhere_is_refused_by_field(path: str) -> None:
    with pytest.raises(BadField) as refused:
        normal(path, "target")
    assert refused.value.field == "target"


def test_a_folder_that_is_missing_or_is_none_has_no_places(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in ("none/a", "file/a", "file/a/b"):
        with Root(tmp_path).place(path, "path") as place:
            assert place is None
    with Root(tmp_path / "none").place("a", "path") as place:
        assert place is None


def test_a_place_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with Root(tmp_path).place("a/b/c", "path") as place:
        assert place is not None
        assert place.look() is None
        (tmp_path / "a" / "b" / "c").touch()
        assert place.look() is not None
        assert (place.name, place.path) == ("c", "a/b/c")


@pytest.mark.parametrize("target", ["inside", "/", "nowhere"])
def test_links_on_the_way_are_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(BadField, match="link is a symbolic link"), Root(tmp_path).place("link/a", "path"):
        pass


def test_a_folder_that_is_moved_away_meanwhile_is_still_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with Root(tmp_path).place("a/b", "path") as place:
        assert place is not None
        (tmp_path / "a").rename(tmp_path / "moved")
        (tmp_path / "a").symlink_to("/")
        os.mkdir(place.name, dir_fd=place.folder)
    assert (tmp_path / "moved" / "b").is_dir()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    before = len(names(Path("/dev/fd")))
    for path in ("a/b", "none/b", "b", "link/b"):
        try:
            with Root(tmp_path).place(path, "path"):
                pass
        except BadField:
            continue
    assert len(names(Path("/dev/fd"))) == before


def test_what_is_said_of_a_missing_folder() -> None:
    assert "folder a/b does not exist" in str(no_folder("a/b/c"))
