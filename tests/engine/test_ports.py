"""The values that cross a port: what they mean by themselves."""

from __future__ import annotations

import msgspec
import pytest

from wfctl.core.events import BackoffElapsed
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import FieldChange
from wfctl.engine.ports import Answer, Batch, CallFailed, Diff, HookCall, Reach, SecretWrite, UndoAnswer

SIZE = FieldChange(path="size", old=1, new=2)


@pytest.mark.parametrize(
    ("diff", "empty"),
    [
        (Diff(), True),
        (Diff(changes=(SIZE,)), True),
        (Diff(needs_update=True), False),
        (Diff(needs_replace=True), False),
        (Diff(changes=(msgspec.structs.replace(SIZE, force_new=True),)), False),
    ],
)
def test_a_difference_is_what_the_driver_wants_to_act_upon(diff: Diff, empty: bool) -> None:
    assert diff.empty is empty


def test_a_failed_call_carries_what_is_known_and_supposes_nothing() -> None:
    plain = CallFailed(Reach.REFUSED, Failure(code="quota", message="no room"))
    rich = CallFailed(
        Reach.ANSWERED,
        Failure(code="half", message=""),
        effect=Existence.EXISTS,
        provider_id="x",
        plugin_died=True,
    )

    assert (str(plain), plain.effect, plain.provider_id, plain.plugin_died) == ("no room", None, "", False)
    assert (rich.effect, rich.provider_id, rich.plugin_died) == (Existence.EXISTS, "x", True)


def test_an_answer_alone_brings_no_documents_and_no_secrets() -> None:
    answer = Answer(event=BackoffElapsed(action=0))

    assert (answer.documents, answer.secrets) == ({}, ())
    assert Batch(records=()).outcome is None


@pytest.mark.parametrize(
    "value",
    [
        Answer(event=BackoffElapsed(action=0)),
        Batch(records=()),
        SecretWrite(name="a_b", resource="a", value="x"),
        HookCall(argv=("true",), stdin=b"", environment={}, timeout=1),
        UndoAnswer(done=True),
    ],
)
def test_what_crosses_cannot_be_changed_on_the_way(value: msgspec.Struct) -> None:
    with pytest.raises(AttributeError):
        setattr(value, value.__struct_fields__[0], None)
