"""Files that are written whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from wfctl_plugin_local import whole
from wfctl_plugin_local.root import Place, Root

from tests.plugins.local.process import names
from wfctl.plugin_sdk import Transient


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Root(tmp_path).place("file", "path") as place:
        assert place is not None
        yield place


def test_a_new_file(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o640)
    assert whole.find(place) == whole.Found(sha256(b"one").hexdigest(), 3, 0o640)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("x")])
def test_a_new_file_spares_what_is_there(place: Place, tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "file")
    with pytest.raises(FileExistsError):
        whole.add(place, b"one", 0o600)
    assert names(tmp_path) == ["file"]


def test_a_file_that_still_has_the_name_of_its_stage_is_tidied(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o600)
    os.link(tmp_path / "file", tmp_path / place.stage)
    whole.tidy(place)
    assert names(tmp_path) == ["file"]
    whole.tidy(place)
    assert (tmp_path / "file").read_bytes() == b"one"


def test_another_version_that_is_being_prepared_is_left_alone(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o600)
    (tmp_path / place.stage).write_bytes(b"two")
    whole.tidy(place)
    assert names(tmp_path) == [place.stage, "file"]


def test_so_is_a_file_whose_writer_is_still_at_it(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o600)
    os.link(tmp_path / "file", tmp_path / place.stage)
    with (tmp_path / "file").open("rb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        whole.tidy(place)
        assert names(tmp_path) == [place.stage, "file"]


def test_another_version(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o600)
    reader = (tmp_path / "file").open("rb")
    whole.put(place, b"two", 0o644)
    with reader:
        assert reader.read() == b"one"
    assert (tmp_path / "file").read_bytes() == b"two"
    assert names(tmp_path) == ["file"]


def test_a_version_that_cannot_take_its_place_leaves_nothing(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        whole.put(place, b"one", 0o600)
    assert names(tmp_path) == ["file"]


def test_what_a_crash_left_of_a_version_is_written_over(place: Place, tmp_path: Path) -> None:
    (tmp_path / place.stage).write_bytes(b"half of something long")
    whole.add(place, b"one", 0o600)
    assert (tmp_path / "file").read_bytes() == b"one"
    assert names(tmp_path) == ["file"]


def test_a_crash_just_before_the_stage_was_taken_away(place: Place, tmp_path: Path) -> None:
    """Then the stage is the file itself under another name, and writing to it would be writing to the file."""
    whole.add(place, b"one", 0o600)
    os.link(tmp_path / "file", tmp_path / place.stage)
    reader = (tmp_path / "file").open("rb")
    whole.put(place, b"two", 0o600)
    with reader:
        assert reader.read() == b"one"
    assert (tmp_path / "file").read_bytes() == b"two"
    os.link(tmp_path / "file", tmp_path / place.stage)
    whole.remove(place)
    assert names(tmp_path) == []


def test_two_do_not_write_the_same_file(place: Place, tmp_path: Path) -> None:
    with (tmp_path / place.stage).open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(Transient, match="file is being written by somebody else"):
            whole.put(place, b"one", 0o600)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/etc/passwd"), os.mkfifo])
def test_only_regular_files_are_found(place: Place, tmp_path: Path, make: object) -> None:
    assert callable(make)
    assert whole.find(place) is None
    make(tmp_path / "file")
    assert whole.find(place) is None
    with pytest.raises(FileNotFoundError):
        whole.set_mode(place, 0o777)
    assert whole.find(None) is None


def test_removing(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o600)
    (tmp_path / place.stage).write_bytes(b"left")
    whole.remove(place)
    assert names(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        whole.remove(place)


def test_a_mode_is_set_whatever_the_umask(place: Place, tmp_path: Path) -> None:
    whole.add(place, b"one", 0o777)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o777
    whole.set_mode(place, 0o400)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o400
