"""Trying a batch on the rows, and making it so."""

from __future__ import annotations

from tests.ledger.makers import applied, begun, dispatched, plan_of, records, stored, wanted
from wfctl.core import events
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Operation, ResourceState, Step
from wfctl.ledger.facts import RunFacts
from wfctl.ledger.recorded import stamp
from wfctl.ledger.resources import Changes, Resources

CURRENT = ResourceState(name="a", type="local.file", provider_id="id", applied_config={"x": 1}, outputs={"y": 1})


def tried(resources: Resources, *facts: events.Event, after: int = 1) -> Changes:
    found = records(*facts, after=after)
    return resources.changes(found, [stamp(recorded.at) for recorded in found])


def fresh(*, operation: Operation = Operation.CREATE, current: ResourceState | None = None) -> Resources:
    plan = plan_of(wanted("a", operation, current=current))
    return Resources(RunFacts(plan, begun(plan)), (), 0)


def test_trying_changes_nothing() -> None:
    resources = fresh()

    first, second = (tried(resources, dispatched(), applied()) for _ in range(2))

    assert first.rows == second.rows
    assert first.total == second.total != 0


def test_what_is_adopted_is_where_the_next_batch_starts() -> None:
    resources = fresh()
    resources.adopt(tried(resources, dispatched(), applied(config={"x": 1}, outputs={"y": 1})))
    held = tried(resources, events.HookSucceeded(action=0, hook="none"), after=3)
    gone = tried(resources, events.ActionSettled(action=0, as_="absent"), after=3)

    assert ({}, set()) == (held.rows, held.named)
    assert (gone.rows, gone.total) == ({"a": None}, 0)


def test_one_batch_may_change_a_row_twice() -> None:
    changes = tried(
        fresh(),
        dispatched(),
        applied(),
        events.CompensationStarted(action=0, undo="delete", attempt=1, key="k"),
        events.CompensationSucceeded(action=0, undo="delete", evidence="read"),
    )

    assert ({"a": None}, 0, set()) == (changes.rows, changes.total, changes.put_back)


def test_documents_of_the_plan_come_along_when_a_row_goes_back_to_them() -> None:
    resources = fresh(operation=Operation.UPDATE, current=CURRENT)
    update = tried(resources, dispatched(step=Step.UPDATE), applied(step=Step.UPDATE, config={"x": 2}))
    resources.adopt(update)
    back = tried(
        resources,
        events.CompensationStarted(action=0, undo="restore", attempt=1, key="k"),
        events.CompensationSucceeded(action=0, undo="restore", evidence="read"),
        after=3,
    )

    # the row is not in the ledger yet, only in the plan: its outputs are stored now
    assert dict([stored({"y": 1})]) == update.documents
    assert dict([stored({"x": 1}), stored({"y": 1})]) == back.documents
    assert {"a"} == back.put_back


def test_replaying_is_remembering_without_rows() -> None:
    resources = fresh()
    unknown = events.ActionFailed(
        action=0, step=Step.CREATE, failure=Failure(code="x", message="x"), effect=Existence.UNKNOWN
    )
    for recorded in records(dispatched(), unknown, after=1):
        resources.replay(recorded)

    row = tried(resources, applied(), after=3).rows["a"]

    assert row is not None
    assert row.row.mark == "quarantined"


def test_an_edit_takes_rows_away_and_puts_others_in_their_place() -> None:
    resources = fresh()
    resources.adopt(tried(resources, dispatched(), applied(config={"x": 1})))
    entry = events.StateEntry(name="b", type="local.file", provider_id="id-1", config=stored({"x": 1})[0], mark="stale")

    changes = tried(resources, events.StateEdited(verb="mv", gone=("a", "none"), put=(entry,)), after=3)

    assert changes.rows["a"] is None
    assert "none" not in changes.rows
    kept = changes.rows["b"]
    assert kept is not None
    assert (kept.row.provider_id, kept.row.mark, kept.row.run_id, kept.row.seq) == ("id-1", "stale", "run-1", 4)
    assert kept.row.created_at == kept.row.updated_at == stamp(records(dispatched(), after=3)[0].at)
    assert changes.total == int.from_bytes(kept.hash, "big")
    assert changes.named == {stored({"x": 1})[0]}


def test_an_edit_may_write_the_same_name_anew() -> None:
    resources = fresh()
    resources.adopt(tried(resources, dispatched(), applied()))
    entry = events.StateEntry(name="a", type="local.file", provider_id="id-2", created_at="2026-01-01T00:00:00.000000Z")

    changes = tried(resources, events.StateEdited(verb="push", gone=("a",), put=(entry,)), after=3)
    resources.adopt(changes)

    kept = changes.rows["a"]
    assert kept is not None
    assert (kept.row.provider_id, kept.row.created_at) == ("id-2", "2026-01-01T00:00:00.000000Z")
    assert changes.total == int.from_bytes(kept.hash, "big")
