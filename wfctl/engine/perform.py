"""Carry out one command and say what it came to: always exactly one answer, whatever the world does.

Total over the world's failures; what it cannot explain (a mistake of ours) it raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, assert_never

import msgspec

from wfctl.core import expression
from wfctl.core.action import object_id
from wfctl.core.commands import (
    Command,
    CompensateAction,
    DispatchAction,
    Finalize,
    FinishRun,
    ProbeAction,
    RunHook,
    StartBackoff,
)
from wfctl.core.events import (
    ActionClearBefore,
    ActionIdentified,
    BackoffElapsed,
    FinalizeLost,
    FinalizeReported,
    FinalizeVerdict,
    HookFailed,
    HookSucceeded,
)
from wfctl.core.outcome import ActionStatus, CausePhase, Failure
from wfctl.core.plan import Deferral, HookSpec, Operation, Step
from wfctl.engine import calls as answers
from wfctl.engine.calls import Calls, NoDriverError
from wfctl.engine.payload import payload, secrets
from wfctl.engine.ports import (
    Absence,
    Answer,
    CallFailed,
    Driver,
    FinalizeAnswer,
    FinalizeEntry,
    FinalizeResult,
    HookCall,
    HookReport,
    Hooks,
    IdentitySink,
    Reach,
)
from wfctl.engine.probe import by_name_alone, probe
from wfctl.engine.specs import UnfilledError
from wfctl.engine.undo import undo

HOOKS_AT_ONCE: Final = 16
"""Hook programs that run at the same time; they hold no dispatch slot, so something else must bound them."""

Announce = Callable[[Answer], Awaitable[None]]
"""Puts a fact on record while its command still runs; returns once it is durable."""


class Performer:
    """Carries out the commands of one run. `pause` waits some seconds, `announce` records facts ahead of the answer."""

    def __init__(self, *, calls: Calls, hooks: Hooks, pause: Callable[[float], Awaitable[None]]) -> None:
        self._calls = calls
        self._hooks = hooks
        self._pause = pause
        self._specs_of_hooks = {hook.name: hook for hook in calls.state.begun.hooks} if calls.state.started else {}
        self._hook_places = asyncio.Semaphore(HOOKS_AT_ONCE)

    async def perform(self, command: Command, announce: Announce) -> Answer:
        """The one answer to a command."""
        match command:
            case DispatchAction():
                return await self._dispatch(command, announce)
            case ProbeAction():
                return await probe(self._calls, command, self._pause)
            case StartBackoff():
                await self._pause(command.seconds)
                return Answer(event=BackoffElapsed(action=command.action))
            case RunHook():
                return await self._run_hook(command)
            case CompensateAction():
                return await undo(self._calls, command)
            case Finalize():
                return await self._finalize(command)
            case FinishRun():
                raise AssertionError("the end of a run is recorded, not performed")
            case _:
                assert_never(command)

    # --- calls ---------------------------------------------------------------------------------------------------------

    async def _dispatch(self, command: DispatchAction, announce: Announce) -> Answer:
        index, step = command.action, command.step
        try:
            match step:
                case Step.CREATE:
                    return await self._create(command, announce)
                case Step.UPDATE:
                    return await self._update(command)
                case Step.DELETE:
                    return await self._delete(command)
        except UnfilledError as problem:
            return answers.not_sent(index, step, "unresolved_reference", str(problem))
        except NoDriverError as problem:
            return answers.not_sent(index, step, "no_driver", str(problem))
        except CallFailed as problem:
            return answers.failed(index, step, problem)

    async def _create(self, command: DispatchAction, announce: Announce) -> Answer:
        index = command.action
        driver, config = self._calls.driver(index), self._calls.specs.desired(index)
        identified = _identity_sink(index, announce) if self._calls.facts(index).declaration.early_identity else None
        tag = self._calls.tag(index, command.attempt, command.key)
        if by_name_alone(self._calls.facts(index).declaration) and await self._clear(driver, index):
            await announce(Answer(event=ActionClearBefore(action=index)))
        output = await driver.create(config.sent, tag, timeout=self._calls.timeout(), identified=identified)
        if output is None:
            return answers.in_doubt(index, command.step, "no_output", "the plugin said yes, but not what it made")
        return self._calls.applied(index, command.step, output, config)

    async def _clear(self, driver: Driver, index: int) -> bool:
        """Whether nothing of that name is there, beyond doubt. A Read that fails keeps no create from being sent."""
        try:
            found = await driver.read(self._calls.ref(index, ""), timeout=self._calls.timeout())
        except CallFailed:
            return False
        return found is Absence.PROVEN

    async def _update(self, command: DispatchAction) -> Answer:
        index = command.action
        driver, config = self._calls.driver(index), self._calls.specs.desired(index)
        ref, tag = self._calls.ref(index, command.provider_id), self._calls.tag(index, command.attempt, command.key)
        output = await driver.update(ref, config.sent, tag, timeout=self._calls.timeout())
        return self._calls.applied(index, command.step, output, config)

    async def _delete(self, command: DispatchAction) -> Answer:
        index = command.action
        driver, ref = self._calls.driver(index, prior=True), self._calls.prior_ref(index)
        if not ref.provider_id:
            message = "its id is not known, and nothing is ever deleted by name"
            return answers.not_sent(index, command.step, "no_identity", message, CausePhase.DISPATCH)
        tag = self._calls.tag(index, command.attempt, command.key)
        await driver.delete(ref, tag, timeout=self._calls.timeout())
        return self._calls.applied(index, command.step, None, None)

    # --- hooks ---------------------------------------------------------------------------------------------------------

    async def _run_hook(self, command: RunHook) -> Answer:
        hook = self._hook(command.hook)
        told = payload(self._calls, command)
        if hook.when and not command.undo and not expression.parse(hook.when).holds(told):
            return Answer(event=HookSucceeded(action=command.action, hook=hook.name, ran=False))
        try:
            environment = secrets(self._calls, hook)
        except UnfilledError as problem:
            return _hook_failed(command, hook, "hook_secret_missing", str(problem))
        call = HookCall(
            argv=hook.undo_exec if command.undo else hook.exec,
            stdin=msgspec.json.encode(told),
            environment=environment,
            timeout=hook.timeout,
        )
        async with self._hook_places:
            report = await self._hooks.run(call)
        return _hook_answer(command, hook, report)

    def _hook(self, name: str) -> HookSpec:
        if name not in self._specs_of_hooks:
            self._specs_of_hooks = {hook.name: hook for hook in self._calls.state.begun.hooks}
        return self._specs_of_hooks[name]

    # --- finalize ------------------------------------------------------------------------------------------------------

    async def _finalize(self, command: Finalize) -> Answer:
        begun, driver = self._calls.state.begun, self._calls.provider(command.provider)
        applied = [self._finalize_entry(index) for index in command.applied]
        flush = partial(driver.finalize, begun.run_id, begun.plan_id, applied, timeout=self._calls.timeout())
        try:
            answer = await self._flushed(command.provider, flush)
        except CallFailed as problem:
            return _finalize_failed(command, problem)
        verdicts, refused = [], []
        for result in answer.results:
            index = self._named(command, result)
            if index is None:
                refused.append(f"{result.type}/{result.name}: the plugin reported an action this run does not have")
            elif result.status == ActionStatus.UNSPECIFIED:
                refused.append(
                    f"{result.type}/{result.name}: the plugin reported no status (ACTION_STATUS_UNSPECIFIED)"
                )
            else:
                verdicts.append(await self._verdict(driver, index, result))
        errors = (*answer.errors, *refused)
        return Answer(event=FinalizeReported(provider=command.provider, verdicts=tuple(verdicts), errors=errors))

    async def _flushed(self, provider: str, flush: Callable[[], Awaitable[FinalizeAnswer]]) -> FinalizeAnswer:
        """The answer to a flush. What outlives the process that put it off is flushed by the one after it."""
        try:
            return await flush()
        except CallFailed as problem:
            if self._calls.declared(provider).deferral is not Deferral.DURABLE or not problem.plugin_died:
                raise
            return await flush()

    def _finalize_entry(self, index: int) -> FinalizeEntry:
        outline, action = self._calls.facts(index).outline, self._calls.action(index)
        ref = self._calls.ref(index, object_id(outline, action))
        return FinalizeEntry(action=index, operation=outline.operation, ref=ref)

    def _named(self, command: Finalize, result: FinalizeResult) -> int | None:
        """Matched by type and name; by index only where the name is empty."""
        for index in command.applied:
            outline = self._calls.facts(index).outline
            if result.name and (outline.name, outline.type) == (result.name, result.type):
                return index
        return result.action if not result.name and result.action in command.applied else None

    async def _verdict(self, driver: Driver, index: int, result: FinalizeResult) -> FinalizeVerdict:
        confirmed = result.status == ActionStatus.COMPENSATED and await self._is_undone(driver, index)
        failure = Failure(code=result.code or "plugin", message=result.error) if result.error else None
        return FinalizeVerdict(action=index, status=result.status, confirmed=confirmed, failure=failure)

    async def _is_undone(self, driver: Driver, index: int) -> bool:
        operation, limit = self._calls.facts(index).outline.operation, self._calls.timeout()
        try:
            found = await driver.read(self._finalize_entry(index).ref, timeout=limit)
            if operation is Operation.CREATE:
                return found is Absence.PROVEN
            prior = self._calls.specs.prior(index)
            if isinstance(found, Absence) or prior is None:
                return False
            return (await driver.diff(prior.sent, found, timeout=limit)).empty
        except (CallFailed, UnfilledError):
            return False


def _identity_sink(index: int, announce: Announce) -> IdentitySink:
    async def identified(provider_id: str) -> None:
        await announce(Answer(event=ActionIdentified(action=index, provider_id=provider_id)))

    return identified


def _hook_answer(command: RunHook, hook: HookSpec, report: HookReport) -> Answer:
    if report.exit_status == 0:
        return Answer(event=HookSucceeded(action=command.action, hook=hook.name, undo=command.undo))
    tail = f"\n{report.output.rstrip()}" if report.output.strip() else ""
    if report.timed_out:
        return _hook_failed(
            command, hook, "hook_timeout", f"hook {hook.name} took longer than {hook.timeout:g} s{tail}"
        )
    if report.exit_status is None:
        return _hook_failed(command, hook, "hook_not_run", f"hook {hook.name}: {report.problem}{tail}")
    return _hook_failed(command, hook, "hook_exit_nonzero", f"hook {hook.name}: exit status {report.exit_status}{tail}")


def _hook_failed(command: RunHook, hook: HookSpec, code: str, message: str) -> Answer:
    failure = Failure(code=code, message=message, position=hook.position)
    return Answer(event=HookFailed(action=command.action, hook=hook.name, failure=failure, undo=command.undo))


def _finalize_failed(command: Finalize, problem: CallFailed) -> Answer:
    if problem.reach is Reach.IN_DOUBT or problem.plugin_died:
        # What was deferred lived in that process and went with it.
        lost = FinalizeLost(provider=command.provider, actions=command.applied, reason=problem.failure.message)
        return Answer(event=lost)
    return Answer(event=FinalizeReported(provider=command.provider, errors=(problem.failure.message,)))
