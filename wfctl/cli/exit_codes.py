"""From the kind of an error to the exit code of the process.

Knows nothing of texts: what each code means is written once, in `wfctl.views.exit_codes`. The code of a run that was
started comes with its outcome; here are the codes of everything that can happen before.
"""

from __future__ import annotations

from typing import Final

from wfctl.errors import Kind

OK: Final = 0
FAILED: Final = 1
CHANGES: Final = 2
NEEDS_PERSON: Final = 5
INTERRUPTED: Final = 130

_CODES: Final = {
    Kind.USAGE: FAILED,
    Kind.CONFIG: FAILED,
    Kind.INTERNAL: FAILED,
    Kind.LEDGER: FAILED,
    Kind.NEEDS_PERSON: NEEDS_PERSON,
    Kind.LOCK: 6,
    Kind.STALE_PLAN: 7,
    Kind.POLICY: 8,
    Kind.DECLINED: 9,
    Kind.PLUGIN: 10,
}


def of(kind: Kind) -> int:
    """The code of an error. An error after something was sent is of kind NEEDS_PERSON, whatever went wrong."""
    return _CODES[kind]
