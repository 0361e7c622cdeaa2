"""What the engine asks a driver to do.

It knows nothing of gRPC: a request can be made by hand to test a driver.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from wfctl.plugin_sdk.values import Output, Ref, Spec


@dataclass(frozen=True, kw_only=True)
class Request:
    """What every request carries.

    Attributes:
        run_id: The run this request belongs to; empty if the engine does not say.
        action: The place of the action in the plan; None if the engine does not say.
        attempt: Counts from 1.
        idempotency_key: The same on every attempt of one operation, also after a crash. Hand it to the provider where it
            takes one. Empty if the engine does not say.
        cancelled: Set when the engine gave up or died. Long waits should be `request.cancelled.wait(seconds)`.
    """

    run_id: str = ""
    action: int | None = None
    attempt: int = 1
    idempotency_key: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class CreateRequest(Request):
    """Make the object that `spec` describes."""

    spec: Spec


@dataclass(frozen=True, kw_only=True)
class ReadRequest(Request):
    """Report the object, or raise NotFound.

    Attributes:
        ref: Its `provider_id` is empty only for drivers that declare to read by name or by key.
        lookup_key: The idempotency key of the create that is looked for; only for drivers that read by key.
    """

    ref: Ref
    lookup_key: str = ""


@dataclass(frozen=True, kw_only=True)
class UpdateRequest(Request):
    """Change the object so that it is what `spec` describes, whatever it was before."""

    ref: Ref
    spec: Spec


@dataclass(frozen=True, kw_only=True)
class DeleteRequest(Request):
    """Remove the object. An object that is already gone may raise NotFound or be passed over in silence."""

    ref: Ref


@dataclass(frozen=True, kw_only=True)
class DiffRequest(Request):
    """Compare, and change nothing.

    Attributes:
        spec: What is wanted.
        current: What state remembers; None if it remembers nothing. Its `sensitive` and `status` may be missing.
    """

    spec: Spec
    current: Output | None = None


@dataclass(frozen=True, kw_only=True)
class HealthRequest(Request):
    """Tell whether the object does its work."""

    ref: Ref


@dataclass(frozen=True, kw_only=True)
class ScaleRequest(Request):
    """Run `replicas` copies of the object."""

    ref: Ref
    replicas: int


@dataclass(frozen=True, kw_only=True)
class TroubleshootRequest(Request):
    """Collect hints about a failure that has been reported as `failure`."""

    ref: Ref
    failure: str
