"""What a timer calls: every run whose engine died is taken up, and no other."""

from __future__ import annotations

import json
import signal

import msgspec
import pytest

from tests.ledger.makers import batch, begun, plan_of, vault, wanted
from tests.locks.conftest import Engine, World
from tests.locks.test_two_engines import ALL
from wfctl.app.settings import read
from wfctl.cli.resume_stuck import WORST_FIRST, worst
from wfctl.ledger.keeper import transaction, write_lease
from wfctl.ledger.lease import LEASE, Claim, Clocks, Lease, Owner
from wfctl.ledger.schema import connect
from wfctl.ledger.sqlite import open_ledger
from wfctl.views.exit_codes import TABLE


def killed(world: World, *arguments: str) -> Engine:
    """An engine killed in the middle of its slow step."""
    engine = world.slowly("apply", "-y", *arguments)
    engine.signal(signal.SIGKILL)
    engine.end()
    return engine


def results(world: World) -> dict[str, str]:
    """How the run of each workspace stands."""
    return {run["workspace"]: run["result"] for run in world.document("runs", "list", "--all")["runs"]}


def test_the_dead_are_taken_up_and_the_living_and_the_stopped_are_left_alone(world: World) -> None:
    killed(world, "--workspace", "dead")
    stopped = world.slowly("apply", "-y", "--workspace", "stopped")
    stopped.signal(signal.SIGINT)
    stopped.until("Stopping")
    world.open_gate()
    stopped.end(130)
    living = world.slowly("apply", "-y", "--workspace", "living")
    with world.held_at("gate"):
        said = world.run("resume", "--stuck")
    living.end(0)

    (line,) = said.splitlines()
    assert line.startswith("Run r-")
    assert line.endswith(" in dead: succeeded, exit 0")
    assert results(world) == {"dead": "succeeded", "stopped": "interrupted", "living": "succeeded"}
    assert world.run("resume", "--stuck") == "No run is stuck.\n"
    assert world.run("resume", "--stuck", "--quiet") == ""


def test_an_engine_that_is_silent_past_its_lease_counts_as_dead(world: World) -> None:
    landed = world.fifo("landed")
    engine = world.slow()
    engine.stop(signal.SIGSTOP)
    world.open_gate()
    landed.read_text()
    assert world.run("resume", "--stuck") == "No run is stuck.\n"
    world.pass_(LEASE + 1)
    world.run("resume", "--stuck")
    engine.signal(signal.SIGKILL)
    engine.end()

    assert world.effects == ALL


def test_nobody_takes_up_or_stops_the_run_of_another_engine(world: World) -> None:
    world.run("apply", "-y")
    ledger = world.folder / ".wfctl" / "ledger.db"
    settings = read()
    owner = Owner(user="t", host="h", boot_id="b", pid=1)
    claim = Claim(owner=owner, clocks=Clocks(wall=settings.now, boot=settings.uptime))
    plan = msgspec.structs.replace(plan_of(wanted("a")), workspace="far")
    store = open_ledger(ledger, claim, vault(ledger.parent))
    store.create_run(plan, batch(begun(plan, workspace="far")), engine="temporal").release()
    for expiry in (None, 0.0):
        with transaction(connection := connect(ledger)):
            lease = Lease(workspace="far", epoch=7, run_id="run-1", engine="temporal", expires_at=expiry)
            write_lease(connection, lease)
        assert world.run("resume", "--stuck") == "No run is stuck.\n"
        assert store.lease("far") == lease
    before, far = store.lease("far"), ["run-1", "--workspace", "far"]
    for verb in (["resume"], ["runs", "cancel", "--final"]):
        assert "driven by engine temporal" in world.run(*verb, *far, code=1)
    assert store.lease("far") == before
    store.close()


def test_a_stop_that_the_dead_engine_never_read_is_obeyed(world: World) -> None:
    """Nobody is there who wants the run to go on: it is looked up what became of its calls, and it stays stopped."""
    engine = world.slow()
    engine.stop(signal.SIGSTOP)
    world.run("runs", "cancel", "--reason", "the disk is full")
    engine.signal(signal.SIGKILL)
    engine.end()
    said = world.run("resume", "--stuck", code=130)

    assert "interrupted, exit 130" in said
    assert results(world) == {"default": "interrupted"}
    assert world.effects == ["make-first"]
    assert world.run("resume", "--stuck") == "No run is stuck.\n"


def test_what_cannot_be_taken_up_says_why_and_the_rest_goes_on(world: World) -> None:
    killed(world, "--workspace", "a")
    world.folder.joinpath("gate").unlink()
    world.write("infra.yaml", (world.folder / "infra.yaml").read_text().replace("name: last", "name: end"))
    killed(world, "--workspace", "b")
    world.folder.joinpath("gate").unlink()
    found = world.document("resume", "--stuck", code=7)["runs"]

    assert [(run["workspace"], run["result"], run["exit_code"]) for run in found] == [
        ("a", None, 7),
        ("b", "succeeded", 0),
    ]
    assert found[0]["error"]["code"] == "RUN_CHANGED"
    assert "not taken up, exit 7" in world.run("resume", "--stuck", code=7)
    assert "in a: succeeded" in world.run("resume", "--stuck", "--accept-changed")


def test_a_signal_stops_the_run_and_takes_up_no_other(world: World) -> None:
    for workspace in ("a", "b"):
        killed(world, "--workspace", workspace)
    timer = world.slowly("resume", "--stuck")
    timer.signal(signal.SIGTERM)
    world.open_gate()
    timer.end(143)

    assert "in a: interrupted, exit 143" in timer.said
    assert results(world) == {"a": "interrupted", "b": "interrupted"}
    assert "in b: succeeded" in world.run("resume", "--stuck"), "only b is stuck: a was stopped"


def test_a_run_is_named_or_all_that_are_stuck(world: World) -> None:
    assert "cannot be given together" in world.run("resume", "r-1", "--stuck", code=1)
    assert json.loads(world.run("resume", "--stuck", "--json"))["runs"] == []


@pytest.mark.parametrize(
    ("codes", "code"), [((), 0), ((0, 0), 0), ((0, 3), 3), ((4, 3), 3), ((130, 7, 0), 7), ((6, 5, 1), 5)]
)
def test_the_worst_exit_code_wins(codes: tuple[int, ...], code: int) -> None:
    assert worst(codes) == code


def test_every_exit_code_of_a_run_has_its_place() -> None:
    assert {*WORST_FIRST, 0} >= {row.code for row in TABLE} - {2}
