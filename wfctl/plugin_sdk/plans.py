"""What a provider may be able to do with a whole plan: judge it before, and finish it after.

It does not know how plans are made or applied.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar

from wfctl.plugin_sdk.requests import Request
from wfctl.plugin_sdk.values import FieldChange, Output, Ref, Spec


class PlanOperation(IntEnum):
    """An operation of a plan."""

    CREATE = 1
    UPDATE = 2
    REPLACE = 3
    DELETE = 4


class ActionStatus(IntEnum):
    """The final word on one action."""

    SUCCESS = 1
    ERROR = 2
    DELETE_FAILED = 3
    COMPENSATED = 4
    COMPENSATION_FAILED = 5
    SKIPPED = 6


@dataclass(frozen=True, slots=True)
class AppliedAction:
    """One action of a run that took effect.

    Attributes:
        index: Its place in the plan.
        operation: What was done.
        ref: The object.
    """

    index: int
    operation: PlanOperation
    ref: Ref


@dataclass(frozen=True, kw_only=True)
class FinalizeRequest(Request):
    """All actions of this provider are done: flush what was put off.

    Attributes:
        plan_id: The plan that was applied.
        applied: What took effect, in plan order; empty if the engine does not say.
    """

    plan_id: str = ""
    applied: tuple[AppliedAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReport:
    """What a finalizer found out about one action. The engine checks it before it believes it.

    Attributes:
        status: COMPENSATED or COMPENSATION_FAILED; others are the engine's to give.
        name: The resource.
        type: Its type.
        provider_id: Its identity on the provider.
        error: What went wrong, for a person.
        code: A stable word for the reason.
        evidence: What the plugin saw; no secrets.
    """

    status: ActionStatus
    name: str
    type: str
    provider_id: str = ""
    error: str = ""
    code: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionError:
    """A failure outside any single action, such as a flush that did not work.

    Attributes:
        resource: A resource name, or a type where no single resource is meant.
        action: What was tried, such as `deferred_update`.
        error: What went wrong, for a person.
    """

    resource: str
    action: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeResult:
    """The answer to a FinalizeRequest.

    Attributes:
        actions: What turned out differently from what the engine believes.
        errors: Everything else that failed.
    """

    actions: tuple[ActionReport, ...] = ()
    errors: tuple[ActionError, ...] = ()


class Deferral(IntEnum):
    """What a Finalizer puts off."""

    UNDECLARED = 0
    """Perhaps any action; it dies with the process."""
    MARKED = 1
    """Only what an `Output` says is `deferred`; it dies with the process."""
    DURABLE = 2
    """Only what an `Output` says is `deferred`; it outlives the process, and another one may be asked to finish it."""


class Finalizer(ABC):
    """Mixed into a provider: it puts work off while actions run. The engine keeps one process for the whole run.

    Attributes:
        deferral: What may be put off. Undeclared, the engine asks for a flush after every run, and says that work was lost
            whenever a process has died.
    """

    deferral: ClassVar[Deferral] = Deferral.UNDECLARED

    @abstractmethod
    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        """Flush. May be called again after a failure, so flushing twice must do no harm."""


class Severity(IntEnum):
    """How bad a remark about a plan is."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One action of a plan that is to be judged.

    Attributes:
        operation: What is to be done.
        spec: What is wanted; for a delete, name and type only.
        current: The object on record; None for a create.
        changes: The differences found when the plan was made.
    """

    operation: PlanOperation
    spec: Spec
    current: Output | None = None
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding about a plan.

    Attributes:
        severity: How bad it is.
        message: What is wrong, and what to do.
        resource: The resource it is about, if one.
        field: The config field it is about, if one.
    """

    severity: Severity
    message: str
    resource: str = ""
    field: str = ""


class Validator(ABC):
    """Mixed into a provider: it can judge a whole plan, across resources."""

    @abstractmethod
    def validate(self, actions: tuple[PlannedAction, ...]) -> Iterable[Remark]:
        """Judge the actions of one plan; no remarks means nothing to object to."""
