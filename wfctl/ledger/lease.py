"""Who owns a workspace: the lease's rules, as arithmetic on values.

Knows nothing of the table a lease is kept in, and reads no clock: both clocks and the owner's name are given.

A lease is a promise in time, so the epoch that it carries is what really protects: every append checks it. What the time
protects is the world outside, where no epoch is checked: nothing is sent unless the lease still has `MARGIN` seconds.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

LEASE: Final = 60.0
"""Seconds a lease lasts from its last renewal."""

RENEWAL: Final = 15.0
"""Seconds between renewals."""

MARGIN: Final = 10.0
"""Seconds a lease must have left for a mutation to be sent."""


class Standing(enum.StrEnum):
    """How a lease stands for somebody who wants the workspace; only HELD and ELSEWHERE keep them out.

    FREE: nobody has it. HELD: its process lives, or may live on another machine. ELSEWHERE: an engine elsewhere has it for as
    long as it likes. DIED: its process is gone from this machine. RAN_OUT: it was not renewed in time.
    """

    FREE = "free"
    HELD = "held"
    ELSEWHERE = "elsewhere"
    DIED = "died"
    RAN_OUT = "ran_out"


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """The process that wants a lease.

    `boot_id` must differ wherever the same pid means another process: after a reboot, and in another pid namespace; empty
    where the machine does not say, and then the time of day decides when a lease ends.
    `started` is when the process began, in whatever unit `started_at` counts; empty where that is not known.
    """

    user: str
    host: str
    boot_id: str
    pid: int
    started: str = ""

    @property
    def address(self) -> str:
        """`user@host`, as shown to people."""
        return f"{self.user}@{self.host}"


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The time of day in Unix seconds, and a clock that runs on while the machine sleeps and is never set (CLOCK_BOOTTIME)."""

    wall: Callable[[], float]
    boot: Callable[[], float]


def started_at(pid: int) -> str:
    """When a process began, in ticks since boot; empty where the machine does not say (no /proc) or there is none."""
    return _stat(pid)[1]


def alive(pid: int, started: str) -> bool:
    """Whether a process of this machine still runs, and is the one that began then."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    standing, began = _stat(pid)
    return standing not in ("Z", "X") and (not (started and began) or started == began)


def _stat(pid: int) -> tuple[str, str]:
    """The state letter and the start of a process, as /proc tells them (proc_pid_stat(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # the second field is the program's name in brackets, which may hold anything
    fields = stat.rpartition(")")[2].split()
    return fields[0], fields[19]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The process that wants to write, how it tells the time, and how it tells whether a pid still runs as it started."""

    owner: Owner
    clocks: Clocks
    alive: Callable[[int, str], bool] = alive


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a workspace under which epoch. `run_id` None = nobody. `expires_at` None = held by an engine elsewhere.

    `expires_at` is in Unix seconds, `expires_boot` on the clock of the boot it names: setting the time of day must not
    end a lease on the machine that holds it.
    """

    workspace: str
    epoch: int
    run_id: str | None = None
    engine: str = "local"
    owner: str = ""
    host: str = ""
    boot_id: str = ""
    pid: int = 0
    started: str = ""
    expires_at: float | None = 0.0
    expires_boot: float = 0.0


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that a workspace be taken from whoever holds it; with `run_id` only if it is held for that run.

    `force` goes on although the holder may live.
    """

    workspace: str
    run_id: str | None = None
    reason: str = ""
    force: bool = False


def held(lease: Lease | None, claim: Claim) -> bool:
    """Whether the lease keeps this claim out."""
    return standing(lease, claim) in (Standing.HELD, Standing.ELSEWHERE)


def standing(lease: Lease | None, claim: Claim) -> Standing:
    """How the lease stands for this claim.

    A dead process of the same machine holds nothing. Of processes elsewhere only the time tells.
    """
    if lease is None or lease.run_id is None:
        return Standing.FREE
    if lease.expires_at is None:
        return Standing.ELSEWHERE
    running = lease.expires_at > claim.clocks.wall()
    if (lease.host, lease.boot_id) == (claim.owner.host, claim.owner.boot_id):
        if not claim.alive(lease.pid, lease.started):
            return Standing.DIED
        if lease.boot_id:
            running = lease.expires_boot > claim.clocks.boot()
    return Standing.HELD if running else Standing.RAN_OUT


def new_lease(before: Lease | None, workspace: str, claim: Claim, *, run_id: str, engine: str) -> Lease:
    """A fresh lease for a claim, under the next epoch."""
    return Lease(
        workspace=workspace,
        epoch=(before.epoch if before else 0) + 1,
        run_id=run_id,
        engine=engine,
        owner=claim.owner.address,
        host=claim.owner.host,
        boot_id=claim.owner.boot_id,
        pid=claim.owner.pid,
        started=claim.owner.started,
        expires_at=claim.clocks.wall() + LEASE,
        expires_boot=claim.clocks.boot() + LEASE,
    )
