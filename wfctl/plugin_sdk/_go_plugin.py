"""The services every plugin process owes to go-plugin: the end, printed text, the broker, and health.

It knows nothing of infrastructure.

These calls have threads of their own: a driver that hangs must not keep the engine from ending the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from wfctl.plugin_sdk._stdout import Printed
from wfctl.protocol import go_plugin_broker_pb2 as broker_pb
from wfctl.protocol import go_plugin_controller_pb2 as controller_pb
from wfctl.protocol import go_plugin_stdio_pb2 as stdio_pb

# The messages of grpc.health.v1, byte by byte. Its generated module cannot be bundled: a second copy of the file in one
# process is refused, and a plugin may well use grpcio-health-checking itself.
HEALTH = "grpc.health.v1.Health"
HEALTHY_REQUESTS = (b"", b"\x0a\x06plugin")
SERVING = b"\x08\x01"

THREADS = 8


def offers(printed: Printed, end: Callable[[], None], gone: Callable[[], None]) -> list[grpc.GenericRpcHandler]:
    """Offer the services.

    Args:
        printed: What `StreamStdio` carries.
        end: Called when the engine asks the process to end; returns at once.
        gone: Called when the engine hangs up on `StreamStdio`, which is how a killed engine is first noticed.
    """
    own = ThreadPoolExecutor(THREADS, thread_name_prefix="go-plugin")
    return [
        _controller(own, end),
        _stdio(own, printed, gone),
        _broker(own),
        _health(own),
    ]


def _controller(own: ThreadPoolExecutor, end: Callable[[], None]) -> grpc.GenericRpcHandler:
    def shutdown(_message: controller_pb.Empty, _rpc: grpc.ServicerContext) -> controller_pb.Empty:
        end()
        return controller_pb.Empty()

    method = grpc.unary_unary_rpc_method_handler(
        _on(own, shutdown), controller_pb.Empty.FromString, controller_pb.Empty.SerializeToString
    )
    return grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": method})


def _stdio(own: ThreadPoolExecutor, printed: Printed, gone: Callable[[], None]) -> grpc.GenericRpcHandler:
    def stream(_message: Empty, rpc: grpc.ServicerContext) -> Iterator[stdio_pb.StdioData]:
        if not printed.claim():
            rpc.abort(grpc.StatusCode.FAILED_PRECONDITION, "printed text is streamed once")

        def hung_up() -> None:
            printed.close()
            gone()

        if not rpc.add_callback(hung_up):
            hung_up()
        rpc.send_initial_metadata(())  # tells the engine that from now on nothing goes to standard error
        for channel, text in printed:
            yield stdio_pb.StdioData(channel=stdio_pb.StdioData.Channel.Name(channel), data=text)

    method = grpc.unary_stream_rpc_method_handler(
        _on(own, stream), Empty.FromString, stdio_pb.StdioData.SerializeToString
    )
    return grpc.method_handlers_generic_handler("plugin.GRPCStdio", {"StreamStdio": method})


def _broker(own: ThreadPoolExecutor) -> grpc.GenericRpcHandler:
    def stream(messages: Iterator[broker_pb.ConnInfo], _rpc: grpc.ServicerContext) -> Iterator[broker_pb.ConnInfo]:
        # Hosts open this stream when they connect. We dial nothing back, so there is nothing to say.
        for _ in messages:
            pass
        yield from ()

    method = grpc.stream_stream_rpc_method_handler(
        _on(own, stream), broker_pb.ConnInfo.FromString, broker_pb.ConnInfo.SerializeToString
    )
    return grpc.method_handlers_generic_handler("plugin.GRPCBroker", {"StartStream": method})


def _health(own: ThreadPoolExecutor) -> grpc.GenericRpcHandler:
    def check(message: bytes, rpc: grpc.ServicerContext) -> bytes:
        if message not in HEALTHY_REQUESTS:
            rpc.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return SERVING

    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(_on(own, check))
    return grpc.method_handlers_generic_handler(HEALTH, {"Check": method})


def _on(threads: ThreadPoolExecutor, behaviour: Callable[..., Any]) -> Callable[..., Any]:
    """Where grpc does not know this attribute, the call waits for a thread like any other."""
    behaviour.experimental_thread_pool = threads  # type: ignore[attr-defined]
    return behaviour
