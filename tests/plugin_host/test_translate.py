from __future__ import annotations

import grpc
import pytest

from wfctl.core.outcome import Existence
from wfctl.engine.ports import Absence, Reach
from wfctl.plugin_host.translate import CODES, GO_NAMES, SENTINELS, Status, absence, failed, message_of, rotten

C = grpc.StatusCode
UNKNOWN = C.UNKNOWN
R, A, D = Reach.REFUSED, Reach.ANSWERED, Reach.IN_DOUBT


def status(code: grpc.StatusCode, text: str = "", **trailing: str) -> Status:
    return Status(
        code=code, text=text, trailing=tuple((key.replace("_", "-"), value) for key, value in trailing.items())
    )


@pytest.mark.parametrize(
    ("code", "text", "reach", "name", "retryable"),
    [
        # fixed texts, wherever they stand
        (UNKNOWN, "iac: validation error: size", R, "validation", False),
        (UNKNOWN, 'vpc "x": iac: unauthorized: 401', R, "unauthorized", False),
        (UNKNOWN, "Exception calling application: iac: forbidden", R, "forbidden", False),
        (UNKNOWN, "iac: resource already exists: POST https://x 409", R, "already_exists", False),
        (UNKNOWN, "iac: rate limited", R, "rate_limited", True),
        (UNKNOWN, "iac: provider method unimplemented: scale", R, "unimplemented", False),
        (UNKNOWN, "iac: image tag or digest not found in registry", R, "image_not_in_registry", False),
        (UNKNOWN, "iac: transient error: 503", A, "transient", True),
        (UNKNOWN, "iac: resource not found", A, "not_found", False),
        # the first of two is the outermost
        (UNKNOWN, "iac: transient error: iac: validation error", A, "transient", True),
        (UNKNOWN, "iac: validation error: iac: transient error", R, "validation", False),
        # any other text is an answer of a plugin that lives
        (UNKNOWN, "context deadline exceeded", A, "failed", False),
        (UNKNOWN, "unexpected EOF", A, "failed", False),
        (UNKNOWN, "operation error EC2: RunInstances, StatusCode: 500", A, "failed", False),
        # codes that are answers
        (C.INVALID_ARGUMENT, "x", R, "invalid_argument", False),
        (C.FAILED_PRECONDITION, "x", R, "failed_precondition", False),
        (C.UNIMPLEMENTED, "x", R, "unimplemented", False),
        (C.PERMISSION_DENIED, "x", R, "forbidden", False),
        (C.UNAUTHENTICATED, "x", R, "unauthorized", False),
        (C.NOT_FOUND, "unknown resource type", R, "unknown_type", False),
        (C.ALREADY_EXISTS, "x", R, "already_exists", False),
        (C.OUT_OF_RANGE, "x", R, "out_of_range", False),
        (C.RESOURCE_EXHAUSTED, "quota", R, "rate_limited", True),
        # what leaves everything open
        (UNKNOWN, "", D, "unavailable", True),
        (UNKNOWN, "  ", D, "unavailable", True),
        (UNKNOWN, "Stream removed", D, "unavailable", True),
        (C.UNAVAILABLE, "Socket closed", D, "unavailable", True),
        (C.DEADLINE_EXCEEDED, "Deadline Exceeded", D, "deadline_exceeded", True),
        (C.CANCELLED, "x", D, "cancelled", True),
        (C.ABORTED, "x", D, "aborted", True),
        (C.INTERNAL, "x", D, "internal", False),
        (C.DATA_LOSS, "x", D, "data_loss", False),
        (C.OK, "", D, "unavailable", True),
        # a fixed text counts only with the code that Go gives it
        (C.UNAVAILABLE, "iac: validation error", D, "unavailable", True),
        # sizes: an answer that was too large had its effect, a request that was too large had none
        (C.RESOURCE_EXHAUSTED, "CLIENT: Received message larger than max (9 vs. 8)", D, "answer_too_large", False),
        (C.RESOURCE_EXHAUSTED, "SERVER: Sent message larger than max (9 vs. 8)", D, "answer_too_large", False),
        (C.RESOURCE_EXHAUSTED, "grpc: trying to send message larger than max (9 vs. 8)", D, "answer_too_large", False),
        (C.RESOURCE_EXHAUSTED, "SERVER: Received message larger than max (9 vs. 8)", R, "request_too_large", False),
        (C.RESOURCE_EXHAUSTED, "CLIENT: Sent message larger than max (9 vs. 8)", R, "request_too_large", False),
        (C.RESOURCE_EXHAUSTED, "grpc: received message larger than max (9 vs. 8)", R, "request_too_large", False),
    ],
)
def test_the_table(code: grpc.StatusCode, text: str, reach: Reach, name: str, *, retryable: bool) -> None:
    read = failed(status(code, text), str)
    assert (read.reach, read.failure.code, read.failure.retryable) == (reach, name, retryable)
    assert (read.effect, read.provider_id, read.plugin_died) == (None, "", False)


