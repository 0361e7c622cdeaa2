"""What a plugin prints: cut into lines, cleaned, redacted, and the last of it kept.

Knows nothing of processes or connections; they feed it bytes. Go plugins log in JSON lines with `@level` and `@message`
(upstream: GoCodeAlone/go-plugin log_entry.go), and chat about themselves at the lowest levels.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import msgspec

from wfctl.core.text import clean

LINE_LIMIT = 8192
"""Bytes of the longest line kept whole; what is longer arrives in pieces."""

KEPT = 20
"""Lines kept for error messages."""

_SHOWN = 500
_CHAT = ("trace", "debug")
_CAUSES = ("panic: ", "fatal error: ")  # of a Go program; many lines of stack follow

Redact = Callable[[str], str]
"""Takes the secrets known to the caller out of a text."""

Log = Callable[[str, str], None]
"""Told every line a plugin prints, as (plugin, line). May be called from any thread, and must not raise."""


def shown(text: str, redact: Redact, limit: int = 2000) -> str:
    """A plugin's text as people may see it: redacted, cleaned, cut to `limit` characters."""
    # Redacted again when clean: an escape sequence in the middle of a secret hides it from the first pass.
    return clean(redact(clean(redact(text), len(text) + 1)), limit).strip()


class Speech:
    """Everything one plugin process says on its way to a log, and its last lines. Safe to use from any thread.

    `plugin` is its name, `title` how messages call it.
    """

    def __init__(self, plugin: str, title: str, redact: Redact, log: Log | None = None) -> None:
        self.title = title
        self._plugin = plugin
        self._redact = redact
        self._log = log
        self._lock = threading.Lock()
        self._last = deque[str](maxlen=KEPT)
        self._cause = ""

    def say(self, line: str) -> None:
        """Take one line."""
        level, text = _entry(line)
        if level not in _CHAT:
            with self._lock:
                self._last.append(text)
                if text.startswith(_CAUSES) and not self._cause:
                    self._cause = text
        if self._log is not None and line.strip():
            self._log(self._plugin, shown(line, self._redact, LINE_LIMIT))

    def cause(self) -> str:
        """Why it crashed, fit to be shown: the line that says so, else its last words."""
        with self._lock:
            cause = self._cause
        return self.show(cause, _SHOWN) if cause else " / ".join(self.last(3))

    def last(self, lines: int = KEPT) -> tuple[str, ...]:
        """The last lines, fit to be shown."""
        with self._lock:
            # Redacted as one text: a secret may have more than one line.
            text = self._redact("\n".join(self._last))
        cleaned = (shown(line, self._redact, _SHOWN) for line in text.split("\n"))
        return tuple(line for line in cleaned if line)[-lines:]

    def show(self, text: str, limit: int = 2000) -> str:
        """Any other text of this plugin, fit to be shown."""
        return shown(text, self._redact, limit)


def _entry(line: str) -> tuple[str, str]:
    # The level and the text of a log line; any other line is its own text.
    if not line.startswith('{"@'):
        return "", line
    try:
        entry = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return "", line
    more = " ".join(f"{key}={value}" for key, value in entry.items() if not key.startswith("@"))
    return str(entry.get("@level", "")), f"{entry.get('@message', '')} {more}".strip()


class Lines:
    """Cuts a stream of bytes into lines. What does not end within `LINE_LIMIT` bytes is cut there."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        *whole, rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            self._pass(line)
        cut = len(rest) - len(rest) % LINE_LIMIT
        if cut:
            self._pass(rest[:cut])
        self._rest = rest[cut:]

    def end(self) -> None:
        """The stream is over: what is left is a line too."""
        if self._rest:
            self._pass(self._rest)
        self._rest = b""

    def _pass(self, line: bytes) -> None:
        for start in range(0, max(len(line), 1), LINE_LIMIT):
            self._take(line[start : start + LINE_LIMIT].decode(errors="replace").rstrip("\r"))
