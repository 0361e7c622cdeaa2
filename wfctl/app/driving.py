"""Drive one run from where it stands to its end: put the engine together, keep the view going, say how it went.

Knows nothing of how the run came about (`apply`, `resume`) and of flags. What goes wrong after something was sent is an error
that needs a person, whatever it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from wfctl.app.compose import Workshop
from wfctl.app.facts import run_facts
from wfctl.app.inbox import Inbox
from wfctl.app.mapping import grace_of, policy_of
from wfctl.app.orders import RunOrder
from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Plan, exports
from wfctl.core.run import RunState
from wfctl.engine.calls import Calls
from wfctl.engine.perform import Performer
from wfctl.engine.ports import Answer, LeaseLostError, Observer
from wfctl.engine.specs import Specs
from wfctl.errors import Kind, WfctlError
from wfctl.executors import spill
from wfctl.executors.fence import Fence
from wfctl.executors.local import LedgerFailedError, LocalRun, execute
from wfctl.executors.pace import Pace
from wfctl.executors.spill import Spill
from wfctl.hooks.exec import ExecHooks
from wfctl.ledger.secret_name import secret_name
from wfctl.ledger.store import RunWriter
from wfctl.views.rows import RunFacts

_COLLECT_EVERY = 50_000
"""Objects that are made between two looks for garbage while a run is driven."""

ROLLBACK = "rollback"
"""What a run is called for people while it is taken back."""

TICK = 0.1
"""Seconds between two looks of the view at the clock."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What one run is driven with. `first` are the facts that take a run up again; a new run has none.

    `spills` are the files some of them come from. `rollback` says that they ask for a rollback.
    """

    shop: Workshop
    order: RunOrder
    plan: Plan
    state: RunState
    writer: RunWriter
    first: tuple[Answer, ...] = ()
    spills: tuple[Spill, ...] = ()
    rollback: bool = False


async def drive(course: Course) -> RunOutcome:
    """Drive a run to its end and give its lease back.

    Raises WfctlError: LOCK when another process took the run over, NEEDS_PERSON for anything else after something was sent.
    """
    view = course.shop.view
    view.run_started(_facts(course))
    try:
        async with _ticking(course):
            with collector_at_rest():
                outcome = await _executed(course)
    finally:
        course.writer.release()
    view.finished(outcome, _facts(course))
    return outcome


def _facts(course: Course) -> RunFacts:
    facts = run_facts(
        course.shop.store.run(course.writer.run_id),
        course.state.begun,
        project=course.shop.place.name,
        owner=course.shop.settings.owner,
        resumed=bool(course.first) and not course.rollback,
    )
    rolled_back = course.rollback or course.state.rollback is not None
    return msgspec.structs.replace(facts, operation=ROLLBACK) if rolled_back else facts


async def _executed(course: Course) -> RunOutcome:
    shop = course.shop
    inbox = Inbox(shop.store, course.writer.run_id)
    run = LocalRun(
        ledger=course.writer,
        performer=_performer(course),
        observer=_Observers(inbox, course.spills, shop.view),
        clock=shop.settings.now,
        spill=spill.place(shop.place.record, course.writer.run_id, course.writer.epoch),
        first=course.first,
        grace=grace_of(shop.config.apply, course.order, shop.settings.grace),
        timeout=policy_of(shop.config.apply, course.order).run_timeout,
        inbox=inbox.poll,
    )
    try:
        return await execute(course.state, run)
    except LeaseLostError as lost:
        raise _lease_lost(course, str(lost)) from lost
    except LedgerFailedError as failed:
        raise _ledger_failed(course, failed) from failed
    except WfctlError as error:
        raise _after_sending(course, error.code, str(error)) or error from error
    except Exception as error:
        what = f"internal error: {type(error).__name__}: {error}"
        raise _after_sending(course, "INTERNAL", what) or error from error


def specs_of(shop: Workshop, plan: Plan, state: RunState) -> Specs:
    """The configs and outputs of a run, as its calls need them."""
    return Specs(
        plan=plan,
        state=state,
        environment=shop.settings.plugin_environment,
        documents=shop.store.documents(shop.place.workspace),
        secret_name=secret_name,
    )


def _performer(course: Course) -> Performer:
    shop = course.shop
    specs = specs_of(shop, course.plan, course.state)
    rates = {provider.name: provider.max_rps for provider in course.state.begun.providers}
    wiring, fence = shop.settings.wiring, Fence(course.writer, pace=Pace(rates, shop.settings.uptime))
    drivers = fence.drivers(wiring.drivers(shop.pool))
    calls = Calls(state=course.state, specs=specs, drivers=drivers, exports=exports(course.plan))
    hooks = ExecHooks(
        cwd=shop.settings.cwd / shop.place.directory,
        environment=shop.settings.plugin_environment,
        redact=shop.redact,
    )
    return Performer(calls=calls, hooks=fence.hooks(wiring.hooks(hooks)), pause=asyncio.sleep)


class _Observers:
    """Several observers as one: those that must know what has become durable, and the view."""

    def __init__(self, inbox: Inbox, spills: Sequence[Spill], view: Observer) -> None:
        self._inbox = inbox
        self._spills = list(spills)
        self._view = view

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Tell all."""
        while self._spills:  # the first facts of a run that is taken up again hold their answers
            self._spills.pop().done()
        self._inbox.publish(records, state)
        self._view.publish(records, state)


@contextlib.contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from walking through the plan again and again: nothing of it becomes garbage in a run."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.asynccontextmanager
async def _ticking(course: Course) -> AsyncIterator[None]:
    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK)
            course.shop.view.tick(course.shop.settings.now())

    ticking = asyncio.create_task(tick())
    try:
        yield
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


# --- what can go wrong -------------------------------------------------------------------------------------------------


def _after_sending(course: Course, code: str, what: str) -> WfctlError | None:
    """The error as one that needs a person, if anything was sent; None if the world is as it was."""
    if not any(action.sent for action in course.state.actions):
        return None
    return WfctlError(Kind.NEEDS_PERSON, code, what, hint=_resume(course))


def _lease_lost(course: Course, what: str) -> WfctlError:
    return WfctlError(
        Kind.LOCK,
        "LEASE_LOST",
        f"workspace {course.shop.place.workspace} was taken away from run {course.writer.run_id}: {what}",
        hint=f"wfctl runs show {course.writer.run_id}",
        details=("what was in flight has landed and is not on record; whoever owns the run now looks it up",),
    )


def _ledger_failed(course: Course, failed: LedgerFailedError) -> WfctlError:
    details = (f"answers that could not be recorded are in {failed.spilled}",) if failed.spilled else ()
    what = f"the record could not be written: {failed.problem}"
    if isinstance(failed.problem, WfctlError):
        what, details = failed.problem.message, (*failed.problem.details, *details)
    kind = Kind.NEEDS_PERSON if failed.sent or failed.spilled else Kind.LEDGER
    return WfctlError(kind, "LEDGER_FAILED", what, hint=_resume(course), details=details)


def _resume(course: Course) -> str:
    return f"when the cause is gone: wfctl resume {course.writer.run_id}"
