"""Every fact of a run, past tense, one class each. Commands are in `wfctl.core.commands`.

Events carry no clock (the shell stamps `Recorded`), no secrets and no documents: configs and outputs are named by digest.
They hold no cycles, so the garbage collector is told to leave them alone: a long run makes very many.
"""

from __future__ import annotations

import msgspec

from wfctl.core.outcome import CausePhase, Existence, Failure, Residue, RunResult
from wfctl.core.plan import (
    ActionOutline,
    Digest,
    Effect,
    HookSpec,
    Provenance,
    ProviderDeclaration,
    RunId,
    RunPolicy,
    Step,
)


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A run began, with everything its decisions need. `rules` is the version of the decision rules it will finish under."""

    run_id: RunId
    plan_id: str
    operation: str
    workspace: str
    lineage: str
    serial: int
    actions: tuple[ActionOutline, ...]
    policy: RunPolicy
    hooks: tuple[HookSpec, ...] = ()
    providers: tuple[ProviderDeclaration, ...] = ()
    rules: int = 1


class RunResumed(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Another process took the run over: whatever was in flight is in doubt."""

    epoch: int


class CancelRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Nothing new may be dispatched. `reason` is SIGINT, SIGTERM, timeout or cli; `final` ends the run for good.

    `stage` 2 gives up waiting: calls in flight are abandoned and stay in doubt.
    """

    reason: str
    final: bool = False
    stage: int = 1


class RollbackRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True, gc=False):
    """A run that was over is to be taken back: `actions`, by plan index, and nothing else.

    `skipped` would have been among them and stay as they are; `orphaned` stay too, and the state forgets them. `again` tries
    what had been tried and not undone. `actor` asked for it.
    """

    actions: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()
    orphaned: tuple[int, ...] = ()
    again: bool = False
    actor: str = ""
    reason: str = ""


class RunFinished(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The loop ended. Only an interrupted run may be resumed after it; one that is over may still be rolled back."""

    result: RunResult
    exit_code: int


class FinalizeStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A provider was asked to flush what it deferred."""

    provider: str
    attempt: int
    key: str


class FinalizeVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's own word on one action, confirmed (or not) by a Read of ours. `status` is a tag of ActionStatus."""

    action: int
    status: int
    confirmed: bool
    failure: Failure | None = None


