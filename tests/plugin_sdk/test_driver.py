"""What a driver gets for nothing: its types, its differences, its health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from wfctl.plugin_sdk import (
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    FieldChange,
    HealthRequest,
    MethodUnimplemented,
    NotFound,
    Output,
    ReadRequest,
    Ref,
    ResourceDriver,
    Spec,
    UpdateRequest,
)
from wfctl.plugin_sdk.driver import same


class Rigid(ResourceDriver):
    type = "x.thing"

    def create(self, request: CreateRequest) -> Output:
        return Output(request.spec.name)

    def read(self, request: ReadRequest) -> Output:
        if request.ref.provider_id == "gone":
            raise NotFound("gone")
        return Output(request.ref.provider_id, status="degraded")

    def delete(self, request: DeleteRequest) -> None:
        pass


class Pliable(Rigid):
    force_new = ("region",)

    def update(self, request: UpdateRequest) -> Output:
        return Output(request.ref.provider_id)


class Digesting(Pliable):
    def expected_outputs(self, spec: Spec) -> Mapping[str, Any]:
        return {"length": len(spec.config["text"])}


def changes(driver: ResourceDriver, config: dict[str, Any], outputs: dict[str, Any] | None) -> list[FieldChange]:
    current = None if outputs is None else Output("1", outputs)
    return list(driver.diff(DiffRequest(spec=Spec("a", "x.thing", config), current=current)).changes)


def test_nothing_changes_where_outputs_are_as_the_config_says() -> None:
    assert changes(Pliable(), {"size": 1, "tags": ["a"]}, {"size": 1.0, "tags": ["a"], "more": 1}) == []


def test_a_changed_field_is_named_with_both_values() -> None:
    assert changes(Pliable(), {"n": 2}, {"n": 1}) == [FieldChange("n", 1, 2)]


def test_a_field_that_needs_a_new_object_says_so() -> None:
    assert changes(Pliable(), {"region": "b"}, {"region": "a"}) == [FieldChange("region", "a", "b", force_new=True)]


def test_every_change_needs_a_new_object_if_the_driver_cannot_update() -> None:
    assert changes(Rigid(), {"n": 2}, {"n": 1}) == [FieldChange("n", 1, 2, force_new=True)]


def test_a_field_the_driver_does_not_report_counts_as_changed() -> None:
    assert changes(Pliable(), {"n": 2}, {}) == [FieldChange("n", None, 2)]


def test_a_driver_may_say_which_outputs_to_expect() -> None:
    assert changes(Digesting(), {"text": "tea"}, {"length": 3}) == []
    assert changes(Digesting(), {"text": "cake"}, {"length": 3}) == [FieldChange("length", 3, 4)]


def test_an_object_that_is_not_there_yet_has_everything_to_gain_and_nothing_to_replace() -> None:
    assert changes(Rigid(), {"region": "a"}, None) == [FieldChange("region", None, "a")]


@pytest.mark.parametrize("key", ["depends_on", "iac_provider", "protected", "provider", "size", "adopt_existing"])
def test_words_to_the_engine_are_compared_only_by_drivers_that_report_them(key: str) -> None:
    assert changes(Pliable(), {key: "new"}, {}) == []
    assert changes(Pliable(), {key: "new"}, {key: "old"}) == [FieldChange(key, "old", "new")]


def test_null_and_absence_are_the_same() -> None:
    assert changes(Pliable(), {"n": None}, {}) == []


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, None, True),
        ("1", 1, False),
        ([1, [2]], (1, (2.0,)), True),
        ([1], [1, 2], False),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
        ({"a": {"b": 1}}, {"a": {"b": True}}, False),
        ({"a": 1}, {"b": 1}, False),
        ([], {}, False),
    ],
)
def test_values_are_compared_as_json(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_a_driver_answers_to_its_type_and_to_the_form_other_engines_keep() -> None:
    class Infra(Rigid):
        type = "infra.thing"

    assert Rigid().types == ("x.thing", "infra.x_thing")
    assert Infra().types == ("infra.thing",)


def test_without_an_update_the_operation_is_unimplemented() -> None:
    with pytest.raises(MethodUnimplemented, match=r"x\.thing cannot be changed in place"):
        Rigid().update(UpdateRequest(ref=Ref("a", "x.thing", "1"), spec=Spec("a", "x.thing")))


@pytest.mark.parametrize(("identity", "healthy", "message"), [("1", True, "degraded"), ("gone", False, "gone")])
def test_health_is_existence(identity: str, healthy: bool, message: str) -> None:
    health = Rigid().health(HealthRequest(ref=Ref("a", "x.thing", identity)))
    assert health.healthy is healthy
    assert message in health.message
