"""What the engine needs of the outside, as protocols that adapters fulfil.

Knows no adapter. Values that cross a port are frozen; the one exception that crosses is `CallFailed`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import Existence, Failure, RunOutcome
from wfctl.core.plan import Digest, Document, FieldChange, Operation, ProviderDeclaration, ResourceSpec

if TYPE_CHECKING:
    from wfctl.core.run import RunState


class SecretWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A sensitive output on its way into the vault: the secret's name (`secret_ref://NAME`) and its JSON value in clear."""

    name: str
    resource: str
    value: object


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What carrying out one command came to: one event, and what must be stored in the same transaction."""

    event: Event
    documents: Mapping[Digest, bytes] = {}
    secrets: tuple[SecretWrite, ...] = ()


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger transaction: records in order, their documents and secrets, and the outcome when the run ends with it."""

    records: Sequence[Recorded]
    documents: Mapping[Digest, bytes] = {}
    secrets: Sequence[SecretWrite] = ()
    outcome: RunOutcome | None = None


class LeaseLostError(Exception):
    """Another process owns the workspace now: nothing more may be written or sent."""


class Ledger(Protocol):
    """The durable, append-only record of one run, written under a fencing epoch."""

    async def append(self, batch: Batch) -> None:
        """Make a batch durable, whole or not at all. Raises LeaseLostError, or OSError-like trouble of the backend."""
        ...

    def may_send(self) -> bool:
        """Whether the lease has enough left for a mutation to be sent now."""
        ...

    def renew(self) -> bool:
        """Renew the lease now, from any thread; False when it belongs to somebody else. Raises trouble of the backend."""
        ...


class Documents(Protocol):
    """Stored documents by digest, and secrets by name."""

    def document(self, digest: Digest) -> bytes:
        """The bytes stored under a digest. Raises KeyError."""
        ...

    def secret(self, name: str) -> object:
        """The newest value of a secret in clear. Raises KeyError."""
        ...

    def former_secret(self, name: str) -> object:
        """The value a secret had before this run: what an undo goes back to. Raises KeyError."""
        ...


class CallTag(msgspec.Struct, frozen=True, kw_only=True):
    """What accompanies a mutating call as metadata: run, action index, attempt from 1, idempotency key."""

    run_id: str
    action: int
    attempt: int
    key: str


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """An existing object: by id where it is known."""

    name: str
    type: str
    provider_id: str = ""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver says of an object. `sensitive` names the outputs whose values are secret.

    `deferred`: it is not there yet; the provider's flush makes it.
    """

    name: str
    type: str
    provider_id: str
    outputs: Document | None = None
    sensitive: tuple[str, ...] = ()
    status: str = ""
    adopted: bool = False
    deferred: bool = False
    idempotency_key: str = ""


class Absence(enum.StrEnum):
    """How sure a driver's "not there" is: the sentinel proves it, other text only suggests it."""

    PROVEN = "proven"
    LIKELY = "likely"


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """A driver's comparison of a desired config with what is there."""

    needs_update: bool = False
    needs_replace: bool = False
    changes: tuple[FieldChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to do."""
        return not (self.needs_update or self.needs_replace or any(change.force_new for change in self.changes))


class Reach(enum.StrEnum):
    """How far a failed call got: plainly refused, answered with an error after it may have acted, or nobody knows."""

    REFUSED = "refused"
    ANSWERED = "answered"
    IN_DOUBT = "in_doubt"


class CallFailed(Exception):
    """A driver call failed. With `effect` EXISTS the plugin said that the object is there nevertheless.

    `plugin_died` says that the process behind the driver is gone.
    """

    def __init__(
        self,
        reach: Reach,
        failure: Failure,
        *,
        effect: Existence | None = None,
        provider_id: str = "",
        plugin_died: bool = False,
    ) -> None:
        super().__init__(failure.message)
        self.reach = reach
        self.failure = failure
        self.effect = effect
        self.provider_id = provider_id
        self.plugin_died = plugin_died


class UndoRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A custom undo. Outputs and configs are in clear, for the plugin's eyes only."""

    operation: Operation
    applied: Ref
    applied_spec: ResourceSpec | None
    applied_outputs: Document | None
    prior: Ref | None
    prior_spec: ResourceSpec | None
    prior_outputs: Document | None
    forward_key: str


class UndoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's answer to a custom undo. `done` covers "nothing to undo"; otherwise it refused."""

    done: bool
    code: str = ""
    message: str = ""
    restored: Output | None = None


class FinalizeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An action that keeps an effect, as told to a Finalizer."""

    action: int
    operation: Operation
    ref: Ref


class FinalizeResult(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's own outcome of one action; matched by type and name, by index only if the name is empty."""

    action: int | None
    status: int
    name: str = ""
    type: str = ""
    provider_id: str = ""
    error: str = ""
    code: str = ""


class FinalizeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What FinalizeApply answered; `errors` are `resource/action: text` lines."""

    results: tuple[FinalizeResult, ...] = ()
    errors: tuple[str, ...] = ()


class Driver(Protocol):
    """One provider module's plugin process, spoken to in domain words. Every call may raise CallFailed."""

    @property
    def declaration(self) -> ProviderDeclaration:
        """What the plugin declares."""
        ...

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        """Create. `identified` is told an id that is known before the effect completes. None = answered without output."""
        ...

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        """What is there, by id, by key (`lookup_key`, empty id) or by name (both empty)."""
        ...

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        """Like an id-less `read`, from a throw-away process: for types that declare neither by-name nor by-key reads."""
        ...

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        """Bring an object to a config. None = answered without output."""
        ...

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        """Delete. An object that is provably not there any more counts as deleted."""
        ...

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        """Compare."""
        ...

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        """The plugin's own undo."""
        ...

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        """Flush what was deferred."""
        ...


class IdentitySink(Protocol):
    """Where an early identity goes; returns once it is durable."""

    async def __call__(self, provider_id: str) -> None:
        """Take the id."""
        ...


class Drivers(Protocol):
    """The drivers of a run, by iac.provider module name."""

    def driver(self, provider: str) -> Driver:
        """The driver of a provider module. Raises KeyError."""
        ...


class HookCall(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a hook's program: argv, JSON for its stdin, extra environment (may hold secrets), limit in seconds."""

    argv: tuple[str, ...]
    stdin: bytes
    environment: Mapping[str, str]
    timeout: float


class HookReport(msgspec.Struct, frozen=True, kw_only=True):
    """How it went: exit status (None: not started, or killed at the limit), the last of its output, cleaned and redacted."""

    exit_status: int | None
    output: str = ""
    timed_out: bool = False
    problem: str = ""


class Hooks(Protocol):
    """The runner of hook programs."""

    async def run(self, call: HookCall) -> HookReport:
        """Run one. Never raises for what the program does."""
        ...


class Observer(Protocol):
    """Someone who watches the run; can change nothing."""

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Take what has just become durable."""
        ...
