"""A run set up for one order: a plan, a cloud, and everything between them; played command by command.

scene = Scene(creates("a", size=1))
scene.carry_out()              # what is decided, sent, answered and put on record
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import TypeVar

import msgspec

from tests.engine.fakes import TYPE, FakeDriver, FakeDrivers, FakeHooks, MemoryDocuments
from wfctl.core.canonical import config_hash
from wfctl.core.commands import Command, intent
from wfctl.core.decide import decide
from wfctl.core.events import Event, Recorded, RunStarted
from wfctl.core.plan import (
    Deferral,
    Document,
    HookSpec,
    Operation,
    Plan,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
    RunId,
    RunPolicy,
    TypeDeclaration,
    exports,
    outline,
)
from wfctl.core.run import RunState, evolve
from wfctl.engine.calls import Calls
from wfctl.engine.perform import Performer
from wfctl.engine.ports import Answer, Driver
from wfctl.engine.specs import Specs

T = TypeVar("T")
E = TypeVar("E")
RUN = RunId("run-1")


def creates(name: str, *, needs: Sequence[str] = (), type: str = TYPE, **config: object) -> PlanAction:
    resource = ResourceSpec(name=name, type=type, config=config, depends_on=tuple(needs))
    return PlanAction(action=Operation.CREATE, resource=resource, provider_ref="p")


def updates(name: str, old: Document, *, outputs: Document | None = None, **config: object) -> PlanAction:
    resource = ResourceSpec(name=name, type=TYPE, config=config)
    return PlanAction(action=Operation.UPDATE, resource=resource, current=was(name, old, outputs), provider_ref="p")


def deletes(name: str, old: Document) -> PlanAction:
    resource = ResourceSpec(name=name, type=TYPE)
    return PlanAction(action=Operation.DELETE, resource=resource, current=was(name, old), provider_ref="p")


def replaces(
    name: str, old: Document, *, old_type: str = TYPE, old_provider: str = "p", **config: object
) -> PlanAction:
    resource = ResourceSpec(name=name, type=TYPE, config=config)
    current = msgspec.structs.replace(was(name, old), type=old_type, provider_ref=old_provider)
    return PlanAction(action=Operation.REPLACE, resource=resource, current=current, provider_ref="p")


def was(name: str, config: Document, outputs: Document | None = None) -> ResourceState:
    """The state of a resource before the run; its id is `old-NAME`."""
    return ResourceState(
        name=name,
        type=TYPE,
        provider_ref="p",
        provider_id=f"old-{name}",
        applied_config=config,
        config_hash=config_hash(config),
        outputs=config if outputs is None else outputs,
    )


class Scene:
    """One run, its cloud, and what is on record. `more` are the drivers of further provider modules."""

    def __init__(
        self,
        *actions: PlanAction,
        declared: TypeDeclaration = TypeDeclaration(),  # noqa: B008  (frozen)
        types: Mapping[str, TypeDeclaration] | None = None,
        hooks: Sequence[HookSpec] = (),
        policy: RunPolicy = RunPolicy(),  # noqa: B008  (frozen)
        environment: Mapping[str, str] | None = None,
        finalizer: bool = False,
        deferral: Deferral = Deferral.ANY,
        more: Mapping[str, Driver] | None = None,
        engine_version: str = "0.1.0",
    ) -> None:
        provider = ProviderDeclaration(
            name="p",
            max_concurrency=10,
            finalizer=finalizer,
            deferral=deferral,
            types={TYPE: declared, **(types or {})},
        )
        further = tuple(driver.declaration for driver in (more or {}).values())
        self.plan = Plan(id="plan-1", actions=actions, engine_version=engine_version)
        self.driver = FakeDriver(provider)
        self.drivers: dict[str, Driver] = {"p": self.driver, **(more or {})}
        self.hooks = FakeHooks()
        self.documents = MemoryDocuments()
        self.events: list[Event] = []
        self.announced: list[Event] = []
        self.pauses: list[float] = []
        self.state = RunState()
        self.record(
            RunStarted(
                run_id=RUN,
                plan_id=self.plan.id,
                operation="apply",
                workspace="default",
                lineage="lineage",
                serial=1,
                actions=outline(self.plan),
                policy=policy,
                hooks=tuple(hooks),
                providers=(provider, *further),
            )
        )
        self.specs = Specs(
            plan=self.plan,
            state=self.state,
            environment=environment or {},
            documents=self.documents,
            secret_name=lambda resource, key: f"{resource}_{key}",
        )
        self.calls = Calls(
            state=self.state, specs=self.specs, drivers=FakeDrivers(self.drivers), exports=exports(self.plan)
        )
        self.performer = Performer(calls=self.calls, hooks=self.hooks, pause=self._pause)

    def record(self, *events: Event) -> None:
        """Put facts on record."""
        for event in events:
            evolve(self.state, Recorded(seq=self.state.seq + 1, at=float(self.state.seq), event=event))
            self.events.append(event)

    def order(self, kind: type[E]) -> E:
        """The one order that is outstanding; its intent is put on record."""
        commands = decide(self.state)
        found = [command for command in commands if isinstance(command, kind)]
        assert found, f"expected a {kind.__name__}, found {commands}"
        self.record(intent(found[0]))
        return found[0]

    def perform(self, command: Command) -> Answer:
        """What carrying out an order comes to; nothing is put on record."""
        return run(self.performer.perform(command, self._announce))

    def carry_out(self, kind: type = object) -> Event:
        """Order, carry out, put the answer on record, and give it."""
        answer = self.perform(self.order(kind))
        self.keep(answer)
        return answer.event

    def keep(self, answer: Answer) -> None:
        """Put an answer on record with all that comes with it."""
        self.documents.keep(answer.documents, answer.secrets)
        self.record(answer.event)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def _announce(self, answer: Answer) -> None:
        self.announced.append(answer.event)
        self.record(answer.event)


def run(work: Coroutine[object, object, T]) -> T:
    """Play something asynchronous to its end."""
    return asyncio.run(_main(work))


async def _main(work: Coroutine[object, object, T]) -> T:
    return await work


def body_of(answer: Answer, name: str) -> Document:
    """The stored document that an event names in one of its fields."""
    return msgspec.json.decode(answer.documents[getattr(answer.event, name)], type=Document)
