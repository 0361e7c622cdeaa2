"""Standard output that forgives a reader who has left, and remembers what else went wrong.

Knows nothing of what is written. `wfctl runs list | head -1` ends in silence, and a run whose output nobody reads goes on. So
does one whose output finds a full disk; but that is told at the end, since nobody chose it.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Forgiving(io.FileIO):
    """A file that swallows what cannot be written. `trouble` says why, unless nobody reads any more."""

    trouble: OSError | None = None

    def write(self, text: Buffer, /) -> int:
        if self.trouble is None:
            try:
                return super().write(text)
            except BrokenPipeError:
                pass
            except OSError as trouble:  # what comes later would stand behind a gap
                self.trouble = trouble
        return memoryview(text).nbytes


def forgive_closed_pipes() -> None:
    """Make stdout and stderr of this process forgiving. A stream that was closed before the start becomes silent."""
    sys.stdout = _forgiving(sys.stdout, 1)
    sys.stderr = _forgiving(sys.stderr, 2)


def lost() -> str:
    """Flush stdout; why some of it could not be written, such as `No space left on device`, or nothing."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    trouble = raw.trouble if isinstance(raw, _Forgiving) else None
    return (trouble.strerror or str(trouble)) if trouble else ""


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
