"""Record a run that begins and ends at once, beside one of the same workspace that may not be over.

Everything stands in a transaction of the caller's. Knows nothing of what the run is for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from wfctl.core.plan import Plan
from wfctl.engine.ports import Batch
from wfctl.ledger.append import Appender
from wfctl.ledger.beginning import begin, started_of
from wfctl.ledger.facts import RunFacts
from wfctl.ledger.lease import Claim
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import Chain
from wfctl.ledger.resources import Resources
from wfctl.ledger.vault import Vault

_ACTIVE = "SELECT active_run FROM workspace WHERE name = ?"
_SET_ACTIVE = "UPDATE workspace SET active_run = ? WHERE name = ?"
_GIVE_BACK = "UPDATE lease SET run_id = NULL WHERE workspace = ? AND epoch = ?"


def record_aside(reader: Reader, claim: Claim, vault: Vault, *, plan: Plan, batch: Batch) -> None:
    """Record a whole run; a transaction must be open. An unfinished run of the workspace stays as it is.

    Raises WfctlError: WORKSPACE_LOCKED while somebody drives a run there, STATE_MOVED, and what an append raises.
    """
    started = started_of(batch)
    with _aside(reader, started.workspace):
        lease, root = begin(reader, claim, plan=plan, first=batch, engine="local")
        rows, total = reader.rows(started.workspace)
        resources = Resources(RunFacts(plan, started), rows, total)
        chain = Chain(started.run_id, 0, root)
        Appender(reader, lease, chain=chain, resources=resources, vault=vault).write(batch)
        reader.connection.execute(_GIVE_BACK, (lease.workspace, lease.epoch))


@contextlib.contextmanager
def _aside(reader: Reader, workspace: str) -> Iterator[None]:
    """Let the unfinished run step aside for as long as the block lasts."""
    row = reader.connection.execute(_ACTIVE, (workspace,)).fetchone()
    reader.connection.execute(_SET_ACTIVE, (None, workspace))
    yield
    if row is not None and row[0] is not None:
        reader.connection.execute(_SET_ACTIVE, (row[0], workspace))
