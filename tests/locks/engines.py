"""A program that starts engines: processes that run the real command line, by clocks that a test can turn.

usage: python -m tests.locks.engines. It reads one order a line (JSON) on its standard input and answers each with a line:

    {"start": START}  -> {"pid": …}       begins an engine in a process and a session of its own
    {"stopped": PID}  -> {"pid": …}       waits until it is stopped, as by SIGSTOP
    {"end": PID}      -> {"status": …}    waits for its end

Engines are forked from this program, which has imported everything and started nothing, so a test can afford many of them.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import NoReturn, cast

import msgspec

from tests.preload import import_all
from wfctl.app.settings import Settings, read
from wfctl.app.wiring import Wiring
from wfctl.core.plan import Plan, RunId
from wfctl.engine.ports import Batch
from wfctl.ledger.store import RunWriter, Store

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Offsets(msgspec.Struct, frozen=True, kw_only=True):
    """By how many seconds a test has turned the clocks: the time of day, and the one that counts since boot."""

    wall: float = 0.0
    boot: float = 0.0


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Where an engine waits: before or after its so-many-th append (from 1), or before its run is begun (`taking`).

    It says so by a byte into the fifo `here`, and goes on when it gets a shared lock on the file `go`.
    """

    before: int = 0
    after: int = 0
    taking: bool = False
    here: str
    go: str


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One engine: where, with what arguments and environment. `out` is a file or fifo; `clocks` holds the JSON of `Offsets`."""

    folder: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    out: str
    clocks: str
    hold: Hold | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    start: Start | None = None
    stopped: int = 0
    end: int = 0


def main() -> None:
    """Serve orders until there are none."""
    import_all()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError("something was started that a fork would leave half of")
    for text in iter(sys.stdin.buffer.readline, b""):
        order = msgspec.json.decode(text, type=Order)
        os.write(1, msgspec.json.encode(_answer(order)) + b"\n")


def _answer(order: Order) -> dict[str, int]:
    if order.start is not None:
        return {"pid": _begin(order.start)}
    if order.stopped:
        pid, status = os.waitpid(order.stopped, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            raise RuntimeError(f"process {pid} ended instead of being stopped")
        return {"pid": pid}
    _, status = os.waitpid(order.end, 0)
    return {"status": os.waitstatus_to_exitcode(status)}


def _begin(start: Start) -> int:
    pid = os.fork()
    if pid == 0:
        _become(start)
    return pid


def _become(start: Start) -> NoReturn:
    code = 70
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(start.environment)
        os.chdir(start.folder)
        nothing = os.open(os.devnull, os.O_RDONLY)
        out = os.open(start.out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, descriptor in enumerate((nothing, out, out)):
            os.dup2(descriptor, number)
        code = _command_line(start)
    except BaseException:  # noqa: BLE001  (nothing may come back to the program that was forked)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _command_line(start: Start) -> int:
    import click

    from wfctl.cli.options import Invocation
    from wfctl.cli.report import report
    from wfctl.cli.root import root
    from wfctl.cli.streams import forgive_closed_pipes

    forgive_closed_pipes()
    settings = _turned(read(), Path(start.clocks))
    if start.hold is not None:
        settings = msgspec.structs.replace(settings, wiring=_holding(start.hold))
    call = Invocation(settings=settings)
    try:
        return int(root().main(list(start.arguments), prog_name="wfctl", standalone_mode=False, obj=call) or 0)
    except click.ClickException as error:
        return report(error, start.arguments)


def _turned(settings: Settings, clocks: Path) -> Settings:
    def offsets() -> Offsets:
        return msgspec.json.decode(clocks.read_bytes(), type=Offsets)

    return msgspec.structs.replace(
        settings,
        now=lambda: time.time() + offsets().wall,
        uptime=lambda: time.clock_gettime(_BOOT) + offsets().boot,
    )


# --- an engine that waits ----------------------------------------------------------------------------------------------


def _holding(hold: Hold) -> Wiring:
    return Wiring(store=lambda store: cast("Store", _HoldingStore(store, hold)))


def _wait(hold: Hold) -> None:
    Path(hold.here).write_bytes(b"x")
    with Path(hold.go).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


class _HoldingStore:
    """A ledger that waits before a run is begun, or whose writers wait."""

    def __init__(self, store: Store, hold: Hold) -> None:
        self._store = store
        self._hold = hold

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def create_run(self, plan: Plan, first: Batch, *, engine: str = "local") -> RunWriter:
        if self._hold.taking:
            _wait(self._hold)
        return self._holding(self._store.create_run(plan, first, engine=engine))

    def resume_run(self, run_id: RunId) -> RunWriter:
        return self._holding(self._store.resume_run(run_id))

    def _holding(self, writer: RunWriter) -> RunWriter:
        return cast("RunWriter", _HoldingWriter(writer, self._hold))


class _HoldingWriter:
    """A writer that waits: before an append, when calls were answered; or after it, when intents are durable."""

    def __init__(self, writer: RunWriter, hold: Hold) -> None:
        self._writer = writer
        self._hold = hold
        self._count = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)

    async def append(self, batch: Batch) -> None:
        self._count += 1
        if self._count == self._hold.before:
            await asyncio.to_thread(_wait, self._hold)
        await self._writer.append(batch)
        if self._count == self._hold.after:
            await asyncio.to_thread(_wait, self._hold)


if __name__ == "__main__":
    main()
