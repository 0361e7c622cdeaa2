"""The one that writes a run: appends from a thread of its own, under a lease that another thread keeps.

What an append does is `append`'s, what a lease means is `lease`'s.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

from wfctl.core.plan import RunId
from wfctl.engine.ports import Batch, LeaseLostError
from wfctl.ledger.append import Appender
from wfctl.ledger.keeper import Keeper
from wfctl.ledger.thread import OneThread


class SqliteRunWriter:
    """A `store.RunWriter` over a ledger file. Both connections become the writer's and are closed by `release`."""

    def __init__(
        self, connection: sqlite3.Connection, appender: Appender, keeper: Keeper, *, gone: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._appender = appender
        self._keeper = keeper
        self._gone = gone
        self._thread = OneThread("wfctl-ledger")
        self._released = False

    @property
    def run_id(self) -> RunId:
        """The run."""
        return self._appender.run_id

    @property
    def epoch(self) -> int:
        """The fencing epoch that every append is checked against."""
        return self._keeper.lease.epoch

    @property
    def seq(self) -> int:
        """The sequence number of the last durable event."""
        return self._appender.seq

    async def append(self, batch: Batch) -> None:
        """Make a batch durable, whole or not at all.

        The transaction goes on when the one that waits is cancelled. Raises LeaseLostError, WfctlError.
        """
        await self._thread.do(lambda: self._append(batch))

    def may_send(self) -> bool:
        """Whether the lease has enough left for a mutation to be sent now."""
        return self._keeper.may_send()

    def renew(self) -> bool:
        """Renew the lease now. False when it belongs to somebody else. Raises WfctlError."""
        return self._keeper.renew()

    def release(self) -> None:
        """Finish what is being appended, give the lease back and stop. May be called twice; never raises."""
        if self._released:
            return
        self._released = True
        self._thread.close()
        self._keeper.release()
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        self._gone()

    def _append(self, batch: Batch) -> None:
        try:
            self._appender.append(batch)
        except LeaseLostError:
            self._keeper.lose()
            raise
