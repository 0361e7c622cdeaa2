"""Nothing leaves this process unless the workspace is still its own: a check right before each call that changes something.

Knows nothing of what is called. The ledger refuses an old owner's records by their epoch; the world outside asks for no epoch,
so there a lease that lasts a while longer has to do. A process that was stopped for long and goes on in the middle of anything
meets the fence at the next thing it sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from wfctl.core.plan import ProviderDeclaration, ResourceSpec
from wfctl.engine.ports import (
    Absence,
    CallTag,
    Diff,
    Driver,
    Drivers,
    FinalizeAnswer,
    FinalizeEntry,
    HookCall,
    HookReport,
    Hooks,
    IdentitySink,
    LeaseLostError,
    Ledger,
    Output,
    Ref,
    UndoAnswer,
    UndoRequest,
)
from wfctl.errors import Kind, WfctlError
from wfctl.executors.pace import Pace

INTERVAL: Final = 0.1
PATIENCE: Final = 60.0
"""How long something waits for a lease that cannot be renewed at the moment, in seconds: as long as it lasted."""


class LedgerTroubleError(Exception):
    """What the ledger raised, kept apart from mistakes of ours."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Fence:
    """The one check, and the ports of a run behind it. `patience` in seconds; `pace` keeps the calls of a provider apart."""

    def __init__(self, ledger: Ledger, *, pace: Pace | None = None, patience: float = PATIENCE) -> None:
        self._ledger = ledger
        self._pace = pace
        self._patience = patience

    def drivers(self, drivers: Drivers) -> Drivers:
        """The same drivers, behind the fence."""
        return _FencedDrivers(drivers, self)

    def hooks(self, hooks: Hooks) -> Hooks:
        """The same hooks, behind the fence."""
        return _FencedHooks(hooks, self)

    async def turn(self, provider: str) -> None:
        """Return when it is the turn of a call to this provider."""
        seconds = self._pace.wait(provider) if self._pace else 0.0
        if seconds:
            await asyncio.sleep(seconds)

    async def passed(self) -> None:
        """Return once something may be sent.

        Raises LeaseLostError when the workspace belongs to another, LedgerTroubleError when that cannot be found out in time.
        """
        if self._ledger.may_send():
            return
        loop = asyncio.get_running_loop()
        deadline, problem = loop.time() + self._patience, _SHORT
        while loop.time() < deadline:
            try:
                # Asked, and not only waited for: a process that was stopped must know at once what happened meanwhile.
                if not await asyncio.to_thread(self._ledger.renew):
                    raise LeaseLostError("the lease ran out, and somebody else has taken the workspace")
            except WfctlError as trouble:
                problem = trouble
            if self._ledger.may_send():
                return
            await asyncio.sleep(INTERVAL)
        raise LedgerTroubleError(problem)


_SHORT: Final = WfctlError(Kind.LEDGER, "LEASE_SHORT", "the lease of the workspace could not be renewed in time")


class _FencedHooks:
    def __init__(self, hooks: Hooks, fence: Fence) -> None:
        self._hooks = hooks
        self._fence = fence

    async def run(self, call: HookCall) -> HookReport:
        await self._fence.passed()
        return await self._hooks.run(call)


class _FencedDrivers:
    def __init__(self, drivers: Drivers, fence: Fence) -> None:
        self._drivers = drivers
        self._fence = fence

    def driver(self, provider: str) -> Driver:
        return _FencedDriver(self._drivers.driver(provider), self._fence, provider)


class _FencedDriver:
    """A driver whose calls wait for their turn, and whose mutations pass the fence after that."""

    def __init__(self, driver: Driver, fence: Fence, provider: str) -> None:
        self._driver = driver
        self._fence = fence
        self._provider = provider

    async def _ready(self) -> None:
        await self._fence.turn(self._provider)
        await self._fence.passed()

    @property
    def declaration(self) -> ProviderDeclaration:
        return self._driver.declaration

    async def create(
        self, spec: ResourceSpec, tag: CallTag, *, timeout: float | None, identified: IdentitySink | None = None
    ) -> Output | None:
        await self._ready()
        return await self._driver.create(spec, tag, timeout=timeout, identified=identified)

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        await self._fence.turn(self._provider)
        return await self._driver.read(ref, lookup_key=lookup_key, timeout=timeout)

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        return await self._driver.read_aside(ref, timeout=timeout)

    async def update(self, ref: Ref, spec: ResourceSpec, tag: CallTag, *, timeout: float | None) -> Output | None:
        await self._ready()
        return await self._driver.update(ref, spec, tag, timeout=timeout)

    async def delete(self, ref: Ref, tag: CallTag, *, timeout: float | None) -> None:
        await self._ready()
        await self._driver.delete(ref, tag, timeout=timeout)

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        await self._fence.turn(self._provider)
        return await self._driver.diff(spec, current, timeout=timeout)

    async def compensate(self, request: UndoRequest, tag: CallTag, *, timeout: float | None) -> UndoAnswer:
        await self._ready()
        return await self._driver.compensate(request, tag, timeout=timeout)

    async def finalize(
        self, run_id: str, plan_id: str, applied: Sequence[FinalizeEntry], *, timeout: float | None
    ) -> FinalizeAnswer:
        await self._ready()
        return await self._driver.finalize(run_id, plan_id, applied, timeout=timeout)
