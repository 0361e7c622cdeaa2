"""The boundaries of a run, counted; at one of them a process is killed.

Stands between the run and its adapters (`wfctl.app.wiring`): before and after each append, each call to a driver, each hook
and each taking and giving back of a lease, and in the middle of each call. The kill is SIGKILL, so nothing of the run can
notice and tidy up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from wfctl.app.wiring import Wiring
from wfctl.core.plan import Plan, RunId
from wfctl.engine.ports import Batch, Driver, Drivers, HookCall, HookReport, Hooks
from wfctl.ledger.store import RunWriter, Store

T = TypeVar("T")

TURNS = 3
"""Turns of the event loop after which a call that was begun is on its way."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """At which boundary what is killed: `engine`, `plugin` or `both`. 0 = nowhere, and they are only counted."""

    at: int = 0
    victim: str = "engine"


class Instants:
    """Counts the boundaries of one process, and kills at the one that is meant."""

    def __init__(self, target: Target, note: Callable[[str], None]) -> None:
        self._target = target
        self._note = note
        self.labels: list[str] = []

    def wiring(self) -> Wiring:
        """What a run has to be wired with to be counted."""
        return Wiring(
            store=lambda store: cast("Store", CountedStore(store, self.reach)),
            drivers=lambda drivers: CountedDrivers(drivers, self.reach),
            hooks=lambda hooks: CountedHooks(hooks, self.reach),
        )

    def reach(self, label: str) -> None:
        """A boundary."""
        self.labels.append(label)
        if len(self.labels) != self._target.at:
            return
        self._note(f"{self._target.at} {label}")
        if self._target.victim != "engine":
            for plugin in plugins_of(os.getpid()):
                os.kill(plugin, signal.SIGKILL)
        if self._target.victim != "plugin":
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # another thread may take the signal: whatever happens, this one goes no further


Reach = Callable[[str], None]


class CountedStore:
    """A ledger whose writers are counted."""

    def __init__(self, store: Store, reach: Reach) -> None:
        self._store = store
        self._reach = reach

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def create_run(self, plan: Plan, first: Batch, *, engine: str = "local") -> RunWriter:
        return self._taken("begin", lambda: self._store.create_run(plan, first, engine=engine))

    def resume_run(self, run_id: RunId) -> RunWriter:
        return self._taken("take over", lambda: self._store.resume_run(run_id))

    def reopen_run(self, run_id: RunId) -> RunWriter:
        return self._taken("reopen", lambda: self._store.reopen_run(run_id))

    def _taken(self, how: str, take: Callable[[], RunWriter]) -> RunWriter:
        self._reach(f"before {how}")
        writer = take()
        self._reach(f"after {how}")
        return cast("RunWriter", CountedWriter(writer, self._reach))


class CountedWriter:
    """A writer whose appends are counted, and the end of its lease."""

    def __init__(self, writer: RunWriter, reach: Reach) -> None:
        self._writer = writer
        self._reach = reach

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)

    async def append(self, batch: Batch) -> None:
        what = " ".join(type(recorded.event).__name__ for recorded in batch.records)
        self._reach(f"before append {what}")
        await self._writer.append(batch)
        self._reach(f"after append {what}")

    def release(self) -> None:
        self._reach("before release")
        self._writer.release()
        self._reach("after release")


class CountedDrivers:
    """The plugins of a run, their calls counted."""

    def __init__(self, drivers: Drivers, reach: Reach) -> None:
        self._drivers = drivers
        self._reach = reach

    def driver(self, provider: str) -> Driver:
        return cast("Driver", CountedDriver(self._drivers.driver(provider), self._reach))


class CountedDriver:
    """One driver. Every call has three boundaries: before it is sent, while it is on its way, and when it was answered."""

    def __init__(self, driver: Driver, reach: Reach) -> None:
        self._driver = driver
        self._reach = reach

    def __getattr__(self, name: str) -> object:
        method = getattr(self._driver, name)
        if name == "declaration":
            return method

        def counted(subject: object, *rest: object, **named: object) -> Coroutine[object, object, object]:
            target = getattr(subject, "applied", subject)
            what = f"{name} {getattr(target, 'name', '')}".rstrip()
            return self._call(what, method(subject, *rest, **named))

        return counted

    async def _call(self, what: str, call: Coroutine[object, object, T]) -> T:
        self._reach(f"before {what}")
        answering = asyncio.ensure_future(call)
        try:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            self._reach(f"during {what}")
            return await answering
        finally:
            answering.cancel()
            self._reach(f"after {what}")


class CountedHooks:
    """The runner of hooks, counted."""

    def __init__(self, hooks: Hooks, reach: Reach) -> None:
        self._hooks = hooks
        self._reach = reach

    async def run(self, call: HookCall) -> HookReport:
        what = Path(call.argv[0]).name if call.argv else "nothing"
        self._reach(f"before hook {what}")
        report = await self._hooks.run(call)
        self._reach(f"after hook {what}")
        return report


def plugins_of(engine: int) -> list[int]:
    """The plugin processes a process has started. Needs /proc."""
    return [pid for pid in children_of(engine) if b"PLUGIN_UNIX_SOCKET_DIR=" in _environment(pid)]


def children_of(parent: int) -> list[int]:
    """The children of a process, whichever of its threads made them."""
    while True:
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        except FileNotFoundError:
            # A thread has ended meanwhile, and another one has its children now.
            if not Path(f"/proc/{parent}").exists():
                return []


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
