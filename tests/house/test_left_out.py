"""The report of what a machine could not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

SKIPS = """
import pytest

def test_here(): pass

@pytest.mark.skip(reason="Go")
def test_go(): pass

def test_go_too(): pytest.skip("Go")

@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""
SKIPS_ITSELF = 'import pytest\npytest.skip("Postgres", allow_module_level=True)\n'
LEAVES_NOTHING_OUT = "def test_here(): pass\n"


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_is_left_out_is_named_and_fails_a_build_server(tmp_path: Path, ci: str, code: int) -> None:
    run = run_pytest(tmp_path, ci, test_skips=SKIPS, test_skips_itself=SKIPS_ITSELF)
    assert "Left out on this machine: Go (2), Postgres (1)" in run.stdout
    assert run.returncode == code


def test_nothing_is_said_when_nothing_is_left_out(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "true", test_whole=LEAVES_NOTHING_OUT)
    assert "Left out" not in run.stdout
    assert run.returncode == 0


def run_pytest(folder: Path, ci: str, **files: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
