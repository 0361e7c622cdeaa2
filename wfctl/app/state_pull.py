"""Print the state as a file. Changes nothing."""

from __future__ import annotations

from wfctl.app import compose, project, state_file
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.ledger.store import WorkspaceState
from wfctl.views.view import View


def pull(settings: Settings, where: Where, view: View) -> bytes:
    """The state of the workspace as JSON, secrets as references; empty where nothing was ever recorded."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        state = record.store.state(place.workspace) if record else WorkspaceState(workspace=place.workspace)
    return state_file.encode(state_file.file_of(state))
