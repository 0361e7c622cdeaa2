"""Keeps what a plugin prints away from the handshake, and carries it to the engine.

It knows nothing of gRPC. Engines read the first line on standard output as the address of the plugin, so a stray `print`
while modules are imported would end the plugin before it begins. Importing the SDK in a process that was started as a
plugin therefore turns standard output into standard error and keeps the real one aside for the handshake.
"""

from __future__ import annotations

import io
import os
import sys
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from threading import Condition
from typing import TextIO

COOKIE = ("WORKFLOW_PLUGIN", "workflow-external-plugin-v1")
STDOUT, STDERR = 1, 2
CHUNK = 32 * 1024
BACKLOG = 1024 * 1024


class Handshake:
    """The real standard output of a plugin, for the one line that belongs there."""

    _kept: int | None = None

    @classmethod
    def guard(cls, environ: MutableMapping[str, str]) -> bool:
        """Take standard output aside if this process was started as a plugin; whether it was.

        The cookie is removed, so that programs the plugin starts are not taken for plugins.
        """
        if cls._kept is None and environ.get(COOKIE[0]) == COOKIE[1]:
            del environ[COOKIE[0]]
            flush()
            cls._kept = os.dup(STDOUT)
            os.dup2(STDERR, STDOUT)
        return cls._kept is not None

    @classmethod
    def say(cls, line: str) -> None:
        """Print the line where the engine looks for it, and close standard output for good."""
        if cls._kept is None:
            raise RuntimeError("this process was not started as a plugin")
        with open(cls._kept, "w", encoding="utf-8", closefd=True) as stdout:  # noqa: PTH123 - a descriptor, not a path
            stdout.write(f"{line}\n")


class Printed:
    """Text of the author's code on its way to the engine, by channel.

    It never blocks the code that prints: while nobody listens, or the listener is slow, text goes to the real standard
    error instead.
    """

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._waiting = 0
        self._state = "unclaimed"
        self._changed = Condition()

    def claim(self) -> bool:
        """Become the one listener there may be; whether that worked."""
        with self._changed:
            if self._state != "unclaimed":
                return False
            self._state = "listening"
            return True

    def close(self) -> None:
        """The listener is gone; what is still here goes to the real standard error."""
        with self._changed:
            self._state = "closed"
            left, self._pieces = self._pieces, deque()
            self._changed.notify_all()
        for _, text in left:
            _to_stderr(text)

    def finish(self) -> None:
        """The process ends: hold nothing back."""
        flush()
        self.close()

    def write(self, channel: int, text: bytes) -> None:
        """Hand over text, in pieces small enough for one message."""
        with self._changed:
            if self._state == "listening" and self._waiting + len(text) <= BACKLOG:
                self._pieces.extend((channel, text[start : start + CHUNK]) for start in range(0, len(text), CHUNK))
                self._waiting += len(text)
                self._changed.notify_all()
                return
        _to_stderr(text)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Pieces as they come, until the process ends."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pieces or self._state == "closed")
                if not self._pieces:
                    return
                channel, text = self._pieces.popleft()
                self._waiting -= len(text)
            yield channel, text

    def replace_streams(self) -> None:
        """Make `print` and the like write here."""
        flush()
        sys.stdout = self._stream(STDOUT)
        sys.stderr = self._stream(STDERR)

    def _stream(self, channel: int) -> TextIO:
        raw = io.BufferedWriter(_Channel(self, channel))  # type: ignore[type-var]  # it has all that is called
        return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def flush() -> None:
    """Send on what was printed without a line end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _to_stderr(text: bytes) -> None:
    # A lost line of a log must not become the failure of a driver.
    with suppress(OSError):
        while text:
            text = text[os.write(STDERR, text) :]


class _Channel(io.RawIOBase):
    def __init__(self, printed: Printed, channel: int) -> None:
        super().__init__()
        self._printed = printed
        self._channel = channel

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._channel

    def write(self, text: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._printed.write(self._channel, bytes(text))
        return len(text)
