"""Which resource of a state an address means."""

from __future__ import annotations

from wfctl.app.state_file import Held, HeldResource
from wfctl.errors import Kind, WfctlError


def found(held: Held, address: str) -> HeldResource:
    """The resource: by `name`, `type.name` or `type/name`. Raises WfctlError (usage, RESOURCE_UNKNOWN)."""
    for one in held.values():
        if address in (one.name, one.address, f"{one.type}/{one.name}"):
            return one
    message = f"the workspace holds no resource {address}"
    raise WfctlError(Kind.USAGE, "RESOURCE_UNKNOWN", message, hint="wfctl state list")
