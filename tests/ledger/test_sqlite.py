"""The ledger file under real processes: racing for it, killed while writing it, and cut off in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.ledger import dying_writer, racing_writer
from tests.ledger.dying_writer import COUNT, PLAN, batches
from tests.ledger.files import RUN, opened, raw
from tests.ledger.makers import Clock, append, batch, begun, claim, dispatched, plan_of, records, vault, wanted
from wfctl.core import events
from wfctl.core.events import Recorded
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.sqlite import open_ledger

ROOT = Path(__file__).parents[2]
ALL = [*records(begun(PLAN)), *(recorded for each in batches() for recorded in each.records)]
WHOLE = {1, *(each.records[-1].seq for each in batches())}
"""Where a record may end: after the beginning, and after each batch."""


def program(module: object, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(module.__file__), *arguments],  # type: ignore[attr-defined]  # a module
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def expect_whole(path: Path, acknowledged: int) -> int:
    """What was acknowledged is there, nothing is there in part, and the run can go on. Returns where it ended."""
    with opened(path) as store:
        found = list(store.events(RUN))
        end = len(found)
        state = store.state("default")
        applied = [recorded for recorded in found if isinstance(recorded.event, events.ActionApplied)]
        assert ALL[:end] == found
        assert end in WHOLE
        assert end >= acknowledged
        assert [f"r{n:02}" for n in range(len(applied))] == [resource.name for resource in state.resources]
        assert len(applied) == state.serial
        if end == max(WHOLE):
            assert len(store.action_results(RUN)) == COUNT
            return end
        for n in range(COUNT):
            if n < len(applied):
                assert f"value-{n}" == store.documents("default").secret(f"secret{n}")
            else:
                with pytest.raises(KeyError):
                    store.documents("default").secret(f"secret{n}")
        writer = store.resume_run(RUN)
        append(writer, batch(events.RunResumed(epoch=writer.epoch), after=end))
    return end


def test_a_writer_killed_at_any_statement_leaves_a_whole_record(tmp_path: Path) -> None:
    lines = program(dying_writer, str(tmp_path)).communicate()[0].splitlines()

    *killed, survived = lines
    ends = set()
    for line in killed:
        k, acknowledged = line.split()
        ends.add(expect_whole(tmp_path / k / "ledger.db", int(acknowledged)))

    assert survived.startswith("survived")
    assert len(killed) > 40
    assert ends >= {1, 3, 5}


def test_a_writer_killed_between_two_statements_of_another_leaves_the_lease_to_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    child = program(racing_writer, str(path), "1")
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("!")
    child.stdin.flush()
    said = [child.stdout.readline().strip() for _ in range(2)]
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()

    with opened(path) as store:
        taken = store.resume_run(RUN)

    assert said == ["ready", "won"]
    assert taken.epoch == 2


def test_of_twenty_processes_one_gets_the_workspace(tmp_path: Path) -> None:
    path = tmp_path / ".wfctl" / "ledger.db"
    children = [program(racing_writer, str(path), str(n)) for n in range(20)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("!")
        child.stdin.flush()
    said = [child.stdout.readline().strip() for child in children if child.stdout is not None]
    for child in children:
        child.communicate()

    assert sorted(said) == ["WORKSPACE_LOCKED"] * 19 + ["won"]
    with opened(path) as store:
        assert len(store.runs()) == 1


def test_a_log_cut_off_anywhere_ends_with_a_whole_batch(tmp_path: Path) -> None:
    path, ends = tmp_path / "live" / "ledger.db", []
    path.parent.mkdir()
    with opened(path) as store:
        append(store.create_run(PLAN, batch(begun(PLAN))), *batches()[:-1])
        database, log = path.read_bytes(), path.with_name("ledger.db-wal").read_bytes()

    for length in range(0, len(log), 1237):
        copy = tmp_path / f"cut-{length}" / "ledger.db"
        copy.parent.mkdir()
        copy.write_bytes(database)
        copy.with_name("ledger.db-wal").write_bytes(log[:length])
        with opened(copy) as store:
            found: list[Recorded] = list(store.events(RUN)) if store.runs() else []
            assert ALL[: len(found)] == found
            assert len(found) in {0, *WHOLE}
            ends.append(len(found))
        shutil.rmtree(copy.parent)

    assert sorted(ends) == ends
    assert {0, 1, 3, 5} <= set(ends)


def test_reading_goes_on_while_a_run_is_written(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store, opened(tmp_path / "ledger.db") as other:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        append(writer, batch(*[dispatched(attempt=n) for n in range(2000)], after=1))
        reading = other.events(RUN)
        first = next(reading)

        append(writer, batch(dispatched(), after=2001))

        # one moment: what came later is not half there
        assert 1 + sum(1 for _ in reading) == 2001
        assert first.seq == 1
        assert sum(1 for _ in other.events(RUN)) == 2002


def test_a_reader_given_up_half_way_holds_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        store.create_run(PLAN, batch(begun(PLAN)))
        reading = store.events(RUN)
        next(reading)
        del reading

        with raw(tmp_path / "ledger.db") as connection:
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[:2] == (0, 0)


def test_many_threads_may_read_documents_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        append(store.create_run(PLAN, batch(begun(PLAN))), *batches()[:-1])
        documents = store.documents("default")
        found: list[object] = []

        def read() -> None:
            found.extend(documents.secret(f"secret{n}") for n in [*range(COUNT)] * 20)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(map(str, found)) == sorted([f"value-{n}" for n in range(COUNT)] * 80)


def test_a_ledger_is_made_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / ".wfctl" / "ledger.db"

    with pytest.raises(WfctlError) as caught:
        open_ledger(path, claim(Clock()), vault(tmp_path))

    assert (caught.value.kind, caught.value.code) == (Kind.LEDGER, "LEDGER_MISSING")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_beginning_leaves_no_connection_behind(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        store.create_run(PLAN, batch(begun(PLAN)))
        for n in range(50):
            with pytest.raises(WfctlError):
                store.create_run(plan_of(wanted("a"), id=f"p{n}"), batch(begun(PLAN, f"run-{n + 2}")))

    assert [file.name for file in path.parent.iterdir()] == ["ledger.db"]
