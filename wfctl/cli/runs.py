"""`wfctl runs`: look at runs, and ask the process that drives one to stop."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from msgspec.structs import replace

from wfctl.cli import exit_codes, flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked, watched
from wfctl.views.view import View

Run = Annotated[str, typer.Argument(metavar="[RUN]", help="The run; without it, the newest.")]


def runs_list(
    ctx: typer.Context,
    everywhere: Annotated[bool, typer.Option("--all", help="Those of every workspace.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many, the newest first.")] = 50,
    residue: Annotated[
        bool, typer.Option("--residue", help="Instead, what runs left behind and nobody has settled.")
    ] = False,
) -> int:
    """List."""
    from wfctl.app.residues import list_residues
    from wfctl.app.runs import list_runs
    from wfctl.views.tables import residue_list, run_list

    call = invocation(ctx)

    def look_for_residues(view: View) -> Page:
        left = list_residues(call.settings, flags.where(call.common), view, everywhere=everywhere)
        return Page(lambda: residue_list(left, options=call.common.repeated), lambda: document(residues=left))

    if residue:
        return looked(call, look_for_residues)

    def look(view: View) -> Page:
        found = list_runs(call.settings, flags.where(call.common), view, everywhere=everywhere, limit=limit)
        return Page(lambda: run_list(found), lambda: document(runs=found))

    return looked(call, look)


def runs_show(
    ctx: typer.Context,
    run: Run = "",
    events: Annotated[bool, typer.Option("--events", help="The whole record, every event.")] = False,
    runbook: Annotated[
        bool, typer.Option("--runbook", help="Instead, what is left for a person, step by step, with every way out.")
    ] = False,
) -> int:
    """Show.

    What happened to every action, the story of the run, and what is left to do.
    """
    from wfctl.app.runs import show_run
    from wfctl.views import runbook as ways
    from wfctl.views.run_page import run_page, runbook_page

    flags.one_of(ctx, **{"--events": events, "--runbook": runbook})
    call = invocation(ctx)

    def look(view: View) -> Page:
        found = show_run(call.settings, flags.where(call.common), run, view, full_record=events)
        # Of another workspace than this call's: what is to be typed next names that one.
        common = replace(call.common, env=found.run.workspace, workspace="") if found.run.options else call.common
        page = replace(found, run=replace(found.run, options=common.repeated))
        if runbook:
            steps = ways.runbook(page.outcome, page.run)
            return Page(lambda: runbook_page(page), lambda: document(run=page.run, runbook=steps))
        told = {"run": page.run, "outcome": page.outcome} | ({"events": page.records} if events else {})
        return Page(lambda: run_page(page, hints=not call.settings.in_automation), lambda: document(**told))

    return looked(call, look)


def runs_watch(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="The run; without it, the one that is going on.")] = "",
    exit_status: Annotated[bool, typer.Option("--exit-status", help="Leave with the run's own exit code.")] = False,
    json_into: flags.JsonInto = None,
) -> int:
    """Watch.

    The story so far, then what happens as it happens, until the run is over, however it went. Ctrl-C ends the watching, and the
    run goes on.
    """
    from wfctl.app.watch import watch

    call = invocation(ctx)

    async def work(view: View) -> int:
        try:
            outcome = await watch(call.settings, flags.where(call.common), run, view)
        except asyncio.CancelledError:
            view.notice("Not watching any more; the run goes on.")
            view.ended(exit_codes.INTERRUPTED)
            return exit_codes.INTERRUPTED
        return outcome.exit_code if exit_status else exit_codes.OK

    return watched(call, work, json_into=json_into)


def runs_cancel(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="The run; without it, the one that is going on.")] = "",
    final: Annotated[bool, typer.Option("--final", help="For good: the run cannot be resumed.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the run.")] = "",
) -> int:
    """Cancel.

    Nothing new is started, and what is in flight lands. The run can be resumed afterwards, unless --final says otherwise; with
    --final a run that nobody drives any more is ended too, once it is known what became of its calls.
    """
    from wfctl.app.cancel import cancel
    from wfctl.app.orders import Stop

    call, stop = invocation(ctx), Stop(final=final, reason=reason)

    async def work(view: View) -> int:
        outcome = await cancel(call.settings, flags.where(call.common), run, stop, view)
        if outcome is not None:
            return outcome.exit_code
        view.ended(exit_codes.OK)
        return exit_codes.OK

    return watched(call, work)
