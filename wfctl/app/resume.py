"""Resume: take a run up that was interrupted or whose process died, and drive it to its end."""

from __future__ import annotations

from collections.abc import Sequence

from wfctl.app import compose
from wfctl.app.compose import Workshop
from wfctl.app.driving import Course, collector_at_rest, drive
from wfctl.app.inbox import Inbox, requested
from wfctl.app.mapping import providers_needed
from wfctl.app.orders import ResumeOrder
from wfctl.app.runs import only_unfinished
from wfctl.app.saved import changed_since
from wfctl.app.settings import Settings
from wfctl.app.waiting import expect_free, obtained
from wfctl.core.events import FinalizeLost, Recorded, RollbackRequested, RunResumed
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Deferral, Plan, RunId
from wfctl.core.run import RunState, fold
from wfctl.engine.ports import Answer
from wfctl.errors import Kind, WfctlError
from wfctl.executors.spill import Spill, take_up
from wfctl.ledger.store import FINAL, RunRow
from wfctl.views.view import View

LOCAL = "local"


async def resume(settings: Settings, order: ResumeOrder, view: View) -> RunOutcome:
    """Go on with a run and say how it went.

    Raises WfctlError: RUN_UNKNOWN, RUN_FINISHED, NOTHING_UNFINISHED, ENGINE_ACTION_UNSUPPORTED, RUN_CHANGED naming what is not
    as it was, and what keeps a run from being driven.
    """
    async with compose.workshop(settings, order.where, view, write=True) as shop:
        run = shop.store.run(RunId(order.run_id)) if order.run_id else only_unfinished(shop.store, shop.place.workspace)
        _expect_resumable(shop, run)
        await obtained(shop, order.run.lock_timeout, lambda: expect_free(shop, run.run_id))
        plan = shop.store.plan(run.run_id)
        await shop.open_drivers(providers_needed(plan))
        _expect_unchanged(shop, plan, run, accepted=order.accept_changed)
        with collector_at_rest():  # the record is read and folded whole, and nothing of it becomes garbage
            course = await _taken_over(shop, order, run, plan)
        return await drive(course)


def _expect_resumable(shop: Workshop, run: RunRow) -> None:
    if run.engine != LOCAL:
        raise WfctlError(
            Kind.USAGE,
            "ENGINE_ACTION_UNSUPPORTED",
            f"run {run.run_id} is driven by engine {run.engine}, which resumes it by itself",
            hint=f"wfctl runs show {run.run_id}",
        )
    if run.result in FINAL:
        message = f"run {run.run_id} is over: {run.result}. Only a run that was interrupted or killed can be resumed"
        raise WfctlError(Kind.USAGE, "RUN_FINISHED", message, hint=f"wfctl runs show {run.run_id}")
    if run.workspace != shop.place.workspace:
        message = f"run {run.run_id} belongs to workspace {run.workspace}, not to {shop.place.workspace}"
        hint = f"name it as it was named then, with --env {run.workspace} or --workspace {run.workspace}"
        raise WfctlError(Kind.USAGE, "OTHER_WORKSPACE", message, hint=hint)


def _expect_unchanged(shop: Workshop, plan: Plan, run: RunRow, *, accepted: bool) -> None:
    found = changed_since(shop, plan)
    if found and not accepted and not _is_rollback(shop, run):
        raise WfctlError(
            Kind.STALE_PLAN,
            "RUN_CHANGED",
            f"not everything is as it was when run {run.run_id} began",
            hint=f"put it back, or go on nevertheless: wfctl resume {run.run_id} --accept-changed",
            details=found,
        )
    for line in found:
        shop.view.notice(f"Changed since the run began, and accepted: {line}")


def _is_rollback(shop: Workshop, run: RunRow) -> bool:
    """Whether it is being taken back: then nothing of what it was made of is needed to be as it was, only what it left."""
    return any(isinstance(recorded.event, RollbackRequested) for recorded in shop.store.events(run.run_id))


async def _taken_over(shop: Workshop, order: ResumeOrder, run: RunRow, plan: Plan) -> Course:
    writer = await obtained(shop, order.run.lock_timeout, lambda: shop.store.resume_run(run.run_id))
    # Read under the lease: until then the run's process, if it still lived, could have added to the record.
    records = list(shop.store.events(run.run_id))
    state = fold(records)
    told = state.fork()
    spills = _spilled(shop, records, told)
    inbox = Inbox(shop.store, run.run_id)
    for line in inbox.breaches(state.seq):
        shop.view.notice(f"{line}.")
    first = [answer for spill in spills for answer in spill.answers]
    first += [Answer(event=RunResumed(epoch=writer.epoch)), *_lost(told)]
    if order.cancel is not None:
        first.append(Answer(event=requested(order.cancel)))
    first += [Answer(event=event) for event in inbox.left_behind(state.seq, obeyed=order.obedient)]
    return Course(
        shop=shop, order=order.run, plan=plan, state=state, writer=writer, first=tuple(first), spills=tuple(spills)
    )


def _spilled(shop: Workshop, records: Sequence[Recorded], state: RunState) -> list[Spill]:
    """The answers that could not be put on record when they came; they go there before anything else.

    Raises WfctlError (ledger, SPILL_UNREADABLE).
    """
    try:
        spills = take_up(shop.place.record, records, state)
    except OSError as reason:
        message = f"answers of run {state.begun.run_id} that are not on record yet cannot be read: {reason}"
        hint = f"make the file readable, or move it away: what it says is looked up then. wfctl resume {state.begun.run_id}"
        raise WfctlError(Kind.LEDGER, "SPILL_UNREADABLE", message, hint=hint) from reason
    for spill in spills:
        shop.view.notice(_about(spill))
    return spills


def _about(spill: Spill) -> str:
    """What was found in a file, in a sentence."""
    counted = [f"{len(spill.answers)} put on record now", f"{spill.known} on record already"]
    counted += [f"{spill.unfit} that do not fit it"] if spill.unfit else []
    counted += [f"{spill.unreadable} torn lines"] if spill.unreadable else []
    aside = "" if spill.whole else " What was left out is looked up, and the file stays as FILE.left."
    return f"Answers that could not be recorded, from {spill.path.name}: {', '.join(counted)}.{aside}"


def _lost(state: RunState) -> list[Answer]:
    """What plugins had deferred lived in their processes, and went with them."""
    return [
        Answer(event=FinalizeLost(provider=provider, actions=actions, reason="resumed"))
        for provider in state.finalizers
        if state.providers[provider].deferral is not Deferral.DURABLE and (actions := state.unflushed_by(provider))
    ]
