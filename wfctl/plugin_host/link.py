"""One connection to one living plugin process: its channel, its calls in flight, its end.

Knows nothing of what is called. The socket is ours alone, so the connection is in clear; nothing is retried beneath us, because a
mutation must never be sent twice unseen.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from types import TracebackType
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty

from wfctl.plugin_host.handshake import Handshake
from wfctl.plugin_host.launch import Patience
from wfctl.plugin_host.process import PluginProcess
from wfctl.plugin_host.speech import Lines
from wfctl.plugin_host.translate import Status, status_of
from wfctl.protocol import go_plugin_controller_pb2 as controller_pb
from wfctl.protocol.go_plugin_controller_pb2_grpc import GRPCControllerStub
from wfctl.protocol.go_plugin_stdio_pb2 import StdioData
from wfctl.protocol.go_plugin_stdio_pb2_grpc import GRPCStdioStub
from wfctl.protocol.iac_pb2_grpc import (
    IaCProviderCompensatorStub,
    IaCProviderCreateStreamStub,
    IaCProviderFinalizerStub,
    IaCProviderRequiredStub,
    IaCProviderTraitsStub,
    IaCProviderValidatorStub,
    ResourceDriverStub,
)
from wfctl.protocol.plugin_pb2_grpc import PluginServiceStub

MESSAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of the largest message either way."""

_DYING = 0.5  # seconds between a connection that breaks and the end of the process that broke it
_LAST_ANSWERS = 0.5  # seconds between the end of a process and that of its connection
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),  # nobody else's connection, and none left behind
    ("grpc.default_authority", "localhost"),
)


CLOSED = Status(code=grpc.StatusCode.CANCELLED, text="the connection was closed")
"""How a call ends whose channel was closed under it."""

UNREADABLE = Status(code=grpc.StatusCode.DATA_LOSS, text="the plugin answered with bytes that cannot be read")
"""How a call ends whose answer is no such message; gRPC gives None for it."""

_T = TypeVar("_T")


async def outcome(call: Awaitable[_T]) -> _T | Status:
    """The answer of a call, or how it ended without one."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return status_of(error)
    except asyncio.CancelledError:
        # When the channel is closed under a call, gRPC cancels it just as the caller would.
        if cancelled():
            raise
        return CLOSED
    return UNREADABLE if answer is None else answer


def cancelled() -> bool:
    """Whether it is the running task that was cancelled, and not only what it waits for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class Link:
    """A living plugin and the stubs to call it by. Its printed text is drained from the start."""

    def __init__(self, process: PluginProcess, handshake: Handshake, patience: Patience) -> None:
        self.process = process
        self._patience = patience
        self._channel = grpc.aio.insecure_channel(handshake.target, options=_OPTIONS)
        self.plugin = PluginServiceStub(self._channel)
        self.required = IaCProviderRequiredStub(self._channel)
        self.resource = ResourceDriverStub(self._channel)
        self.create_stream = IaCProviderCreateStreamStub(self._channel)
        self.compensator = IaCProviderCompensatorStub(self._channel)
        self.traits = IaCProviderTraitsStub(self._channel)
        self.finalizer = IaCProviderFinalizerStub(self._channel)
        self.validator = IaCProviderValidatorStub(self._channel)
        self._mutating = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._closed = False
        self.mutated = False
        """Whether a mutation was ever sent to this process."""
        self.put_off = False
        """Whether it ever answered that something is put off."""
        self.unanswered = False
        """Whether we stopped waiting for a mutation, so that the plugin may still be at it."""
        self._stdio = asyncio.create_task(self._drain())
        # Children of a dead plugin may hold its socket open; calls must not wait for them.
        self._mourning = asyncio.create_task(self._mourn())

    @property
    def dead(self) -> bool:
        """Whether the process has ended or the link was closed."""
        return self._closed or not self.process.alive

    async def died(self) -> bool:
        """Whether a call that was cut off was cut off by the end of the process. Its last words have been heard then."""
        # The connection breaks a moment before the process has ended. A plugin that says UNAVAILABLE and lives on costs
        # this moment too: neither gRPC's texts nor its channel states tell the two apart reliably.
        if not await self.process.ended(_DYING):
            return False
        await self.process.silent()
        return True

    def mutation(self) -> _Mutation:
        """Marks a mutating call in flight: `with link.mutation(): …`."""
        return _Mutation(self)

    def begin(self) -> None:
        """A mutating call is about to be sent."""
        self._mutating += 1
        self._quiet.clear()
        self.mutated = True

    def finish(self) -> None:
        """It has been answered, or nobody waits for it any more."""
        self._mutating -= 1
        if not self._mutating:
            self._quiet.set()

    async def quiet(self, seconds: float | None) -> bool:
        """Whether all mutations in flight have been answered within so many seconds (None: however long it takes)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        return not self._mutating

    async def close(self) -> None:
        """End the plugin and wait for it: Shutdown, then signals.

        Shutdown stops calls at once, so it is left out while a mutation may be running. That Shutdown fails is normal: the
        plugin is often gone before it has answered.
        """
        if self._closed:
            return
        self._closed = True
        if self.process.alive and not self._mutating and not self.unanswered:
            call = GRPCControllerStub(self._channel).Shutdown(controller_pb.Empty(), timeout=self._patience.exit)
            await outcome(call)
            await self.process.end(patience=self._patience.exit, mercy=self._patience.kill)
        else:
            await self.process.end(patience=0.0, mercy=self._patience.exit)
        self._stdio.cancel()
        self._mourning.cancel()
        await asyncio.gather(self._stdio, self._mourning, return_exceptions=True)
        await self._channel.close()

    async def _mourn(self) -> None:
        await self.process.ended(None)
        await asyncio.sleep(_LAST_ANSWERS)  # for an answer that is still on its way through the socket
        await self._channel.close()

    async def _drain(self) -> None:
        # May be called once in the life of a process, and must be: a plugin whose text nobody reads stops in its print.
        stream: AsyncIterator[StdioData] = GRPCStdioStub(self._channel).StreamStdio(Empty())
        sinks: dict[int, Lines] = {}
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for chunk in stream:
                sinks.setdefault(chunk.channel, Lines(self.process.speech.say)).feed(chunk.data)
        for sink in sinks.values():
            sink.end()


class _Mutation:
    """One mutating call in flight. A class of its own: a generator would cost more on the hottest path there is."""

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    def __enter__(self) -> None:
        self._link.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is asyncio.CancelledError:
            self._link.unanswered = True
        self._link.finish()
