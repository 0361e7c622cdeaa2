"""What a Read may prove: the cases of a call in doubt, one by one."""

from __future__ import annotations

import msgspec
import pytest

from tests.engine.fakes import TYPE, FakeDriver, document
from tests.engine.scene import Scene, creates, deletes, replaces, updates, was
from wfctl.core import events
from wfctl.core.commands import DispatchAction, ProbeAction
from wfctl.core.events import ActionApplied, ActionFailed, ActionFoundAbsent, ActionLeftInDoubt
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Effect, Idempotency, PlanAction, Provenance, ProviderDeclaration, RunPolicy, TypeDeclaration
from wfctl.engine.ports import Absence, CallFailed, Output, Reach

LOST = CallFailed(Reach.IN_DOUBT, Failure(code="unavailable", message="gone"))
BY_KEY = TypeDeclaration(reads_by_key=True)
BY_NAME = TypeDeclaration(reads_by_name=True)
NATURAL = TypeDeclaration(reads_by_name=True, idempotency=Idempotency.NATURAL)


def doubt(
    action: PlanAction,
    declared: TypeDeclaration = BY_KEY,
    *,
    policy: RunPolicy = RunPolicy(),  # noqa: B008  (frozen)
    before: Absence = Absence.LIKELY,
) -> Scene:
    """A run whose only call was lost before it reached the cloud. `before` is what a Read by name said before it."""
    scene = Scene(action, declared=declared, policy=policy)
    if declared.reads_by_name and not declared.reads_by_key:
        scene.driver.will("read", before)
    scene.driver.will(scene.state.facts[0].stops[0].step, LOST)
    scene.carry_out(DispatchAction)
    return scene


def found(scene: Scene, **more: object) -> Output:
    """Let the object that the lost create was to make be there."""
    key = scene.driver.last("create").tag
    assert key is not None
    return scene.driver.put("x", **{"key": key.key, **more})  # type: ignore[arg-type]


def code(event: events.Event) -> str:
    assert isinstance(event, ActionLeftInDoubt), event
    return event.failure.code


