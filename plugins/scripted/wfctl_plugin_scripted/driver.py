"""What the calls of a scripted resource would do, if all went well. How they go is played by `scene`.

It knows nothing of files. A thing has the values of its config; besides these it tells how often it was changed and how much
somebody keeps in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from wfctl.plugin_sdk import (
    AlreadyExists,
    Compensable,
    CompensateRequest,
    CreateRequest,
    CreateSteps,
    DeleteRequest,
    Diff,
    DiffRequest,
    FieldChange,
    Forbidden,
    Idempotency,
    Identity,
    NotFound,
    Output,
    PlanOperation,
    ReadRequest,
    Ref,
    Request,
    ResourceDriver,
    Spec,
    UndoOutcome,
    UndoResult,
    UpdateRequest,
)
from wfctl_plugin_scripted import scene
from wfctl_plugin_scripted.kinds import ANEW, CONTENT, KINDS, TOKEN, VERSION, Kind
from wfctl_plugin_scripted.scene import Deed
from wfctl_plugin_scripted.script import Turn
from wfctl_plugin_scripted.stage import Stage
from wfctl_plugin_scripted.wire import status
from wfctl_plugin_scripted.world import Fact, Thing, World, gone, there

OURS = frozenset({"script", "adopt_existing", "depends_on", "iac_provider", "protected", "provider", "size"})
"""Keys of a config that are no values of the thing."""

NOWHERE = "nowhere-0"
"""The id of nothing."""


class ScriptedDriver(ResourceDriver):
    """One resource type. `stage` is where its calls are played."""

    kind: ClassVar[Kind]
    force_new = (ANEW,)

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    # --- changing ------------------------------------------------------------------------------------------------------

    def create(self, request: CreateRequest) -> Output | CreateSteps:
        """Make a thing with the values of the config."""
        return self.made(request, self._turn("create", request, request.spec))

    def made(self, request: CreateRequest, turn: Turn) -> Output:
        """A create, when its turn is known."""
        return self._change(turn, request, lambda: self._creation(request, turn))

    def identity(self, request: CreateRequest) -> str:
        """The id of what a create is going to make, or has made."""
        made = self._world.keyed(request.idempotency_key)
        return made.id if made else self._world.next_id(request.spec.name)

    def update(self, request: UpdateRequest) -> Output:
        """Give a thing the values of the config, and take away the others."""
        turn = self._turn("update", request, request.spec, request.ref)
        return self._change(turn, request, lambda: self._updating(request))

    def delete(self, request: DeleteRequest) -> None:
        """Take a thing away."""
        turn = self._turn("delete", request, request.ref)
        scene.play(turn, self._world, lambda: self._deletion(request.ref), request.cancelled)
        if turn.do == "not_found":
            raise NotFound(request.ref.provider_id)

    def _change(self, turn: Turn, request: Request, plan: Callable[[], Deed[Output]]) -> Output:
        return self._told(scene.play(turn, self._world, plan, request.cancelled), turn)

    def _creation(self, request: CreateRequest, turn: Turn) -> Deed[Output]:
        spec, key, traits, world = request.spec, request.idempotency_key, self.traits, self._world
        same = world.keyed(key)
        namesakes = [thing for thing in world.named(spec.name) if thing.type == spec.type]
        if traits.idempotency is not Idempotency.NONE and same is not None:
            return Deed(spec.name, (), self._output(same), identity=same.id)
        if namesakes and (traits.upsert or turn.do == "adopt"):
            taken = replace(namesakes[-1], values=self._values(spec), version=namesakes[-1].version + 1)
            output = replace(self._output(taken), adopted=True)
            return Deed(spec.name, (there(taken, "create"),), output, identity=taken.id)
        if namesakes and traits.idempotency is Idempotency.NATURAL:
            raise AlreadyExists(f"there is a {spec.name} already, {namesakes[-1].id}")
        new = Thing(world.next_id(spec.name), spec.name, spec.type, self._values(spec), key)
        return Deed(spec.name, (there(new, "create"),), self._output(new), identity=new.id)

    def _updating(self, request: UpdateRequest) -> Deed[Output]:
        old = self._existing(request.ref)
        values = self._values(request.spec)
        new = replace(old, values={**_kept(old), **values}, version=old.version + 1)
        first = next((key for key in values if old.values.get(key) != values[key]), "")
        some = {**old.values, **({first: values[first]} if first else {})}
        half = replace(old, values=some, version=old.version + 1)
        return Deed(
            old.name, (there(new, "update"),), self._output(new), half=(there(half, "update"),), identity=old.id
        )

    def _deletion(self, ref: Ref) -> Deed[None]:
        old = self._existing(ref)
        return Deed(old.name, (gone(old, "delete"),), None, identity=old.id)

    # --- looking -------------------------------------------------------------------------------------------------------

    def read(self, request: ReadRequest) -> Output:
        """Tell what is there, by id, by key or by name. Before the first change of a script it is its `look` that counts."""
        name = request.ref.name
        call = "read" if self._stage.begun(name) else "look"
        turn = self._turn(call, request, request.ref)
        with scene.looking(turn, self._world, request.cancelled):
            return self._told(self._output(self._seen(turn, request)), turn)

    def _seen(self, turn: Turn, request: ReadRequest) -> Thing:
        match turn.do:
            case "denied":
                raise Forbidden(turn.word("text") or "looking is not allowed")
            case "absent_text":
                raise status("unknown", turn.word("text") or "it does not exist")
            case "stranger":
                return Thing("stranger-1", request.ref.name, request.ref.type, {"made_by": "a stranger"}, "not-our-key")
        thing = self._stale(request) if turn.do == "stale" else self._present(request)
        if thing is None or turn.do == "absent":
            raise NotFound(request.ref.provider_id or request.ref.name)
        return thing

    def _present(self, request: ReadRequest) -> Thing | None:
        if request.ref.provider_id:
            return self._world.things.get(request.ref.provider_id)
        if request.lookup_key:
            return self._world.keyed(request.lookup_key)
        return next(reversed(self._world.named(request.ref.name)), None)

    def _stale(self, request: ReadRequest) -> Thing | None:
        return self._world.before(request.ref.provider_id or self._world.last_of(request.ref.name))

    def diff(self, request: DiffRequest) -> Diff:
        """Compare the values of the config with those of the thing; before the first change it is `compare` that counts."""
        call = "diff" if self._stage.begun(request.spec.name) else "compare"
        turn = self._turn(call, request, request.spec)
        with scene.looking(turn, self._world, request.cancelled):
            match turn.do:
                case "same":
                    return Diff()
                case "differs":
                    return Diff((FieldChange(turn.word("field")),))
                case "replaces":
                    return Diff((FieldChange(turn.word("field"), force_new=True),))
            return super().diff(request)

    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        """The values of the config."""
        return self._values(spec)

    # --- what things are -----------------------------------------------------------------------------------------------

    @property
    def _world(self) -> World:
        return self._stage.world

    def _turn(self, call: str, request: Request, about: Spec | Ref, ref: Ref | None = None) -> Turn:
        return self._stage.turn(call, request, about, ref)

    def _values(self, spec: Spec) -> dict[str, Any]:
        return {key: value for key, value in spec.config.items() if key not in OURS}

    def _existing(self, ref: Ref) -> Thing:
        thing = self._world.things.get(ref.provider_id)
        if thing is None:
            raise NotFound(ref.provider_id)
        return thing

    def _output(self, thing: Thing) -> Output:
        outputs = {CONTENT: 0, **thing.values, VERSION: thing.version}
        if self.kind.secret:
            outputs[TOKEN] = hashlib.sha256(thing.id.encode()).hexdigest()
        return Output(thing.id, outputs, idempotency_key=thing.key, name=thing.name)

    def _told(self, output: Output, turn: Turn) -> Output:
        match turn.do:
            case "no_id":
                return replace(output, provider_id="")
            case "wrong_id":
                return replace(output, provider_id=NOWHERE)
            case "other_id":
                others = [one for one in self._world.things if one != output.provider_id]
                return replace(output, provider_id=others[0] if others else NOWHERE)
            case "big":
                return replace(output, outputs={**output.outputs, "big": "x" * turn.number("bytes")})
            case "tokenless":
                return replace(output, outputs={name: one for name, one in output.outputs.items() if name != TOKEN})
        return output


class CompensableDriver(Compensable, ScriptedDriver):
    """One resource type that declares how it is undone."""

    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        """Bring back what was there before."""
        turn = self._turn("compensate", request, request.applied)
        if turn.do == "refused":
            return UndoOutcome(UndoResult.REFUSED, turn.word("code"), turn.word("text") or "the script refuses it")
        if turn.do == "nothing":
            return UndoOutcome(UndoResult.NOTHING_TO_UNDO)
        return scene.play(turn, self._world, lambda: self._undoing(request), request.cancelled)

    def _undoing(self, request: CompensateRequest) -> Deed[UndoOutcome]:
        facts: list[Fact] = []
        back = self._back(request, facts)
        made = self._world.things.get(request.applied.provider_id)
        if request.operation in (PlanOperation.CREATE, PlanOperation.REPLACE) and made is not None:
            facts.append(gone(made, "undo"))
        restored = self._output(back) if back else None
        result = UndoResult.DONE if facts else UndoResult.NOTHING_TO_UNDO
        outcome = UndoOutcome(result, restored=restored)
        return Deed(request.applied.name, tuple(facts), outcome, identity=request.applied.provider_id)

    def _back(self, request: CompensateRequest, facts: list[Fact]) -> Thing | None:
        """What is to be there again, and the facts that bring it back."""
        if request.prior_spec is None or request.operation is PlanOperation.CREATE:
            return None
        values = self._values(request.prior_spec)
        old = self._world.things.get(request.prior.provider_id if request.prior else request.applied.provider_id)
        if old is None:
            again = self._world.keyed(request.idempotency_key)
            if again is not None:
                return again
            name, of = request.prior_spec.name, request.prior_spec.type
            old = Thing(self._world.next_id(name), name, of, values, request.idempotency_key, version=0)
        elif all(old.values.get(key) == value for key, value in values.items()):
            return old
        new = replace(old, values={**_kept(old), **values}, version=old.version + 1)
        facts.append(there(new, "undo"))
        return new


def _kept(thing: Thing) -> dict[str, Any]:
    return {key: value for key, value in thing.values.items() if key == CONTENT}


def drivers(stage: Stage) -> list[ScriptedDriver]:
    """One driver for each kind there is."""
    return [_driver(name, kind)(stage) for name, kind in KINDS.items()]


def _driver(name: str, kind: Kind) -> type[ScriptedDriver]:
    base = ScriptedDriver if kind.compensation is None else CompensableDriver
    facts: dict[str, Any] = {"type": f"scripted.{name}", "kind": kind, "traits": kind.traits}
    if kind.compensation is not None:
        facts["compensation"] = kind.compensation
    if kind.secret:
        facts["sensitive_keys"] = (TOKEN,)
    if kind.early:
        facts["create"] = _early
    return type(f"{name.title()}Driver", (base,), facts)


def _early(driver: ScriptedDriver, request: CreateRequest) -> CreateSteps:
    """A create that tells the id first."""
    turn = driver._turn("create", request, request.spec)  # noqa: SLF001 - it is a method of the driver
    yield Identity(driver.identity(request))
    return driver.made(request, turn)
