"""The exit codes: which number, when. The only place where they are written down.

Knows nothing of errors' texts and of streams. The codes of a run that was started come with its outcome; here are the
codes of everything that happens before, and the words for all of them.
"""

from __future__ import annotations

from typing import Final

from wfctl.errors import Kind

OK: Final = 0
FAILED: Final = 1
CHANGES: Final = 2
NEEDS_PERSON: Final = 5
INTERRUPTED: Final = 130

_BEFORE: Final = {
    Kind.USAGE: FAILED,
    Kind.CONFIG: FAILED,
    Kind.INTERNAL: FAILED,
    Kind.LEDGER: FAILED,
    Kind.PLUGIN: 10,
    Kind.STALE_PLAN: 7,
    Kind.POLICY: 8,
    Kind.DECLINED: 9,
    Kind.LOCK: 6,
    Kind.NEEDS_PERSON: NEEDS_PERSON,
}
_AFTER: Final = {Kind.INTERNAL: NEEDS_PERSON, Kind.LEDGER: NEEDS_PERSON, Kind.PLUGIN: NEEDS_PERSON}

TABLE: Final[tuple[tuple[str, str], ...]] = (
    ("10", "a plugin did not start or does not fit, and nothing was sent"),
    ("7", "nothing was sent: the plan is stale or was used before"),
    ("8", "nothing was sent: a policy or a --require-... flag refused"),
    ("9", "nothing was sent: declined, or nobody to ask and no --auto-approve"),
    ("6", "the workspace is locked by somebody else, or the lock was lost"),
    ("1", "usage, configuration, or an internal error with nothing sent"),
    ("5", "a person is needed: an undo failed, an effect is unknown, something may be left behind"),
    ("130", "stopped by SIGINT, to be resumed"),
    ("143", "stopped by SIGTERM, to be resumed"),
    ("11", "stopped by --timeout, to be resumed"),
    ("12", "waiting at a gate with --no-wait, to be resumed"),
    ("4", "the run failed or was cancelled, and nothing of it remains: every effect is verified undone"),
    ("3", "something did not succeed; what remains is known and recorded, and applying again is safe"),
    ("2", "plan --detailed-exitcode: there are changes"),
    ("0", "everything asked for is done, or there was nothing to do"),
)
"""Code and meaning. The first line that is true decides, from the top."""


def of(kind: Kind, *, dispatched: bool = False) -> int:
    """The code of an error. `dispatched`: something had been sent by then, so nobody may take the world for untouched."""
    return _AFTER.get(kind, _BEFORE[kind]) if dispatched else _BEFORE[kind]
