"""Plugins as real processes, spoken to over the wire as an engine speaks to them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from wfctl.protocol import go_plugin_controller_pb2 as controller_pb
from wfctl.protocol import go_plugin_controller_pb2_grpc as controller_grpc
from wfctl.protocol import go_plugin_stdio_pb2 as stdio_pb
from wfctl.protocol import go_plugin_stdio_pb2_grpc as stdio_grpc
from wfctl.protocol import iac_pb2, plugin_pb2

ROOT = Path(__file__).parents[2]
PLUGINS = Path(__file__).parent / "plugins"
COOKIE = {"WORKFLOW_PLUGIN": "workflow-external-plugin-v1"}
IAC = "workflow.plugin.external.iac"
PATIENCE = 20.0


@dataclass(frozen=True)
class Failed:
    """A failure as the engine sees it."""

    code: grpc.StatusCode
    text: str
    trailing: Mapping[str, str]


def failed(error: grpc.RpcError) -> Failed:
    trailing = {one.key: str(one.value) for one in error.trailing_metadata() or ()}
    return Failed(error.code(), error.details() or "", trailing)


class Child:
    """One plugin process, after its handshake."""

    def __init__(self, process: subprocess.Popen[bytes], line: str) -> None:
        self.process = process
        self.line = line
        self.channel = grpc.insecure_channel(
            f"unix:{self.socket}",
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )

    @property
    def socket(self) -> Path:
        return Path(self.line.split("|")[3])

    def call(self, method: str, message: Message | None = None, **metadata: str) -> Any:  # noqa: ANN401 - of any type
        """One unary call, such as `ResourceDriver/Create`; metadata as `run_id="r"` for `wfctl-run-id`."""
        service, rpc = method.split("/")
        described = self.method(service, rpc)
        send = self.channel.unary_unary(
            f"/{described.containing_service.full_name}/{rpc}",
            request_serializer=described.input_type._concrete_class.SerializeToString,
            response_deserializer=described.output_type._concrete_class.FromString,
        )
        sent = described.input_type._concrete_class() if message is None else message
        pairs = tuple((f"wfctl-{key.replace('_', '-')}", value) for key, value in metadata.items())
        return send(sent, timeout=PATIENCE, metadata=pairs)

    def failure(self, method: str, message: Message | None = None, **metadata: str) -> Failed:
        """How a call failed that has to."""
        with pytest.raises(grpc.RpcError) as caught:
            self.call(method, message, **metadata)
        return failed(caught.value)

    def method(self, service: str, rpc: str) -> Any:  # noqa: ANN401 - untyped in protobuf's stubs
        """The description of a method of any of our protos."""
        for file in (iac_pb2.DESCRIPTOR, plugin_pb2.DESCRIPTOR):
            if service in file.services_by_name:
                return file.services_by_name[service].methods_by_name[rpc]
        raise AssertionError(f"no service {service}")

    def printed(self) -> Iterator[stdio_pb.StdioData]:
        """What the plugin prints from now on. Returns when the plugin has noticed that somebody listens."""
        stream = stdio_grpc.GRPCStdioStub(self.channel).StreamStdio(Empty(), timeout=PATIENCE)
        stream.initial_metadata()
        return iter(stream)

    def shut_down(self) -> int:
        """As an engine does it: the answer may get lost, the exit may not."""
        with suppress(grpc.RpcError):
            controller_grpc.GRPCControllerStub(self.channel).Shutdown(controller_pb.Empty(), timeout=PATIENCE)
        self.channel.close()
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.channel.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)


def spawn(
    plugin: Path | str,
    env: Mapping[str, str],
    *,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a plugin and read nothing yet; `plugin` is a path, or the name of one in `plugins/`."""
    path = PLUGINS / f"{plugin}.py" if isinstance(plugin, str) else plugin
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("PLUGIN_", "WORKFLOW_"))}
    return subprocess.Popen(
        [sys.executable, path],
        env=bare | {"PYTHONPATH": str(ROOT)} | dict(env),
        stdout=subprocess.PIPE,
        stderr=stderr,
        pass_fds=pass_fds,
    )


@contextmanager
def started(
    plugin: Path | str, env: Mapping[str, str] | None = None, *, stderr: int | IO[bytes] = subprocess.DEVNULL
) -> Iterator[Child]:
    """A plugin that has said where it listens; killed at the end if it still lives."""
    with TemporaryDirectory() as sockets:
        process = spawn(plugin, COOKIE | {"PLUGIN_UNIX_SOCKET_DIR": sockets} | dict(env or {}), stderr=stderr)
        with connected(process) as child:
            yield child


@contextmanager
def connected(process: subprocess.Popen[bytes]) -> Iterator[Child]:
    """A plugin just spawned, after its handshake."""
    assert process.stdout is not None
    with process.stdout as stdout:
        assert select.select([stdout], [], [], PATIENCE)[0], "the plugin does not say where it listens"
        child = Child(process, stdout.readline().decode().removesuffix("\n"))
        try:
            yield child
        finally:
            child.close()
