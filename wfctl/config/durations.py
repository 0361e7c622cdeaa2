"""Spans of time as Go writes them: `30s`, `5m`, `1h30m`, `1.5h`, `250ms`.

Knows nothing of what they are for.
"""

from __future__ import annotations

import re

LONGEST = 10 * 365 * 24 * 3600.0
"""Ten years, in seconds. Longer spans are slips of the pen."""

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")


def seconds(text: str) -> float | None:
    """The span in seconds, or None if the text is none, is negative or is longer than `LONGEST`."""
    if text == "0":
        return 0.0
    span, end = 0.0, 0
    while part := _PART.match(text, end):
        span += float(part[1]) * _UNITS[part[2]]
        end = part.end()
    return span if end and end == len(text) and span <= LONGEST else None
