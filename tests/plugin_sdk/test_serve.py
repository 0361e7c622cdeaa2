"""A plugin as a process: how it begins, and the ways it ends. Every test is a real process."""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from tests.plugin_sdk.child import COOKIE, PATIENCE, PLUGINS, ROOT, Child, connected, spawn, started
from wfctl.protocol import go_plugin_stdio_pb2_grpc as stdio_grpc
from wfctl.protocol import iac_pb2 as pb

MIB = 1024 * 1024


def create(config: str = "") -> pb.ResourceCreateRequest:
    spec = pb.ResourceSpec(name="a", config_json=config.encode())
    return pb.ResourceCreateRequest(resource_type="parrot.parrot", spec=spec)


# How it begins.


def test_the_first_line_says_where_to_connect(tmp_path: Path) -> None:
    with started("parrot", {"PLUGIN_UNIX_SOCKET_DIR": str(tmp_path)}) as parrot:
        assert parrot.line == f"1|1|unix|{parrot.socket}|grpc||true"
        assert parrot.socket.parent == tmp_path
        assert stat.S_IMODE(parrot.socket.stat().st_mode) == 0o600


def test_without_a_named_folder_the_socket_has_a_private_one(tmp_path: Path) -> None:
    with connected(spawn("parrot", COOKIE | {"TMPDIR": str(tmp_path)})) as parrot:
        folder = parrot.socket.parent
        assert folder.parent == tmp_path
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert parrot.shut_down() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b%20c", "ü"])
def test_the_folder_of_the_socket_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with started("parrot", {"PLUGIN_UNIX_SOCKET_DIR": str(folder)}) as parrot:
        assert parrot.socket.parent == folder
        assert parrot.socket.is_socket()


@pytest.mark.parametrize("offered", ["1", "1,2", "2", ""])
def test_its_own_protocol_version_is_printed_whatever_is_offered(offered: str) -> None:
    with started("parrot", {"PLUGIN_PROTOCOL_VERSIONS": offered}) as parrot:
        assert parrot.line.startswith("1|1|unix|")


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({}, "This is a plugin"),
        ({"WORKFLOW_PLUGIN": "something-else"}, "This is a plugin"),
        (COOKIE | {"PLUGIN_CLIENT_CERT": "-----BEGIN"}, "AutoMTLS"),
        (COOKIE | {"PLUGIN_UNIX_SOCKET_DIR": "/" + "x" * 120}, "too long for a socket"),
    ],
)
def test_what_it_cannot_do_is_said_to_a_person_and_not_on_standard_output(env: dict[str, str], says: str) -> None:
    with spawn("parrot", env, stderr=subprocess.PIPE) as process:
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert stdout == b""
    assert says in stderr.decode()
    assert process.returncode == 1


