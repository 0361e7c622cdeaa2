"""Ask the driver whether a step took effect.

By id always; by key or by name only where the driver declares that such a Read means something. A type that declares
neither cannot prove anything, so its doubt goes to a person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from wfctl.core.commands import ProbeAction
from wfctl.core.events import ActionApplied, ActionFailed, ActionFoundAbsent
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Idempotency, Provenance, Step
from wfctl.engine.calls import Calls, in_doubt
from wfctl.engine.ports import Absence, Answer, CallFailed, Driver, Output, Ref
from wfctl.engine.specs import Config, UnfilledError

_ABSENT: Final = "absent"

Pause = Callable[[float], Awaitable[None]]
"""Waits some seconds."""


async def probe(calls: Calls, command: ProbeAction, pause: Pause) -> Answer:
    """What the driver says of a step in doubt: applied, absent, or still in doubt. Never raises CallFailed."""
    try:
        match command.step:
            case Step.CREATE:
                return await _created(calls, command, pause)
            case Step.UPDATE:
                return await _updated(calls, command)
            case Step.DELETE:
                return await _deleted(calls, command, pause)
    except CallFailed as problem:
        # A Read that fails, whatever it says, is not an absence.
        return in_doubt(command.action, command.step, problem.failure.code, problem.failure.message)
    except UnfilledError as problem:
        return in_doubt(command.action, command.step, "unfilled", str(problem))


async def _created(calls: Calls, command: ProbeAction, pause: Pause) -> Answer:
    declared = calls.facts(command.action).declaration
    config = calls.specs.desired(command.action)
    if command.provider_id:
        return await _look(calls, command, config, pause, "id")
    if declared.reads_by_key:
        return await _look(calls, command, config, pause, "key")
    if declared.reads_by_name:
        return await _look(calls, command, config, pause, "name")
    return await _looked_aside(calls, command)


async def _looked_aside(calls: Calls, command: ProbeAction) -> Answer:
    """Look by name where nothing says that this proves anything: in a process of its own, and only to tell a person."""
    ref = calls.ref(command.action, "")
    found = await calls.driver(command.action).read_aside(ref)
    if isinstance(found, Output) and found.provider_id:
        return _cannot_claim(command, found)
    message = f"{ref.type} can be read by id only, and no id is known"
    return in_doubt(command.action, command.step, "cannot_probe", message)


def _cannot_claim(command: ProbeAction, found: Output) -> Answer:
    message = f"an object of that name is there (id {found.provider_id}), and nothing says that this run made it"
    return in_doubt(command.action, command.step, "cannot_claim", message)


async def _look(calls: Calls, command: ProbeAction, config: Config, pause: Pause, via: str) -> Answer:
    driver = calls.driver(command.action)
    ref = calls.ref(command.action, command.provider_id)
    found = await _twice(driver, ref, pause, _lag(calls, command), command.key if via == "key" else "")
    if isinstance(found, Absence):
        proven = found is Absence.PROVEN
        return Answer(event=ActionFoundAbsent(action=command.action, step=command.step, proven=proven))
    return _found(calls, command, config, found, via)


def _found(calls: Calls, command: ProbeAction, config: Config, found: Output, via: str) -> Answer:
    ours = via != "name" or found.idempotency_key == command.key
    if found.idempotency_key and found.idempotency_key != command.key and via != "id":
        ours = False
    natural = calls.facts(command.action).declaration.idempotency is Idempotency.NATURAL
    if not ours and not natural:
        return _cannot_claim(command, found)
    missing = [key for key in found.sensitive if key not in (found.outputs or {})]
    if missing:
        return _incomplete(command, found, missing)
    answer = calls.applied(command.action, command.step, found, config, via=via)
    if ours or not isinstance(answer.event, ActionApplied):
        return answer
    # Found by name alone: kept, but never deleted by an undo.
    inferred = msgspec.structs.replace(answer.event, provenance=Provenance.INFERRED)
    return msgspec.structs.replace(answer, event=inferred)


def _incomplete(command: ProbeAction, found: Output, missing: list[str]) -> Answer:
    message = f"it was made, but its sensitive outputs ({', '.join(missing)}) were lost with the answer"
    event = ActionFailed(
        action=command.action,
        step=command.step,
        failure=Failure(code="sensitive_output_lost", message=message),
        effect=Existence.EXISTS,
        provider_id=found.provider_id,
    )
    return Answer(event=event)


async def _updated(calls: Calls, command: ProbeAction) -> Answer:
    """After an unanswered update: as wanted = applied, as before = not applied, anything else = somebody must look."""
    driver = calls.driver(command.action)
    found = await driver.read(calls.ref(command.action, command.provider_id))
    if isinstance(found, Absence):
        return in_doubt(command.action, command.step, "gone", "the object to update is not there any more")
    config = calls.specs.desired(command.action)
    if (await driver.diff(config.sent, found)).empty:
        return calls.applied(command.action, command.step, found, config, via="id")
    prior = calls.specs.prior(command.action)
    if prior is not None and (await driver.diff(prior.sent, found)).empty:
        return Answer(event=ActionFoundAbsent(action=command.action, step=command.step))
    return in_doubt(command.action, command.step, "half_applied", "it is neither as wanted nor as before")


async def _deleted(calls: Calls, command: ProbeAction, pause: Pause) -> Answer:
    driver = calls.driver(command.action, prior=True)
    found = await _twice(driver, calls.prior_ref(command.action), pause, _lag(calls, command), "")
    if isinstance(found, Absence):
        return calls.applied(command.action, command.step, None, None, via="id")
    return Answer(event=ActionFoundAbsent(action=command.action, step=command.step))


def _lag(calls: Calls, command: ProbeAction) -> float:
    return calls.facts(command.action).declaration.read_lag_ms / 1000


async def _twice(driver: Driver, ref: Ref, pause: Pause, lag: float, key: str) -> Output | Absence:
    """Two agreeing answers before an absence is believed; the weaker of the two counts."""
    first = await driver.read(ref, lookup_key=key)
    if not isinstance(first, Absence):
        return first
    await pause(lag)
    second = await driver.read(ref, lookup_key=key)
    if not isinstance(second, Absence):
        return second
    return Absence.PROVEN if first is second is Absence.PROVEN else Absence.LIKELY
