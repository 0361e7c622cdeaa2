"""What a plan is made of: the desired resources, the state, and the moment it was taken.

Knows nothing of how any of it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from wfctl.core.plan import Document, ResourceSpec, ResourceState
from wfctl.engine.ports import Drivers


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """One resource as the config wants it. `${…}` in the config is text still.

    `provider` is the iac.provider module, `protected` what the module says beside its config, `position` is
    file:line:column for messages.
    """

    spec: ResourceSpec
    provider: str
    protected: bool = False
    position: str = ""

    @property
    def name(self) -> str:
        """The resource's name, which is its identity."""
        return self.spec.name

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.spec.type}.{self.spec.name}"

    @property
    def config(self) -> Document:
        """The config with the protection in it, where state and plan keep it (upstream puts it there too)."""
        config = self.spec.config or {}
        return {**config, "protected": True} if self.protected and "protected" not in config else config


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """The moment a plan is made: what it will be compared with before it is applied.

    `now` is in Unix seconds; `valid_for` in seconds, 0 = for ever. `version` is that of wfctl.
    """

    workspace: str
    lineage: str
    serial: int
    state_digest: str
    now: float
    version: str
    valid_for: float = 0.0


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `make_plan` needs.

    `environment` fills `${NAME}` in memory, for comparisons and hashes. `secret` gives the value behind
    `secret_ref://NAME` for comparisons and raises KeyError; without it a comparison sees the reference. `literal` are
    variables that are hashed as text (upstream: declared secrets). `hooks` are the names of the configured hooks that
    run after an apply. `mark_runs` names the run that left a mark on a resource. `include` limits the plan to these
    resources. `timeout` in seconds is that of one call.
    """

    desired: tuple[Desired, ...]
    state: tuple[ResourceState, ...]
    drivers: Drivers
    environment: Mapping[str, str]
    basis: Basis
    destroy: bool = False
    refresh: bool = True
    include: tuple[str, ...] = ()
    allow_replace: tuple[str, ...] = ()
    require_compensable: bool = False
    hooks: tuple[str, ...] = ()
    mark_runs: Mapping[str, str] = {}
    literal: tuple[str, ...] = ()
    secret: Callable[[str], object] | None = None
    in_flight: int = 8
    timeout: float | None = None
