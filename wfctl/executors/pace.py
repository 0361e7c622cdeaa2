"""Keep calls to each provider apart: at most so many a second.

Knows no clock of its own and does not wait: it says how long to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Pace:
    """The pace of every provider that has one. `rates` are calls a second by provider; `clock` gives seconds that only grow."""

    def __init__(self, rates: Mapping[str, float], clock: Callable[[], float]) -> None:
        self._between = {provider: 1.0 / rate for provider, rate in rates.items() if rate > 0}
        self._clock = clock
        self._free_at: dict[str, float] = {}

    def wait(self, provider: str) -> float:
        """Take the next place of a provider; returns the seconds until it, 0 where there is no limit."""
        between = self._between.get(provider)
        if between is None:
            return 0.0
        now = self._clock()
        at = max(now, self._free_at.get(provider, now))
        self._free_at[provider] = at + between
        return at - now
