"""Taking back a run that is over: what is chosen, in which order it goes, and what a stop or a failure leaves."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import event, given, settings

from tests.core.playbook import EVERYTHING, Playbook, create, delete, finish, replace, update
from tests.core.stories import (
    applied,
    backoff,
    cancelled,
    dispatch,
    elapsed,
    failed,
    hook,
    hook_failed,
    hook_ok,
    lost,
    probe,
    resumed,
    run_hook,
    undo,
    undo_failed,
    undone,
)
from tests.core.test_laws import check_truth, play
from tests.core.worlds import Played, World, worlds
from wfctl.core import compensate, events
from wfctl.core.action import Ending, live_effect, may_settle
from wfctl.core.assess import assess
from wfctl.core.commands import CompensateAction, FinishRun, RunHook, StartBackoff, UndoKind, intent
from wfctl.core.decide import decide
from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionStatus, CausePhase, Existence, Failure, RunResult
from wfctl.core.plan import HookPoint, Mode, Operation, Provenance, RunPolicy, Step, TypeDeclaration
from wfctl.core.rollback import Wish, begins, failed_before, requested
from wfctl.core.run import RunState, evolve, fold
from wfctl.errors import IllegalTransition, WfctlError

UNDECLARED = TypeDeclaration()
DOWN = Failure(code="unavailable", message="the cloud is away")


def over(*wanted: object, **options: object) -> Playbook:
    """A run that created everything, in plan order, and is over."""
    book = Playbook(*wanted, **options)  # type: ignore[arg-type]
    for index in range(len(wanted)):
        while not any(getattr(command, "action", -1) == index for command in decide(book.state)):
            pytest.fail("a story told in the wrong order")
        book._record(intent(next(one for one in decide(book.state) if getattr(one, "action", -1) == index)))
        step = {Operation.UPDATE: Step.UPDATE, Operation.DELETE: Step.DELETE}.get(
            book.state.facts[index].outline.operation, Step.CREATE
        )
        book << applied(index, step, provider_id=f"id-{index}")
    return book >> finish(RunResult.SUCCEEDED, 0)


def back(book: Playbook, **wish: object) -> events.RollbackRequested:
    return requested(book.state, Wish(**wish))  # type: ignore[arg-type]


class TestOrder:
    def test_what_stands_on_others_goes_first_and_the_last_made_before_the_first(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"), create("api", needs=["db"]))

        book << back(book) >> undo(3, provider_id="id-3") >> undo(2, provider_id="id-2")
        (
            book
            << undone(2)
            << undone(3)
            >> undo(1)
            << undone(1)
            >> undo(0)
            << undone(0)
            >> finish(RunResult.COMPENSATED, 0)
        )
        assert book.statuses() == [ActionStatus.COMPENSATED] * 4

    def test_each_kind_of_action_has_its_inverse(self) -> None:
        book = over(create("a"), update("b"), delete("c"))

        book << back(book) >> undo(2, UndoKind.RECREATE) >> undo(1, UndoKind.RESTORE) >> undo(0, UndoKind.DELETE)
        book << undone(0) << undone(1, UndoKind.RESTORE) << undone(2, UndoKind.RECREATE)
        book >> finish(RunResult.COMPENSATED, 0)

    def test_a_hook_takes_its_own_effect_back_before_the_resource_goes(self) -> None:
        book = Playbook(create("a"), hooks=[hook("dns", undo_exec=("true",))])
        book >> dispatch(0) << applied(0) >> run_hook(0, "dns") << hook_ok(0, "dns") >> finish(RunResult.SUCCEEDED, 0)

        book << back(book) >> run_hook(0, "dns", undo=True) << hook_ok(0, "dns", undo=True)
        book >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)


class TestChoice:
    def test_what_came_after_an_action_is_what_took_effect_later(self) -> None:
        book = Playbook(create("a"), create("b"), create("c", needs=["a"]))
        book >> dispatch(0) >> dispatch(1) << applied(1) << applied(0) >> dispatch(2) << applied(2)
        book >> finish(RunResult.SUCCEEDED, 0)

        assert back(book, after=2).actions == (0, 2)
        assert back(book, after=1).actions == (2,)
        assert back(book, after=3).actions == ()

    def test_one_resource_takes_with_it_what_stands_on_it(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"))

        assert back(book, only=("t.net",)).actions == (0, 1)
        book << back(book, only=("t/db",)) >> undo(1) << undone(1) >> finish(RunResult.COMPENSATED, 0)
        assert book.statuses() == [ActionStatus.SUCCESS, ActionStatus.COMPENSATED, ActionStatus.SUCCESS]

    def test_what_is_skipped_stays_and_so_does_what_it_stands_on(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"))

        book << back(book, skip=("db",)) >> undo(2) << undone(2) >> finish(RunResult.FAILED, 3)
        assert [one.compensation for one in book.outcome().actions] == ["blocked_by t.db", "skipped", ""]

    def test_what_is_skipped_once_is_not_skipped_for_ever(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book, skip=("db",), only=("db",)) >> finish(RunResult.SUCCEEDED, 0)
        assert book.of("db").compensation == "skipped"

        book << back(book) >> undo(1) << undone(1) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_an_orphan_stays_in_the_world_and_asks_no_more(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << undo_failed(1, refused=True) >> finish(RunResult.FAILED, 5)

        book << back(book, orphan=("db",)) >> finish(RunResult.FAILED, 3)
        assert [one.compensation for one in book.outcome().actions] == ["blocked_by t.db", "orphaned"]
        assert book.of("db").status is ActionStatus.SUCCESS
        assert not may_settle(book.action("db"))
        assert back(book).actions == (0,), "it is somebody's own now, and no later rollback touches it"
        assert back(book, again=True).actions == (0,)
        book << back(book, again=True) >> finish(RunResult.FAILED, 3)
        assert [one.compensation for one in book.outcome().actions] == ["blocked_by t.db", "orphaned"]

    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ({"only": ("nobody",)}, "ADDRESS_UNKNOWN"),
            ({"skip": ("nobody",)}, "ADDRESS_UNKNOWN"),
            ({"after": 3}, "NO_SUCH_ACTION"),
            ({"after": 2}, "NO_EFFECT"),
            ({"orphan": ("b",)}, "NO_EFFECT"),
        ],
    )
    def test_a_wish_that_makes_no_sense_is_refused(self, wish: dict[str, object], code: str) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]))
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> finish(RunResult.FAILED, 3)

        with pytest.raises(WfctlError) as refused:
            back(book, **wish)
        assert refused.value.code == code

    def test_nothing_was_done_and_nothing_is_to_be_taken_back(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0) >> finish(RunResult.FAILED, 4)

        assert back(book) == events.RollbackRequested()


class TestWhatStays:
    def test_what_nobody_can_undo_stays_and_is_no_failure(self) -> None:
        book = over(create("a", type="u"), create("b", needs=["a"]), types={"u": UNDECLARED})

        book << back(book) >> undo(1) << undone(1) >> finish(RunResult.FAILED, 3)
        assert (book.of("a").status, book.of("a").compensation) == (ActionStatus.SUCCESS, compensate.NOT_COMPENSABLE)

    @pytest.mark.parametrize(
        ("wanted", "fact", "code"),
        [
            (create("a"), applied(0, provenance=Provenance.ADOPTED), compensate.NOT_OURS),
            (create("a"), applied(0, provenance=Provenance.UPSERTED), compensate.NOT_OURS),
            (create("a", protected=True), applied(0), compensate.PROTECTED),
        ],
    )
    def test_what_is_not_ours_or_protected_is_not_touched(
        self, wanted: object, fact: events.ActionApplied, code: str
    ) -> None:
        book = Playbook(wanted)  # type: ignore[arg-type]
        book >> dispatch(0) << fact >> finish(RunResult.SUCCEEDED, 0)

        book << back(book) >> finish(RunResult.FAILED, 5)
        error = book.of("a").undo_error
        assert error is not None
        assert error.code == code

    def test_the_limit_of_automatic_undos_is_not_for_what_was_asked_for(self) -> None:
        book = over(create("a"), create("b"), policy=RunPolicy(max_compensations=1))

        book << back(book) >> undo(1) >> undo(0) << undone(0) << undone(1) >> finish(RunResult.COMPENSATED, 0)

    def test_a_person_is_asked_about_what_a_failed_call_left_and_the_rest_goes(self) -> None:
        book = Playbook(create("net"), create("db", needs=["net"]), create("log"))
        book >> dispatch(0) >> dispatch(2) << applied(0) << applied(2) >> dispatch(1)
        book << failed(1, effect=Existence.EXISTS)
        book >> finish(RunResult.FAILED, 3)

        book << back(book) >> undo(2) << undone(2) >> finish(RunResult.FAILED, 3)
        assert book.of("net").compensation == "blocked_by t.db"


class TestFailure:
    def test_the_rest_goes_on_and_what_it_stands_on_stays(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"))

        book << back(book) >> undo(2) >> undo(1) << undo_failed(1) << undone(2) >> finish(RunResult.FAILED, 5)
        outcome = book.outcome()
        assert [one.status for one in outcome.actions] == [1, 5, 4]
        assert outcome.actions[0].compensation == "blocked_by t.db"
        assert outcome.cause is not None
        assert (outcome.cause.address, outcome.cause.phase) == ("t.db", CausePhase.UNDO)

    def test_asking_again_has_an_end(self) -> None:
        busy = Failure(code="busy", message="later", retryable=True)
        book = over(create("a"))
        book << back(book)
        for attempt in range(1, 5):
            book >> undo(0, attempt=attempt) << undo_failed(0, failure=busy) >> backoff(0) << elapsed(0)
        book >> undo(0, attempt=5) << undo_failed(0, failure=busy) >> finish(RunResult.FAILED, 5)

    def test_the_first_error_stays_the_first(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke")
        book >> undo(0) << undo_failed(0, failure=DOWN) >> finish(RunResult.FAILED, 5)
        first = book.of("a").error

        book << back(book, again=True) >> undo(0) << undo_failed(0) >> finish(RunResult.FAILED, 5)
        assert book.of("a").error == first
        assert book.of("a").undo_error is not None
        assert book.of("a").undo_error != DOWN
        cause = book.outcome().cause
        assert cause is not None
        assert cause.phase is CausePhase.HOOK

    def test_only_being_told_so_tries_a_failed_undo_again(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << undo_failed(1) >> finish(RunResult.FAILED, 5)

        assert failed_before(book.state) == (1,)
        assert back(book).actions == (0,)
        assert not begins(book.state, back(book)), "what it stands on waits for it"
        assert begins(book.state, back(book, again=True))
        book << back(book, again=True) >> undo(1, attempt=1) << undone(1) >> undo(0) << undone(0)
        book >> finish(RunResult.COMPENSATED, 0)
        assert failed_before(book.state) == ()

    def test_what_a_person_settled_lets_the_rest_go(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << undo_failed(1) >> finish(RunResult.FAILED, 5)
        book << events.ActionSettled(action=1, as_="absent", verified=True)

        book << back(book) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)
        assert book.statuses() == [4, 4]

    def test_what_a_person_said_to_be_there_stays_unless_it_is_named(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << undo_failed(1) >> finish(RunResult.FAILED, 5)
        book << events.ActionSettled(action=1, as_="present", provider_id="id-1", verified=True)

        assert back(book).actions == (0,)
        book << back(book) >> finish(RunResult.FAILED, 3)
        assert book.of("net").compensation == "blocked_by t.db"
        book << back(book, only=("db",)) >> undo(1) << undone(1) >> finish(RunResult.COMPENSATED, 0)

    def test_a_half_undone_replace_goes_on_where_it_stopped(self) -> None:
        book = Playbook(replace("a"))
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0) << applied(0)
        book >> finish(RunResult.SUCCEEDED, 0)
        book << back(book) >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE)
        book >> undo(0) << undo_failed(0) >> finish(RunResult.FAILED, 5)

        book << back(book, again=True) >> undo(0, UndoKind.DELETE) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_what_may_have_been_made_again_is_never_made_twice(self) -> None:
        blind = TypeDeclaration(undo_delete=Mode.INVERSE, stateless=True)
        book = over(delete("a"), declared=blind)
        book << back(book) >> undo(0, UndoKind.RECREATE) << undo_failed(0, UndoKind.RECREATE, failure=DOWN)
        book >> finish(RunResult.FAILED, 5)

        book << back(book, again=True) >> finish(RunResult.FAILED, 5)
        assert book.of("a").undo_error == DOWN

    def test_a_guard_that_refused_before_may_let_it_through_now(self) -> None:
        blind = TypeDeclaration(undo_delete=Mode.INVERSE, stateless=True)
        book = over(delete("a"), declared=blind)
        book << back(book) >> undo(0, UndoKind.RECREATE) << undo_failed(0, UndoKind.RECREATE, refused=True)
        book >> finish(RunResult.FAILED, 5)

        book << back(book, again=True) >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE)
        book >> finish(RunResult.COMPENSATED, 0)


class TestStop:
    def test_what_was_sent_lands_and_no_other_undo_begins(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"), limit=1)
        book << back(book) >> undo(2) << cancelled()
        book.idle()
        book << undone(2) >> finish(RunResult.INTERRUPTED, 130)
        assert book.statuses() == [1, 1, 4]
        assert [one.compensation for one in book.outcome().actions] == ["", "pending", ""]
        assert [one.final for one in book.outcome().actions][1:] == [False, True]

        book << resumed() >> undo(1) << undone(1) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_observers_of_what_has_landed_still_look(self) -> None:
        book = Playbook(create("net"), create("db", needs=["net"]), hooks=[hook("seen", HookPoint.COMPLETE)])
        for index in range(2):
            book >> dispatch(index) << applied(index) >> run_hook(index, "seen") << hook_ok(index, "seen")
        book >> finish(RunResult.SUCCEEDED, 0)
        book << back(book) >> undo(1) << cancelled() << undone(1)
        book >> run_hook(1, "seen", status=ActionStatus.COMPENSATED) << hook_ok(1, "seen")
        book >> finish(RunResult.INTERRUPTED, 130)

    def test_a_pause_before_the_next_attempt_is_not_waited_for(self) -> None:
        book = over(create("a"))
        busy = Failure(code="busy", message="later", retryable=True)
        book << back(book) >> undo(0) << undo_failed(0, failure=busy) >> backoff(0) << cancelled()
        book >> finish(RunResult.INTERRUPTED, 130)

        (
            book
            << resumed()
            >> backoff(0)
            << elapsed(0)
            >> undo(0, attempt=2)
            << undone(0)
            >> finish(RunResult.COMPENSATED, 0)
        )

    def test_what_would_have_come_next_comes_with_the_resume(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << cancelled() << undone(1) >> finish(RunResult.INTERRUPTED, 130)

        book << resumed() >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_a_stop_after_the_last_undo_stops_nothing(self) -> None:
        book = over(create("a"))

        book << back(book) >> undo(0) << cancelled() << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_given_up_for_good_it_leaves_what_it_had_not_begun(self) -> None:
        book = over(create("net"), create("db", needs=["net"]), create("log"), limit=1)
        book << back(book) >> undo(2) << cancelled(final=True) << undone(2) >> finish(RunResult.CANCELLED, 3)
        assert book.statuses() == [1, 1, 4]

        book << back(book) >> undo(1) << undone(1) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_an_undo_whose_answer_nobody_waited_for_is_made_again(self) -> None:
        book = over(create("a"))
        book << back(book) >> undo(0, attempt=1) << cancelled() << cancelled(stage=2)
        book >> finish(RunResult.INTERRUPTED, 130)
        assert book.statuses() == [ActionStatus.COMPENSATION_FAILED]
        assert not book.of("a").final

        book << resumed() >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_given_up_after_a_crash_it_says_which_undo_nobody_looked_after(self) -> None:
        book = over(create("a"))
        book << back(book) >> undo(0) << resumed() << cancelled(final=True) >> finish(RunResult.CANCELLED, 5)

        assert book.statuses() == [ActionStatus.COMPENSATION_FAILED]
        book << back(book, again=True) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)

    def test_a_crash_in_the_middle_repeats_what_was_in_flight(self) -> None:
        book = over(create("net"), create("db", needs=["net"]))
        book << back(book) >> undo(1) << resumed() >> undo(1) << undone(1) >> undo(0) << undone(0)
        book >> finish(RunResult.COMPENSATED, 0)


class TestAnyRun:
    def test_only_a_run_that_is_over(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0)

        with pytest.raises(IllegalTransition):
            book << events.RollbackRequested(actions=(0,))

    def test_a_run_that_was_cancelled_keeps_saying_why_it_sent_no_more(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]))
        book >> dispatch(0) << cancelled(final=True) << applied(0) >> finish(RunResult.CANCELLED, 3)
        before = book.of("b").skipped_because

        book << back(book) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 0)
        assert (book.of("b").status, book.of("b").skipped_because) == (ActionStatus.SKIPPED, before)

    def test_a_run_that_left_doubt_is_rolled_back_around_it(self) -> None:
        book = Playbook(create("a"), create("b"), declared=EVERYTHING)
        book >> dispatch(0) >> dispatch(1) << applied(0) << lost(1) >> probe(1)
        book << events.ActionFoundAbsent(action=1, step=Step.CREATE, proven=False)
        book >> finish(RunResult.FAILED, 5)

        book << back(book) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 5)
        assert book.of("b").in_doubt

    @given(worlds())
    @settings(max_examples=150, deadline=None)
    def test_in_every_world_it_ends_goes_dependants_first_and_says_the_truth(self, world: World) -> None:
        played = play(world)
        state = fold(played.ledger)
        if state.finished is None or state.finished.result is RunResult.INTERRUPTED:
            return
        dice = random.Random(world.seed)
        request = requested(state, Wish(again=dice.random() < 0.5))
        before = {index for index, action in enumerate(state.actions) if live_effect(action)}
        ledger = [*played.ledger]

        def record(fact: events.Event) -> None:
            ledger.append(Recorded(seq=state.seq + 1, at=state.now + 1, event=fact))
            evolve(state, ledger[-1])

        record(request)
        bound = 60 * len(state.actions) + 60
        while not over_again(state):
            bound -= 1
            assert bound, "it never ends"
            for command in decide(state):
                record(intent(command))
                if isinstance(command, FinishRun):
                    break
                if isinstance(command, CompensateAction):
                    live = {at for at, action in enumerate(state.actions) if live_effect(action)}
                    assert not live & set(state.dependants[command.action])
                    assert command.action in request.actions
                record(_answer(command, dice))
            if dice.random() < world.weather / 4:
                record(resumed(epoch=state.resumed + 2))
        outcome = assess(state)

        assert assess(fold(ledger)) == outcome
        for index, action in enumerate(state.actions):
            assert (action.ending is Ending.COMPENSATED) >= (index not in before and live_effect(action))
        remains = [index for index in request.actions if live_effect(state.actions[index])]
        if request.actions:
            assert (outcome.result is RunResult.COMPENSATED) is not bool(remains)
        assert (outcome.exit_code == 0) <= (not remains)


def over_again(state: RunState) -> bool:
    return state.finished is not None


def played_and_taken_back(world: World) -> Played:
    """A run in this world, and if it is over its rollback, in the same weather, perhaps stopped and then taken up again."""
    played = play(world)
    if played.state.finished is None or played.state.finished.result is RunResult.INTERRUPTED:
        return played
    bound = 100 + 60 * (len(world.wanted) + 1) * (world.crashes + 2)
    played.go_on(requested(played.state, Wish()), cancels=world.seed % 2 == 0)
    played.play(bound=played.cycles + bound)
    if assess(played.state).result is RunResult.INTERRUPTED:
        event("stopped")
        played.go_on(resumed(epoch=100))
        played.play(bound=played.cycles + bound)
    return played


class TestTruth:
    @given(worlds())
    @settings(max_examples=150, deadline=None)
    def test_what_is_said_of_every_action_is_true_of_the_world(self, world: World) -> None:
        played = played_and_taken_back(world)
        for action in assess(played.state).actions:
            check_truth(played, action)

    @given(worlds())
    @settings(max_examples=150, deadline=None)
    def test_a_rollback_of_an_apply_changes_nothing_at_all(self, world: World) -> None:
        fair = msgspec.structs.replace(
            world,
            declared=msgspec.structs.replace(EVERYTHING, create_before_delete=world.declared.create_before_delete),
            hooks=tuple(msgspec.structs.replace(hook, rerun_never=False) for hook in world.hooks),
            weather=0.0,
            cancels=False,
        )
        before = sorted((thing.name, thing.version) for thing in Played(fair).things.values())
        played = played_and_taken_back(fair)

        assert sorted((thing.name, thing.version) for thing in played.things.values()) == before
        assert assess(played.state).exit_code == 0
        assert not any(live_effect(action) for action in played.state.actions)


def _answer(command: object, dice: random.Random) -> events.Event:
    match command:
        case CompensateAction():
            if dice.random() < 0.2:
                refused = dice.random() < 0.5
                return undo_failed(command.action, command.undo, refused=refused)
            return undone(command.action, command.undo)
        case RunHook():
            if dice.random() < 0.2:
                return hook_failed(command.action, command.hook, undo=command.undo)
            return hook_ok(command.action, command.hook, undo=command.undo)
        case StartBackoff():
            return events.BackoffElapsed(action=command.action)
        case _:
            raise AssertionError(f"a rollback does not order {command}")
