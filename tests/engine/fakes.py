"""Stand-ins for the outside, one function for each operation: a cloud in memory, a ledger, documents, hooks, a shell.

A cloud can be told what to answer next; what it is not told it does. Nothing here waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.plan import Digest, Document, FieldChange, ProviderDeclaration, ResourceSpec
from wfctl.core.run import RunState
from wfctl.engine.ports import (
    Absence,
    Batch,
    CallTag,
    Diff,
    Driver,
    FinalizeAnswer,
    FinalizeEntry,
    HookCall,
    HookReport,
    IdentitySink,
    Output,
    Ref,
    SecretWrite,
    UndoAnswer,
    UndoRequest,
)

TYPE: Final = "t"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the driver saw it."""

    call: str
    ref: Ref | None = None
    spec: ResourceSpec | None = None
    tag: CallTag | None = None
    lookup_key: str = ""
    timeout: float | None = None


class FakeDriver:
    """A cloud in memory whose outputs are the config, so that a Diff is easily told.

    `will` names answers that are given before the cloud is asked, call by call: an exception is raised, anything else given.
    """

    def __init__(self, declaration: ProviderDeclaration | None = None) -> None:
        self._declaration = declaration or ProviderDeclaration(name="p")
        self.objects: dict[str, Output] = {}
        self.sent: list[Sent] = []
        self.undos: list[UndoRequest] = []
        self.flushed: list[FinalizeEntry] = []
        self._will: dict[str, list[object]] = {}

    def will(self, call: str, *answers: object) -> None:
        """Answer the next of these calls so."""
        self._will.setdefault(call, []).extend(answers)

    def put(self, provider_id: str, *, name: str = "a", type: str = TYPE, key: str = "", **outputs: object) -> Output:
        """Let an object be there."""
        output = Output(name=name, type=type, provider_id=provider_id, outputs=outputs, idempotency_key=key)
        self.objects[provider_id] = output
        return output

    def mutations(self) -> list[str]:
        """The calls that change something, in the order they were made."""
        return [
            sent.call for sent in self.sent if sent.call in ("create", "update", "delete", "compensate", "finalize")
        ]

    def last(self, call: str) -> Sent:
        """The last call of a kind."""
        return next(sent for sent in reversed(self.sent) if sent.call == call)

    # --- the port ---

    @property
    def declaration(self) -> ProviderDeclaration:
        return self._declaration

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        self.sent.append(Sent(call="create", spec=spec, tag=tag, timeout=timeout))
        made = f"{spec.name}-{len(self.mutations())}"
        if identified is not None:
            await identified(made)
        output = Output(
            name=spec.name,
            type=spec.type,
            provider_id=made,
            outputs=dict(spec.config or {}),
            idempotency_key=tag.key,
        )
        answer = self._told("create", output)
        if isinstance(answer, Output):
            self.objects[answer.provider_id] = answer
        return _is(answer, Output)

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        self.sent.append(Sent(call="read", ref=ref, lookup_key=lookup_key, timeout=timeout))
        answer = self._told("read", self._find(ref, lookup_key))
        assert isinstance(answer, Output | Absence)
        return answer

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        self.sent.append(Sent(call="read_aside", ref=ref, timeout=timeout))
        found = self._find(ref, "")
        answer = self._told("read_aside", found if isinstance(found, Output) else Absence.LIKELY)
        assert isinstance(answer, Output | Absence)
        return answer

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        self.sent.append(Sent(call="update", ref=ref, spec=spec, tag=tag, timeout=timeout))
        output = Output(name=ref.name, type=ref.type, provider_id=ref.provider_id, outputs=dict(spec.config or {}))
        answer = self._told("update", output)
        if isinstance(answer, Output):
            self.objects[answer.provider_id] = answer
        return _is(answer, Output)

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        self.sent.append(Sent(call="delete", ref=ref, tag=tag, timeout=timeout))
        self._told("delete", None)
        self.objects.pop(ref.provider_id, None)

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        self.sent.append(Sent(call="diff", spec=spec, timeout=timeout))
        config, outputs = spec.config or {}, current.outputs or {}
        changed = [key for key in config if config[key] != outputs.get(key)]
        changes = tuple(FieldChange(path=key, old=outputs.get(key), new=config[key]) for key in changed)
        answer = self._told("diff", Diff(needs_update=bool(changes), changes=changes))
        assert isinstance(answer, Diff)
        return answer

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        self.sent.append(Sent(call="compensate", ref=request.applied, tag=tag, timeout=timeout))
        self.undos.append(request)
        answer = self._told("compensate", UndoAnswer(done=True))
        assert isinstance(answer, UndoAnswer)
        return answer

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        self.sent.append(Sent(call="finalize", timeout=timeout))
        self.flushed = list(applied)
        answer = self._told("finalize", FinalizeAnswer())
        assert isinstance(answer, FinalizeAnswer)
        return answer

    def _find(self, ref: Ref, lookup_key: str) -> Output | Absence:
        if ref.provider_id:
            return self.objects.get(ref.provider_id, Absence.PROVEN)
        for found in self.objects.values():
            if found.idempotency_key == lookup_key if lookup_key else (found.name, found.type) == (ref.name, ref.type):
                return found
        return Absence.PROVEN

    def _told(self, call: str, usual: object) -> object:
        queued = self._will.get(call)
        answer = queued.pop(0) if queued else usual
        if isinstance(answer, Exception):
            raise answer
        return answer


