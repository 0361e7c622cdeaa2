"""Gates: places where a program of a test waits until it is let through, so that a run can be stopped while it is just there.

Knows nothing of runs. A gate is two fifos beside each other: the program writes to `NAME.at` when it has arrived and reads a
line from `NAME.go`. Nobody ever sleeps.
"""

from __future__ import annotations

import os
import select
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which a program that does not come is missed."""

SHELL = """\
#!/bin/sh
gate() { if [ -p "$1.at" ]; then echo > "$1.at"; read -r _ < "$1.go"; fi; }
"""
"""How a shell script passes a gate: `gate NAME`."""


class Gate:
    """One gate, shut from the beginning."""

    def __init__(self, folder: Path, name: str) -> None:
        self._at, self._go = folder / f"{name}.at", folder / f"{name}.go"
        os.mkfifo(self._at)
        os.mkfifo(self._go)
        # Both ends at once: neither this side nor the program ever waits for the other to open.
        self._arrivals = os.open(self._at, os.O_RDWR)
        self._passes = os.open(self._go, os.O_RDWR)

    def arrived(self) -> None:
        """Wait until a program has come."""
        waiting = select.poll()
        waiting.register(self._arrivals, select.POLLIN)
        if not waiting.poll(PATIENCE * 1000):
            raise AssertionError(f"nobody came to {self._at}")
        os.read(self._arrivals, 64)

    def lift(self) -> None:
        """Let nobody else stop here; who waits goes on waiting."""
        self._at.unlink(missing_ok=True)

    def open(self) -> None:
        """Let everybody through who is there, or was on his way; from now on there is no gate."""
        self._at.unlink(missing_ok=True)
        os.write(self._passes, b"go\n" * 100)

    def close(self) -> None:
        """Tidy up, when nobody is there any more."""
        for path in (self._at, self._go):
            path.unlink(missing_ok=True)
        os.close(self._arrivals)
        os.close(self._passes)
