"""Turn an error into text and an exit code: the only place that does.

Knows nothing of how errors come about. During a verb the view shows them; here is also what shows them when there is none.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from wfctl.cli import exit_codes
from wfctl.errors import Kind, WfctlError

if TYPE_CHECKING:
    from wfctl.views.view import View

_BUG = "this is a bug in wfctl; run the command again with --debug to see where"


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Show an error for which there is no view; the exit code. The arguments say whether JSON or a traceback is wanted."""
    debug = "--debug" in arguments or "-debug" in arguments
    if debug and not isinstance(error, click.ClickException):
        traceback.print_exception(error)
    known = explained(error)
    code = exit_codes.of(known.kind)
    if "--json" in arguments or "-json" in arguments:
        _show_json(known, code)
    else:
        _show_text(known)
    return code


def tell(error: BaseException, view: View, *, debug: bool, code: int | None = None) -> int:
    """Show an error to a view; the exit code, which is that of the error's kind unless it is given."""
    if debug:
        traceback.print_exception(error)
    known = explained(error)
    code = exit_codes.of(known.kind) if code is None else code
    view.error(known, code)
    return code


def interrupted(run_id: str = "") -> WfctlError:
    """The end of a verb that was stopped while no run was going on: a run takes signals itself. `run_id` was just begun."""
    if run_id:
        message = f"interrupted; what became of run {run_id} is on record"
        return WfctlError(Kind.DECLINED, "INTERRUPTED", message, hint=f"wfctl runs show {run_id}")
    return WfctlError(Kind.DECLINED, "INTERRUPTED", "interrupted; no run was begun or taken up")


def explained(error: BaseException) -> WfctlError:
    """Any error as one of ours. What nobody foresaw is an internal error: its type and text, never its traceback."""
    match error:
        case WfctlError():
            return error
        case click.UsageError():
            verb = error.ctx.command_path if error.ctx else "wfctl"
            return WfctlError(Kind.USAGE, "USAGE", error.format_message(), hint=f"{verb} --help")
        case click.ClickException():
            return WfctlError(Kind.USAGE, "USAGE", error.format_message())
        case MemoryError():
            return WfctlError(Kind.INTERNAL, "OUT_OF_MEMORY", "there is not enough memory")
        case ExceptionGroup() if len(error.exceptions) == 1:
            return explained(error.exceptions[0])
        case _:
            what = f"internal error: {type(error).__name__}: {error}"
            return WfctlError(Kind.INTERNAL, "INTERNAL", what[:2000], hint=_BUG)


def _show_text(error: WfctlError) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"Error: {error}\n")
    if error.hint:
        sys.stderr.write(f"\nNext: {error.hint}\n")


def _show_json(error: WfctlError, code: int) -> None:
    """The lines every program that reads `--json` may count on: what was wrong, and the end."""
    import time

    from wfctl.views.json_lines import JsonLines
    from wfctl.views.sink import Sink

    view = JsonLines(Sink.over(sys.stdout), time.time)
    view.error(error, code)
    view.close()