class TestCreate:
    def test_what_is_found_by_its_key_is_ours(self) -> None:
        scene = doubt(creates("a", size=1))
        command = scene.order(ProbeAction)
        found(scene, size=1)
        answer = scene.perform(command)

        assert isinstance(answer.event, ActionApplied)
        assert (answer.event.provider_id, answer.event.via) == ("x", "key")
        assert answer.event.provenance is Provenance.CREATED
        sent = scene.driver.last("read")
        assert (sent.lookup_key, sent.ref.provider_id) == (command.key, "")  # type: ignore[union-attr]

    def test_a_plugin_that_reads_by_key_need_not_repeat_the_key(self) -> None:
        scene = doubt(creates("a"))
        scene.driver.will("read", Output(name="a", type=TYPE, provider_id="x"))

        assert isinstance(scene.carry_out(ProbeAction), ActionApplied)

    def test_but_an_object_with_another_key_is_not_ours(self) -> None:
        scene = doubt(creates("a"))
        scene.driver.will("read", Output(name="a", type=TYPE, provider_id="x", idempotency_key="another"))

        assert code(scene.carry_out(ProbeAction)) == "cannot_claim"

    def test_what_is_found_by_its_name_with_our_key_is_ours(self) -> None:
        scene = doubt(creates("a"), BY_NAME)
        found(scene)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.via, event.provenance) == ("name", Provenance.CREATED)
        assert scene.driver.last("read").lookup_key == ""

    @pytest.mark.parametrize("key", ["", "another"])
    def test_a_name_alone_proves_nothing(self, key: str) -> None:
        scene = doubt(creates("a"), BY_NAME)
        found(scene, key=key)
        event = scene.carry_out(ProbeAction)

        assert code(event) == "cannot_claim"
        assert "id x" in event.failure.message  # type: ignore[union-attr]

    def test_a_unique_name_and_just_what_was_wanted_is_kept_but_never_called_ours(self) -> None:
        scene = doubt(creates("a", size=1), NATURAL)
        found(scene, key="", size=1)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.via, event.provenance) == ("name", Provenance.INFERRED)

    @pytest.mark.parametrize("declared", [BY_NAME, NATURAL])
    def test_what_was_not_there_before_is_kept_but_never_called_ours(self, declared: TypeDeclaration) -> None:
        scene = doubt(creates("a", size=1), declared, before=Absence.PROVEN)
        found(scene, key="", size=2)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.via, event.provenance, event.provider_id) == ("name", Provenance.INFERRED, "x")

    @pytest.mark.parametrize("more", [{"key": "another"}, {"key": "", "secret": True}])
    def test_but_not_what_somebody_else_made_meanwhile_or_came_without_its_secrets(
        self, more: dict[str, object]
    ) -> None:
        scene = doubt(creates("a"), BY_NAME, before=Absence.PROVEN)
        there = Output(
            name="a",
            type=TYPE,
            provider_id="x",
            idempotency_key=str(more["key"]),
            sensitive=("password",) if "secret" in more else (),
        )
        scene.driver.will("read", there)

        assert code(scene.carry_out(ProbeAction)) == "cannot_claim"

    @pytest.mark.parametrize("more", [{"key": "", "size": 2}, {"key": "another", "size": 1}])
    def test_something_else_under_a_unique_name_is_not_claimed(self, more: dict[str, object]) -> None:
        scene = doubt(creates("a", size=1), NATURAL)
        found(scene, **more)

        assert code(scene.carry_out(ProbeAction)) == "cannot_claim"

    def test_what_may_have_been_taken_over_is_not_called_created(self) -> None:
        scene = doubt(creates("a"), TypeDeclaration(reads_by_key=True, upsert=True))
        found(scene)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert event.provenance is Provenance.UPSERTED

    def test_an_identity_that_was_told_early_is_read_by_id(self) -> None:
        scene = Scene(creates("a"), declared=TypeDeclaration(early_identity=True))
        command = scene.order(DispatchAction)
        scene.record(events.ActionIdentified(action=0, provider_id="x"), events.RunResumed(epoch=2))
        scene.driver.put("x")
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.via, event.provenance, event.provider_id) == ("id", Provenance.CREATED, "x")
        assert scene.driver.last("read").lookup_key == ""
        assert command.key

    @pytest.mark.parametrize(
        ("reads", "proven"),
        [
            ((Absence.PROVEN, Absence.PROVEN), True),
            ((Absence.PROVEN, Absence.LIKELY), False),
            ((Absence.LIKELY, Absence.PROVEN), False),
            ((Absence.LIKELY, Absence.LIKELY), False),
        ],
    )
    def test_an_absence_takes_two_reads_and_is_as_sure_as_the_weaker_one(
        self, reads: tuple[Absence, Absence], proven: bool
    ) -> None:
        scene = doubt(creates("a"), TypeDeclaration(reads_by_key=True, read_lag_ms=250))
        scene.driver.will("read", *reads)

        assert scene.carry_out(ProbeAction) == ActionFoundAbsent(action=0, step="create", proven=proven)  # type: ignore[arg-type]
        assert scene.pauses == [0.25]

    def test_an_object_that_shows_late_is_found_by_the_second_read(self) -> None:
        scene = doubt(creates("a"))
        there = Output(name="a", type=TYPE, provider_id="x")
        scene.driver.will("read", Absence.PROVEN, there)

        assert isinstance(scene.carry_out(ProbeAction), ActionApplied)

    @pytest.mark.parametrize("reach", list(Reach))
    def test_a_read_that_fails_is_no_absence(self, reach: Reach) -> None:
        scene = doubt(creates("a"))
        scene.driver.will("read", CallFailed(reach, Failure(code="forbidden", message="no")))

        assert code(scene.carry_out(ProbeAction)) == "forbidden"

    def test_a_created_object_whose_secrets_were_lost_with_the_answer_exists_and_failed(self) -> None:
        scene = doubt(creates("a"))
        lost = Output(name="a", type=TYPE, provider_id="x", outputs=document(user="u"), sensitive=("password",))
        scene.driver.will("read", lost)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionFailed)
        assert (event.effect, event.provider_id) == (Existence.EXISTS, "x")
        assert event.failure.code == "sensitive_output_lost"

    def test_but_nothing_found_by_name_alone_is_ever_offered_to_an_undo(self) -> None:
        scene = doubt(creates("a"), NATURAL)
        scene.driver.will("read", Output(name="a", type=TYPE, provider_id="x", sensitive=("password",)))

        assert code(scene.carry_out(ProbeAction)) == "cannot_claim"

    def test_a_type_that_declares_nothing_is_asked_in_a_process_of_its_own_and_only_for_a_person(self) -> None:
        scene = doubt(creates("a"), TypeDeclaration())
        found(scene)
        event = scene.carry_out(ProbeAction)

        assert code(event) == "cannot_claim"
        assert "id x" in event.failure.message  # type: ignore[union-attr]
        assert [sent.call for sent in scene.driver.sent] == ["create", "read_aside"]

    @pytest.mark.parametrize(
        "aside", [Absence.LIKELY, Output(name="a", type=TYPE, provider_id=""), LOST], ids=["absent", "nameless", "lost"]
    )
    def test_where_that_finds_nothing_nobody_can_tell(self, aside: object) -> None:
        scene = doubt(creates("a"), TypeDeclaration())
        scene.driver.will("read_aside", aside)

        assert code(scene.carry_out(ProbeAction)) in ("cannot_probe", "unavailable")

    def test_reads_are_given_the_time_of_an_action(self) -> None:
        scene = doubt(creates("a"), policy=RunPolicy(action_timeout=5))
        scene.carry_out(ProbeAction)

        assert scene.driver.last("read").timeout == 5


