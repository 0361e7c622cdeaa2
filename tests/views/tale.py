"""Runs told to views: facts as they could have been recorded, folded by the core, which refuses what cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wfctl.core import events as e
from wfctl.core.assess import assess
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import Failure, RunOutcome
from wfctl.core.plan import (
    ActionOutline,
    Effect,
    HookSpec,
    Idempotency,
    Mode,
    OnFailure,
    Operation,
    ProviderDeclaration,
    RunId,
    RunPolicy,
    Step,
    TypeDeclaration,
)
from wfctl.core.run import RunState, evolve
from wfctl.views.rows import RunFacts
from wfctl.views.view import View

GOLDEN = Path(__file__).parent / "golden"
BEGUN = 1_795_252_442.0
"""2026-11-21 09:14:02 UTC."""

FILE = TypeDeclaration(
    undo_create=Mode.INVERSE,
    undo_update=Mode.INVERSE,
    undo_replace=Mode.CUSTOM,
    undo_delete=Mode.INVERSE,
    stateless=True,
    reads_by_key=True,
    idempotency=Idempotency.KEY,
    create_before_delete=True,
    max_concurrency=10,
)
PASSWORD = TypeDeclaration()


class Tale:
    """One run, told fact by fact. `after` seconds pass before each fact; every fact is published to the views at once."""

    def __init__(
        self,
        actions: tuple[ActionOutline, ...],
        *,
        hooks: tuple[HookSpec, ...] = (),
        policy: RunPolicy | None = None,
        operation: str = "apply",
        finalizer: bool = False,
        views: tuple[View, ...] = (),
    ) -> None:
        self.records: list[Recorded] = []
        self.state = RunState()
        self.now = BEGUN
        self.views = views
        self.run = RunFacts(
            run_id="r-7k3q",
            operation=operation,
            workspace="staging",
            project="shop",
            plan_id="plan-176364",
            lineage="2f1c",
            serial=12,
            actions=len(actions),
            parallelism=10,
            on_failure=(policy or RunPolicy()).on_failure,
            owner="ana@build-7",
            plugins=("local 0.1.0 sha256:ab12",),
            started_at=BEGUN,
        )
        for view in views:
            view.run_started(self.run)
        types = {"local.file": FILE, "local.key_pair": FILE, "local.password": PASSWORD}
        provider = ProviderDeclaration(
            name="local", plugin="local", version="0.1.0", max_concurrency=10, finalizer=finalizer, types=types
        )
        self.tell(
            e.RunStarted(
                run_id=RunId("r-7k3q"),
                plan_id="plan-176364",
                operation=operation,
                workspace="staging",
                lineage="2f1c",
                serial=12,
                actions=actions,
                policy=policy or RunPolicy(),
                hooks=hooks,
                providers=(provider,),
            )
        )

    def tell(self, *facts: Event, after: float = 0.0) -> None:
        """Some facts, one after the other."""
        for fact in facts:
            self.now += after
            recorded = Recorded(seq=len(self.records) + 1, at=self.now, event=fact)
            evolve(self.state, recorded)
            self.records.append(recorded)
            for view in self.views:
                view.publish((recorded,), self.state)

    def wait(self, seconds: float) -> None:
        """Time passes and nothing happens."""
        self.now += seconds
        for view in self.views:
            view.tick(self.now)

    def done(self, index: int, step: Step, effect: Effect, provider_id: str, *, after: float = 1.0) -> None:
        """A call that is sent and succeeds."""
        self.tell(e.ActionDispatched(action=index, step=step, attempt=1, key=f"key-{index}-{step}"))
        self.tell(e.ActionApplied(action=index, step=step, effect=effect, provider_id=provider_id), after=after)

    def end(self) -> RunOutcome:
        """The loop ends."""
        found = assess(self.state)
        self.tell(e.RunFinished(result=found.result, exit_code=found.exit_code))
        outcome = assess(self.state)
        for view in self.views:
            view.finished(outcome, self.facts(outcome))
            view.close()
        return outcome

    def facts(self, outcome: RunOutcome) -> RunFacts:
        """The run as its row has it at the end."""
        cause = outcome.cause
        told = (
            f"{cause.address}, {cause.phase}, {cause.failure.code}: {cause.failure.message.partition(chr(10))[0]}"
            if cause
            else ""
        )
        known = {name: getattr(self.run, name) for name in RunFacts.__struct_fields__}
        known |= {"result": outcome.result, "exit_code": outcome.exit_code, "finished_at": self.now, "cause": told}
        return RunFacts(**known)


def action(index: int, operation: Operation, type: str, name: str, *requires: int, prior: str = "") -> ActionOutline:
    """One action of a plan."""
    return ActionOutline(
        index=index,
        operation=operation,
        name=name,
        type=type,
        provider="local",
        requires=requires,
        prior_id=prior,
        prior_config=bool(prior),
    )


def failure(code: str, message: str, *, retryable: bool = False, position: str = "") -> Failure:
    """Why something failed."""
    return Failure(code=code, message=message, retryable=retryable, position=position)


def same_as_golden(name: str, found: str) -> None:
    """Compare with the file of that name; with UPDATE_GOLDEN=1 write it instead."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), f"{name} differs; UPDATE_GOLDEN=1 writes it anew"


def many(count: int, *, on_failure: OnFailure = OnFailure.CONTINUE) -> Iterator[tuple[RunState, list[Recorded]]]:
    """A run of many creates, in batches as a drive loop would publish them."""
    outlines = tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(count))
    tale = Tale(outlines, policy=RunPolicy(on_failure=on_failure))
    yield tale.state, tale.records[:1]
    for index in range(count):
        at = len(tale.records)
        tale.done(index, Step.CREATE, Effect.CREATED, f"id-{index}", after=0.01)
        yield tale.state, tale.records[at:]
