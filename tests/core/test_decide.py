"""Policy, as stories: what is ordered, in which order, and what it comes to."""

from __future__ import annotations

import msgspec
import pytest

from tests.core.playbook import EVERYTHING, RUN, Playbook, create, delete, finish, order, replace, update
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
from wfctl.core import events, retry
from wfctl.core.commands import Finalize, ProbePurpose, UndoKind
from wfctl.core.decide import decide
from wfctl.core.outcome import ActionStatus, CausePhase, Existence, Failure, Residue, RunResult
from wfctl.core.plan import (
    HookFailure,
    HookPoint,
    Idempotency,
    Mode,
    OnCancel,
    OnFailure,
    Provenance,
    Retries,
    RunPolicy,
    Step,
    TypeDeclaration,
)
from wfctl.errors import IllegalTransition

S, E, D, C, CF, K = (ActionStatus(tag) for tag in range(1, 7))
COMPENSATE = RunPolicy(on_failure=OnFailure.COMPENSATE)
ONE_AT_A_TIME = RunPolicy(parallelism=1)


class TestOrder:
    def test_requirements_come_first(self) -> None:
        book = Playbook(create("net"), create("api", needs=["net"]))
        book >> dispatch(0) << applied(0) >> dispatch(1) << applied(1) >> finish(RunResult.SUCCEEDED, 0)

        assert book.statuses() == [S, S]

    def test_independent_actions_go_together_within_the_parallelism_of_the_run(self) -> None:
        book = Playbook(create("a"), create("b"), create("c"), policy=RunPolicy(parallelism=2))
        book >> dispatch(0) >> dispatch(1)
        book << applied(0)
        book >> dispatch(2)

    def test_a_provider_that_declares_no_concurrency_gets_one_call_at_a_time(self) -> None:
        book = Playbook(create("a"), create("b"), limit=1)
        book >> dispatch(0)
        book << applied(0)
        book >> dispatch(1)

    def test_a_type_may_be_narrower_than_its_provider(self) -> None:
        narrow = TypeDeclaration(max_concurrency=1, undo_create=Mode.INVERSE)
        book = Playbook(create("a", type="n"), create("b", type="n"), create("c"), types={"n": narrow})
        book >> dispatch(0) >> dispatch(2)
        book << applied(2)
        book.idle()

    def test_points_of_no_return_go_last_among_the_ready(self) -> None:
        book = Playbook(
            create("a", type="pivot"), create("b"), policy=ONE_AT_A_TIME, types={"pivot": TypeDeclaration()}
        )
        book >> dispatch(1) << applied(1) >> dispatch(0)

    def test_an_empty_plan_succeeds_at_once(self) -> None:
        book = Playbook()
        book >> finish(RunResult.SUCCEEDED, 0)


class TestFailure:
    def test_dependants_of_a_failure_are_skipped_because_of_it_and_the_rest_goes_on(self) -> None:
        book = Playbook(
            create("a"), create("b", needs=["a"]), create("c", needs=["b"]), create("d"), policy=ONE_AT_A_TIME
        )
        book >> dispatch(0) << failed(0) >> dispatch(3) << applied(3) >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [E, K, K, S]
        assert book.of("c").skipped_because == "t.a"
        assert book.outcome().cause is not None
        assert book.outcome().cause.plan_index == 0  # type: ignore[union-attr]

    def test_stop_dispatches_nothing_new_and_lets_what_is_in_flight_land(self) -> None:
        book = Playbook(
            create("a"), create("b"), create("c"), policy=RunPolicy(on_failure=OnFailure.STOP, parallelism=2)
        )
        book >> dispatch(0) >> dispatch(1)
        book << failed(0)
        book.idle()
        book << applied(1)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [E, S, K]
        assert book.of("c").skipped_because == "run stopped: t.a"

    def test_a_single_refusal_leaves_the_world_as_it_was(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0) >> finish(RunResult.FAILED, 4)

        assert book.of("a").effect == "none"

    def test_a_failed_delete_has_its_own_status(self) -> None:
        book = Playbook(delete("a"))
        book >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE) >> finish(RunResult.FAILED, 4)

        assert book.statuses() == [D]

    def test_a_refusal_that_may_pass_is_tried_again_after_a_pause_with_the_same_key(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0, attempt=1) << failed(0, failure=LATER) >> backoff(0, attempt=2) << elapsed(0)
        book >> dispatch(0, attempt=2) << applied(0) >> finish(RunResult.SUCCEEDED, 0)

        assert len({event.key for event in book.facts if isinstance(event, events.ActionDispatched)}) == 1
        assert book.of("a").attempts == 2

    def test_attempts_are_bounded(self) -> None:
        book = Playbook(create("a"), policy=RunPolicy(retries=Retries(max_attempts=2)))
        book >> dispatch(0) << failed(0, failure=LATER) >> backoff(0) << elapsed(0)
        book >> dispatch(0) << failed(0, failure=LATER) >> finish(RunResult.FAILED, 4)

    def test_what_was_never_sent_is_skipped(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]))
        book >> dispatch(0)
        book << events.ActionNotSent(
            action=0, step=Step.CREATE, failure=Failure(code="unresolved_reference", message="?")
        )
        book >> finish(RunResult.FAILED, 4)

        assert book.statuses() == [K, K]
        assert book.of("a").skipped_because == "unresolved_reference"


