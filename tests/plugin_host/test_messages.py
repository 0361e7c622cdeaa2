from __future__ import annotations

import pytest

from wfctl.core.outcome import Existence
from wfctl.core.plan import FieldChange, Hints, Operation, ResourceSpec
from wfctl.engine.ports import CallFailed, CallTag, FinalizeEntry, Output, Reach, Ref, UndoRequest
from wfctl.plugin_host import messages
from wfctl.plugin_host.messages import UnreadableError
from wfctl.protocol import iac_pb2 as pb

REF = Ref(name="a", type="t", provider_id="id-1")
NEW = Ref(name="a", type="t")


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (None, b""),
        ({}, b"{}"),
        ({"a": 1, "b": 1.0, "c": 12345678901234567890123}, b'{"a":1,"b":1.0,"c":12345678901234567890123}'),
        ({"é": ["\u2028", None, True]}, '{"é":["\u2028",null,true]}'.encode()),
        ([1], b"[1]"),
    ],
)
def test_json_keeps_its_values_and_its_numbers(value: object, body: bytes) -> None:
    assert messages.write_json(value) == body
    assert messages.read_json("x", body) == value


def test_numbers_stay_whole_or_broken() -> None:
    assert repr(messages.read_json("x", b"[1, 1.0, 9007199254740993]")) == "[1, 1.0, 9007199254740993]"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a":"\xff"}', b"{} {}", b"NaN", b'{"a":' * 9000, b'{"a":1e999}'])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="outputs_json is no JSON"):
        messages.read_json("outputs_json", body)


def test_objects_may_be_missing_but_nothing_else() -> None:
    assert messages.read_object("x", b"") is None
    assert messages.read_object("x", b"null") is None
    assert messages.read_object("x", b"{}") == {}
    with pytest.raises(UnreadableError, match="no JSON object"):
        messages.read_object("x", b"[]")


def test_a_spec() -> None:
    spec = ResourceSpec(name="a", type="t", config={"x": 1}, size="m", hints=Hints(cpu="2"), depends_on=("b",))
    written = messages.write_spec(spec)
    assert written == pb.ResourceSpec(
        name="a", type="t", config_json=b'{"x":1}', size="m", hints=pb.ResourceHints(cpu="2"), depends_on=["b"]
    )
    bare = messages.write_spec(ResourceSpec(name="a", type="t"))
    assert (bare.config_json, bare.HasField("hints"), list(bare.depends_on)) == (b"", False, [])


def test_an_output_there_and_back() -> None:
    output = Output(
        name="a", type="t", provider_id="id-1", outputs={"port": 1, "key": "s"}, sensitive=("key",), status="running"
    )
    assert messages.read_output(messages.write_output(output), REF, ()) == output


def test_an_output_takes_what_it_leaves_out_from_what_was_asked() -> None:
    message = pb.ResourceOutput(adopted=True, idempotency_key="k", sensitive={"b": True, "c": False})
    assert messages.read_output(message, REF, ("a", "b")) == Output(
        name="a", type="t", provider_id="id-1", sensitive=("a", "b"), adopted=True, idempotency_key="k"
    )


def test_an_endless_id_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="provider_id"):
        messages.read_output(pb.ResourceOutput(provider_id="x" * 5000), REF, ())


@pytest.mark.parametrize(
    ("message", "asked", "code", "reach", "provider_id"),
    [
        (pb.ResourceOutput(name="a", type="t"), NEW, "identity_missing", Reach.IN_DOUBT, ""),
        (pb.ResourceOutput(provider_id="i", outputs_json=b"{"), NEW, "answer_unreadable", Reach.ANSWERED, "i"),
        (pb.ResourceOutput(provider_id="i", outputs_json=b"[]"), NEW, "answer_unreadable", Reach.ANSWERED, "i"),
        (pb.ResourceOutput(provider_id="i", name="b"), NEW, "identity_mismatch", Reach.ANSWERED, "i"),
        (pb.ResourceOutput(provider_id="i", type="u"), NEW, "identity_mismatch", Reach.ANSWERED, "i"),
        (pb.ResourceOutput(outputs_json=b"{"), REF, "answer_unreadable", Reach.ANSWERED, "id-1"),
        (pb.ResourceOutput(provider_id="x" * 5000), NEW, "answer_unreadable", Reach.ANSWERED, "x" * 4096),
    ],
)
def test_a_success_that_cannot_be_used_is_an_effect(
    message: pb.ResourceOutput, asked: Ref, code: str, reach: Reach, provider_id: str
) -> None:
    with pytest.raises(CallFailed) as caught:
        messages.read_effect(message, asked, (), str)
    failure = caught.value
    assert (failure.failure.code, failure.reach, failure.effect) == (code, reach, Existence.EXISTS)
    assert failure.provider_id == provider_id


