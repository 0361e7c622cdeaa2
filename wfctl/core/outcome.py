"""The final word: statuses of the wire, failures, and what is reported of each action.

Knows nothing of how an outcome came about.
"""

from __future__ import annotations

import enum

import msgspec

from wfctl.core.plan import Operation


class ActionStatus(enum.IntEnum):
    """`enum ActionStatus` of proto/iac.proto. The tags are the wire's and never change."""

    UNSPECIFIED = 0
    SUCCESS = 1
    ERROR = 2
    DELETE_FAILED = 3
    COMPENSATED = 4
    COMPENSATION_FAILED = 5
    SKIPPED = 6


class Existence(enum.StrEnum):
    """What is known of a failed call's effect."""

    NONE = "none"
    EXISTS = "exists"
    UNKNOWN = "unknown"


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something failed: a stable lower_case code, a cleaned message, and whether trying again can help."""

    code: str
    message: str
    retryable: bool = False
    retry_after: float = 0.0
    position: str = ""


class Residue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something this run may have left behind and the state does not hold."""

    type: str
    name: str
    provider_id: str = ""
    note: str = ""


class RunResult(enum.StrEnum):
    """How a run stands. The first four are final, `interrupted` can be resumed, `waiting` is at a gate."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    COMPENSATED = "compensated"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"
    RUNNING = "running"


class CausePhase(enum.StrEnum):
    """Where in an action's life the first failure was."""

    GATE = "gate"
    REFERENCE = "reference"
    DISPATCH = "dispatch"
    HOOK = "hook"
    UNDO = "undo"
    FINALIZE = "finalize"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The first failure of a run: which action (None = the run itself), where, and its code."""

    plan_index: int | None
    address: str
    phase: CausePhase
    failure: Failure


class ActionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The final word on one PlanAction. Times are Unix seconds, elapsed is in seconds. `provider` is the iac.provider module.

    `effect` is CREATED…DELETED for what happened, or none / exists / unknown for a failed call.
    `skipped_because` names the address or reason, `compensation` is not_compensable, blocked_by ADDR, pending, skipped or
    orphaned.
    """

    plan_index: int
    name: str
    type: str
    operation: Operation
    status: ActionStatus
    final: bool = True
    effect: str = "none"
    in_doubt: bool = False
    attempts: int = 0
    provider: str = ""
    provider_id: str = ""
    error: Failure | None = None
    error_phase: CausePhase | None = None
    undo_error: Failure | None = None
    evidence: str = ""
    skipped_because: str = ""
    compensation: str = ""
    warnings: tuple[Failure, ...] = ()
    hooks_pending: tuple[str, ...] = ()
    residue: tuple[Residue, ...] = ()
    started_at: float = 0.0
    finished_at: float = 0.0

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"

    @property
    def elapsed(self) -> float:
        """Seconds between the first send and the last word; 0 when nothing was sent."""
        return max(0.0, self.finished_at - self.started_at) if self.started_at else 0.0


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many actions ended in each status, and how many of them in doubt."""

    success: int = 0
    error: int = 0
    delete_failed: int = 0
    compensated: int = 0
    compensation_failed: int = 0
    skipped: int = 0
    in_doubt: int = 0


class RunOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The final word on a run: one ActionOutcome for each plan action, in plan order, and the exit code that follows.

    `rolled_back` is how many actions were to be taken back after the run was over; None when nobody asked for that.
    """

    result: RunResult
    exit_code: int
    actions: tuple[ActionOutcome, ...]
    counts: Counts
    cause: Cause | None = None
    cancelled_by: str = ""
    finalize_errors: tuple[str, ...] = ()
    rolled_back: int | None = None


def count(actions: tuple[ActionOutcome, ...]) -> Counts:
    """Tally outcomes by status."""
    tally = [0] * 7
    for action in actions:
        tally[action.status] += 1
    return Counts(
        success=tally[1],
        error=tally[2],
        delete_failed=tally[3],
        compensated=tally[4],
        compensation_failed=tally[5],
        skipped=tally[6],
        in_doubt=sum(action.in_doubt for action in actions),
    )
