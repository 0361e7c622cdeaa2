"""What is said of the one who holds a workspace, or held it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import opened
from tests.ledger.makers import Clock, batch, begun, claim, owner, plan_of, wanted
from wfctl.core.plan import RunId
from wfctl.errors import WfctlError
from wfctl.ledger import holder
from wfctl.ledger.lease import Claim, Lease, Standing, new_lease, standing

CLOCK = Clock(wall=1_790_000_000.25)
OWNER = owner(pid=7, started="1")


def lives(pid: int, started: str) -> bool:
    return True


def is_dead(pid: int, started: str) -> bool:
    return False


HERE = Claim(owner=OWNER, clocks=CLOCK.clocks(), alive=lives)
LEASE = new_lease(None, "default", HERE, run_id="run-1", engine="local")
REMOTE = Lease(workspace="default", epoch=3, run_id="r", engine="temporal", expires_at=None)


def later(seconds: float, claim: Claim = HERE) -> Claim:
    clock = Clock(CLOCK.wall + seconds, CLOCK.boot + seconds)
    return msgspec.structs.replace(claim, clocks=clock.clocks())


DEAD = msgspec.structs.replace(HERE, alive=is_dead)


@pytest.mark.parametrize(
    ("lease", "by", "found"),
    [
        (None, HERE, Standing.FREE),
        (msgspec.structs.replace(LEASE, run_id=None), HERE, Standing.FREE),
        (LEASE, HERE, Standing.HELD),
        (LEASE, later(61), Standing.RAN_OUT),
        (LEASE, DEAD, Standing.DIED),
        (LEASE, later(61, DEAD), Standing.DIED),
        (LEASE, msgspec.structs.replace(DEAD, owner=owner(host="beta")), Standing.HELD),
        (REMOTE, later(1e9, DEAD), Standing.ELSEWHERE),
    ],
    ids=["never", "given back", "lives", "silent", "dead", "dead for long", "dead elsewhere?", "another engine"],
)
def test_how_a_lease_stands(lease: Lease | None, by: Claim, found: Standing) -> None:
    assert standing(lease, by) is found


def test_a_lock_says_who_holds_it_for_what_since_when_and_what_to_type() -> None:
    error = holder.locked(LEASE, begun=CLOCK.wall - 100)

    assert str(error).splitlines() == [
        "workspace default is locked by anna@alpha (process 7) for run run-1, which began at 2026-09-21T14:11:40Z",
        "  without a sign of life it ends at 2026-09-21T14:14:20Z",
    ]
    assert "--lock-timeout 10m" in error.hint
    assert "wfctl runs watch run-1" in error.hint
    assert error.hint.endswith("wfctl runs cancel run-1")


def test_a_lock_of_an_engine_elsewhere_has_no_end() -> None:
    error = holder.locked(REMOTE, begun=0)

    assert str(error) == "workspace default is locked by engine temporal for run r, which began at an unknown time"


@pytest.mark.parametrize(
    ("lease", "found", "why"),
    [
        (LEASE, Standing.DIED, ": anna@alpha (process 7) died, last heard of at 2026-09-21T14:13:20Z"),
        (
            LEASE,
            Standing.RAN_OUT,
            ": anna@alpha (process 7) stopped renewing its lock, last heard of at 2026-09-21T14:13:20Z",
        ),
        (msgspec.structs.replace(LEASE, run_id=None), Standing.FREE, ""),
        (msgspec.structs.replace(LEASE, run_id="run-0"), Standing.DIED, ""),
        (None, Standing.FREE, ""),
    ],
)
def test_an_unfinished_run_says_what_became_of_its_process(lease: Lease | None, found: Standing, why: str) -> None:
    error = holder.unfinished(RunId("run-1"), "default", lease, found)

    assert str(error) == f"run run-1 of workspace default is not over{why}"
    assert error.hint == "wfctl resume run-1"


def test_the_ledger_says_it_too(tmp_path: Path) -> None:
    dead, clock = owner(pid=2**22 + 1, started="1"), Clock()
    with opened(tmp_path / "ledger.db", clock, claim(clock, dead)) as store:
        store.create_run(plan_of(wanted("a")), batch(begun(plan_of(wanted("a")))))
        with opened(tmp_path / "ledger.db", clock) as mine, pytest.raises(WfctlError, match=r"is not over: .* died"):
            mine.create_run(plan_of(wanted("a"), id="2"), batch(begun(plan_of(wanted("a"), id="2"), "run-2")))
