"""One provider module's plugin, spoken to in domain words: the Driver port.

Knows nothing of plans, and decides nothing: what a failure means stands in `translate`, what becomes of a dead plugin in
`lifeline`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence

import grpc
import grpc.aio

from wfctl.core.plan import Deferral, PlanAction, ProviderDeclaration, ResourceSpec
from wfctl.engine.ports import (
    Absence,
    CallFailed,
    CallTag,
    Diff,
    FinalizeAnswer,
    FinalizeEntry,
    IdentitySink,
    Output,
    Ref,
    UndoAnswer,
    UndoRequest,
)
from wfctl.plugin_host import messages
from wfctl.plugin_host.facts import COMPENSATOR, CREATE_STREAM, FINALIZER, VALIDATOR, Facts
from wfctl.plugin_host.lifeline import Lifeline, answered, failure
from wfctl.plugin_host.link import CLOSED, UNREADABLE, Link, cancelled, outcome
from wfctl.plugin_host.messages import UnreadableError
from wfctl.plugin_host.origin import Origin
from wfctl.plugin_host.review import Objection, read_objections, write_plan
from wfctl.plugin_host.translate import ID_LIMIT, Status, absence, refused, rotten, status_of, useless
from wfctl.protocol import iac_pb2 as pb

ASKING = 8
"""Reads and Diffs at one time, unless the plugin declares that it bears more."""

ASIDE = 2
"""Throw-away processes at one time."""

_NO_KEYS = (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.NOT_FOUND)  # nothing to say, or no such type
_Stream = grpc.aio.UnaryStreamCall[pb.ResourceCreateRequest, pb.CreateEvent]
_Metadata = tuple[tuple[str, str], ...]


REVIEW_SECONDS = 30.0
"""How long a plugin may take over a plan."""


class PluginDriver:
    """The Driver of one provider module. Made by `wfctl.plugin_host.pool`."""

    def __init__(self, origin: Origin, link: Link, facts: Facts) -> None:
        self.facts = facts
        self._lifeline = Lifeline(origin, link, loses=_loses(facts.declaration))
        self._streams = CREATE_STREAM in facts.services
        self._asking = asyncio.Semaphore(max(ASKING, facts.declaration.max_concurrency))
        self._asides = asyncio.Semaphore(ASIDE)
        self._sensitive: dict[str, tuple[str, ...]] = {}

    @property
    def declaration(self) -> ProviderDeclaration:
        """What the plugin declares."""
        return self.facts.declaration

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        """Create; see the port. An answer without output is a CallFailed: the object exists, and it is not known where."""
        sensitive = await self._sensitive_keys(spec.type)
        request = pb.ResourceCreateRequest(resource_type=spec.type, spec=messages.write_spec(spec))
        link = await self._lifeline.link()
        made: pb.ResourceOutput | None = None
        known = ""
        with link.mutation():
            if self._streams:
                stream = link.create_stream.Create(request, timeout=timeout, metadata=_metadata(tag))
                made, known = await self._follow(link, stream, identified)
            if not self._streams:
                call = link.resource.Create(request, timeout=timeout, metadata=_metadata(tag))
                answer: pb.ResourceCreateResponse = await answered(link, call)
                made = answer.output if answer.HasField("output") else None
        if made is None:
            raise rotten("output_missing", "the plugin reported success without saying what it made", known)
        link.put_off |= made.deferred
        asked = Ref(name=spec.name, type=spec.type, provider_id=known)
        return messages.read_effect(made, asked, sensitive, link.process.speech.show)

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        """Update; see the port."""
        sensitive = await self._sensitive_keys(ref.type)
        request = pb.ResourceUpdateRequest(
            resource_type=ref.type, ref=messages.write_ref(ref), spec=messages.write_spec(spec)
        )
        link = await self._lifeline.link()
        with link.mutation():
            call = link.resource.Update(request, timeout=timeout, metadata=_metadata(tag))
            answer: pb.ResourceUpdateResponse = await answered(link, call)
        if not answer.HasField("output"):
            return None
        return messages.read_effect(answer.output, ref, sensitive, link.process.speech.show)

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        """Delete; see the port."""
        request = pb.ResourceDeleteRequest(resource_type=ref.type, ref=messages.write_ref(ref))
        link = await self._lifeline.link()
        with link.mutation():
            call = link.resource.Delete(request, timeout=timeout, metadata=_metadata(tag))
            ended: pb.ResourceDeleteResponse | Status = await outcome(call)
            if isinstance(ended, Status) and absence(ended) is not Absence.PROVEN:
                raise await failure(link, ended)

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        """Read; see the port. Found without an id, an object counts only if its name and type are the asked ones."""
        async with self._asking:
            sensitive = await self._sensitive_keys(ref.type)
            link = await self._lifeline.link()
            metadata = (("wfctl-lookup-key", lookup_key),) if lookup_key else None
            call = link.resource.Read(_read_request(ref), timeout=timeout, metadata=metadata)
            return await _found(link, ref, sensitive, await outcome(call))

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        """Read in a process of its own; see the port. It can find, but never prove absence."""
        sensitive = await self._sensitive_keys(ref.type)
        async with self._asides:
            link = await self._lifeline.aside()
            try:
                ended = await outcome(link.resource.Read(_read_request(ref), timeout=timeout))
                found = await _found(link, ref, sensitive, ended)
            except CallFailed as problem:
                # Only the throw-away process may be gone.
                raise CallFailed(problem.reach, problem.failure) from problem
            finally:
                await link.close()
        return Absence.LIKELY if isinstance(found, Absence) else found

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        """Compare; see the port. No result is no difference, as for upstream."""
        request = pb.ResourceDiffRequest(
            resource_type=spec.type, desired=messages.write_spec(spec), current=messages.write_output(current)
        )
        async with self._asking:
            link = await self._lifeline.link()
            answer: pb.ResourceDiffResponse = await answered(link, link.resource.Diff(request, timeout=timeout))
        with _readable(link):
            return messages.read_diff(answer.result)

    async def review(self, plan_id: str, actions: Sequence[PlanAction]) -> tuple[Objection, ...]:
        """What the plugin says of its part of a plan; nothing, where it does not offer that or cannot answer."""
        if VALIDATOR not in self.facts.services:
            return ()
        async with self._asking:
            link = await self._lifeline.link()
            ended = await outcome(link.validator.ValidatePlan(write_plan(plan_id, actions), timeout=REVIEW_SECONDS))
        return () if isinstance(ended, Status) else read_objections(ended, link.process.speech.show)

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        """The plugin's own undo; see the port."""
        if COMPENSATOR not in self.facts.services:
            raise refused("unimplemented", "the plugin has no undo of its own")
        sensitive = await self._sensitive_keys(request.applied.type)
        link = await self._lifeline.link()
        with link.mutation():
            undo = messages.write_undo(request, tag)
            call = link.compensator.Compensate(undo, timeout=timeout, metadata=_metadata(tag))
            answer: pb.CompensateResponse = await answered(link, call)
        with _readable(link):
            return messages.read_undo(answer, request.prior or request.applied, sensitive, link.process.speech.show)

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        """Flush; see the port. In doubt with `plugin_died` when a process that may have deferred something is gone.

        What the process after it has put off is flushed all the same.
        """
        if FINALIZER not in self.facts.services:
            return FinalizeAnswer()
        try:
            link = await self._lifeline.link()
        except CallFailed as problem:
            raise self._lifeline.lost() or problem from problem
        request = messages.write_finalize(run_id, plan_id, applied)
        try:
            with link.mutation():
                call = link.finalizer.FinalizeApply(request, timeout=timeout, metadata=(("wfctl-run-id", run_id),))
                answer: pb.FinalizeApplyResponse = await answered(link, call)
        except CallFailed as problem:
            raise self._lifeline.lost() or problem from problem
        if (lost := self._lifeline.lost()) is not None:
            raise lost
        return messages.read_finalize(answer, link.process.speech.show)

    async def close(self, seconds: float | None = None) -> None:
        """End the plugin, after the mutations in flight have been answered or so many seconds (None: however long)."""
        await self._lifeline.close(seconds)

    async def _follow(
        self, link: Link, stream: _Stream, identified: IdentitySink | None
    ) -> tuple[pb.ResourceOutput | None, str]:
        # The stream is not read on while an identity is being written down: nothing that follows may be known before it.
        known, output = "", None
        try:
            async for event in stream:
                if event is None:
                    raise await failure(link, UNREADABLE, known)
                if event.WhichOneof("event") == "output":
                    output = event.output
                elif event.provider_id:
                    known = event.provider_id[:ID_LIMIT]
                    if identified is not None:
                        await identified(known)
        except grpc.aio.AioRpcError as error:
            # Registered and not implemented: nothing was done, and it will not be asked again.
            self._streams = error.code() is not grpc.StatusCode.UNIMPLEMENTED or bool(known)
            if self._streams:
                raise await failure(link, status_of(error), known) from error
        except asyncio.CancelledError:
            if cancelled():
                raise
            raise await failure(link, CLOSED, known) from None
        finally:
            stream.cancel()
        return output, known

    async def _sensitive_keys(self, resource_type: str) -> tuple[str, ...]:
        # Asked once for each type, before its first call: an output that is secret must never be taken for one that is not.
        if (known := self._sensitive.get(resource_type)) is not None:
            return known
        link = await self._lifeline.link()
        request = pb.SensitiveKeysRequest(resource_type=resource_type)
        ended: pb.SensitiveKeysResponse | Status = await outcome(link.resource.SensitiveKeys(request))
        if not isinstance(ended, Status):
            return self._sensitive.setdefault(resource_type, tuple(sorted(ended.keys)))
        if ended.code in _NO_KEYS:
            return self._sensitive.setdefault(resource_type, ())
        problem = await failure(link, ended)
        message = f"which outputs of {resource_type} are secret could not be learnt: {problem.failure.message}"
        raise refused("sensitive_keys", message, retryable=problem.failure.retryable, died=problem.plugin_died)


