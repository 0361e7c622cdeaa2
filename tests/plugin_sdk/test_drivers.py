"""The RPCs of a driver, as an engine sees them: over the wire, with files as the world."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message

from tests.plugin_sdk.child import PATIENCE, Child, failed, started
from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import iac_pb2_grpc

KEY = "ab" * 32


def spec(name: str = "a", kind: str = "shelf.box", /, **config: object) -> pb.ResourceSpec:
    return pb.ResourceSpec(name=name, type=kind, config_json=json.dumps(config).encode())


def ref(provider_id: str = "box-a", name: str = "a", kind: str = "shelf.box") -> pb.ResourceRef:
    return pb.ResourceRef(name=name, type=kind, provider_id=provider_id)


def create(shelf: Child, kind: str = "shelf.box", key: str = KEY, **config: object) -> pb.ResourceOutput:
    message = pb.ResourceCreateRequest(resource_type=kind, spec=spec("a", kind, **config))
    answer: pb.ResourceCreateResponse = shelf.call("ResourceDriver/Create", message, idempotency_key=key)
    return answer.output


def read(kind: str = "shelf.box", **fields: str) -> pb.ResourceReadRequest:
    return pb.ResourceReadRequest(resource_type=kind, ref=ref(kind=kind, **fields))


def test_create_makes_the_object_and_reports_it(shelf: Child, folder: Path) -> None:
    output = create(shelf, content="tea")
    assert json.loads((folder / "box-a").read_text())["config"] == {"content": "tea"}
    assert (output.name, output.type, output.provider_id, output.status) == ("a", "shelf.box", "box-a", "running")
    assert json.loads(output.outputs_json)["content"] == "tea"
    assert output.idempotency_key == KEY
    assert not output.adopted


def test_outputs_are_hidden_by_driver_and_by_output(shelf: Child) -> None:
    assert dict(create(shelf).sensitive) == {"combination": True, "sha256": True}


def test_every_type_is_served_in_the_form_other_engines_keep(shelf: Child) -> None:
    assert create(shelf, kind="infra.shelf_box").type == "infra.shelf_box"


def test_no_config_and_an_empty_one_are_both_empty(shelf: Child, folder: Path) -> None:
    message = pb.ResourceCreateRequest(resource_type="shelf.box", spec=pb.ResourceSpec(name="a"))
    shelf.call("ResourceDriver/Create", message)
    assert json.loads((folder / "box-a").read_text())["config"] == {}


def test_read_by_identity_name_or_key(shelf: Child) -> None:
    create(shelf)
    by_id = shelf.call("ResourceDriver/Read", read())
    by_name = shelf.call("ResourceDriver/Read", read(provider_id=""))
    by_key = shelf.call("ResourceDriver/Read", read(provider_id="", name="?"), lookup_key=KEY)
    assert by_id.output.provider_id == by_name.output.provider_id == by_key.output.provider_id == "box-a"


def test_read_by_key_finds_no_other_object(shelf: Child) -> None:
    create(shelf)
    failure = shelf.failure("ResourceDriver/Read", read(provider_id=""), lookup_key="cd" * 32)
    assert failure.text == "iac: resource not found: a"


def test_a_driver_that_reads_by_identity_is_never_asked_without_one(shelf: Child) -> None:
    failure = shelf.failure("ResourceDriver/Read", read("shelf.tank", provider_id=""), lookup_key=KEY)
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT


def test_update_sets_the_object(shelf: Child, folder: Path) -> None:
    create(shelf, content="tea")
    message = pb.ResourceUpdateRequest(resource_type="shelf.box", ref=ref(), spec=spec(content="cake"))
    output = shelf.call("ResourceDriver/Update", message).output
    assert json.loads((folder / "box-a").read_text())["config"] == {"content": "cake"}
    assert json.loads(output.outputs_json)["content"] == "cake"


def test_delete_removes_the_object_and_does_not_mind_that_it_is_gone(shelf: Child, folder: Path) -> None:
    create(shelf)
    message = pb.ResourceDeleteRequest(resource_type="shelf.box", ref=ref())
    shelf.call("ResourceDriver/Delete", message)
    assert list(folder.iterdir()) == []
    shelf.call("ResourceDriver/Delete", message)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("Update", pb.ResourceUpdateRequest(resource_type="shelf.box", ref=ref(""), spec=spec())),
        ("Delete", pb.ResourceDeleteRequest(resource_type="shelf.box", ref=ref(""))),
        ("Scale", pb.ResourceScaleRequest(resource_type="shelf.box", ref=ref(""))),
    ],
)
def test_nothing_is_changed_by_name_alone(shelf: Child, folder: Path, method: str, message: Message) -> None:
    create(shelf)
    failure = shelf.failure(f"ResourceDriver/{method}", message)
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert (folder / "box-a").exists()


def test_diff_names_what_changed(shelf: Child) -> None:
    current = create(shelf, content="tea", colour="red")
    same = pb.ResourceDiffRequest(resource_type="shelf.box", desired=spec(content="tea", colour="red"), current=current)
    other = pb.ResourceDiffRequest(resource_type="shelf.box", desired=spec(content=1, colour="red"), current=current)
    anew = pb.ResourceDiffRequest(
        resource_type="shelf.box", desired=spec(content="tea", colour="blue"), current=current
    )
    assert shelf.call("ResourceDriver/Diff", same).result == pb.DiffResult()
    assert shelf.call("ResourceDriver/Diff", other).result == pb.DiffResult(
        needs_update=True, changes=[pb.FieldChange(path="content", old_json=b'"tea"', new_json=b"1")]
    )
    assert shelf.call("ResourceDriver/Diff", anew).result == pb.DiffResult(
        needs_replace=True,
        changes=[pb.FieldChange(path="colour", old_json=b'"red"', new_json=b'"blue"', force_new=True)],
    )


def test_health_follows_from_existence(shelf: Child) -> None:
    message = pb.ResourceHealthCheckRequest(resource_type="shelf.box", ref=ref())
    gone = shelf.call("ResourceDriver/HealthCheck", message).result
    create(shelf)
    there = shelf.call("ResourceDriver/HealthCheck", message).result
    assert (gone.healthy, gone.message) == (False, "iac: resource not found: a")
    assert (there.healthy, there.message) == (True, "running")


def test_abilities_of_one_driver_are_not_those_of_another(shelf: Child) -> None:
    scaled = shelf.call(
        "ResourceDriver/Scale", pb.ResourceScaleRequest(resource_type="shelf.box", ref=ref(), replicas=3)
    )
    found = shelf.call(
        "ResourceDriver/Troubleshoot",
        pb.TroubleshootRequest(resource_type="shelf.box", ref=ref(), failure_msg="stuck"),
    )
    tank = ref("tank-a", kind="shelf.tank")
    cannot = [
        ("Scale", pb.ResourceScaleRequest(resource_type="shelf.tank", ref=tank)),
        ("Troubleshoot", pb.TroubleshootRequest(resource_type="shelf.tank", ref=tank)),
        ("Update", pb.ResourceUpdateRequest(resource_type="shelf.tank", ref=tank)),
    ]
    assert json.loads(scaled.output.outputs_json) == {"replicas": 3}
    (hint,) = found.diagnostics
    assert (hint.id, hint.phase, hint.cause, hint.detail) == ("lid", "create", "a has a lid", "stuck")
    assert hint.at.seconds > 0
    for method, message in cannot:
        failure = shelf.failure(f"ResourceDriver/{method}", message)
        assert failure.code is grpc.StatusCode.UNIMPLEMENTED
        assert failure.text.startswith("iac: provider method unimplemented")


def test_sensitive_keys_are_known_before_configuration() -> None:
    with started("shelf") as fresh:
        keys = fresh.call("ResourceDriver/SensitiveKeys", pb.SensitiveKeysRequest(resource_type="shelf.box")).keys
        assert list(keys) == ["combination"]
        assert fresh.failure("ResourceDriver/Read", read()).code is grpc.StatusCode.FAILED_PRECONDITION


def test_a_type_nobody_drives_and_no_type_at_all(shelf: Child) -> None:
    unknown = shelf.failure("ResourceDriver/Read", pb.ResourceReadRequest(resource_type="shelf.hat"))
    empty = shelf.failure("ResourceDriver/Read", pb.ResourceReadRequest())
    assert unknown.code is grpc.StatusCode.NOT_FOUND
    assert "shelf.box" in unknown.text
    assert empty.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("config", [b"{", b"[1]", b'"text"', b"\xff"])
def test_a_config_that_is_no_object_is_refused(shelf: Child, folder: Path, config: bytes) -> None:
    message = pb.ResourceCreateRequest(resource_type="shelf.box", spec=pb.ResourceSpec(name="a", config_json=config))
    assert shelf.failure("ResourceDriver/Create", message).code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(folder.iterdir()) == []


# A create that tells its identity early.


def test_the_stream_tells_the_identity_before_the_output(shelf: Child) -> None:
    events = list(stream(shelf, "shelf.tank"))
    assert [event.WhichOneof("event") for event in events] == ["progress", "provider_id", "progress", "output"]
    assert events[1].provider_id == events[3].output.provider_id == "tank-a"
    assert json.loads(events[3].output.outputs_json) == {"litres": 3}


def test_the_stream_serves_drivers_that_know_nothing_early(shelf: Child) -> None:
    assert [event.WhichOneof("event") for event in stream(shelf, "shelf.box")] == ["output"]


def test_the_plain_create_of_such_a_driver_answers_as_any_other(shelf: Child) -> None:
    assert create(shelf, "shelf.tank").provider_id == "tank-a"


@pytest.mark.parametrize(
    ("then", "text"),
    [
        ("leak", "iac: transient error: it leaks"),
        ("burst", "OSError: it burst"),
        ("refuse", "iac: resource already exists: somebody else's tank"),
    ],
)
def test_a_failure_after_the_identity_claims_no_object(shelf: Child, then: str, text: str) -> None:
    message = pb.ResourceCreateRequest(resource_type="shelf.tank", spec=spec("a", "shelf.tank", then=then))
    failure = shelf.failure("ResourceDriver/Create", message)
    assert (failure.code, failure.text) == (grpc.StatusCode.UNKNOWN, text)
    assert "wfctl-provider-id" not in failure.trailing


def test_the_stream_fails_as_the_call_does(shelf: Child) -> None:
    events = stream(shelf, "shelf.tank", then="leak")
    assert [next(events).WhichOneof("event") for _ in range(3)] == ["progress", "provider_id", "progress"]
    with pytest.raises(grpc.RpcError) as caught:
        next(events)
    assert failed(caught.value).text == "iac: transient error: it leaks"


def test_a_create_is_closed_when_the_engine_gives_up(shelf: Child, folder: Path) -> None:
    closed = folder / "closed"
    os.mkfifo(closed)
    events = stream(shelf, "shelf.tank", then="drip", file=str(closed))
    assert "drip" in (event.progress for event in events)
    del events
    assert closed.read_text() == "closed"


def stream(shelf: Child, kind: str, **config: object) -> Iterator[pb.CreateEvent]:
    message = pb.ResourceCreateRequest(resource_type=kind, spec=spec("a", kind, **config))
    return iter(iac_pb2_grpc.IaCProviderCreateStreamStub(shelf.channel).Create(message, timeout=PATIENCE))


# What is declared, and undo.


def test_traits_are_those_declared(shelf: Child) -> None:
    answer = shelf.call("IaCProviderTraits/DescribeTraits")
    traits = {one.resource_type: one for one in answer.traits}
    assert (answer.max_concurrency, answer.max_rps) == (6, 2.5)
    assert list(traits) == ["shelf.box", "infra.shelf_box", "shelf.tank", "infra.shelf_tank"]
    assert traits["shelf.tank"] == pb.ResourceTraits(resource_type="shelf.tank", identity=pb.IDENTITY_TIMING_EARLY)
    assert traits["shelf.box"] == pb.ResourceTraits(
        resource_type="shelf.box",
        reads_by_name=True,
        reads_by_key=True,
        idempotency=pb.IDEMPOTENCY_KEY,
        read_lag_ms=5,
        max_concurrency=4,
        create_before_delete=True,
        upsert=True,
    )


def test_traits_can_be_asked_for_some_types(shelf: Child) -> None:
    message = pb.DescribeTraitsRequest(resource_types=["shelf.tank", "shelf.hat"])
    assert [one.resource_type for one in shelf.call("IaCProviderTraits/DescribeTraits", message).traits] == [
        "shelf.tank"
    ]


def test_policies_are_those_declared(shelf: Child) -> None:
    policies = shelf.call("IaCProviderCompensator/DescribeCompensation").policies
    assert [one.resource_type for one in policies] == ["shelf.box", "infra.shelf_box"]
    assert policies[0] == pb.CompensationPolicy(
        resource_type="shelf.box",
        create=pb.COMPENSATION_MODE_INVERSE,
        update=pb.COMPENSATION_MODE_CUSTOM,
        replace=pb.COMPENSATION_MODE_NONE,
        delete=pb.COMPENSATION_MODE_NONE,
        stateless=True,
        fingerprint_output="sha256",
        irreversible_fields=["colour"],
        emptiness_output="empty",
        undo_timeout_seconds=30,
    )


def test_a_custom_undo_sees_both_images_and_shows_its_evidence(shelf: Child, folder: Path) -> None:
    create(shelf, content="cake")
    message = pb.CompensateRequest(
        resource_type="shelf.box",
        operation=pb.PLAN_OPERATION_UPDATE,
        applied=ref(),
        applied_spec=spec(content="cake"),
        applied_outputs_json=b'{"content":"cake"}',
        prior=ref(),
        prior_spec=spec(content="tea"),
        prior_outputs_json=b'{"content":"tea"}',
        run_id="r-1",
        action_index=2,
        forward_key="f",
        undo_key="u",
        attempt=3,
    )
    answer = shelf.call("IaCProviderCompensator/Compensate", message)
    assert answer.result == pb.UNDO_RESULT_DONE
    assert answer.restored.provider_id == "box-a"
    assert json.loads((folder / "box-a").read_text()) == {"name": "a", "key": "u", "config": {"content": "tea"}}
    assert json.loads(answer.evidence_json) == {
        "forward_key": "f",
        "key": "u",
        "attempt": 3,
        "operation": "UPDATE",
        "applied": {"content": "cake"},
        "prior": {"content": "tea"},
    }


def test_an_undo_may_be_refused(shelf: Child) -> None:
    message = pb.CompensateRequest(resource_type="shelf.box", operation=pb.PLAN_OPERATION_UPDATE, applied=ref())
    answer = shelf.call("IaCProviderCompensator/Compensate", message)
    assert (answer.result, answer.code) == (pb.UNDO_RESULT_REFUSED, "no_before_image")
    assert not answer.HasField("restored")


def test_an_undo_of_nothing_in_particular_or_of_a_driver_without_one(shelf: Child) -> None:
    nothing = shelf.failure("IaCProviderCompensator/Compensate", pb.CompensateRequest(resource_type="shelf.box"))
    without = shelf.failure("IaCProviderCompensator/Compensate", pb.CompensateRequest(resource_type="shelf.tank"))
    assert nothing.code is grpc.StatusCode.INVALID_ARGUMENT
    assert without.code is grpc.StatusCode.UNIMPLEMENTED


def test_what_exists_can_be_listed(shelf: Child) -> None:
    create(shelf)
    every = shelf.call("IaCProviderEnumerator/EnumerateAll").outputs
    boxes = shelf.call(
        "IaCProviderEnumerator/EnumerateAll", pb.EnumerateAllRequest(resource_type="infra.shelf_box")
    ).outputs
    assert [(one.type, one.name, one.provider_id) for one in every] == [("shelf.box", "a", "box-a")]
    assert [one.type for one in boxes] == ["infra.shelf_box"]
    tanks = shelf.failure("IaCProviderEnumerator/EnumerateAll", pb.EnumerateAllRequest(resource_type="shelf.tank"))
    assert tanks.code is grpc.StatusCode.UNIMPLEMENTED
    assert shelf.failure("IaCProviderEnumerator/EnumerateByTag").code is grpc.StatusCode.UNIMPLEMENTED
