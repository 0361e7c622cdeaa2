"""Ask the driver whether a step took effect.

By id always; by key or by name only where the driver declares that such a Read means something. A type that declares
neither cannot prove anything, so its doubt goes to a person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from wfctl.core.commands import ProbeAction
from wfctl.core.events import ActionApplied, ActionFailed, ActionFoundAbsent
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Idempotency, Provenance, Step, TypeDeclaration
from wfctl.engine.calls import Calls, NoDriverError, in_doubt
from wfctl.engine.ports import Absence, Answer, CallFailed, Output
from wfctl.engine.specs import Config, UnfilledError

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
    except NoDriverError as problem:
        return in_doubt(command.action, command.step, "no_driver", str(problem))


def by_name_alone(declared: TypeDeclaration) -> bool:
    """Whether a create whose answer is lost can only be looked for by its name, which says nothing of who made it."""
    return declared.reads_by_name and not declared.reads_by_key


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
    found = await calls.driver(command.action).read_aside(ref, timeout=calls.timeout())
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
    read = partial(driver.read, ref, lookup_key=command.key if via == "key" else "", timeout=calls.timeout())
    found = await _twice(read, pause, _lag(calls, command))
    if isinstance(found, Absence):
        proven = found is Absence.PROVEN
        return Answer(event=ActionFoundAbsent(action=command.action, step=command.step, proven=proven))
    if via == "id" or found.idempotency_key == command.key or (via == "key" and not found.idempotency_key):
        return _ours(calls, command, config, found, via)
    return await _not_known_as_ours(calls, command, config, found)


def _ours(calls: Calls, command: ProbeAction, config: Config, found: Output, via: str) -> Answer:
    missing = [key for key in found.sensitive if key not in (found.outputs or {})]
    if missing:
        return _incomplete(command, found, missing)
    answer = calls.applied(command.action, command.step, found, config, via=via)
    upsert = calls.facts(command.action).declaration.upsert
    # A create that takes over what is there says so in its answer, and the answer is lost.
    return _of_provenance(answer, Provenance.UPSERTED) if upsert and not found.adopted else answer


async def _not_known_as_ours(calls: Calls, command: ProbeAction, config: Config, found: Output) -> Answer:
    """Found, and nothing says who made it: taken for ours where there was nothing before, or for all that can be told.

    That is where names are unique and it is just what was wanted.
    """
    complete = all(key in (found.outputs or {}) for key in found.sensitive)
    if found.idempotency_key or not complete:
        return _cannot_claim(command, found)
    if not calls.action(command.action).clear_before and not await _as_wanted(calls, command, config, found):
        return _cannot_claim(command, found)
    # Kept in the state, but no undo will ever delete it.
    answer = calls.applied(command.action, command.step, found, config, via="name")
    return _of_provenance(answer, Provenance.INFERRED)


async def _as_wanted(calls: Calls, command: ProbeAction, config: Config, found: Output) -> bool:
    if calls.facts(command.action).declaration.idempotency is not Idempotency.NATURAL:
        return False
    return (await calls.driver(command.action).diff(config.sent, found, timeout=calls.timeout())).empty


def _of_provenance(answer: Answer, provenance: Provenance) -> Answer:
    if not isinstance(answer.event, ActionApplied):
        return answer
    return msgspec.structs.replace(answer, event=msgspec.structs.replace(answer.event, provenance=provenance))


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
    found = await driver.read(calls.ref(command.action, command.provider_id), timeout=calls.timeout())
    if isinstance(found, Absence):
        return in_doubt(command.action, command.step, "gone", "the object to update is not there any more")
    config = calls.specs.desired(command.action)
    if (await driver.diff(config.sent, found, timeout=calls.timeout())).empty:
        return calls.applied(command.action, command.step, found, config, via="id")
    prior = calls.specs.prior(command.action)
    if prior is not None and (await driver.diff(prior.sent, found, timeout=calls.timeout())).empty:
        return Answer(event=ActionFoundAbsent(action=command.action, step=command.step))
    return in_doubt(command.action, command.step, "half_applied", "it is neither as wanted nor as before")


async def _deleted(calls: Calls, command: ProbeAction, pause: Pause) -> Answer:
    driver = calls.driver(command.action, prior=True)
    read = partial(driver.read, calls.prior_ref(command.action), timeout=calls.timeout())
    found = await _twice(read, pause, _lag(calls, command))
    if isinstance(found, Absence):
        return calls.applied(command.action, command.step, None, None, via="id")
    return Answer(event=ActionFoundAbsent(action=command.action, step=command.step))


def _lag(calls: Calls, command: ProbeAction) -> float:
    return calls.facts(command.action).declaration.read_lag_ms / 1000


async def _twice(read: Callable[[], Awaitable[Output | Absence]], pause: Pause, lag: float) -> Output | Absence:
    """Two agreeing answers before an absence is believed; the weaker of the two counts."""
    first = await read()
    if not isinstance(first, Absence):
        return first
    await pause(lag)
    second = await read()
    if not isinstance(second, Absence):
        return second
    return Absence.PROVEN if first is second is Absence.PROVEN else Absence.LIKELY
