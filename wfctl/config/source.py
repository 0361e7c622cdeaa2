"""The text of one config file, and places in it.

Knows nothing of what the text means. Files are read whole, up to `MOST_BYTES`.
"""

from __future__ import annotations

import bisect
import codecs
import errno
import re
from functools import cached_property
from pathlib import Path

from wfctl.config.diagnostics import Findings, Mark, Position

MOST_BYTES = 64 * 1024 * 1024
"""The largest file that is read: some 300,000 resources."""

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML takes for one
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_REASONS = {
    errno.EISDIR: "is a folder, not a file",
    errno.EACCES: "cannot be read: permission denied",
    errno.ENOTDIR: "does not exist",
}


class Source:
    """The text of a file. `file` is its name as shown to people."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    def mark(self, line: int, column: int) -> Mark:
        """A place by line and column, both from 1."""
        starts = self._starts
        end = starts[line] if line < len(starts) else len(self.text)
        snippet = self.text[starts[line - 1] : end].rstrip() if line <= len(starts) else ""
        return Mark(position=Position(file=self.file, line=line, column=column), snippet=snippet)

    def mark_at(self, offset: int) -> Mark:
        """A place by its offset in the text, in characters."""
        return self.mark(*self.place(offset))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.text))]


def read(path: Path, file: str, findings: Findings, asked_at: Mark | None = None) -> Source | None:
    """The text of `path`, or None with the reason among the findings. `asked_at` is the place that named the file."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        findings.error(asked_at, f"{file} does not exist", "" if asked_at else "`wfctl init` writes a first one")
        return None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        number = problem.errno if isinstance(problem, OSError) else None
        findings.error(asked_at, f"{file} {_REASONS.get(number or 0, f'cannot be read: {problem}')}")
        return None
    if len(data) > MOST_BYTES:
        findings.error(asked_at, f"{file} is larger than {MOST_BYTES // 1024 // 1024} MiB")
        return None
    return _decoded(data, file, findings)


def _decoded(data: bytes, file: str, findings: Findings) -> Source | None:
    encoding = next((name for mark, name in _WIDE if data.startswith(mark)), "utf-8-sig")
    try:
        return Source(file, data.decode(encoding))
    except UnicodeDecodeError as problem:
        good = Source(file, data[: problem.start].decode(encoding, "replace"))
        byte = f"byte 0x{data[problem.start]:02x}" if encoding == "utf-8-sig" else "the text"
        findings.error(good.mark_at(len(good.text)), f"{file} is not UTF-8: {byte} is none", "save it as UTF-8")
        return None
