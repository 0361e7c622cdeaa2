"""A plugin in a process of its own, spoken to over gRPC as an engine speaks to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import grpc

from wfctl.protocol import iac_pb2 as pb
from wfctl.protocol import iac_pb2_grpc as rpc

NOT_FOUND = "iac: resource not found"
EXISTS = "iac: resource already exists"
INVALID = "iac: validation error"
TRANSIENT = "iac: transient error"
FORBIDDEN = "iac: forbidden"

PATIENCE = 30

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Got:
    """A ResourceOutput, read."""

    id: str
    name: str
    type: str
    outputs: dict[str, Any]
    sensitive: frozenset[str]
    key: str


@dataclass(frozen=True)
class Change:
    path: str
    old: Any
    new: Any
    force_new: bool


class Refused(Exception):
    """A call that failed, with the text and the trailing metadata it failed with."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        self.code = error.code()
        self.text = error.details()
        self.trailing = {one.key: one.value for one in error.trailing_metadata() or ()}


@dataclass
class Tag:
    """What accompanies a change."""

    key: str = ""
    run: str = "run-1"
    metadata: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        named = {"wfctl-idempotency-key": self.key, "wfctl-run-id": self.run, "wfctl-action": "0", "wfctl-attempt": "1"}
        self.metadata = [(name, value) for name, value in named.items() if value]


class PluginProcess:
    """Started by its handshake, ended by closing it."""

    def __init__(
        self,
        directory: Path,
        program: Sequence[str] = ("-m", "wfctl_plugin_local"),
        environment: Mapping[str, str] = {},
    ) -> None:
        cookie = {"WORKFLOW_PLUGIN": "workflow-external-plugin-v1", "PLUGIN_PROTOCOL_VERSIONS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, *program],
            cwd=directory,
            env={**os.environ, **cookie, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline().strip().split("|")
        assert line[:3] == ["1", "1", "unix"], line
        self._socket = Path(line[3])
        self._channel = grpc.insecure_channel(f"unix:{self._socket}", [("grpc.enable_retries", 0)])
        self.provider = rpc.IaCProviderRequiredStub(self._channel)
        self.driver = rpc.ResourceDriverStub(self._channel)
        self.stream = rpc.IaCProviderCreateStreamStub(self._channel)
        self.compensator = rpc.IaCProviderCompensatorStub(self._channel)
        self.traits = rpc.IaCProviderTraitsStub(self._channel)
        self.validator = rpc.IaCProviderValidatorStub(self._channel)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """As `kill -9` does it."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._socket.unlink(missing_ok=True)
        self._socket.parent.rmdir()

    def close(self) -> None:
        self._channel.close()
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(PATIENCE)
        assert self._process.stdout
        self._process.stdout.close()

    def configure(self, **config: object) -> None:
        call(self.provider.Initialize, pb.InitializeRequest(config_json=encode(config)))

    def create(self, kind: str, name: str, tag: Tag | None = None, /, **config: object) -> Got:
        request = create_request(kind, name, config)
        return got(call(self.driver.Create, request, (tag or Tag()).metadata).output)

    def told_by_create(self, kind: str, name: str, tag: Tag, /, **config: object) -> list[str]:
        """The events of a create that streams: the word of each, and the text where it is one. Its failure is the last."""
        events = self.stream.Create(create_request(kind, name, config), metadata=tag.metadata, timeout=PATIENCE)
        told = []
        try:
            for event in events:
                what = event.WhichOneof("event")
                told.append(f"{what} {event.output.provider_id if what == 'output' else getattr(event, what)}")
        except grpc.RpcError as error:
            told.append(f"failed {error.details()}")
        return told

    def read(self, kind: str, name: str, provider_id: str = "", *, key: str = "") -> Got:
        request = pb.ResourceReadRequest(resource_type=kind, ref=ref(kind, name, provider_id))
        return got(call(self.driver.Read, request, [("wfctl-lookup-key", key)] if key else []).output)

    def update(self, kind: str, name: str, provider_id: str, **config: object) -> Got:
        request = pb.ResourceUpdateRequest(
            resource_type=kind, ref=ref(kind, name, provider_id), spec=spec(kind, name, config)
        )
        return got(call(self.driver.Update, request, Tag("update").metadata).output)

    def delete(self, kind: str, name: str, provider_id: str, tag: Tag | None = None) -> None:
        request = pb.ResourceDeleteRequest(resource_type=kind, ref=ref(kind, name, provider_id))
        call(self.driver.Delete, request, (tag or Tag("delete")).metadata)

    def diff(self, kind: str, name: str, current: Got | None, **config: object) -> list[Change]:
        request = pb.ResourceDiffRequest(resource_type=kind, desired=spec(kind, name, config))
        if current:
            request.current.CopyFrom(
                pb.ResourceOutput(name=name, type=kind, provider_id=current.id, outputs_json=encode(current.outputs))
            )
        result = call(self.driver.Diff, request).result
        changes = [
            Change(one.path, decode(one.old_json), decode(one.new_json), one.force_new) for one in result.changes
        ]
        assert result.needs_replace == any(change.force_new for change in changes)
        assert result.needs_update == (bool(changes) and not result.needs_replace)
        return changes

    def undo(
        self,
        kind: str,
        name: str,
        operation: pb.PlanOperation,
        applied: str,
        prior: str = "",
        *,
        run: str = "run-1",
    ) -> pb.CompensateResponse:
        request = pb.CompensateRequest(
            resource_type=kind,
            operation=operation,
            applied=ref(kind, name, applied),
            run_id=run,
            undo_key=f"undo {name}",
            attempt=1,
        )
        if prior:
            request.prior.CopyFrom(ref(kind, name, prior))
        response: pb.CompensateResponse = call(self.compensator.Compensate, request, Tag("undo", run).metadata)
        return response

    def policy(self, kind: str) -> pb.CompensationPolicy:
        request = pb.DescribeCompensationRequest(resource_types=[kind])
        (policy,) = call(self.compensator.DescribeCompensation, request).policies
        assert isinstance(policy, pb.CompensationPolicy)
        return policy


def call(method: Callable[..., Answer], request: object, metadata: Sequence[tuple[str, str]] = ()) -> Answer:
    try:
        return method(request, metadata=metadata, timeout=PATIENCE, wait_for_ready=True)
    except grpc.RpcError as error:
        raise Refused(error) from None


def create_request(kind: str, name: str, config: Mapping[str, object]) -> pb.ResourceCreateRequest:
    return pb.ResourceCreateRequest(resource_type=kind, spec=spec(kind, name, config))


def got(output: pb.ResourceOutput) -> Got:
    hidden = frozenset(name for name, is_hidden in output.sensitive.items() if is_hidden)
    return Got(
        output.provider_id, output.name, output.type, decode(output.outputs_json), hidden, output.idempotency_key
    )


def ref(kind: str, name: str, provider_id: str) -> pb.ResourceRef:
    return pb.ResourceRef(name=name, type=kind, provider_id=provider_id)


def spec(kind: str, name: str, config: Mapping[str, object]) -> pb.ResourceSpec:
    return pb.ResourceSpec(name=name, type=kind, config_json=encode(config))


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def decode(encoded: bytes) -> Any:  # noqa: ANN401 - JSON
    return json.loads(encoded) if encoded else None
