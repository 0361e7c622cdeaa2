"""The place a view writes to: a binary stream that may go away at any time without taking the run with it.

Knows nothing of what is written.
"""

from __future__ import annotations

import select
from typing import Final, Protocol, TextIO

MOST_HELD: Final = 256 * 1024
"""Most bytes held back before they are written anyway."""


class Stream(Protocol):
    """What a sink needs of a binary stream. `write` may take less than it is given, or None of it for the moment."""

    def write(self, piece: memoryview, /) -> int | None:
        """Take bytes."""
        ...

    def flush(self) -> None:
        """Pass them on."""
        ...

    def fileno(self) -> int:
        """The number of the file behind it."""
        ...


class Sink:
    """Bytes and text into one binary stream, held back until `flush`.

    When the place is gone (a closed pipe, a full disk), `trouble` says why and everything later is dropped: the run is on
    record in the ledger and must not fail because nobody looks. `encoding` is used for text, and `errors` for what it
    cannot say. JSON is always UTF-8 and written as bytes.
    """

    def __init__(self, stream: Stream, *, encoding: str = "utf-8", errors: str = "backslashreplace") -> None:
        self._stream = stream
        self._encoding = encoding
        self._errors = errors
        self._held: list[bytes] = []
        self._size = 0
        self.trouble: Exception | None = None

    @classmethod
    def over(cls, stream: TextIO) -> Sink:
        """A sink on a text stream's own bytes. Past its buffer where there is one: what stays in it would fail at exit."""
        stream.flush()
        raw = getattr(stream.buffer, "raw", stream.buffer)
        errors = stream.errors if stream.errors not in (None, "strict") else "backslashreplace"
        return cls(raw, encoding=stream.encoding or "utf-8", errors=errors)

    @property
    def encoding(self) -> str:
        """How text becomes bytes."""
        return self._encoding

    def isatty(self) -> bool:
        """Never: what kind of place this is was decided by whoever made it."""
        return False

    def write(self, text: str) -> int:
        """Hold text back."""
        return self.write_bytes(text.encode(self._encoding, self._errors))

    def write_bytes(self, piece: bytes) -> int:
        """Hold bytes back; no more than `MOST_HELD` of them."""
        if self.trouble is None:
            self._held.append(piece)
            self._size += len(piece)
            if self._size > MOST_HELD:
                self.flush()
        return len(piece)

    def flush(self) -> None:
        """Write all that was held back."""
        if not self._held:
            return
        rest = memoryview(b"".join(self._held))
        self._held.clear()
        self._size = 0
        try:
            while rest:
                rest = rest[self._write(rest) :]
            self._stream.flush()
        except (OSError, ValueError) as trouble:  # ValueError: the stream was closed under us
            self.trouble = trouble

    def _write(self, rest: memoryview) -> int:
        written = self._stream.write(rest)
        if written is None:  # another program made the terminal non-blocking, and it is full
            select.select([], [self._stream], [])
        return written or 0
