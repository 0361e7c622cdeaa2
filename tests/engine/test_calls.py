"""What an order needs of its action, and the facts that answers come to."""

from __future__ import annotations

import msgspec
import pytest

from tests.engine.fakes import TYPE, FakeDriver, document
from tests.engine.scene import Scene, creates, replaces, updates
from wfctl.core.commands import DispatchAction
from wfctl.core.events import ActionApplied, ActionFailed, ActionLeftInDoubt, ActionNotSent
from wfctl.core.outcome import CausePhase, Existence, Failure
from wfctl.core.plan import Effect, Provenance, ProviderDeclaration, RunPolicy, Step, TypeDeclaration
from wfctl.engine.calls import NoDriverError, failed, in_doubt, not_sent
from wfctl.engine.ports import CallFailed, CallTag, Output, Reach, Ref

NO = Failure(code="refused", message="no", retryable=True)


def fact(scene: Scene, step: Step, output: Output | None, *, via: str = "answer") -> ActionApplied:
    answer = scene.calls.applied(0, step, output, scene.specs.desired(0), via=via)
    assert isinstance(answer.event, ActionApplied)
    return answer.event


def output(**outputs: object) -> Output:
    return Output(name="a", type=TYPE, provider_id="x", outputs=outputs)


class TestLookingUp:
    def test_the_driver_of_an_action_and_of_what_was_there_before(self) -> None:
        old = FakeDriver(ProviderDeclaration(name="q"))
        scene = Scene(replaces("a", {}, old_provider="q"), more={"q": old})

        assert scene.calls.driver(0) is scene.driver
        assert scene.calls.driver(0, prior=True) is old
        assert scene.calls.provider("q") is old

    def test_before_and_after_have_one_driver_where_nothing_else_is_said(self) -> None:
        scene = Scene(updates("a", {}))

        assert scene.calls.driver(0, prior=True) is scene.driver

    @pytest.mark.parametrize(("provider", "named"), [("gone", "gone"), ("", r"\(none named\)")])
    def test_without_a_plugin_the_provider_is_named(self, provider: str, named: str) -> None:
        scene = Scene(msgspec.structs.replace(creates("a"), provider_ref=provider))

        with pytest.raises(NoDriverError, match=named):
            scene.calls.driver(0)

    def test_what_a_provider_declared_when_the_run_began(self) -> None:
        assert Scene(finalizer=True).calls.declared("p").finalizer

    def test_an_object_by_id_and_the_one_from_before(self) -> None:
        scene = Scene(replaces("a", {}, old_type="was"))

        assert scene.calls.ref(0, "x") == Ref(name="a", type=TYPE, provider_id="x")
        assert scene.calls.prior_ref(0) == Ref(name="a", type="was", provider_id="old-a")

    def test_what_goes_with_a_call(self) -> None:
        tag = Scene(creates("a")).calls.tag(0, 3, "key")

        assert tag == CallTag(run_id="run-1", action=0, attempt=3, key="key")


class TestTime:
    def test_a_call_has_the_time_of_an_action_and_nought_is_no_limit(self) -> None:
        limited = Scene(creates("a"), policy=RunPolicy(action_timeout=5)).calls
        unlimited = Scene(creates("a"), policy=RunPolicy(action_timeout=0)).calls

        assert (limited.timeout(), unlimited.timeout()) == (5, None)

    @pytest.mark.parametrize(("declared", "policy", "limit"), [(7, 30, 7.0), (0, 30, 30), (0, 0, None), (7, 0, 7.0)])
    def test_an_undo_has_the_time_the_driver_says_or_else_the_run(
        self, declared: int, policy: float, limit: float | None
    ) -> None:
        scene = Scene(
            creates("a"),
            declared=TypeDeclaration(undo_timeout_seconds=declared),
            policy=RunPolicy(undo_timeout=policy),
        )

        assert scene.calls.undo_timeout(0) == limit