def _loses(declared: ProviderDeclaration) -> Callable[[Link], bool]:
    """Whether work that was put off goes with a process when it dies."""
    if not declared.finalizer or declared.deferral is Deferral.DURABLE:
        return lambda _link: False
    if declared.deferral is Deferral.MARKED:
        return lambda link: link.put_off
    return lambda link: link.mutated


async def _found(
    link: Link, ref: Ref, sensitive: tuple[str, ...], ended: pb.ResourceReadResponse | Status
) -> Output | Absence:
    if isinstance(ended, Status):
        if (absent := absence(ended)) is not None:
            return absent
        raise await failure(link, ended)
    if not ended.HasField("output"):
        raise useless("output_missing", "the plugin neither found the object nor said that it is not there")
    found = ended.output
    if not ref.provider_id and (not found.provider_id or (found.name, found.type) != (ref.name, ref.type)):
        said = link.process.speech.show(f"{found.type} {found.name}, id {found.provider_id!r}")
        raise useless("identity_mismatch", f"the plugin was asked for {ref.type} {ref.name} and found {said}")
    with _readable(link):
        return messages.read_output(found, ref, sensitive)


@contextlib.contextmanager
def _readable(link: Link) -> Iterator[None]:
    try:
        yield
    except UnreadableError as reason:
        raise useless(
            "answer_unreadable", f"the plugin answered, but {link.process.speech.show(str(reason))}"
        ) from reason


def _read_request(ref: Ref) -> pb.ResourceReadRequest:
    return pb.ResourceReadRequest(resource_type=ref.type, ref=messages.write_ref(ref))


def _metadata(tag: CallTag) -> _Metadata:
    return (
        ("wfctl-run-id", tag.run_id),
        ("wfctl-action", str(tag.action)),
        ("wfctl-attempt", str(tag.attempt)),
        ("wfctl-idempotency-key", tag.key),
    )
