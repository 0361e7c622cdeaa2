"""What is wrong with a config file, and where; collected, so that all of it is shown at once.

Knows nothing of YAML, of rules or of terminals.
"""

from __future__ import annotations

import difflib
import enum
import heapq
import itertools
from collections.abc import Iterable

import msgspec

from wfctl.core.text import clean
from wfctl.errors import Kind, WfctlError

MOST_SHOWN = 100
"""Mistakes kept of one load; a file generated wrong has one on each of its lines."""

_LONGEST_TEXT = 1000
_LONGEST_SNIPPET = 200
_MOST_CANDIDATES = 500


class Severity(enum.StrEnum):
    """Whether the load fails for it."""

    ERROR = "error"
    WARNING = "warning"


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a file, as shown to people. Line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """The form editors open: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a file together with the text of its line."""

    position: Position
    snippet: str = ""


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. Line 0 means the file as a whole. Never holds a value of the environment."""

    severity: Severity
    summary: str
    detail: str = ""
    file: str
    line: int = 0
    column: int = 0
    snippet: str = ""

    def __str__(self) -> str:
        """One line: place, summary, detail."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.summary}{f'. {self.detail}' if self.detail else ''}"


class ConfigError(WfctlError):
    """The files do not say what is to be done. `diagnostics` holds errors and warnings in the order of the text."""

    def __init__(self, file: str, diagnostics: tuple[Diagnostic, ...], total: int) -> None:
        errors = [found for found in diagnostics if found.severity is Severity.ERROR]
        more = (f"… and {total - len(errors)} more",) if total > len(errors) else ()
        super().__init__(
            Kind.CONFIG,
            "CONFIG_INVALID",
            f"{file} has {total} mistake{'s' if total != 1 else ''}",
            hint=f"correct {file} and run the command again",
            details=(*map(str, errors), *more),
        )
        self.diagnostics = diagnostics


class Findings:
    """Collects what is found wrong while the files are read; the same thing said twice of one place counts once.

    Keeps `MOST_SHOWN` of each severity and counts the rest.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.total = 0
        self._found: dict[Severity, list[Diagnostic]] = {severity: [] for severity in Severity}
        self._said: set[tuple[Severity, Position, str]] = set()

    def error(self, mark: Mark | None, summary: str, detail: str = "") -> None:
        """Note something the load cannot go on with. Without a mark it concerns the file as a whole."""
        self._add(Severity.ERROR, mark, summary, detail)

    def warning(self, mark: Mark | None, summary: str, detail: str = "") -> None:
        """Note something that is probably not meant."""
        self._add(Severity.WARNING, mark, summary, detail)

    @property
    def full(self) -> bool:
        """Whether further errors are only counted, so that a hint for them would be wasted."""
        return len(self._found[Severity.ERROR]) >= MOST_SHOWN

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings so far, in the order of the text."""
        return _in_order(self._found[Severity.WARNING])

    def raise_errors(self) -> None:
        """Raise ConfigError if there are errors."""
        if self.total:
            raise ConfigError(self.file, _in_order(itertools.chain(*self._found.values())), self.total)

    def _add(self, severity: Severity, mark: Mark | None, summary: str, detail: str) -> None:
        place = mark.position if mark else Position(file=self.file, line=0, column=0)
        if (severity, place, summary) in self._said:
            return
        self._said.add((severity, place, summary))
        self.total += severity is Severity.ERROR
        found = self._found[severity]
        if len(found) >= MOST_SHOWN:
            return
        found.append(
            Diagnostic(
                severity=severity,
                summary=clean(summary, _LONGEST_TEXT),
                detail=clean(detail, _LONGEST_TEXT),
                file=place.file,
                line=place.line,
                column=place.column,
                snippet=clean(mark.snippet, _LONGEST_SNIPPET) if mark else "",
            )
        )


def meant(word: str, words: Iterable[str]) -> str:
    """`did you mean …?` for a slip of the pen, or nothing."""
    close = nearest(word, words)
    return f"did you mean {close}?" if close else ""


def nearest(word: str, words: Iterable[str]) -> str:
    """The most similar of the words, or "". Of thousands those that begin alike are compared."""
    near = [other for other in words if abs(len(other) - len(word)) <= 3]
    if len(near) > _MOST_CANDIDATES:
        near = heapq.nlargest(_MOST_CANDIDATES, near, key=lambda other: _alike(word, other))
    close = difflib.get_close_matches(word, near, n=1, cutoff=0.6)
    return close[0] if close else ""


def _alike(word: str, other: str) -> int:
    """How many characters both begin with."""
    return next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))


def _in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(found, key=lambda diagnostic: (diagnostic.file, diagnostic.line, diagnostic.column)))
