"""The state is made what the events say, in one transaction and on record; damaged events are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.files import COUNT, make_full, opened, raw
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
    owner,
    plan_of,
    vault,
    wanted,
)
from wfctl.core import events
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Plan, RunId
from wfctl.engine.ports import Batch, SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.repair import Mend, repair, survey
from wfctl.ledger.verify import verify

OK = ActionStatus.SUCCESS


def told(mend: Mend) -> tuple[Plan, Batch]:
    plan = plan_of(id=f"repair-{mend.workspace}")
    run = begun(plan, f"repair-{mend.workspace}", workspace=mend.workspace, lineage=mend.lineage, serial=mend.serial)
    return plan, batch(run, events.StateEdited(verb="repair"), finished(), outcome=ended())


def repaired(path: Path) -> tuple[Mend, ...]:
    mends = survey(path, claim(Clock()))
    repair(path, claim(Clock()), vault(path.parent), mends, told)
    return mends


def complaints(path: Path) -> list[str]:
    return [one.code for one in verify(path, vault(path.parent), claim(Clock())).findings]


DAMAGES = [
    "UPDATE resource SET provider_id = 'id-x' WHERE name = 'r03'",
    "UPDATE resource SET name = 'r99' WHERE name = 'r03'",
    "UPDATE resource SET workspace = 'defaulu' WHERE name = 'r03'",
    "UPDATE resource SET dependencies = 'x' WHERE name = 'r03'",
    "DELETE FROM resource",
    "DELETE FROM workspace",
    "UPDATE workspace SET lineage = NULL",
    "UPDATE workspace SET serial = 4000",
    "UPDATE workspace SET active_run = 'run-1'",
    "DELETE FROM meta WHERE key LIKE 'state:%'",
    "DELETE FROM lease",
    "UPDATE lease SET epoch = 0",
]


@pytest.mark.parametrize("sql", DAMAGES)
def test_what_does_not_follow_from_the_events_is_made_right(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with opened(path) as store:
        before = store.state("default")
    with raw(path) as connection:
        connection.execute(sql)
    assert complaints(path)

    repaired(path)

    assert complaints(path) == []
    with opened(path) as store:
        after = store.state("default")
        assert (after.resources, after.lineage) == (before.resources, before.lineage)
        assert after.serial > before.serial, "a plan made for what was wrong must not fit"
        assert store.run(RunId("repair-default")).operation == "apply"
    assert survey(path, claim(Clock())) == ()


def test_it_is_said_what_is_wrong_before_anything_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with raw(path) as connection:
        connection.execute("UPDATE resource SET provider_id = 'id-x' WHERE name = 'r03'")

    (mend,) = survey(path, claim(Clock()))

    assert (mend.workspace, mend.lineage, mend.serial, len(mend.rows)) == ("default", "lin", COUNT + 1, COUNT)
    assert [(one.code, one.subject) for one in mend.wrong] == [("ROW_DAMAGED", "resource r03")]
    assert complaints(path) == ["ROW_DAMAGED"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET body = replace(body, 'id-7', 'id-8')",
        "DELETE FROM event",
        "DELETE FROM run",
        "DELETE FROM document WHERE digest IN (SELECT plan_doc FROM run)",
        "UPDATE run SET workspace = 'defaulu'",
    ],
)
def test_damaged_events_are_no_ground_to_repair_from(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with raw(path) as connection:
        connection.execute("DELETE FROM resource WHERE name = 'r03'")
        connection.execute(sql)
    before = path.read_bytes()

    with pytest.raises(WfctlError) as caught:
        survey(path, claim(Clock()))

    assert (caught.value.kind, caught.value.code) == (Kind.NEEDS_PERSON, "NOT_REPAIRABLE")
    assert caught.value.details
    assert path.read_bytes() == before


def unfinished(path: Path, clock: Clock) -> None:
    """A run between two actions, its secret of before still there."""
    first, second = plan_of(wanted("a")), plan_of(wanted("a"), wanted("b"), id="plan-2")
    with opened(path, clock) as store:
        writer = store.create_run(first, batch(begun(first)))
        secret = SecretWrite(name="s", resource="a", value="old")
        facts = batch(dispatched(), applied(outputs={"p": "secret_ref://s"}), finished(), after=1, outcome=ended(OK))
        documents = batch(documents=[{"p": "secret_ref://s"}]).documents
        append(writer, Batch(records=facts.records, documents=documents, secrets=(secret,), outcome=facts.outcome))
        writer.release()
        writer = store.create_run(second, batch(begun(second, "run-2", serial=1)))
        append(
            writer,
            Batch(
                records=batch(dispatched(), after=1).records,
                secrets=(SecretWrite(name="s", resource="a", value="new"),),
            ),
        )


def test_an_unfinished_run_stays_as_it_is_with_the_secrets_an_undo_needs(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    unfinished(path, clock)
    with raw(path) as connection:
        connection.execute("UPDATE resource SET provider_id = 'id-x'")

    repaired(path)

    assert [code for code in complaints(path) if code != "RUN_UNFINISHED"] == []
    with opened(path) as store:
        assert store.documents("default").former_secret("s") == "old"
        writer = store.resume_run(RunId("run-2"))
        append(writer, batch(applied(), finished(), after=2, outcome=ended(OK, OK)))
        writer.release()


def test_nothing_is_repaired_under_a_run_that_is_driven(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    make_full(path)
    plan = plan_of(wanted("x"), id="plan-2")
    with opened(path, clock) as store:
        store.create_run(plan, batch(begun(plan, "run-2", serial=COUNT)))
        with raw(path) as connection:
            connection.execute("UPDATE resource SET provider_id = 'id-x' WHERE name = 'r03'")
        other = claim(clock, owner(pid=1, started=""))
        mends = survey(path, other)

        with pytest.raises(WfctlError) as caught:
            repair(path, other, vault(path.parent), mends, told)

    assert caught.value.code == "WORKSPACE_LOCKED"
    assert "ROW_DAMAGED" in complaints(path)


def test_what_changed_after_it_was_shown_is_not_repaired_unseen(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    with raw(path) as connection:
        connection.execute("UPDATE resource SET provider_id = 'id-x' WHERE name = 'r03'")
        seen = survey(path, claim(Clock()))
        connection.execute("UPDATE resource SET provider_id = 'id-x' WHERE name = 'r04'")

    with pytest.raises(WfctlError) as caught:
        repair(path, claim(Clock()), vault(path.parent), seen, told)

    assert caught.value.code == "STATE_MOVED"


def test_workspaces_are_repaired_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    make_full(path)
    plan = plan_of(wanted("a"), id="plan-2")
    with opened(path) as store:
        first = batch(begun(plan, "run-2", workspace="prod"), dispatched(), applied(), finished(), outcome=ended(OK))
        store.create_run(plan, first).release()
    with raw(path) as connection:
        connection.execute("UPDATE resource SET provider_id = 'id-x' WHERE name IN ('r03', 'a')")

    assert [mend.workspace for mend in repaired(path)] == ["default", "prod"]

    assert complaints(path) == []
