"""What a use case is asked to do, as frozen values: the flags of a verb without the command line.

Knows nothing of files' contents. A value left at None or empty was not given, and the configuration or a default decides.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from wfctl.core.plan import OnCancel, OnFailure
from wfctl.core.rollback import Wish


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Which project and which workspace is meant, and where plugins are looked for first."""

    config: Path | None = None
    env: str = ""
    workspace: str = ""
    plugin_dir: Path | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """That a run is to stop: whether for good, and why."""

    final: bool = False
    reason: str = ""


class PlanOrder(msgspec.Struct, frozen=True, kw_only=True):
    """How to plan. `allow_replace` names protected resources that may be replaced or deleted nevertheless."""

    where: Where = Where()
    destroy: bool = False
    refresh: bool = True
    include: tuple[str, ...] = ()
    allow_replace: tuple[str, ...] = ()
    require_compensable: bool = False
    out: Path | None = None


class RunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """How to run: what a flag says goes before what the configuration says. Times in seconds, 0 = unlimited."""

    on_failure: OnFailure | None = None
    on_cancel: OnCancel | None = None
    parallelism: int | None = None
    timeout: float | None = None
    grace: float | None = None
    action_timeout: float | None = None
    lock_timeout: float = 0.0


class WhatIfOrder(msgspec.Struct, frozen=True, kw_only=True):
    """That single failures of a plan are to be played, in a run like this.

    With `max_residue` a plan is refused of which one failure would leave more things behind.
    """

    run: RunOrder = RunOrder()
    max_residue: int | None = None


class ApplyOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to apply: a saved plan, or what planning comes to. `approved` leaves nobody to be asked."""

    plan: PlanOrder = PlanOrder()
    plan_file: Path | None = None
    approved: bool = False
    run: RunOrder = RunOrder()


class ResumeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which run to go on with: empty = the only unfinished one of the workspace.

    With `cancel` nothing new is started: what is in doubt is looked up, and the run stops again or ends for good. With
    `obedient` that also happens where somebody asked for it and the run's process died before it heard of it.
    """

    where: Where = Where()
    run_id: str = ""
    accept_changed: bool = False
    cancel: Stop | None = None
    obedient: bool = False
    run: RunOrder = RunOrder()


class RollbackOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which run to take back, and how much of it. `rehearse` only says what would be done; `approved` asks nobody."""

    where: Where = Where()
    run_id: str
    wish: Wish = Wish()
    reason: str = ""
    rehearse: bool = False
    approved: bool = False
    run: RunOrder = RunOrder()


class SettleOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one action: `as_` is present, absent or restored. `reason` is needed when nothing is read."""

    where: Where = Where()
    run_id: str
    address: str
    as_: str
    provider_id: str = ""
    verify: bool = True
    reason: str = ""
    lock_timeout: float = 0.0


class BreakOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which lock to break: that of a workspace, that which is held for a run, or (empty) that of the workspace meant anyway.

    `force` goes on although the holder may live.
    """

    where: Where = Where()
    target: str = ""
    force: bool = False
    reason: str = ""


class MoveOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which resource is to have which name in the state."""

    where: Where = Where()
    old: str
    new: str
    reason: str = ""
    lock_timeout: float = 0.0


class ForgetOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources the state is to forget. `approved` leaves nobody to be asked."""

    where: Where = Where()
    addresses: tuple[str, ...]
    reason: str = ""
    approved: bool = False
    lock_timeout: float = 0.0


class PushOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which file is to become the state, or what is `given` instead of it. `force` needs a `reason`."""

    where: Where = Where()
    file: str
    given: bytes | None = None
    force: bool = False
    reason: str = ""
    lock_timeout: float = 0.0


class RepairOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Make the state what its events say. `approved` leaves nobody to be asked."""

    where: Where = Where()
    reason: str = ""
    approved: bool = False


class ExportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Write the state where the Go tool reads it: a directory, or (None) the one the configuration names."""

    where: Where = Where()
    directory: Path | None = None
    approved: bool = False
    lock_timeout: float = 0.0


class PruneOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs may go: all but the `keep` newest, and of those what ended more than `older_than` seconds ago."""

    where: Where = Where()
    keep: int = 0
    older_than: float | None = None
    approved: bool = False
