"""Files that appear whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wfctl.ledger.files import identity, private_directory, publish, sync_directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    private_directory(tmp_path / "d")
    private_directory(tmp_path / "d")

    assert mode(tmp_path / "d") == 0o700


def test_a_directory_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o755)

    private_directory(tmp_path / "d")

    assert mode(tmp_path / "d") == 0o755


def test_a_published_file_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "f"

    assert publish(path, lambda draft: _write(draft, "all of it"), unique="1")
    assert (path.read_text(), mode(path)) == ("all of it", 0o600)
    assert [path] == list(tmp_path.iterdir())


def test_who_comes_second_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    publish(path, lambda draft: _write(draft, "first"), unique="1")

    assert not publish(path, lambda draft: _write(draft, "second"), unique="2")
    assert path.read_text() == "first"
    assert [path] == list(tmp_path.iterdir())


def test_what_fails_half_way_does_not_appear(tmp_path: Path) -> None:
    def fill(draft: Path) -> None:
        _write(draft, "half")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        publish(tmp_path / "f", fill, unique="1")

    assert list(tmp_path.iterdir()) == []


def test_a_draft_left_by_a_crash_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".f.1.new").write_text("left over")

    assert publish(tmp_path / "f", lambda draft: _write(draft, "new"), unique="1")
    assert (tmp_path / "f").read_text() == "new"


def test_an_identity_is_the_files_not_the_names(tmp_path: Path) -> None:
    path, other = tmp_path / "f", tmp_path / "g"
    path.write_text("x")
    before = identity(path)
    other.write_text("x")
    other.replace(path)

    assert before is not None
    assert before != identity(path)
    assert identity(other) is None


def test_a_directory_that_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        sync_directory(tmp_path / "none")


def _write(path: Path, text: str) -> None:
    path.write_text(text)
