"""What comes with a call, and how its failure leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import unquote

import grpc
import pytest

from tests.plugin_sdk.child import Child, Failed, started
from wfctl.protocol import iac_pb2 as pb

UNKNOWN = grpc.StatusCode.UNKNOWN


@pytest.fixture(scope="module")
def parrot() -> Iterator[Child]:
    with started("parrot") as child:
        child.call("IaCProviderRequired/Initialize")
        yield child


def create(**config: object) -> pb.ResourceCreateRequest:
    spec = pb.ResourceSpec(name="a", config_json=json.dumps(config).encode(), size="m", depends_on=["b"])
    return pb.ResourceCreateRequest(resource_type="parrot.parrot", spec=spec)


def failing(parrot: Child, how: str) -> Failed:
    return parrot.failure("ResourceDriver/Create", create(fail=how))


def said(parrot: Child, **metadata: str) -> dict[str, object]:
    answer: pb.ResourceCreateResponse = parrot.call("ResourceDriver/Create", create(), **metadata)
    outputs: dict[str, object] = json.loads(answer.output.outputs_json)
    return outputs


def test_a_request_carries_what_the_engine_sends(parrot: Child) -> None:
    heard = said(parrot, run_id="r-1", action="7", attempt="2", idempotency_key="ab")
    assert heard["run_id"] == "r-1"
    assert heard["action"] == 7
    assert heard["attempt"] == 2
    assert heard["idempotency_key"] == "ab"
    assert heard["size"] == "m"
    assert heard["depends_on"] == ["b"]


@pytest.mark.parametrize("odd", [{}, {"action": "", "attempt": "two"}, {"action": "-1", "attempt": "1.5"}])
def test_engines_that_send_nothing_or_oddities_are_served(parrot: Child, odd: dict[str, str]) -> None:
    heard = said(parrot, **odd)
    assert (heard["run_id"], heard["action"], heard["attempt"], heard["idempotency_key"]) == ("", None, 1, "")


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("already_exists", "iac: resource already exists: bucket b"),
        ("bare", "iac: resource not found"),
        ("forbidden", "iac: forbidden: no write"),
        ("image", "iac: image tag or digest not found in registry: web:1"),
        ("not_found", "iac: resource not found: bucket b"),
        ("rate_limited", "iac: rate limited: slow down"),
        ("transient", "iac: transient error: 502"),
        ("unauthorized", "iac: unauthorized: token"),
        ("validation", "iac: validation error: name is too long"),
        ("unnamed", "odd"),
        ("unexpected", "KeyError: 'x'"),
        ("silent", "RuntimeError: "),
        ("surrogate", "RuntimeError: \\udcff"),
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt: "),
    ],
)
def test_a_failure_crosses_the_wire_as_unknown_with_its_text(parrot: Child, how: str, text: str) -> None:
    assert failing(parrot, how) == Failed(UNKNOWN, text, {})


def test_an_operation_that_is_not_offered_says_so_by_code_and_text(parrot: Child) -> None:
    failure = failing(parrot, "unimplemented")
    assert failure == Failed(grpc.StatusCode.UNIMPLEMENTED, "iac: provider method unimplemented: paint", {})


def test_the_wait_a_provider_asks_for_is_passed_on(parrot: Child) -> None:
    failure = failing(parrot, "rate_limited_for")
    assert failure.text == "iac: rate limited: slow down (try again in 2.5 s)"
    assert failure.trailing == {"wfctl-retry-after": "2.500"}


def test_an_object_that_exists_in_spite_of_the_failure_is_named(parrot: Child) -> None:
    failure = failing(parrot, "partly")
    assert failure == Failed(UNKNOWN, "partly applied, vol-1 exists: no DNS yet", {"wfctl-provider-id": "vol-1"})


def test_only_a_failure_nobody_expected_leaves_a_traceback() -> None:
    with started("parrot") as talkative:
        talkative.call("IaCProviderRequired/Initialize")
        printed = talkative.printed()
        failing(talkative, "forbidden")
        failing(talkative, "unexpected")
        logged = b""
        while b"KeyError" not in logged:
            logged += next(printed).data
    assert b"[ERROR] workflow.plugin.external.iac.ResourceDriver.Create failed" in logged
    assert b"Traceback" in logged
    assert b"Forbidden" not in logged


def test_any_identity_fits_into_the_header(parrot: Child) -> None:
    encoded = failing(parrot, "partly_odd_id").trailing["wfctl-provider-id"]
    assert encoded == "a%20b/%C3%BC%25%0A"
    assert unquote(encoded) == "a b/ü%\n"


@pytest.mark.parametrize("cause", ["rate_limited", "forbidden", "bare"])
def test_the_cause_of_a_partial_failure_does_not_read_as_nothing_changed(parrot: Child, cause: str) -> None:
    failure = parrot.failure("ResourceDriver/Create", create(partly_because=cause))
    assert "iac: " not in failure.text
    assert failure.trailing == {"wfctl-provider-id": "vol-1"}


def test_a_long_text_is_cut_to_what_a_header_holds(parrot: Child) -> None:
    failure = failing(parrot, "long")
    assert failure.code is UNKNOWN
    assert failure.text.startswith("RuntimeError: üüü")
    assert failure.text.endswith("ü…")
    assert len(failure.text.encode()) <= 2048


@pytest.mark.parametrize(
    ("answer", "known"),
    [("none", False), ("no_id", False), ("dict", False), ("no_json", True), ("nan", True)],
)
def test_an_answer_that_cannot_be_sent_does_not_hide_the_object(parrot: Child, answer: str, known: bool) -> None:
    failure = parrot.failure("ResourceDriver/Create", create(answer=answer))
    assert failure.code is UNKNOWN
    assert failure.text
    assert failure.trailing == ({"wfctl-provider-id": "vol-1"} if known else {})


@pytest.mark.parametrize("answer", ["none", "no_id", "dict", "no_json", "nan"])
def test_after_an_update_the_object_is_known_in_any_case(parrot: Child, answer: str) -> None:
    spec = pb.ResourceSpec(name="a", config_json=json.dumps({"answer": answer}).encode())
    ref = pb.ResourceRef(name="a", provider_id="vol-1")
    message = pb.ResourceUpdateRequest(resource_type="parrot.parrot", ref=ref, spec=spec)
    assert parrot.failure("ResourceDriver/Update", message).trailing == {"wfctl-provider-id": "vol-1"}


def test_a_read_that_answers_nonsense_claims_nothing(parrot: Child) -> None:
    ref = pb.ResourceRef(name="none", provider_id="vol-1")
    message = pb.ResourceReadRequest(resource_type="parrot.parrot", ref=ref)
    failure = parrot.failure("ResourceDriver/Read", message)
    assert failure == Failed(UNKNOWN, "BadAnswer: the driver returned NoneType instead of Output", {})


def test_a_delete_that_fails_says_why(parrot: Child) -> None:
    ref = pb.ResourceRef(name="forbidden", provider_id="vol-1")
    message = pb.ResourceDeleteRequest(resource_type="parrot.parrot", ref=ref)
    assert parrot.failure("ResourceDriver/Delete", message).text == "iac: forbidden: no write"
