"""A run in a process of its own, told what to do line by line; started by test_local.py.

python -m tests.executors.child PLAN SPILL [GRACE [TIMEOUT]]

PLAN names creates, `a b` side by side or `a>b` one after the other; with a `!` the driver tells the identity early. On
standard input: `name NAME`, `land NAME`, `break NAME`, `ledger fails`, `lease lost`, `fence closed`, and `go` once all is set.
On standard output: what is recorded, sent and said, as it happens. The process leaves with the code of the run. The create of
`s` has a secret output, and that of `stubborn` cannot be cancelled.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.engine.fakes import FakeDriver, FakeDrivers, FakeHooks, MemoryLedger
from tests.engine.scene import RUN, creates
from wfctl.core.events import Recorded, RunStarted
from wfctl.core.plan import (
    Plan,
    PlanAction,
    ProviderDeclaration,
    ResourceSpec,
    RunPolicy,
    TypeDeclaration,
    exports,
    outline,
)
from wfctl.core.run import RunState, fold
from wfctl.engine.calls import Calls
from wfctl.engine.perform import Performer
from wfctl.engine.ports import Batch, CallTag, IdentitySink, LeaseLostError, Output
from wfctl.engine.specs import Specs
from wfctl.executors.fence import Fence
from wfctl.executors.local import LedgerFailedError, LocalRun, execute


def say(*words: object) -> None:
    """One line, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Barriers:
    """What the parent says, and what waits for it."""

    def __init__(self, ledger: WatchedLedger) -> None:
        self._ledger = ledger
        self._heard: set[str] = set()
        self._changed = asyncio.Condition()

    async def wait(self, *lines: str) -> str:
        """Return the first of these lines that was heard."""
        async with self._changed:
            await self._changed.wait_for(lambda: any(line in self._heard for line in lines))
        return next(line for line in lines if line in self._heard)

    async def listen(self) -> None:
        """Hear every line there is."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            self._ledger.hear(line.decode().strip())
            async with self._changed:
                self._heard.add(line.decode().strip())
                self._changed.notify_all()


class WatchedLedger(MemoryLedger):
    """A record that says what it holds, and that fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._open, self._mine = True, True

    def hear(self, line: str) -> None:
        """Take an order of the parent."""
        match line:
            case "ledger fails":
                self.trouble, self.after = OSError("disk full"), 0
            case "lease lost":
                self.trouble, self.after = LeaseLostError("taken"), 0
            case "fence closed":
                self._open, self._mine = False, False
            case _:
                return
        say("heard", line)

    async def append(self, batch: Batch) -> None:
        try:
            await super().append(batch)
        except Exception:
            say("not recorded", *(type(recorded.event).__name__ for recorded in batch.records))
            raise
        for recorded in batch.records:
            say("recorded", type(recorded.event).__name__, getattr(recorded.event, "action", ""))

    def may_send(self) -> bool:
        return self._open

    def renew(self) -> bool:
        return self._mine


class SlowDriver(FakeDriver):
    """A cloud whose creates wait for a word of the parent: `land NAME` or `break NAME`."""

    def __init__(self, declaration: ProviderDeclaration, barriers: Barriers) -> None:
        super().__init__(declaration)
        self._barriers = barriers

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        say("sent", spec.name)
        if identified is not None:
            await self._barriers.wait(f"name {spec.name}")
            await identified(f"early-{spec.name}")
            say("goes on", spec.name)
        try:
            heard = await self._barriers.wait(f"land {spec.name}", f"break {spec.name}")
        except asyncio.CancelledError:
            say("cancelled", spec.name)
            if spec.name != "stubborn":
                raise
            heard = await self._barriers.wait(f"land {spec.name}")
        if heard == f"break {spec.name}":
            raise ZeroDivisionError("a mistake of ours")
        say("landed", spec.name)
        sensitive = ("secret",) if spec.name == "s" else ()
        return Output(
            name=spec.name,
            type=spec.type,
            provider_id=f"id-{spec.name}",
            outputs={"secret": "hunter2"} if sensitive else {},
            sensitive=sensitive,
        )


class Teller:
    """An observer that says what it is shown."""

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        say("shown", len(records))


def plan_of(text: str) -> Plan:
    names = text.rstrip("!").replace(">", " ").split()
    chain = ">" in text
    actions: list[PlanAction] = []
    for at, name in enumerate(names):
        actions.append(msgspec.structs.replace(creates(name), requires=(at - 1,) if chain and at else ()))
    return Plan(id="plan-1", actions=tuple(actions), engine_version="0.1.0")


def begun(plan: Plan, provider: ProviderDeclaration) -> RunStarted:
    return RunStarted(
        run_id=RUN,
        plan_id=plan.id,
        operation="apply",
        workspace="default",
        lineage="lineage",
        serial=1,
        actions=outline(plan),
        policy=RunPolicy(),
        providers=(provider,),
    )


async def main(text: str, spill: str, grace: str = "", timeout: str = "0") -> int:
    ledger = WatchedLedger()
    barriers = Barriers(ledger)
    listening = asyncio.create_task(barriers.listen())
    await barriers.wait("go")
    declared = TypeDeclaration(early_identity=text.endswith("!"))
    provider = ProviderDeclaration(name="p", max_concurrency=10, types={"t": declared})
    plan = plan_of(text)
    state = fold([Recorded(seq=1, at=1.0, event=begun(plan, provider))])
    specs = Specs(
        plan=plan,
        state=state,
        environment={},
        documents=ledger.documents,
        secret_name=lambda resource, key: f"{resource}_{key}",
    )
    drivers = Fence(ledger).drivers(FakeDrivers({"p": SlowDriver(provider, barriers)}))
    calls = Calls(state=state, specs=specs, drivers=drivers, exports=exports(plan))
    local = LocalRun(
        ledger=ledger,
        performer=Performer(calls=calls, hooks=FakeHooks(), pause=asyncio.sleep),
        observer=Teller(),
        clock=lambda: 1_790_000_000.0,
        spill=Path(spill),
        grace=float(grace) if grace else None,
        timeout=float(timeout),
    )
    try:
        outcome = await execute(state, local)
    except LedgerFailedError as failed:
        say("LedgerFailedError", failed.problem, failed.spilled is not None, failed.sent)
        return 5
    except (LeaseLostError, ZeroDivisionError) as problem:
        say(type(problem).__name__, problem)
        return 6
    finally:
        listening.cancel()
    say("outcome", outcome.result, *(action.status.name for action in outcome.actions))
    say("in doubt", *(action.name for action in outcome.actions if action.in_doubt))
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
