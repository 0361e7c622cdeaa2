"""What every ledger backend must do. A backend's test file subclasses `LedgerContract` and gives it a `ledger`."""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec
import pytest

from tests.ledger.makers import (
    Clock,
    append,
    applied,
    batch,
    begun,
    claim,
    digest,
    dispatched,
    ended,
    finished,
    hook,
    owner,
    plan_of,
    records,
    stored,
    wanted,
)
from wfctl.core import events
from wfctl.core.outcome import ActionStatus, Existence, Failure, RunResult
from wfctl.core.plan import Document, Operation, Plan, RunId, Step
from wfctl.engine.ports import Batch, LeaseLostError, SecretWrite
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.lease import Claim
from wfctl.ledger.secret_name import secret_name
from wfctl.ledger.store import Letter, RunWriter, Store

RUN = RunId("run-1")
PLAN = plan_of(wanted("a"), wanted("b"))
OK = ActionStatus.SUCCESS


class LedgerUnderTest(Protocol):
    """One empty ledger, which may be opened as often as a test likes."""

    clock: Clock

    def open(self, by: Claim | None = None) -> Store:
        """Open it once more, for this process unless told otherwise. Closed when the test ends."""
        ...


def _begin(store: Store, plan: Plan = PLAN, run: str = "run-1", serial: int = 0, **more: object) -> RunWriter:
    started = msgspec.structs.replace(begun(plan, run, serial=serial), **more)
    return store.create_run(plan, batch(started))


def _error(caught: pytest.ExceptionInfo[WfctlError]) -> tuple[Kind, str]:
    return caught.value.kind, caught.value.code


