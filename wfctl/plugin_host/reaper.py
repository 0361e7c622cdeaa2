"""Kill the plugins of a wfctl that died without saying goodbye.

Runs as a program of its own, on the standard library alone, and knows nothing of wfctl: see `wfctl.plugin_host.guard` for why.

Lines on its stdin: `starting DIR`, `started PID DIR`, `gone DIR`. When stdin ends, whoever is not gone is killed with
its process group, and its socket directory is removed.
"""

# ruff: noqa: PTH106, PTH108, PTH112, PTH118, PTH123, PTH208  (pathlib would double its start-up time)
from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator

_TRIES, _PAUSE = 40, 0.05
_UNHURRIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Take notes until stdin ends, then kill."""
    for number in _UNHURRIED:
        signal.signal(number, signal.SIG_IGN)  # it leaves when wfctl has left, not before
    charges = notes(sys.stdin.buffer)
    for pid in filter(None, charges.values()):
        kill(pid)
    unborn = {directory for directory, pid in charges.items() if not pid}
    # A child forked just before the death of its parent may not have become the plugin yet: look a few times.
    for _ in range(_TRIES if unborn else 0):
        for pid in running_with(unborn):
            kill(pid)
        time.sleep(_PAUSE)
    for directory in charges:
        remove(directory)


def notes(lines: Iterable[bytes]) -> dict[bytes, int]:
    """Socket directories of the plugins that are not gone, with their pid (0: not known yet)."""
    charges: dict[bytes, int] = {}
    for line in lines:
        word, _, rest = line.rstrip(b"\n").partition(b" ")
        if word == b"starting":
            charges[rest] = 0
        elif word == b"started":
            pid, _, directory = rest.partition(b" ")
            charges[directory] = int(pid)
        elif word == b"gone":
            charges.pop(rest, None)
    return charges


def kill(pid: int) -> None:
    """Kill a process group, named after its leader."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def remove(directory: bytes) -> None:
    """Remove a directory of sockets; what cannot be removed stays."""
    try:
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
    except OSError:
        return


def running_with(directories: set[bytes]) -> Iterator[int]:
    """Processes started with one of these socket directories in their environment. Finds nothing without /proc."""
    marks = {b"PLUGIN_UNIX_SOCKET_DIR=" + directory for directory in directories}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdecimal() and marks.intersection(_environment(name)):
            yield int(name)


def _environment(pid: str) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


if __name__ == "__main__":
    main()
