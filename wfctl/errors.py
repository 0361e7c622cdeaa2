"""The tree of errors a person can do something about.

Knows nothing of terminals or exit codes: `wfctl.cli.report` turns a kind into both.

    WfctlError                 what happened, to what, and what to type next
      IllegalTransition        ours: a fact arrived that the machine has no row for; the run stops, the ledger stays valid

Failures of the world (a plugin said no, a disk is full) are not here: they are events, or belong to the adapter that saw them.
"""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    """What sort of trouble it is; one exit code each (`wfctl help exit-codes`)."""

    USAGE = "usage"
    CONFIG = "config"
    INTERNAL = "internal"
    PLUGIN = "plugin"
    STALE_PLAN = "stale_plan"
    POLICY = "policy"
    DECLINED = "declined"
    LOCK = "lock"
    LEDGER = "ledger"
    NEEDS_PERSON = "needs_person"


class WfctlError(Exception):
    """An error with a way out: `message` says what happened to which thing, `hint` what to type next.

    `code` is a stable UPPER_CASE name for scripts, `details` are further lines (one finding each).
    """

    def __init__(self, kind: Kind, code: str, message: str, *, hint: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        """The message and its details, without the hint."""
        return "\n".join((self.message, *(f"  {line}" for line in self.details)))


class IllegalTransition(WfctlError):
    """A fact arrived that the state machine has no row for: our own mistake, never the user's."""

    def __init__(self, message: str) -> None:
        super().__init__(
            Kind.INTERNAL, "ILLEGAL_TRANSITION", message, hint="this is a bug in wfctl; the ledger is intact"
        )
