"""Backoff arithmetic, and the keys that make a repeated call recognisable.

Knows no clock and no dice: jitter comes from a hash, so that a replay pauses as the original did.
"""

from __future__ import annotations

import hashlib

from wfctl.core.plan import Retries, RunId

FORWARD = "forward"
UNDO = "undo"


def key(run_id: RunId, action: int, step: str, direction: str) -> str:
    """The idempotency key of one step: hex SHA-256, the same on every attempt, another one for its undo."""
    return hashlib.sha256(f"{run_id}\0{action}\0{step}\0{direction}".encode()).hexdigest()


def pause(retries: Retries, attempt: int, seed: str, retry_after: float = 0.0) -> float:
    """Seconds to wait before `attempt` (2 and up): doubling from `first` to `max`, jittered by a quarter.

    Never less than `retry_after`, which is the other side's own word.
    """
    exponent = min(max(attempt - 2, 0), 30)
    base = min(retries.first * 2.0**exponent, retries.max)
    return max(base * (0.75 + 0.5 * _fraction(f"{seed}\0{attempt}")), retry_after)


def _fraction(seed: str) -> float:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") / float(1 << 48)