def test_an_update_need_not_repeat_what_is_known_and_may_bring_a_new_id() -> None:
    assert messages.read_effect(pb.ResourceOutput(), REF, (), str).provider_id == "id-1"
    assert messages.read_effect(pb.ResourceOutput(provider_id="id-2"), REF, (), str).provider_id == "id-2"


def test_a_diff() -> None:
    message = pb.DiffResult(
        needs_update=True, changes=[pb.FieldChange(path="p", old_json=b"", new_json=b"[1]", force_new=True)]
    )
    diff = messages.read_diff(message)
    assert (diff.needs_update, diff.needs_replace) == (True, False)
    assert diff.changes == (FieldChange(path="p", old=None, new=[1], force_new=True),)
    assert messages.read_diff(pb.DiffResult()).empty
    with pytest.raises(UnreadableError, match="new_json"):
        messages.read_diff(pb.DiffResult(changes=[pb.FieldChange(new_json=b"{")]))


def test_an_undo() -> None:
    request = UndoRequest(
        operation=Operation.REPLACE,
        applied=REF,
        applied_spec=ResourceSpec(name="a", type="t", config={"n": 2}),
        applied_outputs={"x": 1},
        prior=Ref(name="a", type="old", provider_id="id-0"),
        prior_spec=ResourceSpec(name="a", type="old", config={"n": 1}),
        prior_outputs=None,
        forward_key="f",
    )
    written = messages.write_undo(request, CallTag(run_id="r", action=4, attempt=2, key="u"))
    assert written == pb.CompensateRequest(
        resource_type="t",
        operation=pb.PLAN_OPERATION_REPLACE,
        applied=pb.ResourceRef(name="a", type="t", provider_id="id-1"),
        applied_spec=pb.ResourceSpec(name="a", type="t", config_json=b'{"n":2}'),
        applied_outputs_json=b'{"x":1}',
        prior=pb.ResourceRef(name="a", type="old", provider_id="id-0"),
        prior_spec=pb.ResourceSpec(name="a", type="old", config_json=b'{"n":1}'),
        run_id="r",
        action_index=4,
        forward_key="f",
        undo_key="u",
        attempt=2,
    )


@pytest.mark.parametrize(
    ("result", "done"),
    [
        (pb.UNDO_RESULT_DONE, True),
        (pb.UNDO_RESULT_NOTHING_TO_UNDO, True),
        (pb.UNDO_RESULT_REFUSED, False),
        (pb.UNDO_RESULT_UNSPECIFIED, False),
        (99, False),
    ],
)
def test_the_answer_to_an_undo(result: pb.UndoResult, *, done: bool) -> None:
    answer = messages.read_undo(pb.CompensateResponse(result=result, code="c", message="m"), REF, (), str.upper)
    assert (answer.done, answer.code, answer.message, answer.restored) == (done, "C", "M", None)


def test_what_an_undo_restored() -> None:
    restored = pb.ResourceOutput(provider_id="id-9", outputs_json=b"{}")
    answer = messages.read_undo(
        pb.CompensateResponse(result=pb.UNDO_RESULT_DONE, restored=restored), REF, ("key",), str
    )
    assert answer.restored == Output(name="a", type="t", provider_id="id-9", outputs={}, sensitive=("key",))


def test_finalize_there_and_back() -> None:
    entry = FinalizeEntry(action=1, operation=Operation.DELETE, ref=REF)
    written = messages.write_finalize("r", "p", [entry])
    assert (written.run_id, written.plan_id) == ("r", "p")
    assert written.applied[0] == pb.AppliedAction(
        action_index=1, operation=pb.PLAN_OPERATION_DELETE, ref=messages.write_ref(REF)
    )
    answer = messages.read_finalize(
        pb.FinalizeApplyResponse(
            errors=[pb.ActionError(resource="r", action="flush", error="no")],
            actions=[
                pb.ActionResult(status=pb.ACTION_STATUS_COMPENSATED, resource_name="a", resource_type="t"),
                pb.ActionResult(action_index=0, status=pb.ACTION_STATUS_ERROR, error="e", code="c", provider_id="i"),
            ],
        ),
        str,
    )
    assert answer.errors == ("r/flush: no",)
    assert [(one.action, one.status, one.name, one.error) for one in answer.results] == [
        (None, 4, "a", ""),
        (0, 2, "", "e"),
    ]
