"""Take the secrets a run knows out of texts, by exact value, as JSON writes it, and by each long line.

Knows nothing of where values and texts come from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

_SHORTEST = 4
"""Shorter values stand in every text; to take them out would spoil it and tell what they are."""

_LONG_LINE = 16
"""A line of a secret that has so many characters is a secret by itself: a key is often printed with its line ends changed."""

MASK = "(sensitive value)"


class Redactor:
    """Replaces every known secret in a text. `values` gives those known by now; `more` are known from the start."""

    def __init__(self, values: Callable[[], frozenset[str]], more: Iterable[str] = ()) -> None:
        self._values = values
        self._more = frozenset(more)
        self._known: frozenset[str] | None = None
        self._pattern: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        known = self._values()
        if known is not self._known:
            self._known, self._pattern = known, _pattern(known | self._more)
        return self._pattern.sub(MASK, text) if self._pattern else text


def _pattern(values: Iterable[str]) -> re.Pattern[str] | None:
    # The longest first: a secret that begins like another must not leave its tail behind.
    pieces = {piece for value in values for piece in _pieces(value)}
    found = sorted(pieces, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None


def _pieces(value: str) -> Iterator[str]:
    """What is taken out for one secret: all of it, and its long lines unless they only say what it is, as in a PEM."""
    if len(value) >= _SHORTEST:
        yield value
        yield json.dumps(value, ensure_ascii=False)[1:-1]
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line for line in map(str.strip, lines) if len(line) >= _LONG_LINE and not line.startswith("-----"))
