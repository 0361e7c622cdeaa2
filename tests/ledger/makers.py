"""Small worlds for the tests of the ledger: clocks one can turn, owners, plans, and the events of a run in order."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from wfctl.core import events
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import ActionOutcome, ActionStatus, RunOutcome, RunResult, count
from wfctl.core.plan import (
    Digest,
    Document,
    Effect,
    HookFailure,
    HookPoint,
    HookSpec,
    Operation,
    Plan,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    RunId,
    RunPolicy,
    Step,
    outline,
)
from wfctl.engine.ports import Batch, SecretWrite
from wfctl.ledger.lease import Claim, Clocks, Owner, started_at
from wfctl.ledger.store import RunWriter
from wfctl.ledger.vault import Vault

KEY = bytes(range(32))


class Clock:
    """Two clocks that stand still until they are turned."""

    def __init__(self, wall: float = 1_790_000_000.25, boot: float = 5000.0) -> None:
        self.wall = wall
        self.boot = boot

    def pass_(self, seconds: float) -> None:
        """Time passes on both."""
        self.wall += seconds
        self.boot += seconds

    def clocks(self) -> Clocks:
        """What the ledger is given."""
        return Clocks(wall=lambda: self.wall, boot=lambda: self.boot)


def owner(host: str = "alpha", boot_id: str = "boot-1", pid: int | None = None, started: str | None = None) -> Owner:
    """This very process, unless told otherwise."""
    real = os.getpid()
    began = started_at(real) if started is None else started
    return Owner(user="anna", host=host, boot_id=boot_id, pid=real if pid is None else pid, started=began)


def claim(clock: Clock, who: Owner | None = None) -> Claim:
    """A claim of this process, by that clock."""
    return Claim(owner=who or owner(), clocks=clock.clocks())


def vault(directory: Path, *, key: bytes | None = KEY, ci: bool = False, notices: list[str] | None = None) -> Vault:
    """A vault with a key in its environment, or (None) with none but the key file."""
    told = [] if notices is None else notices
    environment = {} if key is None else {"WFCTL_SECRETS_KEY": key.hex()}
    return Vault(
        environment=environment, key_file=directory / "secrets.key", random=os.urandom, notice=told.append, ci=ci
    )


def digest(body: bytes) -> Digest:
    """The name of a document."""
    return Digest(hashlib.sha256(body).hexdigest())


def stored(document: Document) -> tuple[Digest, bytes]:
    """A document as the engine stores it."""
    body = msgspec.json.encode(document)
    return digest(body), body


def wanted(
    name: str,
    operation: Operation = Operation.CREATE,
    *,
    current: ResourceState | None = None,
    config: Document | None = None,
    hooks_only: tuple[str, ...] = (),
    depends_on: tuple[str, ...] | None = None,
) -> PlanAction:
    """One action on a `local.file`."""
    spec = ResourceSpec(
        name=name, type="local.file", config={"path": name} if config is None else config, depends_on=depends_on
    )
    return PlanAction(action=operation, resource=spec, current=current, provider_ref="files", hooks_only=hooks_only)


def plan_of(*actions: PlanAction, id: str = "plan-1") -> Plan:
    """A plan of these actions."""
    return Plan(id=id, actions=actions, workspace="default", lineage="lin")


def hook(name: str, on: HookPoint = HookPoint.APPLIED, **fields: object) -> HookSpec:
    """A hook that would run `true`."""
    spec = HookSpec(name=name, on=on, exec=("true",), on_failure=HookFailure.STOP)
    return msgspec.structs.replace(spec, **fields)


def begun(
    plan: Plan,
    run: str = "run-1",
    *,
    workspace: str = "default",
    lineage: str = "lin",
    serial: int = 0,
    hooks: tuple[HookSpec, ...] = (),
) -> events.RunStarted:
    """The first event of a run of a plan."""
    return events.RunStarted(
        run_id=RunId(run),
        plan_id=plan.id,
        operation="apply",
        workspace=workspace,
        lineage=lineage,
        serial=serial,
        actions=outline(plan),
        policy=RunPolicy(),
        hooks=hooks,
        providers=(ProviderDeclaration(name="files", plugin="local"),),
    )


def records(*facts: Event, after: int = 0, at: float = 1_790_000_100.5) -> tuple[Recorded, ...]:
    """Events in order, one tenth of a second apart."""
    return tuple(Recorded(seq=after + n, at=at + (after + n) / 10, event=event) for n, event in enumerate(facts, 1))


def batch(
    *facts: Event,
    after: int = 0,
    documents: Sequence[Document] = (),
    secrets: Sequence[SecretWrite] = (),
    outcome: RunOutcome | None = None,
) -> Batch:
    """One batch of events that follow event `after`."""
    return Batch(
        records=records(*facts, after=after),
        documents=dict(stored(document) for document in documents),
        secrets=tuple(secrets),
        outcome=outcome,
    )


def dispatched(action: int = 0, step: Step = Step.CREATE, attempt: int = 1) -> events.ActionDispatched:
    """The intent of a call."""
    return events.ActionDispatched(action=action, step=step, attempt=attempt, key=f"key-{action}")


def applied(
    action: int = 0,
    step: Step = Step.CREATE,
    *,
    id: str = "id-1",
    config: Document | None = None,
    outputs: Document | None = None,
    config_hash: str = "",
) -> events.ActionApplied:
    """The answer of a call; `documents_of` stores what it names."""
    effect = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}[step]
    return events.ActionApplied(
        action=action,
        step=step,
        effect=effect,
        provider_id=id,
        config=stored(config)[0] if config is not None else None,
        outputs=stored(outputs)[0] if outputs is not None else None,
        config_hash=config_hash,
    )


def ended(*statuses: ActionStatus, result: RunResult = RunResult.SUCCEEDED, exit_code: int = 0) -> RunOutcome:
    """How a run ended, one status an action."""
    actions = tuple(
        ActionOutcome(
            plan_index=n, name=f"r{n}", type="local.file", operation=Operation.CREATE, status=status, started_at=1.5
        )
        for n, status in enumerate(statuses)
    )
    return RunOutcome(result=result, exit_code=exit_code, actions=actions, counts=count(actions))


def finished(result: RunResult = RunResult.SUCCEEDED, exit_code: int = 0) -> events.RunFinished:
    """The last event of a run."""
    return events.RunFinished(result=result, exit_code=exit_code)


def append(writer: RunWriter, *batches: Batch) -> None:
    """Append batches one after the other, from a loop of their own."""

    async def one_by_one() -> None:
        for each in batches:
            await writer.append(each)

    asyncio.run(one_by_one())
