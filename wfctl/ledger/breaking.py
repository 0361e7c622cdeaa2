"""Take a workspace away from whoever holds it, on a person's word, and leave a note of who did it and why.

Knows nothing of how it came to that. The next epoch begins with it, so whatever the old holder still wants to write is
refused; what it has sent may still take effect, and whoever takes its run up looks it up.
"""

from __future__ import annotations

from typing import Final

import msgspec

from wfctl.errors import Kind, WfctlError
from wfctl.ledger import holder
from wfctl.ledger.keeper import read_lease, write_lease
from wfctl.ledger.lease import Break, Claim, Lease, Standing, standing
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import stamp

BROKEN: Final = "broken"
"""The kind of the letter that tells of it; its body is the JSON of a `Breach`."""


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """What the letter says: whose lock it was, how it stood, and the reason that was given."""

    holder: str
    standing: Standing
    reason: str = ""


def break_lease(reader: Reader, claim: Claim, order: Break) -> Lease:
    """End the lease of a workspace; a transaction must be open. Returns it as it was.

    Raises WfctlError: NOT_LOCKED, LOCK_ALIVE for a holder that may live, unless forced, ENGINE_ACTION_UNSUPPORTED for one that
    is an engine elsewhere, whatever is forced.
    """
    lease = read_lease(reader, order.workspace)
    if lease is None or lease.run_id is None or order.run_id not in (None, lease.run_id):
        raise _not_locked(order.run_id or order.workspace)
    found = standing(lease, claim)
    if found is Standing.ELSEWHERE:
        raise _elsewhere(lease)
    if found is Standing.HELD and not order.force:
        raise _alive(lease)
    write_lease(reader.connection, Lease(workspace=order.workspace, epoch=lease.epoch + 1))
    _leave_word(reader, claim, lease, Breach(holder=holder.named(lease), standing=found, reason=order.reason))
    return lease


def _leave_word(reader: Reader, claim: Claim, lease: Lease, breach: Breach) -> None:
    body, at = msgspec.json.encode(breach).decode(), stamp(claim.clocks.wall())
    row = (lease.run_id, BROKEN, body, claim.owner.address, at)
    reader.connection.execute("INSERT INTO inbox VALUES(NULL, ?, ?, ?, ?, ?, NULL)", row)


def _not_locked(what: str) -> WfctlError:
    return WfctlError(Kind.USAGE, "NOT_LOCKED", f"nobody holds a lock for {what}", hint="wfctl lock list")


def _alive(lease: Lease) -> WfctlError:
    return WfctlError(
        Kind.LOCK,
        "LOCK_ALIVE",
        f"{holder.named(lease)} holds workspace {lease.workspace} for run {lease.run_id} and gives signs of life",
        hint=f"stop it: wfctl runs cancel {lease.run_id}; or, if you know better, break the lock with --force",
    )


def _elsewhere(lease: Lease) -> WfctlError:
    return WfctlError(
        Kind.USAGE,
        "ENGINE_ACTION_UNSUPPORTED",
        f"engine {lease.engine} holds workspace {lease.workspace} for run {lease.run_id}; its lock cannot be broken from here",
        hint=f"wfctl runs cancel {lease.run_id}",
    )
