"""Rollback: take back what a run did that is over, or say what that would come to.

Knows nothing of order and of undos: it sees that nothing has moved since, and that somebody wants it. From then on it is the
same run, driven like any other; so it may be stopped, killed and resumed.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

import msgspec

from wfctl.app import compose
from wfctl.app.compose import Workshop
from wfctl.app.driving import Course, drive, specs_of
from wfctl.app.moved import Moved, moved_since
from wfctl.app.orders import RollbackOrder
from wfctl.app.rehearsal import rollback_page
from wfctl.app.resume import LOCAL
from wfctl.app.settings import Settings
from wfctl.app.waiting import expect_free, obtained
from wfctl.core.events import RollbackRequested
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Plan, RunId, exports
from wfctl.core.rollback import begins, failed_before, requested
from wfctl.core.run import RunState, fold
from wfctl.engine.calls import Calls
from wfctl.engine.ports import Answer
from wfctl.engine.rehearse import LookingDrivers, rehearse
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import FINAL, RunRow, RunWriter
from wfctl.views.view import View

Ask = Callable[[str], bool]
"""Puts a question to a person; whether the answer was yes."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it stands, and what of it is to be taken back."""

    run: RunRow
    state: RunState
    request: RollbackRequested


async def rollback(settings: Settings, order: RollbackOrder, view: View, ask: Ask | None) -> RunOutcome | None:
    """Take it back and say how it went; None when there was nothing to do, or it was only rehearsed.

    Raises WfctlError: RUN_UNKNOWN, RUN_UNFINISHED, RUN_PRUNED, OTHER_WORKSPACE, ENGINE_ACTION_UNSUPPORTED, what a wish that makes
    no sense raises, MOVED_SINCE naming what moved, UNDO_FAILED_BEFORE, NOBODY_TO_ASK, DECLINED, and what keeps a run from being
    driven.
    """
    async with compose.workshop(settings, order.where, view, write=True) as shop:
        run = shop.store.run(RunId(order.run_id))
        _expect_ours(shop, run)
        await obtained(shop, order.run.lock_timeout, lambda: expect_free(shop, run.run_id))
        found = _prepared(shop, order)
        if _nothing_to_do(found):
            view.notice(f"Nothing that run {run.run_id} did is left to be undone.")
            return None
        plan = shop.store.plan(run.run_id)
        await shop.open_drivers(_providers(found))
        if order.rehearse or not order.approved:
            seen = await rehearse(_calls(shop, plan, looked := found.state.fork()), found.request)
            view.rollback(rollback_page(found.run, looked, found.request, seen, project=shop.place.name))
        if order.rehearse:
            return None
        if not order.approved:
            _expect_yes(shop, found, ask)
        return await drive(await _begun(shop, order, plan))


# --- whether it may begin ----------------------------------------------------------------------------------------------


def _expect_ours(shop: Workshop, run: RunRow) -> None:
    run_id = run.run_id
    if run.engine != LOCAL:
        message = f"run {run_id} is driven by engine {run.engine}, which alone can take it back"
        raise WfctlError(Kind.USAGE, "ENGINE_ACTION_UNSUPPORTED", message, hint=f"wfctl runs show {run_id}")
    if run.workspace != shop.place.workspace:
        message = f"run {run_id} belongs to workspace {run.workspace}, not to {shop.place.workspace}"
        hint = f"name it as it was named then, with --env {run.workspace} or --workspace {run.workspace}"
        raise WfctlError(Kind.USAGE, "OTHER_WORKSPACE", message, hint=hint)
    if run.pruned:
        message = f"the record of run {run_id} was pruned, and with it went what an undo needs to know"
        raise WfctlError(Kind.USAGE, "RUN_PRUNED", message, hint="change the configuration back, then: wfctl apply")


def _expect_over(run: RunRow) -> None:
    """Asked once nobody drives it: until then it may still come to its end."""
    run_id = run.run_id
    if run.result not in FINAL:
        message = f"run {run_id} is not over, and only a run that is over can be rolled back"
        hint = f"go on with it: wfctl resume {run_id}; or end it first: wfctl runs cancel {run_id} --final"
        raise WfctlError(Kind.USAGE, "RUN_UNFINISHED", message, hint=hint)


def _prepared(shop: Workshop, order: RollbackOrder) -> Prepared:
    run = shop.store.run(RunId(order.run_id))
    _expect_over(run)
    state = fold(shop.store.events(run.run_id))
    request = msgspec.structs.replace(requested(state, order.wish), actor=shop.settings.owner, reason=order.reason)
    found = Prepared(run=run, state=state, request=request)
    _expect_told_to_try_again(found)
    _expect_unmoved(shop, found)
    return found


