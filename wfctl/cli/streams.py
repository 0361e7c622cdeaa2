"""Standard output that forgives a reader who has left.

Knows nothing of what is written. `wfctl runs list | head -1` ends in silence, and a run whose output nobody reads goes on.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Forgiving(io.FileIO):
    """A file that swallows what nobody reads any more."""

    def write(self, text: Buffer, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            return memoryview(text).nbytes


def forgive_closed_pipes() -> None:
    """Make stdout and stderr of this process forgiving. A stream that was closed before the start becomes silent."""
    sys.stdout = _forgiving(sys.stdout, 1)
    sys.stderr = _forgiving(sys.stderr, 2)


def _forgiving(stream: io.TextIOBase | object, number: int) -> io.TextIOWrapper:
    if stream is None or _closed(number):
        return io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.devnull, "w")), encoding="utf-8")
    raw = _Forgiving(number, "w", closefd=False)
    # An encoding that lacks a character shows it as `?`: an arrow is no reason to fail.
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="backslashreplace" if number == 2 else "replace",
        line_buffering=raw.isatty() or number == 2,
        write_through=number == 2,
    )


def _closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False
