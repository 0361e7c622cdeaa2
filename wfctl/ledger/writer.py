"""The one that writes a run, under a lease that a thread keeps.

An append is made on the loop's own thread while the disk is quick: the loop waits for it in any case, and handing it to another
thread and waiting for both to get Python's lock costs more than the disk. Where the loop would stand still, it is made in a
thread: when another process is writing, when the last one took long, and when there is much to write.

What an append does is `append`'s, what a lease means is `lease`'s.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from typing import Final

from wfctl.core.plan import RunId
from wfctl.engine.ports import Batch, LeaseLostError
from wfctl.errors import WfctlError
from wfctl.ledger.append import Appender
from wfctl.ledger.keeper import Keeper
from wfctl.ledger.schema import BUSY_SECONDS
from wfctl.ledger.thread import OneThread

QUICK: Final = 0.01
"""Seconds for which the loop may stand still for an append."""

SMALL: Final = 64
"""Events up to which a batch is small."""


class SqliteRunWriter:
    """A `store.RunWriter` over a ledger file. Both connections become the writer's and are closed by `release`.

    `clock` gives seconds from any beginning.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        appender: Appender,
        keeper: Keeper,
        *,
        clock: Callable[[], float],
        gone: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._patience = BUSY_SECONDS
        self._quick = True
        self._handed_over = 0  # counted by the loop
        self._taken_care_of = 0  # counted by the thread
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
        alone = self._handed_over == self._taken_care_of
        if alone and self._quick and self._is_small(batch) and self._appended_at_once(batch):
            return
        self._handed_over += 1
        await self._thread.do(lambda: self._append_patiently(batch))

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

    @staticmethod
    def _is_small(batch: Batch) -> bool:
        return batch.outcome is None and len(batch.records) <= SMALL

    def _appended_at_once(self, batch: Batch) -> bool:
        """Append now; False when another process is writing, and nothing was written."""
        try:
            self._append(batch, patience=0.0)
        except WfctlError as error:
            if error.code != "LEDGER_BUSY":
                raise
            return False
        return True

    def _append_patiently(self, batch: Batch) -> None:
        try:
            self._append(batch, patience=BUSY_SECONDS)
        finally:
            self._taken_care_of += 1

    def _append(self, batch: Batch, *, patience: float) -> None:
        began = self._clock()
        if patience != self._patience:
            self._connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            self._patience = patience
        try:
            self._appender.append(batch)
        except LeaseLostError:
            self._keeper.lose()
            raise
        self._quick = self._clock() - began < QUICK
