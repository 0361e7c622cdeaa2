"""Write a plugin in Python: subclass ResourceDriver, hand the drivers to a Provider, call serve.

It knows nothing of the engine: plugins import this package and nothing else of wfctl.

Importing it in a process that was started as a plugin turns standard output into standard error, since the first line of
standard output belongs to the handshake.
"""

from __future__ import annotations

import os

from wfctl.plugin_sdk._stdout import Handshake
from wfctl.plugin_sdk.abilities import (
    Compensable,
    CompensateRequest,
    Compensation,
    DriftDetector,
    Enumerator,
    Idempotency,
    IdentityTiming,
    Scalable,
    Traits,
    Troubleshooter,
    Undo,
    UndoOutcome,
    UndoResult,
)
from wfctl.plugin_sdk.driver import CreateSteps, ResourceDriver
from wfctl.plugin_sdk.errors import (
    AlreadyExists,
    DriverError,
    Forbidden,
    ImageNotInRegistry,
    MethodUnimplemented,
    NotFound,
    PartlyApplied,
    RateLimited,
    Transient,
    Unauthorized,
    ValidationError,
)
from wfctl.plugin_sdk.plans import (
    ActionError,
    ActionReport,
    ActionStatus,
    AppliedAction,
    Deferral,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    PlannedAction,
    PlanOperation,
    Remark,
    Severity,
    Validator,
)
from wfctl.plugin_sdk.provider import Provider
from wfctl.plugin_sdk.requests import (
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    HealthRequest,
    ReadRequest,
    Request,
    ScaleRequest,
    TroubleshootRequest,
    UpdateRequest,
)
from wfctl.plugin_sdk.serve import serve
from wfctl.plugin_sdk.values import (
    Diff,
    FieldChange,
    Finding,
    Health,
    Identity,
    Output,
    Progress,
    Ref,
    Spec,
)

Handshake.guard(os.environ)

__all__ = [
    "ActionError",
    "ActionReport",
    "ActionStatus",
    "AlreadyExists",
    "AppliedAction",
    "Compensable",
    "CompensateRequest",
    "Compensation",
    "CreateRequest",
    "CreateSteps",
    "Deferral",
    "DeleteRequest",
    "Diff",
    "DiffRequest",
    "DriftDetector",
    "DriverError",
    "Enumerator",
    "FieldChange",
    "FinalizeRequest",
    "FinalizeResult",
    "Finalizer",
    "Finding",
    "Forbidden",
    "Health",
    "HealthRequest",
    "Idempotency",
    "Identity",
    "IdentityTiming",
    "ImageNotInRegistry",
    "MethodUnimplemented",
    "NotFound",
    "Output",
    "PartlyApplied",
    "PlanOperation",
    "PlannedAction",
    "Progress",
    "Provider",
    "RateLimited",
    "ReadRequest",
    "Ref",
    "Remark",
    "Request",
    "ResourceDriver",
    "Scalable",
    "ScaleRequest",
    "Severity",
    "Spec",
    "Traits",
    "Transient",
    "TroubleshootRequest",
    "Troubleshooter",
    "Unauthorized",
    "Undo",
    "UndoOutcome",
    "UndoResult",
    "UpdateRequest",
    "ValidationError",
    "Validator",
    "serve",
]
