from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin_host.hosting import Lifeline
from wfctl.plugin_host.guard import Guard


def test_nothing_is_started_before_the_first_plugin(tmp_path: Path) -> None:
    Guard("/nowhere/python", {}).close()


def test_a_reaper_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Guard("/nowhere/python", {}).starting(tmp_path)


def test_a_reaper_that_was_killed_is_replaced_and_told_everything(tmp_path: Path) -> None:
    lifeline = Lifeline(tmp_path / "alive")
    pause = "import os, signal, sys; os.open(sys.argv[1], os.O_WRONLY); print('up', flush=True); signal.pause()"
    guard = Guard(sys.executable, {})
    with subprocess.Popen(
        (sys.executable, "-c", pause, str(lifeline.path)), stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        guard.starting(tmp_path / "one")
        guard.started(tmp_path / "one", child.pid)
        first = guard._reaper
        assert first is not None
        first.kill()
        os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
        guard.starting(tmp_path / "two")
        guard.gone(tmp_path / "two")
        assert guard._reaper is not first
        guard.close()
        assert lifeline.ended()


def test_close_leaves_no_process(tmp_path: Path) -> None:
    guard = Guard(sys.executable, {})
    guard.starting(tmp_path)
    guard.gone(tmp_path)
    reaper = guard._reaper
    assert reaper is not None
    guard.close()
    guard.close()
    assert reaper.returncode == 0
