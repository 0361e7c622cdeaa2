"""Take one applied step back: look first, act by id, look again.

The guards that need the world are here: unchanged since, restorable in place, holding nothing. A refusal sends nothing.
An undo may be repeated after a crash: whatever is already as it should be counts as done.
"""

from __future__ import annotations

import msgspec

from wfctl.core import compensate
from wfctl.core.commands import CompensateAction, UndoKind
from wfctl.core.compensate import Applied
from wfctl.core.events import CompensationFailed, CompensationSucceeded
from wfctl.core.outcome import Failure
from wfctl.core.plan import Digest, Operation, Step
from wfctl.engine.calls import Calls, NoDriverError
from wfctl.engine.ports import Absence, Answer, CallFailed, Diff, Driver, Output, Reach, Ref, UndoAnswer, UndoRequest
from wfctl.engine.specs import Config, UnfilledError, encoded
from wfctl.engine.specs import digest as digest_of


class RefusedError(Exception):
    """A guard said no before anything was sent; `code` is one of `wfctl.core.compensate`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """An undo that was made and verified: by what evidence, and what is there again."""

    evidence: str
    output: Output | None = None
    config: Config | None = None


async def undo(calls: Calls, command: CompensateAction) -> Answer:
    """Carry out one undo. Never raises for what the world does."""
    try:
        undone = await _UNDOS[command.undo](calls, command)
    except RefusedError as refusal:
        return _failed(command, Failure(code=refusal.code, message=refusal.message), refused=True)
    except UnfilledError as problem:
        return _failed(command, Failure(code=compensate.NO_BEFORE_IMAGE, message=str(problem)), refused=True)
    except NoDriverError as problem:
        return _failed(command, Failure(code="no_driver", message=str(problem)), refused=True)
    except CallFailed as problem:
        retryable = _may_try_again(calls, command, problem)
        return _failed(command, msgspec.structs.replace(problem.failure, retryable=retryable), refused=False)
    return _succeeded(calls, command, undone)


def _may_try_again(calls: Calls, command: CompensateAction, problem: CallFailed) -> bool:
    if problem.reach is Reach.REFUSED:
        return problem.failure.retryable
    return compensate.repeatable(command.undo, calls.facts(command.action).before)


async def _delete(calls: Calls, command: CompensateAction) -> Undone:
    """Delete what this run created, if it is still exactly that."""
    index, driver, limit = command.action, calls.driver(command.action), calls.undo_timeout(command.action)
    ref = calls.ref(index, command.provider_id)
    found = await driver.read(ref, timeout=limit)
    if found is Absence.PROVEN:
        return Undone(evidence="read: already absent")
    if isinstance(found, Output):
        await _refuse_changed(calls, command, driver, found)
        _refuse_content(calls, index, found)
    await driver.delete(ref, calls.tag(index, command.attempt, command.key), timeout=limit)
    if isinstance(await driver.read(ref, timeout=limit), Output):
        raise _unverified(f"{ref.type}.{ref.name} was deleted, but Read still finds it")
    return Undone(evidence="read")


async def _restore(calls: Calls, command: CompensateAction) -> Undone:
    """Bring what this run updated back to the config from before."""
    index, driver, limit = command.action, calls.driver(command.action), calls.undo_timeout(command.action)
    prior = _prior(calls, index)
    ref = calls.ref(index, command.provider_id)
    found = await driver.read(ref, timeout=limit)
    if not isinstance(found, Output):
        raise RefusedError(compensate.CHANGED_SINCE, f"{ref.type}.{ref.name} is not there any more")
    back = await driver.diff(prior.sent, found, timeout=limit)
    if back.empty:
        return Undone(evidence="read: already as before", output=found, config=prior)
    await _refuse_changed(calls, command, driver, found)
    _refuse_irreversible(calls, index, back)
    tag = calls.tag(index, command.attempt, command.key)
    await driver.update(ref, prior.sent, tag, timeout=limit)
    return await _verified_as(driver, ref, prior, limit)


async def _recreate(calls: Calls, command: CompensateAction) -> Undone:
    """Make again what this run deleted; the driver has declared that nothing is lost by it."""
    index, driver = command.action, calls.driver(command.action, prior=True)
    prior, limit = _prior(calls, index), calls.undo_timeout(command.action)
    await _refuse_what_took_its_place(calls, command)
    if calls.facts(index).before.reads_by_key:
        nameless = msgspec.structs.replace(calls.prior_ref(index), provider_id="")
        there = await driver.read(nameless, lookup_key=command.key, timeout=limit)
        if isinstance(there, Output):
            return Undone(evidence="read: already there again", output=there, config=prior)
    tag = calls.tag(index, command.attempt, command.key)
    made = await driver.create(prior.sent, tag, timeout=limit)
    address = f"{prior.sent.type}.{prior.sent.name}"
    if made is None:
        raise _unverified(f"{address} was made again, but the plugin did not say what it made")
    try:
        return await _verified_as(
            driver, Ref(name=made.name, type=made.type, provider_id=made.provider_id), prior, limit
        )
    except CallFailed as problem:
        # Whatever was refused here was not the making.
        raise _unverified(f"{address} was made again, but not seen: {problem.failure.message}") from problem


async def _refuse_what_took_its_place(calls: Calls, command: CompensateAction) -> None:
    """The new object of a replace goes after the old one is back. What keeps it from going is asked before anything is sent."""
    index, made = command.action, _made(calls.action(command.action).applied)
    if made is None:
        return
    driver = calls.driver(index)
    found = await driver.read(calls.ref(index, made.provider_id), timeout=calls.undo_timeout(index))
    if isinstance(found, Output):
        await _refuse_changed(calls, command, driver, found)
        _refuse_content(calls, index, found)


async def _custom(calls: Calls, command: CompensateAction) -> Undone:
    """Let the plugin take it back, and check that it did. What becomes of data is then the plugin's to know."""
    index, request = command.action, _request(calls, command)
    driver = calls.driver(index, prior=request.operation is Operation.DELETE)
    # An undo that was sent before may be half done, and then the change is our own: it is the plugin's to tell, by its key.
    if request.operation is not Operation.DELETE and calls.action(index).undo_sends <= 1:
        await _refuse_changed_unless_back(calls, command, driver, request)
    answer = await driver.compensate(
        request, calls.tag(index, command.attempt, command.key), timeout=calls.undo_timeout(index)
    )
    if not answer.done:
        code = answer.code or compensate.UNDO_REFUSED
        raise RefusedError(code, answer.message or "the plugin refused to undo it")
    return await _confirm(calls, command, driver, request, answer)


