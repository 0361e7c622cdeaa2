"""See to it that no plugin outlives a wfctl that is killed with -9.

Knows nothing of gRPC. A plugin in any language must die with us, although nobody can run code in a killed process:

- a death signal from the kernel (PR_SET_PDEATHSIG) would be Linux only, needs code between fork and exec or a wrapper
  program per plugin, and fires when the *thread* that started the plugin ends;
- a plugin that watches its parent or its stdin does so by courtesy, and Go plugins watch neither.

So one small process per pool, the reaper, reads a pipe whose other end only we hold. It is told of a plugin before the plugin
is started and again when it is gone. The pipe ends when we do, however that happens, and then the reaper kills the process
groups that are left. Processes are unregistered before they are waited for, so a pid that was given to somebody else is never
killed. The reaper has a session of its own, hence a signal to our process group does not take it along.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

_REAPER = Path(__file__).with_name("reaper.py")


class Guard:
    """The host's end of the pipe. Starts the reaper with the first plugin; safe to use from any thread."""

    def __init__(self, interpreter: str, environment: Mapping[str, str]) -> None:
        self._argv = (interpreter, "-I", "-S", str(_REAPER))
        self._environment = environment
        self._lock = threading.Lock()
        self._charges: dict[str, int] = {}
        self._reaper: subprocess.Popen[bytes] | None = None

    def starting(self, directory: Path) -> None:
        """A plugin with this socket directory is about to be started. Raises OSError when no reaper can be started."""
        self._note(str(directory), 0)

    def started(self, directory: Path, pid: int) -> None:
        """It has been, as leader of process group `pid`."""
        self._note(str(directory), pid)

    def gone(self, directory: Path) -> None:
        """It has ended, and has not been waited for yet."""
        with self._lock:
            if self._charges.pop(str(directory), None) is not None:
                self._write(f"gone {directory}\n")

    def close(self) -> None:
        """Dismiss the reaper and wait for it."""
        with self._lock:
            self._dismiss()

    def _note(self, directory: str, pid: int) -> None:
        with self._lock:
            self._charges[directory] = pid
            if not self._write(_line(directory, pid)):
                self._start()

    def _start(self) -> None:
        self._dismiss()  # somebody killed it: the next one is told everything again
        self._reaper = subprocess.Popen(
            self._argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=os.sep,
            env=dict(self._environment),
            start_new_session=True,
        )
        for directory, pid in self._charges.items():
            self._write(_line(directory, pid))

    def _dismiss(self) -> None:
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.close()
            self._reaper.wait()
        self._reaper = None

    def _write(self, line: str) -> bool:
        if self._reaper is None or self._reaper.stdin is None:
            return False
        try:
            self._reaper.stdin.write(os.fsencode(line))
        except BrokenPipeError:
            return False
        return True


def _line(directory: str, pid: int) -> str:
    return f"started {pid} {directory}\n" if pid else f"starting {directory}\n"
