"""Check the configuration, all of it at once. Starts no plugin and opens no ledger."""

from __future__ import annotations

from wfctl.app import project
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.views.view import View


def validate(settings: Settings, where: Where, view: View) -> None:
    """Read the configuration and say how it went. Raises WfctlError (config) naming every mistake."""
    found = project.read(settings, where, view)
    count = len(found.config.resources)
    view.notice(f"{found.config.path} is valid: {count} resource{'' if count == 1 else 's'}.")