class TestCompensation:
    def test_two_that_succeeded_and_one_that_failed(self) -> None:
        book = Playbook(
            create("a"),
            create("b", needs=["a"]),
            create("c", needs=["b"]),
            policy=COMPENSATE,
        )
        book >> dispatch(0) << applied(0) >> dispatch(1) << applied(1) >> dispatch(2) << failed(2)
        book >> undo(1, provider_id="made-1") << undone(1) >> undo(0, provider_id="made-0") << undone(0)
        book >> finish(RunResult.COMPENSATED, 4)

        assert book.statuses() == [C, C, E]
        assert book.outcome().cause.plan_index == 2  # type: ignore[union-attr]

    def test_independent_ones_are_undone_together_last_first(self) -> None:
        book = Playbook(create("a"), create("b"), create("c"), policy=COMPENSATE)
        book >> dispatch(0) >> dispatch(1) >> dispatch(2)
        book << applied(1)
        book << applied(0)
        book << failed(2)
        book >> undo(0) >> undo(1)

    def test_nothing_is_undone_before_what_is_in_flight_has_landed(self) -> None:
        book = Playbook(create("a"), create("b"), policy=COMPENSATE)
        book >> dispatch(0) >> dispatch(1)
        book << failed(0)
        book.idle()
        book << applied(1)
        book >> undo(1)

    def test_what_cannot_be_undone_stays_a_success_and_holds_what_it_stands_on(self) -> None:
        book = Playbook(
            create("base"),
            create("pivot", needs=["base"], type="pivot"),
            create("bad", needs=["pivot"]),
            policy=COMPENSATE,
            types={"pivot": TypeDeclaration()},
        )
        book >> dispatch(0) << applied(0) >> dispatch(1) << applied(1) >> dispatch(2) << failed(2)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [S, S, E]
        assert book.of("pivot").compensation == "not_compensable"
        assert book.of("base").compensation == "blocked_by pivot.pivot"

    def test_a_failed_undo_keeps_both_errors_and_blocks_only_its_prerequisites(self) -> None:
        book = Playbook(
            create("base"),
            create("top", needs=["base"]),
            create("alone"),
            create("bad", needs=["top", "alone"]),
            policy=COMPENSATE,
        )
        book >> dispatch(0) >> dispatch(2)
        book << applied(0)
        book >> dispatch(1)
        book << applied(1)
        book << applied(2)
        book >> dispatch(3)
        book << failed(3)
        book >> undo(2) >> undo(1)
        book << undo_failed(1)
        book << undone(2)
        book >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [S, CF, C, E]
        assert book.of("base").compensation == "blocked_by t.top"
        assert book.of("top").undo_error is not None

    def test_what_may_or_may_not_be_there_holds_what_it_stands_on_and_is_named(self) -> None:
        book = Playbook(
            create("base"),
            create("murky", needs=["base"], type="murky"),
            policy=COMPENSATE,
            types={"murky": TypeDeclaration()},
        )
        book >> dispatch(0) << applied(0) >> dispatch(1) << lost(1)
        for _ in range(2):
            book >> probe(1) << lost(1) >> backoff(1) << elapsed(1)
        book >> probe(1) << lost(1)
        book >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [S, E]
        assert book.of("base").compensation == "blocked_by murky.murky"

    def test_an_undo_that_may_pass_is_tried_again_within_its_own_budget(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1)
        book >> undo(0, attempt=1) << undo_failed(0, failure=LATER) >> backoff(0) << elapsed(0)
        book >> undo(0, attempt=2) << undone(0) >> finish(RunResult.COMPENSATED, 4)

    def test_an_update_is_restored_and_a_delete_made_again(self) -> None:
        book = Playbook(update("u"), delete("d", needs=["u"]), create("bad", needs=["d"]), policy=COMPENSATE)
        book >> dispatch(0, Step.UPDATE, provider_id="id-u") << applied(0, Step.UPDATE, provider_id="id-u")
        book >> dispatch(1, Step.DELETE, provider_id="id-d") << applied(1, Step.DELETE)
        book >> dispatch(2) << failed(2)
        book >> undo(1, UndoKind.RECREATE) << undone(1, UndoKind.RECREATE)
        book >> undo(0, UndoKind.RESTORE, provider_id="id-u") << undone(0, UndoKind.RESTORE)
        book >> finish(RunResult.COMPENSATED, 4)

    @pytest.mark.parametrize("create_first", [True, False])
    def test_a_replace_goes_back_by_making_the_old_one_before_the_new_one_goes(self, create_first: bool) -> None:
        declared = TypeDeclaration(undo_replace=Mode.INVERSE, create_before_delete=create_first, stateless=True)
        steps = (Step.CREATE, Step.DELETE) if create_first else (Step.DELETE, Step.CREATE)
        book = Playbook(replace("r"), create("bad", needs=["r"]), policy=COMPENSATE, declared=declared)
        for step in steps:
            book >> dispatch(0, step) << applied(0, step, provider_id="new")
        book >> dispatch(1) << failed(1)
        book >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE)
        book >> undo(0, UndoKind.DELETE, provider_id="new") << undone(0)
        book >> finish(RunResult.COMPENSATED, 4)

    @pytest.mark.parametrize("provenance", [Provenance.ADOPTED, Provenance.UPSERTED, Provenance.INFERRED])
    def test_what_was_there_before_is_never_deleted(self, provenance: Provenance) -> None:
        book = Playbook(create("a"), create("bad", needs=["a"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0, provenance=provenance) >> dispatch(1) << failed(1)
        book >> finish(RunResult.FAILED, 5)

        assert book.of("a").undo_error.code == "not_ours"  # type: ignore[union-attr]

    def test_what_is_protected_is_never_deleted(self) -> None:
        book = Playbook(create("a", protected=True), create("bad", needs=["a"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> finish(RunResult.FAILED, 5)

        assert book.of("a").undo_error.code == "protected"  # type: ignore[union-attr]

    def test_the_number_of_automatic_deletions_can_be_limited(self) -> None:
        policy = RunPolicy(on_failure=OnFailure.COMPENSATE, max_compensations=1)
        book = Playbook(create("a"), create("b"), create("bad", needs=["a", "b"]), policy=policy)
        book >> dispatch(0) >> dispatch(1)
        book << applied(0)
        book << applied(1)
        book >> dispatch(2)
        book << failed(2)
        book >> undo(1)
        book << undone(1)
        book >> finish(RunResult.FAILED, 5)

        assert book.of("a").undo_error.code == "compensation_limit"  # type: ignore[union-attr]

    def test_half_a_replace_that_cannot_be_undone_says_so(self) -> None:
        book = Playbook(replace("r"), declared=TypeDeclaration())
        book >> dispatch(0, Step.DELETE, provider_id="old-r") << applied(0, Step.DELETE)
        book >> dispatch(0, Step.CREATE) << failed(0)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [E]
        assert book.of("r").error.code == "half_replaced"  # type: ignore[union-attr]

    def test_half_a_replace_is_undone_where_the_driver_can(self) -> None:
        book = Playbook(replace("r"))
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0, Step.CREATE) << failed(0)
        book >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE) >> finish(RunResult.FAILED, 4)

        assert book.statuses() == [C]

    @pytest.mark.parametrize("on_failure", [OnFailure.STOP, OnFailure.COMPENSATE])
    def test_half_a_replace_is_undone_when_the_run_stops_before_its_other_half(self, on_failure: OnFailure) -> None:
        book = Playbook(replace("r"), create("bad"), policy=RunPolicy(on_failure=on_failure))
        book >> dispatch(0, Step.DELETE) >> dispatch(1)
        book << failed(1)
        book << applied(0, Step.DELETE)
        book >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE) >> finish(*self._all_undone(on_failure))

        assert book.statuses() == [C, E]
        assert book.of("r").error.code == "run_stopped"  # type: ignore[union-attr]

    def _all_undone(self, on_failure: OnFailure) -> tuple[RunResult, int]:
        return (RunResult.COMPENSATED if on_failure is OnFailure.COMPENSATE else RunResult.FAILED), 4

    def test_half_a_replace_that_the_run_leaves_behind_says_so(self) -> None:
        book = Playbook(
            replace("r"), create("bad"), policy=RunPolicy(on_failure=OnFailure.STOP), declared=TypeDeclaration()
        )
        book >> dispatch(0, Step.DELETE) >> dispatch(1)
        book << failed(1)
        book << applied(0, Step.DELETE)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [E, E]
        assert book.of("r").error.code == "half_replaced"  # type: ignore[union-attr]

    def test_the_pause_of_half_a_replace_is_waited_for_before_it_is_undone(self) -> None:
        book = Playbook(replace("r"), create("bad"), policy=RunPolicy(on_failure=OnFailure.STOP))
        book >> dispatch(0, Step.DELETE) >> dispatch(1)
        book << applied(0, Step.DELETE)
        book >> dispatch(0, Step.CREATE)
        book << failed(0, failure=LATER)
        book >> backoff(0)
        book << failed(1)
        book.idle()
        book << elapsed(0)
        book >> undo(0, UndoKind.RECREATE)

        assert book.action("r").error == LATER

    def test_the_old_object_that_a_create_first_replace_could_not_delete_is_residue(self) -> None:
        declared = TypeDeclaration(create_before_delete=True)
        book = Playbook(replace("r"), declared=declared)
        book >> dispatch(0, Step.CREATE) << applied(0, provider_id="new")
        book >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE) >> finish(RunResult.FAILED, 5)

        assert [left.provider_id for left in book.of("r").residue] == ["old-r"]

    def test_a_failed_undo_names_the_old_object_that_is_still_there(self) -> None:
        book = Playbook(replace("r"), declared=TypeDeclaration(create_before_delete=True), hooks=[hook("smoke")])
        book >> dispatch(0, Step.CREATE) << applied(0, provider_id="new")
        book >> run_hook(0, "smoke") << hook_failed(0, "smoke") >> finish(RunResult.FAILED, 5)

        assert book.of("r").undo_error.message.endswith("is there as well [id=old-r]")  # type: ignore[union-attr]


class TestHooks:
    def test_hooks_run_in_order_and_dependants_wait_for_them(self) -> None:
        book = Playbook(
            create("a"), create("b", needs=["a"]), hooks=[hook("one", match_name="a"), hook("two", match_name="a")]
        )
        book >> dispatch(0) << applied(0) >> run_hook(0, "one") << hook_ok(0, "one")
        book >> run_hook(0, "two") << hook_ok(0, "two") >> dispatch(1)

    def test_a_failed_hook_puts_its_resource_back_and_stops_the_run(self) -> None:
        book = Playbook(
            create("a"), create("b", needs=["a"]), create("c"), hooks=[hook("smoke", match_name="a")], limit=1
        )
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") >> dispatch(2)
        book << hook_failed(0, "smoke")
        book << applied(2)
        book >> undo(0)
        book << undone(0)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [C, K, S]
        assert book.outcome().cause.phase is CausePhase.HOOK  # type: ignore[union-attr]

    def test_a_failed_hook_of_what_cannot_be_undone_is_a_failed_compensation(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")], declared=TypeDeclaration())
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke")
        book >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [CF]
        assert book.of("a").undo_error.code == "not_compensable"  # type: ignore[union-attr]
        assert book.of("a").hooks_pending == ("smoke",)

    def test_continue_undoes_the_action_and_goes_on(self) -> None:
        hooks = [hook("smoke", match_name="a", on_failure=HookFailure.CONTINUE)]
        book = Playbook(create("a"), create("b"), hooks=hooks, policy=ONE_AT_A_TIME)
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") >> dispatch(1)
        book << hook_failed(0, "smoke")
        book << applied(1)
        book >> undo(0)
        book << undone(0)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [C, S]

    def test_continue_beats_the_policy_of_the_run(self) -> None:
        hooks = [hook("smoke", match_name="a", on_failure=HookFailure.CONTINUE)]
        book = Playbook(create("a"), create("b", needs=[]), hooks=hooks, policy=COMPENSATE)
        book >> dispatch(0) >> dispatch(1)
        book << applied(1)
        book << applied(0)
        book >> run_hook(0, "smoke")
        book << hook_failed(0, "smoke")
        book >> undo(0)
        book << undone(0)
        book >> finish(RunResult.FAILED, 3)

    def test_stop_under_a_compensating_run_takes_everything_back(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), hooks=[hook("smoke", match_name="b")], policy=COMPENSATE)
        (
            book
            >> dispatch(0)
            << applied(0)
            >> dispatch(1)
            << applied(1)
            >> run_hook(1, "smoke")
            << hook_failed(1, "smoke")
        )
        book >> undo(1) << undone(1) >> undo(0) << undone(0) >> finish(RunResult.COMPENSATED, 4)

        assert book.statuses() == [C, C]

    def test_warn_leaves_a_success_and_a_hook_that_is_still_owed(self) -> None:
        book = Playbook(create("a"), hooks=[hook("mail", on_failure=HookFailure.WARN)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "mail") << hook_failed(0, "mail")
        book >> finish(RunResult.SUCCEEDED, 0)

        assert len(book.of("a").warnings) == 1
        assert book.of("a").hooks_pending == ("mail",)

    def test_a_hook_is_tried_again_as_often_as_it_says(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke", retries=1)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke", attempt=1) << hook_failed(0, "smoke")
        book >> backoff(0) << elapsed(0) >> run_hook(0, "smoke", attempt=2) << hook_ok(0, "smoke")
        book >> finish(RunResult.SUCCEEDED, 0)

    def test_a_gate_that_refuses_skips_its_action_and_stops_the_run(self) -> None:
        book = Playbook(
            create("a"), create("b"), hooks=[hook("gate", HookPoint.BEFORE, match_name="a")], policy=ONE_AT_A_TIME
        )
        book >> run_hook(0, "gate") >> dispatch(1)
        book << hook_failed(0, "gate")
        book << applied(1)
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [K, S]
        assert book.of("a").skipped_because == "gate: gate"

    def test_hooks_of_a_delete_run_between_the_steps_of_a_replace(self) -> None:
        book = Playbook(replace("r"), hooks=[hook("gone", HookPoint.DELETED), hook("here")])
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> run_hook(0, "gone") << hook_ok(0, "gone")
        book >> dispatch(0, Step.CREATE) << applied(0, provider_id="new") >> run_hook(0, "here") << hook_ok(0, "here")
        book >> finish(RunResult.SUCCEEDED, 0)

        assert book.of("r").effect == "REPLACED"

    def test_undo_of_hooks_comes_first_and_in_reverse(self) -> None:
        hooks = [hook("one", undo_exec=("x",)), hook("two", undo_exec=("x",)), hook("three")]
        book = Playbook(create("a"), hooks=hooks)
        book >> dispatch(0) << applied(0) >> run_hook(0, "one") << hook_ok(0, "one")
        book >> run_hook(0, "two") << hook_ok(0, "two") >> run_hook(0, "three") << hook_failed(0, "three")
        book >> run_hook(0, "two", undo=True) << hook_ok(0, "two", undo=True)
        book >> run_hook(0, "one", undo=True) << hook_ok(0, "one", undo=True)
        book >> undo(0) << undone(0) >> finish(RunResult.FAILED, 4)

    @pytest.mark.parametrize("worked", [True, False])
    def test_observers_see_every_end_and_change_nothing(self, worked: bool) -> None:
        book = Playbook(create("a"), hooks=[hook("tell", HookPoint.COMPLETE)])
        book >> dispatch(0) << (applied(0) if worked else failed(0)) >> run_hook(0, "tell", status=S if worked else E)
        book << hook_failed(0, "tell")
        book >> finish(RunResult.SUCCEEDED if worked else RunResult.FAILED, 0 if worked else 4)

    def test_a_hook_that_is_owed_and_not_known_any_more_is_done_and_releases_others(self) -> None:
        book = Playbook(update("a", hooks_only=["mail"]), create("b", needs=["a"]))
        book >> dispatch(1) << applied(1) >> finish(RunResult.SUCCEEDED, 0)

        assert book.statuses() == [S, S]

    def test_a_hook_that_is_still_owed_runs_without_a_call(self) -> None:
        book = Playbook(update("a", hooks_only=["mail"]), hooks=[hook("mail"), hook("other")])
        book >> run_hook(0, "mail") << hook_ok(0, "mail") >> finish(RunResult.SUCCEEDED, 0)

        assert book.of("a").attempts == 0


class TestDoubt:
    def test_an_unanswered_create_that_is_found_has_happened(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << lost(0) >> probe(0) << applied(0) >> finish(RunResult.SUCCEEDED, 0)

    def test_an_unanswered_create_that_is_provenly_absent_is_sent_again_with_the_same_key(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << lost(0) >> probe(0) << absent(0) >> dispatch(0) << applied(0)
        book >> finish(RunResult.SUCCEEDED, 0)

        keys = {event.key for event in book.facts if isinstance(event, events.ActionDispatched)}
        assert len(keys) == 1
        assert book.of("a").attempts == 2

    def test_an_unproven_absence_never_sends_a_create_again(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << lost(0) >> probe(0) << absent(0, proven=False) >> finish(RunResult.FAILED, 5)

        assert book.of("a").in_doubt

    def test_a_doubt_that_no_probe_can_settle_goes_to_a_person(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]))
        book >> dispatch(0) << lost(0)
        for _ in range(2):
            book >> probe(0) << lost(0) >> backoff(0) << elapsed(0)
        book >> probe(0) << lost(0) >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [E, K]
        assert book.of("a").effect == "unknown"
        assert book.of("a").error.code == "unavailable"  # type: ignore[union-attr]

    def test_an_answered_failure_is_looked_at_before_it_is_believed(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY) << absent(0)
        book >> finish(RunResult.FAILED, 4)

        assert book.of("a").effect == "none"

    def test_what_an_answered_failure_left_behind_is_residue(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY) << applied(0)
        book >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [E]
        assert book.of("a").effect == "exists"
        assert [left.provider_id for left in book.of("a").residue] == ["made-0"]

    def test_a_create_that_failed_after_it_had_an_id_is_undone(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, effect=Existence.EXISTS, provider_id="half")
        book >> undo(0, provider_id="half") << undone(0) >> finish(RunResult.FAILED, 4)

        assert book.statuses() == [C]

    def test_a_create_is_sent_again_after_an_error_only_with_a_declared_key(self) -> None:
        declared = TypeDeclaration(idempotency=Idempotency.KEY, reads_by_key=True)
        book = Playbook(create("a"), declared=declared)
        book >> dispatch(0) << failed(0, failure=LATER, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY)
        book << absent(0)
        book >> backoff(0)

        keyless = Playbook(create("a"))
        keyless >> dispatch(0) << failed(0, failure=LATER, effect=Existence.UNKNOWN)
        keyless >> probe(0, ProbePurpose.VERIFY) << absent(0)
        keyless >> finish(RunResult.FAILED, 4)

    def test_a_delete_that_failed_and_did_not_happen_is_tried_again(self) -> None:
        book = Playbook(delete("a"))
        book >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE, failure=LATER, effect=Existence.UNKNOWN)
        book >> probe(0, ProbePurpose.VERIFY) << absent(0, Step.DELETE)
        book >> backoff(0) << elapsed(0)
        book >> dispatch(0, Step.DELETE, attempt=2)

    def test_a_delete_that_answered_with_an_error_and_is_gone_has_succeeded(self) -> None:
        book = Playbook(delete("a"))
        book >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE, effect=Existence.UNKNOWN)
        book >> probe(0, ProbePurpose.VERIFY) << applied(0, Step.DELETE) >> finish(RunResult.SUCCEEDED, 0)


class TestCancel:
    def test_nothing_new_starts_and_what_is_in_flight_lands_with_its_hooks(self) -> None:
        book = Playbook(create("a"), create("b"), hooks=[hook("smoke")], policy=ONE_AT_A_TIME)
        book >> dispatch(0)
        book << cancelled()
        book.idle()
        book << applied(0)
        book >> run_hook(0, "smoke")
        book << hook_ok(0, "smoke")
        book >> finish(RunResult.INTERRUPTED, 130)

        assert book.statuses() == [S, K]
        assert not book.of("b").final
        assert book.of("b").skipped_because == "cancelled: SIGINT"

    def test_a_resume_goes_on_where_it_was(self) -> None:
        book = Playbook(create("a"), create("b"), policy=ONE_AT_A_TIME)
        book >> dispatch(0) << cancelled(reason="SIGTERM") << applied(0) >> finish(RunResult.INTERRUPTED, 143)
        book << resumed() >> dispatch(1) << applied(1) >> finish(RunResult.SUCCEEDED, 0)

        assert book.statuses() == [S, S]

    def test_the_second_signal_abandons_what_is_in_flight_and_the_resume_doubts_it(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << cancelled()
        book << cancelled(stage=2)
        book >> finish(RunResult.INTERRUPTED, 130)

        assert book.of("a").in_doubt
        book << resumed() >> probe(0) << applied(0) >> finish(RunResult.SUCCEEDED, 0)

    def test_a_final_cancel_cannot_be_resumed(self) -> None:
        book = Playbook(create("a"), create("b"), policy=ONE_AT_A_TIME)
        book >> dispatch(0) << cancelled(final=True) << applied(0) >> finish(RunResult.CANCELLED, 3)

        assert book.of("b").final

    def test_a_cancel_takes_everything_back_where_that_was_asked_for(self) -> None:
        policy = RunPolicy(on_cancel=OnCancel.COMPENSATE, parallelism=1)
        book = Playbook(create("a"), create("b"), policy=policy)
        book >> dispatch(0) << cancelled() << applied(0) >> undo(0) << undone(0) >> finish(RunResult.CANCELLED, 4)

    @pytest.mark.parametrize("final", [True, False])
    def test_half_a_replace_waits_for_the_resume_unless_the_run_ends_for_good(self, final: bool) -> None:
        book = Playbook(replace("r"))
        book >> dispatch(0, Step.DELETE) << cancelled(final=final) << applied(0, Step.DELETE)
        if final:
            book >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE) >> finish(RunResult.CANCELLED, 4)
        else:
            book >> finish(RunResult.INTERRUPTED, 130)

        assert book.statuses() == ([C] if final else [E])
        assert book.of("r").final is final

    def test_a_cancel_that_takes_everything_back_takes_half_a_replace_back_too(self) -> None:
        book = Playbook(replace("r"), create("a"), policy=RunPolicy(on_cancel=OnCancel.COMPENSATE))
        book >> dispatch(0, Step.DELETE) >> dispatch(1)
        book << cancelled()
        book << applied(1)
        book << applied(0, Step.DELETE)
        book >> undo(0, UndoKind.RECREATE) << undone(0, UndoKind.RECREATE)
        book >> undo(1) << undone(1) >> finish(RunResult.CANCELLED, 4)

        assert book.statuses() == [C, C]

    def test_a_cancel_during_the_undo_of_a_failed_run_does_not_make_it_a_cancelled_one(self) -> None:
        book = Playbook(create("a"), create("bad", needs=["a"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> undo(0)
        book << cancelled(final=True)
        book << undone(0)
        book >> finish(RunResult.COMPENSATED, 4)

    def test_a_cancel_that_comes_too_late_changes_nothing(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << cancelled() << applied(0) >> finish(RunResult.SUCCEEDED, 0)

    def test_a_pause_is_not_waited_for(self) -> None:
        book = Playbook(create("a"))
        (
            book
            >> dispatch(0)
            << failed(0, failure=LATER)
            >> backoff(0)
            << cancelled()
            >> finish(RunResult.INTERRUPTED, 130)
        )

        assert book.statuses() == [E]
        assert not book.of("a").final


class TestCrash:
    def test_what_was_in_flight_is_asked_for(self) -> None:
        book = Playbook(create("a"), create("b"))
        book >> dispatch(0) >> dispatch(1)
        book << resumed()
        book >> probe(0) >> probe(1)

    def test_a_hook_in_flight_runs_again_with_the_same_attempt(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << resumed() >> run_hook(0, "smoke", attempt=1)

    def test_a_hook_that_may_not_run_twice_has_failed_in_doubt(self) -> None:
        book = Playbook(create("a"), hooks=[hook("once", rerun_never=True)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "once") << resumed() >> undo(0)

        assert book.action("a").error.code == "hook_in_doubt"  # type: ignore[union-attr]

    def test_an_undo_in_flight_is_ordered_again(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke")
        book >> undo(0) << resumed() >> undo(0) << undone(0) >> finish(RunResult.FAILED, 4)

    def test_a_making_that_may_have_happened_is_not_ordered_again_where_nobody_can_tell(self) -> None:
        blind = TypeDeclaration(undo_delete=Mode.INVERSE, stateless=True)
        book = Playbook(delete("d"), create("bad", needs=["d"]), policy=COMPENSATE, declared=blind)
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(1) << failed(1)
        book >> undo(0, UndoKind.RECREATE) << resumed() >> finish(RunResult.FAILED, 5)

        assert book.statuses() == [CF, E]
        assert book.of("d").undo_error.code == "not_verified"  # type: ignore[union-attr]

    def test_a_pause_starts_again(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, failure=LATER) >> backoff(0) << resumed() >> backoff(0)

    def test_early_identity_is_what_the_probe_reads(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << events.ActionIdentified(action=0, provider_id="early") << resumed()
        book >> probe(0, provider_id="early")


class TestFinalize:
    def test_a_provider_flushes_what_it_keeps_after_the_last_action(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), finalizer=True)
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> finalize(0)
        book << events.FinalizeReported(provider="p")
        book >> finish(RunResult.FAILED, 3)

    def test_an_empty_plan_is_flushed_too(self) -> None:
        book = Playbook(finalizer=True)
        book >> finalize()
        book << events.FinalizeReported(provider="p")
        book >> finish(RunResult.SUCCEEDED, 0)

    def test_a_flush_that_was_given_up_leaves_the_run_to_be_resumed(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0) << events.CancelRequested(reason="SIGINT", stage=2)
        book >> finish(RunResult.INTERRUPTED, 130) << resumed()
        book << events.FinalizeLost(provider="p", actions=(0,))
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [S]

    def test_an_observer_that_was_given_up_looks_again_after_a_resume(self) -> None:
        book = Playbook(create("a"), hooks=[hook("looks", HookPoint.COMPLETE)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "looks") << events.CancelRequested(reason="SIGINT", stage=2)
        book >> finish(RunResult.INTERRUPTED, 130) << resumed()
        book >> run_hook(0, "looks") << hook_ok(0, "looks") >> finish(RunResult.SUCCEEDED, 0)

        assert book.statuses() == [S]

    def test_what_a_lost_process_did_and_put_off_went_with_it(self) -> None:
        book = Playbook(create("a"), create("b"), finalizer=True)
        book >> dispatch(0) >> dispatch(1) << resumed() >> probe(0) >> probe(1)
        book << applied(0) << absent(1) >> dispatch(1) << applied(1) >> finalize(1)
        book << events.FinalizeReported(provider="p")
        book >> finish(RunResult.FAILED, 3)

        assert "t.a" in book.outcome().finalize_errors[0]

    def test_errors_change_no_status_but_fail_the_run(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0) >> finalize(0) << events.FinalizeReported(provider="p", errors=("db: no",))
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [S]

    @pytest.mark.parametrize(("status", "confirmed", "expected"), [(4, True, C), (4, False, CF), (5, False, CF)])
    def test_a_plugin_may_take_back_what_it_had_applied(
        self, status: int, confirmed: bool, expected: ActionStatus
    ) -> None:
        book = Playbook(create("a"), finalizer=True)
        verdict = events.FinalizeVerdict(action=0, status=status, confirmed=confirmed)
        book >> dispatch(0) << applied(0) >> finalize(0)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,))
        book >> finish(RunResult.FAILED, 4 if expected is C else 5)

        assert book.statuses() == [expected]

    @pytest.mark.parametrize("status", [2, 3, 6])
    def test_a_plugin_may_not_say_anything_else(self, status: int) -> None:
        book = Playbook(create("a"), finalizer=True)
        verdict = events.FinalizeVerdict(action=0, status=status, confirmed=False)
        book >> dispatch(0) << applied(0) >> finalize(0)
        book << events.FinalizeReported(provider="p", verdicts=(verdict,))
        book >> finish(RunResult.FAILED, 3)

        assert book.statuses() == [S]


class TestAnswers:
    """What comes from outside the loop, from a file after a crash say, may be the answer to something else."""

    def test_the_answer_to_another_step_is_none(self) -> None:
        book = Playbook(replace("a"))
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0, Step.CREATE)
        with pytest.raises(IllegalTransition):
            book << applied(0, Step.DELETE)

    def test_the_answer_of_another_hook_is_none(self) -> None:
        book = Playbook(create("a"), hooks=[hook("one"), hook("two")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "one") << hook_ok(0, "one") >> run_hook(0, "two")
        with pytest.raises(IllegalTransition):
            book << hook_ok(0, "one")

    def test_the_answer_to_another_undo_is_none(self) -> None:
        book = Playbook(create("a"), create("b", needs=["a"]), policy=COMPENSATE)
        book >> dispatch(0) << applied(0) >> dispatch(1) << failed(1) >> undo(0, UndoKind.DELETE)
        with pytest.raises(IllegalTransition):
            book << undone(0, UndoKind.RESTORE)


class TestSettle:
    def test_a_person_may_say_that_a_doubtful_object_is_there(self) -> None:
        book = self._unsettled()
        book << events.ActionSettled(action=0, as_="present", provider_id="found")

        assert book.of("a").status is S
        assert book.of("a").provider_id == "found"

    def test_or_that_it_is_not(self) -> None:
        book = self._unsettled()
        book << events.ActionSettled(action=0, as_="absent")

        assert book.of("a").status is E
        assert book.of("a").effect == "none"
        assert not book.of("a").in_doubt

    def test_a_failed_undo_can_be_settled_as_restored(self) -> None:
        book = Playbook(create("a"), hooks=[hook("smoke")], declared=EVERYTHING)
        book >> dispatch(0) << applied(0) >> run_hook(0, "smoke") << hook_failed(0, "smoke")
        book >> undo(0) << undo_failed(0) >> finish(RunResult.FAILED, 5)
        book << events.ActionSettled(action=0, as_="restored")

        assert book.of("a").status is C
        assert book.of("a").evidence == "operator"

    def _unsettled(self) -> Playbook:
        book = Playbook(create("a"))
        book >> dispatch(0) << lost(0) >> probe(0) << absent(0, proven=False) >> finish(RunResult.FAILED, 5)
        return book


class TestOrders:
    """What an order carries besides its name."""

    def test_a_key_is_of_the_run_the_action_the_step_and_the_direction(self) -> None:
        book = Playbook(create("a"), create("b"), hooks=[hook("h", undo_exec=("true",))], policy=ONE_AT_A_TIME)
        book >> dispatch(0, key=retry.key(RUN, 0, "create", "forward")) << applied(0)
        book >> run_hook(0, "h", key=retry.key(RUN, 0, "hook h", "forward")) >> dispatch(1) << hook_ok(0, "h")
        book << applied(1) >> run_hook(1, "h", undo=False) << hook_failed(1, "h")
        forward, back = retry.key(RUN, 1, "create", "forward"), retry.key(RUN, 1, "create delete", "undo")
        book >> undo(1, key=back, forward_key=forward, provider_id="made-1", attempt=1)

    def test_the_undo_of_a_hook_has_a_key_of_its_own(self) -> None:
        hooks = [hook("done", undo_exec=("true",)), hook("bad")]
        book = Playbook(create("a"), hooks=hooks)
        book >> dispatch(0) << applied(0) >> run_hook(0, "done") << hook_ok(0, "done")
        book >> run_hook(0, "bad") << hook_failed(0, "bad")
        book >> run_hook(0, "done", undo=True, key=retry.key(RUN, 0, "hook done", "undo"))

    def test_a_probe_has_the_key_of_what_it_asks_about_and_counts_itself(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << lost(0)
        book >> probe(0, attempt=1, key=retry.key(RUN, 0, "create", "forward")) << lost(0)
        book >> backoff(0, attempt=1) << elapsed(0)
        book >> probe(0, attempt=2)

    def test_the_undo_of_a_replace_names_the_last_call_it_takes_back(self) -> None:
        book = Playbook(replace("a"), hooks=[hook("h")])
        book >> dispatch(0, Step.DELETE, provider_id="old-a") << applied(0, Step.DELETE)
        book >> dispatch(0, Step.CREATE, provider_id="") << applied(0) >> run_hook(0, "h") << hook_failed(0, "h")
        book >> undo(0, UndoKind.RECREATE, forward_key=retry.key(RUN, 0, "create", "forward"))

    def test_a_pause_is_as_long_as_the_other_side_asks(self) -> None:
        book = Playbook(create("a"))
        patient = Failure(code="rate_limited", message="later", retryable=True, retry_after=77.0)
        book >> dispatch(0) << failed(0, failure=patient)
        book >> backoff(0, attempt=2, seconds=77.0)

    @pytest.mark.parametrize(("worked", "status"), [(True, S), (False, E)])
    def test_only_an_observer_is_told_how_it_ended(self, worked: bool, status: ActionStatus) -> None:
        book = Playbook(create("a"), hooks=[hook("h", HookPoint.BEFORE), hook("seen", HookPoint.COMPLETE)])
        book >> run_hook(0, "h", status=0) << hook_ok(0, "h")
        book >> dispatch(0) << (applied(0) if worked else failed(0))
        book >> run_hook(0, "seen", status=status)

    def test_an_observer_of_a_delete_is_told_that_it_failed(self) -> None:
        book = Playbook(delete("a"), hooks=[hook("seen", HookPoint.COMPLETE)])
        book >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE)
        book >> run_hook(0, "seen", status=D)

    def test_a_flush_is_of_the_run_and_its_provider(self) -> None:
        book = Playbook(create("a"), finalizer=True)
        book >> dispatch(0) << applied(0)
        book >> order(Finalize, provider="p", attempt=1, applied=(0,), key=retry.key(RUN, -1, "p", "forward"))

    def test_a_state_that_wants_what_does_not_exist_is_refused(self) -> None:
        book = Playbook(create("a"), hooks=[hook("h")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "h")
        book.state.orders[0] = None  # as if somebody but `evolve` had changed it
        with pytest.raises(IllegalTransition, match=r"t\.a wants an order while hook in_flight"):
            decide(book.state)


class TestEnds:
    """What an end says of itself."""

    def test_a_lost_call_that_was_not_made_is_an_attempt_like_any_other(self) -> None:
        book = Playbook(create("a"), policy=RunPolicy(retries=Retries(max_attempts=2)))
        book >> dispatch(0, attempt=1) << lost(0) >> probe(0) << absent(0)
        book >> dispatch(0, attempt=2) << lost(0) >> probe(0) << absent(0)
        book >> finish(RunResult.FAILED, 4)

        assert book.of("a").attempts == 2

    def test_an_absence_that_proves_nothing_leaves_an_answered_failure_what_it_was(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY)
        book << absent(0, proven=False)
        book >> finish(RunResult.FAILED, 4)

        assert (book.of("a").status, book.of("a").in_doubt) == (E, False)

    def test_an_update_that_failed_and_did_not_happen_is_tried_again(self) -> None:
        book = Playbook(update("a"))
        book >> dispatch(0, Step.UPDATE) << failed(0, Step.UPDATE, failure=LATER, effect=Existence.UNKNOWN)
        book >> probe(0, ProbePurpose.VERIFY, attempt=1) << absent(0, Step.UPDATE)
        book >> backoff(0) << elapsed(0)
        book >> dispatch(0, Step.UPDATE, attempt=2)

    def test_an_object_that_is_there_after_all_is_residue_and_says_how_it_was_found(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0) << failed(0, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY) << applied(0)

        note = "found by answer after the plugin had answered with an error"
        assert book.of("a").residue == (Residue(type="t", name="a", provider_id="made-0", note=note),)
        assert book.of("a").error_phase is CausePhase.DISPATCH

    def test_the_old_object_of_a_replace_that_changes_the_type_is_named_by_its_old_type(self) -> None:
        plain = TypeDeclaration(create_before_delete=True)
        book = Playbook(replace("a"), declared=plain)
        facts = book.state.facts[0]
        outline = msgspec.structs.replace(facts.outline, prior_type="former")
        book.state.facts[0] = msgspec.structs.replace(facts, outline=outline)
        book >> dispatch(0, Step.CREATE) << applied(0) >> dispatch(0, Step.DELETE) << failed(0, Step.DELETE)

        note = "the new object is there, and the old one could not be deleted"
        assert book.of("a").residue == (Residue(type="former", name="a", provider_id="old-a", note=note),)

    def test_half_a_replace_whose_other_half_is_there_but_broken_is_a_failed_undo(self) -> None:
        book = Playbook(replace("a"), declared=TypeDeclaration())
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0)
        book << failed(0, effect=Existence.EXISTS, provider_id="broken")

        assert book.of("a").status is CF
        assert book.of("a").undo_error is not None

    def test_half_a_replace_says_that_the_old_one_is_gone_and_why_there_is_no_new_one(self) -> None:
        book = Playbook(replace("a"), declared=TypeDeclaration())
        book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0) << failed(0)

        error = book.of("a").error
        assert error is not None
        assert error.message == "the old object is gone and the new one was not made: no"

    def test_an_observer_still_looks_when_nothing_can_be_undone(self) -> None:
        book = Playbook(create("a"), declared=TypeDeclaration(), hooks=[hook("h"), hook("seen", HookPoint.COMPLETE)])
        book >> dispatch(0) << applied(0) >> run_hook(0, "h") << hook_failed(0, "h")
        book >> run_hook(0, "seen", status=CF)

    def test_a_gate_is_not_undone_and_neither_is_a_hook_that_did_not_run(self) -> None:
        back = ("true",)
        hooks = [hook("gate", HookPoint.BEFORE, undo_exec=back), hook("skipped", undo_exec=back), hook("bad")]
        book = Playbook(create("a"), hooks=hooks)
        book >> run_hook(0, "gate") << hook_ok(0, "gate") >> dispatch(0) << applied(0)
        book >> run_hook(0, "skipped") << events.HookSucceeded(action=0, hook="skipped", ran=False)
        book >> run_hook(0, "bad") << hook_failed(0, "bad")
        book >> undo(0)

    def test_an_undo_counts_its_attempts_anew_after_that_of_a_hook(self) -> None:
        hooks = [hook("done", undo_exec=("true",), retries=1), hook("bad")]
        book = Playbook(create("a"), hooks=hooks)
        book >> dispatch(0) << applied(0) >> run_hook(0, "done") << hook_ok(0, "done")
        book >> run_hook(0, "bad") << hook_failed(0, "bad")
        book >> run_hook(0, "done", undo=True, attempt=1) << hook_failed(0, "done", undo=True)
        book >> backoff(0) << elapsed(0)
        book >> run_hook(0, "done", undo=True, attempt=2) << hook_ok(0, "done", undo=True)
        book >> undo(0, attempt=1)

    def test_a_hook_whose_undo_fails_says_why(self) -> None:
        book = Playbook(create("a"), hooks=[hook("done", undo_exec=("true",)), hook("bad")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "done") << hook_ok(0, "done")
        book >> run_hook(0, "bad") << hook_failed(0, "bad")
        book >> run_hook(0, "done", undo=True) << hook_failed(0, "done", undo=True)

        assert (book.of("a").status, book.of("a").undo_error) == (CF, NO)

    def test_what_has_no_undo_says_so_by_its_code(self) -> None:
        book = Playbook(create("a"), declared=TypeDeclaration(), hooks=[hook("h")])
        book >> dispatch(0) << applied(0) >> run_hook(0, "h") << hook_failed(0, "h")

        assert book.of("a").compensation == "not_compensable"

    def test_a_call_has_begun_when_it_was_first_sent(self) -> None:
        book = Playbook(create("a"))
        book >> dispatch(0)
        begun = book.of("a").started_at
        book << failed(0, failure=LATER) >> backoff(0) << elapsed(0) >> dispatch(0)

        assert book.of("a").started_at == begun > 0

    def test_what_was_stopped_or_lost_says_so(self) -> None:
        stopped = Playbook(
            replace("a"), create("b"), declared=TypeDeclaration(), policy=RunPolicy(on_failure=OnFailure.STOP)
        )
        stopped >> dispatch(0, Step.DELETE) >> dispatch(1) << failed(1) << applied(0, Step.DELETE)
        error = stopped.of("a").error
        assert error is not None
        assert error.message.endswith("the run was stopped before its second step")

        crashed = Playbook(create("a"))
        crashed >> dispatch(0) << resumed()
        error = crashed.of("a").error
        assert error is not None
        assert error.message == "wfctl ended before the answer came"
