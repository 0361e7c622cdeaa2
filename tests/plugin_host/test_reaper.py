from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin_host.hosting import Lifeline
from wfctl.plugin_host import reaper
from wfctl.plugin_host.reaper import notes

PAUSE = "import os, signal, sys; os.open(sys.argv[1], os.O_WRONLY); print('up', flush=True); signal.pause()"


def sleeper(lifeline: Lifeline, sockets: Path) -> subprocess.Popen[bytes]:
    """A process in a session of its own that would stay for ever."""
    child = subprocess.Popen(
        (sys.executable, "-c", PAUSE, str(lifeline.path)),
        env={"PLUGIN_UNIX_SOCKET_DIR": str(sockets)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    with child.stdout as out:
        assert out.readline() == b"up\n"
    return child


def reap(*lines: str) -> None:
    done = subprocess.run(
        (sys.executable, "-I", "-S", reaper.__file__), input="".join(lines).encode(), check=True, timeout=60
    )
    assert done.returncode == 0


def sockets(tmp_path: Path) -> Path:
    made = tmp_path / "my sockets"
    made.mkdir()
    (made / "plugin1").write_bytes(b"")
    return made


def test_what_is_left_when_the_notes_end() -> None:
    lines = [
        b"starting /a b\n",
        b"started 12 /a b\n",
        b"starting /c\n",
        b"starting /d\n",
        b"gone /d\n",
        b"gone /x\n",
        b"?\n",
    ]
    assert notes(lines) == {b"/a b": 12, b"/c": 0}


def test_a_plugin_that_is_left_is_killed_and_its_sockets_removed(tmp_path: Path) -> None:
    lifeline, made = Lifeline(tmp_path / "alive"), sockets(tmp_path)
    with sleeper(lifeline, made) as child:
        reap(f"starting {made}\n", f"started {child.pid} {made}\n")
        assert lifeline.ended()
        assert child.wait() == -signal.SIGKILL
    assert not made.exists()


def test_one_that_was_only_about_to_be_started_is_found_by_its_environment(tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("/proc")
    lifeline, made = Lifeline(tmp_path / "alive"), sockets(tmp_path)
    with sleeper(lifeline, made) as child:
        reap(f"starting {made}\n")
        assert lifeline.ended()
        assert child.wait() == -signal.SIGKILL


def test_who_is_gone_is_left_alone(tmp_path: Path) -> None:
    lifeline, made = Lifeline(tmp_path / "alive"), sockets(tmp_path)
    with sleeper(lifeline, made) as child:
        reap(f"starting {made}\n", f"started {child.pid} {made}\n", f"gone {made}\n")
        assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
    assert made.exists()


def test_signals_do_not_end_it_before_its_time(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("/proc")
    lifeline, made = Lifeline(tmp_path / "alive"), sockets(tmp_path)
    with sleeper(lifeline, made) as child:
        watching = subprocess.Popen((sys.executable, "-I", "-S", reaper.__file__), stdin=subprocess.PIPE)
        assert watching.stdin is not None
        with watching, watching.stdin as pipe:
            # It has to be running for the signals to mean anything: it sleeps in a read of its own then.
            while b"S" not in Path(f"/proc/{watching.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]:
                os.sched_yield()
            pipe.write(f"started {child.pid} {made}\n".encode())
            pipe.flush()
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                watching.send_signal(number)
        assert watching.returncode == 0
        assert lifeline.ended()