_UNDOS = {
    UndoKind.DELETE: _delete,
    UndoKind.RESTORE: _restore,
    UndoKind.RECREATE: _recreate,
    UndoKind.CUSTOM: _custom,
}


async def _confirm(
    calls: Calls, command: CompensateAction, driver: Driver, request: UndoRequest, answer: UndoAnswer
) -> Undone:
    """A plugin's word is confirmed by Read: what was made is gone, what was there is back."""
    if request.operation in (Operation.CREATE, Operation.REPLACE) and request.applied.provider_id != _back_id(
        request, answer
    ):
        if isinstance(await driver.read(request.applied, timeout=calls.undo_timeout(command.action)), Output):
            raise _unverified(f"the plugin says it is undone, but {request.applied.provider_id} is still there")
        if request.operation is Operation.CREATE:
            return Undone(evidence="plugin, read")
    prior = _prior(calls, command.action)
    back = Ref(name=prior.sent.name, type=prior.sent.type, provider_id=_back_id(request, answer))
    undone = await _verified_as(driver, back, prior, calls.undo_timeout(command.action))
    return msgspec.structs.replace(undone, evidence="plugin, read")


async def _refuse_changed_unless_back(
    calls: Calls, command: CompensateAction, driver: Driver, request: UndoRequest
) -> None:
    """What is as it was before needs no undo, whoever brought it back; the plugin may say so."""
    limit = calls.undo_timeout(command.action)
    found = await driver.read(request.applied, timeout=limit)
    if not isinstance(found, Output):
        return
    prior = calls.specs.prior(command.action) if request.operation is not Operation.CREATE else None
    if prior is None or not (await driver.diff(prior.sent, found, timeout=limit)).empty:
        await _refuse_changed(calls, command, driver, found)


def _back_id(request: UndoRequest, answer: UndoAnswer) -> str:
    if answer.restored is not None and answer.restored.provider_id:
        return answer.restored.provider_id
    if request.operation is Operation.CREATE:
        return ""
    return request.prior.provider_id if request.prior else request.applied.provider_id


def _request(calls: Calls, command: CompensateAction) -> UndoRequest:
    index = command.action
    facts, done = calls.facts(index), calls.action(index).applied
    operation = facts.outline.operation
    if operation is Operation.REPLACE and len(done) == 1:
        operation = Operation.DELETE if done[0].step is Step.DELETE else Operation.CREATE
    made = _made(done)
    prior = _prior(calls, index) if operation is not Operation.CREATE else None
    current = calls.specs.action(index).current
    return UndoRequest(
        operation=operation,
        applied=calls.prior_ref(index) if operation is Operation.DELETE else calls.ref(index, command.provider_id),
        applied_spec=calls.specs.desired(index).sent if operation is not Operation.DELETE else None,
        applied_outputs=calls.specs.revealed_document(made.outputs) if made else None,
        prior=calls.prior_ref(index) if current and operation is not Operation.CREATE else None,
        prior_spec=prior.sent if prior else None,
        prior_outputs=_revealed(calls, current.outputs) if current and operation is not Operation.CREATE else None,
        forward_key=command.forward_key,
    )


