"""What drivers, and now and then a whole provider, can do beyond create, read, update and delete.

It does not know how abilities are announced. Each is declared; an engine never guesses one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar

from wfctl.plugin_sdk.errors import MethodUnimplemented
from wfctl.plugin_sdk.plans import PlanOperation
from wfctl.plugin_sdk.requests import Request, ScaleRequest, TroubleshootRequest
from wfctl.plugin_sdk.values import Finding, Output, Ref, Spec


class Idempotency(IntEnum):
    """What makes it harmless to send a create twice."""

    NONE = 0
    """Nothing does."""
    KEY = 1
    """The provider honours the idempotency key of the request."""
    NATURAL = 2
    """The name is unique on the provider."""


class IdentityTiming(IntEnum):
    """When the identity of a new object is known."""

    WITH_ANSWER = 0
    """Only when the create is complete."""
    EARLY = 1
    """Before the create is complete; assumed of a create that is a generator."""
    BY_NAME = 2
    """At any time: it follows from the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Facts about a driver. Undeclared means: assume the worst.

    Attributes:
        reads_by_name: `read` without a provider_id finds the object by its name, and proves that there is none.
        reads_by_key: The same by `lookup_key`, the idempotency key of the create.
        idempotency: What makes it harmless to send a create twice.
        identity: When the identity of a new object is known.
        read_lag_ms: How long `read` may show the past after a change, in milliseconds.
        max_concurrency: Changes that may run at one time; 0 means one.
        create_before_delete: A replacement can exist beside the object it replaces.
        update_not_idempotent: `update` adds to what is there instead of setting it.
        upsert: `create` takes over an object of the same name, and then says `adopted`.
    """

    reads_by_name: bool = False
    reads_by_key: bool = False
    idempotency: Idempotency = Idempotency.NONE
    identity: IdentityTiming = IdentityTiming.WITH_ANSWER
    read_lag_ms: int = 0
    max_concurrency: int = 0
    create_before_delete: bool = False
    update_not_idempotent: bool = False
    upsert: bool = False


class Undo(IntEnum):
    """How an applied operation is undone."""

    NONE = 1
    """Not at all."""
    INVERSE = 2
    """By the opposite: a create by delete, an update by updating back, a delete by creating again without loss."""
    CUSTOM = 3
    """By `compensate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """Which operations of a driver can be undone, and when the engine has to refuse.

    Attributes:
        create: How a create is undone.
        update: How an update is undone.
        replace: How a replace is undone.
        delete: How a delete is undone. INVERSE says that creating it again loses nothing.
        stateless: The object holds no data of a user, so deleting it loses nothing.
        fingerprint_output: An output that changes whenever the object changes; with it the engine sees foreign changes.
        irreversible_fields: Config fields that cannot be set back.
        emptiness_output: An output that is true, or 0, while the object holds no data of a user.
        undo_timeout: Seconds an undo may take; 0 leaves it to the engine.
    """

    create: Undo = Undo.NONE
    update: Undo = Undo.NONE
    replace: Undo = Undo.NONE
    delete: Undo = Undo.NONE
    stateless: bool = False
    fingerprint_output: str = ""
    irreversible_fields: Collection[str] = ()
    emptiness_output: str = ""
    undo_timeout: int = 0

    @property
    def custom(self) -> bool:
        """Whether any operation is undone by `compensate`."""
        return Undo.CUSTOM in (self.create, self.update, self.replace, self.delete)


class UndoResult(IntEnum):
    """What became of an undo."""

    DONE = 1
    """The object is as it was before."""
    NOTHING_TO_UNDO = 2
    """It already was."""
    REFUSED = 3
    """Undoing would do harm; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class CompensateRequest(Request):
    """Undo one applied operation. `idempotency_key` is the one of this undo.

    Attributes:
        operation: What was applied.
        applied: The object it was applied to. After a delete it may be gone.
        applied_spec: What was asked for; None after a delete.
        applied_outputs: What the driver reported then.
        prior: The object as it was before; None after a create.
        prior_spec: Its spec before; None after a create.
        prior_outputs: Its outputs before.
        forward_key: The idempotency key of the operation to undo.
    """

    operation: PlanOperation
    applied: Ref
    applied_spec: Spec | None = None
    applied_outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    prior: Ref | None = None
    prior_spec: Spec | None = None
    prior_outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    forward_key: str = ""


@dataclass(frozen=True, slots=True)
class UndoOutcome:
    """The answer to a CompensateRequest. The engine reads the object before it believes DONE.

    Attributes:
        result: What became of the undo.
        code: A stable word for the reason, where there is one.
        message: The same for a person.
        evidence: What the driver saw; no secrets.
        restored: The object that exists now, if one does. It may have a new identity.
    """

    result: UndoResult
    code: str = ""
    message: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    restored: Output | None = None


class Compensable:
    """Mixed into a driver: it can undo what it did."""

    compensation: ClassVar[Compensation]

    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        """Undo an operation declared CUSTOM. May be called again with the same key after a crash."""
        raise MethodUnimplemented(f"{request.applied.type} has no undo of its own")


class Scalable(ABC):
    """Mixed into a driver: the number of copies can be set."""

    @abstractmethod
    def scale(self, request: ScaleRequest) -> Output:
        """Run as many copies as asked for, and report."""


class Troubleshooter(ABC):
    """Mixed into a driver: it can collect hints after a failure."""

    @abstractmethod
    def troubleshoot(self, request: TroubleshootRequest) -> Iterable[Finding]:
        """Collect hints; the engine waits half a minute at most."""


class Enumerator(ABC):
    """Mixed into a driver: it can list what exists, whether or not any state knows of it."""

    @abstractmethod
    def enumerate(self) -> Iterable[Output]:
        """Every object of this type, each with its `name`."""

    def enumerate_by_tag(self, tag: str) -> Iterable[Output]:
        """Every object of this type that carries the tag."""
        raise MethodUnimplemented(f"objects cannot be looked for by tag {tag!r}")


class DriftDetector:
    """Mixed into a provider: the engine may ask for drift in bulk. Drivers answer through `read` and `diff`."""
