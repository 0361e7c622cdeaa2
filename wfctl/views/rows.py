"""The plain facts that views show, as frozen values: what a use case has found out, ready to be laid out.

Knows nothing of layout, of terminals or of how the facts were found. Times are Unix seconds, 0 = not yet.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Operation


class Severity(enum.StrEnum):
    """How bad a finding is (Terraform's two words, and one for remarks)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about a file or a resource. Line and column count from 1, 0 = the file as a whole."""

    severity: Severity
    summary: str
    detail: str = ""
    code: str = ""
    address: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    snippet: str = ""


class ValueForm(enum.StrEnum):
    """What may be shown of a value."""

    ABSENT = "absent"
    PLAIN = "plain"
    REFERENCE = "reference"
    SENSITIVE = "sensitive"
    UNKNOWN = "unknown"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it may be shown: `text` is its JSON (PLAIN) or what it will be taken from (REFERENCE), else empty."""

    form: ValueForm = ValueForm.ABSENT
    text: str = ""


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute that changes. `path` is dotted."""

    path: str
    old: Shown = Shown()
    new: Shown = Shown()
    forces_replacement: bool = False


class PlannedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One PlanAction as shown before it is approved.

    `undo` is delete, restore, recreate, custom or none, with `undo_note` saying why or with what risk; empty when there is
    nothing to undo. `create_first` is the order of a replace. `hooks_only` names pending hooks of an unchanged resource.
    """

    operation: Operation
    name: str
    type: str
    provider: str = ""
    provider_id: str = ""
    reason: str = ""
    create_first: bool = False
    changes: tuple[ChangeRow, ...] = ()
    undo: str = ""
    undo_note: str = ""
    hooks_only: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"


class PlanPage(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan.

    `read` counts the resources read back from their drivers, in `read_seconds`; `refreshed` is false if none were asked.
    `partial` says that some resources were left out by choice. `next_command` is what to type next.
    """

    plan_id: str = ""
    operation: str = "apply"
    workspace: str = ""
    project: str = ""
    serial: int = 0
    read: int = 0
    read_seconds: float = 0.0
    refreshed: bool = True
    partial: bool = False
    actions: tuple[PlannedRow, ...] = ()
    next_command: str = ""


class Fate(enum.StrEnum):
    """What a rollback means for one action: undone, undone already, refused by a guard, or left as it is for a reason."""

    UNDO = "undo"
    ALREADY = "already"
    REFUSED = "refused"
    STAYS = "stays"
    SKIPPED = "skipped"
    ORPHANED = "orphaned"


class RollbackRow(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a run that is to be rolled back. `undos` are the calls: delete, restore, recreate, custom."""

    plan_index: int
    operation: Operation
    name: str
    type: str
    provider: str = ""
    provider_id: str = ""
    fate: Fate = Fate.UNDO
    undos: tuple[str, ...] = ()
    why: str = ""

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"


class RollbackPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollback would come to. `rows`: undos in the order they would begin, then what stays."""

    run_id: str
    operation: str = "apply"
    result: str = ""
    workspace: str = ""
    project: str = ""
    finished_at: float = 0.0
    rows: tuple[RollbackRow, ...] = ()


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run from its row: enough to head every page about it.

    `exit_code` is -1 while it is not over, `pruned` says that its events are gone. `options` is what commands about it need
    beside its id: those of the call that looks at it.
    """

    run_id: str
    operation: str = "apply"
    workspace: str = ""
    project: str = ""
    engine: str = "local"
    plan_id: str = ""
    lineage: str = ""
    serial: int = 0
    actions: int = 0
    parallelism: int = 0
    on_failure: str = ""
    result: str = "running"
    exit_code: int = -1
    cause: str = ""
    owner: str = ""
    plugins: tuple[str, ...] = ()
    resumed: bool = False
    options: str = ""
    epoch: int = 1
    started_at: float = 0.0
    finished_at: float = 0.0
    pruned: bool = False


class ResidueRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something a run left that nobody has settled: what is known of it, and since when."""

    run_id: str
    workspace: str
    address: str
    provider: str = ""
    provider_id: str = ""
    what: str = ""
    since: float = 0.0


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """One run looked back at. `records` are its events in order; they are laid out in full only with `full_record`."""

    run: RunFacts
    outcome: RunOutcome
    records: Sequence[Recorded] = ()
    full_record: bool = False


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of the state, as a line of a list."""

    name: str
    type: str
    provider: str = ""
    provider_id: str = ""
    mark: str = ""
    protected: bool = False
    hooks_pending: tuple[str, ...] = ()
    updated_at: float = 0.0

    @property
    def address(self) -> str:
        """`type.name`, as shown to people."""
        return f"{self.type}.{self.name}"


class StatePage(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of the state in full: attributes by dotted path, in the order to show them."""

    row: StateRow
    config: tuple[tuple[str, Shown], ...] = ()
    outputs: tuple[tuple[str, Shown], ...] = ()
    dependencies: tuple[str, ...] = ()
    provenance: str = ""
    created_by_run: str = ""
    created_at: float = 0.0


class OutputRow(msgspec.Struct, frozen=True, kw_only=True):
    """One output of one resource."""

    address: str
    field: str
    value: Shown


class PluginRow(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin that was found.

    `source` says where: a folder, or the distribution that brought it. `problem` is empty if it can be used; `modules` are
    the provider modules of the config that use it.
    """

    name: str
    version: str = ""
    source: str = ""
    digest: str = ""
    types: int = 0
    modules: tuple[str, ...] = ()
    problem: str = ""


class LockRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a workspace. `standing` is held, elsewhere, died or ran_out.

    `holder` says it for people, `owner` (user@host), `host` and `pid` for programs; they are empty for an engine elsewhere.
    `since` is when the run began, `until` when the lock ends without a further sign of life.
    """

    workspace: str
    run_id: str
    holder: str
    standing: str
    engine: str = "local"
    owner: str = ""
    host: str = ""
    pid: int = 0
    epoch: int = 0
    since: float = 0.0
    until: float = 0.0
