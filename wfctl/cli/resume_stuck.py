"""`wfctl resume --stuck`: a line for each run that was taken up, and the worst of their exit codes.

Knows nothing of flags.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wfctl.app.orders import ResumeOrder
from wfctl.app.stuck import TakenUp
from wfctl.cli import exit_codes
from wfctl.cli.documents import document
from wfctl.cli.options import Invocation
from wfctl.cli.watch import Page, put, watched
from wfctl.views.view import View

WORST_FIRST: Final = (5, 1, 10, 7, 8, 9, 6, 143, 130, 129, 11, 12, 3, 4)
"""Exit codes, the most urgent first: a person is needed; it could not be taken up; it was stopped again; it is over."""


def resumed(call: Invocation, order: ResumeOrder, *, quiet: bool = False) -> int:
    """Take up all that is stuck; the exit code. Quiet says nothing of what went well."""
    from wfctl.app.stuck import resume_stuck

    async def work(view: View) -> int:
        found: list[TakenUp] = []
        async for taken in resume_stuck(call.settings, order, view):
            found.append(taken)
            if not call.common.json and not (quiet and code(taken) == exit_codes.OK):
                view.notice(line(taken))
        if call.common.json:
            put(call, Page(list, lambda: document(runs=[_row(taken) for taken in found])))
        elif not found and not quiet:
            view.notice("No run is stuck.")
        return worst(code(taken) for taken in found)

    return watched(call, work)


def code(taken: TakenUp) -> int:
    """The exit code of one run."""
    if taken.outcome is not None:
        return taken.outcome.exit_code
    if taken.problem is None or taken.overtaken:
        return exit_codes.OK
    return exit_codes.of(taken.problem.kind)


def worst(codes: Iterable[int]) -> int:
    """The most urgent of several exit codes; 0 for none."""
    found = set(codes)
    return next((each for each in WORST_FIRST if each in found), exit_codes.OK)


def line(taken: TakenUp) -> str:
    """One run on one line."""
    return f"Run {taken.run_id} in {taken.workspace}: {_how(taken)}"


def _how(taken: TakenUp) -> str:
    if taken.outcome is not None:
        return f"{taken.outcome.result}, exit {taken.outcome.exit_code}"
    if taken.problem is None:
        return ""
    if taken.overtaken:
        return f"left alone: {taken.problem.message}"
    return f"not taken up, exit {code(taken)}: {taken.problem.message} ({taken.problem.code})"


def _row(taken: TakenUp) -> dict[str, object]:
    problem = taken.problem
    return {
        "run_id": taken.run_id,
        "workspace": taken.workspace,
        "result": taken.outcome.result if taken.outcome else None,
        "exit_code": code(taken),
        "overtaken": taken.overtaken,
        "error": None
        if problem is None
        else {"code": problem.code, "message": problem.message, "hint": problem.hint, "details": problem.details},
    }
