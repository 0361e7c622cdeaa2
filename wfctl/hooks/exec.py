"""Run one hook program in a session of its own and report how it went.

Knows nothing of what the hook is for, when it runs or what its failure means.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import msgspec

from wfctl.core.text import clean
from wfctl.engine.ports import HookCall, HookReport

OUTPUT_LIMIT = 64 * 1024
"""How much of a program's output is kept, in bytes: its last words matter most."""

_SPARE = 16 * 1024
"""Kept in front of that and dropped after redaction, so that no secret up to this long can lose its head to the cut."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds: `kill` between SIGTERM and SIGKILL, `drain` for output after the program has ended.

    The second wait ends at once unless the program left a child behind that still holds its output open.
    """

    kill: float = 5.0
    drain: float = 1.0


class ExecHooks:
    """The runner of hook programs: no shell, own session and process group, the end of the output kept.

    `environment` is what every program gets before the call's own variables; `cwd` is where relative names start;
    `redact` takes the secrets known to the run out of a text. A program that closes its output and lives on is waited
    for; children that it leaves behind when it ends are not: they may be servers that were meant to stay.
    """

    def __init__(
        self,
        *,
        cwd: Path,
        environment: Mapping[str, str],
        redact: Callable[[str], str],
        patience: Patience = Patience(),  # noqa: B008  (frozen)
    ) -> None:
        self._cwd = cwd
        self._environment = dict(environment)
        self._redact = redact
        self._patience = patience

    async def run(self, call: HookCall) -> HookReport:
        """Run one program to its end, or to `call.timeout` seconds (0 = no limit).

        At the limit the program's group gets SIGTERM, then SIGKILL. Never raises for what the program does. A cancelled
        call kills the group and passes the cancellation on.
        """
        reading, writing = os.pipe()
        rest = _poured(writing, call.stdin)
        try:
            program = await self._started(call, reading)
        except (OSError, ValueError) as reason:  # ValueError: a NUL character in an argument or a variable
            os.close(writing)
            return HookReport(exit_status=None, problem=self._shown(_why_not_started(call.argv, self._cwd, reason)))
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        try:
            await program.feed(writing, rest)
            timed_out = not await program.ended(call.timeout or None)
            if timed_out:
                await self._stop(program)
            await program.drained(self._patience.drain)
        except asyncio.CancelledError:
            await self._give_up(program)
            raise
        finally:
            program.close()
        return self._report(call, program, timed_out=timed_out)

    async def _started(self, call: HookCall, stdin: int) -> _Program:
        """Starts to the end, whatever happens: giving up in the middle would leave children that nobody knows of."""
        starting = asyncio.ensure_future(self._start(call, stdin))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(_kill)
            await asyncio.wait([starting])
            if not starting.cancelled() and starting.exception() is None:
                await self._give_up(starting.result())
            raise

    async def _start(self, call: HookCall, stdin: int) -> _Program:
        # stdin is a pipe of our own: asyncio would give the program a socket, which cannot be opened as /dev/stdin
        if not call.argv:
            raise ValueError("the command is empty")
        _, program = await asyncio.get_running_loop().subprocess_exec(
            _Program,
            *call.argv,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._cwd,
            env={**self._environment, **call.environment},
            start_new_session=True,
        )
        return program

    async def _stop(self, program: _Program) -> None:
        program.signal(signal.SIGTERM)
        await program.ended(self._patience.kill)
        program.signal(signal.SIGKILL)  # also when it has ended: its children may have ignored the first signal
        await program.ended(self._patience.kill)

    async def _give_up(self, program: _Program) -> None:
        program.signal(signal.SIGKILL)
        await program.ended(self._patience.kill)
        program.close()

    def _report(self, call: HookCall, program: _Program, *, timed_out: bool) -> HookReport:
        output = self._output(program)
        if timed_out:
            problem = f"killed after {call.timeout:g} s"
            return HookReport(exit_status=None, output=output, timed_out=True, problem=problem)
        status = program.status
        if status < 0:
            return HookReport(exit_status=128 - status, output=output, problem=f"killed by {_signal_name(-status)}")
        return HookReport(exit_status=status, output=output)

    def _output(self, program: _Program) -> str:
        text = self._redact(program.output.decode(errors="replace"))
        if program.lost:
            text = text[_SPARE:]
        # once more when clean: an escape sequence in the middle of a secret hides it from the first pass
        return clean(self._redact(clean(text, len(text))), OUTPUT_LIMIT, keep_end=True)

    def _shown(self, problem: str) -> str:
        return clean(self._redact(problem), 1000)


class _Program(asyncio.SubprocessProtocol):
    """One running program: its exit, the end of its output, its process group."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[None] = loop.create_future()
        self._end_of_output: asyncio.Future[None] = loop.create_future()
        self.output = bytearray()
        self.lost = False
        self.status = 0
        self._stdin: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:  # noqa: ARG002  (both outputs share one pipe)
        self.output += cast("bytes", data)
        if len(self.output) > 2 * (OUTPUT_LIMIT + _SPARE):  # seldom, so that a flood does not copy at every read
            self.lost = True
            del self.output[: -(OUTPUT_LIMIT + _SPARE)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's)
        if not self._end_of_output.done():
            self._end_of_output.set_result(None)

    def process_exited(self) -> None:
        self.status = self._transport.get_returncode() or 0
        if not self._exit.done():
            self._exit.set_result(None)

    async def feed(self, writing: int, stdin: bytes) -> None:
        """Hand over stdin while the program runs. A program that does not read it, or not all, is left alone."""
        pipe = os.fdopen(writing, "wb", buffering=0)
        loop = asyncio.get_running_loop()
        self._stdin, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, pipe)
        self._stdin.write(stdin)
        self._stdin.close()

    async def ended(self, seconds: float | None) -> bool:
        """Whether the program has ended within so many seconds."""
        return await _done(self._exit, seconds)

    async def drained(self, seconds: float) -> None:
        """Wait for the last of the output."""
        await _done(self._end_of_output, seconds)

    def signal(self, number: signal.Signals) -> None:
        """Signal the whole process group, whose id is the program's. Nobody there is fine."""
        try:
            os.killpg(self._transport.get_pid(), number)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            return

    def close(self) -> None:
        """Let go of everything; a program that still runs is killed with its group."""
        if not self._exit.done():
            self.signal(signal.SIGKILL)
        if self._stdin is not None and self._stdin.get_write_buffer_size():
            self._stdin.abort()
        self._transport.close()


def _poured(writing: int, stdin: bytes) -> bytes:
    """Put as much into a pipe as it takes at once; the rest.

    Before the program starts: if wfctl is killed then, the program lives on, and must not take half a message for a whole.
    """
    os.set_blocking(writing, False)
    return stdin[os.write(writing, stdin) :]


def _kill(starting: asyncio.Future[_Program]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        starting.result().signal(signal.SIGKILL)


async def _done(future: asyncio.Future[None], seconds: float | None) -> bool:
    await asyncio.wait([future], timeout=seconds)
    return future.done()


def _why_not_started(argv: tuple[str, ...], cwd: Path, reason: OSError | ValueError) -> str:
    name = argv[0] if argv else ""
    match reason:
        case FileNotFoundError(filename=missing) | NotADirectoryError(filename=missing) if str(missing) == str(cwd):
            return f"the directory {cwd} is not there"
        case FileNotFoundError():
            return f"{name} was not found (or the interpreter its first line names)"
        case PermissionError():
            return f"{name} may not be executed: {reason.strerror}"
        case OSError():
            return f"{name} could not be started: {reason.strerror}"
        case _:
            return f"{name} could not be started: {reason}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
