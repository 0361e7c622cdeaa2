"""Go through a rollback without touching anything: each undo looks at the world and asks its guards, and stops before it sends.

Knows nothing of why it is rehearsed. What one undo would leave behind for the next is taken for granted, so that the whole way
is walked; a guard that sees what an earlier undo would have taken away is not believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from wfctl.core import compensate
from wfctl.core.commands import Command, CompensateAction, RunHook, intent
from wfctl.core.decide import decide
from wfctl.core.events import (
    CompensationFailed,
    CompensationSucceeded,
    Event,
    HookSucceeded,
    Recorded,
    RollbackRequested,
)
from wfctl.core.outcome import Failure
from wfctl.core.plan import ProviderDeclaration, ResourceSpec
from wfctl.core.run import RunState, evolve
from wfctl.engine.calls import Calls
from wfctl.engine.ports import (
    Absence,
    Diff,
    Driver,
    Drivers,
    Output,
    Ref,
)
from wfctl.engine.undo import undo


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """One undo as it would go: sent (`refusal` None), needless because it is so already (`already`), or refused."""

    action: int
    undo: str
    provider_id: str = ""
    already: str = ""
    refusal: Failure | None = None


class WouldSendError(Exception):
    """The call that would change something, not made."""


class LookingDrivers:
    """Drivers that look and change nothing: a call that would, raises WouldSendError."""

    def __init__(self, drivers: Drivers) -> None:
        self._drivers = drivers

    def driver(self, provider: str) -> Driver:
        """The driver of a provider module. Raises KeyError."""
        return _LookingDriver(self._drivers.driver(provider))


async def rehearse(calls: Calls, request: RollbackRequested) -> Sequence[Rehearsed]:
    """The undos in the order they would begin. `calls` are over LookingDrivers and a state of their own, which is used up."""
    state, found = calls.state, list[Rehearsed]()
    _record(state, request)
    while state.finished is None:
        commands = decide(state)
        for command in commands:
            _record(state, intent(command))
        undos = [command for command in commands if isinstance(command, CompensateAction)]
        seen = await asyncio.gather(*(_looked(calls, command, found) for command in undos))
        found += seen
        for event in (*(_answer(one) for one in seen), *_hooks(commands)):
            _record(state, event)
    return found


def _record(state: RunState, event: Event) -> None:
    evolve(state, Recorded(seq=state.seq + 1, at=state.now, event=event))


def _answer(seen: Rehearsed) -> Event:
    if seen.refusal is not None:
        return CompensationFailed(action=seen.action, undo=seen.undo, failure=seen.refusal, refused=True)
    return CompensationSucceeded(action=seen.action, undo=seen.undo, evidence=seen.already)


def _hooks(commands: Sequence[Command]) -> Sequence[Event]:
    """A hook is taken to succeed: nobody can look whether it would."""
    hooks = (command for command in commands if isinstance(command, RunHook))
    return [HookSucceeded(action=hook.action, hook=hook.hook, undo=hook.undo) for hook in hooks]


async def _looked(calls: Calls, command: CompensateAction, before: Sequence[Rehearsed]) -> Rehearsed:
    seen = Rehearsed(action=command.action, undo=command.undo, provider_id=command.provider_id)
    try:
        event = (await undo(calls, command)).event
    except WouldSendError:
        return seen
    if isinstance(event, CompensationSucceeded):
        return msgspec.structs.replace(seen, already=event.evidence)
    if not isinstance(event, CompensationFailed):
        raise TypeError(f"an undo was answered with {type(event).__name__}")
    if event.failure.code == compensate.HOLDS_CONTENT and _empties(calls, command, before):
        return seen
    return msgspec.structs.replace(seen, refusal=event.failure)


def _empties(calls: Calls, command: CompensateAction, before: Sequence[Rehearsed]) -> bool:
    """Whether what it holds may be what would have gone by then: the guard asks again when it is time."""
    declared = calls.facts(command.action).declaration
    gone = {one.action for one in before if one.refusal is None}
    return bool(declared.emptiness_output) and bool(gone & set(calls.state.dependants[command.action]))


class _LookingDriver:
    """One driver, looking."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def declaration(self) -> ProviderDeclaration:
        """What the plugin declares."""
        return self._driver.declaration

    async def read(self, ref: Ref, *, lookup_key: str = "", timeout: float | None = None) -> Output | Absence:
        """Look."""
        return await self._driver.read(ref, lookup_key=lookup_key, timeout=timeout)

    async def read_aside(self, ref: Ref, *, timeout: float | None = None) -> Output | Absence:
        """Look."""
        return await self._driver.read_aside(ref, timeout=timeout)

    async def diff(self, spec: ResourceSpec, current: Output, *, timeout: float | None = None) -> Diff:
        """Compare."""
        return await self._driver.diff(spec, current, timeout=timeout)

    async def create(self, *_: object, **__: object) -> NoReturn:
        """Not made."""
        raise WouldSendError

    async def update(self, *_: object, **__: object) -> NoReturn:
        """Not made."""
        raise WouldSendError

    async def delete(self, *_: object, **__: object) -> NoReturn:
        """Not made."""
        raise WouldSendError

    async def compensate(self, *_: object, **__: object) -> NoReturn:
        """Not made."""
        raise WouldSendError

    async def finalize(self, *_: object, **__: object) -> NoReturn:
        """Not made."""
        raise WouldSendError
