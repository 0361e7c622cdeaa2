"""A workspace is taken away on a person's word: whom that stops, what is left of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import opened, raw
from tests.ledger.makers import Clock, append, batch, begun, claim, dispatched, owner, plan_of, wanted
from wfctl.core.plan import RunId
from wfctl.engine.ports import LeaseLostError
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.breaking import BROKEN, Breach
from wfctl.ledger.keeper import write_lease
from wfctl.ledger.lease import Break, Lease, Standing
from wfctl.ledger.sqlite import SqliteStore

RUN = RunId("run-1")
PLAN = plan_of(wanted("a"))
DEAD = owner(pid=2**22 + 1, started="1")


def refused(store: SqliteStore, order: Break) -> tuple[Kind, str]:
    with pytest.raises(WfctlError) as caught:
        store.break_lease(order)
    return caught.value.kind, caught.value.code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_an_owner_that_lives_keeps_its_workspace_unless_forced(path: Path) -> None:
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))

        assert refused(store, Break(workspace="default")) == (Kind.LOCK, "LOCK_ALIVE")
        append(writer, batch(dispatched(), after=1))
        taken = store.break_lease(Break(workspace="default", force=True))

        assert (taken.run_id, taken.epoch) == (RUN, 1)
        with pytest.raises(LeaseLostError):
            append(writer, batch(dispatched(), after=2))
        assert not writer.may_send()
        assert not writer.renew()


def test_giving_back_what_was_taken_away_changes_nothing(path: Path) -> None:
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        store.break_lease(Break(workspace="default", force=True))
        writer.release()

        assert store.lease("default") == Lease(workspace="default", epoch=2)
        assert store.resume_run(RUN).epoch == 3


def test_the_dead_and_the_silent_need_no_force(path: Path) -> None:
    clock = Clock()
    with opened(path, clock, claim(clock, DEAD)) as theirs:
        theirs.create_run(PLAN, batch(begun(PLAN)))
        with opened(path, clock) as store:
            store.break_lease(Break(workspace="default"))
            writer = store.resume_run(RUN)
            clock.pass_(61)
            store.break_lease(Break(workspace="default"))

            assert not writer.renew()


def test_the_run_is_told_who_did_it_and_why(path: Path) -> None:
    clock = Clock()
    with opened(path, clock) as store:
        store.create_run(PLAN, batch(begun(PLAN)))
        by = claim(clock, msgspec.structs.replace(owner(), user="bob"))
        with opened(path, clock, by) as theirs:
            theirs.break_lease(Break(workspace="default", force=True, reason="it hangs"))

        (letter,) = store.letters(RUN)

    told = msgspec.json.decode(letter.body, type=Breach)
    assert (letter.kind, letter.actor, letter.at) == (BROKEN, "bob@alpha", clock.wall)
    assert (told.standing, told.reason) == (Standing.HELD, "it hangs")
    assert told.holder.startswith("anna@alpha (process ")


def test_only_the_run_that_was_meant_loses_its_workspace(path: Path) -> None:
    with opened(path) as store:
        store.create_run(PLAN, batch(begun(PLAN)))
        other = Break(workspace="default", run_id="run-0", force=True)

        assert refused(store, other) == (Kind.USAGE, "NOT_LOCKED")
        store.break_lease(Break(workspace="default", run_id=RUN, force=True))


def test_what_nobody_holds_cannot_be_taken_away(path: Path) -> None:
    with opened(path) as store:
        assert refused(store, Break(workspace="default", force=True)) == (Kind.USAGE, "NOT_LOCKED")
        store.create_run(PLAN, batch(begun(PLAN))).release()

        assert refused(store, Break(workspace="default", force=True)) == (Kind.USAGE, "NOT_LOCKED")


def test_an_engine_elsewhere_keeps_its_workspace_whatever_is_forced(path: Path) -> None:
    with opened(path) as store:
        held = Lease(workspace="default", epoch=3, run_id="r", engine="temporal", expires_at=None)
        with raw(path) as connection:
            write_lease(connection, held)

        assert refused(store, Break(workspace="default", force=True)) == (Kind.USAGE, "ENGINE_ACTION_UNSUPPORTED")
        assert store.lease("default") == held
