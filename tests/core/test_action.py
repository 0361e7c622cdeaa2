"""One action: every fact that has no row is refused, and what an end leaves open."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
import pytest

from tests.core.playbook import EVERYTHING, create, delete, replace, started, update
from tests.core.stories import LATER, NO, absent, applied, elapsed, failed, hook, hook_failed, hook_ok, lost, undone
from tests.core.stories import undo_failed as failed_undo
from wfctl.core import events
from wfctl.core.action import (
    ATTEMPT,
    NEWS,
    ActionFacts,
    ActionState,
    Ending,
    Fact,
    Stand,
    begin_undo,
    budget,
    current_hook,
    effect_of,
    evolve_action,
    forsake,
    half_way,
    leave_undone,
    live_effect,
    lose,
    may_settle,
    object_id,
    pause_before_next,
    questioned_id,
    release,
    skip,
    take,
)
from wfctl.core.commands import ProbePurpose, UndoKind
from wfctl.core.compensate import Applied, Undo
from wfctl.core.events import ActionEvent, Recorded
from wfctl.core.itinerary import Work
from wfctl.core.outcome import CausePhase, Existence, Failure, Residue
from wfctl.core.plan import Digest, Effect, HookPoint, Operation, Provenance, Retries, RunPolicy, Step, TypeDeclaration
from wfctl.core.run import RunState, fold
from wfctl.errors import IllegalTransition

HOOKS = [
    hook("gate", HookPoint.BEFORE, retries=2),
    hook("smoke", undo_exec=("true",)),
    hook("told", HookPoint.COMPLETE),
]
MADE = Applied(step=Step.CREATE, effect=Effect.CREATED, provider_id="x")


def facts_of(*wanted: object, **options: object) -> ActionFacts:
    """The facts of the first action of a run."""
    state: RunState = fold([Recorded(seq=1, at=1.0, event=started(wanted, **options))])  # type: ignore[arg-type]
    return state.facts[0]


CREATE = facts_of(create("a"), hooks=HOOKS)
AT = {
    Work.WAITING: ActionState(),
    Work.GATE: ActionState(work=Work.GATE, at=0),
    Work.STEP: ActionState(work=Work.STEP, at=1),
    Work.HOOK: ActionState(work=Work.HOOK, at=2, applied=(MADE,)),
    Work.HOOK_UNDO: ActionState(work=Work.HOOK_UNDO, at=2, applied=(MADE,), hooks_done=("smoke",)),
    Work.UNDO: ActionState(work=Work.UNDO, at=2, applied=(MADE,), undos=(Undo(kind=UndoKind.DELETE, provider_id="x"),)),
    Work.CLOSING: ActionState(work=Work.CLOSING, at=0, applied=(MADE,), ending=Ending.SUCCEEDED),
    Work.ENDED: ActionState(work=Work.ENDED, applied=(MADE,), ending=Ending.SUCCEEDED),
}
"""A create with a gate, a hook and an observer, at each kind of work."""


def hook_at(work: Work) -> str:
    found = current_hook(CREATE, AT[work])
    return found.name if found else "smoke"


NEWS_AT: dict[type, Callable[[Work], ActionEvent]] = {
    events.ActionDispatched: lambda _: events.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k"),
    events.ActionApplied: lambda _: applied(0),
    events.ActionFailed: lambda _: failed(0),
    events.ActionNotSent: lambda _: events.ActionNotSent(action=0, step=Step.CREATE, failure=NO),
    events.ActionLeftInDoubt: lambda _: lost(0),
    events.ProbeStarted: lambda _: events.ProbeStarted(action=0, step=Step.CREATE, attempt=1),
    events.ActionFoundAbsent: lambda _: absent(0),
    events.BackoffStarted: lambda _: events.BackoffStarted(action=0, attempt=2, seconds=1),
    events.BackoffElapsed: lambda _: elapsed(0),
    events.HookStarted: lambda work: events.HookStarted(
        action=0, hook=hook_at(work), attempt=1, key="k", undo=work is Work.HOOK_UNDO
    ),
    events.HookSucceeded: lambda work: hook_ok(0, hook_at(work), undo=work is Work.HOOK_UNDO),
    events.HookFailed: lambda work: hook_failed(0, hook_at(work), undo=work is Work.HOOK_UNDO),
    events.CompensationStarted: lambda _: events.CompensationStarted(
        action=0, undo=UndoKind.DELETE, attempt=1, key="k"
    ),
    events.CompensationSucceeded: lambda _: undone(0),
    events.CompensationFailed: lambda _: failed_undo(0),
}
"""An event of each class, as it would be about the work at hand."""

ROWLESS = [
    pytest.param(kind, work, stand, id=f"{kind.__name__}-{work}-{stand}")
    for kind, (fact, works) in NEWS.items()
    for work in Work
    for stand in Stand
    if work not in works or (stand, fact) not in ATTEMPT
]


class TestTables:
    @pytest.mark.parametrize(("kind", "work", "stand"), ROWLESS)
    def test_a_fact_without_a_row_is_refused(self, kind: type, work: Work, stand: Stand) -> None:
        doubting = ProbePurpose.DOUBT if stand in (Stand.IN_DOUBT, Stand.PROBING) else None
        state = msgspec.structs.replace(AT[work], stand=stand, doubting=doubting)

        with pytest.raises(IllegalTransition, match=rf"t\.a: no row for {kind.__name__} while {work} {stand}"):
            evolve_action(CREATE, state, NEWS_AT[kind](work), 1.0)

    def test_no_event_is_forgotten(self) -> None:
        assert set(NEWS_AT) == set(NEWS)
        assert set(NEWS) < set(get_args(ActionEvent))

    def test_a_refused_fact_changes_nothing(self) -> None:
        before = AT[Work.STEP]
        with pytest.raises(IllegalTransition):
            take(CREATE, before, applied(0), 1.0)

        assert before == ActionState(work=Work.STEP, at=1)

    @pytest.mark.parametrize("work", [work for work in Work if work is not Work.STEP])
    def test_an_identity_comes_only_while_something_is_made(self, work: Work) -> None:
        identified = events.ActionIdentified(action=0, provider_id="x")

        with pytest.raises(IllegalTransition):
            evolve_action(CREATE, AT[work], identified, 1.0)
        assert evolve_action(CREATE, AT[Work.STEP], identified, 1.0).identity == "x"

    def test_an_identity_is_of_the_attempt_that_told_it(self) -> None:
        told = msgspec.structs.replace(AT[Work.STEP], identity="of the attempt before")
        told = evolve_action(CREATE, told, events.ActionClearBefore(action=0), 1.0)
        again = events.ActionDispatched(action=0, step=Step.CREATE, attempt=2, key="k")
        sent = evolve_action(CREATE, told, again, 1.0)

        assert told.clear_before
        assert (sent.identity, sent.clear_before) == ("", False)

    @pytest.mark.parametrize("work", [work for work in Work if work is not Work.WAITING])
    def test_only_what_waits_is_released_or_skipped(self, work: Work) -> None:
        with pytest.raises(IllegalTransition):
            release(CREATE, AT[work], 1.0)
        with pytest.raises(IllegalTransition):
            skip(CREATE, AT[work], "t.b")

    @pytest.mark.parametrize("work", [work for work in Work if work is not Work.ENDED])
    def test_only_what_has_ended_is_taken_back(self, work: Work) -> None:
        with pytest.raises(IllegalTransition):
            begin_undo(CREATE, AT[work])

    @pytest.mark.parametrize("work", list(Work))
    def test_only_half_a_replace_is_forsaken(self, work: Work) -> None:
        assert not half_way(AT[work])
        with pytest.raises(IllegalTransition, match="not half-way"):
            forsake(CREATE, AT[work], 1.0)


class TestLost:
    @pytest.mark.parametrize("work", [Work.WAITING, Work.ENDED])
    @pytest.mark.parametrize("stand", list(Stand))
    def test_what_has_not_begun_or_is_over_is_not_lost(self, work: Work, stand: Stand) -> None:
        state = msgspec.structs.replace(AT[work], stand=stand)

        assert lose(CREATE, state, 1.0) is state

    @pytest.mark.parametrize("work", [Work.GATE, Work.STEP, Work.HOOK, Work.HOOK_UNDO, Work.UNDO, Work.CLOSING])
    @pytest.mark.parametrize("stand", [stand for stand in Stand if (stand, Fact.LOST) not in ATTEMPT])
    def test_nor_is_what_was_not_in_flight(self, work: Work, stand: Stand) -> None:
        state = msgspec.structs.replace(AT[work], stand=stand)

        assert lose(CREATE, state, 1.0) is state

    def test_a_call_in_flight_is_in_doubt(self) -> None:
        flying = msgspec.structs.replace(AT[Work.STEP], stand=Stand.IN_FLIGHT, probes=2)
        after = lose(CREATE, flying, 1.0)

        assert (after.stand, after.doubting, after.probes) == (Stand.IN_DOUBT, ProbePurpose.DOUBT, 0)

    @pytest.mark.parametrize("work", [Work.GATE, Work.HOOK, Work.HOOK_UNDO, Work.UNDO, Work.CLOSING])
    def test_anything_else_in_flight_is_sent_again(self, work: Work) -> None:
        flying = msgspec.structs.replace(AT[work], stand=Stand.IN_FLIGHT)

        assert lose(CREATE, flying, 1.0) == msgspec.structs.replace(flying, stand=Stand.DUE)

    def test_a_probe_is_sent_again_and_a_pause_begins_anew(self) -> None:
        probing = msgspec.structs.replace(AT[Work.STEP], stand=Stand.PROBING, doubting=ProbePurpose.VERIFY)
        paused = msgspec.structs.replace(AT[Work.STEP], stand=Stand.PAUSED)

        assert lose(CREATE, probing, 1.0) == msgspec.structs.replace(probing, stand=Stand.IN_DOUBT)
        assert lose(CREATE, paused, 1.0) == msgspec.structs.replace(paused, stand=Stand.PAUSE_DUE)


class TestBudget:
    POLICY = RunPolicy(retries=Retries(max_attempts=3, first=2), undo_retries=Retries(max_attempts=7, first=4))
    FACTS = facts_of(create("a"), hooks=HOOKS, policy=POLICY)

    @pytest.mark.parametrize(
        ("work", "attempts"), [(Work.STEP, 3), (Work.UNDO, 7), (Work.GATE, 3), (Work.HOOK, 1), (Work.CLOSING, 1)]
    )
    def test_calls_undos_and_hooks_have_their_own(self, work: Work, attempts: int) -> None:
        assert budget(self.FACTS, AT[work]).max_attempts == attempts

    def test_a_pause_is_never_shorter_than_the_other_side_asked_for(self) -> None:
        asked = Failure(code="rate_limited", message="", retryable=True, retry_after=99)
        state = msgspec.structs.replace(AT[Work.STEP], stand=Stand.PAUSE_DUE, doubt=asked)

        assert pause_before_next(self.FACTS, state) == 99

    @pytest.mark.parametrize(("attempt", "base"), [(1, 2), (2, 2), (3, 4)])
    def test_a_pause_grows_with_the_attempts(self, attempt: int, base: float) -> None:
        state = msgspec.structs.replace(AT[Work.STEP], stand=Stand.PAUSE_DUE, attempt=attempt, doubt=LATER)

        assert 0.75 * base <= pause_before_next(self.FACTS, state) <= 1.25 * base

    @pytest.mark.parametrize(("probes", "base"), [(1, 2), (2, 4)])
    def test_and_between_probes_with_the_probes(self, probes: int, base: float) -> None:
        state = msgspec.structs.replace(
            AT[Work.STEP], stand=Stand.PAUSE_DUE, attempt=9, probes=probes, doubting=ProbePurpose.DOUBT
        )

        assert 0.75 * base <= pause_before_next(self.FACTS, state) <= 1.25 * base


class TestEffect:
    def test_nothing_applied_is_no_effect(self) -> None:
        assert effect_of(CREATE.outline, ActionState()) is None

    @pytest.mark.parametrize("effect", list(Effect))
    def test_one_step_has_its_own_effect(self, effect: Effect) -> None:
        state = ActionState(applied=(Applied(step=Step.CREATE, effect=effect),))

        assert effect_of(CREATE.outline, state) is effect

    def test_two_steps_of_a_replace_are_one_word_and_one_is_what_it_was(self) -> None:
        outline = facts_of(replace("a")).outline
        gone = Applied(step=Step.DELETE, effect=Effect.DELETED)

        assert effect_of(outline, ActionState(applied=(gone, MADE))) is Effect.REPLACED
        assert effect_of(outline, ActionState(applied=(gone,))) is Effect.DELETED

    def test_what_was_made_first_still_tells_its_outputs_when_the_old_object_is_gone(self) -> None:
        made = Applied(step=Step.CREATE, effect=Effect.CREATED, provider_id="new")
        facts = facts_of(replace("a"), declared=TypeDeclaration(create_before_delete=True))
        state = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, at=1, applied=(made,), exports={"version": 1})

        after = evolve_action(facts, state, applied(0, Step.DELETE, provider_id="id-a"), 1.0)

        assert after.exports == {"version": 1}
        assert object_id(facts.outline, after) == "new"

    @pytest.mark.parametrize(
        ("create_first", "state", "asked"),
        [
            (True, ActionState(ending=Ending.UNSETTLED), ""),
            (True, ActionState(ending=Ending.UNSETTLED, identity="new"), "new"),
            (True, ActionState(work=Work.STEP, doubting=ProbePurpose.DOUBT), ""),
            (True, ActionState(ending=Ending.FAILED), "old-a"),
            (False, ActionState(ending=Ending.UNSETTLED), "old-a"),
            (
                False,
                ActionState(ending=Ending.UNSETTLED, applied=(Applied(step=Step.DELETE, effect=Effect.DELETED),)),
                "",
            ),
        ],
    )
    def test_the_old_object_tells_nothing_of_a_new_one_in_doubt(
        self, create_first: bool, state: ActionState, asked: str
    ) -> None:
        facts = facts_of(replace("a"), declared=TypeDeclaration(create_before_delete=create_first))
        assert questioned_id(facts, state) == asked

    @pytest.mark.parametrize(
        ("state", "live"),
        [
            (ActionState(), False),
            (ActionState(applied=(MADE,)), True),
            (ActionState(applied=(MADE,), ending=Ending.SUCCEEDED), True),
            (ActionState(applied=(MADE,), ending=Ending.UNDO_FAILED), True),
            (ActionState(applied=(MADE,), ending=Ending.COMPENSATED), False),
            (ActionState(ending=Ending.FAILED), False),
            (ActionState(ending=Ending.FAILED, existence=Existence.EXISTS), True),
            (ActionState(ending=Ending.UNSETTLED, existence=Existence.UNKNOWN), True),
            (ActionState(doubting=ProbePurpose.DOUBT), True),
            (ActionState(ending=Ending.SKIPPED), False),
        ],
    )
    def test_what_may_still_be_in_the_world(self, state: ActionState, live: bool) -> None:
        assert live_effect(state) is live


class TestAnswers:
    def sent(self, facts: ActionFacts = CREATE, **more: object) -> ActionState:
        sent = msgspec.structs.replace(AT[Work.STEP], stand=Stand.IN_FLIGHT, sent=1, started_at=5.0)
        return msgspec.structs.replace(sent, at=1 if facts is CREATE else 0, **more)

    def test_an_answer_clears_the_doubt_and_keeps_what_was_told(self) -> None:
        state = self.sent(stand=Stand.PROBING, doubting=ProbePurpose.DOUBT, doubt=NO, existence=Existence.UNKNOWN)
        after = evolve_action(CREATE, state, applied(0, provider_id="x"), 9.0)

        assert (after.doubt, after.doubting, after.existence) == (None, None, Existence.NONE)
        assert [done.provider_id for done in after.applied] == ["x"]
        assert (after.work, after.at) == (Work.HOOK, 2)

    def test_an_order_that_was_not_sent_was_no_attempt_and_took_no_time(self) -> None:
        not_sent = events.ActionNotSent(action=0, step=Step.CREATE, failure=NO)
        after = evolve_action(CREATE, self.sent(), not_sent, 9.0)

        assert (after.ending, after.sent, after.started_at) == (Ending.SKIPPED, 0, 0.0)
        assert after.error_phase is CausePhase.REFERENCE

    def test_but_what_was_sent_before_it_counts(self) -> None:
        not_sent = events.ActionNotSent(action=0, step=Step.CREATE, failure=NO)
        after = evolve_action(CREATE, msgspec.structs.replace(self.sent(), sent=2), not_sent, 9.0)

        assert (after.ending, after.sent, after.started_at) == (Ending.FAILED, 1, 5.0)

    def test_the_first_failure_is_the_one_to_tell(self) -> None:
        state = self.sent(stand=Stand.PROBING, doubting=ProbePurpose.DOUBT, doubt=NO, probes=1)
        after = evolve_action(CREATE, state, lost(0), 9.0)

        assert after.doubt == NO

    def test_an_object_that_is_there_although_the_call_failed_is_undone_where_it_can_be(self) -> None:
        after = evolve_action(CREATE, self.sent(), failed(0, effect=Existence.EXISTS, provider_id="half"), 9.0)

        assert (after.work, after.undos) == (Work.UNDO, (Undo(kind=UndoKind.DELETE, provider_id="half"),))
        assert after.error == NO

    def test_what_an_update_answered_with_an_error_left_behind_is_no_residue(self) -> None:
        facts = facts_of(update("a"))
        state = self.sent(facts, stand=Stand.PROBING, doubting=ProbePurpose.VERIFY, doubt=NO)
        after = evolve_action(facts, state, applied(0, Step.UPDATE), 9.0)

        assert (after.ending, after.existence, after.residue) == (Ending.FAILED, Existence.EXISTS, ())

    def test_an_absent_update_that_may_not_be_repeated_has_failed(self) -> None:
        facts = facts_of(update("a"), declared=TypeDeclaration(update_not_idempotent=True))
        state = self.sent(facts, stand=Stand.PROBING, doubting=ProbePurpose.DOUBT, doubt=NO)

        assert evolve_action(facts, state, absent(0, Step.UPDATE), 9.0).ending is Ending.FAILED

    def test_an_attempt_lost_with_our_own_process_and_not_made_is_no_attempt(self) -> None:
        one = facts_of(create("a"), policy=RunPolicy(retries=Retries(max_attempts=1)))
        flying = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, sent=1)
        lost_one = msgspec.structs.replace(lose(one, flying, 1.0), stand=Stand.PROBING)
        after = evolve_action(one, lost_one, absent(0), 9.0)

        assert (after.stand, after.attempt, after.doubt) == (Stand.DUE, 1, None)


class TestSettle:
    def ended(self, ending: Ending, **more: object) -> ActionState:
        return msgspec.structs.replace(ActionState(work=Work.ENDED, ending=ending), **more)

    @pytest.mark.parametrize(
        ("state", "may"),
        [
            (ActionState(), False),
            (AT[Work.STEP], False),
            (ActionState(work=Work.ENDED, ending=Ending.SUCCEEDED), False),
            (ActionState(work=Work.ENDED, ending=Ending.FAILED), False),
            (ActionState(work=Work.ENDED, ending=Ending.SKIPPED), False),
            (ActionState(work=Work.ENDED, ending=Ending.COMPENSATED), False),
            (ActionState(work=Work.ENDED, ending=Ending.UNSETTLED), True),
            (ActionState(work=Work.ENDED, ending=Ending.UNDO_FAILED), True),
            (ActionState(work=Work.ENDED, ending=Ending.FAILED, residue=(Residue(type="t", name="a"),)), True),
            (ActionState(work=Work.STEP, stand=Stand.IN_DOUBT), True),
            (ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT), False),
        ],
    )
    def test_a_person_is_asked_only_where_something_is_open(self, state: ActionState, may: bool) -> None:
        settled = events.ActionSettled(action=0, as_="absent")

        assert may_settle(state) is may
        if not may:
            with pytest.raises(IllegalTransition):
                evolve_action(CREATE, state, settled, 1.0)

    @pytest.mark.parametrize(
        ("operation", "before", "as_", "ending"),
        [
            (Operation.CREATE, Ending.UNSETTLED, "present", Ending.SUCCEEDED),
            (Operation.CREATE, Ending.UNSETTLED, "absent", Ending.FAILED),
            (Operation.UPDATE, Ending.UNSETTLED, "present", Ending.SUCCEEDED),
            (Operation.UPDATE, Ending.UNSETTLED, "absent", Ending.FAILED),
            (Operation.DELETE, Ending.UNSETTLED, "present", Ending.FAILED),
            (Operation.DELETE, Ending.UNSETTLED, "absent", Ending.SUCCEEDED),
            (Operation.CREATE, Ending.UNDO_FAILED, "absent", Ending.COMPENSATED),
            (Operation.CREATE, Ending.UNDO_FAILED, "present", Ending.SUCCEEDED),
            (Operation.UPDATE, Ending.UNDO_FAILED, "restored", Ending.COMPENSATED),
            (Operation.DELETE, Ending.UNDO_FAILED, "restored", Ending.COMPENSATED),
        ],
    )
    def test_what_an_answer_makes_of_it(self, operation: Operation, before: Ending, as_: str, ending: Ending) -> None:
        make = {Operation.CREATE: create, Operation.UPDATE: update, Operation.DELETE: delete}[operation]
        state = self.ended(before, existence=Existence.UNKNOWN, residue=(Residue(type="t", name="a"),))
        after = evolve_action(facts_of(make("a")), state, events.ActionSettled(action=0, as_=as_), 9.0)

        assert (after.ending, after.settled, after.evidence, after.finished_at) == (ending, as_, "operator", 9.0)
        assert (after.doubting, after.residue) == (None, ())

    def test_what_a_person_found_is_never_called_ours(self) -> None:
        settled = events.ActionSettled(action=0, as_="present", provider_id="x", verified=True)
        after = evolve_action(CREATE, self.ended(Ending.UNSETTLED), settled, 9.0)

        assert after.evidence == "operator, read"
        assert [(done.provider_id, done.effect, done.provenance) for done in after.applied] == [
            ("x", Effect.ADOPTED, Provenance.SETTLED)
        ]

    def test_what_was_applied_stays_what_it_was(self) -> None:
        state = self.ended(Ending.UNDO_FAILED, applied=(MADE,))
        after = evolve_action(CREATE, state, events.ActionSettled(action=0, as_="present"), 9.0)

        assert after.applied == (MADE,)


def test_an_undo_of_nothing_is_refused() -> None:
    facts = facts_of(create("a"), declared=EVERYTHING)
    after = begin_undo(facts, ActionState(work=Work.ENDED, ending=Ending.SUCCEEDED))

    assert (after.ending, after.undo_error.code) == (Ending.UNDO_FAILED, "not_compensable")  # type: ignore[union-attr]


class TestNotes:
    """What a fact leaves behind in the action it is about."""

    def test_everything_an_answer_tells_is_kept(self) -> None:
        facts = facts_of(create("a"))
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, identity="early", existence=Existence.UNKNOWN)
        answer = events.ActionApplied(
            action=0,
            step=Step.CREATE,
            effect=Effect.CREATED,
            provider_id="x",
            outputs=Digest("o"),
            config=Digest("c"),
            config_hash="h",
            fingerprint="f",
            exports={"port": 80},
            sensitive=("password",),
        )
        after = evolve_action(facts, busy, answer, 7.0)
        kept = Applied(
            step=Step.CREATE,
            effect=Effect.CREATED,
            provider_id="x",
            outputs=Digest("o"),
            config=Digest("c"),
            config_hash="h",
            fingerprint="f",
            sensitive=("password",),
        )
        assert (after.applied, after.exports, after.identity, after.existence) == ((kept,), {"port": 80}, "", "none")
        assert (after.ending, after.finished_at) == (Ending.SUCCEEDED, 7.0)

    @pytest.mark.parametrize(
        ("wanted", "step", "effect"),
        [(create("a"), Step.CREATE, Effect.CREATED), (update("a"), Step.UPDATE, Effect.UPDATED)],
    )
    def test_what_failed_and_is_there_is_an_effect(self, wanted: object, step: Step, effect: Effect) -> None:
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, sent=1)
        fact = failed(0, step, effect=Existence.EXISTS, provider_id="x")
        after = evolve_action(facts_of(wanted), busy, fact, 7.0)
        assert after.applied == (Applied(step=step, effect=effect, provider_id="x"),)
        assert after.work is Work.UNDO
        assert (after.attempt, after.probes, after.doubt, after.doubting) == (1, 0, None, None)

    def test_a_doubt_says_that_nobody_knows(self) -> None:
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, probes=2)
        after = evolve_action(facts_of(create("a")), busy, lost(0), 7.0)
        assert (after.existence, after.probes, after.doubting) == (Existence.UNKNOWN, 0, ProbePurpose.DOUBT)

    def test_a_failure_to_be_looked_at_says_so_too(self) -> None:
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, probes=2)
        after = evolve_action(facts_of(create("a")), busy, failed(0, effect=Existence.UNKNOWN), 7.0)
        assert (after.existence, after.probes, after.doubting) == (Existence.UNKNOWN, 0, ProbePurpose.VERIFY)

    def test_a_failure_tells_where_it_was(self) -> None:
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT)
        after = evolve_action(facts_of(create("a")), busy, failed(0), 7.0)
        assert (after.error_phase, after.finished_at) == (CausePhase.DISPATCH, 7.0)

    def test_an_end_is_when_the_last_observer_has_looked(self) -> None:
        facts = facts_of(create("a"), hooks=[hook("told", HookPoint.COMPLETE), hook("again", HookPoint.COMPLETE)])
        first = ActionState(work=Work.CLOSING, stand=Stand.IN_FLIGHT, ending=Ending.SUCCEEDED, finished_at=1.0)
        between = evolve_action(facts, first, hook_failed(0, "told"), 2.0)
        assert (between.work, between.at, between.attempt, between.stand) == (Work.CLOSING, 1, 1, Stand.DUE)
        assert between.doubt is None
        flying = msgspec.structs.replace(between, stand=Stand.IN_FLIGHT)
        last = evolve_action(facts, flying, hook_failed(0, "again"), 3.0)
        assert (last.work, last.doubt, last.finished_at) == (Work.ENDED, None, 3.0)

    def test_a_replace_that_changes_its_type_asks_both_drivers(self) -> None:
        facts = facts_of(replace("a"))
        outline = msgspec.structs.replace(facts.outline, prior_type="former")
        mute = msgspec.structs.replace(facts, outline=outline, before=TypeDeclaration())
        both = msgspec.structs.replace(facts, outline=outline, before=EVERYTHING)
        done = ActionState(
            work=Work.ENDED,
            ending=Ending.SUCCEEDED,
            finished_at=4.0,
            applied=(Applied(step=Step.DELETE, effect=Effect.DELETED), MADE),
        )
        assert begin_undo(mute, done).compensation == "not_compensable"
        assert begin_undo(both, done).work is Work.UNDO

    @pytest.mark.parametrize(("as_", "existence"), [("present", Existence.EXISTS), ("absent", Existence.NONE)])
    def test_an_open_doubt_that_a_person_settles_is_over(self, as_: str, existence: Existence) -> None:
        open_ = ActionState(
            work=Work.STEP, stand=Stand.IN_DOUBT, doubting=ProbePurpose.DOUBT, existence=Existence.UNKNOWN
        )
        said = events.ActionSettled(action=0, as_=as_, provider_id="x", outputs=Digest("o"))
        after = evolve_action(facts_of(create("a")), open_, said, 9.0)
        assert (after.work, after.stand, after.doubting) == (Work.ENDED, Stand.DUE, None)
        assert (after.existence, after.finished_at) == (existence, 9.0)
        if as_ == "present":
            found = after.applied[0]
            assert (found.step, found.provider_id, found.outputs) == (Step.CREATE, "x", "o")
        else:
            assert after.applied == ()

    def test_a_refused_fact_is_named(self) -> None:
        waiting = ActionState()
        with pytest.raises(IllegalTransition, match=r"t\.a: no row for ActionIdentified while waiting due"):
            evolve_action(facts_of(create("a")), waiting, events.ActionIdentified(action=0, provider_id="x"), 1.0)

    def test_a_gate_that_refuses_ends_its_action_unsent(self) -> None:
        gate = ActionState(work=Work.GATE, stand=Stand.IN_FLIGHT, attempt=3)
        after = evolve_action(facts_of(create("a"), hooks=HOOKS), gate, hook_failed(0, "gate"), 7.0)
        assert (after.work, after.ending, after.failed_hook) == (Work.ENDED, Ending.SKIPPED, "gate")
        assert (after.error_phase, after.finished_at) == (CausePhase.GATE, 7.0)

    @pytest.mark.parametrize(("before", "work"), [(EVERYTHING, Work.UNDO), (TypeDeclaration(), Work.ENDED)])
    def test_half_a_replace_asks_the_driver_of_the_old_object(self, before: TypeDeclaration, work: Work) -> None:
        facts = facts_of(replace("a"))
        outline = msgspec.structs.replace(facts.outline, prior_type="former")
        facts = msgspec.structs.replace(facts, outline=outline, before=before)
        gone = Applied(step=Step.DELETE, effect=Effect.DELETED)
        busy = ActionState(work=Work.STEP, stand=Stand.IN_FLIGHT, at=1, sent=2, applied=(gone,))
        after = evolve_action(facts, busy, failed(0), 7.0)
        assert after.work is work
        assert (after.ending, after.compensation) == (
            (None, "") if work is Work.UNDO else (Ending.FAILED, "not_compensable")
        )


class TestUndoAgain:
    """An undo that was not completed, asked for once more or given up."""

    REFUSED = ActionState(work=Work.ENDED, ending=Ending.UNDO_FAILED, applied=(MADE,), compensation="protected")

    def test_what_was_refused_before_is_judged_anew(self) -> None:
        after = begin_undo(facts_of(create("a")), self.REFUSED)
        assert (after.work, after.ending, after.compensation) == (Work.UNDO, None, "")
        assert after.undos == (Undo(kind=UndoKind.DELETE, provider_id="x"),)

    def test_by_both_drivers_of_a_replace(self) -> None:
        facts = facts_of(replace("a"))
        outline = msgspec.structs.replace(facts.outline, prior_type="former")
        mute = msgspec.structs.replace(facts, outline=outline, before=TypeDeclaration())
        gone = Applied(step=Step.DELETE, effect=Effect.DELETED)
        after = begin_undo(mute, msgspec.structs.replace(self.REFUSED, applied=(gone, MADE)))
        assert (after.work, after.ending, after.compensation) == (Work.ENDED, Ending.UNDO_FAILED, "not_compensable")

    def test_a_call_that_must_not_be_sent_twice_is_not(self) -> None:
        spent = ActionState(
            work=Work.ENDED,
            ending=Ending.SUCCEEDED,
            applied=(MADE,),
            undos=(Undo(kind=UndoKind.RECREATE),),
            undo_spent=True,
        )
        after = begin_undo(facts_of(create("a")), spent)
        assert (after.work, after.ending) == (Work.ENDED, Ending.UNDO_FAILED)

    def test_given_up_before_it_began_it_leaves_a_success(self) -> None:
        waiting = ActionState(
            work=Work.UNDO, stand=Stand.PAUSE_DUE, applied=(MADE,), undos=(Undo(kind=UndoKind.DELETE),)
        )
        after = leave_undone(facts_of(create("a")), waiting, 9.0)
        assert (after.work, after.stand, after.ending) == (Work.ENDED, Stand.DUE, Ending.SUCCEEDED)
        assert (after.undos, after.finished_at) == ((), 9.0)

    def test_given_up_in_the_middle_it_has_failed_for_its_first_reason_and_nobody_looks(self) -> None:
        facts = facts_of(create("a"), hooks=[hook("told", HookPoint.COMPLETE)])
        later = Failure(code="later", message="l")
        begun = ActionState(
            work=Work.UNDO,
            applied=(MADE,),
            undos=(Undo(kind=UndoKind.DELETE),),
            undo_begun=True,
            undo_error=NO,
            doubt=later,
        )
        after = leave_undone(facts, begun, 9.0)
        assert (after.work, after.ending, after.undo_error) == (Work.ENDED, Ending.UNDO_FAILED, NO)
        second = leave_undone(facts, msgspec.structs.replace(begun, undo_error=None), 9.0)
        assert second.undo_error == later
        third = leave_undone(facts, msgspec.structs.replace(begun, undo_error=None, doubt=None), 9.0)
        assert third.undo_error is not None
        assert third.undo_error.code == "run_stopped"

    def test_only_an_undo_can_be_given_up(self) -> None:
        with pytest.raises(IllegalTransition, match=r"t\.a is waiting, not being undone"):
            leave_undone(facts_of(create("a")), ActionState(), 1.0)


class TestHowOftenAnUndoMayHaveGoneOut:
    BEGUN = events.CompensationStarted(action=0, undo=UndoKind.DELETE, attempt=1, key="k")

    def in_flight(self) -> ActionState:
        due = ActionState(work=Work.UNDO, applied=(MADE,), undos=(Undo(kind=UndoKind.DELETE, provider_id="x"),))
        return evolve_action(CREATE, due, self.BEGUN, 1.0)

    def test_those_of_a_process_that_died_count(self) -> None:
        again = evolve_action(CREATE, lose(CREATE, self.in_flight(), 2.0), self.BEGUN, 3.0)
        assert (self.in_flight().undo_sends, again.undo_sends) == (1, 2)

    def test_one_that_failed_counts_and_one_that_was_refused_does_not(self) -> None:
        assert evolve_action(CREATE, self.in_flight(), failed_undo(0), 2.0).undo_sends == 1
        assert evolve_action(CREATE, self.in_flight(), failed_undo(0, refused=True), 2.0).undo_sends == 0

    def test_the_next_call_of_an_undo_begins_anew(self) -> None:
        assert evolve_action(CREATE, self.in_flight(), undone(0), 2.0).undo_sends == 0
