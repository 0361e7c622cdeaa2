"""What a plugin's failure means: the table, and its readers.

Knows nothing of calls or processes. The fixed texts are upstream's (upstream: interfaces/iac_resource_driver.go). They arrive as
`UNKNOWN` with the text somewhere in the message, because Go plugins return plain errors. Codes that plugins send on purpose are
answers; codes that the transport makes up leave open what happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

import grpc
import msgspec

from wfctl.core.outcome import Existence, Failure
from wfctl.engine.ports import Absence, CallFailed, Reach

PROVIDER_ID = "wfctl-provider-id"
"""Trailing metadata of a failure: the object exists nevertheless, under this percent-encoded id."""

RETRY_AFTER = "wfctl-retry-after"
"""Trailing metadata of `iac: rate limited`: seconds to wait."""

ID_LIMIT = 4096
_LONGEST_WAIT = 3600.0
_MESSAGE = 2000

Show = Callable[[str], str]
"""Makes a plugin's text fit to be shown."""


class Reading(msgspec.Struct, frozen=True):
    """One row of the table."""

    reach: Reach
    code: str
    retryable: bool = False


NOT_FOUND = "iac: resource not found"

SENTINELS: dict[str, Reading] = {
    NOT_FOUND: Reading(Reach.ANSWERED, "not_found"),
    "iac: resource already exists": Reading(Reach.REFUSED, "already_exists"),
    "iac: rate limited": Reading(Reach.REFUSED, "rate_limited", retryable=True),
    "iac: transient error": Reading(Reach.ANSWERED, "transient", retryable=True),
    "iac: unauthorized": Reading(Reach.REFUSED, "unauthorized"),
    "iac: forbidden": Reading(Reach.REFUSED, "forbidden"),
    "iac: validation error": Reading(Reach.REFUSED, "validation"),
    "iac: image tag or digest not found in registry": Reading(Reach.REFUSED, "image_not_in_registry"),
    "iac: provider method unimplemented": Reading(Reach.REFUSED, "unimplemented"),
}
"""Read only where the code is UNKNOWN; of several in one text, the first counts: it is the outermost."""

