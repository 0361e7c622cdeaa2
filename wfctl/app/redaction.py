"""Take the secrets a run knows out of texts, by exact value.

Knows nothing of where values and texts come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_SHORTEST = 4
"""Shorter values stand in every text; to take them out would spoil it and tell what they are."""

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
    found = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None
