"""Run a provider as a plugin process.

It knows nothing of single drivers. This is where a process begins, so it is the one place of the SDK that reads the
environment.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from wfctl.plugin_sdk._stdout import Handshake, Printed
from wfctl.plugin_sdk.provider import Provider

if TYPE_CHECKING:  # slow to import, and drivers can be tested without
    import grpc

    from wfctl.plugin_sdk._process import Life, Socket

MESSAGE_LIMIT = 64 * 1024 * 1024
THREADS_BESIDE_CHANGES = 16
CHANGES_IF_UNDECLARED = 16
SECONDS_TO_FLUSH = 0.2
SECONDS_TO_ANSWER = 0.5
SECONDS_TO_END = 1.0

BY_HAND = """\
This is a plugin: wfctl starts it and talks to it. There is nothing to see when it is started by hand.
"""
NO_TLS = """\
The engine asks for TLS (AutoMTLS), which this plugin does not speak. The socket is private to this user without it.
"""


def serve(provider: Provider) -> NoReturn:
    """Serve the provider until the engine ends the process or dies, or SIGTERM comes.

    A process that was not started by an engine says so on standard error and exits with 1.

    The handshake is go-plugin's (its server.go): one line on standard output, `1|1|unix|PATH|grpc||true`. There is
    one protocol version, so it is printed whatever `PLUGIN_PROTOCOL_VERSIONS` offers; an engine that did not offer it
    refuses it by itself. `PLUGIN_UNIX_SOCKET_DIR` names the folder of the socket.
    """
    from wfctl.plugin_sdk._process import Life, Socket

    life = Life()
    if not Handshake.guard(os.environ):
        _refuse(BY_HAND)
    if os.environ.get("PLUGIN_CLIENT_CERT"):
        _refuse(NO_TLS)
    # Programs that drivers start must not pass through grpc's fork handlers. It reads this when it is imported.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    _run(provider, life, Socket(os.environ.get("PLUGIN_UNIX_SOCKET_DIR")))


def _run(provider: Provider, life: Life, socket: Socket) -> NoReturn:
    import grpc

    from wfctl.plugin_sdk import _go_plugin, _servicer
    from wfctl.plugin_sdk._process import End, die_of

    printed = Printed()
    server = grpc.server(
        ThreadPoolExecutor(_threads(provider), thread_name_prefix="rpc"),
        handlers=[*_servicer.offers(provider), *_go_plugin.offers(printed, life.end, life.look)],
        options=[
            ("grpc.max_receive_message_length", MESSAGE_LIMIT),
            ("grpc.max_send_message_length", MESSAGE_LIMIT),
        ],
    )
    _listen(server, socket)
    printed.replace_streams()
    Handshake.say(f"1|1|unix|{socket.path}|grpc||true")
    reason = life.wait()
    _within(SECONDS_TO_FLUSH, printed.finish)
    if reason is End.ASKED:
        server.stop(SECONDS_TO_ANSWER).wait(SECONDS_TO_END)
    socket.remove()
    if reason is End.TERMINATED:
        die_of(signal.SIGTERM)
    # A driver that hangs has a thread that never ends, and a normal exit would wait for it.
    os._exit(0)


def _within(seconds: float, do: Callable[[], None]) -> None:
    """Writing to an engine that does not read must not keep the process from ending."""
    doing = Thread(target=do, daemon=True)
    doing.start()
    doing.join(seconds)


def _threads(provider: Provider) -> int:
    declared = [driver.traits.max_concurrency for driver in provider.drivers.values()]
    return (max(provider.max_concurrency, *declared) or CHANGES_IF_UNDECLARED) + THREADS_BESIDE_CHANGES


def _listen(server: grpc.Server, socket: Socket) -> None:
    if socket.too_long:
        socket.remove()
        _refuse(f"{socket.path} is too long for a socket; name a shorter folder in TMPDIR or PLUGIN_UNIX_SOCKET_DIR\n")
    server.add_insecure_port(socket.target)
    server.start()
    socket.keep_private()


def _refuse(text: str) -> NoReturn:
    sys.stderr.write(text)
    sys.exit(1)
