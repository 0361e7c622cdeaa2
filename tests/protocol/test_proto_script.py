"""`make proto` and its check, run on a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("proto", "wfctl/protocol", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_the_committed_code_is_fresh() -> None:
    assert run(ROOT, "--check").returncode == 0


def test_a_changed_tag_is_stale_until_generated_anew(copy: Path) -> None:
    source = copy / "proto/iac.proto"
    source.write_text(source.read_text().replace("string provider_id = 3;", "string provider_id = 33;"))
    before = run(copy, "--check")
    assert run(copy).returncode == 0
    assert before.returncode == 1
    assert "stale: wfctl/protocol/iac_pb2.py" in before.stderr
    assert "make proto" in before.stderr
    assert run(copy, "--check").returncode == 0


def test_code_that_lost_its_source_is_left_over_until_generated_anew(copy: Path) -> None:
    stray = copy / "wfctl/protocol/stray_pb2.py"
    stray.write_text("")
    before = run(copy, "--check")
    run(copy)
    assert "left over: wfctl/protocol/stray_pb2.py" in before.stderr
    assert not stray.exists()


def test_the_check_writes_nothing(copy: Path) -> None:
    lost = copy / "wfctl/protocol/iac_pb2.pyi"
    lost.unlink()
    assert "missing: wfctl/protocol/iac_pb2.pyi" in run(copy, "--check").stderr
    assert not lost.exists()


def test_a_source_that_does_not_compile_is_named(copy: Path) -> None:
    (copy / "proto/iac.proto").write_text("syntax = nonsense")
    done = run(copy)
    assert done.returncode == 1
    assert "iac.proto" in done.stderr


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = root / "scripts/proto.py"
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
