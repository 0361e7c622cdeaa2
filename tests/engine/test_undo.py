"""Taking back: every guard says no under its own code and sends nothing, and only a Read makes an undo done."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from tests.engine.fakes import TYPE, FakeDriver, document
from tests.engine.scene import Scene, body_of, creates, deletes, replaces, updates, was
from wfctl.core import compensate, events
from wfctl.core.canonical import config_hash
from wfctl.core.commands import CompensateAction, DispatchAction, UndoKind
from wfctl.core.events import CompensationFailed, CompensationSucceeded
from wfctl.core.outcome import Failure
from wfctl.core.plan import (
    Idempotency,
    Mode,
    OnFailure,
    Operation,
    PlanAction,
    ProviderDeclaration,
    RunPolicy,
    TypeDeclaration,
)
from wfctl.engine.ports import Absence, CallFailed, Diff, Output, Reach, UndoAnswer

NO = CallFailed(Reach.REFUSED, Failure(code="refused", message="no"))
BUSY = CallFailed(Reach.REFUSED, Failure(code="rate_limited", message="later", retryable=True))
LOST = CallFailed(Reach.IN_DOUBT, Failure(code="unavailable", message="gone"))
INVERSE = TypeDeclaration(
    undo_create=Mode.INVERSE,
    undo_update=Mode.INVERSE,
    undo_replace=Mode.INVERSE,
    undo_delete=Mode.INVERSE,
    stateless=True,
)
CUSTOM = TypeDeclaration(
    undo_create=Mode.CUSTOM, undo_update=Mode.CUSTOM, undo_replace=Mode.CUSTOM, undo_delete=Mode.CUSTOM
)
POLICY = RunPolicy(on_failure=OnFailure.COMPENSATE, undo_timeout=30)


def with_(declared: TypeDeclaration, **more: object) -> TypeDeclaration:
    return msgspec.structs.replace(declared, **more)


def undoing(
    action: PlanAction,
    declared: TypeDeclaration = INVERSE,
    *,
    output: Output | None = None,
    environment: Mapping[str, str] | None = None,
) -> Scene:
    """A run that has applied one action, failed at the next, and now wants the first one taken back."""
    name = action.resource.name
    bad = msgspec.structs.replace(creates("bad"), requires=(0,))
    scene = Scene(action, bad, declared=declared, policy=POLICY, environment=environment)
    if action.current is not None:
        scene.driver.put(action.current.provider_id, name=name, type=action.current.type)
    if output is not None:
        scene.driver.will(action.action, output)
    for _ in scene.state.facts[0].stops:
        scene.carry_out(DispatchAction)
    scene.driver.will("create", NO)
    scene.carry_out(DispatchAction)
    scene.driver.sent.clear()
    return scene


def undo(scene: Scene) -> events.CompensationSucceeded | events.CompensationFailed:
    event = scene.perform(scene.order(CompensateAction)).event
    assert isinstance(event, CompensationSucceeded | CompensationFailed)
    return event


def refused(scene: Scene, code: str) -> None:
    """The next undo is refused under this code, and nothing is sent."""
    event = undo(scene)
    assert isinstance(event, CompensationFailed), event
    assert (event.refused, event.failure.code) == (True, code)
    assert not event.failure.retryable
    assert scene.driver.mutations() == []


def failed(scene: Scene, code: str, *, retryable: bool) -> None:
    event = undo(scene)
    assert isinstance(event, CompensationFailed), event
    assert (event.refused, event.failure.code, event.failure.retryable) == (False, code, retryable)


def succeeded(scene: Scene, evidence: str) -> events.CompensationSucceeded:
    event = undo(scene)
    assert isinstance(event, CompensationSucceeded), event
    assert event.evidence == evidence
    return event


class TestDelete:
    def test_what_was_created_is_deleted_by_its_id_and_looked_for_again(self) -> None:
        scene = undoing(creates("a", size=1))
        command = scene.order(CompensateAction)
        answer = scene.perform(command)

        assert answer.event == CompensationSucceeded(action=0, undo="delete", evidence="read")
        assert [sent.call for sent in scene.driver.sent] == ["read", "diff", "delete", "read"]
        sent = scene.driver.last("delete")
        assert sent.ref is not None
        assert sent.tag is not None
        assert (sent.ref.provider_id, sent.tag.key, sent.timeout) == ("a-1", command.key, 30)
        assert command.key != command.forward_key

    def test_what_is_already_gone_counts_as_undone(self) -> None:
        scene = undoing(creates("a"))
        scene.driver.objects.clear()

        succeeded(scene, "read: already absent")
        assert scene.driver.mutations() == []

    def test_what_only_seems_gone_is_deleted_all_the_same(self) -> None:
        scene = undoing(creates("a"))
        scene.driver.will("read", Absence.LIKELY)

        succeeded(scene, "read")
        assert scene.driver.mutations() == ["delete"]

    def test_what_is_still_there_afterwards_is_not_undone(self) -> None:
        scene = undoing(creates("a", size=1))
        there = scene.driver.objects["a-1"]
        scene.driver.will("read", there, there)

        failed(scene, compensate.NOT_VERIFIED, retryable=True)

    def test_what_was_changed_since_is_left_alone(self) -> None:
        scene = undoing(creates("a", size=1))
        scene.driver.put("a-1", size=2)

        refused(scene, compensate.CHANGED_SINCE)

    def test_a_declared_fingerprint_is_asked_instead_of_a_comparison(self) -> None:
        scene = undoing(creates("a", etag="1"), with_(INVERSE, fingerprint_output="etag"))

        succeeded(scene, "read")
        assert "diff" not in [sent.call for sent in scene.driver.sent]

    def test_another_fingerprint_is_a_change(self) -> None:
        scene = undoing(creates("a", etag="1"), with_(INVERSE, fingerprint_output="etag"))
        scene.driver.put("a-1", etag="2")

        refused(scene, compensate.CHANGED_SINCE)

    @pytest.mark.parametrize("content", [0, True])
    def test_what_is_known_to_be_empty_is_deleted(self, content: object) -> None:
        declared = with_(INVERSE, stateless=False, emptiness_output="content")

        succeeded(undoing(creates("a", content=content), declared), "read")

    @pytest.mark.parametrize("content", [3, False, "", None, "none", -1])
    def test_what_holds_data_is_left_alone(self, content: object) -> None:
        declared = with_(INVERSE, emptiness_output="content")

        refused(undoing(creates("a", content=content), declared), compensate.HOLDS_CONTENT)

    def test_so_is_what_may_hold_data_for_all_that_is_known(self) -> None:
        refused(undoing(creates("a"), with_(INVERSE, stateless=False)), compensate.HOLDS_CONTENT)

    @pytest.mark.parametrize(("problem", "retryable"), [(NO, False), (BUSY, True), (LOST, True)])
    def test_a_failed_call_is_tried_again_unless_it_was_plainly_refused(
        self, problem: CallFailed, retryable: bool
    ) -> None:
        scene = undoing(creates("a"))
        scene.driver.will("delete", problem)

        failed(scene, problem.failure.code, retryable=retryable)

    def test_a_look_that_fails_sends_nothing(self) -> None:
        scene = undoing(creates("a"))
        scene.driver.will("read", LOST)

        failed(scene, "unavailable", retryable=True)
        assert scene.driver.mutations() == []

    def test_the_drivers_own_time_limit_goes_first(self) -> None:
        scene = undoing(creates("a"), with_(INVERSE, undo_timeout_seconds=7))
        undo(scene)

        assert {sent.timeout for sent in scene.driver.sent} == {7.0}


class TestRestore:
    def changing(self, declared: TypeDeclaration = INVERSE) -> Scene:
        return undoing(updates("a", {"size": 1}, size=2), declared)

    def test_the_config_from_before_is_sent_to_the_same_id_and_seen(self) -> None:
        scene = self.changing()
        answer = scene.perform(scene.order(CompensateAction))

        assert isinstance(answer.event, CompensationSucceeded)
        assert (answer.event.evidence, answer.event.provider_id) == ("read", "old-a")
        sent = scene.driver.last("update")
        assert (sent.ref.provider_id, sent.spec.config) == ("old-a", {"size": 1})  # type: ignore[union-attr]
        assert body_of(answer, "config") == {"size": 1}
        assert body_of(answer, "outputs") == {"size": 1}
        assert answer.event.config_hash == config_hash({"size": 1})

    def test_what_is_already_as_before_counts_as_undone(self) -> None:
        scene = self.changing()
        scene.driver.put("old-a", size=1)

        succeeded(scene, "read: already as before")
        assert scene.driver.mutations() == []

    @pytest.mark.parametrize("size", [3, None])
    def test_what_was_changed_since_is_left_alone(self, size: int | None) -> None:
        scene = self.changing()
        scene.driver.objects.clear()
        if size is not None:
            scene.driver.put("old-a", size=size)

        refused(scene, compensate.CHANGED_SINCE)

    def test_an_undo_never_replaces(self) -> None:
        scene = self.changing()
        scene.driver.will("diff", Diff(needs_update=True, needs_replace=True), Diff())

        refused(scene, compensate.NEEDS_REPLACE)

    def test_a_field_that_cannot_go_back_stays(self) -> None:
        refused(self.changing(with_(INVERSE, irreversible_fields=("size",))), compensate.IRREVERSIBLE)

    def test_what_is_not_as_before_afterwards_is_not_undone(self) -> None:
        scene = self.changing()
        scene.driver.will("update", None)

        failed(scene, compensate.NOT_VERIFIED, retryable=True)

    def test_a_config_from_before_that_now_means_something_else_is_not_sent(self) -> None:
        scene = undoing(updates("a", {"size": "${SIZE}"}, size=2), environment={"SIZE": "new"})

        refused(scene, compensate.NO_BEFORE_IMAGE)

    def test_a_config_from_before_that_cannot_be_filled_in_is_not_sent(self) -> None:
        refused(undoing(updates("a", {"size": "${SIZE}"}, size=2)), compensate.NO_BEFORE_IMAGE)

    def test_secrets_of_the_config_from_before_are_sent_in_clear_and_recorded_as_references(self) -> None:
        scene = undoing(updates("a", {"password": "secret_ref://old"}, size=2))
        scene.documents.secrets["old"] = "hunter2"
        answer = scene.perform(scene.order(CompensateAction))

        assert scene.driver.last("update").spec.config == {"password": "hunter2"}  # type: ignore[union-attr]
        assert body_of(answer, "config") == {"password": "secret_ref://old"}
        assert b"hunter2" not in events.encode(answer.event)

    def test_a_secret_that_this_run_replaced_goes_back_to_its_former_value(self) -> None:
        scene = undoing(updates("a", {"password": "secret_ref://db"}, size=2))
        scene.documents.secrets["db"] = "new"
        scene.documents.former["db"] = "old"
        scene.perform(scene.order(CompensateAction))

        assert scene.driver.last("update").spec.config == {"password": "old"}  # type: ignore[union-attr]


class TestRecreate:
    def test_what_was_deleted_is_made_again_under_a_new_id(self) -> None:
        scene = undoing(deletes("a", {"size": 1}))
        event = succeeded(scene, "read")

        assert event.provider_id == "a-1"
        assert scene.driver.last("create").spec.config == {"size": 1}  # type: ignore[union-attr]
        assert event.config_hash == config_hash({"size": 1})

    def test_what_is_already_there_again_counts_as_undone(self) -> None:
        scene = undoing(deletes("a", {"size": 1}), with_(INVERSE, reads_by_key=True))
        command = scene.order(CompensateAction)
        scene.driver.put("again", key=command.key, size=1)
        answer = scene.perform(command)

        assert isinstance(answer.event, CompensationSucceeded)
        assert (answer.event.evidence, answer.event.provider_id) == ("read: already there again", "again")
        assert scene.driver.mutations() == []

    def test_a_yes_without_an_object_is_not_undone(self) -> None:
        scene = undoing(deletes("a", {"size": 1}))
        scene.driver.will("create", None)

        failed(scene, compensate.NOT_VERIFIED, retryable=False)

    @pytest.mark.parametrize(
        ("declared", "again"),
        [
            (INVERSE, False),
            (with_(INVERSE, reads_by_name=True), False),
            (with_(INVERSE, reads_by_key=True), True),
            (with_(INVERSE, idempotency=Idempotency.KEY), True),
            (with_(INVERSE, idempotency=Idempotency.NATURAL), True),
        ],
    )
    def test_a_lost_making_is_repeated_only_where_no_second_object_can_come_of_it(
        self, declared: TypeDeclaration, again: bool
    ) -> None:
        scene = undoing(deletes("a", {"size": 1}), declared)
        scene.driver.will("create", LOST)

        failed(scene, "unavailable", retryable=again)

    def test_a_refused_making_has_made_nothing(self) -> None:
        scene = undoing(deletes("a", {"size": 1}))
        scene.driver.will("create", BUSY)

        failed(scene, "rate_limited", retryable=True)

    @pytest.mark.parametrize("look", [BUSY, LOST, NO])
    def test_a_look_that_is_refused_after_the_making_does_not_make_another(self, look: CallFailed) -> None:
        scene = undoing(deletes("a", {"size": 1}))
        scene.driver.will("read", look)

        failed(scene, compensate.NOT_VERIFIED, retryable=False)

    def test_the_old_driver_makes_the_old_type_again(self) -> None:
        lossless = with_(INVERSE, reads_by_key=True)
        old = FakeDriver(ProviderDeclaration(name="q", types={"was": lossless}))
        action = replaces("a", {"size": 1}, old_type="was", old_provider="q", size=2)
        scene = Scene(action, declared=INVERSE, policy=POLICY, more={"q": old})
        scene.carry_out(DispatchAction)
        scene.driver.will("create", NO)
        scene.carry_out(DispatchAction)
        event = undo(scene)

        assert isinstance(event, CompensationSucceeded)
        assert [(sent.call, sent.ref.type) for sent in old.sent if sent.ref] == [
            ("delete", "was"),
            ("read", "was"),
            ("read", "was"),
        ]
        assert old.last("create").spec.type == "was"  # type: ignore[union-attr]


class TestReplace:
    def test_the_old_one_is_made_again_before_the_new_one_goes(self) -> None:
        scene = undoing(replaces("a", {"size": 1}, size=2))
        scene.carry_out(CompensateAction)
        scene.carry_out(CompensateAction)

        assert scene.driver.mutations() == ["create", "delete"]
        assert [found.outputs for found in scene.driver.objects.values()] == [{"size": 1}]

    def test_a_new_one_that_somebody_changed_keeps_the_old_one_from_being_made_again(self) -> None:
        scene = undoing(replaces("a", {"size": 1}, size=2))
        (new,) = scene.driver.objects
        scene.driver.put(new, size=3)

        refused(scene, compensate.CHANGED_SINCE)

    def test_so_does_a_new_one_that_holds_data(self) -> None:
        refused(undoing(replaces("a", {"size": 1}, size=2), with_(INVERSE, stateless=False)), compensate.HOLDS_CONTENT)

    def test_a_new_one_that_is_gone_keeps_nothing_from_being_made(self) -> None:
        scene = undoing(replaces("a", {"size": 1}, size=2))
        scene.driver.objects.clear()

        succeeded(scene, "read")


class TestCustom:
    @pytest.mark.parametrize("action", [creates("a", size=2), updates("a", {"size": 1}, size=2)])
    def test_what_was_changed_since_is_left_alone(self, action: PlanAction) -> None:
        scene = undoing(action, CUSTOM)
        (there,) = scene.driver.objects
        scene.driver.put(there, size=3)

        refused(scene, compensate.CHANGED_SINCE)
        assert "compensate" not in [sent.call for sent in scene.driver.sent]

    def test_what_an_undo_left_half_done_is_no_change_of_somebody_else(self) -> None:
        scene = undoing(updates("a", {"size": 1}, size=2), CUSTOM)
        scene.order(CompensateAction)
        scene.record(events.RunResumed(epoch=2))
        scene.driver.put("old-a", size=3)

        failed(scene, compensate.NOT_VERIFIED, retryable=True)
        assert "compensate" in [sent.call for sent in scene.driver.sent]

    @pytest.mark.parametrize(
        ("answer", "code"),
        [(UndoAnswer(done=False, code="jammed", message="no"), "jammed"), (UndoAnswer(done=False), "undo_refused")],
    )
    def test_a_plugin_may_refuse(self, answer: UndoAnswer, code: str) -> None:
        scene = undoing(creates("a"), CUSTOM)
        scene.driver.will("compensate", answer)
        event = undo(scene)

        assert isinstance(event, CompensationFailed)
        assert (event.refused, event.failure.code) == (True, code)

    def test_an_undone_create_is_gone(self) -> None:
        scene = undoing(creates("a"), CUSTOM)
        scene.driver.objects.clear()

        succeeded(scene, "plugin, read")

    def test_a_plugins_word_alone_is_not_enough(self) -> None:
        failed(undoing(creates("a"), CUSTOM), compensate.NOT_VERIFIED, retryable=True)

    def test_an_undone_update_is_as_before(self) -> None:
        scene = undoing(updates("a", {"size": 1}, size=2), CUSTOM)
        scene.driver.put("old-a", size=1)
        event = succeeded(scene, "plugin, read")

        assert event.provider_id == "old-a"

    def test_an_update_that_is_not_as_before_is_not_undone(self) -> None:
        failed(undoing(updates("a", {"size": 1}, size=2), CUSTOM), compensate.NOT_VERIFIED, retryable=True)

    @pytest.mark.parametrize("new_id", ["", "old-a", "again"])
    def test_an_undone_delete_is_there_again_under_the_id_the_plugin_tells(self, new_id: str) -> None:
        scene = undoing(deletes("a", {"size": 1}), CUSTOM)
        restored = Output(name="a", type=TYPE, provider_id=new_id) if new_id else None
        scene.driver.will("compensate", UndoAnswer(done=True, restored=restored))
        scene.driver.put(new_id or "old-a", size=1)

        assert succeeded(scene, "plugin, read").provider_id == (new_id or "old-a")

    def test_an_undone_replace_has_the_old_one_and_not_the_new_one(self) -> None:
        scene = undoing(replaces("a", {"size": 1}, size=2), CUSTOM)
        scene.driver.objects.clear()
        scene.driver.put("old-a", size=1)

        assert succeeded(scene, "plugin, read").provider_id == "old-a"

    def test_a_replace_whose_new_object_stays_is_not_undone(self) -> None:
        scene = undoing(replaces("a", {"size": 1}, size=2), CUSTOM)
        scene.driver.put("old-a", size=1)

        failed(scene, compensate.NOT_VERIFIED, retryable=True)

    def test_a_plugin_is_told_everything_it_may_need(self) -> None:
        outputs = document(size=2, password="hunter2")
        output = Output(name="a", type=TYPE, provider_id="old-a", outputs=outputs, sensitive=("password",))
        scene = undoing(
            updates("a", {"size": 1}, outputs={"size": 1, "url": "secret_ref://u"}, size=2), CUSTOM, output=output
        )
        scene.documents.secrets["u"] = "pg://"
        command = scene.order(CompensateAction)
        scene.perform(command)
        request = scene.driver.undos[0]

        assert request.operation is Operation.UPDATE
        assert (request.applied.provider_id, request.applied_outputs) == ("old-a", outputs)
        assert request.applied_spec is not None
        assert request.prior_spec is not None
        assert (request.applied_spec.config, request.prior_spec.config) == ({"size": 2}, {"size": 1})
        assert request.prior_outputs == {"size": 1, "url": "pg://"}
        assert request.prior is not None
        assert request.prior.provider_id == "old-a"
        assert request.forward_key == command.forward_key

    def test_an_undo_of_a_create_is_told_of_nothing_before(self) -> None:
        scene = undoing(creates("a"), CUSTOM)
        undo(scene)
        request = scene.driver.undos[0]

        assert (request.operation, request.prior, request.prior_spec, request.prior_outputs) == (
            Operation.CREATE,
            None,
            None,
            None,
        )

    def test_half_a_replace_is_told_as_the_delete_it_was(self) -> None:
        scene = Scene(replaces("a", {"size": 1}, size=2), declared=CUSTOM, policy=POLICY)
        scene.carry_out(DispatchAction)
        scene.driver.will("create", NO)
        scene.carry_out(DispatchAction)
        scene.driver.put("old-a", size=1)
        undo(scene)
        request = scene.driver.undos[0]

        assert (request.operation, request.applied_spec) == (Operation.DELETE, None)
        assert request.applied.provider_id == "old-a"

    def test_a_config_from_before_that_means_something_else_now_is_seen_before_anything_is_sent(self) -> None:
        action = msgspec.structs.replace(
            updates("a", {}, size=2),
            current=msgspec.structs.replace(was("a", {}), applied_config={"size": "${SIZE}"}, config_hash="of another"),
        )

        refused(undoing(action, CUSTOM, environment={"SIZE": "1"}), compensate.NO_BEFORE_IMAGE)


@pytest.mark.parametrize("declared", [INVERSE, CUSTOM])
@pytest.mark.parametrize("action", [creates("a"), updates("a", {}, size=1), deletes("a", {})])
def test_without_a_driver_nothing_is_sent(action: PlanAction, declared: TypeDeclaration) -> None:
    scene = undoing(action, declared)
    del scene.drivers["p"]

    refused(scene, "no_driver")


def test_every_kind_of_undo_is_carried_out() -> None:
    kinds = {
        undoing(action).order(CompensateAction).undo
        for action in (creates("a"), updates("a", {}, x=1), deletes("a", {}))
    }

    assert kinds | {undoing(creates("a"), CUSTOM).order(CompensateAction).undo} == set(UndoKind)
