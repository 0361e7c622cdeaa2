"""What a ledger backend offers: runs, their events, the state of workspaces, secrets, and word from other processes.

Knows no backend. One contract suite holds every backend to these protocols (`tests/ledger/contract.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionOutcome, Cause, RunResult
from wfctl.core.plan import Plan, ResourceState, RunId
from wfctl.engine.ports import Batch, Documents, Ledger
from wfctl.ledger.lease import Break, Lease

FINAL = frozenset({RunResult.SUCCEEDED, RunResult.FAILED, RunResult.COMPENSATED, RunResult.CANCELLED})
"""The results after which a run is over for good."""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run as a list shows it. Times are Unix seconds, 0 = not yet.

    `status` is where it stands now, `result` how it ended (None while it can go on), `events` how many were
    recorded, `pruned` that they are gone.
    """

    run_id: RunId
    workspace: str
    engine: str
    operation: str
    plan_id: str
    rules: int
    epoch: int
    status: RunResult
    result: RunResult | None = None
    exit_code: int | None = None
    cause: Cause | None = None
    events: int = 0
    started_at: float = 0.0
    finished_at: float = 0.0
    pruned: bool = False


class WorkspaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace. `lineage` names its history, `serial` counts its changes, `active_run` is the run not yet over."""

    name: str
    lineage: str
    serial: int
    active_run: RunId | None = None


class WorkspaceState(msgspec.Struct, frozen=True, kw_only=True):
    """The resources of a workspace at one instant, by name in sorted order. `digest` changes with every change of a row.

    `mark_runs` names, for each resource that carries a mark, the run that left it.
    """

    workspace: str
    lineage: str = ""
    serial: int = 0
    digest: str = ""
    resources: tuple[ResourceState, ...] = ()
    mark_runs: dict[str, str] = {}


class PlanUse(msgspec.Struct, frozen=True, kw_only=True):
    """Which run a plan was used by, and when (Unix seconds)."""

    plan_id: str
    run_id: RunId
    at: float


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Word from another process to the one that owns a run: `kind` is cancel, approve, settle or event, `body` JSON.

    `id` is given by the ledger. `taken_seq` is the event that came of it, None while nobody has taken it.
    """

    run_id: RunId
    kind: str
    body: str
    actor: str
    at: float
    id: int = 0
    taken_seq: int | None = None


class RunWriter(Ledger, Protocol):
    """The one that may write a run: holds its workspace's lease and keeps it renewed until released."""

    @property
    def run_id(self) -> RunId:
        """The run."""
        ...

    @property
    def epoch(self) -> int:
        """The fencing epoch that every append is checked against."""
        ...

    @property
    def seq(self) -> int:
        """The sequence number of the last durable event."""
        ...

    def renew(self) -> bool:
        """Renew the lease now. False when it belongs to somebody else."""
        ...

    def release(self) -> None:
        """Finish what is being appended, give the lease back and stop. May be called twice; never raises."""
        ...


class StoredDocuments(Documents, Protocol):
    """The documents of a ledger, and the secrets of one workspace."""


class Store(Protocol):
    """One ledger, open. Every method may raise WfctlError of kind ledger, naming what could not be read or written."""

    def close(self) -> None:
        """Close. Writers that are still open are released."""
        ...

    def create_run(self, plan: Plan, first: Batch, *, engine: str = "local") -> RunWriter:
        """Begin a run: its row, its lease under a new epoch, the plan's use and the first batch, all or nothing.

        The first record of the batch is RunStarted. Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED, PLAN_USED, or
        STATE_MOVED when lineage or serial are not those RunStarted was made for.
        """
        ...

    def resume_run(self, run_id: RunId) -> RunWriter:
        """Take over a run that is not over. Raises WfctlError: RUN_UNKNOWN, RUN_FINISHED, WORKSPACE_LOCKED."""
        ...

    def reopen_run(self, run_id: RunId) -> RunWriter:
        """Take a run to add to its record, over or not. Raises WfctlError: RUN_UNKNOWN, WORKSPACE_LOCKED."""
        ...

    def run(self, run_id: RunId) -> RunRow:
        """One run. Raises WfctlError RUN_UNKNOWN."""
        ...

    def runs(self, workspace: str | None = None, *, limit: int | None = None) -> tuple[RunRow, ...]:
        """The runs of one workspace or of all, the newest first."""
        ...

    def plan(self, run_id: RunId) -> Plan:
        """The plan a run was started with. Raises WfctlError RUN_UNKNOWN."""
        ...

    def plan_use(self, plan_id: str) -> PlanUse | None:
        """Which run used a plan."""
        ...

    def events(self, run_id: RunId, *, after: int = 0) -> Iterator[Recorded]:
        """The events of a run in order, each checked against the chain, as of the moment of the call."""
        ...

    def action_results(self, run_id: RunId) -> tuple[ActionOutcome, ...]:
        """The outcomes of a run's actions in plan order; empty while it is going on."""
        ...

    def workspace(self, name: str) -> WorkspaceRow | None:
        """One workspace, None before its first run."""
        ...

    def workspaces(self) -> tuple[WorkspaceRow, ...]:
        """Every workspace, sorted by name."""
        ...

    def state(self, workspace: str) -> WorkspaceState:
        """The resources of a workspace; empty with serial 0 before its first run."""
        ...

    def resource(self, workspace: str, name: str) -> ResourceState | None:
        """One resource by name."""
        ...

    def documents(self, workspace: str) -> StoredDocuments:
        """Stored documents, and the secrets of one workspace."""
        ...

    def lease(self, workspace: str) -> Lease | None:
        """Who owns a workspace; None before its first run."""
        ...

    def break_lease(self, order: Break) -> Lease:
        """Take a workspace away from its owner, and leave word of it; returns the lease as it was.

        Raises WfctlError: NOT_LOCKED, LOCK_ALIVE unless forced, ENGINE_ACTION_UNSUPPORTED for an engine elsewhere.
        """
        ...

    def put(self, letter: Letter) -> int:
        """Leave word for the owner of a run; returns its number. Raises WfctlError: RUN_UNKNOWN, LETTER_TOO_LONG."""
        ...

    def letters(self, run_id: RunId) -> tuple[Letter, ...]:
        """Word for a run that nobody has taken yet, in the order it came."""
        ...

    def taken(self, letter_id: int, seq: int) -> None:
        """Note which event came of a letter, so that it is not given out again."""
        ...


Open = Callable[[], Store]
"""Opens one more connection to the same ledger."""