class TestUpdate:
    def doubt(self, size: object) -> Scene:
        scene = doubt(updates("a", {"size": 1}, size=2))
        scene.driver.put("old-a", size=size)
        return scene

    def test_as_wanted_means_applied(self) -> None:
        event = self.doubt(2).carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.effect, event.provider_id, event.via) == (Effect.UPDATED, "old-a", "id")

    def test_as_before_means_not_applied(self) -> None:
        assert self.doubt(1).carry_out(ProbeAction) == ActionFoundAbsent(action=0, step="update")  # type: ignore[arg-type]

    def test_anything_else_needs_a_person(self) -> None:
        assert code(self.doubt(7).carry_out(ProbeAction)) == "half_applied"

    def test_without_a_config_from_before_nothing_can_be_called_unchanged(self) -> None:
        current = msgspec.structs.replace(was("a", {}), applied_config=None)
        scene = doubt(msgspec.structs.replace(updates("a", {}, size=2), current=current))
        scene.driver.put("old-a", size=1)

        assert code(scene.carry_out(ProbeAction)) == "half_applied"

    def test_an_object_that_is_gone_needs_a_person(self) -> None:
        assert code(doubt(updates("a", {}, size=2)).carry_out(ProbeAction)) == "gone"


class TestDelete:
    @pytest.mark.parametrize("reads", [(), (Absence.LIKELY, Absence.LIKELY), (Absence.LIKELY, Absence.PROVEN)])
    def test_even_a_likely_absence_seen_twice_means_deleted(self, reads: tuple[Absence, ...]) -> None:
        scene = doubt(deletes("a", {}))
        scene.driver.will("read", *reads)
        event = scene.carry_out(ProbeAction)

        assert isinstance(event, ActionApplied)
        assert (event.effect, event.via) == (Effect.DELETED, "id")

    def test_still_there_means_not_deleted(self) -> None:
        scene = doubt(deletes("a", {}))
        scene.driver.put("old-a")

        assert scene.carry_out(ProbeAction) == ActionFoundAbsent(action=0, step="delete")  # type: ignore[arg-type]

    def test_the_old_object_is_read_by_the_old_driver(self) -> None:
        old = FakeDriver(ProviderDeclaration(name="q"))
        scene = Scene(replaces("a", {}, old_type="was", old_provider="q"), more={"q": old})
        old.will("delete", LOST)
        scene.carry_out(DispatchAction)
        scene.carry_out(ProbeAction)

        ref = old.last("read").ref
        assert ref is not None
        assert (ref.type, ref.provider_id) == ("was", "old-a")
        assert scene.driver.sent == []


@pytest.mark.parametrize("action", [creates("a"), updates("a", {})])
def test_without_a_driver_the_doubt_stays(action: PlanAction) -> None:
    scene = doubt(action)
    del scene.drivers["p"]

    assert code(scene.carry_out(ProbeAction)) == "no_driver"


def test_a_config_that_cannot_be_filled_in_leaves_the_doubt() -> None:
    scene = Scene(creates("a", size="${SIZE}"), declared=BY_KEY)
    scene.order(DispatchAction)
    scene.record(events.RunResumed(epoch=2))

    assert code(scene.carry_out(ProbeAction)) == "unfilled"
