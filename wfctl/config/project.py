"""What the files of a project say: its providers, its resources, and the rules to apply them by.

Knows nothing of files beyond their names. References are kept as text: neither outputs nor variables are filled in here.
"""

from __future__ import annotations

import enum

import msgspec

from wfctl.config.diagnostics import Diagnostic, Position
from wfctl.core.plan import (
    Document,
    HookFailure,
    HookPoint,
    OnCancel,
    OnFailure,
    Operation,
    Retries,
)


class ProviderModule(msgspec.Struct, frozen=True, kw_only=True):
    """An `iac.provider` module. `provider` is the name its plugin goes by, `config` goes to the plugin as it is.

    `env_allow` are the only variables its process gets; None for all that wfctl has.
    """

    name: str
    provider: str
    config: Document
    env_allow: tuple[str, ...] | None = None
    position: Position


class StateModule(msgspec.Struct, frozen=True, kw_only=True):
    """The `iac.state` module: where the Go tool keeps its state."""

    name: str
    backend: str
    config: Document
    position: Position


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One desired resource. `references` are the resources its config takes outputs from, sorted."""

    name: str
    type: str
    provider_module: str
    config: Document
    size: str = ""
    depends_on: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    protected: bool = False
    position: Position


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one provider module; 0 = what its plugin declares. `rate` is calls a second."""

    parallelism: int = 0
    rate: float = 0.0
    env: tuple[str, ...] | None = None


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds; 0 = unlimited, for `run` and `grace` alone."""

    action: float = 3600.0
    run: float = 0.0
    grace: float = 0.0
    undo: float = 600.0


class CompensationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`max` objects may be undone by deletion, 0 = as many as the run made; `require` that all actions can be undone."""

    max: int = 0
    require: bool = False


class Rerun(enum.StrEnum):
    """Whether a hook may run again when it is unknown how its last run ended."""

    ALWAYS = "always"
    NEVER = "never"


class HookMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Which actions a hook runs for. `type` and `name` are glob patterns; no `action` means all of them."""

    type: str = "*"
    name: str = "*"
    action: tuple[Operation, ...] = ()


class HookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One hook. `undo` is the command line of its undo step; `secrets` maps a variable to `resource.field`."""

    name: str
    on: HookPoint
    exec: tuple[str, ...]
    on_failure: HookFailure
    match: HookMatch = HookMatch()
    when: str = ""
    secrets: dict[str, str] = msgspec.field(default_factory=dict)
    timeout: float = 60.0
    retries: int = 0
    rerun: Rerun = Rerun.ALWAYS
    undo: tuple[str, ...] = ()
    position: Position


class ApplySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The `apply:` block, with its defaults filled in. `workspace` is empty where the file names none."""

    workspace: str = ""
    on_failure: OnFailure = OnFailure.CONTINUE
    on_cancel: OnCancel = OnCancel.STOP
    parallelism: int = 10
    providers: dict[str, ProviderSettings] = msgspec.field(default_factory=dict)
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    compensation: CompensationSettings = CompensationSettings()
    hooks: tuple[HookSettings, ...] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A project as its files describe it, for one environment (empty: the base configuration).

    `files` are all files read, the first is `path`. `secret_names` are variables the files declare to be secrets:
    upstream keeps them as text when it hashes. Resources stand in the order of the files.
    """

    path: str
    directory: str
    environment: str = ""
    files: tuple[str, ...]
    providers: dict[str, ProviderModule]
    state: StateModule | None = None
    resources: tuple[Resource, ...]
    apply: ApplySettings = ApplySettings()
    secret_names: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