class FinalizeReported(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A provider flushed. `errors` change no status but make the run fail."""

    provider: str
    verdicts: tuple[FinalizeVerdict, ...] = ()
    errors: tuple[str, ...] = ()


class FinalizeLost(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The process that held deferred work died before it reported."""

    provider: str
    actions: tuple[int, ...]
    reason: str = ""


class StateEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One resource as an edit leaves it in the state, documents by digest.

    `source` is upstream's word for where the config came from, `mark_run` the run that left the mark. An empty `created_at`
    stands for the moment of the edit.
    """

    name: str
    type: str
    provider: str = ""
    provider_ref: str = ""
    provider_id: str = ""
    config_hash: str = ""
    config: Digest | None = None
    outputs: Digest | None = None
    dependencies: tuple[str, ...] = ()
    protected: bool = False
    provenance: Provenance = Provenance.CREATED
    source: str = ""
    fingerprint: str = ""
    hooks_pending: tuple[str, ...] = ()
    created_by_run: str = ""
    mark: str = ""
    mark_run: str = ""
    created_at: str = ""


class StateEdited(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """The state was changed without touching the world: renamed, forgotten, written anew, imported.

    `gone` lose their row, then `put` get theirs; nothing is said of any other. `verb` and `arguments` are what was typed,
    `actor` who typed it. `base` names a document with all rows of this moment: what is older need not be known any more.
    """

    verb: str
    arguments: tuple[str, ...] = ()
    actor: str = ""
    reason: str = ""
    gone: tuple[str, ...] = ()
    put: tuple[StateEntry, ...] = ()
    base: Digest | None = None


class ActionDispatched(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A mutating call is about to be sent. Durable before the call."""

    action: int
    step: Step
    attempt: int
    key: str


class ActionClearBefore(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Before a create was sent, its driver proved that nothing of its name was there: what is there afterwards came of it."""

    action: int


class ActionIdentified(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The object's id is known although the create is still running."""

    action: int
    provider_id: str


class ActionApplied(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The step's effect is in the world. `via` is answer, or how a probe found it: id, key, name.

    `deferred`: the provider said that its flush will bring the effect about.
    `exports` are the output leaves other actions refer to; a sensitive one is its secret_ref.
    """

    action: int
    step: Step
    effect: Effect
    provider_id: str = ""
    provenance: Provenance = Provenance.CREATED
    outputs: Digest | None = None
    config: Digest | None = None
    config_hash: str = ""
    fingerprint: str = ""
    exports: dict[str, object] = msgspec.field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    via: str = "answer"
    deferred: bool = False


class ActionFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The call was answered with a failure. `effect` UNKNOWN asks for one Read before this is the last word.

    With EXISTS the object is there, under `provider_id` if that is known, although the call failed.
    """

    action: int
    step: Step
    failure: Failure
    effect: Existence = Existence.NONE
    provider_id: str = ""
    residue: tuple[Residue, ...] = ()


class ActionNotSent(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """An intent was recorded and nothing was sent: unresolved reference, no driver, lease too short."""

    action: int
    step: Step
    failure: Failure
    phase: CausePhase = CausePhase.REFERENCE


class ActionLeftInDoubt(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Nobody knows whether the step took effect: the connection, the plugin or the deadline went first."""

    action: int
    step: Step
    failure: Failure


class ProbeStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The driver is asked what is there."""

    action: int
    step: Step
    attempt: int


class ActionFoundAbsent(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The probe found that the step took no effect. `proven` is false for textual evidence, which never repeats a create."""

    action: int
    step: Step
    proven: bool = True


class BackoffStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A pause before the next attempt began."""

    action: int
    attempt: int
    seconds: float


class BackoffElapsed(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The pause is over."""

    action: int


class HookStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A hook is about to run; `undo` says it is the hook's own undo."""

    action: int
    hook: str
    attempt: int
    key: str
    undo: bool = False


class HookSucceeded(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The hook exited 0, or its `when` said there was nothing to do (`ran` false)."""

    action: int
    hook: str
    undo: bool = False
    ran: bool = True


class HookFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The hook did not succeed. `in_doubt` when it may have run and must not be run again."""

    action: int
    hook: str
    failure: Failure
    undo: bool = False
    in_doubt: bool = False


class CompensationStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """An undo is about to be made. `undo` is delete, restore, recreate or custom."""

    action: int
    undo: str
    attempt: int
    key: str


class CompensationSucceeded(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The undo is verified by a Read. `provider_id`, `outputs` and `config` describe what is there again, if anything is."""

    action: int
    undo: str
    evidence: str
    provider_id: str = ""
    outputs: Digest | None = None
    config: Digest | None = None
    config_hash: str = ""


class CompensationFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The undo failed, or a guard refused it (`refused`: nothing was sent)."""

    action: int
    undo: str
    failure: Failure
    refused: bool = False


class ActionSettled(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A person said what no probe could. `as_` is present, absent or restored."""

    action: int
    as_: str
    provider_id: str = ""
    actor: str = ""
    reason: str = ""
    verified: bool = False
    outputs: Digest | None = None


ActionEvent = (
    ActionDispatched
    | ActionClearBefore
    | ActionIdentified
    | ActionApplied
    | ActionFailed
    | ActionNotSent
    | ActionLeftInDoubt
    | ProbeStarted
    | ActionFoundAbsent
    | BackoffStarted
    | BackoffElapsed
    | HookStarted
    | HookSucceeded
    | HookFailed
    | CompensationStarted
    | CompensationSucceeded
    | CompensationFailed
    | ActionSettled
)
RunEvent = (
    RunStarted
    | RunResumed
    | CancelRequested
    | RollbackRequested
    | RunFinished
    | FinalizeStarted
    | FinalizeReported
    | FinalizeLost
    | StateEdited
)
Event = RunEvent | ActionEvent


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event in its place: sequence number from 1, and Unix seconds stamped by the shell that recorded it."""

    seq: int
    at: float
    event: Event


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One event as a JSON object whose `type` is the class name."""
    return _ENCODER.encode(event)


def decode(body: bytes | str) -> Event:
    """The event of a JSON object. Raises msgspec.ValidationError (with the path) or msgspec.DecodeError."""
    return _DECODER.decode(body)
