"""Which resources a plan is about, and who can be asked about each.

Knows nothing of what becomes of them.
"""

from __future__ import annotations

import msgspec

from wfctl.core.plan import ResourceState
from wfctl.engine.ports import Driver
from wfctl.errors import Kind, WfctlError
from wfctl.planner.refresh import HALF_REPLACED
from wfctl.planner.request import Desired, PlanRequest
from wfctl.planner.trouble import Trouble


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The desired resources and the rows a plan is about, by name and in their order.

    `leaving` are the rows to be deleted; `apart` are rows the plan leaves alone, which others may refer to. `drivers` are
    those of the desired resources, `row_drivers` those of what is there, both by resource name.
    """

    desired: dict[str, Desired]
    rows: dict[str, ResourceState]
    apart: dict[str, ResourceState]
    leaving: frozenset[str]
    drivers: dict[str, Driver]
    row_drivers: dict[str, Driver]

    def provider_of(self, row: ResourceState) -> str:
        """The provider module a row was made by; that of the config where the state does not say."""
        wanted = self.desired.get(row.name)
        return row.provider_ref or (wanted.provider if wanted else "")


def scope_of(request: PlanRequest, trouble: Trouble) -> Scope:
    """The scope of a request. Missing drivers are mistakes. Raises WfctlError for an unknown `include`."""
    _refuse_unknown(request)
    chosen = set(request.include)
    wanted = {} if request.destroy else {one.name: one for one in request.desired if not chosen or one.name in chosen}
    rows = {row.name: row for row in request.state if not chosen or row.name in chosen}
    apart = {row.name: row for row in request.state if row.name not in rows}
    leaving = frozenset(name for name in rows if name not in wanted)
    scope = Scope(desired=wanted, rows=rows, apart=apart, leaving=leaving, drivers={}, row_drivers={})
    _find_drivers(scope, request, trouble)
    return scope


def _refuse_unknown(request: PlanRequest) -> None:
    known = {one.name for one in request.desired} | {row.name for row in request.state}
    unknown = [name for name in request.include if name not in known]
    if unknown:
        raise WfctlError(
            Kind.USAGE,
            "INCLUDE_UNKNOWN",
            f"--include names what is neither in the configuration nor in the state: {', '.join(unknown)}",
            hint="wfctl state list",
        )


def _find_drivers(scope: Scope, request: PlanRequest, trouble: Trouble) -> None:
    for name, one in scope.desired.items():
        try:
            scope.drivers[name] = request.drivers.driver(one.provider)
        except KeyError:
            trouble.mistake(one.address, f"there is no provider module {one.provider!r}", one.position)
    for name, row in scope.rows.items():
        provider = scope.provider_of(row)
        try:
            scope.row_drivers[name] = request.drivers.driver(provider)
        except KeyError:
            if name in scope.leaving or row.mark != HALF_REPLACED:
                trouble.mistake(f"{row.type}.{name}", _lost(provider))


def _lost(provider: str) -> str:
    maker = f"the provider module {provider!r} that made it is not configured any more" if provider else ""
    return f"{maker or 'the state does not say who made it'}; put the module back"