CODES: dict[grpc.StatusCode, Reading] = {
    grpc.StatusCode.INVALID_ARGUMENT: Reading(Reach.REFUSED, "invalid_argument"),
    grpc.StatusCode.FAILED_PRECONDITION: Reading(Reach.REFUSED, "failed_precondition"),
    grpc.StatusCode.UNIMPLEMENTED: Reading(Reach.REFUSED, "unimplemented"),
    grpc.StatusCode.PERMISSION_DENIED: Reading(Reach.REFUSED, "forbidden"),
    grpc.StatusCode.UNAUTHENTICATED: Reading(Reach.REFUSED, "unauthorized"),
    grpc.StatusCode.NOT_FOUND: Reading(Reach.REFUSED, "unknown_type"),  # of the type; a missing object is a sentinel
    grpc.StatusCode.ALREADY_EXISTS: Reading(Reach.REFUSED, "already_exists"),
    grpc.StatusCode.OUT_OF_RANGE: Reading(Reach.REFUSED, "out_of_range"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reading(Reach.REFUSED, "rate_limited", retryable=True),
    grpc.StatusCode.UNKNOWN: Reading(Reach.ANSWERED, "failed"),
    grpc.StatusCode.UNAVAILABLE: Reading(Reach.IN_DOUBT, "unavailable", retryable=True),
    grpc.StatusCode.DEADLINE_EXCEEDED: Reading(Reach.IN_DOUBT, "deadline_exceeded", retryable=True),
    grpc.StatusCode.CANCELLED: Reading(Reach.IN_DOUBT, "cancelled", retryable=True),
    grpc.StatusCode.ABORTED: Reading(Reach.IN_DOUBT, "aborted", retryable=True),
    grpc.StatusCode.INTERNAL: Reading(Reach.IN_DOUBT, "internal"),
    grpc.StatusCode.DATA_LOSS: Reading(Reach.IN_DOUBT, "data_loss"),
}

CUT_OFF = Reading(Reach.IN_DOUBT, "unavailable", retryable=True)
"""UNKNOWN without a text, or with the transport's own."""

ANSWER_TOO_LARGE = Reading(Reach.IN_DOUBT, "answer_too_large")
REQUEST_TOO_LARGE = Reading(Reach.REFUSED, "request_too_large")

GO_NAMES: dict[grpc.StatusCode, str] = {
    code: "Canceled" if code is grpc.StatusCode.CANCELLED else code.name.title().replace("_", "")
    for code in grpc.StatusCode
} | {grpc.StatusCode.OK: "OK"}
"""The codes as Go spells them, and as users of other tools know them."""

_TRANSPORT_TEXTS = ("Stream removed", "Stream closed", "Socket closed")
_NEVER_READ = re.compile("CLIENT: Sent|SERVER: Received|grpc: received")  # the plugin did not get the request
_LIKELY_ABSENT = re.compile(r"StatusCode: 404\b|\bNoSuch[A-Z]|\bnot found\b|\bdoes not exist\b", re.IGNORECASE)


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended: its code, the plugin's raw text, and the metadata that came last."""

    code: grpc.StatusCode
    text: str = ""
    trailing: tuple[tuple[str, str], ...] = ()

    def trailer(self, key: str) -> str:
        """The first value under a key, or nothing."""
        return next((value for name, value in self.trailing if name == key), "")


def status_of(error: grpc.aio.AioRpcError) -> Status:
    """The end of a failed call."""
    trailing = tuple((key, value) for key, value in error.trailing_metadata() or () if isinstance(value, str))
    return Status(code=error.code(), text=error.details() or "", trailing=trailing)


def reading(status: Status) -> Reading:
    """The row that applies."""
    if status.code is grpc.StatusCode.UNKNOWN:
        if not status.text.strip() or status.text.startswith(_TRANSPORT_TEXTS):
            return CUT_OFF
        return _sentinel(status.text) or CODES[status.code]
    if status.code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in status.text:
        return REQUEST_TOO_LARGE if _NEVER_READ.search(status.text) else ANSWER_TOO_LARGE
    return CODES.get(status.code, CUT_OFF)


def failed(status: Status, show: Show) -> CallFailed:
    """The failure of a mutating call, or of any other that has no meaning of its own."""
    row = reading(status)
    message = message_of(status, show)
    provider_id = unquote(status.trailer(PROVIDER_ID))[:ID_LIMIT]
    if provider_id and row.reach is not Reach.IN_DOUBT:
        failure = Failure(code="partly_applied", message=message)
        return CallFailed(Reach.ANSWERED, failure, effect=Existence.EXISTS, provider_id=provider_id)
    wait = _wait(status.trailer(RETRY_AFTER)) if row.code == "rate_limited" else 0.0
    return CallFailed(
        row.reach,
        Failure(code=row.code, message=message, retryable=row.retryable, retry_after=wait),
        provider_id=provider_id,
    )


def absence(status: Status) -> Absence | None:
    """What a failed Read says of an object: proven or likely absent, or None for nothing at all.

    The fixed text proves. Other words only suggest it, and only where no other fixed text says what happened.
    """
    if NOT_FOUND in status.text:
        return Absence.PROVEN
    if status.code is not grpc.StatusCode.UNKNOWN or _sentinel(status.text):
        return None
    return Absence.LIKELY if _LIKELY_ABSENT.search(status.text) else None


def message_of(status: Status, show: Show) -> str:
    """The plugin's text, after the code where that adds something."""
    text = show(status.text)[:_MESSAGE]
    if status.code is grpc.StatusCode.UNKNOWN and text:
        return text
    return f"{GO_NAMES[status.code]}: {text}" if text else GO_NAMES[status.code]


def rotten(code: str, message: str, provider_id: str = "") -> CallFailed:
    """An OK that cannot be used although the effect happened: known where an id came with it, in doubt without one."""
    reach = Reach.ANSWERED if provider_id else Reach.IN_DOUBT
    failure = Failure(code=code, message=message)
    return CallFailed(reach, failure, effect=Existence.EXISTS, provider_id=provider_id)


def refused(code: str, message: str, *, retryable: bool = False, died: bool = False) -> CallFailed:
    """A call that was not made, or plainly refused. `died`: because the plugin's process is gone."""
    return CallFailed(Reach.REFUSED, Failure(code=code, message=message, retryable=retryable), plugin_died=died)


def useless(code: str, message: str) -> CallFailed:
    """An answer that is of no use, to a question that changes nothing."""
    return CallFailed(Reach.ANSWERED, Failure(code=code, message=message))


def _sentinel(text: str) -> Reading | None:
    found = _first(text, SENTINELS)
    return SENTINELS[found] if found else None


def _first(text: str, needles: Iterable[str]) -> str:
    places = sorted((text.find(needle), needle) for needle in needles if needle in text)
    return places[0][1] if places else ""


def _wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else 0.0
