"""Look at what a workspace holds. Changes nothing."""

from __future__ import annotations

from wfctl.app import compose, project
from wfctl.app.orders import Where
from wfctl.app.settings import Settings
from wfctl.core.plan import ResourceState
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View


def resources(settings: Settings, where: Where, view: View) -> tuple[ResourceState, ...]:
    """The rows of the workspace; none where there is no ledger yet."""
    place = project.find(settings, where, view)
    with compose.ledger(settings, place, view.notice) as record:
        store = record.store if record else None
        return store.state(place.workspace).resources if store else ()


def find(held: tuple[ResourceState, ...], address: str) -> ResourceState:
    """The resource an address names: `name`, `type.name` or `type/name`. Raises WfctlError (usage, RESOURCE_UNKNOWN)."""
    for resource in held:
        if address in (resource.name, f"{resource.type}.{resource.name}", f"{resource.type}/{resource.name}"):
            return resource
    raise WfctlError(
        Kind.USAGE, "RESOURCE_UNKNOWN", f"the workspace holds no resource {address}", hint="wfctl state list"
    )
