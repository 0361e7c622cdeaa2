"""`local.step`: a program with a way back, so that anything can be a step of a saga.

It knows nothing of what its programs do. There are three: `do` has the effect, `undo` takes it back, and `read` tells whether
it is there: exit status 0 says that it is and prints its outputs as a JSON object, 1 says that it is not, anything else that
it cannot tell. Without `read` the plugin believes the exit status of `do` and its own notes, and where those end, after a
crash, it says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from wfctl.plugin_sdk import (
    ActionError,
    ActionReport,
    ActionStatus,
    AlreadyExists,
    CompensateRequest,
    Compensation,
    CreateRequest,
    CreateSteps,
    DeleteRequest,
    DriverError,
    FieldChange,
    FinalizeRequest,
    Identity,
    NotFound,
    Output,
    PartlyApplied,
    PlanOperation,
    ReadRequest,
    Ref,
    Request,
    Spec,
    Transient,
    Undo,
    UndoOutcome,
    UndoResult,
    UpdateRequest,
    ValidationError,
)
from wfctl.plugin_sdk.driver import same
from wfctl_plugin_local.definition import SHOWN, Definition
from wfctl_plugin_local.fields import BadField
from wfctl_plugin_local.program import Ran
from wfctl_plugin_local.registry import Entry, NameTaken, Stage
from wfctl_plugin_local.scripts import Scripts, StepFailed, outputs_in
from wfctl_plugin_local.shop import LocalDriver, Shop, Unclear
from wfctl_plugin_local.turns import StillRunning, Turns


class StepDriver(LocalDriver):
    """Runs steps. An entry is pending until `do` has ended well."""

    type = "local.step"
    force_new = ("do",)
    # Doing it anew after `undo` is not what a replace or a delete is undone by: nobody said that nothing is lost by it.
    compensation = Compensation(create=Undo.CUSTOM, update=Undo.INVERSE)

    def __init__(self, shop: Shop, environment: Mapping[str, str]) -> None:
        """`environment` is what its programs find, besides what they are told about the step."""
        super().__init__(shop)
        self._environment = environment

    def wanted(self, spec: Spec) -> Definition:
        """The programs and what goes with them. Raises BadField."""
        return Definition.wanted(spec.config)

    def places(self, spec: Spec) -> tuple[str, ...]:
        """None, if the config is right."""
        self.wanted(spec)
        return ()

    def compare(self, spec: Spec, current: Output | None) -> Iterable[FieldChange]:
        """By what was asked for when the record was made; outputs are the effect's own business."""
        if current is not None and SHOWN not in current.outputs:
            # Somebody said that it is there, and no answer of a create tells what was asked for.
            yield FieldChange(SHOWN, None, self.wanted(spec).shown)
            return
        recorded = current.outputs.get(SHOWN, {}) if current else {}
        for name, value in self.wanted(spec).shown.items():
            if not same(value, recorded.get(name)):
                yield FieldChange(
                    name, recorded.get(name), value, force_new=current is not None and name in self.force_new
                )

    def create(self, request: CreateRequest) -> CreateSteps:
        """Run `do`, unless this very create has had its effect already. The identity is told before anything is run."""
        definition = self.wanted(request.spec)
        for entry in self._shop.registry.by_name(self.type, request.spec.name):
            with suppress(NotFound), self._turn(entry, request) as (known, hold):
                if known.made_by(request.idempotency_key):
                    yield Identity(known.id)
                    return self._again(known, request, hold)
                self._clear(known, request, hold)
        entry = Entry(
            kind=self.type,
            name=request.spec.name,
            id=secrets.token_hex(16),
            key=request.idempotency_key,
            run=request.run_id,
            stage=Stage.DEFERRED if definition.defer else Stage.PENDING,
            body={"definition": definition.body},
        )
        try:
            self._shop.registry.begin(entry, alone=True)
        except NameTaken:
            raise _name_taken(entry) from None
        with self._turn(entry, request) as (entry, hold):
            yield Identity(entry.id)
            return self._now_or_later(entry, request, hold)

    def read(self, request: ReadRequest) -> Output:
        """Ask `read`; without it, look into the registry."""
        entry = self._shop.entry(self.type, request)
        with self._turn(entry, request) as (entry, hold):
            return self._observed(entry, request, hold)

    def update(self, request: UpdateRequest) -> Output:
        """Take note of other programs for the way back; nothing is run but `read`."""
        definition = self.wanted(request.spec)
        entry = self._shop.entry(self.type, ReadRequest(ref=request.ref))
        with self._turn(entry, request) as (entry, hold):
            if not _is_open(entry):  # where nobody can tell, whoever sends an update knows that it is there
                self._observed(entry, request, hold)
            if definition.do != _definition(entry).do:
                raise BadField("do", "cannot be changed in place")
            changed = replace(entry, stage=Stage.DONE, body={**entry.body, "definition": definition.body})
            self._shop.registry.finish(changed)
            return self._observed(changed, request, hold)

    def delete(self, request: DeleteRequest) -> None:
        """Run `undo` and see to it that the effect is gone; without `undo`, forget the step and leave the effect."""
        entry = self._shop.entry(self.type, ReadRequest(ref=request.ref))
        with self._turn(entry, request) as (entry, hold):
            self._undo(entry, request, hold)
            self._forget(entry)

    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        """Run `undo`. A step without one stays as it is."""
        if request.operation is not PlanOperation.CREATE:
            return UndoOutcome(
                UndoResult.REFUSED, "not_declared", f"a {request.operation.name} of a step is not undone"
            )
        entry = self._shop.registry.by_id(self.type, request.applied.provider_id)
        if entry is None:
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO)
        if entry.stage is Stage.DEFERRED:
            self._forget(entry)
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO)
        if not _definition(entry).undo:
            return UndoOutcome(UndoResult.REFUSED, "no_undo", f"the step {entry.name} has no undo")
        try:
            with self._turn(entry, request) as (entry, hold):
                self._undo(entry, request, hold)
                self._forget(entry)
        except NotFound:
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO)
        return UndoOutcome(UndoResult.DONE, evidence={"ran": "undo"})

    # --- forward -------------------------------------------------------------------------------------------------------

    def _again(self, entry: Entry, request: CreateRequest, hold: int) -> Output:
        try:
            return self._observed(entry, request, hold)
        except NotFound:
            return self._now_or_later(entry, request, hold)

    def _clear(self, entry: Entry, request: CreateRequest, hold: int) -> None:
        """Make room where a step of that name has no effect any more. Raises AlreadyExists if it has one.

        An engine keeps its hands off a step in doubt; that another run of it asks anew means that a person has looked.
        """
        if _is_open(entry) and entry.run and request.run_id not in ("", entry.run):
            self._forget(entry)
            return
        try:
            self._observed(entry, request, hold)
        except NotFound:
            self._forget(entry)
        else:
            raise _name_taken(entry)

    def _now_or_later(self, entry: Entry, request: CreateRequest, hold: int) -> Output:
        return _output(entry, {}) if entry.stage is Stage.DEFERRED else self._do(entry, request, hold)

    def _do(self, entry: Entry, request: Request, hold: int) -> Output:
        try:
            ran = self._scripts.run("do", entry, request, hold)
        except ValidationError:
            self._forget(entry)
            raise
        except Transient as error:
            raise self._failure(entry, request, hold, error) from error
        if ran.status > 0 and not _definition(entry).read:
            # A program that ends by itself says with its status whether it has done what it is for.
            self._forget(entry)
            raise StepFailed(f"do {ran.ending}")
        if ran.status != 0:
            raise self._failure(entry, request, hold, StepFailed(f"do {ran.ending}"))
        try:
            outputs = self._outputs(entry, request, hold, ran)
        except StepFailed as error:
            raise PartlyApplied(f"do ended well, but {error}", provider_id=entry.id) from error
        if outputs is None:
            raise StepFailed("do ended well, but read does not find its effect")
        # Where `read` tells the outputs, they are not written down: they may be secret.
        remembered = {} if _definition(entry).read else {"outputs": outputs}
        self._shop.registry.finish(replace(entry, body={**entry.body, **remembered}))
        return _output(entry, outputs)

    def _outputs(self, entry: Entry, request: Request, hold: int, ran: Ran) -> Mapping[str, Any] | None:
        if _definition(entry).read:
            return self._scripts.read(entry, request, hold)
        return outputs_in(ran)

    def _failure(self, entry: Entry, request: Request, hold: int, failure: DriverError) -> DriverError:
        """What to say of a `do` that was cut short, or whose effect `read` tells. Else its effect stays open, and the entry."""
        if not _definition(entry).read:
            return failure
        try:
            there = self._scripts.read(entry, request, hold)
        except StepFailed:
            return failure
        if there is not None:
            return PartlyApplied(failure.message, provider_id=entry.id)
        self._forget(entry)
        return failure

    # --- at the end of the run -----------------------------------------------------------------------------------------

    def flush(self, request: FinalizeRequest) -> Iterator[ActionReport | ActionError]:
        """Run what the run has put off, one after the other; what did not become what was promised."""
        for applied in request.applied:
            kind = applied.ref.type
            if kind in self.types and self._shop.registry.by_id(self.type, applied.ref.provider_id) is None:
                yield ActionError(applied.ref.name, "do", "the registry has no note of what was put off")
        for entry in self._shop.registry.unfinished(self.type, request.run_id):
            if not _definition(entry).defer:
                continue
            kind = next((one.ref.type for one in request.applied if one.ref.provider_id == entry.id), self.type)
            try:
                self._late(entry, request)
            except StillRunning as error:
                yield ActionError(entry.name, "do", str(error))
            except DriverError as error:
                yield self._not_kept(entry, kind, error, request)

    def _not_kept(self, entry: Entry, kind: str, error: DriverError, request: FinalizeRequest) -> ActionReport:
        """What to report of a step that was promised and failed: nothing of it is there, or it is not known to be gone."""
        with suppress(DriverError):
            if isinstance(error, PartlyApplied) and _definition(entry).undo:
                self.delete(DeleteRequest(ref=Ref(entry.name, self.type, entry.id), cancelled=request.cancelled))
        there = self._shop.registry.by_id(self.type, entry.id) is not None
        return ActionReport(
            status=ActionStatus.COMPENSATION_FAILED if there else ActionStatus.COMPENSATED,
            name=entry.name,
            type=kind,
            provider_id=entry.id,
            error=error.message,
            code="put_off",
        )

    def _late(self, entry: Entry, request: FinalizeRequest) -> None:
        with self._turn(entry, request) as (known, hold):
            if known.stage is Stage.PENDING:  # a flush before this one was cut short
                with suppress(NotFound):
                    self._observed(known, request, hold)
                    return
            begun = replace(known, stage=Stage.PENDING)
            self._shop.registry.begin(begun)
            self._do(begun, request, hold)

    # --- observe and undo ----------------------------------------------------------------------------------------------

    def _observed(self, entry: Entry, request: Request, hold: int) -> Output:
        if entry.stage is Stage.DEFERRED:
            raise NotFound(f"the step {entry.name} is put off until the end of the run")
        if _is_open(entry):
            raise Unclear(f"do of the step {entry.name} did not end well, and without read its effect is unknown")
        if not _definition(entry).read:
            return _output(entry, entry.body.get("outputs", {}))
        outputs = self._scripts.read(entry, request, hold)
        if outputs is None:
            raise NotFound(f"read says that the step {entry.name} has no effect")
        if entry.stage is Stage.PENDING:
            self._shop.registry.finish(entry)
        return _output(entry, outputs)

    def _undo(self, entry: Entry, request: Request, hold: int) -> None:
        definition = _definition(entry)
        if entry.stage is Stage.DEFERRED or not definition.undo or self._gone(entry, request, hold):
            return
        ran = self._scripts.run("undo", entry, request, hold)
        gone = self._gone(entry, request, hold)
        if ran.status != 0 and not gone:
            raise StepFailed(f"undo {ran.ending}")
        if definition.read and not gone:
            raise StepFailed("undo ended well, but read still finds the effect")

    def _gone(self, entry: Entry, request: Request, hold: int) -> bool:
        """Whether `read` says that there is no effect."""
        return bool(_definition(entry).read) and self._scripts.read(entry, request, hold) is None

    def _forget(self, entry: Entry) -> None:
        self._shop.registry.forget(entry)
        self._turns.drop(entry.id)

    @contextmanager
    def _turn(self, entry: Entry, request: Request) -> Iterator[tuple[Entry, int]]:
        """The entry as it is when its turn has come, and the descriptor that holds the turn. Raises NotFound, Transient."""
        with self._turns.take(entry.id, request.cancelled) as hold:
            known = self._shop.registry.by_id(self.type, entry.id)
            if known is None:
                raise NotFound(f"the step {entry.name} has just been undone")
            yield known, hold

    @property
    def _turns(self) -> Turns:
        return Turns(self._shop.registry.folder)

    @property
    def _scripts(self) -> Scripts:
        return Scripts(self._shop.root.path, self._environment)


def _definition(entry: Entry) -> Definition:
    return Definition.remembered(entry.body["definition"])


def _is_open(entry: Entry) -> bool:
    """Whether nobody but a person can tell if there is an effect."""
    return entry.stage is Stage.PENDING and not _definition(entry).read


def _output(entry: Entry, outputs: Mapping[str, Any]) -> Output:
    """Of a step that is put off there is nothing to tell in time: it has no outputs, then or later."""
    definition = _definition(entry)
    told = {} if definition.defer else outputs
    return Output(
        provider_id=entry.id,
        outputs={**told, SHOWN: definition.shown},
        sensitive=[name for name in definition.sensitive if name in told],
        idempotency_key=entry.key,
        name=entry.name,
        deferred=entry.stage is Stage.DEFERRED,
    )


def _name_taken(entry: Entry) -> AlreadyExists:
    return AlreadyExists(f"this root has a step named {entry.name}")