def test_every_code_has_a_row_and_a_name_in_go() -> None:
    assert set(CODES) == set(C) - {C.OK}
    assert GO_NAMES[C.CANCELLED] == "Canceled"
    assert GO_NAMES[C.DEADLINE_EXCEEDED] == "DeadlineExceeded"
    assert GO_NAMES[C.OK] == "OK"
    assert all(name[0].isupper() and "_" not in name for name in GO_NAMES.values())


def test_no_fixed_text_contains_another() -> None:
    assert not [(a, b) for a in SENTINELS for b in SENTINELS if a != b and a in b]


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        (UNKNOWN, "iac: validation error: size", "iac: validation error: size"),
        (UNKNOWN, "", "Unknown"),
        (C.INVALID_ARGUMENT, "no type", "InvalidArgument: no type"),
        (C.UNAVAILABLE, "", "Unavailable"),
        (C.CANCELLED, "gone", "Canceled: gone"),
    ],
)
def test_messages_name_the_code_as_go_does(code: grpc.StatusCode, text: str, message: str) -> None:
    assert message_of(status(code, text), str) == message


def test_the_plugins_text_goes_through_the_show() -> None:
    assert (
        failed(status(UNKNOWN, "key hunter2"), lambda text: text.replace("hunter2", "***")).failure.message == "key ***"
    )
    assert len(failed(status(UNKNOWN, "x" * 10_000), str).failure.message) == 2000


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("2.5", 2.5), ("7", 7.0), ("", 0.0), ("soon", 0.0), ("-3", 0.0), ("nan", 0.0), ("inf", 3600.0), ("1e9", 3600.0)],
)
def test_a_rate_limit_may_say_how_long(said: str, seconds: float) -> None:
    assert failed(status(UNKNOWN, "iac: rate limited", wfctl_retry_after=said), str).failure.retry_after == seconds
    assert failed(status(UNKNOWN, "iac: transient error", wfctl_retry_after=said), str).failure.retry_after == 0.0


def test_a_failure_with_an_id_is_an_object_that_exists() -> None:
    read = failed(status(UNKNOWN, "iac: validation error: no DNS", wfctl_provider_id="vol%2D1%C3%A9"), str)
    assert (read.reach, read.effect, read.provider_id) == (A, Existence.EXISTS, "vol-1é")
    assert (read.failure.code, read.failure.retryable) == ("partly_applied", False)


def test_an_id_with_a_broken_connection_is_kept_and_proves_nothing() -> None:
    read = failed(status(C.UNAVAILABLE, "x", wfctl_provider_id="vol-1"), str)
    assert (read.reach, read.effect, read.provider_id) == (D, None, "vol-1")


def test_an_endless_id_is_cut() -> None:
    assert len(failed(status(UNKNOWN, "x", wfctl_provider_id="a" * 100_000), str).provider_id) == 4096


@pytest.mark.parametrize(
    ("code", "text", "absent"),
    [
        (UNKNOWN, 'vpc "x": iac: resource not found', Absence.PROVEN),
        (C.NOT_FOUND, "iac: resource not found", Absence.PROVEN),
        (UNKNOWN, "api error: StatusCode: 404, RequestID: x", Absence.LIKELY),
        (UNKNOWN, "NoSuchBucket: gone", Absence.LIKELY),
        (UNKNOWN, "the volume was Not Found", Absence.LIKELY),
        (UNKNOWN, "vpc-1 does not exist", Absence.LIKELY),
        (C.NOT_FOUND, "unknown resource type: not found", None),
        (UNKNOWN, "iac: unauthorized: credentials not found", None),
        (UNKNOWN, "iac: image tag or digest not found in registry", None),
        (UNKNOWN, "StatusCode: 4040", None),
        (UNKNOWN, "no such host", None),
        (UNKNOWN, "iac: forbidden", None),
        (UNKNOWN, "", None),
        (C.UNAVAILABLE, "not found", None),
        (C.PERMISSION_DENIED, "does not exist, or you may not see it", None),
    ],
)
def test_what_a_failed_read_says_of_the_object(code: grpc.StatusCode, text: str, absent: Absence | None) -> None:
    assert absence(status(code, text)) is absent


def test_a_rotten_answer_is_an_effect_that_is_known_only_with_an_id() -> None:
    known, unknown = rotten("x", "why", "id-1"), rotten("x", "why")
    assert (known.reach, known.effect, known.provider_id) == (A, Existence.EXISTS, "id-1")
    assert (unknown.reach, unknown.effect, unknown.provider_id) == (D, Existence.EXISTS, "")
