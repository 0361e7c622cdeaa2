"""Who is kept out by whom."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

from tests.ledger.makers import Clock, owner
from wfctl.ledger.lease import LEASE, Claim, Lease, alive, held, new_lease, started_at


def runs(pid: int, started: str) -> bool:
    del pid, started
    return True


def is_dead(pid: int, started: str) -> bool:
    del pid, started
    return False


CLOCK = Clock()
HERE = Claim(owner=owner(pid=7, started="1"), clocks=CLOCK.clocks(), alive=runs)
THERE = Claim(owner=owner(host="beta", boot_id="boot-9", pid=7, started="1"), clocks=CLOCK.clocks(), alive=runs)
MINE = new_lease(None, "default", HERE, run_id="run-1", engine="local")


def later(seconds: float, claim: Claim) -> Claim:
    clock = Clock(CLOCK.wall + seconds, CLOCK.boot + seconds)
    return msgspec.structs.replace(claim, clocks=clock.clocks())


def test_a_new_lease_says_who_and_until_when() -> None:
    lease = Lease(
        workspace="default",
        epoch=1,
        run_id="run-1",
        owner="anna@alpha",
        host="alpha",
        boot_id="boot-1",
        pid=7,
        started="1",
        expires_at=CLOCK.wall + LEASE,
        expires_boot=CLOCK.boot + LEASE,
    )

    assert lease == MINE
    assert new_lease(Lease(workspace="default", epoch=7), "default", HERE, run_id="r", engine="local").epoch == 8


@pytest.mark.parametrize(
    ("lease", "claim", "out"),
    [
        (None, HERE, False),
        (msgspec.structs.replace(MINE, run_id=None), HERE, False),
        (MINE, HERE, True),
        (MINE, msgspec.structs.replace(HERE, alive=is_dead), False),
        (MINE, later(59.9, HERE), True),
        (MINE, later(60.1, HERE), False),
        (MINE, THERE, True),
        (MINE, msgspec.structs.replace(THERE, alive=is_dead), True),
        (MINE, later(59.9, THERE), True),
        (MINE, later(60.1, THERE), False),
        (
            msgspec.structs.replace(MINE, expires_at=None),
            msgspec.structs.replace(later(1e9, HERE), alive=is_dead),
            True,
        ),
    ],
    ids=[
        "never taken",
        "given back",
        "running here",
        "dead here",
        "about to end",
        "over",
        "running there",
        "a pid of there says nothing here",
        "about to end there",
        "over there",
        "held by another engine",
    ],
)
def test_who_is_kept_out(lease: Lease | None, claim: Claim, *, out: bool) -> None:
    assert out == held(lease, claim)


def test_a_clock_set_forward_ends_no_lease_of_this_boot() -> None:
    claim = msgspec.structs.replace(HERE, clocks=Clock(CLOCK.wall + 7200, CLOCK.boot).clocks())

    assert held(MINE, claim)


def test_after_a_reboot_only_the_time_of_day_is_left() -> None:
    rebooted = msgspec.structs.replace(HERE, owner=owner(boot_id="boot-2"), clocks=Clock(CLOCK.wall + 30, 5.0).clocks())

    assert held(MINE, rebooted)
    assert not held(MINE, msgspec.structs.replace(rebooted, clocks=Clock(CLOCK.wall + 61, 36.0).clocks()))


def test_a_machine_that_does_not_name_its_boots_goes_by_the_time_of_day() -> None:
    nameless = Claim(owner=owner(boot_id="", pid=7, started=""), clocks=CLOCK.clocks(), alive=runs)
    lease = new_lease(None, "default", nameless, run_id="run-1", engine="local")
    rebooted = msgspec.structs.replace(nameless, clocks=Clock(CLOCK.wall + 61, 5.0).clocks())

    assert held(lease, nameless)
    assert not held(lease, msgspec.structs.replace(nameless, alive=is_dead))
    assert not held(lease, rebooted)


def test_this_process_is_alive_as_it_began() -> None:
    pid = os.getpid()

    assert alive(pid, started_at(pid))
    assert alive(pid, "")


@pytest.mark.skipif(not started_at(os.getpid()), reason="/proc")
def test_a_pid_used_again_is_another_process() -> None:
    assert not alive(os.getpid(), "1")


def test_a_process_that_ended_is_dead_even_before_its_parent_looks() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    began = started_at(child.pid)
    assert child.stdout is not None
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    zombie = alive(child.pid, began)
    child.stdout.close()
    child.wait()

    assert not zombie or not began
    assert not alive(child.pid, began)


def test_a_process_of_another_user_is_alive() -> None:
    assert alive(1, started_at(1))
