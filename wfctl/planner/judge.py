"""What is to be done about each desired resource, each after those it takes outputs from.

Knows nothing of order, gates or files: it asks the drivers and says what it makes of the answers.
"""

from __future__ import annotations

import msgspec

from wfctl.core.plan import FieldChange, Operation, Provenance, ResourceState
from wfctl.core.references import BadReferenceError, dotted
from wfctl.engine.ports import Absence, CallFailed, Output, Ref
from wfctl.planner.changes import shown
from wfctl.planner.compare import Comparer, operation_of, why_replaced
from wfctl.planner.gates import QUARANTINED
from wfctl.planner.reading import Known, Reader, Reading, Standing, value_at
from wfctl.planner.refresh import HALF_REPLACED, World, sanitised
from wfctl.planner.request import Desired, PlanRequest
from wfctl.planner.scope import Scope
from wfctl.planner.trouble import Trouble

_FALSE = ("", "0", "false", "no", "off")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about one resource; no operation = nothing. `current` is what the action starts from."""

    desired: Desired
    operation: Operation | None
    reading: Reading
    current: ResourceState | None = None
    changes: tuple[FieldChange, ...] = ()
    hooks_only: tuple[str, ...] = ()
    reason: str = ""

    @property
    def known(self) -> Known:
        """What others may refer to."""
        provider_id = self.current.provider_id if self.current else ""
        outputs = self.current.outputs if self.current else None
        return Known(standing=self._standing, provider_id=provider_id, outputs=outputs)

    @property
    def _standing(self) -> Standing:
        if self.operation is None or self.hooks_only:
            return Standing.UNCHANGED
        return Standing.UPDATED if self.operation is Operation.UPDATE else Standing.NEW


class Judge:
    """Gives a verdict on each desired resource of a scope."""

    def __init__(self, request: PlanRequest, scope: Scope, world: World, trouble: Trouble) -> None:
        self._request = request
        self._scope = scope
        self._world = world
        self._trouble = trouble
        self._reader = Reader(request.environment, request.secret)
        self._comparer = Comparer(scope.drivers, trouble, secret=request.secret, timeout=request.timeout)
        self.verdicts: dict[str, Verdict] = {}

    async def judge(self, name: str) -> bool:
        """Add the verdict on one resource; those it refers to have theirs. False when there is trouble instead."""
        if self._trouble.enough:
            return False
        desired = self._scope.desired[name]
        try:
            reading = self._reader.read(desired.config, self._known)
            verdict = await self._verdict(desired, reading)
        except BadReferenceError as problem:
            self._trouble.mistake(desired.address, str(problem), desired.position)
            return False
        except CallFailed as problem:
            call = "Diff" if name in self._world.rows else "Read"
            self._trouble.failure(desired.address, call, problem, desired.position)
            return False
        self.verdicts[name] = verdict
        return True

    def _known(self, name: str) -> Known:
        if name in self.verdicts:
            return self.verdicts[name].known
        # Only a row that the plan leaves alone: what is about to be deleted has nothing to offer any more.
        row = self._scope.apart[name]
        return Known(standing=Standing.UNCHANGED, provider_id=row.provider_id, outputs=row.outputs)

    async def _verdict(self, desired: Desired, reading: Reading) -> Verdict:
        row = self._world.rows.get(desired.name)
        if row is None:
            return await self._new(desired, reading)
        create = Verdict(desired=desired, operation=Operation.CREATE, reading=reading)
        if row.mark == HALF_REPLACED:
            return msgspec.structs.replace(create, current=row, reason="its replacement stopped half-way")
        if row.mark == QUARANTINED and not row.provider_id:
            # There is nothing to compare with; whoever sees the plan is told to settle it first.
            return msgspec.structs.replace(create, current=row, reason="nobody knows whether it is there")
        if desired.name in self._world.absent:
            return msgspec.structs.replace(create, reason="it was deleted outside wfctl")
        moved = _moved(row, desired)
        return _replaced(desired, reading, row, moved) if moved else await self._there(desired, reading, row)

    async def _there(self, desired: Desired, reading: Reading, row: ResourceState) -> Verdict:
        secrets = self._comparer.secret_outputs(row.outputs)
        diff = await self._comparer.diff(desired, reading, row, secrets)
        verdict = Verdict(desired=desired, operation=operation_of(diff), reading=reading, current=row)
        if verdict.operation is None:
            return self._awaiting(verdict, row, secrets) or self._with_pending_hooks(verdict, row)
        reason = why_replaced(diff) if verdict.operation is Operation.REPLACE else ""
        return msgspec.structs.replace(verdict, changes=shown(diff.changes, reading, secrets), reason=reason)

    def _awaiting(self, verdict: Verdict, row: ResourceState, secrets: dict[str, object]) -> Verdict | None:
        """An update for what takes outputs of something that is updated: they may differ afterwards, and nobody knows yet.

        Ids stay in an update, so they are not waited for.
        """
        reading, driver = verdict.reading, self._scope.drivers[row.name]
        waits = [one for one in reading.pending if one not in reading.unknown and one.field != "id"]
        if not waits or driver.declaration.declaration(row.type).update_not_idempotent:
            return None
        changes = [
            FieldChange(path=dotted(one.path), old=value_at(reading.guess, one.path), new=one.text) for one in waits
        ]
        parents = ", ".join(dict.fromkeys(one.name for one in waits))
        reason = f"{parents} changes"
        shown_changes = shown(changes, reading, secrets)
        return msgspec.structs.replace(verdict, operation=Operation.UPDATE, changes=shown_changes, reason=reason)

    def _with_pending_hooks(self, verdict: Verdict, row: ResourceState) -> Verdict:
        pending = tuple(hook for hook in row.hooks_pending if hook in self._request.hooks)
        if not pending:
            return verdict
        reason = f"hooks to be run again: {', '.join(pending)}"
        return msgspec.structs.replace(verdict, operation=Operation.UPDATE, hooks_only=pending, reason=reason)

    # --- taking over what is there already ----------------------------------------------------------------------------

    async def _new(self, desired: Desired, reading: Reading) -> Verdict:
        ref = self._adoption_ref(desired, reading) if _truthy(reading.clear.get("adopt_existing")) else None
        found: Output | Absence = Absence.PROVEN
        if ref is not None:
            found = await self._scope.drivers[desired.name].read(ref, timeout=self._request.timeout)
        if isinstance(found, Output):
            return await self._adopted(desired, reading, found)
        if found is Absence.LIKELY:
            self._trouble.remark(
                desired.address, "adopt_existing: most likely nothing there; created", desired.position
            )
        return Verdict(desired=desired, operation=Operation.CREATE, reading=reading)

    def _adoption_ref(self, desired: Desired, reading: Reading) -> Ref | None:
        """What to look for: the id the config gives, else the name where the type is declared to be found by it."""
        named = reading.clear.get("provider_id")
        declared = self._scope.drivers[desired.name].declaration.declaration(desired.spec.type)
        if isinstance(named, str) and named:
            return Ref(name=desired.name, type=desired.spec.type, provider_id=named)
        if declared.reads_by_name:
            return Ref(name=desired.name, type=desired.spec.type)
        message = f"adopt_existing: {desired.spec.type} cannot be found by name; give its provider_id"
        self._trouble.mistake(desired.address, message, desired.position)
        return None

    async def _adopted(self, desired: Desired, reading: Reading, found: Output) -> Verdict:
        row = _adopted_row(desired, found, self._scope.drivers[desired.name].declaration.plugin)
        secrets = {key: value for key, value in (found.outputs or {}).items() if key in found.sensitive}
        diff = await self._comparer.diff(desired, reading, row, secrets)
        operation = operation_of(diff) or Operation.UPDATE
        if operation is Operation.REPLACE and desired.name not in self._request.allow_replace:
            message = (
                f"adopt_existing: {found.provider_id} could only be replaced ({why_replaced(diff)}), and what wfctl did "
                f"not make it deletes only with --allow-replace={desired.name}"
            )
            self._trouble.mistake(desired.address, message, desired.position)
        return Verdict(
            desired=desired,
            operation=operation,
            reading=reading,
            current=row,
            changes=shown(diff.changes, reading, secrets),
            reason=f"adopts {found.provider_id}, which is there already",
        )


def _adopted_row(desired: Desired, found: Output, plugin: str) -> ResourceState:
    return ResourceState(
        id=desired.name,
        name=desired.name,
        type=desired.spec.type,
        provider=plugin,
        provider_ref=desired.provider,
        provider_id=found.provider_id,
        applied_config_source="adoption",
        outputs=sanitised(found, None).outputs,
        provenance=Provenance.ADOPTED,
    )


def _moved(row: ResourceState, desired: Desired) -> FieldChange | None:
    """A change of what the resource is made of or by, which no driver can compare."""
    if row.type != desired.spec.type:
        return FieldChange(path="type", old=row.type, new=desired.spec.type, force_new=True)
    if row.provider_ref and row.provider_ref != desired.provider:
        return FieldChange(path="provider", old=row.provider_ref, new=desired.provider, force_new=True)
    return None


def _replaced(desired: Desired, reading: Reading, row: ResourceState, moved: FieldChange) -> Verdict:
    return Verdict(
        desired=desired,
        operation=Operation.REPLACE,
        reading=reading,
        current=row,
        changes=(moved,),
        reason=f"its {moved.path} changes from {moved.old} to {moved.new}",
    )


def _truthy(value: object) -> bool:
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)
