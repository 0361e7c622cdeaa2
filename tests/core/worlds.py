"""Generated worlds: plans, clouds that answer by dice, crashes and cancels anywhere; and a run played in one of them.

The cloud is not idempotent on purpose: a create that is sent twice makes two objects, and the laws will see them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st

from tests.core.playbook import Wanted, started
from wfctl.core import events
from wfctl.core.action import Ending
from wfctl.core.commands import (
    Command,
    CompensateAction,
    DispatchAction,
    Finalize,
    FinishRun,
    ProbeAction,
    RunHook,
    StartBackoff,
    UndoKind,
    intent,
)
from wfctl.core.decide import decide
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import (
    Effect,
    HookFailure,
    HookPoint,
    HookSpec,
    Idempotency,
    Mode,
    OnCancel,
    OnFailure,
    Operation,
    Provenance,
    Retries,
    RunPolicy,
    Step,
    TypeDeclaration,
)
from wfctl.core.run import RunState, evolve, fold

TROUBLE = Failure(code="trouble", message="the dice said no", retryable=True)
FATAL = Failure(code="fatal", message="the dice said never")


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is generated: a plan, how drivers and policy are, how rough the weather is, and the seed of the dice."""

    wanted: tuple[Wanted, ...]
    declared: TypeDeclaration
    policy: RunPolicy
    hooks: tuple[HookSpec, ...]
    limit: int
    weather: float
    crashes: int
    cancels: bool
    seed: int