class LedgerContract:
    """The promises of `wfctl.ledger.store`."""

    # --- a run's record

    def test_events_come_back_as_they_were_recorded(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        more = batch(
            dispatched(), applied(config={"x": 1}, outputs={"y": "ä"}), after=1, documents=[{"x": 1}, {"y": "ä"}]
        )

        append(writer, more)

        assert [*records(begun(PLAN)), *more.records] == list(store.events(RUN))

    def test_moments_come_back_to_the_last_bit(self, ledger: LedgerUnderTest) -> None:
        writer = _begin(ledger.open())
        moments = (0.0, 0.1, 1e-7, 12.0, 1_790_000_100.1234567, 1_790_000_100.12345678, 1_790_000_100.2, 253402300799.9)
        facts = [
            events.Recorded(seq=n, at=at, event=dispatched(attempt=n)) for n, at in enumerate(moments, writer.seq + 1)
        ]

        append(writer, Batch(records=facts))

        assert list(moments) == [recorded.at for recorded in ledger.open().events(RUN, after=1)]

    def test_reading_on_after_an_event_gives_the_rest(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(dispatched(0), dispatched(1), after=1))

        assert [recorded.seq for recorded in store.events(RUN, after=2)] == [3]
        assert list(store.events(RUN, after=3)) == []

    def test_reading_on_after_an_event_that_is_not_there_is_refused(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        _begin(store)

        with pytest.raises(WfctlError) as caught:
            list(store.events(RUN, after=9))

        assert _error(caught) == (Kind.USAGE, "EVENT_UNKNOWN")

    def test_a_record_out_of_order_is_refused_and_nothing_of_its_batch_is_kept(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)

        with pytest.raises(WfctlError) as caught:
            append(writer, Batch(records=[*records(dispatched(), after=1), *records(dispatched(1), after=3)]))

        assert _error(caught) == (Kind.INTERNAL, "LEDGER_SEQUENCE")
        assert [recorded.seq for recorded in store.events(RUN)] == [1]

    def test_after_a_failed_append_the_next_one_still_works(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        with pytest.raises(WfctlError):
            append(writer, batch(dispatched(), after=7))

        append(writer, batch(dispatched(), after=1))

        assert writer.seq == 2
        assert [recorded.seq for recorded in store.events(RUN)] == [1, 2]

    def test_an_event_that_names_a_document_nobody_stored_is_refused(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)

        with pytest.raises(WfctlError) as caught:
            append(writer, batch(dispatched(), applied(outputs={"lost": True}), after=1))

        assert _error(caught) == (Kind.INTERNAL, "DOCUMENT_MISSING")
        assert store.state("default").resources == ()

    def test_a_run_must_begin_with_its_beginning(self, ledger: LedgerUnderTest) -> None:
        with pytest.raises(WfctlError) as caught:
            ledger.open().create_run(PLAN, batch(dispatched()))

        assert _error(caught) == (Kind.INTERNAL, "LEDGER_SEQUENCE")

    def test_an_append_given_up_by_its_caller_is_made_nevertheless(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)

        async def give_up() -> None:
            task = asyncio.ensure_future(writer.append(batch(dispatched(), after=1)))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(give_up())
        writer.release()

        assert [recorded.seq for recorded in store.events(RUN)] == [1, 2]

    def test_the_plan_is_kept_with_the_run(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        _begin(store)

        assert store.plan(RUN) == PLAN

    def test_what_is_not_there_has_a_name(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        ghost = RunId("ghost")

        for ask in (store.run, store.plan, lambda run: list(store.events(run)), store.resume_run, store.reopen_run):
            with pytest.raises(WfctlError) as caught:
                ask(ghost)
            assert _error(caught) == (Kind.USAGE, "RUN_UNKNOWN")

    # --- beginning and ending

    def test_a_new_run_is_listed_as_running(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        _begin(store)

        row = store.run(RUN)

        assert (row,) == store.runs()
        assert (
            row.status,
            row.result,
            row.engine,
            row.operation,
            row.epoch,
            row.events,
        ) == (RunResult.RUNNING, None, "local", "apply", 1, 1)
        assert records(begun(PLAN))[0].at == row.started_at
        assert (store.workspace("default") or pytest.fail("no workspace")).active_run == RUN

    def test_the_end_is_kept_with_every_outcome(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        outcome = ended(OK, ActionStatus.ERROR, result=RunResult.FAILED, exit_code=3)
        append(_begin(store), batch(finished(RunResult.FAILED, 3), after=1, outcome=outcome))

        row = store.run(RUN)

        assert (row.status, row.result, row.exit_code, row.events) == (RunResult.FAILED, RunResult.FAILED, 3, 2)
        assert row.finished_at > row.started_at
        assert outcome.actions == store.action_results(RUN)
        assert (store.workspace("default") or pytest.fail("no workspace")).active_run is None

    def test_an_interrupted_run_stays_the_active_one(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(after=1, outcome=ended(result=RunResult.INTERRUPTED, exit_code=130)))
        writer.release()

        with pytest.raises(WfctlError) as caught:
            _begin(store, plan_of(wanted("c"), id="plan-2"), "run-2")

        assert _error(caught) == (Kind.LOCK, "RUN_UNFINISHED")
        assert caught.value.hint == "wfctl resume run-1"
        assert (store.run(RUN).status, store.run(RUN).result) == (RunResult.INTERRUPTED, None)

    def test_a_resumed_run_is_running_again(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(after=1, outcome=ended(result=RunResult.INTERRUPTED, exit_code=130)))
        writer.release()

        again = store.resume_run(RUN)
        append(again, batch(events.RunResumed(epoch=again.epoch), after=1))

        assert (again.epoch, again.seq) == (2, 2)
        assert (store.run(RUN).status, store.run(RUN).epoch, store.run(RUN).finished_at) == (RunResult.RUNNING, 2, 0.0)

    def test_a_run_that_is_over_is_not_resumed_but_may_be_reopened(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(finished(), after=1, outcome=ended(OK, OK)))
        writer.release()

        with pytest.raises(WfctlError) as caught:
            store.resume_run(RUN)
        again = store.reopen_run(RUN)
        append(again, batch(events.ActionSettled(action=0, as_="absent"), after=2, outcome=ended(OK, OK)))

        assert _error(caught) == (Kind.USAGE, "RUN_FINISHED")
        assert store.run(RUN).events == 3

    def test_a_run_that_is_to_be_rolled_back_is_not_over_any_more(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(finished(), after=1, outcome=ended(OK, OK)))
        writer.release()

        again = store.reopen_run(RUN)
        assert store.run(RUN).result is RunResult.SUCCEEDED, "nothing has been asked for yet"
        append(again, batch(events.RollbackRequested(actions=(0,)), after=2))
        again.release()
        row = store.run(RUN)
        assert (row.status, row.result, row.exit_code, row.finished_at) == (RunResult.RUNNING, None, None, 0.0)
        assert (store.workspace("default") or pytest.fail("no workspace")).active_run == RUN
        with pytest.raises(WfctlError) as caught:
            _begin(store, msgspec.structs.replace(PLAN, id="plan-2"), "run-2")
        assert caught.value.code == "RUN_UNFINISHED"

        resumed = store.resume_run(RUN)
        append(resumed, batch(finished(), after=3, outcome=ended(OK, OK)))
        assert (store.workspace("default") or pytest.fail("no workspace")).active_run is None

    def test_a_plan_is_used_once(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(finished(), after=1, outcome=ended(OK, OK)))
        writer.release()

        with pytest.raises(WfctlError) as caught:
            _begin(store, PLAN, "run-2")

        assert _error(caught) == (Kind.STALE_PLAN, "PLAN_USED")
        assert "run-1" in caught.value.message
        assert (store.plan_use(PLAN.id) or pytest.fail("not used")).run_id == RUN
        assert store.plan_use("other") is None

    def test_a_plan_for_another_state_is_refused(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(dispatched(), applied(), finished(), after=1, outcome=ended(OK, OK)))
        writer.release()
        late = plan_of(wanted("c"), id="plan-2")

        for more in ({"serial": 0}, {"serial": 1, "lineage": "other"}):
            with pytest.raises(WfctlError) as caught:
                _begin(store, late, "run-2", **more)
            assert _error(caught) == (Kind.STALE_PLAN, "STATE_MOVED")
        _begin(store, late, "run-2", serial=1)

        assert [row.run_id for row in store.runs()] == ["run-2", "run-1"]
        assert [row.run_id for row in store.runs("default", limit=1)] == ["run-2"]
        assert store.runs("elsewhere") == ()

    def test_a_refused_beginning_leaves_nothing(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        with pytest.raises(WfctlError):
            _begin(store, serial=7)

        assert store.runs() == ()
        assert store.workspaces() == ()
        assert store.lease("default") is None

    # --- resources

    def test_what_was_applied_is_the_state(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store, hooks=(hook("smoke"),))
        append(
            writer,
            batch(
                dispatched(),
                applied(config={"x": 1}, outputs={"y": 2}, config_hash="h"),
                after=1,
                documents=[{"x": 1}, {"y": 2}],
            ),
        )

        found = store.resource("default", "a")

        assert found is not None
        assert (
            found.provider_id,
            found.applied_config,
            found.outputs,
            found.config_hash,
            found.hooks_pending,
        ) == ("id-1", {"x": 1}, {"y": 2}, "h", ("smoke",))
        assert (
            found.provider,
            found.provider_ref,
            found.created_by_run,
            found.applied_config_source,
        ) == ("local", "files", "run-1", "apply")
        assert (found,) == store.state("default").resources
        assert store.resource("default", "b") is None
        assert store.resource("elsewhere", "a") is None

    def test_the_serial_counts_appends_that_change_a_resource(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        before = store.state("default")
        writer = _begin(store)
        append(writer, batch(dispatched(0), dispatched(1), after=1))
        untouched = store.state("default")
        append(writer, batch(applied(0), applied(1, id="id-2"), after=3))
        after = store.state("default")

        assert (before.serial, untouched.serial, after.serial) == (0, 0, 1)
        assert (before.lineage, untouched.lineage, after.lineage) == ("", "lin", "lin")
        assert before.digest == untouched.digest != after.digest
        assert [resource.name for resource in after.resources] == ["a", "b"]

    def test_a_deleted_resource_is_gone(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        append(writer, batch(dispatched(), applied(), finished(), after=1, outcome=ended(OK, OK)))
        writer.release()
        there = store.state("default")
        plan = plan_of(wanted("a", Operation.DELETE, current=there.resources[0]), id="plan-2")
        writer = _begin(store, plan, "run-2", serial=1)

        append(writer, batch(dispatched(step=Step.DELETE), applied(step=Step.DELETE), after=1))

        assert store.state("default").resources == ()
        assert store.state("default").digest == ledger.open().state("elsewhere").digest

    def test_a_resumed_run_knows_what_its_events_meant_for_the_resources(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        unknown = events.ActionFailed(action=0, step=Step.CREATE, failure=_failure(), effect=Existence.UNKNOWN)
        append(writer, batch(dispatched(), unknown, after=1))
        writer.release()

        again = store.resume_run(RUN)
        append(again, batch(events.RunResumed(epoch=2), applied(), after=3))

        # found although the call was answered with an error: there, but not to be trusted
        assert (store.resource("default", "a") or pytest.fail("no row")).mark == "quarantined"

    def test_workspaces_do_not_mix(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        append(_begin(store), batch(dispatched(), applied(), after=1))
        other = plan_of(wanted("a"), id="plan-2")
        append(_begin(store, other, "run-2", workspace="stage"), batch(dispatched(), applied(id="id-2"), after=1))

        assert (store.resource("default", "a") or pytest.fail("no row")).provider_id == "id-1"
        assert (store.resource("stage", "a") or pytest.fail("no row")).provider_id == "id-2"
        assert [row.name for row in store.workspaces()] == ["default", "stage"]
        assert store.state("default").digest != store.state("stage").digest

    # --- documents and secrets

    def test_documents_are_found_by_their_digest(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        name, body = stored({"big": "x" * 100_000})
        append(_begin(store), Batch(records=(), documents={name: body}), Batch(records=(), documents={name: body}))

        assert body == store.documents("default").document(name)
        with pytest.raises(KeyError):
            store.documents("default").document(digest(b"never"))

    def test_a_secret_comes_back_in_clear_and_only_in_its_workspace(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        name = secret_name("a", "password")
        append(
            _begin(store),
            batch(
                dispatched(),
                applied(outputs={"password": f"secret_ref://{name}"}),
                after=1,
                documents=[{"password": f"secret_ref://{name}"}],
                secrets=[SecretWrite(name=name, resource="a", value="hunter2")],
            ),
        )

        assert store.documents("default").secret(name) == "hunter2"
        with pytest.raises(KeyError):
            store.documents("stage").secret(name)

    def test_secrets_go_with_their_resource_when_the_run_is_over(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        name = secret_name("a", "password")
        reference: Document = {"password": f"secret_ref://{name}"}
        writer = _begin(store)
        append(
            writer,
            batch(
                dispatched(),
                applied(outputs=reference),
                after=1,
                documents=[reference],
                secrets=[SecretWrite(name=name, resource="a", value="hunter2")],
            ),
            batch(events.CompensationStarted(action=0, undo="delete", attempt=1, key="k"), after=3),
            batch(events.CompensationSucceeded(action=0, undo="delete", evidence="read"), after=4),
        )
        while_it_runs = store.documents("default").secret(name)

        append(writer, batch(finished(), after=5, outcome=ended(OK, OK)))

        assert while_it_runs == "hunter2"
        with pytest.raises(KeyError):
            store.documents("default").secret(name)

    def test_an_undone_update_has_its_old_secret_again(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        name = secret_name("a", "password")
        reference: Document = {"password": f"secret_ref://{name}"}
        writer = _begin(store)
        first = SecretWrite(name=name, resource="a", value="old")
        append(
            writer,
            batch(
                dispatched(),
                applied(outputs=reference),
                finished(),
                after=1,
                documents=[reference],
                secrets=[first],
                outcome=ended(OK, OK),
            ),
        )
        writer.release()
        current = store.state("default").resources[0]
        writer = _begin(store, plan_of(wanted("a", Operation.UPDATE, current=current), id="plan-2"), "run-2", serial=1)
        second = SecretWrite(name=name, resource="a", value="new")
        append(
            writer,
            batch(
                dispatched(step=Step.UPDATE), applied(step=Step.UPDATE, outputs=reference), after=1, secrets=[second]
            ),
        )
        updated, former = store.documents("default").secret(name), store.documents("default").former_secret(name)

        append(
            writer,
            batch(events.CompensationStarted(action=0, undo="restore", attempt=1, key="k"), after=3),
            batch(events.CompensationSucceeded(action=0, undo="restore", evidence="read"), after=4),
        )

        assert (updated, former, store.documents("default").secret(name)) == ("new", "old", "old")

    # --- who may write

    def test_a_workspace_has_one_writer(self, ledger: LedgerUnderTest) -> None:
        _begin(ledger.open())

        with pytest.raises(WfctlError) as caught:
            _begin(ledger.open(), plan_of(wanted("c"), id="plan-2"), "run-2")

        assert _error(caught) == (Kind.LOCK, "WORKSPACE_LOCKED")
        for word in ("anna@alpha", "run-1", "2026-"):
            assert word in caught.value.message
        assert "run-1" in caught.value.hint

    def test_another_machine_waits_until_the_lease_is_over(self, ledger: LedgerUnderTest) -> None:
        ledger.open().close()
        there = ledger.open(claim(ledger.clock, owner(host="beta", boot_id="boot-2")))
        _begin(ledger.open())

        ledger.clock.pass_(59)
        with pytest.raises(WfctlError) as caught:
            there.resume_run(RUN)
        ledger.clock.pass_(2)
        taken = there.resume_run(RUN)

        assert _error(caught) == (Kind.LOCK, "WORKSPACE_LOCKED")
        assert taken.epoch == 2

    def test_the_lease_of_a_dead_process_of_this_machine_is_free_at_once(self, ledger: LedgerUnderTest) -> None:
        dead = Claim(owner=owner(pid=1, started="0"), clocks=ledger.clock.clocks(), alive=lambda pid, started: True)
        _begin(ledger.open(dead))

        taken = ledger.open().resume_run(RUN)

        # pid 1 runs, but it is not the process that began at 0
        assert taken.epoch == 2

    def test_setting_the_time_of_day_ends_no_lease_on_its_own_machine(self, ledger: LedgerUnderTest) -> None:
        _begin(ledger.open())
        ledger.clock.wall += 3600

        with pytest.raises(WfctlError) as caught:
            ledger.open().resume_run(RUN)

        assert _error(caught) == (Kind.LOCK, "WORKSPACE_LOCKED")

    def test_the_old_owner_can_neither_append_nor_send(self, ledger: LedgerUnderTest) -> None:
        old = _begin(ledger.open())
        ledger.clock.pass_(61)
        store = ledger.open(claim(ledger.clock, owner(host="beta", boot_id="boot-2")))
        new = store.resume_run(RUN)
        append(new, batch(events.RunResumed(epoch=new.epoch), after=1))

        with pytest.raises(LeaseLostError):
            append(old, batch(dispatched(), after=1))

        assert not old.may_send()
        assert not old.renew()
        assert new.may_send()
        assert [recorded.seq for recorded in store.events(RUN)] == [1, 2]

    def test_what_the_old_owner_gives_back_stays_the_new_owners(self, ledger: LedgerUnderTest) -> None:
        old = _begin(ledger.open())
        ledger.clock.pass_(61)
        store = ledger.open(claim(ledger.clock, owner(host="beta", boot_id="boot-2")))
        new = store.resume_run(RUN)

        old.release()

        assert (store.lease("default") or pytest.fail("no lease")).run_id == RUN
        assert new.renew()

    def test_nothing_is_sent_in_the_last_seconds_of_a_lease(self, ledger: LedgerUnderTest) -> None:
        writer = _begin(ledger.open())
        allowed = []

        for seconds in (0, 50, 0.5, 9):
            ledger.clock.pass_(seconds)
            allowed.append(writer.may_send())
        renewed = writer.renew()

        assert allowed == [True, True, False, False]
        assert renewed
        assert writer.may_send()

    def test_a_released_workspace_is_free(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)
        writer.release()
        writer.release()

        lease = store.lease("default")

        assert (lease.epoch, lease.run_id) == (1, None) if lease else None
        assert not writer.may_send()
        assert store.resume_run(RUN).epoch == 2

    def test_closing_the_store_releases_its_writers(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        writer = _begin(store)

        store.close()

        assert not writer.may_send()
        assert ledger.open().resume_run(RUN).epoch == 2

    # --- word from other processes

    def test_word_is_given_out_until_it_is_taken(self, ledger: LedgerUnderTest) -> None:
        _begin(ledger.open())
        outside, inside = ledger.open(), ledger.open()
        letter = Letter(run_id=RUN, kind="cancel", body='{"final":true}', actor="ben@beta", at=1_790_000_200.125)

        numbers = [outside.put(letter), outside.put(msgspec.structs.replace(letter, kind="approve"))]
        waiting = inside.letters(RUN)
        inside.taken(numbers[0], 2)

        assert [
            msgspec.structs.replace(letter, id=numbers[0]),
            msgspec.structs.replace(letter, id=numbers[1], kind="approve"),
        ] == list(waiting)
        assert [numbers[1]] == [left.id for left in inside.letters(RUN)]

    def test_word_for_nobody_or_too_long_is_refused(self, ledger: LedgerUnderTest) -> None:
        store = ledger.open()
        _begin(store)
        letter = Letter(run_id=RUN, kind="event", body="x", actor="", at=1.0)

        for wrong, code in (({"run_id": "ghost"}, "RUN_UNKNOWN"), ({"body": "x" * 2_000_000}, "LETTER_TOO_LONG")):
            with pytest.raises(WfctlError) as caught:
                store.put(msgspec.structs.replace(letter, **wrong))
            assert (Kind.USAGE, code) == _error(caught)
        assert store.letters(RUN) == ()


def _failure() -> Failure:
    return Failure(code="boom", message="boom")
