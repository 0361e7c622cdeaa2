"""Stories of a run: facts go in with `<<`, orders are expected with `>>`, and a story that asserts nothing is refused.

    book = Playbook(create("net"), create("api", needs=["net"]))
    book >> dispatch("net") << applied("net") >> dispatch("api") << applied("api") >> finish(RunResult.SUCCEEDED, 0)

Every order's intent is recorded as it is expected, as the drive loop does. A mismatch fails with the whole story as arrows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from wfctl.core.action import ActionState
from wfctl.core.assess import assess
from wfctl.core.commands import Command, FinishRun, intent
from wfctl.core.decide import decide
from wfctl.core.events import Event, Recorded, RunStarted
from wfctl.core.outcome import ActionOutcome, ActionStatus, RunOutcome, RunResult
from wfctl.core.plan import (
    ActionOutline,
    Deferral,
    HookSpec,
    Mode,
    Operation,
    ProviderDeclaration,
    RunId,
    RunPolicy,
    TypeDeclaration,
)
from wfctl.core.run import RunState, evolve

EVERYTHING = TypeDeclaration(
    undo_create=Mode.INVERSE,
    undo_update=Mode.INVERSE,
    undo_replace=Mode.INVERSE,
    undo_delete=Mode.INVERSE,
    stateless=True,
    reads_by_key=True,
)
"""A driver that can take everything back."""

RUN = RunId("run")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a story: needs are given by name."""

    name: str
    operation: Operation
    needs: tuple[str, ...] = ()
    prior_id: str = ""
    protected: bool = False
    hooks_only: tuple[str, ...] = ()
    type: str = "t"
    provider: str = "p"


def create(name: str, *, needs: Sequence[str] = (), **more: object) -> Wanted:
    return msgspec.convert({"name": name, "operation": "create", "needs": list(needs), **more}, Wanted)


def update(name: str, *, needs: Sequence[str] = (), **more: object) -> Wanted:
    wanted = {"name": name, "operation": "update", "needs": list(needs), "prior_id": f"id-{name}", **more}
    return msgspec.convert(wanted, Wanted)


def replace(name: str, *, needs: Sequence[str] = (), **more: object) -> Wanted:
    wanted = {"name": name, "operation": "replace", "needs": list(needs), "prior_id": f"old-{name}", **more}
    return msgspec.convert(wanted, Wanted)


def delete(name: str, *, needs: Sequence[str] = (), **more: object) -> Wanted:
    wanted = {"name": name, "operation": "delete", "needs": list(needs), "prior_id": f"id-{name}", **more}
    return msgspec.convert(wanted, Wanted)


def started(
    wanted: Sequence[Wanted],
    *,
    policy: RunPolicy = RunPolicy(),  # noqa: B008  (frozen)
    hooks: Iterable[HookSpec] = (),
    declared: TypeDeclaration = EVERYTHING,
    types: dict[str, TypeDeclaration] | None = None,
    limit: int = 100,
    finalizer: bool = False,
    deferral: Deferral = Deferral.ANY,
) -> RunStarted:
    """The first fact of a story."""
    index_of = {action.name: index for index, action in enumerate(wanted)}
    outlines = tuple(
        ActionOutline(
            index=index,
            operation=action.operation,
            name=action.name,
            type=action.type,
            provider=action.provider,
            requires=tuple(index_of[need] for need in action.needs),
            prior_id=action.prior_id,
            prior_config=bool(action.prior_id),
            protected=action.protected,
            hooks_only=action.hooks_only,
        )
        for index, action in enumerate(wanted)
    )
    provider = ProviderDeclaration(
        name="p",
        max_concurrency=limit,
        types={"t": declared, **(types or {})},
        finalizer=finalizer,
        deferral=deferral,
    )
    return RunStarted(
        run_id=RUN,
        plan_id="plan",
        operation="apply",
        workspace="default",
        lineage="lineage",
        serial=1,
        actions=outlines,
        policy=policy,
        hooks=tuple(hooks),
        providers=(provider,),
    )


class Playbook:
    """One story. `<<` records a fact, `>>` expects exactly the orders that are outstanding then."""

    def __init__(self, *wanted: Wanted, **options: object) -> None:
        self.state = RunState()
        self.facts: list[Event] = []
        self._story: list[str] = []
        self._checked = False
        self._pending: list[Command] = []
        self._expected = 0
        self << started(wanted, **options)  # type: ignore[arg-type]

    def __lshift__(self, event: Event) -> Playbook:
        self._nothing_unexpected()
        self._story.append(f"<< {_short(event)}")
        self._record(event)
        self._pending = []
        self._expected = 0
        return self

    def __rshift__(self, order: Order) -> Playbook:
        """Expect the next order. Orders that are outstanding together are expected one after the other."""
        self._checked = True
        if not self._pending:
            self._pending = decide(self.state)
        if not self._pending:
            raise AssertionError(self._told(f"expected >> {order}, but nothing is ordered"))
        command = self._pending.pop(0)
        if not order.is_met_by(command):
            raise AssertionError(self._told(f"expected >> {order}\n   found >> {_short(command)}"))
        self._story.append(f">> {_short(command)}")
        self._record(intent(command))
        return self

    def _record(self, event: Event) -> None:
        self.facts.append(event)
        evolve(self.state, Recorded(seq=self.state.seq + 1, at=float(self.state.seq), event=event))

    def idle(self) -> Playbook:
        """Expect that nothing is ordered."""
        self._checked = True
        self._nothing_unexpected()
        found = decide(self.state)
        if found:
            raise AssertionError(self._told("expected no order, found " + ", ".join(map(_short, found))))
        return self

    def _nothing_unexpected(self) -> None:
        if self._pending:
            found = ", ".join(map(_short, self._pending))
            raise AssertionError(self._told(f"orders that the story does not mention: {found}"))

    def _told(self, problem: str) -> str:
        return "\n".join((*self._story, problem))

    # --- looking ---

    def outcome(self) -> RunOutcome:
        self._checked = True
        self._nothing_unexpected()
        return assess(self.state)

    def of(self, name: str) -> ActionOutcome:
        return next(outcome for outcome in self.outcome().actions if outcome.name == name)

    def action(self, name: str) -> ActionState:
        self._checked = True
        index = next(facts.outline.index for facts in self.state.facts if facts.outline.name == name)
        return self.state.actions[index]

    def statuses(self) -> list[ActionStatus]:
        return [outcome.status for outcome in self.outcome().actions]

    def __del__(self) -> None:
        if not self._checked:
            raise AssertionError("a playbook that expects nothing checks nothing")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an order must look like: its class, and the fields that matter."""

    kind: type
    fields: dict[str, object]

    def is_met_by(self, command: Command) -> bool:
        return isinstance(command, self.kind) and all(
            getattr(command, name) == value for name, value in self.fields.items()
        )

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.kind.__name__}({fields})"


def order(kind: type, **fields: object) -> Order:
    return Order(kind=kind, fields=fields)


def finish(result: RunResult, exit_code: int) -> Order:
    return order(FinishRun, result=result, exit_code=exit_code)


def _short(value: object) -> str:
    if isinstance(value, RunStarted):
        return f"RunStarted({len(value.actions)} actions)"
    fields = {
        name: getattr(value, name)
        for name in getattr(value, "__struct_fields__", ())
        if name not in ("key", "forward_key") and getattr(value, name) not in (None, "", (), {}, False)
    }
    return f"{type(value).__name__}({', '.join(f'{name}={item}' for name, item in fields.items())})"
