from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.planner.test_codec import BARE, FULL
from wfctl.errors import Kind, WfctlError
from wfctl.planner.codec import encode
from wfctl.planner.file import LARGEST, read, write


def code(action: object, *arguments: object) -> str:
    with pytest.raises(WfctlError) as caught:
        action(*arguments)  # type: ignore[operator]  # write or read
    assert caught.value.kind is Kind.USAGE
    return f"{caught.value.code}: {caught.value.message}"


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    sealed = write(FULL, tmp_path / "p.json")
    assert sealed.digest
    assert read(tmp_path / "p.json") == sealed


def test_only_its_owner_may_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text("an older one that everybody may read")
    path.chmod(0o644)
    write(FULL, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_has_the_old_plan_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    write(BARE, path)
    with path.open("rb") as reader:
        write(FULL, path)
        assert reader.read() == encode(BARE)[1]


def test_what_a_crash_left_beside_it_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f".p.json.{os.getpid()}").write_text("half a pl")
    write(FULL, tmp_path / "p.json")
    assert [one.name for one in tmp_path.iterdir()] == ["p.json"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "No such file or directory" in code(write, BARE, tmp_path / "missing" / "p.json")
    assert "not an ordinary file" in code(write, BARE, tmp_path)
    assert "not an ordinary file" in code(write, BARE, tmp_path / "fifo")
    assert "Not a directory" in code(write, BARE, tmp_path / "fifo" / "p.json")
    assert [one.name for one in tmp_path.iterdir()] == ["fifo"]


def test_places_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "No such file or directory" in code(read, tmp_path / "p.json")
    assert "it is a directory" in code(read, tmp_path)
    assert "not an ordinary file" in code(read, tmp_path / "fifo")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.touch()
    os.truncate(path, LARGEST + 1)
    assert "larger than 512 MiB" in code(read, path)
