"""Mistakes an author hears of before anything starts."""

from __future__ import annotations

import pytest

from wfctl.plugin_sdk import (
    Compensable,
    CompensateRequest,
    Compensation,
    CreateRequest,
    DeleteRequest,
    Output,
    Provider,
    ReadRequest,
    ResourceDriver,
    Undo,
    UndoOutcome,
    UndoResult,
)


class Thing(ResourceDriver):
    type = "x.thing"

    def create(self, request: CreateRequest) -> Output:
        return Output(request.spec.name)

    def read(self, request: ReadRequest) -> Output:
        return Output(request.ref.provider_id)

    def delete(self, request: DeleteRequest) -> None:
        pass


class Promising(Compensable, Thing):
    compensation = Compensation(update=Undo.CUSTOM)


class Keeping(Promising):
    def compensate(self, request: CompensateRequest) -> UndoOutcome:
        return UndoOutcome(UndoResult.DONE)


class Alias(Thing):
    type = "infra.x_thing"


class Text(Thing):
    force_new = "region"


def test_a_provider_knows_its_drivers_by_every_type() -> None:
    thing = Thing()
    assert Provider("x", "1", [thing]).drivers == {"x.thing": thing, "infra.x_thing": thing}


@pytest.mark.parametrize(
    ("drivers", "complaint"),
    [
        ([], "at least one driver"),
        ([Thing(), Thing()], "two drivers claim x.thing"),
        ([Thing(), Alias()], "two drivers claim infra.x_thing"),
        ([Promising()], r"declares Undo\.CUSTOM but has no compensate"),
        ([Text()], "force_new of x.thing is a text"),
    ],
)
def test_contradictions_are_named(drivers: list[ResourceDriver], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Provider("x", "1", drivers)


def test_a_promise_that_is_kept_is_fine() -> None:
    assert len(Provider("x", "1", [Keeping()]).drivers) == 2


def test_secrets_stay_out_of_reprs() -> None:
    from wfctl.plugin_sdk import FieldChange, Spec

    texts = [
        Spec("a", "t", {"password": "hunter2"}),
        Output("1", {"p": "hunter2"}),
        FieldChange("p", "hunter2", "hunter2"),
    ]
    assert not any("hunter2" in repr(text) for text in texts)
