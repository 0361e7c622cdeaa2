"""The state made again from events: in the order they became durable, also across runs, and from a base."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import COUNT, make_full, opened, raw
from tests.ledger.makers import append, applied, batch, begun, dispatched, ended, finished, plan_of, stored, wanted
from wfctl.core import events
from wfctl.core.outcome import ActionStatus, Failure
from wfctl.core.plan import Operation, RunId, Step
from wfctl.errors import WfctlError
from wfctl.ledger import schema
from wfctl.ledger.reading import Reader
from wfctl.ledger.rebuild import Base, Rebuilt, decode_base, encode_base, rebuild
from wfctl.ledger.row import ResourceRow

LOST = Failure(code="lost", message="gone")
DOUBT = events.ActionLeftInDoubt(action=0, step=Step.CREATE, failure=LOST)
OK = ActionStatus.SUCCESS


def rebuilt(path: Path) -> Rebuilt:
    return rebuild(Reader(schema.connect(path), path), "default")


def held(path: Path) -> dict[str, ResourceRow]:
    reader = Reader(schema.connect(path), path)
    return {stored.row.name: stored.row for stored in reader.rows("default")[0]}


def test_a_whole_run_is_made_again_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)

    found = rebuilt(path)

    assert len(found.rows) == COUNT
    assert found.rows == held(path)
    assert (found.lineage, found.begun, found.least, found.most) == ("lin", 0, 1, COUNT)


def settled_late(path: Path) -> None:
    """A run leaves a doubt and is over; another one changes the state; then a person settles the first."""
    first, second = plan_of(wanted("a")), plan_of(wanted("b"), id="plan-2")
    with opened(path) as store:
        writer = store.create_run(first, batch(begun(first)))
        end = ended(ActionStatus.ERROR)
        append(writer, batch(dispatched(), DOUBT, finished(), after=1, outcome=end))
        writer.release()
        writer = store.create_run(second, batch(begun(second, "run-2", serial=1)))
        append(writer, batch(dispatched(), applied(), finished(), after=1, outcome=ended(OK)))
        writer.release()
        writer = store.reopen_run(RunId("run-1"))
        append(writer, batch(events.ActionSettled(action=0, as_="present", provider_id="id-9"), after=4, outcome=end))
        writer.release()


def test_runs_are_told_in_the_order_of_their_epochs(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    settled_late(path)

    found = rebuilt(path)

    assert found.rows == held(path)
    assert found.rows["a"].provider_id == "id-9"
    assert (found.begun, found.least, found.most) == (1, 2, 3)


def test_edits_are_made_again_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    config, body = stored({"path": "x"})
    entry = events.StateEntry(name="new", type="local.file", provider_id="id-0", config=config)
    edit = events.StateEdited(verb="mv", gone=("r00",), put=(entry,), actor="ana@alpha")
    plan = plan_of(id="plan-edit")
    with opened(path) as store:
        facts = batch(
            begun(plan, "run-edit", serial=COUNT), edit, finished(), outcome=ended(), documents=[{"path": "x"}]
        )
        assert facts.documents == {config: body}
        store.create_run(plan, facts).release()
        assert store.run(RunId("run-edit")).result == "succeeded"

    found = rebuilt(path)

    assert found.rows == held(path)
    assert "r00" not in found.rows
    assert found.rows["new"].config_doc == config
    assert (found.least, found.most) == (COUNT + 1, COUNT + 1)


def test_what_was_there_before_the_first_run_is_taken_from_its_plan(tmp_path: Path) -> None:
    from wfctl.core.plan import ResourceState

    path = tmp_path / "ledger.db"
    current = ResourceState(name="a", type="local.file", provider_id="id", outputs={"y": 1})
    plan = plan_of(wanted("a", Operation.UPDATE, current=current))
    with opened(path) as store:
        writer = store.create_run(plan, batch(begun(plan)))
        append(writer, batch(dispatched(step=Step.UPDATE), applied(step=Step.UPDATE), after=1))

    assert rebuilt(path).rows == held(path)


def test_a_base_stands_for_everything_before_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    rows = held(path)
    base = Base(rows=(rows["r05"],), pruned={RunId("run-1"): "5eed"})
    body = encode_base(base)
    assert decode_base(body) == base
    assert b'"provider_id":"id-5"' in body
    digest = stored(msgspec.json.decode(body))[0]
    plan = plan_of(id="plan-prune")
    with opened(path) as store:
        first = batch(begun(plan, "run-prune", serial=COUNT), events.StateEdited(verb="prune", base=digest), finished())
        documents = {digest: body}
        store.create_run(plan, msgspec.structs.replace(first, documents=documents, outcome=ended())).release()

    found = rebuilt(path)

    assert found.rows == {"r05": rows["r05"]}
    assert found.pruned == {"run-1": "5eed"}
    with raw(path) as connection:
        connection.execute("UPDATE document SET body = x'00' WHERE digest = ?", (bytes.fromhex(digest),))
    with pytest.raises(WfctlError, match=f"document {digest}"):
        rebuilt(path)


def test_a_damaged_event_is_not_made_into_a_state(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with raw(path) as connection:
        connection.execute("UPDATE event SET body = replace(body, 'id-7', 'id-8')")

    with pytest.raises(WfctlError) as caught:
        rebuilt(path)

    assert caught.value.code == "LEDGER_DAMAGED"


def test_a_missing_end_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with raw(path) as connection:
        connection.execute("DELETE FROM event WHERE seq = 64")

    with pytest.raises(WfctlError) as caught:
        rebuilt(path)

    assert "the end of run run-1" in caught.value.message
