"""The inverse of what an action did, and the guards that may refuse it.

Only what can be told from the record is judged here. Guards that need to look at the world (changed since, empty, the
restoring update would replace) are carried out by `wfctl.engine.perform` under the codes named below.
"""

from __future__ import annotations

import msgspec

from wfctl.core.commands import UndoKind
from wfctl.core.outcome import Failure
from wfctl.core.plan import (
    ActionOutline,
    Digest,
    Effect,
    Idempotency,
    Mode,
    Operation,
    Provenance,
    Step,
    TypeDeclaration,
)

NOT_COMPENSABLE = "not_compensable"
NOT_OURS = "not_ours"
NO_IDENTITY = "no_identity"
PROTECTED = "protected"
NO_BEFORE_IMAGE = "before_image_incomplete"
CHANGED_SINCE = "changed_since"
NEEDS_REPLACE = "restore_needs_replace"
IRREVERSIBLE = "irreversible_field"
HOLDS_CONTENT = "holds_data"
TOO_MANY = "compensation_limit"
NOT_VERIFIED = "not_verified"
UNDO_REFUSED = "undo_refused"


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an action that took effect."""

    step: Step
    effect: Effect
    provider_id: str = ""
    provenance: Provenance = Provenance.CREATED
    outputs: Digest | None = None
    config: Digest | None = None
    config_hash: str = ""
    fingerprint: str = ""
    sensitive: tuple[str, ...] = ()


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """One call that takes something back, and the id of the object it acts on (empty for a re-creation)."""

    kind: UndoKind
    provider_id: str = ""


def undo_of(
    outline: ActionOutline,
    declaration: TypeDeclaration,
    applied: tuple[Applied, ...],
    before: TypeDeclaration | None = None,
) -> tuple[Undo, ...] | Failure:
    """The calls that take back the applied steps, in order; or why they may not be made.

    `before` is the declaration of the object from before the action, where a replace changes the type or the provider.
    A refusal's code is one of this module's constants. Nothing applied = nothing to do = ().
    """
    if not applied:
        return ()
    operation = _undone_operation(outline, applied)
    mode = _mode(outline, operation, declaration, before or declaration)
    refusal = _refusal(outline, mode, operation, applied)
    if refusal is not None:
        return refusal
    if mode is Mode.CUSTOM:
        return (Undo(kind=UndoKind.CUSTOM, provider_id=_last_id(outline, applied)),)
    return _inverse(operation, applied)


def repeatable(undo: UndoKind, before: TypeDeclaration) -> bool:
    """Whether an undo may be sent again although the last one may have worked: a second object is never risked."""
    return undo is not UndoKind.RECREATE or before.reads_by_key or before.idempotency is not Idempotency.NONE


def _mode(outline: ActionOutline, operation: Operation, new: TypeDeclaration, old: TypeDeclaration) -> Mode:
    """The declared mode. What is made again is made by the driver of the old object, so that one has a say too."""
    if operation is Operation.DELETE:
        return old.undo(Operation.DELETE)
    mode = new.undo(operation)
    if operation is not Operation.REPLACE or not (outline.prior_type or outline.prior_provider):
        return mode
    lossless = mode is Mode.INVERSE and old.undo(Operation.DELETE) is Mode.INVERSE
    own = mode is Mode.CUSTOM and not outline.prior_provider
    return mode if lossless or own else Mode.NONE


def _undone_operation(outline: ActionOutline, applied: tuple[Applied, ...]) -> Operation:
    """What really happened: a replace that stopped half-way was so far only a delete or a create."""
    if outline.operation is not Operation.REPLACE or len(applied) > 1:
        return outline.operation
    return Operation.DELETE if applied[0].step is Step.DELETE else Operation.CREATE


def _last_id(outline: ActionOutline, applied: tuple[Applied, ...]) -> str:
    made = [done.provider_id for done in applied if done.step is not Step.DELETE]
    return made[-1] if made else outline.prior_id


def _refusal(outline: ActionOutline, mode: Mode, operation: Operation, applied: tuple[Applied, ...]) -> Failure | None:
    made = [done for done in applied if done.step is not Step.DELETE]
    if mode is Mode.NONE:
        return _no(NOT_COMPENSABLE, f"{outline.type} declares no undo of {operation}")
    if any(done.provenance is not Provenance.CREATED for done in made if done.step is Step.CREATE):
        return _no(NOT_OURS, f"{outline.address} was there before this run; only what this run created may be deleted")
    if any(not done.provider_id for done in made):
        return _no(NO_IDENTITY, f"the id of {outline.address} is not known, and nothing is ever undone by name")
    if outline.protected and any(done.step is Step.CREATE for done in applied):
        return _no(PROTECTED, f"{outline.address} is protected")
    if operation is not Operation.CREATE and not outline.prior_config:
        return _no(NO_BEFORE_IMAGE, f"the state holds no complete config of {outline.address} from before")
    return None


def _no(code: str, message: str) -> Failure:
    return Failure(code=code, message=message)


def _inverse(operation: Operation, applied: tuple[Applied, ...]) -> tuple[Undo, ...]:
    match operation:
        case Operation.CREATE:
            return (Undo(kind=UndoKind.DELETE, provider_id=applied[-1].provider_id),)
        case Operation.UPDATE:
            return (Undo(kind=UndoKind.RESTORE, provider_id=applied[-1].provider_id),)
        case Operation.DELETE:
            return (Undo(kind=UndoKind.RECREATE),)
        case Operation.REPLACE:
            # The old object is put back before the new one goes: at no instant is there nothing.
            new = next(done.provider_id for done in applied if done.step is Step.CREATE)
            return (Undo(kind=UndoKind.RECREATE), Undo(kind=UndoKind.DELETE, provider_id=new))
