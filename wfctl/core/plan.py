"""What is to be done: the plan, its actions, and the policy to do them by.

Knows nothing of how a plan is made, of files or of plugins. The first half mirrors the JSON of upstream's plan.json key by
key (upstream: interfaces/iac_state.go), the second half is what a run is started with.
"""

from __future__ import annotations

import enum
from typing import NewType

import msgspec

from wfctl.core.references import module_references
from wfctl.errors import Kind, WfctlError

RunId = NewType("RunId", str)
Digest = NewType("Digest", str)
"""Lower-case hex SHA-256 of a stored document."""

Document = dict[str, object]
"""A JSON object: a config, a set of outputs."""


class Operation(enum.StrEnum):
    """The four things a PlanAction can want (upstream's spelling)."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


class Step(enum.StrEnum):
    """One mutating call. A replace takes two of them, every other operation one."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Effect(enum.StrEnum):
    """What an action did to the world."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    REPLACED = "REPLACED"
    DELETED = "DELETED"
    ADOPTED = "ADOPTED"


class Provenance(enum.StrEnum):
    """How an object came to be in our state. Only CREATED may ever be undone by deletion."""

    CREATED = "created"
    ADOPTED = "adopted"
    INFERRED = "inferred"
    UPSERTED = "upserted"
    IMPORTED = "imported"
    SETTLED = "settled"


class Hints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Upstream's free sizing hints; never interpreted here."""

    cpu: str = ""
    memory: str = ""
    storage: str = ""


class ResourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One desired resource. `config` keeps `${…}` as text; null for a delete."""

    name: str
    type: str
    config: Document | None = None
    size: str = ""
    hints: Hints | None = None
    depends_on: tuple[str, ...] | None = None


class ResourceState(msgspec.Struct, frozen=True, kw_only=True):
    """One resource as the state holds it (upstream's `current`, plus our provenance fields)."""

    id: str = ""
    name: str
    type: str
    provider: str = ""
    provider_ref: str = ""
    provider_id: str = ""
    config_hash: str = ""
    applied_config: Document | None = None
    applied_config_source: str = ""
    outputs: Document | None = None
    dependencies: tuple[str, ...] | None = None
    created_at: str = "0001-01-01T00:00:00Z"
    updated_at: str = "0001-01-01T00:00:00Z"
    last_drift_check: str = "0001-01-01T00:00:00Z"
    provenance: Provenance = Provenance.CREATED
    protected: bool = False
    fingerprint: str = ""
    created_by_run: str = ""
    hooks_pending: tuple[str, ...] = ()
    mark: str = ""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference a driver found."""

    path: str
    old: object = None
    new: object = None
    force_new: bool = False


class PlanAction(msgspec.Struct, frozen=True, kw_only=True):
    """One intended change to one resource.

    `requires` are the plan indices that must have succeeded before; absent (None) in plans written by other tools.
    `hooks_only` names pending hooks to run on a resource that itself does not change.
    """

    action: Operation
    resource: ResourceSpec
    current: ResourceState | None = None
    changes: tuple[FieldChange, ...] | None = None
    resolved_config_hash: str = ""
    provider_ref: str = ""
    requires: tuple[int, ...] | None = None
    hooks_only: tuple[str, ...] = ()
    reason: str = ""


class PluginVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin named in a plan for information."""

    name: str
    version: str = ""


class GeneratorMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote the plan file."""

    wfctl_version: str = ""
    plugins: tuple[PluginVersion, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The approved list of PlanActions: upstream's plan.json keys first, ours after `generator_metadata`."""

    id: str
    actions: tuple[PlanAction, ...] | None = None
    created_at: str = ""
    plan_hash: str = ""
    include: tuple[str, ...] | None = None
    schema_version: int = 0
    input_snapshot: dict[str, str] | None = None
    generator_metadata: GeneratorMetadata | None = None
    operation: str = "apply"
    workspace: str = ""
    lineage: str = ""
    prior_serial: int = 0
    prior_state_digest: str = ""
    plugin_digests: dict[str, str] | None = None
    engine_version: str = ""
    expires_at: str = ""
    digest: str = ""

    @property
    def steps(self) -> tuple[PlanAction, ...]:
        """The actions, never null."""
        return self.actions or ()


class Mode(enum.StrEnum):
    """How a driver can take one operation back."""

    NONE = "none"
    INVERSE = "inverse"
    CUSTOM = "custom"


class Idempotency(enum.StrEnum):
    """What makes a repeated create harmless."""

    NONE = "none"
    KEY = "key"
    NATURAL = "natural"


class TypeDeclaration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a driver declares about one resource type. The defaults are those of a driver that declares nothing."""

    undo_create: Mode = Mode.NONE
    undo_update: Mode = Mode.NONE
    undo_replace: Mode = Mode.NONE
    undo_delete: Mode = Mode.NONE
    stateless: bool = False
    fingerprint_output: str = ""
    irreversible_fields: tuple[str, ...] = ()
    emptiness_output: str = ""
    undo_timeout_seconds: int = 0
    reads_by_name: bool = False
    reads_by_key: bool = False
    idempotency: Idempotency = Idempotency.NONE
    early_identity: bool = False
    identity_by_name: bool = False
    read_lag_ms: int = 0
    max_concurrency: int = 0
    create_before_delete: bool = False
    update_not_idempotent: bool = False
    upsert: bool = False

    def undo(self, operation: Operation) -> Mode:
        """The declared mode for one operation."""
        return {
            Operation.CREATE: self.undo_create,
            Operation.UPDATE: self.undo_update,
            Operation.REPLACE: self.undo_replace,
            Operation.DELETE: self.undo_delete,
        }[operation]


UNDECLARED = TypeDeclaration()


class Deferral(enum.StrEnum):
    """What a provider with a Finalizer puts off: perhaps any action, only what its answer marks, or that and durably."""

    ANY = "any"
    MARKED = "marked"
    DURABLE = "durable"


class ProviderDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """One provider module as the run found it. `name` is the iac.provider module, `plugin` what its plugin calls itself."""

    name: str
    plugin: str = ""
    version: str = ""
    digest: str = ""
    max_concurrency: int = 1
    max_rps: float = 0.0
    finalizer: bool = False
    deferral: Deferral = Deferral.ANY
    types: dict[str, TypeDeclaration] = msgspec.field(default_factory=dict)

    def declaration(self, resource_type: str) -> TypeDeclaration:
        """What is declared for a type; the cautious defaults when nothing is."""
        return self.types.get(resource_type, UNDECLARED)


class OnFailure(enum.StrEnum):
    """What a failed action means for the rest of the run."""

    CONTINUE = "continue"
    STOP = "stop"
    COMPENSATE = "compensate"


class OnCancel(enum.StrEnum):
    """What a cancellation means for what is already done."""

    STOP = "stop"
    COMPENSATE = "compensate"


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts in all, and the exponential pause between them in seconds."""

    max_attempts: int = 4
    first: float = 1.0
    max: float = 30.0


class RunPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is to behave; recorded with it. Times in seconds, 0 = unlimited."""

    on_failure: OnFailure = OnFailure.CONTINUE
    on_cancel: OnCancel = OnCancel.STOP
    parallelism: int = 10
    action_timeout: float = 3600.0
    run_timeout: float = 0.0
    undo_timeout: float = 600.0
    retries: Retries = Retries()
    undo_retries: Retries = Retries(max_attempts=5)
    max_compensations: int = 0


class HookPoint(enum.StrEnum):
    """When a hook runs, relative to the action it matches."""

    BEFORE = "before"
    APPLIED = "applied"
    DELETED = "deleted"
    COMPLETE = "complete"


class HookFailure(enum.StrEnum):
    """What a failed hook means: undo and dispatch nothing new, undo and go on, or only warn."""

    STOP = "stop"
    CONTINUE = "continue"
    WARN = "warn"


class HookSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A user's step around an action.

    `position` is file:line:column for messages, `secrets` maps a variable to resource.field, times are in seconds.
    """

    name: str
    on: HookPoint
    exec: tuple[str, ...]
    on_failure: HookFailure
    match_type: str = "*"
    match_name: str = "*"
    match_actions: tuple[Operation, ...] = ()
    when: str = ""
    secrets: dict[str, str] = msgspec.field(default_factory=dict)
    timeout: float = 60.0
    retries: int = 0
    rerun_never: bool = False
    undo_exec: tuple[str, ...] = ()
    position: str = ""


class ActionOutline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the decisions need of a PlanAction: no configs, no outputs, only identities and order."""

    index: int
    operation: Operation
    name: str
    type: str
    provider: str = ""
    requires: tuple[int, ...] = ()
    prior_id: str = ""
    prior_type: str = ""
    prior_provider: str = ""
    prior_provenance: Provenance = Provenance.CREATED
    prior_config: bool = False
    protected: bool = False
    hooks_only: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"


def outline(plan: Plan) -> tuple[ActionOutline, ...]:
    """The outlines of a plan's actions, in plan order. Raises what `requirements` raises."""
    required = requirements(plan.steps)
    return tuple(_outline(index, action, required[index]) for index, action in enumerate(plan.steps))


def _outline(index: int, action: PlanAction, required: tuple[int, ...]) -> ActionOutline:
    current = action.current
    return ActionOutline(
        index=index,
        operation=action.action,
        name=action.resource.name,
        type=action.resource.type,
        provider=action.provider_ref,
        requires=required,
        prior_id=current.provider_id if current else "",
        prior_type=current.type if current and current.type != action.resource.type else "",
        prior_provider=current.provider_ref if current and current.provider_ref != action.provider_ref else "",
        prior_provenance=current.provenance if current else Provenance.CREATED,
        prior_config=current is not None and current.applied_config is not None,
        protected=(current is not None and current.protected)
        or bool(action.resource.config and action.resource.config.get("protected") is True),
        hooks_only=action.hooks_only,
    )


def exports(plan: Plan) -> dict[str, tuple[str, ...]]:
    """For each resource name, the output fields that other actions of the plan refer to, sorted."""
    wanted: dict[str, set[str]] = {}
    for action in plan.steps:
        for name, field in module_references(action.resource.config):
            wanted.setdefault(name, set()).add(field)
    return {name: tuple(sorted(fields)) for name, fields in wanted.items()}


def requirements(actions: tuple[PlanAction, ...]) -> list[tuple[int, ...]]:
    """For each action, the plan indices that must succeed before it.

    Uses `requires` where the planner wrote it; otherwise derives it from `depends_on`, references and recorded dependencies:
    dependencies come first on the way up, dependants first on the way down.
    Raises WfctlError (config, PLAN_INVALID) for a duplicate name, an index out of range or a cycle.
    """
    index_of = _unique_names(actions)
    required = [_required(i, action, actions, index_of) for i, action in enumerate(actions)]
    for i, needs in enumerate(required):
        if any(not 0 <= need < len(actions) or need == i for need in needs):
            raise _invalid(f"action {i} ({actions[i].resource.name}) requires an action that is not in the plan")
    _refuse_cycles(required, actions)
    return required


def _unique_names(actions: tuple[PlanAction, ...]) -> dict[str, int]:
    index_of: dict[str, int] = {}
    for i, action in enumerate(actions):
        if action.resource.name in index_of:
            raise _invalid(f"the plan has two actions for {action.resource.name}")
        index_of[action.resource.name] = i
    return index_of


def _required(i: int, action: PlanAction, actions: tuple[PlanAction, ...], index_of: dict[str, int]) -> tuple[int, ...]:
    if action.requires is not None:
        return tuple(sorted(set(action.requires)))
    if action.action is Operation.DELETE:
        return _dependants(i, action.resource.name, actions)
    names = set(action.resource.depends_on or ()) | {name for name, _ in module_references(action.resource.config)}
    found = (index_of[name] for name in names if name in index_of)
    return tuple(sorted(j for j in found if actions[j].action is not Operation.DELETE))


def _dependants(i: int, name: str, actions: tuple[PlanAction, ...]) -> tuple[int, ...]:
    # Only reached for plans of other tools, whose deletes are few: the planner's own plans carry `requires`.
    def depends(action: PlanAction) -> bool:
        recorded = action.current.dependencies if action.current else None
        on = recorded if recorded is not None else action.resource.depends_on
        return name in (on or ())

    return tuple(j for j, other in enumerate(actions) if j != i and depends(other))


def _refuse_cycles(required: list[tuple[int, ...]], actions: tuple[PlanAction, ...]) -> None:
    dependants: list[list[int]] = [[] for _ in required]
    missing = [len(needs) for needs in required]
    for i, needs in enumerate(required):
        for need in needs:
            dependants[need].append(i)
    free = [i for i, count in enumerate(missing) if count == 0]
    seen = 0
    while free:
        seen += 1
        for dependant in dependants[free.pop()]:
            missing[dependant] -= 1
            if missing[dependant] == 0:
                free.append(dependant)
    if seen != len(required):
        stuck = ", ".join(actions[i].resource.name for i, count in enumerate(missing) if count > 0)
        raise _invalid(f"the plan's actions require each other in a circle: {stuck[:400]}")


def _invalid(message: str) -> WfctlError:
    return WfctlError(Kind.CONFIG, "PLAN_INVALID", message, hint="make the plan again: wfctl plan --out FILE")
