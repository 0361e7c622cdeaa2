"""Domain values to messages of the wire, and back.

Knows nothing of calls. JSON travels as bytes, and no bytes mean no value: not `null`, not `{}`
(upstream: cmd/wfctl/iac_typed_adapter.go). Numbers are kept as they are written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from wfctl.core.plan import Document, FieldChange, Operation, ResourceSpec
from wfctl.engine.ports import (
    CallTag,
    Diff,
    FinalizeAnswer,
    FinalizeEntry,
    FinalizeResult,
    Output,
    Ref,
    UndoAnswer,
    UndoRequest,
)
from wfctl.plugin_host.translate import ID_LIMIT, Show, rotten
from wfctl.protocol import iac_pb2 as pb

OPERATIONS = {
    Operation.CREATE: pb.PLAN_OPERATION_CREATE,
    Operation.UPDATE: pb.PLAN_OPERATION_UPDATE,
    Operation.REPLACE: pb.PLAN_OPERATION_REPLACE,
    Operation.DELETE: pb.PLAN_OPERATION_DELETE,
}

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


class UnreadableError(ValueError):
    """A plugin sent what cannot be read; the message says which field."""


def write_json(value: object) -> bytes:
    """One JSON value; no bytes for None."""
    return b"" if value is None else _ENCODER.encode(value)


def read_json(field: str, body: bytes) -> object:
    """One JSON value. Raises UnreadableError."""
    if not body:
        return None
    try:
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise UnreadableError(f"{field} is no JSON: {reason}") from reason


def read_object(field: str, body: bytes) -> Document | None:
    """One JSON object; None for no bytes and for `null`. Raises UnreadableError."""
    value = read_json(field, body)
    if value is None or isinstance(value, dict):
        return value
    raise UnreadableError(f"{field} is no JSON object")


def write_spec(spec: ResourceSpec) -> pb.ResourceSpec:
    """A spec as drivers get it."""
    hints = spec.hints
    return pb.ResourceSpec(
        name=spec.name,
        type=spec.type,
        config_json=write_json(spec.config),
        size=spec.size,
        hints=pb.ResourceHints(cpu=hints.cpu, memory=hints.memory, storage=hints.storage) if hints else None,
        depends_on=spec.depends_on or (),
    )


def write_ref(ref: Ref) -> pb.ResourceRef:
    """A reference as drivers get it."""
    return pb.ResourceRef(name=ref.name, type=ref.type, provider_id=ref.provider_id)


def write_output(output: Output) -> pb.ResourceOutput:
    """What state remembers, for a Diff."""
    return pb.ResourceOutput(
        name=output.name,
        type=output.type,
        provider_id=output.provider_id,
        outputs_json=write_json(output.outputs),
        sensitive=dict.fromkeys(output.sensitive, True),
        status=output.status,
    )


def read_output(message: pb.ResourceOutput, asked: Ref, sensitive: Collection[str]) -> Output:
    """What a driver reports. Empty names, types and ids are those that were asked for. Raises UnreadableError."""
    if len(message.provider_id) > ID_LIMIT:
        raise UnreadableError(f"provider_id is longer than {ID_LIMIT} characters")
    marked = [name for name, hidden in message.sensitive.items() if hidden] if message.sensitive else ()
    return Output(
        name=message.name or asked.name,
        type=message.type or asked.type,
        provider_id=message.provider_id or asked.provider_id,
        outputs=read_object("outputs_json", message.outputs_json),
        sensitive=tuple(sorted({*marked, *sensitive})) if marked or sensitive else (),
        status=message.status,
        adopted=message.adopted,
        deferred=message.deferred,
        idempotency_key=message.idempotency_key,
    )


def read_effect(message: pb.ResourceOutput, asked: Ref, sensitive: Collection[str], show: Show) -> Output:
    """The answer to a create or update. Raises CallFailed, saying that the effect happened, when it cannot be used."""
    provider_id = message.provider_id[:ID_LIMIT] or asked.provider_id
    if not provider_id:
        raise rotten("identity_missing", "the plugin reported success without an id")
    try:
        output = read_output(message, asked, sensitive)
    except UnreadableError as reason:
        raise rotten(
            "answer_unreadable", f"the plugin reported success, but {show(str(reason))}", provider_id
        ) from reason
    if (output.name, output.type) != (asked.name, asked.type):
        said = show(f"{output.type} {output.name}")
        raise rotten(
            "identity_mismatch", f"the plugin was asked for {asked.type} {asked.name} and reported {said}", provider_id
        )
    return output


def read_diff(message: pb.DiffResult) -> Diff:
    """A driver's comparison. Raises UnreadableError."""
    return Diff(
        needs_update=message.needs_update,
        needs_replace=message.needs_replace,
        changes=tuple(_change(change) for change in message.changes),
    )


def _change(message: pb.FieldChange) -> FieldChange:
    return FieldChange(
        path=message.path,
        old=read_json("old_json", message.old_json),
        new=read_json("new_json", message.new_json),
        force_new=message.force_new,
    )


def write_undo(request: UndoRequest, tag: CallTag) -> pb.CompensateRequest:
    """A custom undo. The resource type is the one of the object that was applied."""
    return pb.CompensateRequest(
        resource_type=request.applied.type,
        operation=OPERATIONS[request.operation],
        applied=write_ref(request.applied),
        applied_spec=write_spec(request.applied_spec) if request.applied_spec else None,
        applied_outputs_json=write_json(request.applied_outputs),
        prior=write_ref(request.prior) if request.prior else None,
        prior_spec=write_spec(request.prior_spec) if request.prior_spec else None,
        prior_outputs_json=write_json(request.prior_outputs),
        run_id=tag.run_id,
        action_index=tag.action,
        forward_key=request.forward_key,
        undo_key=tag.key,
        attempt=tag.attempt,
    )


def read_undo(message: pb.CompensateResponse, asked: Ref, sensitive: Collection[str], show: Show) -> UndoAnswer:
    """The answer to a custom undo; an unspecified result is a refusal. Raises UnreadableError."""
    done = message.result in (pb.UNDO_RESULT_DONE, pb.UNDO_RESULT_NOTHING_TO_UNDO)
    restored = read_output(message.restored, asked, sensitive) if message.HasField("restored") else None
    return UndoAnswer(done=done, code=show(message.code), message=show(message.message), restored=restored)


def write_finalize(run_id: str, plan_id: str, applied: Sequence[FinalizeEntry]) -> pb.FinalizeApplyRequest:
    """The end of a run, as a Finalizer is told of it."""
    entries = [
        pb.AppliedAction(
            action_index=entry.action,
            operation=OPERATIONS[entry.operation],
            ref=write_ref(entry.ref),
        )
        for entry in applied
    ]
    return pb.FinalizeApplyRequest(plan_id=plan_id, run_id=run_id, applied=entries)


def read_finalize(message: pb.FinalizeApplyResponse, show: Show) -> FinalizeAnswer:
    """What a Finalizer found."""
    return FinalizeAnswer(
        results=tuple(_result(result, show) for result in message.actions),
        errors=tuple(show(f"{error.resource}/{error.action}: {error.error}") for error in message.errors),
    )


def _result(message: pb.ActionResult, show: Show) -> FinalizeResult:
    return FinalizeResult(
        action=message.action_index if message.HasField("action_index") else None,
        status=message.status,
        name=message.resource_name,
        type=message.resource_type,
        provider_id=message.provider_id[:ID_LIMIT],
        error=show(message.error),
        code=show(message.code),
    )
