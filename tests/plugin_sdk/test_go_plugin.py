"""What every plugin process owes to go-plugin: printed text, the broker, health."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from tests.plugin_sdk.child import PATIENCE, Child, started
from wfctl.protocol import go_plugin_broker_pb2 as broker_pb
from wfctl.protocol import go_plugin_broker_pb2_grpc as broker_grpc
from wfctl.protocol import go_plugin_stdio_pb2 as stdio_pb
from wfctl.protocol import go_plugin_stdio_pb2_grpc as stdio_grpc
from wfctl.protocol import iac_pb2 as pb

STDOUT, STDERR = stdio_pb.StdioData.STDOUT, stdio_pb.StdioData.STDERR
SPOKEN = [(STDOUT, b"tea\n"), (STDERR, b"tea\n"), (STDOUT, b"\xff\n")]


@pytest.fixture
def stderr(tmp_path: Path) -> Path:
    return tmp_path / "stderr"


@pytest.fixture
def parrot(stderr: Path) -> Iterator[Child]:
    with stderr.open("wb") as sink, started("parrot", stderr=sink) as child:
        child.call("IaCProviderRequired/Initialize")
        yield child


def say(parrot: Child, config: bytes = b'{"print": "tea"}') -> None:
    spec = pb.ResourceSpec(name="a", config_json=config)
    parrot.call("ResourceDriver/Create", pb.ResourceCreateRequest(resource_type="parrot.parrot", spec=spec))


def test_printed_text_reaches_who_listens_by_channel(parrot: Child, stderr: Path) -> None:
    printed = parrot.printed()
    say(parrot)
    pieces = [next(printed) for _ in SPOKEN]
    assert [(piece.channel, piece.data) for piece in pieces] == SPOKEN
    assert stderr.read_bytes() == b"child tea\n"


def test_while_nobody_listens_it_goes_to_standard_error(parrot: Child, stderr: Path) -> None:
    say(parrot)
    assert stderr.read_bytes() == b"tea\ntea\n\xff\nchild tea\n"


def test_a_line_end_is_not_needed_at_the_end(parrot: Child, stderr: Path) -> None:
    spec = pb.ResourceSpec(name="a", config_json=b'{"murmur": "no line end"}')
    parrot.call("ResourceDriver/Create", pb.ResourceCreateRequest(resource_type="parrot.parrot", spec=spec))
    parrot.shut_down()
    assert stderr.read_bytes() == b"no line end"


def test_only_one_may_listen(parrot: Child) -> None:
    printed = parrot.printed()
    with pytest.raises(grpc.RpcError) as caught:
        next(iter(stdio_grpc.GRPCStdioStub(parrot.channel).StreamStdio(Empty(), timeout=PATIENCE)))
    say(parrot)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert next(printed).data == b"tea\n"


def test_a_listener_that_does_not_read_cannot_block_a_driver(parrot: Child, stderr: Path) -> None:
    printed = parrot.printed()
    say(parrot, b'{"print_lines": 8192}')
    spilt = stderr.stat().st_size
    assert spilt > 0
    heard = 0
    while heard < 8192 * 1024 - spilt:
        heard += len(next(printed).data)
    assert heard + spilt == 8192 * 1024


def test_the_stream_ends_with_the_process(parrot: Child) -> None:
    printed = parrot.printed()
    assert parrot.shut_down() == 0
    with pytest.raises((grpc.RpcError, StopIteration)):
        next(printed)


@pytest.mark.parametrize(("request_", "healthy"), [(b"", True), (b"\x0a\x06plugin", True), (b"\x0a\x05other", False)])
def test_health_of_the_plugin_and_of_nothing_else(parrot: Child, request_: bytes, healthy: bool) -> None:
    check: Any = parrot.channel.unary_unary("/grpc.health.v1.Health/Check")
    if healthy:
        assert check(request_, timeout=PATIENCE) == b"\x08\x01"
        return
    with pytest.raises(grpc.RpcError) as caught:
        check(request_, timeout=PATIENCE)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_the_broker_listens_and_says_nothing(parrot: Child) -> None:
    knocks = iter([broker_pb.ConnInfo(service_id=1, network="unix", address="x")])
    assert list(broker_grpc.GRPCBrokerStub(parrot.channel).StartStream(knocks, timeout=PATIENCE)) == []
