"""Values of the SDK to messages of the wire, and back.

It knows nothing of calls and their failures; apart from the modules that answer calls it alone sees protobuf.

JSON travels as bytes: no bytes stand for no value. Authors are spared the difference between no object and an empty one,
which no driver needs; towards the engine an empty object is sent as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from wfctl.plugin_sdk.abilities import CompensateRequest, Compensation, Idempotency, IdentityTiming, Traits, UndoOutcome
from wfctl.plugin_sdk.driver import ResourceDriver
from wfctl.plugin_sdk.plans import (
    ActionError,
    ActionReport,
    AppliedAction,
    Deferral,
    Finalizer,
    PlannedAction,
    PlanOperation,
    Remark,
)
from wfctl.plugin_sdk.values import Diff, FieldChange, Finding, Output, Ref, Spec
from wfctl.protocol import iac_pb2 as pb

OPERATIONS = {operation.name.lower(): operation for operation in PlanOperation}
IDEMPOTENCY = {
    Idempotency.NONE: pb.IDEMPOTENCY_UNSPECIFIED,
    Idempotency.KEY: pb.IDEMPOTENCY_KEY,
    Idempotency.NATURAL: pb.IDEMPOTENCY_NATURAL,
}
IDENTITY = {
    IdentityTiming.WITH_ANSWER: pb.IDENTITY_TIMING_UNSPECIFIED,
    IdentityTiming.EARLY: pb.IDENTITY_TIMING_EARLY,
    IdentityTiming.BY_NAME: pb.IDENTITY_TIMING_BY_NAME,
}
DEFERRAL = {
    Deferral.UNDECLARED: pb.DEFERRAL_UNSPECIFIED,
    Deferral.MARKED: pb.DEFERRAL_MARKED,
    Deferral.DURABLE: pb.DEFERRAL_DURABLE,
}


class Unreadable(ValueError):
    """A message that a correct engine does not send."""


def read_value(encoded: bytes) -> Any:  # noqa: ANN401 - JSON
    """Any JSON value; no bytes give None."""
    if not encoded:
        return None
    try:
        return json.loads(encoded)
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error


def read_object(encoded: bytes) -> dict[str, Any]:
    """A JSON object; no bytes and null give an empty one."""
    value = read_value(encoded)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def write_value(value: object) -> bytes:
    """No bytes for None.

    Raises:
        TypeError: The value cannot be written as JSON.
        ValueError: It holds NaN or an infinity.
    """
    if value is None:
        return b""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def write_object(value: Mapping[str, Any]) -> bytes:
    """A JSON object, also when it is empty. Raises as `write_value`."""
    return write_value(dict(value))


def read_spec(message: pb.ResourceSpec, resource_type: str = "") -> Spec:
    """The type on the request stands in for one the spec leaves out."""
    return Spec(
        name=message.name,
        type=message.type or resource_type,
        config=read_object(message.config_json),
        size=message.size,
        depends_on=tuple(message.depends_on),
    )


def read_ref(message: pb.ResourceRef, resource_type: str = "") -> Ref:
    """The type on the request stands in for one the reference leaves out."""
    return Ref(message.name, message.type or resource_type, message.provider_id)


def read_output(message: pb.ResourceOutput) -> Output:
    """An output as state remembers it."""
    return Output(
        provider_id=message.provider_id,
        outputs=read_object(message.outputs_json),
        sensitive=tuple(sorted(key for key, hidden in message.sensitive.items() if hidden)),
        status=message.status,
        adopted=message.adopted,
        idempotency_key=message.idempotency_key,
        name=message.name,
    )


def read_state(message: pb.ResourceState) -> Output:
    """The part of a state record that a driver may judge."""
    return Output(message.provider_id, read_object(message.outputs_json), name=message.name)


def write_output(output: Output, driver: ResourceDriver, resource_type: str, name: str = "") -> pb.ResourceOutput:
    """The type is the one that was asked for, so that it matches the engine's record. Raises as `write_value`."""
    return pb.ResourceOutput(
        name=name or output.name,
        type=resource_type,
        provider_id=output.provider_id,
        outputs_json=write_object(output.outputs),
        sensitive=dict.fromkeys((*driver.sensitive_keys, *output.sensitive), True),
        status=output.status,
        adopted=output.adopted,
        deferred=output.deferred,
        idempotency_key=output.idempotency_key,
    )


def read_change(message: pb.FieldChange) -> FieldChange:
    """One difference, as the engine recorded it."""
    return FieldChange(message.path, read_value(message.old_json), read_value(message.new_json), message.force_new)


def write_diff(diff: Diff) -> pb.DiffResult:
    """Raises as `write_value`."""
    changes = [
        pb.FieldChange(
            path=change.path,
            old_json=write_value(change.old),
            new_json=write_value(change.new),
            force_new=change.force_new,
        )
        for change in diff.changes
    ]
    return pb.DiffResult(needs_update=diff.needs_update, needs_replace=diff.needs_replace, changes=changes)


def write_finding(finding: Finding) -> pb.Diagnostic:
    """One hint of a troubleshooter, found now: engines show the time of each."""
    at = Timestamp()
    at.GetCurrentTime()
    return pb.Diagnostic(id=finding.id, phase=finding.phase, cause=finding.cause, at=at, detail=finding.detail)


