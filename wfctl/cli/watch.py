"""Pick the views a verb is watched by, run it, and turn its end into an exit code.

Knows nothing of what verbs do and of how views show it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from wfctl.cli import exit_codes
from wfctl.cli.interrupts import Interrupted, interruptible
from wfctl.cli.options import Invocation
from wfctl.cli.report import interrupted, tell
from wfctl.cli.suggest import Suggesting
from wfctl.core.outcome import RunOutcome
from wfctl.errors import Kind, WfctlError
from wfctl.views.line import Line
from wfctl.views.rows import RunFacts
from wfctl.views.screen import Screen, Terminal, open_screen
from wfctl.views.sink import Sink
from wfctl.views.view import Several, View


def watched(
    call: Invocation,
    work: Callable[[View], Coroutine[None, None, int]],
    *,
    json_into: Path | None = None,
    quiet: bool = False,
) -> int:
    """Run a verb that does something, watched; the exit code. No exception leaves it but a mistake in a view."""
    with _also_into(json_into) as copy:
        view = _Noting(Suggesting(_view(call, copy, quiet=quiet), call.common.repeated))
        try:
            return interruptible(work(view))
        except Interrupted as signalled:
            if view.exit_code is not None:  # the run had ended already; only its plugins had not
                return view.exit_code
            return tell(interrupted(view.run_id), view, debug=False, code=signalled.exit_code)
        except Exception as error:  # noqa: BLE001  (the view shows it; report says what kind it was)
            return tell(error, view, debug=call.common.debug)
        finally:
            view.close()


class _Noting(Several):
    """A view that knows which run was begun, and with which exit code it ended."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.run_id = ""
        self.exit_code: int | None = None

    def run_started(self, run: RunFacts) -> None:
        """Note which."""
        self.run_id = run.run_id
        super().run_started(run)

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """Note how."""
        self.exit_code = outcome.exit_code
        super().finished(outcome, run)


def _view(call: Invocation, copy: Sink | None, *, quiet: bool) -> View:
    from wfctl.views.json_lines import JsonLines

    now = call.settings.now
    out = Sink.over(sys.stdout)
    own: View = JsonLines(out, now) if call.common.json else _text_view(call, out, quiet=quiet)
    if call.settings.build_server == "github":
        from wfctl.views.ci import GitHub

        own = GitHub(own, None if call.common.json else out, call.settings.step_summary)
    return Several(own, JsonLines(copy, now)) if copy is not None else own


def _text_view(call: Invocation, out: Sink, *, quiet: bool) -> View:
    hints = not call.settings.in_automation
    errors = screen(call, sys.stderr)
    if quiet:
        from wfctl.views.quiet import Quiet

        return Quiet(errors, hints=hints)
    from wfctl.views.human import Human

    return Human(_screen(call, sys.stdout, out), errors, hints=hints)


@contextlib.contextmanager
def _also_into(path: Path | None) -> Iterator[Sink | None]:
    """The file for a copy of the JSON lines, readable by its owner alone. Raises WfctlError (usage)."""
    if path is None:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as reason:
        message = f"{path} cannot be written: {reason.strerror}"
        raise WfctlError(Kind.USAGE, "JSON_INTO", message, hint="give --json-into a file you may write") from reason
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        yield Sink(file)


def screen(call: Invocation, stream: TextIO) -> Screen:
    """A place to draw on one of the process's streams."""
    return _screen(call, stream, Sink.over(stream))


def _screen(call: Invocation, stream: TextIO, sink: Sink) -> Screen:
    terminal = stream.isatty()
    drawn_over = terminal and not call.settings.build_server and call.settings.environment.get("TERM") != "dumb"
    return open_screen(
        sink,
        Terminal(live=drawn_over, color=call.settings.colored(call.common.color, terminal=terminal), size=_size),
    )


def _size() -> tuple[int, int]:
    columns, rows = shutil.get_terminal_size((120, 40))
    return columns, rows


def looked(call: Invocation, look: Callable[[View], Page]) -> int:
    """Run a verb that only looks: its page on stdout, alone; remarks on stderr. The exit code."""
    from wfctl.views.human import Human
    from wfctl.views.json_lines import JsonLines

    options = call.common.repeated
    beside: View = Suggesting(Human(screen(call, sys.stderr), hints=not call.settings.in_automation), options)
    try:
        page = look(beside)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except Exception as error:  # noqa: BLE001  (as in `watched`)
        own = Suggesting(JsonLines(Sink.over(sys.stdout), call.settings.now), options)
        view = own if call.common.json else beside
        code = tell(error, view, debug=call.common.debug)
        view.close()
        return code
    finally:
        beside.close()
    put(call, page)
    return page.code


class Page(NamedTuple):
    """What a verb that looks has found: for people (None: they get the document too), or one JSON document.

    `code` is the exit code.
    """

    lines: Callable[[], list[Line]] | None
    document: Callable[[], bytes]
    code: int = exit_codes.OK


def put(call: Invocation, page: Page) -> None:
    """Print a page on stdout, or its document."""
    if call.common.json or page.lines is None:
        sink = Sink.over(sys.stdout)
        sink.write_bytes(page.document() + b"\n")
        sink.flush()
        return
    place = screen(call, sys.stdout)
    place.show(page.lines())
    place.close()
