"""One plugin process: started, listened to, signalled, waited for.

Knows nothing of handshakes or gRPC. Two threads live as long as the process: one drains its pipes, since a plugin whose pipe is
full stops in the middle of a call; one waits for its end. Neither depends on the event loop being idle.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from wfctl.plugin_host.handshake import LINE_LIMIT
from wfctl.plugin_host.speech import Lines, Speech

_T = TypeVar("_T")
_CHUNK = 65536
_LAST_OUTPUT = 0.5  # seconds between the end of a process and giving up on pipes that a child of it holds open


class PluginProcess:
    """A running program in a session of its own. Made inside the event loop it belongs to; call `watch` at once.

    `first_line` becomes the first line on its stdout, or None when stdout ends without one; `exited` its exit status, negative
    for a signal. Everything else it prints goes to `speech`. Raises OSError when the program cannot be started.
    """

    def __init__(
        self,
        argv: tuple[str, ...],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        speech: Speech,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.first_line: asyncio.Future[str | None] = self._loop.create_future()
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._drained: asyncio.Future[None] = self._loop.create_future()
        self.speech = speech
        self._greeting = _FirstLine(lambda line: self._post(self.first_line, line), Lines(speech.say))
        self._reaped = self._released = False
        self._signalling = threading.Lock()
        self._popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,  # it must not read the terminal
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # nor get the terminal's Ctrl-C
        )
        self.pid = self._popen.pid
        self._stop_reading, self._stop = os.pipe()

    def watch(self, before_reaping: Callable[[], None]) -> None:
        """Start the threads. `before_reaping` is called from one of them when it has ended, while its pid is still taken."""
        output = threading.Thread(target=self._drain, name=f"plugin-{self.pid}-output", daemon=True)
        end = threading.Thread(
            target=self._await_end, args=(before_reaping,), name=f"plugin-{self.pid}-end", daemon=True
        )
        output.start()
        end.start()

    @property
    def alive(self) -> bool:
        """Whether its end has not been seen yet."""
        return not self.exited.done()

    async def ended(self, seconds: float | None) -> bool:
        """Whether it ends within so many seconds."""
        await asyncio.wait([self.exited], timeout=seconds)
        return self.exited.done()

    async def silent(self) -> None:
        """Wait until everything it printed has been read, after its end; a little while at most."""
        await asyncio.wait([self._drained], timeout=_LAST_OUTPUT)

    def signal(self, number: signal.Signals) -> None:
        """Signal it and the children in its process group. Nobody there is fine."""
        with self._signalling:
            if not self._reaped:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of zombies
                    os.killpg(self.pid, number)

    async def end(self, *, patience: float, mercy: float) -> None:
        """See it out: wait `patience` seconds, then SIGTERM, `mercy` seconds later SIGKILL. Returns when it is reaped."""
        if not await self.ended(patience):
            self.signal(signal.SIGTERM)
            if not await self.ended(mercy):
                self.signal(signal.SIGKILL)
                await self.ended(None)
        await self.silent()
        self._release()
        await asyncio.wait([self._drained])

    def unfinished_line(self) -> str:
        """What it has printed of a first line that has not ended."""
        return self._greeting.unfinished()

    def ending(self) -> str:
        """How it ended, in words; empty while it lives."""
        if self.alive:
            return ""
        status = self.exited.result()
        return f"exited with status {status}" if status >= 0 else f"was killed by {_signal_name(-status)}"

    def _release(self) -> None:
        if not self._released:
            self._released = True
            with contextlib.suppress(BrokenPipeError):  # the reading thread has gone by itself
                os.write(self._stop, b"x")
            os.close(self._stop)

    def _drain(self) -> None:
        out, err = self._popen.stdout, self._popen.stderr
        if out is None or err is None:
            return
        sinks: dict[int, Lines | _FirstLine] = {out.fileno(): self._greeting, err.fileno(): Lines(self.speech.say)}
        with selectors.DefaultSelector() as selector:
            for number in (self._stop_reading, *sinks):
                selector.register(number, selectors.EVENT_READ)
            while sinks:
                ready = [key.fd for key, _ in selector.select()]
                if self._stop_reading in ready:
                    break
                for number in ready:
                    if not _pump(number, sinks[number]):
                        selector.unregister(number)
                        sinks.pop(number).end()
        for sink in sinks.values():
            sink.end()
        out.close()
        err.close()
        os.close(self._stop_reading)
        self._post(self._drained, None)

    def _await_end(self, before_reaping: Callable[[], None]) -> None:
        if hasattr(os, "waitid"):
            # Looked at before it is waited for: while it is a zombie, its pid cannot become somebody else's.
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            before_reaping()
            with self._signalling:
                status = self._popen.wait()
                self._reaped = True
        else:
            status = self._popen.wait()
            self._reaped = True
            before_reaping()
        self._post(self.exited, status)

    def _post(self, future: asyncio.Future[_T], value: _T) -> None:
        # The loop may be gone when a plugin ends after it: then nobody waits for the news.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, future, value)


class _FirstLine:
    """Hands over the first line of a stream, or None if there is none, and passes on what follows."""

    def __init__(self, tell: Callable[[str | None], None], follow: Lines) -> None:
        self._tell = tell
        self._follow = follow
        self._begun = b""
        self._told = False

    def feed(self, chunk: bytes) -> None:
        if self._told:
            self._follow.feed(chunk)
            return
        self._begun += chunk
        line, end, rest = self._begun.partition(b"\n")
        if end or len(self._begun) > LINE_LIMIT:
            self._hand_over(line[:LINE_LIMIT].decode(errors="replace"))
            self._follow.feed(rest)

    def end(self) -> None:
        if not self._told:
            self._hand_over(self.unfinished() or None)
        self._follow.end()

    def unfinished(self) -> str:
        return "" if self._told else self._begun.decode(errors="replace")

    def _hand_over(self, line: str | None) -> None:
        self._told = True
        self._tell(line)


def _pump(number: int, sink: Lines | _FirstLine) -> bool:
    chunk = os.read(number, _CHUNK)
    if chunk:
        sink.feed(chunk)
    return bool(chunk)


def _settle(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