def write_traits(traits: Traits, resource_type: str, *, early: bool) -> pb.ResourceTraits:
    """A create that streams knows the identity early, whether or not its author thought of saying so."""
    identity = traits.identity or (IdentityTiming.EARLY if early else IdentityTiming.WITH_ANSWER)
    return pb.ResourceTraits(
        resource_type=resource_type,
        reads_by_name=traits.reads_by_name,
        reads_by_key=traits.reads_by_key,
        idempotency=IDEMPOTENCY[traits.idempotency],
        identity=IDENTITY[identity],
        read_lag_ms=traits.read_lag_ms,
        max_concurrency=traits.max_concurrency,
        create_before_delete=traits.create_before_delete,
        update_not_idempotent=traits.update_not_idempotent,
        upsert=traits.upsert,
    )


def write_deferral(provider: object) -> pb.Deferral:
    """What a provider puts off; nothing is declared by one that flushes nothing."""
    return DEFERRAL[provider.deferral] if isinstance(provider, Finalizer) else pb.DEFERRAL_UNSPECIFIED


def write_policy(compensation: Compensation, resource_type: str) -> pb.CompensationPolicy:
    """What can be undone of one type."""
    return pb.CompensationPolicy(
        resource_type=resource_type,
        create=f"COMPENSATION_MODE_{compensation.create.name}",
        update=f"COMPENSATION_MODE_{compensation.update.name}",
        replace=f"COMPENSATION_MODE_{compensation.replace.name}",
        delete=f"COMPENSATION_MODE_{compensation.delete.name}",
        stateless=compensation.stateless,
        fingerprint_output=compensation.fingerprint_output,
        irreversible_fields=list(compensation.irreversible_fields),
        emptiness_output=compensation.emptiness_output,
        undo_timeout_seconds=compensation.undo_timeout,
    )


def read_compensate(message: pb.CompensateRequest, **carried: Any) -> CompensateRequest:  # noqa: ANN401 - of Request
    """`carried` are the fields every request has; the message itself names the run, the action and the attempt."""
    kind = message.resource_type
    return CompensateRequest(
        **carried
        | {
            "run_id": message.run_id,
            "action": message.action_index,
            "attempt": max(message.attempt, 1),
            "idempotency_key": message.undo_key,
        },
        operation=read_operation(message.operation),
        applied=read_ref(message.applied, kind),
        applied_spec=read_spec(message.applied_spec, kind) if message.HasField("applied_spec") else None,
        applied_outputs=read_object(message.applied_outputs_json),
        prior=read_ref(message.prior, kind) if message.HasField("prior") else None,
        prior_spec=read_spec(message.prior_spec, kind) if message.HasField("prior_spec") else None,
        prior_outputs=read_object(message.prior_outputs_json),
        forward_key=message.forward_key,
    )


def read_operation(number: int) -> PlanOperation:
    """An operation that is not specified cannot be acted on."""
    try:
        return PlanOperation(number)
    except ValueError as error:
        raise Unreadable(f"plan operation {number} is unknown") from error


def write_undo(outcome: UndoOutcome, driver: ResourceDriver, resource_type: str, name: str) -> pb.CompensateResponse:
    """Raises as `write_value`."""
    restored = outcome.restored
    return pb.CompensateResponse(
        result=f"UNDO_RESULT_{outcome.result.name}",
        code=outcome.code,
        message=outcome.message,
        evidence_json=write_object(outcome.evidence),
        restored=write_output(restored, driver, resource_type, name) if restored else None,
    )


def read_applied(messages: Iterable[pb.AppliedAction]) -> tuple[AppliedAction, ...]:
    """What a run did through this provider."""
    return tuple(
        AppliedAction(message.action_index, read_operation(message.operation), read_ref(message.ref))
        for message in messages
    )


def write_report(report: ActionReport) -> pb.ActionResult:
    """Matched by type and name, so no index is sent. Raises as `write_value`."""
    return pb.ActionResult(
        status=f"ACTION_STATUS_{report.status.name}",
        error=report.error,
        resource_name=report.name,
        resource_type=report.type,
        provider_id=report.provider_id,
        code=report.code,
        evidence_json=write_object(report.evidence),
    )


def write_error(error: ActionError) -> pb.ActionError:
    """A failure inside an answer that is itself fine."""
    return pb.ActionError(resource=error.resource, action=error.action, error=error.error)


def read_planned(message: pb.PlanAction) -> PlannedAction:
    """One action of a plan that is to be judged."""
    if message.action not in OPERATIONS:
        raise Unreadable(f"plan action {message.action!r} is unknown")
    return PlannedAction(
        operation=OPERATIONS[message.action],
        spec=read_spec(message.resource),
        current=read_state(message.current) if message.HasField("current") else None,
        changes=tuple(map(read_change, message.changes)),
    )


def write_remark(remark: Remark) -> pb.PlanDiagnostic:
    """One finding about a plan."""
    return pb.PlanDiagnostic(
        severity=f"PLAN_DIAGNOSTIC_{remark.severity.name}",
        resource=remark.resource,
        field=remark.field,
        message=remark.message,
    )
