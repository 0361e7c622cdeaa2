"""A cloud in memory with a driver in front of it, and the requests that the tests of the planner make."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from wfctl.core.canonical import config_hash
from wfctl.core.outcome import Failure
from wfctl.core.plan import (
    Document,
    FieldChange,
    Idempotency,
    Mode,
    Operation,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    TypeDeclaration,
)
from wfctl.engine.ports import (
    Absence,
    CallFailed,
    CallTag,
    Diff,
    FinalizeAnswer,
    FinalizeEntry,
    IdentitySink,
    Output,
    Reach,
    Ref,
    UndoAnswer,
    UndoRequest,
)
from wfctl.planner.make import Planned, make_plan
from wfctl.planner.request import Basis, Desired, PlanRequest

FILE, KEY, DISK, DB = "local.file", "local.key_pair", "local.disk", "local.database"

DECLARATION = ProviderDeclaration(
    name="cloud",
    plugin="local",
    version="0.1.0",
    digest="sha256:ab12",
    types={
        FILE: TypeDeclaration(
            undo_create=Mode.INVERSE,
            undo_update=Mode.INVERSE,
            undo_replace=Mode.INVERSE,
            undo_delete=Mode.INVERSE,
            stateless=True,
            reads_by_name=True,
            idempotency=Idempotency.NATURAL,
        ),
        KEY: TypeDeclaration(
            undo_create=Mode.CUSTOM,
            undo_update=Mode.CUSTOM,
            undo_replace=Mode.CUSTOM,
            stateless=True,
            create_before_delete=True,
        ),
        DISK: TypeDeclaration(
            undo_create=Mode.INVERSE, undo_update=Mode.INVERSE, irreversible_fields=("size",), emptiness_output="used"
        ),
    },
)


class Cloud:
    """A driver that compares a config with the outputs of the same names; fields in `fixed` force a replacement.

    `objects` are by id. `refuse` makes a call fail, by (call, name).
    """

    def __init__(self, declaration: ProviderDeclaration = DECLARATION, *, fixed: Sequence[str] = ()) -> None:
        self.declaration = declaration
        self.objects: dict[str, Output] = {}
        self.fixed = fixed
        self.calls: list[tuple[str, str]] = []
        self.compared: dict[str, tuple[ResourceSpec, Output]] = {}
        self.likely: set[str] = set()
        self.refuse: dict[tuple[str, str], CallFailed] = {}
        self.picky = False
        self.now = 0
        self.most = 0

    def put(self, name: str, kind: str = FILE, *, sensitive: tuple[str, ...] = (), **outputs: object) -> Output:
        """Make an object whose id is `id-NAME`."""
        made = Output(name=name, type=kind, provider_id=f"id-{name}", outputs=dict(outputs), sensitive=sensitive)
        self.objects[made.provider_id] = made
        return made

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        await self._called("read", ref.name)
        by_id = self.objects.get(ref.provider_id)
        by_name = () if ref.provider_id else (one for one in self.objects.values() if one.name == ref.name)
        found = by_id or next(iter(by_name), None)
        if found:
            return found
        return Absence.LIKELY if ref.name in self.likely else Absence.PROVEN

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        await self._called("diff", spec.name)
        self.compared[spec.name] = (spec, current)
        config, outputs = spec.config or {}, current.outputs or {}
        if self.picky and "${" in str(config):
            raise CallFailed(Reach.REFUSED, Failure(code="validation", message="that is not an address"))
        changes = tuple(
            FieldChange(path=key, old=outputs.get(key), new=value, force_new=key in self.fixed)
            for key, value in config.items()
            if key in outputs and outputs[key] != value
        )
        return Diff(needs_update=bool(changes), changes=changes)

    async def _called(self, call: str, name: str) -> None:
        self.calls.append((call, name))
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if (call, name) in self.refuse:
            raise self.refuse[call, name]

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        raise AssertionError("a planner never guesses")

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        raise AssertionError("a planner changes nothing")

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        raise AssertionError("a planner changes nothing")

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        raise AssertionError("a planner changes nothing")

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        raise AssertionError("a planner changes nothing")

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        raise AssertionError("a planner changes nothing")


class Clouds:
    """The drivers of a project, by provider module."""

    def __init__(self, drivers: Mapping[str, Cloud]) -> None:
        self.drivers = drivers

    def driver(self, provider: str) -> Cloud:
        return self.drivers[provider]


BASIS = Basis(
    workspace="default", lineage="1c61", serial=12, state_digest="5d5d", now=1_795_248_000.25, version="0.1.0"
)


def want(name: str, kind: str = FILE, *, on: Sequence[str] = (), provider: str = "cloud", **config: object) -> Desired:
    """A desired resource that depends on `on`."""
    spec = ResourceSpec(name=name, type=kind, config=dict(config), depends_on=tuple(on) or None)
    return Desired(spec=spec, provider=provider, position=f"infra.yaml:{len(name)}:3")


def row(name: str, kind: str = FILE, *, on: Sequence[str] = (), outputs: Document | None = None) -> ResourceState:
    """What the state holds of an object that `Cloud.put` made."""
    return ResourceState(
        id=name,
        name=name,
        type=kind,
        provider="local",
        provider_ref="cloud",
        provider_id=f"id-{name}",
        config_hash=config_hash(outputs),
        applied_config=outputs or {},
        applied_config_source="apply",
        outputs=outputs or {},
        dependencies=tuple(on),
    )


def having(one: ResourceState, **fields: object) -> ResourceState:
    """The same row with other fields."""
    return msgspec.structs.replace(one, **fields)


def request(
    cloud: Cloud | Mapping[str, Cloud],
    desired: Sequence[Desired] = (),
    state: Sequence[ResourceState] = (),
    **fields: object,
) -> PlanRequest:
    """A request against one cloud, or several by provider module."""
    drivers = Clouds({"cloud": cloud} if isinstance(cloud, Cloud) else cloud)
    base = PlanRequest(desired=tuple(desired), state=tuple(state), drivers=drivers, environment={}, basis=BASIS)
    return msgspec.structs.replace(base, **fields)


def planned(
    cloud: Cloud | Mapping[str, Cloud],
    desired: Sequence[Desired] = (),
    state: Sequence[ResourceState] = (),
    **fields: object,
) -> Planned:
    """The plan such a request comes to."""
    return asyncio.run(asyncio.wait_for(make_plan(request(cloud, desired, state, **fields)), 120))


def actions(made: Planned) -> list[tuple[Operation, str]]:
    """What the plan does, in its order."""
    return [(action.action, action.resource.name) for action in made.plan.steps]


def action(made: Planned, name: str) -> PlanAction:
    """The action on one resource."""
    return next(one for one in made.plan.steps if one.resource.name == name)


def required(made: Planned) -> dict[str, set[str]]:
    """What each action requires, by name."""
    steps = made.plan.steps
    return {one.resource.name: {steps[i].resource.name for i in one.requires or ()} for one in steps}