class Thing(msgspec.Struct, kw_only=True):
    """An object of the cloud. `version` counts configs: 0 before the run, 1 as wanted."""

    name: str
    version: int
    key: str = ""
    foreign: bool = False


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Plans of up to eight actions in any weather."""
    size = draw(st.integers(0, 8))
    wanted = []
    for index in range(size):
        operation = draw(st.sampled_from(list(Operation)))
        needs = draw(st.lists(st.integers(0, index - 1), unique=True, max_size=3)) if index else []
        owes = operation is Operation.UPDATE and draw(st.integers(0, 3)) == 0
        wanted.append(
            Wanted(
                name=f"r{index}",
                operation=operation,
                needs=tuple(f"r{need}" for need in needs),
                prior_id="" if operation is Operation.CREATE else f"before-{index}",
                hooks_only=("a",) if owes else (),
            )
        )
    mode = st.sampled_from(list(Mode))
    declared = TypeDeclaration(
        undo_create=draw(mode),
        undo_update=draw(mode),
        undo_replace=draw(mode),
        undo_delete=draw(mode),
        stateless=True,
        reads_by_key=draw(st.booleans()),
        idempotency=draw(st.sampled_from(list(Idempotency))),
        create_before_delete=draw(st.booleans()),
        update_not_idempotent=draw(st.booleans()),
    )
    policy = RunPolicy(
        on_failure=draw(st.sampled_from(list(OnFailure))),
        on_cancel=draw(st.sampled_from(list(OnCancel))),
        parallelism=draw(st.integers(1, 4)),
        retries=Retries(max_attempts=draw(st.integers(1, 3))),
        undo_retries=Retries(max_attempts=draw(st.integers(1, 3))),
        max_compensations=draw(st.sampled_from([0, 0, 0, 1])),
    )
    hooks = tuple(draw(st.lists(_hooks(), max_size=4, unique_by=lambda hook: hook.name)))
    return World(
        wanted=tuple(wanted),
        declared=declared,
        policy=policy,
        hooks=hooks,
        limit=draw(st.integers(1, 4)),
        weather=draw(st.sampled_from([0.0, 0.1, 0.3, 0.6])),
        crashes=draw(st.integers(0, 3)),
        cancels=draw(st.booleans()),
        seed=draw(st.integers(0, 2**32)),
    )


def _hooks() -> st.SearchStrategy[HookSpec]:
    return st.builds(
        HookSpec,
        name=st.sampled_from(["a", "b", "c", "d"]),
        on=st.sampled_from([HookPoint.APPLIED, HookPoint.APPLIED, *HookPoint]),
        exec=st.just(("true",)),
        on_failure=st.sampled_from(list(HookFailure)),
        match_name=st.sampled_from(["*", "*", "r1"]),
        retries=st.integers(0, 1),
        rerun_never=st.booleans(),
        undo_exec=st.sampled_from([(), ("true",)]),
    )


class Played:
    """A run played to its end. `ledger` is what survived every crash; `sent` every mutating call that reached the cloud."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = random.Random(world.seed)
        self.things: dict[str, Thing] = {
            wanted.prior_id: Thing(name=wanted.name, version=0) for wanted in world.wanted if wanted.prior_id
        }
        self.ledger: list[Recorded] = []
        self.state = RunState()
        self.flying: list[Command] = []
        self.sent: list[tuple[int, str]] = []
        self.deleted: list[str] = []
        self.made = 0
        self.cycles = 0
        self._crashes_left = world.crashes
        self._cancel_left = world.cancels
        begun = started(
            world.wanted, policy=world.policy, hooks=world.hooks, declared=world.declared, limit=world.limit
        )
        self._record(begun)

    # --- the loop, with weather ---

    def play(self, bound: int) -> Played:
        while True:
            self.cycles += 1
            if self.cycles > bound:
                raise AssertionError(f"the run did not end within {bound} cycles")
            commands = decide(self.state)
            for command in commands:
                self._record(intent(command))
            self.check(commands)
            if self.state.finished is not None:
                return self
            self.flying.extend(commands)
            if self._crashes_left and self.dice.random() < 0.15:
                self._crash()
                continue
            if self._cancel_left and self.dice.random() < 0.1:
                self._cancel_left = False
                self._record(events.CancelRequested(reason="SIGINT"))
                continue
            if not self.flying:
                raise AssertionError("nothing is in flight, nothing is ordered, and the run has not ended")
            command = self.flying.pop(self.dice.randrange(len(self.flying)))
            self._record(self._answer(command))

    def go_on(self, fact: Event, *, cancels: bool = False) -> None:
        """Something that makes the run go on, with crashes of its own, and a cancel if it is to have one."""
        self._crashes_left = self.world.crashes
        self._cancel_left = cancels
        self._record(fact)

    def check(self, commands: Sequence[Command]) -> None:
        """Safety at every step: see the laws."""
        again = fold(self.ledger)
        assert again.actions == self.state.actions, "the ledger does not fold to the state of the loop"
        assert decide(again) == decide(self.state), "deciding is not a function of the ledger"
        for told in (*commands, *self.state.actions):
            assert_well_formed(told)
        if self.state.halted:
            assert not any(isinstance(command, DispatchAction) for command in commands), "dispatched although halted"
        for command in commands:
            if isinstance(command, DispatchAction):
                self._check_dispatch(command)
            if isinstance(command, CompensateAction):
                self._check_undo(command)

    def _check_dispatch(self, command: DispatchAction) -> None:
        for need in self.state.facts[command.action].outline.requires:
            assert self.state.actions[need].ending is Ending.SUCCEEDED, "dispatched before its requirements succeeded"

    def _check_undo(self, command: CompensateAction) -> None:
        for dependant in self.state.dependants[command.action]:
            action = self.state.actions[dependant]
            gone = action.ending is Ending.COMPENSATED or not (action.applied or action.existence is not Existence.NONE)
            assert gone, "undone before its dependants"

    def _crash(self) -> None:
        """The process dies: what was in flight may have happened or not, and nobody heard."""
        self._crashes_left -= 1
        for command in self.flying:
            if isinstance(command, DispatchAction | CompensateAction) and self.dice.random() < 0.5:
                self._act(command)
        self.flying = []
        self.state = fold(self.ledger)
        self._record(events.RunResumed(epoch=2 + self.world.crashes - self._crashes_left))

    def _record(self, event: Event) -> None:
        recorded = Recorded(seq=len(self.ledger) + 1, at=float(len(self.ledger)), event=event)
        evolve(self.state, recorded)
        self.ledger.append(recorded)

    # --- the cloud ---

    def _answer(self, command: Command) -> Event:
        bad = self.dice.random() < self.world.weather
        match command:
            case DispatchAction():
                return self._dispatch(command) if bad else self._applied(command)
            case ProbeAction():
                return self._probe(command) if not bad else self._probe_badly(command)
            case StartBackoff():
                return events.BackoffElapsed(action=command.action)
            case RunHook():
                if bad:
                    return events.HookFailed(action=command.action, hook=command.hook, failure=FATAL, undo=command.undo)
                return events.HookSucceeded(action=command.action, hook=command.hook, undo=command.undo)
            case CompensateAction():
                return self._compensate(command, bad=bad)
            case Finalize():
                return events.FinalizeReported(provider=command.provider)
            case FinishRun():
                raise AssertionError("never carried out")

    def _dispatch(self, command: DispatchAction) -> Event:
        kind = self.dice.choice(
            ["refused", "refused for good", "lost", "lost after", "error", "error after", "rotten", "not sent"]
        )
        if kind in ("lost after", "error after", "rotten"):
            self._act(command)
        match kind:
            case "refused" | "refused for good":
                failure = TROUBLE if kind == "refused" else FATAL
                return events.ActionFailed(action=command.action, step=command.step, failure=failure)
            case "lost" | "lost after":
                return _doubt(command)
            case "not sent":
                return events.ActionNotSent(action=command.action, step=command.step, failure=FATAL)
            case "rotten" if command.step is Step.CREATE:
                found = self._by_key(command.key)
                assert found is not None
                return events.ActionFailed(
                    action=command.action,
                    step=command.step,
                    failure=FATAL,
                    effect=Existence.EXISTS,
                    provider_id=found,
                )
            case _:
                return events.ActionFailed(
                    action=command.action, step=command.step, failure=TROUBLE, effect=Existence.UNKNOWN
                )

    def _act(self, command: DispatchAction | CompensateAction) -> None:
        """The effect of a mutating call."""
        name = self.state.facts[command.action].outline.name
        self.sent.append((command.action, type(command).__name__))
        if isinstance(command, CompensateAction):
            self._take_back(command)
        elif command.step is Step.CREATE:
            self._make(name, version=1, key=command.key)
        elif command.step is Step.UPDATE and command.provider_id in self.things:
            self.things[command.provider_id].version = 1
        elif command.step is Step.DELETE and command.provider_id in self.things:
            del self.things[command.provider_id]
            self.deleted.append(command.provider_id)

    def _make(self, name: str, *, version: int, key: str) -> str:
        self.made += 1
        made = f"made-{self.made}"
        self.things[made] = Thing(name=name, version=version, key=key)
        return made

    def _applied(self, command: DispatchAction) -> Event:
        self._act(command)
        made = self._by_key(command.key) if command.step is Step.CREATE else command.provider_id
        return _found(command, made or "")

    def _by_key(self, key: str) -> str | None:
        found = [thing_id for thing_id, thing in self.things.items() if thing.key == key]
        return found[-1] if found else None

    def _probe(self, command: ProbeAction) -> Event:
        if command.step is Step.CREATE:
            if not self.world.declared.reads_by_key and not command.provider_id:
                return _doubt(command)
            made = self._by_key(command.key)
            return _found(command, made) if made else _absent(command)
        if command.step is Step.DELETE:
            return _absent(command) if command.provider_id in self.things else _found(command, "")
        thing = self.things.get(command.provider_id)
        if thing is None:
            return _doubt(command)
        return _found(command, command.provider_id) if thing.version == 1 else _absent(command)

    def _probe_badly(self, command: ProbeAction) -> Event:
        """No answer, an absence that proves nothing, or an object whose secrets were lost with the first answer."""
        seen = self._probe(command)
        if isinstance(seen, events.ActionFoundAbsent) and self.dice.random() < 0.5:
            return _absent(command, proven=False)
        if isinstance(seen, events.ActionApplied) and command.step is Step.CREATE and self.dice.random() < 0.5:
            return events.ActionFailed(
                action=command.action,
                step=command.step,
                failure=FATAL,
                effect=Existence.EXISTS,
                provider_id=seen.provider_id,
            )
        return _doubt(command)

    def _compensate(self, command: CompensateAction, *, bad: bool) -> Event:
        kind = self.dice.choice(["refused", "error", "error after"]) if bad else "done"
        if kind in ("done", "error after"):
            self._act(command)
        if kind == "done":
            back = self._by_key(command.key) or self.state.facts[command.action].outline.prior_id
            gone = command.undo is UndoKind.DELETE or self._undoes_create(command)
            return events.CompensationSucceeded(
                action=command.action, undo=command.undo, evidence="read", provider_id="" if gone else back
            )
        return events.CompensationFailed(
            action=command.action,
            undo=command.undo,
            failure=FATAL if kind == "refused" else TROUBLE,
            refused=kind == "refused",
        )

    def _undoes_create(self, command: CompensateAction) -> bool:
        action = self.state.actions[command.action]
        only_created = [done.step for done in action.applied] == [Step.CREATE]
        return command.undo is UndoKind.CUSTOM and only_created

    def _take_back(self, command: CompensateAction) -> None:
        """Undo as a good driver does: what is already undone stays as it is."""
        outline = self.state.facts[command.action].outline
        if command.undo in (UndoKind.DELETE, UndoKind.CUSTOM) and self._is_made(command.provider_id):
            del self.things[command.provider_id]
            self.deleted.append(command.provider_id)
        if command.undo in (UndoKind.RESTORE, UndoKind.CUSTOM) and outline.prior_id in self.things:
            self.things[outline.prior_id].version = 0
        recreates = command.undo is UndoKind.RECREATE or (command.undo is UndoKind.CUSTOM and bool(outline.prior_id))
        there = any(thing.name == outline.name and thing.version == 0 for thing in self.things.values())
        if recreates and not there:
            self._make(outline.name, version=0, key=command.key)

    def _is_made(self, provider_id: str) -> bool:
        return provider_id.startswith("made-") and provider_id in self.things


def assert_well_formed(told: msgspec.Struct) -> None:
    """Everything in it is of the type that is declared, so that it can be written down and read again."""
    assert msgspec.convert(msgspec.to_builtins(told), type(told)) == told


def _found(command: DispatchAction | ProbeAction, provider_id: str) -> Event:
    effect = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}[command.step]
    return events.ActionApplied(
        action=command.action,
        step=command.step,
        effect=effect,
        provider_id=provider_id,
        provenance=Provenance.CREATED,
    )


def _absent(command: ProbeAction, *, proven: bool = True) -> Event:
    return events.ActionFoundAbsent(action=command.action, step=command.step, proven=proven)


def _doubt(command: DispatchAction | ProbeAction) -> Event:
    return events.ActionLeftInDoubt(action=command.action, step=command.step, failure=TROUBLE)