def _revealed(calls: Calls, outputs: object) -> dict[str, object]:
    revealed = calls.specs.reveal(outputs or {}, former=True)
    return revealed if isinstance(revealed, dict) else {}


def _made(applied: tuple[Applied, ...]) -> Applied | None:
    return next((done for done in reversed(applied) if done.step is not Step.DELETE), None)


async def _refuse_changed(calls: Calls, command: CompensateAction, driver: Driver, found: Output) -> None:
    """Somebody else's change must not be undone along with ours."""
    index = command.action
    declared = calls.facts(index).declaration.fingerprint_output
    made = _made(calls.action(index).applied)
    recorded = made.fingerprint if made else ""
    if declared and recorded:
        changed = str((found.outputs or {}).get(declared, "")) != recorded
    else:
        limit = calls.undo_timeout(index)
        changed = not (await driver.diff(calls.specs.desired(index).sent, found, timeout=limit)).empty
    if changed:
        address = calls.facts(index).outline.address
        raise RefusedError(compensate.CHANGED_SINCE, f"{address} was changed since this run applied it")


def _refuse_content(calls: Calls, index: int, found: Output) -> None:
    """Nothing that may hold somebody's data is deleted unless it is known to be empty."""
    facts = calls.facts(index)
    if facts.declaration.emptiness_output:
        content = (found.outputs or {}).get(facts.declaration.emptiness_output)
        if content is True or (isinstance(content, int) and not isinstance(content, bool) and content == 0):
            return
        raise RefusedError(compensate.HOLDS_CONTENT, f"{facts.outline.address} holds data ({content})")
    if not facts.declaration.stateless:
        message = f"{facts.outline.address} may hold data, and its driver cannot tell whether it is empty"
        raise RefusedError(compensate.HOLDS_CONTENT, message)


def _refuse_irreversible(calls: Calls, index: int, back: Diff) -> None:
    facts = calls.facts(index)
    if back.needs_replace or any(change.force_new for change in back.changes):
        raise RefusedError(
            compensate.NEEDS_REPLACE, f"going back would replace {facts.outline.address}, and an undo never replaces"
        )
    for change in back.changes:
        if change.path in facts.declaration.irreversible_fields:
            raise RefusedError(compensate.IRREVERSIBLE, f"{change.path} of {facts.outline.address} cannot go back")


def _prior(calls: Calls, index: int) -> Config:
    prior = calls.specs.prior(index)
    address = calls.facts(index).outline.address
    if prior is None:
        raise RefusedError(compensate.NO_BEFORE_IMAGE, f"no config of {address} from before is on record")
    if not calls.specs.prior_intact(index, prior):
        message = f"the config of {address} from before resolves to something else now: its variables have changed"
        raise RefusedError(compensate.NO_BEFORE_IMAGE, message)
    return prior


async def _verified_as(driver: Driver, ref: Ref, prior: Config, limit: float | None) -> Undone:
    found = await driver.read(ref, timeout=limit)
    if not isinstance(found, Output) or not (await driver.diff(prior.sent, found, timeout=limit)).empty:
        raise _unverified(f"{ref.type}.{ref.name} is not as it was before")
    return Undone(evidence="read", output=found, config=prior)


def _unverified(message: str) -> CallFailed:
    return CallFailed(Reach.ANSWERED, Failure(code=compensate.NOT_VERIFIED, message=message))


def _failed(command: CompensateAction, failure: Failure, *, refused: bool) -> Answer:
    event = CompensationFailed(action=command.action, undo=command.undo, failure=failure, refused=refused)
    return Answer(event=event)


def _succeeded(calls: Calls, command: CompensateAction, undone: Undone) -> Answer:
    documents: dict[Digest, bytes] = {}
    kept = calls.specs.keep(command.action, undone.output) if undone.output else None
    config = encoded(undone.config.recorded) if undone.config else None
    if kept is not None:
        documents[kept.digest] = kept.body
    if config is not None:
        documents[digest_of(config)] = config
    event = CompensationSucceeded(
        action=command.action,
        undo=command.undo,
        evidence=undone.evidence,
        provider_id=undone.output.provider_id if undone.output else "",
        outputs=kept.digest if kept else None,
        config=digest_of(config) if config is not None else None,
        config_hash=undone.config.hash if undone.config else "",
    )
    return Answer(event=event, documents=documents, secrets=kept.secrets if kept else ())
