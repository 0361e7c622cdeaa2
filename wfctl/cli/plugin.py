"""`wfctl plugin`: look at plugins."""

from __future__ import annotations

import typer

from wfctl.cli import flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked
from wfctl.views.view import View


def plugin_list(ctx: typer.Context) -> int:
    """List.

    What can be used, and what was passed over and why. No plugin is started.
    """
    from wfctl.app.plugins import list_plugins
    from wfctl.views.tables import plugin_list as lines

    call = invocation(ctx)

    def look(view: View) -> Page:
        found = list_plugins(call.settings, flags.where(call.common), view)
        return Page(lambda: lines(found), lambda: document(plugins=found))

    return looked(call, look)