def test_noise_cannot_break_the_handshake(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("wb") as stderr, started("noisy", stderr=stderr) as noisy:
        assert noisy.socket.is_socket()
        assert noisy.call("IaCProviderRequired/Name").name == "noisy"
    noise = (tmp_path / "stderr").read_text()
    assert all(source in noise for source in ("/imported", "/descriptor", "/child", "no line end"))


def test_programs_a_driver_starts_are_not_taken_for_plugins() -> None:
    with started("parrot") as parrot:
        parrot.call("IaCProviderRequired/Initialize")
        answer = parrot.call("ResourceDriver/Create", create('{"child": "import wfctl.plugin_sdk; print(7)"}'))
    assert answer.output.outputs_json == b'{"said":"7\\n"}'


def test_messages_may_be_large(tmp_path: Path) -> None:
    with started("parrot") as parrot:
        parrot.call("IaCProviderRequired/Initialize")
        answer = parrot.call("ResourceDriver/Create", create('{"text": "' + "x" * (16 * MIB) + '"}'))
        assert len(answer.output.outputs_json) > 16 * MIB
        beyond = parrot.failure("ResourceDriver/Create", create('{"text": "' + "x" * (64 * MIB) + '"}'))
    assert beyond.code is grpc.StatusCode.RESOURCE_EXHAUSTED


# The ways it ends.


def test_asked_to_end_it_ends_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with started("parrot", {"PLUGIN_UNIX_SOCKET_DIR": str(tmp_path)}) as parrot:
        assert parrot.shut_down() == 0
    assert list(tmp_path.iterdir()) == []


def test_calls_that_hang_cannot_keep_it_from_ending(tmp_path: Path) -> None:
    with started("parrot") as parrot:
        calls = hang(parrot, tmp_path, times=64)
        assert parrot.shut_down() == 0
    assert len(calls) == 64


def test_the_interrupt_of_the_terminal_is_not_meant_for_it() -> None:
    with started("parrot") as parrot:
        parrot.process.send_signal(signal.SIGINT)
        assert parrot.call("IaCProviderRequired/Name").name == "parrot"


def test_programs_a_driver_starts_can_be_interrupted() -> None:
    ask = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    with started("parrot") as parrot:
        parrot.call("IaCProviderRequired/Initialize")
        answer = parrot.call("ResourceDriver/Create", create(f'{{"child": "{ask}"}}'))
    assert answer.output.outputs_json == b'{"said":"True\\n"}'


def test_sigterm_ends_it_even_if_calls_hang(tmp_path: Path) -> None:
    sockets = tmp_path / "s"
    sockets.mkdir()
    with started("parrot", {"PLUGIN_UNIX_SOCKET_DIR": str(sockets)}) as parrot:
        (call,) = hang(parrot, tmp_path, times=1)
        parrot.process.terminate()
        assert parrot.process.wait(PATIENCE) == -signal.SIGTERM
        assert call.code() is grpc.StatusCode.UNAVAILABLE
    assert list(sockets.iterdir()) == []


ENGINE = """
import os, signal, subprocess, sys
held = int(sys.argv[2])
plugin = subprocess.Popen([sys.executable, sys.argv[1]], stdout=subprocess.PIPE, pass_fds=[held])
os.write(held, plugin.stdout.readline())
os.close(held)
signal.pause()
"""


@pytest.mark.parametrize("connected", [True, False])
def test_it_does_not_outlive_its_engine(tmp_path: Path, *, connected: bool) -> None:
    reading, writing = os.pipe()
    env = os.environ | COOKIE | {"PYTHONPATH": str(ROOT), "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path)}
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, PLUGINS / "parrot.py", str(writing)], env=env, pass_fds=[writing]
    )
    os.close(writing)
    with engine, os.fdopen(reading, "rb", buffering=0) as held:
        line = held.readline().decode()
        channel = grpc.insecure_channel(f"unix:{line.split('|')[3]}")
        if connected:
            stream = stdio_grpc.GRPCStdioStub(channel).StreamStdio(Empty(), timeout=PATIENCE)
            stream.initial_metadata()
        engine.kill()
        channel.close()
        assert select.select([held], [], [], PATIENCE)[0], "the plugin still holds the pipe"
        assert held.read() == b""
    assert list(tmp_path.iterdir()) == []


def test_a_driver_hears_that_the_engine_gave_up(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    os.mkfifo(heard)
    with started("parrot") as parrot:
        parrot.call("IaCProviderRequired/Initialize")
        printed = parrot.printed()
        given_up = future(parrot, f'{{"wait": "{heard}"}}')
        assert next(printed).data == b"waiting\n"
        given_up.cancel()
        assert heard.read_text() == "cancelled"


Create: TypeAlias = "grpc._CallFuture[pb.ResourceCreateResponse]"


def hang(parrot: Child, folder: Path, times: int) -> list[Create]:
    """Make calls that never end, and wait until all that get a thread have begun."""
    never = folder / "never"
    os.mkfifo(never)
    parrot.call("IaCProviderRequired/Initialize")
    printed = parrot.printed()
    calls = [future(parrot, f'{{"hang": "{never}"}}') for _ in range(times)]
    text = b""
    while text.count(b"hanging\n") < min(times, 32):
        text += next(printed).data
    return calls


def future(parrot: Child, config: str) -> Create:
    """A call under way; it is cancelled when this is forgotten."""
    send = parrot.channel.unary_unary(
        "/workflow.plugin.external.iac.ResourceDriver/Create",
        request_serializer=pb.ResourceCreateRequest.SerializeToString,
        response_deserializer=pb.ResourceCreateResponse.FromString,
    )
    return send.future(create(config), timeout=PATIENCE)
