"""A program that runs the use cases of wfctl in processes of their own, and can have them killed at any boundary.

usage: python -m tests.crash.engine. It reads one order a line (JSON) on its standard input and answers each with a line:

    {"start": ORDER} -> {"pid": …}      begins an order in a process of its own
    {"end": PID}     -> {"status": …}   waits for it and, unless told not to, for everything it left behind

Processes are forked from this one, which has imported everything and started nothing: a run begins after milliseconds, as
what it would be after an exec. What they leave behind when they are killed becomes this one's, so that it can be waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import msgspec

from tests.crash.instants import Instants, Target, children_of
from tests.preload import import_all

_PATIENCE = 20.0
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to run in `folder`, with what environment.

    `do` is apply, destroy, rollback (of the newest run), resume or cli; `cli` runs the command line with `arguments`. `out` takes
    what is printed, and `report` (not for cli) what was counted.
    """

    folder: str
    do: str
    environment: dict[str, str]
    out: str
    report: str = ""
    arguments: tuple[str, ...] = ()
    target: Target = Target()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a process that was not killed came to: its exit code, the code of its error, the boundaries it passed."""

    exit_code: int
    error: str = ""
    labels: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of orders."""

    start: Order | None = None
    end: int = 0
    settle: bool = True


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of answers. `status` is negative for the signal that ended a process; `left` are processes that would not end."""

    pid: int = 0
    status: int = 0
    left: tuple[int, ...] = ()


def main() -> None:
    """Serve orders until there are none."""
    _adopt_orphans()
    import_all()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError("something was started that a fork would leave half of")
    for text in iter(sys.stdin.buffer.readline, b""):
        line = msgspec.json.decode(text, type=Line)
        answer = Answer(pid=_begin(line.start)) if line.start else _ended(line.end, settle=line.settle)
        os.write(1, msgspec.json.encode(answer) + b"\n")


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


# --- on this side of the fork ------------------------------------------------------------------------------------------


def _begin(order: Order) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _ended(pid: int, *, settle: bool) -> Answer:
    _, status = os.waitpid(pid, 0)
    left = _orphans() if settle else ()
    return Answer(pid=pid, status=os.waitstatus_to_exitcode(status), left=left)


def _orphans() -> tuple[int, ...]:
    """Wait for whatever else there is; the processes that do not end are killed and told."""
    left: list[int] = []

    def give_up() -> None:
        left.extend(children_of(os.getpid()))
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    watchdog = threading.Timer(_PATIENCE, give_up)
    watchdog.start()
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        return tuple(left)
    finally:
        watchdog.cancel()
        watchdog.join()


# --- on the other side -------------------------------------------------------------------------------------------------


def _become(order: Order) -> NoReturn:
    code = 70
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(order.environment)
        os.chdir(order.folder)
        nothing, out = (
            os.open(os.devnull, os.O_RDONLY),
            os.open(order.out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        )
        os.dup2(nothing, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = _command_line(order) if order.do == "cli" else _use_case(order)
    except BaseException:  # noqa: BLE001  (nothing may come back to the program that was forked)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command_line(order: Order) -> int:
    from wfctl.cli.main import run

    return run(list(order.arguments))


def _use_case(order: Order) -> int:
    from wfctl.app import settings
    from wfctl.app.orders import ApplyOrder, PlanOrder, ResumeOrder, RollbackOrder, Where
    from wfctl.cli import exit_codes
    from wfctl.errors import WfctlError
    from wfctl.views.json_lines import JsonLines
    from wfctl.views.sink import Sink

    instants = Instants(order.target, lambda text: _note(order.report + ".killed", text))
    surroundings = msgspec.structs.replace(settings.read(), wiring=instants.wiring())
    view = JsonLines(Sink.over(sys.stdout), surroundings.now)
    code, error = 0, ""
    try:
        if order.do == "resume":
            from wfctl.app.resume import resume

            code = asyncio.run(resume(surroundings, ResumeOrder(), view)).exit_code
        elif order.do == "rollback":
            from wfctl.app.rollback import rollback
            from wfctl.app.runs import list_runs

            newest = list_runs(surroundings, Where(), view)[0].run_id
            back = RollbackOrder(run_id=newest, approved=True)
            outcome = asyncio.run(rollback(surroundings, back, view, None))
            code = outcome.exit_code if outcome else 0
        else:
            from wfctl.app.apply import apply

            plan = PlanOrder(destroy=order.do == "destroy")
            outcome = asyncio.run(apply(surroundings, ApplyOrder(plan=plan, approved=True), view, None))
            code = outcome.exit_code if outcome else 0
    except WfctlError as problem:
        code, error = exit_codes.of(problem.kind), problem.code
        view.error(problem, code)
    view.close()
    report = Report(exit_code=code, error=error, labels=tuple(instants.labels))
    _note(order.report, msgspec.json.encode(report).decode())
    return code


def _note(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
