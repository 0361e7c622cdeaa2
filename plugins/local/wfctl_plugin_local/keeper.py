"""Stands between this plugin and a program it runs, so that the program never runs unobserved.

Runs as a program of its own, on the standard library alone: `keeper.py REPORT HOLD PROGRAM [ARGUMENT...]`. Whoever started it
holds the other end of its standard input. When that closes, be it on purpose or because the plugin was killed, the program is
ended, and what it started in its process group with it. HOLD is a descriptor of a lock: it is free again when the keeper is
gone, and the program never gets it, so a daemon left behind does not hold it. REPORT is told one line:

    exit NUMBER   the program ended by itself; a negative number is a signal
    ended         it was ended from here
    error TEXT    it could not be started
"""

from __future__ import annotations

import os
import select
import signal
import sys

GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""

_UNHURRIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TO_RESET = (*_UNHURRIED, signal.SIGPIPE, signal.SIGCHLD)


def main(report: int, hold: int, argv: list[str]) -> None:
    """Run the program and report once."""
    for descriptor in (report, hold):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no keywords
    for number in _UNHURRIED:
        signal.signal(number, signal.SIG_IGN)  # it leaves when the program has left, not before
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    try:
        program = _start(argv)
    except (OSError, ValueError) as error:
        os.write(report, f"error {getattr(error, 'strerror', None) or error}".encode())
        return
    os.write(report, _attend(program, ended).encode())


def _start(argv: list[str]) -> int:
    return os.posix_spawnp(
        argv[0],
        argv,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setpgroup=0,
        setsigdef=_TO_RESET,
    )


def _attend(program: int, ended: int) -> str:
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 1)
            pid, status = os.waitpid(program, os.WNOHANG)
            if pid:
                return f"exit {os.waitstatus_to_exitcode(status)}"
        if 0 in ready and not os.read(0, 1):
            return _end(program, ended)


def _end(program: int, ended: int) -> str:
    """Not waited for before the last signal: until then its number belongs to nobody else."""
    os.killpg(program, signal.SIGTERM)
    select.select([ended], [], [], GRACE)
    os.killpg(program, signal.SIGKILL)
    os.waitpid(program, 0)
    return "ended"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
