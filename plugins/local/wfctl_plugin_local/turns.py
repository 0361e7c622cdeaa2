"""One program of a step at a time, even across processes and crashes.

It knows nothing of programs. A turn is a lock on a file. It is handed on to whoever carries out the work, so it is taken
until the work has ended, also if the process that took it is dead by then.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from wfctl.plugin_sdk import Transient

PATIENCE = 5.0
"""Seconds to wait for a turn: longer than it takes to end the program of a plugin that was killed."""

_LOOK = 0.02


class StillRunning(Transient):
    """The turn is taken, so nothing was done."""


class Turns:
    """The turns of one private folder."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds to wait for a turn."""
        self._folder = folder
        self._patience = patience

    @contextmanager
    def take(self, identity: str, cancelled: Event) -> Iterator[int]:
        """Have the turn of an identity; the descriptor holds it. Raises StillRunning if it stays taken."""
        file = os.open(self._path(identity), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _lock(file, time.monotonic() + self._patience, cancelled)
            yield file
        finally:
            os.close(file)

    def drop(self, identity: str) -> None:
        """There will be no more turns of this identity."""
        self._path(identity).unlink(missing_ok=True)

    def _path(self, identity: str) -> Path:
        return self._folder / f"turn-{identity}"


def _lock(file: int, deadline: float, cancelled: Event) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline or cancelled.wait(_LOOK):
                raise StillRunning("a program of this step is still running") from None
        else:
            return
