"""The page a build server shows below a step, in GitHub's Markdown: what became of what, what the exit code means, what next.

Knows nothing of files. Whatever a stranger said stands in it as plain characters, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from wfctl.core.outcome import ActionOutcome, ActionStatus, RunOutcome
from wfctl.errors import WfctlError
from wfctl.views.exit_codes import meaning
from wfctl.views.line import one_line, plain, tenths
from wfctl.views.next_command import to_type_next
from wfctl.views.plan_page import footer
from wfctl.views.result import errors_of, headline, stayed
from wfctl.views.rows import PlanPage, RunFacts
from wfctl.views.wording import STATUS, plural

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage

MOST_ROWS: Final = 200
"""Most actions in the table: the server refuses a page of more than a mebibyte."""

_MARKUP: Final = {ord(char): f"&#{ord(char)};" for char in "\\`*_{}[]()#+!|<>&~@$^=\"'"}


def text(strangers: str, limit: int = 300) -> str:
    """A stranger's text as characters that mean nothing to Markdown or HTML."""
    return one_line(strangers, limit).translate(_MARKUP)


def run_summary(outcome: RunOutcome, run: RunFacts) -> str:
    """A run that came to its end."""
    lines = [f"### {text(plain(headline(outcome, run)))}", "", _exit(outcome.exit_code), ""]
    lines += [f"Run {_code(run.run_id)} in {text(run.workspace or 'default')}", ""]
    lines += _table(outcome.actions)
    lines += [f"- finishing failed: {text(problem)}" for problem in outcome.finalize_errors]
    lines += _stayed(outcome.actions)
    lines += _residues(outcome.actions)
    return _page(lines, to_type_next(outcome, run))


def plan_summary(page: PlanPage, exit_code: int) -> str:
    """A plan that was made and not applied."""
    numbers = plain(footer(page.actions)) if page.actions else "No changes."
    return _page([f"### wfctl plan: {numbers}", "", _exit(exit_code), ""], page.next_command)


def what_if_summary(page: WhatIfPage) -> str:
    """What single failures of a plan would leave behind."""
    from wfctl.views import what_if_page as told

    lines = [f"### {text(plain(told.headline(page)))}", ""]
    if page.leaving:
        lines += ["| Left | Exit | Single failure | What would be left |", "|--:|--:|---|---|"]
    for one in page.leaving[:MOST_ROWS]:
        what, left = text(told.mishap_text(page, one.mishap)), text(told.left_text(page, one))
        lines.append(f"| {one.left_behind} | {one.exit_code} | {what} | {left} |")
    more = len(page.leaving) - MOST_ROWS
    lines += ["", f"… and {plural(more, 'more failure')}"] if more > 0 else []
    return _page(lines, "")


def error_summary(error: WfctlError, exit_code: int, run: RunFacts | None) -> str:
    """A verb that ended with an error."""
    lines = [f"### wfctl failed: {text(error.code)}", "", text(error.message), ""]
    lines += [f"- {text(detail)}" for detail in error.details[:MOST_ROWS]]
    lines += ["", _exit(exit_code), ""]
    if run is not None:
        lines += [f"Run {_code(run.run_id)} is on record.", ""]
    return _page(lines, error.hint)


def _page(lines: Iterable[str], next_step: str) -> str:
    ending = [f"Next: {_code(next_step)}", ""] if next_step else []
    return "\n".join([*lines, "", *ending]) + "\n"


def _exit(code: int) -> str:
    explained = meaning(code)
    return f"Exit **{code}**: {explained}." if explained else f"Exit **{code}**"


def _code(strangers: str) -> str:
    return f"<code>{text(strangers)}</code>"


def _table(actions: Sequence[ActionOutcome]) -> list[str]:
    shown = sorted(actions, key=lambda action: action.status is ActionStatus.SUCCESS)[:MOST_ROWS]
    rows = [_row(action) for action in sorted(shown, key=lambda action: action.plan_index)]
    more = len(actions) - len(shown)
    rest = [f"… and {plural(more, 'more action')}", ""] if more else []
    head = ["| # | Action | Address | Status | Tries | Time | Why |", "|--:|---|---|---|--:|--:|---|"]
    return [*head, *rows, "", *rest] if actions else []


def _row(action: ActionOutcome) -> str:
    status = f"{STATUS[action.status]} {int(action.status)}".replace("_", "&#95;")
    spent = tenths(action.elapsed) if action.started_at else ""
    cells = [str(action.plan_index + 1), action.operation.value, text(action.address), status]
    return f"| {' | '.join([*cells, str(action.attempts), spent, text(_why(action))])} |"


def _why(action: ActionOutcome) -> str:
    """Both errors where there are two, the original first; what stopped it where it was never sent."""
    told = "; then the undo: ".join(
        f"{found.code}: {found.message.partition(chr(10))[0]}" for found in errors_of(action)
    )
    doubt = "in doubt: " if action.in_doubt else ""
    return f"{doubt}{told or action.skipped_because or action.evidence}"


def _stayed(actions: Sequence[ActionOutcome]) -> list[str]:
    left = [action for action in actions if stayed(action)]
    if not left:
        return []
    rows = [f"- {text(one.address)} {_code(one.provider_id or 'id unknown')}" for one in left]
    return ["", "**Left behind, and kept in the state:**", "", *rows, ""]


def _residues(actions: Sequence[ActionOutcome]) -> list[str]:
    left = [residue for action in actions for residue in action.residue]
    if not left:
        return []
    rows = [
        f"- {text(f'{one.type}.{one.name}')} {_code(one.provider_id or 'id unknown')} {text(one.note)}" for one in left
    ]
    return ["", "**Left behind, and not in the state:**", "", *rows, ""]
