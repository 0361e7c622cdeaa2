"""Many actions: what one means for the others, copies that go their own way, and chains however long."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings

from tests.core.playbook import Playbook, Wanted, create, delete, finish, started, update
from tests.core.stories import (
    LATER,
    applied,
    cancelled,
    dispatch,
    failed,
    finalize,
    hook,
    lost,
    probe,
    resumed,
    run_hook,
    undone,
)
from tests.core.test_laws import play
from tests.core.worlds import World, worlds
from wfctl.core import events
from wfctl.core.action import ActionState, Ending, Stand
from wfctl.core.assess import assess
from wfctl.core.commands import CompensateAction, DispatchAction, FinishRun, ProbePurpose, intent
from wfctl.core.decide import decide
from wfctl.core.events import Event, Recorded
from wfctl.core.itinerary import Work
from wfctl.core.outcome import ActionStatus, CausePhase, RunResult
from wfctl.core.plan import Deferral, HookFailure, HookPoint, OnFailure, Operation, RunPolicy, Step, TypeDeclaration
from wfctl.core.run import Halt, Posture, RunState, evolve, fold, is_pivot, posture
from wfctl.errors import IllegalTransition

COMPENSATE = RunPolicy(on_failure=OnFailure.COMPENSATE)
LENGTH = 10_000


def record(state: RunState, *facts: Event) -> RunState:
    for fact in facts:
        evolve(state, Recorded(seq=state.seq + 1, at=float(state.seq), event=fact))
    return state


class TestFold:
    @given(worlds())
    @settings(max_examples=50)
    def test_folding_at_once_is_evolving_one_by_one(self, world: World) -> None:
        played = play(world)
        one_by_one = RunState()
        for recorded in played.ledger:
            evolve(one_by_one, recorded)

        assert seen(fold(played.ledger)) == seen(one_by_one) == seen(played.state)

    @given(worlds())
    @settings(max_examples=50)
    def test_a_copy_goes_its_own_way(self, world: World) -> None:
        ledger = play(world).ledger
        half = len(ledger) // 2
        state = fold(ledger[:half])
        before = seen(state)
        copy = state.fork()
        for recorded in ledger[half:]:
            evolve(copy, recorded)

        assert seen(state) == before
        assert seen(copy) == seen(fold(ledger))

    def test_the_last_fact_gives_number_and_time(self) -> None:
        state = fold(
            [Recorded(seq=1, at=50.0, event=started([create("a")])), Recorded(seq=2, at=60.5, event=cancelled())]
        )

        assert (state.seq, state.now) == (2, 60.5)


def seen(state: RunState) -> dict[str, object]:
    """Everything a state holds, as something that can be compared."""
    plain = {name: getattr(state, name) for name in RunState.__slots__ if name != "lanes"}
    queued = state.lanes.peek((0, 1))
    return {**{name: repr(value) for name, value in plain.items()}, "queued": queued, "slots": state.lanes.slots}


class TestIllegal:
    def test_a_run_starts_once(self) -> None:
        state = record(RunState(), started([create("a")]))

        with pytest.raises(IllegalTransition, match="already"):
            record(state, started([create("a")]))

    def test_before_the_start_there_is_nothing_to_ask(self) -> None:
        assert decide(RunState()) == []
        with pytest.raises(IllegalTransition, match="has not started"):
            _ = RunState().begun

    @pytest.mark.parametrize("index", [-1, 1, 99])
    def test_an_action_that_is_not_in_the_plan(self, index: int) -> None:
        state = record(RunState(), started([create("a")]))

        with pytest.raises(IllegalTransition, match="no action"):
            record(state, applied(index))

    def test_an_answer_to_what_was_not_sent(self) -> None:
        with pytest.raises(IllegalTransition, match=r"t\.a: no row for ActionApplied"):
            record(RunState(), started([create("a")]), applied(0))


def test_an_edit_of_the_state_is_nothing_to_the_actions() -> None:
    state = record(RunState(), started([create("a")]))
    before = list(state.actions)
    record(state, events.StateEdited(verb="state rm", gone=("a",)))

    assert state.actions == before
    assert [type(command) for command in decide(state)] == [DispatchAction]


class TestPosture:
    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            (ActionState(), Posture.IDLE),
            (ActionState(work=Work.ENDED), Posture.IDLE),
            (ActionState(work=Work.GATE), Posture.START),
            (ActionState(work=Work.GATE, stand=Stand.PAUSE_DUE), Posture.START),
            (ActionState(work=Work.GATE, stand=Stand.PAUSED), Posture.RESTING),
            (ActionState(work=Work.STEP), Posture.QUEUED),
            (ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT), Posture.FLYING),
            (ActionState(work=Work.STEP, stand=Stand.PROBING), Posture.FLYING),
            (ActionState(work=Work.STEP, stand=Stand.IN_DOUBT, doubting=ProbePurpose.DOUBT), Posture.ORDER),
            (ActionState(work=Work.STEP, stand=Stand.PAUSE_DUE), Posture.START),
            (ActionState(work=Work.STEP, stand=Stand.PAUSE_DUE, doubting=ProbePurpose.DOUBT), Posture.ORDER),
            (ActionState(work=Work.STEP, stand=Stand.PAUSED), Posture.RESTING),
            (ActionState(work=Work.STEP, stand=Stand.PAUSED, doubting=ProbePurpose.VERIFY), Posture.FLYING),
            (ActionState(work=Work.HOOK), Posture.ORDER),
            (ActionState(work=Work.HOOK, stand=Stand.PAUSED), Posture.FLYING),
            (ActionState(work=Work.HOOK_UNDO), Posture.ORDER),
            (ActionState(work=Work.UNDO), Posture.UNDO_QUEUED),
            (ActionState(work=Work.UNDO, stand=Stand.IN_FLIGHT), Posture.FLYING),
            (ActionState(work=Work.UNDO, stand=Stand.PAUSE_DUE), Posture.ORDER),
            (ActionState(work=Work.CLOSING), Posture.ORDER),
        ],
    )
    def test_what_an_action_wants_is_told_by_its_state(self, action: ActionState, expected: Posture) -> None:
        assert posture(action) is expected

    @pytest.mark.parametrize(
        ("wanted", "declared", "pivot"),
        [
            (create("a"), TypeDeclaration(), True),
            (create("a"), TypeDeclaration(undo_create="inverse"), False),  # type: ignore[arg-type]
            (delete("a"), TypeDeclaration(undo_create="inverse"), True),  # type: ignore[arg-type]
            (update("a", hooks_only=["mail"]), TypeDeclaration(), False),
        ],
    )
    def test_a_point_of_no_return_is_what_no_driver_takes_back(
        self, wanted: Wanted, declared: TypeDeclaration, pivot: bool
    ) -> None:
        state = record(RunState(), started([wanted], declared=declared))

        assert is_pivot(state.facts[0]) is pivot


class TestHalt:
    @pytest.mark.parametrize(
        ("on_failure", "halt"),
        [(OnFailure.CONTINUE, Halt.NO), (OnFailure.STOP, Halt.STOP), (OnFailure.COMPENSATE, Halt.COMPENSATE)],
    )
    def test_a_failed_call_sets_the_policy_in_motion(self, on_failure: OnFailure, halt: Halt) -> None:
        book = Playbook(create("a"), create("b"), policy=RunPolicy(on_failure=on_failure))
        book >> dispatch(0) >> dispatch(1)
        book << failed(0)

        assert book.state.halt is halt

    @pytest.mark.parametrize(
        ("on_failure", "halt"),
        [(OnFailure.CONTINUE, Halt.STOP), (OnFailure.STOP, Halt.STOP), (OnFailure.COMPENSATE, Halt.COMPENSATE)],
    )
    def test_a_gate_that_refuses_stops_the_run_at_least(self, on_failure: OnFailure, halt: Halt) -> None:
        book = Playbook(create("a"), hooks=[hook("gate", HookPoint.BEFORE)], policy=RunPolicy(on_failure=on_failure))
        book >> run_hook(0, "gate")
        book << events.HookFailed(action=0, hook="gate", failure=LATER)

        assert book.state.halt is halt
        assert book.state.cause is not None
        assert book.state.cause.phase is CausePhase.GATE

    @pytest.mark.parametrize(
        ("own", "halt"),
        [(HookFailure.STOP, Halt.STOP), (HookFailure.CONTINUE, Halt.NO), (HookFailure.WARN, Halt.NO)],
    )
    def test_a_hook_has_a_word_of_its_own(self, own: HookFailure, halt: Halt) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke", on_failure=own)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke")
        book << events.HookFailed(action=0, hook="smoke", failure=LATER)

        assert book.state.halt is halt

    def test_the_first_failure_is_the_cause(self) -> None:
        book = Playbook(create("a"), create("b"))
        book >> dispatch(0) >> dispatch(1)
        book << failed(1)
        book << failed(0)
        cause = book.outcome().cause

        assert cause is not None
        assert (cause.plan_index, cause.address, cause.failure.code) == (1, "t.b", "refused")


class TestCancel:
    def test_requests_add_up(self) -> None:
        state = record(
            RunState(),
            started([create("a")]),
            cancelled(reason="SIGTERM"),
            cancelled(reason="SIGINT", stage=2),
            cancelled(reason="cli", final=True),
        )

        assert state.cancel == events.CancelRequested(reason="SIGTERM", final=True, stage=2)
        assert (state.aborting, state.halted, state.given_up) == (True, True, True)

    def test_a_resume_forgets_a_cancel_that_was_not_final(self) -> None:
        state = record(RunState(), started([create("a")]), cancelled(stage=2), resumed())

        assert (state.cancel, state.halted, state.resumed) == (None, False, 1)

    def test_and_keeps_a_final_one_but_waits_again(self) -> None:
        state = record(RunState(), started([create("a")]), cancelled(stage=2, final=True), resumed())

        assert state.cancel == events.CancelRequested(reason="SIGINT", final=True, stage=1)
        assert (state.aborting, state.given_up) == (False, True)


class TestFinalize:
    def test_the_cause_of_a_run_that_only_failed_in_the_end_is_the_flush(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0)
        book << events.FinalizeLost(provider="p", actions=(0,), reason="died")
        cause = book.outcome().cause

        assert cause is not None
        assert (cause.plan_index, cause.address, cause.phase) == (None, "p", CausePhase.FINALIZE)

    def test_an_action_that_its_plugin_took_back_is_the_cause(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0)
        verdict = events.FinalizeVerdict(action=0, status=4, confirmed=True)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,))
        cause = book.outcome().cause

        assert cause is not None
        assert (cause.plan_index, cause.address, cause.failure.code) == (0, "t.a", "plugin_undo")

    @pytest.mark.parametrize("action", [7, -1])
    def test_a_verdict_on_an_unknown_action_is_an_error(self, action: int) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0)
        verdict = events.FinalizeVerdict(action=action, status=4, confirmed=True)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,))

        assert book.outcome().finalize_errors == (f"p: status 4 of action {action} is not allowed",)
        assert book.statuses() == [ActionStatus.SUCCESS]

    def test_a_verdict_of_success_changes_nothing(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0)
        verdict = events.FinalizeVerdict(action=0, status=1, confirmed=False)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,))

        assert book.statuses() == [ActionStatus.SUCCESS]
        assert book.outcome().result is RunResult.SUCCEEDED

    def test_the_first_failure_stays_the_cause(self) -> None:
        book = Playbook(create("a"), create("b"), finalizer=True)
        book >> dispatch(0) >> dispatch(1)
        book << failed(1)
        book << applied(0)
        book >> finalize(0)
        verdict = events.FinalizeVerdict(action=0, status=5, confirmed=False)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,), errors=("late",))

        assert book.outcome().cause.plan_index == 1  # type: ignore[union-attr]

    @pytest.mark.parametrize("deferral", [Deferral.MARKED, Deferral.DURABLE])
    def test_only_what_is_marked_is_flushed_where_it_is_marked(self, deferral: Deferral) -> None:
        book = Playbook(create("a"), create("b"), finalizer=True, deferral=deferral)
        book >> dispatch(0) >> dispatch(1)
        book << applied(0)
        book << msgspec.structs.replace(applied(1), deferred=True)
        book >> finalize(1)

    def test_nothing_is_flushed_where_nothing_is_marked(self) -> None:
        book = Playbook(create("a"), finalizer=True, deferral=Deferral.MARKED)
        book >> dispatch(0) << applied(0) >> finish(RunResult.SUCCEEDED, 0)

    @pytest.mark.parametrize(("deferral", "flushed"), [(Deferral.MARKED, False), (Deferral.DURABLE, True)])
    def test_what_was_found_put_off_is_flushed_only_where_it_outlives_the_process(
        self, deferral: Deferral, flushed: bool
    ) -> None:
        book = Playbook(create("a"), finalizer=True, deferral=deferral, declared=TypeDeclaration(reads_by_key=True))
        book >> dispatch(0) << resumed() >> probe(0)
        book << msgspec.structs.replace(applied(0), deferred=True)
        book >> (finalize(0) if flushed else finish(RunResult.FAILED, 3))
        assert bool(book.outcome().finalize_errors) is not flushed

    @pytest.mark.parametrize(("deferral", "waits"), [(Deferral.MARKED, False), (Deferral.DURABLE, True)])
    def test_what_outlives_an_interruption_is_flushed_when_the_rest_is_done(
        self, deferral: Deferral, waits: bool
    ) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), finalizer=True, deferral=deferral)
        book >> dispatch(0) << cancelled()
        book << msgspec.structs.replace(applied(0), deferred=True)
        if not waits:
            book >> finalize(0)
            return
        book >> finish(RunResult.INTERRUPTED, 130) << resumed() >> dispatch(1) << applied(1) >> finalize(0)

    def test_while_one_flushes_the_end_waits(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0)
        book << cancelled()
        book.idle()

    def test_a_flush_in_flight_is_sent_again_after_a_resume(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0) << resumed() >> finalize(0)


def chain(length: int) -> list[Wanted]:
    return [create(f"r{i}", needs=[f"r{i - 1}"] if i else []) for i in range(length)]


def forward(state: RunState, count: int) -> None:
    """Send and apply so many actions, one after the other."""
    for _ in range(count):
        (command,) = decide(state)
        assert isinstance(command, DispatchAction)
        record(state, intent(command), applied(command.action))


class TestLongChains:
    """Ten thousand in a row, with a stack that holds far fewer frames."""

    @pytest.fixture(autouse=True)
    def _shallow(self) -> Iterator[None]:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(400)
        yield
        sys.setrecursionlimit(before)

    def test_one_after_the_other_to_the_end(self) -> None:
        state = record(RunState(), started(chain(LENGTH)))
        forward(state, LENGTH)

        assert isinstance(decide(state)[0], FinishRun)
        assert assess(state).result is RunResult.SUCCEEDED

    def test_the_first_failure_skips_all_the_others_because_of_itself(self) -> None:
        state = record(RunState(), started(chain(LENGTH)))
        (command,) = decide(state)
        record(state, intent(command), failed(0))

        assert all(action.ending is Ending.SKIPPED for action in state.actions[1:])
        assert {action.skipped_because for action in state.actions[1:]} == {"t.r0"}

    def test_all_of_it_is_taken_back_last_first(self) -> None:
        state = record(RunState(), started(chain(LENGTH), policy=COMPENSATE))
        forward(state, LENGTH - 1)
        (command,) = decide(state)
        record(state, intent(command), failed(LENGTH - 1))
        for expected in reversed(range(LENGTH - 1)):
            (command,) = decide(state)
            assert isinstance(command, CompensateAction)
            assert command.action == expected
            record(state, intent(command), undone(expected))

        assert assess(state).result is RunResult.COMPENSATED

    def test_one_that_cannot_be_taken_back_holds_all_it_stands_on(self) -> None:
        wanted = chain(LENGTH)
        wanted[-2] = create(wanted[-2].name, needs=wanted[-2].needs, type="pivot")
        state = record(RunState(), started(wanted, policy=COMPENSATE, types={"pivot": TypeDeclaration()}))
        forward(state, LENGTH - 1)
        (command,) = decide(state)
        record(state, intent(command), failed(LENGTH - 1))

        assert isinstance(decide(state)[0], FinishRun)
        held = {action.compensation for action in state.actions[: LENGTH - 2]}
        assert held == {f"blocked_by pivot.{wanted[-2].name}"}

    def test_a_limit_of_deletions_is_not_counted_anew_each_time(self) -> None:
        policy = RunPolicy(on_failure=OnFailure.COMPENSATE, max_compensations=3, parallelism=LENGTH)
        wide = [*(create(f"r{i}") for i in range(LENGTH - 1)), create("bad")]
        state = record(RunState(), started(wide, policy=policy, limit=LENGTH))
        for command in decide(state):
            record(state, intent(command))
        record(state, *(applied(i) for i in range(LENGTH - 1)), failed(LENGTH - 1))

        assert [command.action for command in decide(state) if isinstance(command, CompensateAction)] == [
            LENGTH - 2,
            LENGTH - 3,
            LENGTH - 4,
        ]

    def test_a_resume_doubts_everything_that_was_in_flight(self) -> None:
        wide = [create(f"r{i}") for i in range(LENGTH)]
        state = record(RunState(), started(wide, policy=RunPolicy(parallelism=LENGTH), limit=LENGTH))
        for command in decide(state):
            record(state, intent(command))
        record(state, resumed())

        assert len(state.orders) == LENGTH
        assert state.lanes.slots == 0


def test_a_wide_plan_looks_only_at_what_may_go() -> None:
    state = record(RunState(), started([create(f"r{i}") for i in range(LENGTH)], limit=3))

    assert [command.action for command in decide(state) if isinstance(command, DispatchAction)] == [0, 1, 2]


def test_a_doubt_holds_its_dependants_and_nobody_else() -> None:
    book = Playbook(create("a"), create("b", needs=["a"]), create("c"), policy=RunPolicy(parallelism=1))
    book >> dispatch(0)
    book << lost(0)
    orders = decide(book.state)

    assert [type(order).__name__ for order in orders] == ["ProbeAction", "DispatchAction"]
    assert book.action("b").work is Work.WAITING


def test_every_operation_is_released_by_a_success_alone() -> None:
    steps = {"create": Step.CREATE, "update": Step.UPDATE, "delete": Step.DELETE}
    for make in (create, update, delete):
        first = make("a")
        book = Playbook(first, create("b", needs=["a"]))
        step = steps[Operation(first.operation)]
        book >> dispatch(0, step) << applied(0, step) >> dispatch(1)
