"""A lease in its table, and the thread that keeps it.

The rules are `lease`'s. Knows nothing of runs beyond their names.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from wfctl.errors import WfctlError
from wfctl.ledger.lease import LEASE, MARGIN, RENEWAL, Clocks, Lease
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import stamp, unstamp
from wfctl.ledger.trouble import damaged, named

LOOK = 1.0
"""Seconds between two looks whether a renewal is due."""

_COLUMNS = "workspace, epoch, run_id, engine, owner, host, boot_id, pid, started, expires_at, expires_boot"


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside the block, or nothing. The right to write is taken at once, so that no check inside goes stale."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.rollback()
        raise


def read_lease(reader: Reader, workspace: str) -> Lease | None:
    """Who owns a workspace. Raises sqlite3.Error, WfctlError LEDGER_DAMAGED."""
    sql = f"SELECT {_COLUMNS} FROM lease WHERE workspace = ?"  # noqa: S608  (a constant)
    row = reader.connection.execute(sql, (workspace,)).fetchone()
    if row is None:
        return None
    values = dict(zip(Lease.__struct_fields__, row, strict=True))
    try:
        values["expires_at"] = None if row[9] is None else unstamp(row[9])
        return msgspec.convert(values, Lease)
    except (AttributeError, ValueError, msgspec.MsgspecError) as error:
        raise damaged(reader.path, f"the lease of workspace {workspace}") from error


def write_lease(connection: sqlite3.Connection, lease: Lease) -> None:
    """Put a lease into its place. Raises sqlite3.Error."""
    values = list(msgspec.structs.astuple(lease))
    values[9] = None if lease.expires_at is None else stamp(lease.expires_at)
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT OR REPLACE INTO lease({_COLUMNS}) VALUES({marks})", values)


class Keeper:
    """Keeps one lease from a thread and a connection of its own, so that neither a busy loop nor a long append lets it run out.

    The connection becomes the keeper's and is closed by `release`. `renewal` are the seconds between renewals.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, lease: Lease, clocks: Clocks, *, renewal: float = RENEWAL
    ) -> None:
        self._connection = connection
        self._path = path
        self._lease = lease
        self._clocks = clocks
        self._renewal = renewal
        self._expires = lease.expires_boot
        self._lost = False
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="wfctl-lease", daemon=True)
        self._thread.start()

    @property
    def lease(self) -> Lease:
        """The lease as it was taken: its epoch and run stay the same for as long as it is ours."""
        return self._lease

    def may_send(self) -> bool:
        """Whether the lease is ours for at least `MARGIN` seconds more, by a clock that nobody sets."""
        return not self._lost and self._clocks.boot() + MARGIN <= self._expires

    def lose(self) -> None:
        """Somebody else owns the workspace: stop asking."""
        self._lost = True
        self._end.set()

    def renew(self) -> bool:
        """Renew now. False when it is not ours any more. Raises WfctlError when the ledger cannot be written."""
        with self._lock, named(self._path):
            if self._lost or self._end.is_set():
                return not self._lost
            # Read before the write: the promise in memory must never outlast the one on the disk.
            boot, wall = self._clocks.boot() + LEASE, self._clocks.wall() + LEASE
            with transaction(self._connection):
                done = self._connection.execute(
                    "UPDATE lease SET expires_at = ?, expires_boot = ? WHERE workspace = ? AND epoch = ? AND run_id = ?",
                    (stamp(wall), boot, self._lease.workspace, self._lease.epoch, self._lease.run_id),
                )
            if done.rowcount == 1:
                self._expires = boot
            else:
                self.lose()
            return not self._lost

    def release(self) -> None:
        """Give the lease back if it is still ours, and end the thread. Never raises: a lease ends by itself."""
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock, contextlib.suppress(sqlite3.Error):
            if not self._lost:
                self._give_back()
            self._connection.close()
        self._lost = True

    def _give_back(self) -> None:
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE lease SET run_id = NULL WHERE workspace = ? AND epoch = ? AND run_id = ?",
                (self._lease.workspace, self._lease.epoch, self._lease.run_id),
            )

    def _keep(self) -> None:
        # Looked at often and by the lease's own clock: a machine that wakes up from sleep renews at once, before somebody
        # takes a workspace whose owner is well.
        while not self._end.wait(min(LOOK, self._renewal)):
            if self._clocks.boot() + LEASE - self._expires < self._renewal:
                continue
            # What fails now may succeed in a second; if it does not, `may_send` says so.
            with contextlib.suppress(WfctlError):
                self.renew()