class TestApplied:
    @pytest.mark.parametrize(
        ("step", "effect"),
        [(Step.CREATE, Effect.CREATED), (Step.UPDATE, Effect.UPDATED), (Step.DELETE, Effect.DELETED)],
    )
    def test_the_effect_of_each_step(self, step: Step, effect: Effect) -> None:
        event = fact(Scene(creates("a")), step, output(), via="key")

        assert (event.effect, event.provenance, event.via) == (effect, Provenance.CREATED, "key")

    def test_only_a_create_adopts(self) -> None:
        adopted = msgspec.structs.replace(output(), adopted=True)

        assert fact(Scene(creates("a")), Step.CREATE, adopted).effect is Effect.ADOPTED
        assert fact(Scene(updates("a", {})), Step.UPDATE, adopted).effect is Effect.UPDATED

    def test_documents_come_along_under_the_names_the_event_gives_them(self) -> None:
        scene = Scene(creates("a", size=1))
        answer = scene.calls.applied(0, Step.CREATE, output(size=1, host="h"), scene.specs.desired(0))
        event = answer.event

        assert isinstance(event, ActionApplied)
        assert {event.outputs, event.config} == set(answer.documents)

    def test_a_delete_says_nothing_of_documents(self) -> None:
        scene = Scene(updates("a", {}))
        answer = scene.calls.applied(0, Step.DELETE, None, None)

        assert isinstance(answer.event, ActionApplied)
        assert (answer.event.outputs, answer.event.config, answer.event.config_hash) == (None, None, "")
        assert (answer.documents, answer.event.provider_id) == ({}, "old-a")

    @pytest.mark.parametrize(("outputs", "fingerprint"), [(document(etag=7), "7"), (document(), "")])
    def test_the_declared_fingerprint_is_taken_down(self, outputs: dict[str, object], fingerprint: str) -> None:
        scene = Scene(creates("a"), declared=TypeDeclaration(fingerprint_output="etag"))
        there = msgspec.structs.replace(output(), outputs=outputs)

        assert fact(scene, Step.CREATE, there).fingerprint == fingerprint

    def test_without_a_declaration_there_is_no_fingerprint(self) -> None:
        assert fact(Scene(creates("a")), Step.CREATE, output(etag=7)).fingerprint == ""

    def test_what_is_not_there_is_not_exported(self) -> None:
        scene = Scene(creates("a"), creates("b", needs=["a"], x="${a.here} ${a.gone}"))

        assert fact(scene, Step.CREATE, output(here=1, other=2)).exports == {"here": 1}

    def test_old_outputs_stand_in_for_an_update_only(self) -> None:
        scene = Scene(updates("a", {}, outputs={"port": 1}), creates("b", needs=["a"], x="${a.port}"))

        assert fact(scene, Step.UPDATE, None).exports == {"port": 1}
        assert fact(scene, Step.CREATE, None).exports == {}
        scene.carry_out(DispatchAction)


class TestFacts:
    @pytest.mark.parametrize("step", list(Step))
    def test_plainly_refused_means_that_nothing_happened(self, step: Step) -> None:
        event = failed(0, step, CallFailed(Reach.REFUSED, NO)).event

        assert event == ActionFailed(action=0, step=step, failure=NO, effect=Existence.NONE)

    def test_an_answered_error_is_to_be_looked_at(self) -> None:
        event = failed(0, Step.CREATE, CallFailed(Reach.ANSWERED, NO)).event

        assert event == ActionFailed(action=0, step=Step.CREATE, failure=NO, effect=Existence.UNKNOWN)

    @pytest.mark.parametrize("reach", list(Reach))
    def test_an_object_that_is_there_is_told_by_its_id(self, reach: Reach) -> None:
        event = failed(0, Step.CREATE, CallFailed(reach, NO, effect=Existence.EXISTS, provider_id="x")).event

        assert event == ActionFailed(action=0, step=Step.CREATE, failure=NO, effect=Existence.EXISTS, provider_id="x")

    @pytest.mark.parametrize("reach", list(Reach))
    def test_and_without_an_id_is_a_doubt(self, reach: Reach) -> None:
        event = failed(0, Step.CREATE, CallFailed(reach, NO, effect=Existence.EXISTS)).event

        assert event == ActionLeftInDoubt(action=0, step=Step.CREATE, failure=NO)

    def test_a_doubt(self) -> None:
        event = in_doubt(0, Step.UPDATE, "gone", "it is gone").event

        assert event == ActionLeftInDoubt(
            action=0, step=Step.UPDATE, failure=Failure(code="gone", message="it is gone")
        )

    def test_an_order_that_was_not_sent(self) -> None:
        event = not_sent(0, Step.DELETE, "no_identity", "no id", CausePhase.DISPATCH).event

        assert event == ActionNotSent(
            action=0,
            step=Step.DELETE,
            failure=Failure(code="no_identity", message="no id"),
            phase=CausePhase.DISPATCH,
        )
