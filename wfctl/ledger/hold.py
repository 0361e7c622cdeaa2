"""Hold a workspace without a run, for as long as something outside the ledger is written from its state.

Knows nothing of what is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from wfctl.ledger import schema
from wfctl.ledger.beginning import take_without_run
from wfctl.ledger.keeper import Keeper, transaction
from wfctl.ledger.lease import Claim
from wfctl.ledger.reading import Reader
from wfctl.ledger.trouble import named


@contextlib.contextmanager
def hold(path: Path, claim: Claim, workspace: str, purpose: str) -> Iterator[None]:
    """Take the lease of a workspace under the name of a purpose, and give it back with the end of the block.

    Raises WfctlError: WORKSPACE_LOCKED, RUN_UNFINISHED.
    """
    with named(path), contextlib.closing(schema.connect(path)) as connection, transaction(connection):
        lease = take_without_run(Reader(connection, path), claim, workspace, purpose)
    keeper = Keeper(schema.connect(path), path, lease, claim.clocks)
    try:
        yield
    finally:
        keeper.release()
