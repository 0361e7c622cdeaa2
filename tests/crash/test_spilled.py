"""The record fails under a run: what lands is saved beside it, and comes on record once when the run is resumed."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.forge import Ended, Forge, Forges, Tally
from tests.crash.gates import Gate
from tests.crash.instants import Target
from tests.crash.places import SCRIPTS
from tests.crash.scenarios import Scenario, config, file, hook, module
from tests.crash.world import Seen, agree, differences, kinds_of_last_run, seen

NEEDS_PERSON = 5

SCENARIO = Scenario(
    name="spilled",
    wanted=config(
        module("crate.box", "a"),
        module("crate.box", "b"),
        module("local.password", "secret"),
        file("after", "${a.colour} ${b.colour}"),
        hooks=[hook("told", "applied", "notes")],
    ),
    scripts=SCRIPTS,
)


@pytest.fixture(scope="module")
def begun(forges: Forges) -> Path:
    """The project before the run."""
    return forges.first.laid_out(SCENARIO)


@pytest.fixture(scope="module")
def wanted(forges: Forges, begun: Path) -> Seen:
    """What the run leaves when nothing fails."""
    forges.first.lay_out(begun)
    assert forges.first.run("apply").status == 0
    return seen(forges.first.project)


@contextmanager
def no_room(forge: Forge, engine: int, bytes_left: int) -> Iterator[None]:
    """Files of the engine may not grow any more, as on a full disk."""
    wal = forge.project / ".wfctl" / "ledger.db-wal"
    limit = min(wal.stat().st_size, bytes_left)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    yield


@contextmanager
def another_file(forge: Forge, _engine: int, _bytes_left: int) -> Iterator[None]:
    """Somebody puts another file in the ledger's place, and puts it back afterwards."""
    ledger = forge.project / ".wfctl" / "ledger.db"
    away = ledger.rename(ledger.with_name("away"))
    ledger.write_bytes(away.read_bytes())
    yield
    away.replace(ledger)


def stopped(forge: Forge, begun: Path, trouble: object = no_room, bytes_left: int = 1 << 30) -> Ended:
    """Apply, and let the record fail while one of the boxes is being made."""
    forge.lay_out(begun)
    gates = [Gate(forge.project, f"gate-after-{name}") for name in "ab"]
    running = forge.start("cli", "apply", "-y")
    for gate in gates:
        gate.arrived()
    assert callable(trouble)
    with trouble(forge, running.pid, bytes_left):
        for gate in gates:
            gate.open()
        ended = running.end()
    for gate in gates:
        gate.close()
    return ended


def spill_of(forge: Forge) -> Path:
    (path,) = (forge.project / ".wfctl").glob("*.spill.jsonl")
    return path


@pytest.mark.parametrize("trouble", [no_room, another_file])
def test_what_landed_is_put_on_record_and_not_looked_up(
    forges: Forges, tally: Tally, begun: Path, wanted: Seen, trouble: object
) -> None:
    forge = forges.first
    failed = stopped(forge, begun, trouble)
    tally.records += 1

    assert failed.status == NEEDS_PERSON, failed.out
    spill = spill_of(forge)
    assert str(spill.relative_to(forge.project)) in failed.out
    assert "wfctl resume r-" in failed.out
    resumed = forge.run("resume")
    assert "put on record now" in resumed.out
    assert not spill.exists()
    agree(differences(wanted, seen(forge.project)))
    # The box whose answer was saved is not asked about; the password, whose answer held a secret, may be.
    probed = [action for kind, action in kinds_of_last_run(forge.project) if kind == "ProbeStarted"]
    assert not {0, 1} & set(probed)


def test_however_often_the_resuming_is_killed_it_is_put_on_record_once(
    forges: Forges, tally: Tally, begun: Path, wanted: Seen
) -> None:
    assert stopped(forges.first, begun).status == NEEDS_PERSON
    failed = forges.first.keep("failed")
    undisturbed = forges.first.run("resume")
    assert undisturbed.report is not None

    def at(forge: Forge, boundary: int) -> list[str]:
        forge.lay_out(failed)
        killed = forge.run("resume", Target(at=boundary))
        tally.kills += 1
        resumed = forge.run("resume")
        found = differences(wanted, seen(forge.project))
        applied = Counter(action for kind, action in kinds_of_last_run(forge.project) if kind == "ActionApplied")
        found += [f"applied more than once: {applied}"] if set(applied.values()) != {1} else []
        return [f"killed at {killed.killed_at}: {one}\n{resumed.out[-600:]}" for one in found]

    agree(forges.each(range(1, len(undisturbed.report.labels) + 1), at))


def test_a_torn_file_is_read_as_far_as_it_goes_and_the_rest_looked_up(
    forges: Forges, tally: Tally, begun: Path, wanted: Seen
) -> None:
    forge = forges.first
    assert stopped(forge, begun).status == NEEDS_PERSON
    tally.records += 1
    spill = spill_of(forge)
    spill.write_bytes(spill.read_bytes()[:-10])

    resumed = forge.run("resume")
    assert "1 torn line" in resumed.out
    assert Path(f"{spill}.left").exists()
    agree(differences(wanted, seen(forge.project)))


def test_where_nothing_can_be_saved_everything_is_looked_up(
    forges: Forges, tally: Tally, begun: Path, wanted: Seen
) -> None:
    forge = forges.first
    assert stopped(forge, begun, bytes_left=0).status == NEEDS_PERSON
    tally.records += 1
    assert not [path for path in (forge.project / ".wfctl").glob("*.spill.jsonl") if path.read_bytes()]

    forge.run("resume")
    agree(differences(wanted, seen(forge.project)))


def test_the_record_fails_again_while_the_run_is_resumed(
    forges: Forges, tally: Tally, begun: Path, wanted: Seen
) -> None:
    forge = forges.first
    assert stopped(forge, begun).status == NEEDS_PERSON
    gate = Gate(forge.project, "hook-told-before")
    running = forge.start("cli", "resume")
    gate.arrived()
    with no_room(forge, running.pid, 1 << 30):
        gate.open()
        assert running.end().status == NEEDS_PERSON
    gate.close()
    tally.records += 2

    forge.run("resume")
    agree(differences(wanted, seen(forge.project)))