def _is(answer: object, kind: type[Output]) -> Output | None:
    assert answer is None or isinstance(answer, kind)
    return answer


class FakeDrivers:
    """Drivers by provider module."""

    def __init__(self, drivers: Mapping[str, Driver]) -> None:
        self._drivers = drivers

    def driver(self, provider: str) -> Driver:
        return self._drivers[provider]


class FakeHooks:
    """A runner of hooks that reports what it is told to, else success."""

    def __init__(self) -> None:
        self.calls: list[HookCall] = []
        self.reports: list[HookReport] = []

    async def run(self, call: HookCall) -> HookReport:
        self.calls.append(call)
        return self.reports.pop(0) if self.reports else HookReport(exit_status=0)


class MemoryDocuments:
    """Documents by digest and secrets by name."""

    def __init__(self) -> None:
        self.bodies: dict[Digest, bytes] = {}
        self.secrets: dict[str, object] = {}
        self.former: dict[str, object] = {}

    def document(self, digest: Digest) -> bytes:
        return self.bodies[digest]

    def secret(self, name: str) -> object:
        return self.secrets[name]

    def former_secret(self, name: str) -> object:
        return self.former[name] if name in self.former else self.secrets[name]

    def keep(self, documents: Mapping[Digest, bytes], secrets: Sequence[SecretWrite]) -> None:
        """Store what comes with an answer."""
        self.bodies.update(documents)
        self.secrets.update({secret.name: secret.value for secret in secrets})


class MemoryLedger:
    """A record in memory. `trouble` is raised by the append after `after` good ones."""

    def __init__(self, documents: MemoryDocuments | None = None) -> None:
        self.batches: list[Batch] = []
        self.documents = documents or MemoryDocuments()
        self.trouble: Exception | None = None
        self.after = 0

    @property
    def records(self) -> list[Recorded]:
        """All that was recorded, in order."""
        return [recorded for batch in self.batches for recorded in batch.records]

    async def append(self, batch: Batch) -> None:
        if self.trouble is not None and len(self.batches) >= self.after:
            raise self.trouble
        self.batches.append(batch)
        self.documents.keep(batch.documents, batch.secrets)

    def may_send(self) -> bool:
        return True

    def renew(self) -> bool:
        return True


class Onlooker:
    """An observer that remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Recorded] = []

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        self.seen.extend(records)


def document(**fields: object) -> Document:
    """A config or a set of outputs."""
    return fields
