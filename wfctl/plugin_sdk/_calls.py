"""One incoming call: what came with it, and how its failure leaves.

It knows nothing of the single RPCs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import quote

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from wfctl.plugin_sdk._wire import Unreadable
from wfctl.plugin_sdk.errors import DriverError, MethodUnimplemented, PartlyApplied, RateLimited

RUN_ID = "wfctl-run-id"
ACTION = "wfctl-action"
ATTEMPT = "wfctl-attempt"
IDEMPOTENCY_KEY = "wfctl-idempotency-key"
LOOKUP_KEY = "wfctl-lookup-key"
PROVIDER_ID = "wfctl-provider-id"
RETRY_AFTER = "wfctl-retry-after"

# Status text travels in an HTTP/2 header, percent-encoded; peers accept 8 KiB of headers and drop the whole answer above.
TEXT_LIMIT = 2048
PRINTABLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")

logger = logging.getLogger("wfctl.plugin_sdk")


class Refusal(Exception):
    """The call cannot be taken to the author's code at all."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class Call:
    """What came with a call besides its message."""

    def __init__(self, rpc: grpc.ServicerContext) -> None:
        self._rpc = rpc
        self._metadata = {key: value for key, value in rpc.invocation_metadata() or () if isinstance(value, str)}

    @property
    def lookup_key(self) -> str:
        """The key of the create that a read looks for; empty if it does not."""
        return self._metadata.get(LOOKUP_KEY, "")

    @cached_property
    def carried(self) -> dict[str, Any]:
        """The fields of every Request. Engines that send none of them, or odd ones, are served all the same."""
        action, attempt = self._metadata.get(ACTION, ""), self._metadata.get(ATTEMPT, "")
        return {
            "run_id": self._metadata.get(RUN_ID, ""),
            "action": int(action) if action.isdecimal() else None,
            "attempt": int(attempt) if attempt.isdecimal() else 1,
            "idempotency_key": self._metadata.get(IDEMPOTENCY_KEY, ""),
            "cancelled": self._cancelled(),
        }

    def _cancelled(self) -> threading.Event:
        event = threading.Event()
        if not self._rpc.add_callback(event.set):
            event.set()
        return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure as the engine is going to see it."""

    code: grpc.StatusCode = grpc.StatusCode.UNKNOWN
    text: str
    trailing: tuple[tuple[str, str], ...] = ()


def failure_of(error: BaseException) -> Failure:
    """Named failures by their fixed text, all others by their own.

    An unnamed failure says its class too, since many exceptions have no text, and an empty text would read as a lost
    connection.
    """
    match error:
        case Refusal():
            return Failure(code=error.code, text=str(error))
        case Unreadable():
            return Failure(code=grpc.StatusCode.INVALID_ARGUMENT, text=str(error))
        case MethodUnimplemented():
            return Failure(code=grpc.StatusCode.UNIMPLEMENTED, text=str(error))
        case PartlyApplied():
            return Failure(text=_partly(error), trailing=((PROVIDER_ID, quote(error.provider_id, safe=PRINTABLE)),))
        case RateLimited(retry_after=float() | int() as seconds):
            return Failure(text=f"{error} (try again in {seconds:g} s)", trailing=((RETRY_AFTER, f"{seconds:.3f}"),))
        case DriverError():
            return Failure(text=str(error) or type(error).__name__)
        case _:
            return Failure(text=f"{type(error).__name__}: {error}")


def _partly(error: PartlyApplied) -> str:
    """Without the fixed text of the cause: engines would take it for a failure that changed nothing."""
    cause = error.__cause__
    reason = error.message or (cause.message if isinstance(cause, DriverError) else str(cause or ""))
    return f"partly applied, {error.provider_id} exists: {reason or type(cause or error).__name__}"


def refuse(error: BaseException, rpc: grpc.ServicerContext, method: str) -> NoReturn:
    """End the call with the failure; what nobody expected goes to the log with its traceback.

    A plain `raise` would put words of grpc before the fixed texts.
    """
    failure = failure_of(error)
    if not isinstance(error, Refusal | Unreadable | DriverError):
        logger.error("[ERROR] %s failed", method, exc_info=error)
    rpc.set_trailing_metadata(failure.trailing)
    rpc.abort(failure.code, shortened(failure.text))


def shortened(text: str) -> str:
    """At most `TEXT_LIMIT` bytes, cut at the end."""
    encoded = text.encode(errors="backslashreplace")
    if len(encoded) <= TEXT_LIMIT:
        return encoded.decode()
    return encoded[: TEXT_LIMIT - 3].decode(errors="ignore") + "…"


Method = Callable[[Any, Call], Any]
"""Takes the message of one RPC and gives its answer, or an iterator of answers where the RPC streams them."""


def offer(service: ServiceDescriptor, methods: Mapping[str, Method]) -> grpc.GenericRpcHandler:
    """Offer the methods of one service; grpc answers UNIMPLEMENTED for those left out."""
    offered = {}
    for name, method in methods.items():
        described = service.methods_by_name[name]
        make = (
            grpc.unary_stream_rpc_method_handler if described.server_streaming else grpc.unary_unary_rpc_method_handler
        )
        wrap = _streamed if described.server_streaming else _answered
        offered[name] = make(
            wrap(method, described.full_name),
            request_deserializer=GetMessageClass(described.input_type).FromString,
            response_serializer=GetMessageClass(described.output_type).SerializeToString,
        )
    return grpc.method_handlers_generic_handler(service.full_name, offered)


# A thread that dies of SystemExit would leave the engine waiting for ever, so everything is caught.


def _answered(method: Method, name: str) -> Callable[[Message, grpc.ServicerContext], object]:
    def answer(message: Message, rpc: grpc.ServicerContext) -> object:
        try:
            return method(message, Call(rpc))
        except BaseException as error:  # noqa: BLE001  (refuse gives each its place on the wire)
            refuse(error, rpc, name)

    return answer


def _streamed(method: Method, name: str) -> Callable[[Message, grpc.ServicerContext], Iterator[Message]]:
    def answer(message: Message, rpc: grpc.ServicerContext) -> Iterator[Message]:
        try:
            yield from method(message, Call(rpc))
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  (refuse gives each its place on the wire)
            refuse(error, rpc, name)

    return answer
