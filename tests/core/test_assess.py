"""What a run came to: each line of the table of exit codes, and what is said of each action."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.playbook import Playbook, create, delete, finish, replace, update
from tests.core.stories import (
    LATER,
    NO,
    absent,
    applied,
    backoff,
    cancelled,
    dispatch,
    elapsed,
    failed,
    finalize,
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
from wfctl.core import events
from wfctl.core.assess import assess, failure_line
from wfctl.core.commands import ProbePurpose, UndoKind
from wfctl.core.outcome import ActionStatus, CausePhase, Existence, Failure, RunOutcome, RunResult
from wfctl.core.plan import HookFailure, HookPoint, OnCancel, OnFailure, RunPolicy, Step, TypeDeclaration
from wfctl.core.run import RunState

COMPENSATE = RunPolicy(on_failure=OnFailure.COMPENSATE)
IN_TURN = RunPolicy(parallelism=1)
BLIND = TypeDeclaration()


def everything_done() -> Playbook:
    return Playbook(create("a")) >> dispatch(0) << applied(0)


def nothing_to_do() -> Playbook:
    return Playbook()


def done_before_the_cancel_came() -> Playbook:
    return Playbook(create("a")) >> dispatch(0) << cancelled() << applied(0)


def hook_only_warned() -> Playbook:
    book = Playbook(create("a"), hooks=[hook("smoke", on_failure=HookFailure.WARN)])
    return book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke")


def one_refused_and_one_done() -> Playbook:
    book = Playbook(create("a"), create("b"), policy=IN_TURN)
    return book >> dispatch(0) << failed(0) >> dispatch(1) << applied(1)


def undeclared_undo_wanted() -> Playbook:
    book = Playbook(create("a"), create("b", needs=["a"]), policy=COMPENSATE, declared=BLIND)
    return book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1)


def finalize_reported_errors() -> Playbook:
    book = Playbook(create("a"), finalizer=True) >> dispatch(0) << applied(0) >> finalize(0)
    return book << events.FinalizeReported(provider="p", errors=("late",))


def only_refusals() -> Playbook:
    return Playbook(create("a")) >> dispatch(0) << failed(0)


def never_sent() -> Playbook:
    book = Playbook(create("a")) >> dispatch(0)
    return book << events.ActionNotSent(action=0, step=Step.CREATE, failure=NO)


def all_of_it_undone() -> Playbook:
    book = Playbook(create("a"), create("b", needs=["a"]), policy=COMPENSATE)
    return book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> undo(0) << undone(0)


def own_hook_failed_and_undone() -> Playbook:
    book = Playbook(create("a"), hooks=[hook("smoke")])
    book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke") >> undo(0) << undone(0)
    return book


def cancelled_for_good() -> Playbook:
    book = Playbook(create("a"), create("b"), policy=IN_TURN)
    return book >> dispatch(0) << cancelled(final=True) << applied(0)


def cancelled_and_undone() -> Playbook:
    book = Playbook(create("a"), create("b"), policy=RunPolicy(on_cancel=OnCancel.COMPENSATE, parallelism=1))
    return book >> dispatch(0) << cancelled() << applied(0) >> undo(0) << undone(0)


def undo_that_failed() -> Playbook:
    book = Playbook(create("a"), hooks=[hook("smoke")])
    book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke") >> undo(0) << undo_failed(0)
    return book


def nobody_could_tell() -> Playbook:
    return Playbook(create("a")) >> dispatch(0) << lost(0) >> probe(0) << absent(0, proven=False)


def residue_left() -> Playbook:
    book = Playbook(create("a")) >> dispatch(0) << failed(0, effect=Existence.UNKNOWN)
    return book >> probe(0, ProbePurpose.VERIFY) << applied(0)


def stopped(reason: str) -> Callable[[], Playbook]:
    def story() -> Playbook:
        book = Playbook(create("a"), create("b"), policy=IN_TURN)
        return book >> dispatch(0) << cancelled(reason=reason) << applied(0)

    return story


def stopped_with_something_for_a_person() -> Playbook:
    book = Playbook(create("a"), create("b"), policy=IN_TURN)
    book >> dispatch(0) << lost(0) >> probe(0) >> dispatch(1)
    book << absent(0, proven=False)
    book << cancelled()
    book << failed(1, failure=LATER)
    return book


TABLE: list[tuple[Callable[[], Playbook], RunResult, int]] = [
    (everything_done, RunResult.SUCCEEDED, 0),
    (nothing_to_do, RunResult.SUCCEEDED, 0),
    (done_before_the_cancel_came, RunResult.SUCCEEDED, 0),
    (hook_only_warned, RunResult.SUCCEEDED, 0),
    (one_refused_and_one_done, RunResult.FAILED, 3),
    (undeclared_undo_wanted, RunResult.FAILED, 3),
    (finalize_reported_errors, RunResult.FAILED, 3),
    (cancelled_for_good, RunResult.CANCELLED, 3),
    (only_refusals, RunResult.FAILED, 4),
    (never_sent, RunResult.FAILED, 4),
    (all_of_it_undone, RunResult.COMPENSATED, 4),
    (own_hook_failed_and_undone, RunResult.FAILED, 4),
    (cancelled_and_undone, RunResult.CANCELLED, 4),
    (undo_that_failed, RunResult.FAILED, 5),
    (nobody_could_tell, RunResult.FAILED, 5),
    (residue_left, RunResult.FAILED, 5),
    (stopped_with_something_for_a_person, RunResult.INTERRUPTED, 5),
    (stopped("SIGINT"), RunResult.INTERRUPTED, 130),
    (stopped("SIGTERM"), RunResult.INTERRUPTED, 143),
    (stopped("SIGHUP"), RunResult.INTERRUPTED, 129),
    (stopped("timeout"), RunResult.INTERRUPTED, 11),
    (stopped("cli"), RunResult.INTERRUPTED, 130),
]


@pytest.mark.parametrize(
    ("story", "result", "code"), TABLE, ids=[f"{code}-{story.__name__}" for story, _, code in TABLE]
)
def test_the_table_of_exit_codes(story: Callable[[], Playbook], result: RunResult, code: int) -> None:
    book = story() >> finish(result, code)

    assert (book.outcome().result, book.outcome().exit_code) == (result, code)


@pytest.mark.parametrize("story", [story for story, _, _ in TABLE])
def test_there_are_as_many_outcomes_as_actions_in_plan_order(story: Callable[[], Playbook]) -> None:
    book = story()
    outcome = assess(book.state)
    book._checked = True

    assert [action.plan_index for action in outcome.actions] == list(range(len(book.state.actions)))
    assert sum(getattr(outcome.counts, name) for name in outcome.counts.__struct_fields__ if name != "in_doubt") == len(
        outcome.actions
    )


def test_before_the_start_there_is_nothing() -> None:
    assert assess(RunState()) == RunOutcome(
        result=RunResult.SUCCEEDED, exit_code=0, actions=(), counts=assess(RunState()).counts
    )


class TestSkipped:
    def test_because_of_what_it_needed(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), create("c", needs=["b"]))
        book >> dispatch(0) << failed(0)

        assert [book.of(name).skipped_because for name in "bc"] == ["t.a", "t.a"]

    def test_because_a_gate_said_no(self) -> None:
        book = Playbook(create("a"), hooks=[hook("budget", HookPoint.BEFORE)])
        book >> run_hook(0, "budget") << hook_failed(0, "budget")

        assert (book.of("a").skipped_because, book.of("a").error_phase) == ("gate: budget", CausePhase.GATE)
        assert book.of("a").elapsed == 0

    def test_because_it_could_not_be_sent(self) -> None:
        assert never_sent().of("a").skipped_because == "refused"

    def test_because_the_run_stopped(self) -> None:
        book = Playbook(create("a"), create("b"), policy=RunPolicy(on_failure=OnFailure.STOP, parallelism=1))
        book >> dispatch(0) << failed(0)

        assert book.of("b").skipped_because == "run stopped: t.a"

    def test_because_somebody_stopped_it(self) -> None:
        assert stopped("SIGTERM")().of("b").skipped_because == "cancelled: SIGTERM"


class TestErrors:
    def test_a_failure_that_may_pass_and_was_not_tried_again_is_told(self) -> None:
        book = Playbook(create("a")) >> dispatch(0) << failed(0, failure=LATER) >> backoff(0) << cancelled()

        assert (book.of("a").status, book.of("a").error, book.of("a").final) == (ActionStatus.ERROR, LATER, False)

    def test_so_is_an_answer_that_nobody_waited_for(self) -> None:
        book = Playbook(create("a")) >> dispatch(0) << cancelled(stage=2)
        outcome = book.of("a")

        assert (outcome.error.code, outcome.in_doubt, outcome.effect) == ("abandoned", True, "unknown")  # type: ignore[union-attr]

    @pytest.mark.parametrize("stage", [1, 2])
    def test_and_half_a_replace_that_waits_for_the_resume(self, stage: int) -> None:
        book = Playbook(replace("a")) >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE)
        if stage == 2:
            book >> dispatch(0, Step.CREATE)
        book << cancelled(stage=stage)
        outcome = book.of("a")

        assert (outcome.status, outcome.final) == (ActionStatus.ERROR, False)
        assert outcome.error.code == ("abandoned" if stage == 2 else "run_stopped")  # type: ignore[union-attr]

    def test_and_a_hook_that_nobody_waited_for(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << cancelled(stage=2)
        outcome = book.of("a")

        assert (outcome.status, outcome.final) == (ActionStatus.COMPENSATION_FAILED, False)
        assert outcome.error.code == "abandoned"  # type: ignore[union-attr]

    def test_and_a_call_that_did_not_happen_and_was_not_sent_again(self) -> None:
        book = Playbook(create("a"), create("b"), policy=RunPolicy(on_failure=OnFailure.STOP))
        book >> dispatch(0) >> dispatch(1)
        book << resumed()
        book >> probe(0) >> probe(1)
        book << events.ActionFailed(action=1, step=Step.CREATE, failure=NO)
        book << absent(0)
        book >> finish(RunResult.FAILED, 4)

        assert book.of("a").error.code == "run_stopped"  # type: ignore[union-attr]
        assert (book.of("a").status, book.of("a").effect, book.of("a").attempts) == (ActionStatus.ERROR, "none", 1)

    def test_a_failed_undo_tells_both_the_original_first(self) -> None:
        outcome = undo_that_failed().of("a")

        assert (outcome.error, outcome.undo_error) == (NO, NO)
        assert outcome.error_phase is CausePhase.HOOK

    def test_in_one_line(self) -> None:
        assert failure_line(Failure(code="quota", message="no room")) == "quota: no room"
        assert failure_line(None) == ""


class TestEffect:
    def test_what_was_done_is_told_also_when_it_was_undone(self) -> None:
        book = own_hook_failed_and_undone()

        assert (book.of("a").effect, book.of("a").evidence) == ("CREATED", "read")

    def test_a_replace_is_one_word(self) -> None:
        book = Playbook(replace("a")) >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE)
        half = book.of("a")
        book >> dispatch(0, Step.CREATE) << applied(0, provider_id="new")

        assert (half.effect, half.status) == ("DELETED", ActionStatus.ERROR)
        assert (book.of("a").effect, book.of("a").provider_id) == ("REPLACED", "new")

    def test_a_replace_that_creates_first_stands_for_the_new_object(self) -> None:
        book = Playbook(replace("a"), declared=TypeDeclaration(create_before_delete=True))
        book >> dispatch(0, Step.CREATE) << applied(0, provider_id="new")
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE, provider_id="id-a")

        assert (book.of("a").effect, book.of("a").provider_id) == ("REPLACED", "new")

    def test_what_is_in_flight_is_unknown(self) -> None:
        book = Playbook(delete("a")) >> dispatch(0, Step.DELETE)
        outcome = book.of("a")

        assert (outcome.effect, outcome.in_doubt, outcome.status) == ("unknown", True, ActionStatus.DELETE_FAILED)

    def test_an_object_is_told_by_the_best_id_known(self) -> None:
        book = Playbook(update("a"), create("b"))
        book >> dispatch(0, Step.UPDATE) >> dispatch(1)
        book << events.ActionIdentified(action=1, provider_id="early")

        assert (book.of("a").provider_id, book.of("b").provider_id) == ("id-a", "early")

    def test_what_may_be_left_behind_is_residue(self) -> None:
        (left,) = nobody_could_tell().of("a").residue

        assert (left.type, left.name, left.provider_id) == ("t", "a", "")
        assert left.note.startswith("may exist")

    def test_a_doubtful_delete_leaves_nothing_new(self) -> None:
        book = Playbook(delete("a")) >> dispatch(0, Step.DELETE) << lost(0, Step.DELETE)
        for _ in range(2):
            book >> probe(0) << lost(0, Step.DELETE) >> backoff(0) << elapsed(0)
        book >> probe(0) << lost(0, Step.DELETE)

        assert (book.of("a").in_doubt, book.of("a").residue) == (True, ())


class TestHooksPending:
    def story(self, failure: HookFailure = HookFailure.STOP, **more: object) -> Playbook:
        hooks = [hook("one"), hook("two", on_failure=failure), hook("three")]
        book = Playbook(create("a"), hooks=hooks, **more)
        return book >> dispatch(0) << applied(0) >> run_hook(0, "one") << hook_ok(0, "one") >> run_hook(0, "two")

    def test_a_hook_that_only_warned_is_owed(self) -> None:
        book = self.story(HookFailure.WARN) << hook_failed(0, "two") >> run_hook(0, "three") << hook_ok(0, "three")

        assert (book.of("a").hooks_pending, book.of("a").status) == (("two",), ActionStatus.SUCCESS)
        assert [warning.code for warning in book.of("a").warnings] == ["refused"]

    def test_of_what_could_not_be_undone_all_that_have_not_run_are_owed(self) -> None:
        book = self.story(declared=BLIND) << hook_failed(0, "two")

        assert book.of("a").hooks_pending == ("two", "three")

    def test_of_what_was_undone_none_is_owed(self) -> None:
        book = self.story() << hook_failed(0, "two") >> undo(0) << undone(0)

        assert book.of("a").hooks_pending == ()

    def test_of_what_was_interrupted_all_that_have_not_run_are_owed(self) -> None:
        book = self.story() << cancelled(stage=2)

        assert (book.of("a").hooks_pending, book.of("a").final) == (("two", "three"), False)

    def test_of_what_never_happened_none_is_owed(self) -> None:
        book = Playbook(create("a"), hooks=[hook("one")]) >> dispatch(0) << failed(0)

        assert book.of("a").hooks_pending == ()


class TestCompensation:
    def test_an_undo_that_waits_is_pending(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke") >> undo(0)
        book << cancelled(stage=2)

        assert (book.of("a").compensation, book.of("a").final) == ("pending", False)

    def test_what_nobody_declared_is_told_and_stays_a_success(self) -> None:
        outcome = undeclared_undo_wanted().of("a")

        assert (outcome.status, outcome.compensation) == (ActionStatus.SUCCESS, "not_compensable")

    def test_what_holds_it_is_told(self) -> None:
        book = Playbook(create("a"), delete("b", needs=["a"]), create("c", needs=["b"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0) >> dispatch(1, Step.DELETE) << applied(1, Step.DELETE)
        book >> dispatch(2) << failed(2) >> undo(1, UndoKind.RECREATE) << undo_failed(1, UndoKind.RECREATE)

        assert book.of("a").compensation == "blocked_by t.b"


def test_before_the_end_it_says_what_would_be_true() -> None:
    book = Playbook(create("a"), create("b", needs=["a"])) >> dispatch(0)

    assert book.statuses() == [ActionStatus.ERROR, ActionStatus.SKIPPED]
    book << applied(0)
    assert book.outcome().actions[0].status is ActionStatus.SUCCESS
