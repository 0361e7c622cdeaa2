"""Old runs lose their events; the state, what is open and what a person may still ask for stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.ledger.files import opened, raw
from tests.ledger.makers import (
    Clock,
    append,
    applied,
    batch,
    begun,
    claim,
    dispatched,
    ended,
    finished,
    hook,
    owner,
    plan_of,
    vault,
    wanted,
)
from wfctl.core import events
from wfctl.core.events import Event
from wfctl.core.outcome import ActionStatus, Failure
from wfctl.core.plan import Digest, Document, HookSpec, Operation, Plan, ResourceState, RunId, Step
from wfctl.engine.ports import Batch
from wfctl.errors import WfctlError
from wfctl.ledger.prune import Choice, Wish, choose, prune, shrink
from wfctl.ledger.store import WorkspaceRow
from wfctl.ledger.verify import verify

OK = ActionStatus.SUCCESS
ALL = Wish(workspace="default")


def config(n: int) -> Document:
    return {"version": n}


def runs(path: Path, count: int) -> None:
    """A resource that is made by the first run and changed by each that follows; all of them are over."""
    with opened(path) as store:
        for n in range(1, count + 1):
            step = Step.CREATE if n == 1 else Step.UPDATE
            operation = Operation.CREATE if n == 1 else Operation.UPDATE
            current = store.resource("default", "a")
            plan = plan_of(wanted("a", operation, current=current, config=config(n)), id=f"plan-{n}")
            facts = (
                begun(plan, f"run-{n}", serial=n - 1),
                dispatched(step=step),
                applied(step=step, config=config(n), outputs={"made": n}),
                finished(),
            )
            documents: list[Document] = [config(n), {"made": n}]
            store.create_run(plan, batch(*facts, documents=documents, outcome=ended(OK))).release()


def run(path: Path, name: str, *facts: Event, serial: int, hooks: Sequence[HookSpec] = (), over: bool = True) -> None:
    """One more run, of a resource of its own."""
    plan = plan_of(wanted(name), id=f"plan-{name}")
    with opened(path) as store:
        writer = store.create_run(plan, batch(begun(plan, f"run-{name}", serial=serial, hooks=tuple(hooks))))
        append(writer, batch(dispatched(), *facts, after=1))
        if over:
            append(writer, batch(finished(), after=writer.seq, outcome=ended(OK)))
        writer.release()


def told(known: WorkspaceRow, base: Digest, body: bytes) -> tuple[Plan, Batch]:
    plan = plan_of(id=f"prune-{known.serial}-{base[:8]}")
    facts = batch(
        begun(plan, f"run-{plan.id}", serial=known.serial),
        events.StateEdited(verb="prune", base=base),
        finished(),
        outcome=ended(),
    )
    return plan, Batch(records=facts.records, documents={base: body}, outcome=facts.outcome)


def pruned(path: Path, wish: Wish = ALL) -> Choice:
    choice = choose(path, wish)
    prune(path, claim(Clock()), vault(path.parent), choice, told)
    return choice


def complaints(path: Path) -> list[str]:
    return [one.code for one in verify(path, vault(path.parent), claim(Clock())).findings if one.grave]


def test_the_state_and_the_outcomes_outlive_the_events(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 4)
    with opened(path) as store:
        before = store.state("default")

    choice = pruned(path, Wish(workspace="default", keep=1))

    assert [one.run_id for one in choice.runs] == ["run-3", "run-2", "run-1"]
    assert complaints(path) == []
    with opened(path) as store:
        after = store.state("default")
        assert (after.resources, after.serial, after.digest) == (before.resources, before.serial, before.digest)
        row = store.run(RunId("run-2"))
        assert (row.pruned, row.events, row.result, store.action_results(row.run_id)[0].status) == (
            True,
            4,
            "succeeded",
            OK,
        )
        assert not store.run(RunId("run-4")).pruned
        assert len(list(store.events(RunId("run-4")))) == 4
        for ask in (lambda: list(store.events(row.run_id)), lambda: store.plan(row.run_id)):
            with pytest.raises(WfctlError) as caught:
                ask()
            assert caught.value.code == "RUN_PRUNED"
        assert store.plan_use("plan-1") is not None, "a plan is still used once"
    with raw(path) as connection:
        kept = {body for (body,) in connection.execute("SELECT body FROM document")}
    assert {b'{"version":4}', b'{"made":4}'} < kept
    assert not {b'{"version":2}', b'{"made":2}'} & kept


def test_later_runs_and_later_prunings_build_on_the_base(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 3)
    pruned(path)
    run(path, "b", applied(), serial=3)
    assert complaints(path) == []

    second = pruned(path)

    assert len(second.runs) == 2, "the run of b, and the first pruning itself"
    assert complaints(path) == []
    assert choose(path, ALL).runs != (), "the second pruning"
    with raw(path) as connection:
        connection.execute("DELETE FROM resource WHERE name = 'b'")
    assert complaints(path) == ["STATE_NOT_AS_NOTED", "ROW_STRAYED"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE run SET exit_code = 5 WHERE run_id = 'run-1'",
        "UPDATE run SET finished_at = started_at WHERE run_id = 'run-1'",
        "UPDATE action_result SET body = replace(body, 'r0', 'r1') WHERE run_id = 'run-1'",
        "DELETE FROM action_result WHERE run_id = 'run-1'",
        "DELETE FROM run WHERE run_id = 'run-1'",
        "DELETE FROM meta WHERE key = 'pruned:run-1'",
        "UPDATE meta SET value = 'run-x' WHERE key = 'pruned:run-1'",
        "INSERT INTO meta VALUES('pruned:run-3', 'run-2')",
    ],
)
def test_what_is_left_of_a_pruned_run_is_looked_after(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 3)
    pruned(path, Wish(workspace="default", keep=1))
    assert complaints(path) == []
    with raw(path) as connection:
        connection.execute(sql)

    assert complaints(path)


def test_only_what_is_old_enough_and_not_among_the_newest_goes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 3)
    with opened(path) as store:
        ends = {one.run_id: one.finished_at for one in store.runs("default")}

    older = choose(path, Wish(workspace="default", before=ends[RunId("run-2")] + 1000))
    none = choose(path, Wish(workspace="default", before=1.0))

    assert len(older.runs) == 3
    assert none.runs == ()
    assert choose(path, Wish(workspace="default", keep=3)).runs == ()
    assert choose(path, Wish(workspace="prod")).runs == ()


def test_what_is_open_stays_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    lost = Failure(code="lost", message="gone")
    run(path, "a", events.ActionLeftInDoubt(action=0, step=Step.CREATE, failure=lost), serial=0)
    run(path, "b", applied(), serial=1, hooks=[hook("smoke")])
    run(path, "c", applied(), serial=2)
    run(path, "d", applied(), serial=3, over=False)

    choice = choose(path, ALL)

    assert [one.run_id for one in choice.runs] == ["run-c"]
    assert choice.needed == (
        ("run-b", "local.file.b owes hooks since then"),
        ("run-a", "local.file.a is quarantined because of it"),
    )


def test_pruning_goes_on_beside_an_unfinished_run(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 2)
    run(path, "d", serial=2, over=False)

    pruned(path)

    assert complaints(path) == []
    with opened(path) as store:
        writer = store.resume_run(RunId("run-d"))
        append(writer, batch(applied(), finished(), after=2, outcome=ended(OK)))
        writer.release()
        assert [one.name for one in store.state("default").resources] == ["a", "d"]
    assert complaints(path) == []


def test_a_state_that_strayed_is_no_base(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 2)
    with opened(path) as store:
        row = store.state("default").resources[0]
    assert isinstance(row, ResourceState)
    with raw(path) as connection:
        connection.execute("DELETE FROM event WHERE run_id = 'run-1'")

    with pytest.raises(WfctlError) as caught:
        pruned(path)

    assert caught.value.code == "LEDGER_DAMAGED"


def test_what_changed_after_the_choice_is_not_pruned_unseen(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 2)
    choice = choose(path, ALL)
    run(path, "b", applied(), serial=2)

    with pytest.raises(WfctlError) as caught:
        prune(path, claim(Clock()), vault(path.parent), choice, told)

    assert caught.value.code == "STATE_MOVED"


def test_nothing_is_pruned_under_a_run_that_is_driven(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    runs(path, 2)
    plan = plan_of(wanted("x"), id="plan-x")
    with opened(path, clock) as store:
        store.create_run(plan, batch(begun(plan, "run-x", serial=2)))

        with pytest.raises(WfctlError) as caught:
            prune(path, claim(clock, owner(pid=1, started="")), vault(path.parent), choose(path, ALL), told)

        assert caught.value.code == "WORKSPACE_LOCKED"
        assert not shrink(path, claim(clock, owner(pid=1, started="")))


def test_the_file_gives_the_room_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    runs(path, 2)
    with raw(path) as connection:
        connection.execute("INSERT INTO document VALUES(zeroblob(32), 3000000, zeroblob(3000000))")
        connection.execute("DELETE FROM document WHERE size = 3000000")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size

    assert shrink(path, claim(Clock()))

    with raw(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before / 2
    assert complaints(path) == []
