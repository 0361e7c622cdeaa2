"""`wfctl state`: look at what the workspace holds."""

from __future__ import annotations

from typing import Annotated

import typer

from wfctl.cli import flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked
from wfctl.views.view import View


def state_list(ctx: typer.Context) -> int:
    """List."""
    from wfctl.app.facts import state_row
    from wfctl.app.state import resources
    from wfctl.views.tables import state_list as lines

    call = invocation(ctx)

    def look(view: View) -> Page:
        found = resources(call.settings, flags.where(call.common), view)
        return Page(lambda: lines([state_row(one) for one in found]), lambda: document(resources=found))

    return looked(call, look)


def state_show(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The resource, by name or as type.name.")],
) -> int:
    """Show.

    Secrets are not shown; wfctl output --show-sensitive does that.
    """
    from wfctl.app.facts import state_page
    from wfctl.app.state import find, resources
    from wfctl.views.tables import state_show as lines

    call = invocation(ctx)

    def look(view: View) -> Page:
        found = find(resources(call.settings, flags.where(call.common), view), address)
        return Page(lambda: lines(state_page(found)), lambda: document(resource=found))

    return looked(call, look)
