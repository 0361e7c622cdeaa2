"""`wfctl state verify` and `wfctl state pull`: look at the whole ledger, and print the state as a file."""

from __future__ import annotations

import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked
from wfctl.views.view import View


def state_verify(ctx: typer.Context) -> int:
    """Verify.

    Every byte that anything depends on is read: the events of all runs, documents, secrets, and whether the resources are what
    the events say. Exit code 5 when a person is needed; what is only remarked ends by itself or was meant.
    """
    from wfctl.app.state_verify import look_through, page_of
    from wfctl.views.verify_page import verify_page

    call = invocation(ctx)

    def look(view: View) -> Page:
        report, name = look_through(call.settings, flags.where(call.common), view)
        told = {"clean": report.clean, "ledger": name, "counted": report.counted, "findings": report.findings}
        return Page(
            lambda: verify_page(page_of(report, name), hints=not call.settings.in_automation),
            lambda: document(**told),
            code=exit_codes.OK if report.clean else exit_codes.NEEDS_PERSON,
        )

    return looked(call, look)


def state_pull(ctx: typer.Context) -> int:
    """Pull.

    JSON, with --json or without: lineage, serial and resources, secrets as references. wfctl state push takes it back.
    """
    from wfctl.app.state_pull import pull

    call = invocation(ctx)

    def look(view: View) -> Page:
        body = pull(call.settings, flags.where(call.common), view)
        return Page(None, lambda: body.rstrip(b"\n"))

    return looked(call, look)