def _nothing_to_do(found: Prepared) -> bool:
    request = found.request
    return not (request.actions or request.skipped or request.orphaned)


def _expect_told_to_try_again(found: Prepared) -> None:
    """Nothing new could begin, and what failed the last time is not tried again unless somebody says so."""
    request, failed = found.request, failed_before(found.state)
    decided = request.again or request.skipped or request.orphaned
    if not failed or decided or begins(found.state, request):
        return
    run_id = found.run.run_id
    addresses = [found.state.facts[index].outline.address for index in failed]
    raise WfctlError(
        Kind.NEEDS_PERSON,
        "UNDO_FAILED_BEFORE",
        f"what is left of run {run_id} could not be undone before: {', '.join(addresses)}",
        hint=f"try it again: wfctl rollback {run_id} --resume; other ways: wfctl runs show {run_id} --runbook",
    )


def _expect_unmoved(shop: Workshop, found: Prepared) -> None:
    protected = [one.name for one in shop.config.resources if one.protected]
    moved = moved_since(shop.store, found.state, found.request.actions, protected=protected)
    if moved.lines:
        raise WfctlError(
            Kind.STALE_PLAN,
            "MOVED_SINCE",
            f"not everything is as run {found.run.run_id} left it, and nothing was undone",
            hint=_around(found, moved),
            details=moved.lines,
        )


def _around(found: Prepared, moved: Moved) -> str:
    """What can be done about what moved: no option is named that would leave nothing to undo."""
    ways = [f"roll back the later run first: wfctl rollback {moved.later}"] if moved.later else []
    if moved.actions and set(found.request.actions) - set(moved.actions):
        addresses = [found.state.facts[index].outline.address for index in moved.actions]
        skipping = " ".join(f"--skip {shlex.quote(address)}" for address in addresses)
        ways.append(f"leave what moved as it is, by adding {skipping}")
    return "; or ".join(ways) or "change the configuration back, then: wfctl apply"


def _expect_yes(shop: Workshop, found: Prepared, ask: Ask | None) -> None:
    """Raises WfctlError (declined): NOBODY_TO_ASK, DECLINED."""
    if ask is None:
        raise WfctlError(
            Kind.DECLINED,
            "NOBODY_TO_ASK",
            "nobody can be asked here whether to go on, and nothing was changed",
            hint="look at it with --dry-run, then give --auto-approve",
        )
    if not ask(f"Do you want to take run {found.run.run_id} back in {shop.place.name}/{shop.place.workspace}?"):
        raise WfctlError(Kind.DECLINED, "DECLINED", "not approved; nothing was changed")


# --- what it takes -----------------------------------------------------------------------------------------------------


def _providers(found: Prepared) -> set[str]:
    """The provider modules that undos need, those of the objects from before included."""
    outlines = [found.state.facts[index].outline for index in found.request.actions]
    return {name for one in outlines for name in (one.provider, one.prior_provider) if name}


def _calls(shop: Workshop, plan: Plan, state: RunState) -> Calls:
    drivers = LookingDrivers(shop.settings.wiring.drivers(shop.pool))
    return Calls(state=state, specs=specs_of(shop, plan, state), drivers=drivers, exports=exports(plan))


async def _begun(shop: Workshop, order: RollbackOrder, plan: Plan) -> Course:
    """Take the run, and look again: until its workspace was ours something could still move."""
    run_id = RunId(order.run_id)
    writer = await obtained(shop, order.run.lock_timeout, lambda: shop.store.reopen_run(run_id))
    try:
        found = _under_lease(shop, order, writer)
    except BaseException:
        writer.release()
        raise
    return Course(
        shop=shop,
        order=order.run,
        plan=plan,
        state=found.state,
        writer=writer,
        first=(Answer(event=found.request),),
        rollback=True,
    )


def _under_lease(shop: Workshop, order: RollbackOrder, writer: RunWriter) -> Prepared:
    known = shop.store.workspace(shop.place.workspace)
    if known is not None and known.active_run not in (None, writer.run_id):
        message = f"run {known.active_run} has begun in workspace {known.name}, and is not over"
        raise WfctlError(Kind.LOCK, "RUN_UNFINISHED", message, hint=f"wfctl resume {known.active_run}")
    return _prepared(shop, order)
