"""A plan laid out for people: what will change, from what to what, and how each change could be taken back.

Knows nothing of how a plan is made. Symbols, phrases and the footer are Terraform's, to the letter: programs read them.
(upstream: hashicorp/terraform, internal/command/jsonformat/plan.go)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from wfctl.core.plan import Operation
from wfctl.views.line import BLANK, Line, Span, Style, line, names, one_line, pad, width
from wfctl.views.rows import ChangeRow, PlannedRow, PlanPage, Shown, ValueForm
from wfctl.views.wording import CREATE_FIRST, LEGEND, SYMBOL, plural

VALUE_LIMIT: Final = 96
"""Most characters shown of one value."""

MOST_CHANGES: Final = 60
"""Most attributes shown of one action."""

_UNDO_COLUMN: Final = 68
_MOST_NAMED: Final = 10

_STYLE: Final = {
    Operation.CREATE: Style.GOOD,
    Operation.UPDATE: Style.CAUTION,
    Operation.REPLACE: Style.BAD,
    Operation.DELETE: Style.BAD,
}
_FATE: Final = {
    Operation.CREATE: "will be created",
    Operation.UPDATE: "will be updated in-place",
    Operation.REPLACE: "must be replaced",
    Operation.DELETE: "will be destroyed",
}


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How much a plan does; a replace adds one and destroys one, an action for its hooks alone counts for nothing."""

    add: int = 0
    change: int = 0
    destroy: int = 0


def tally(actions: Iterable[PlannedRow]) -> Tally:
    """The numbers of a plan's footer."""
    add = change = destroy = 0
    for action in actions:
        if action.hooks_only:
            continue
        add += action.operation in (Operation.CREATE, Operation.REPLACE)
        change += action.operation is Operation.UPDATE
        destroy += action.operation in (Operation.DELETE, Operation.REPLACE)
    return Tally(add=add, change=change, destroy=destroy)


def plan_lines(page: PlanPage, *, hints: bool = True) -> list[Line]:
    """A whole plan. With `hints` it ends with the next command to type."""
    lines = [*_head(page)]
    if not page.actions:
        return [*lines, _nothing(page)]
    legend = _legend(page.actions)
    lines += [BLANK, *legend, BLANK] if legend else [BLANK]
    column = _column(page.actions)
    for action in page.actions:
        lines += _action(action, column)
    lines += [BLANK, footer(page.actions), *_after_footer(page)]
    if hints and page.next_command:
        lines.append(line(f"Next: {page.next_command}", Style.STRONG))
    return lines


def footer(actions: Iterable[PlannedRow]) -> Line:
    """The line that bots read."""
    count = tally(actions)
    return (
        Span("Plan:", Style.STRONG),
        Span(f" {count.add} to add, {count.change} to change, {count.destroy} to destroy."),
    )


def symbol(action: PlannedRow) -> str:
    """What stands before an action: `+`, `~`, `-`, `-/+` or `+/-`; nothing when only its hooks run."""
    if action.hooks_only:
        return ""
    if action.operation is Operation.REPLACE and action.create_first:
        return CREATE_FIRST
    return SYMBOL[action.operation]


def value(shown: Shown) -> str:
    """A value as text on one line; a secret is never more than its label."""
    match shown.form:
        case ValueForm.ABSENT:
            return "(none)"
        case ValueForm.PLAIN:
            return one_line(shown.text, VALUE_LIMIT)
        case ValueForm.REFERENCE:
            return f"{one_line(shown.text, VALUE_LIMIT)} (known after apply)"
        case ValueForm.SENSITIVE:
            return "(sensitive value)"
        case ValueForm.UNKNOWN:
            return "(known after apply)"


def _head(page: PlanPage) -> list[Line]:
    place = "/".join(one_line(part) for part in (page.project, page.workspace) if part)
    facts = [f"Workspace {place}, serial {page.serial}."] if place else []
    if page.refreshed and page.read:
        facts.append(f"{plural(page.read, 'resource')} read in {page.read_seconds:.1f} s.")
    elif not page.refreshed:
        facts.append("Nothing was read back: compared with the state alone.")
    lines = [line(" ".join(facts))] if facts else []
    if page.partial:
        lines.append(line("Incomplete by choice: resources that were left out stay as they are.", Style.CAUTION))
    return lines


def _nothing(page: PlanPage) -> Line:
    if page.operation == "destroy":
        return line("No changes. There is nothing to destroy.", Style.GOOD)
    if not page.refreshed:
        return line("No changes. The state is as declared; nothing was read back.", Style.GOOD)
    return line(f"No changes. {plural(page.read, 'resource')} read back, all as declared.", Style.GOOD)


def _legend(actions: Sequence[PlannedRow]) -> list[Line]:
    found = {symbol(action): _STYLE[action.operation] for action in actions}
    spans = [Span("  ")]
    for mark, meaning in LEGEND.items():
        if mark in found:
            spans += [Span(mark, found[mark]), Span(f" {meaning}   ")]
    return [tuple(spans)] if len(spans) > 1 else []


# --- one action --------------------------------------------------------------------------------------------------------


def _column(actions: Sequence[PlannedRow]) -> int:
    """Where the undo column begins: behind the longest header, within reason."""
    return min(max(width(_header(action)) for action in actions), _UNDO_COLUMN) + 3


def _action(action: PlannedRow, column: int) -> list[Line]:
    header = _header(action)
    lines = [(*pad(header, max(column, width(header) + 3)), *_undo(action))]
    if action.hooks_only:
        return lines
    style = _STYLE[action.operation]
    mark = Span(f"{symbol(action):>3} ", style)
    if not action.changes:
        known = f" [id={one_line(action.provider_id)}]" if action.provider_id else ""
        return [*lines, (mark, Span(f"{one_line(action.address)}{known}"))]
    shown = action.changes[:MOST_CHANGES]
    longest = min(max(len(change.path) for change in shown), 40)
    lines += [_change(action, change, mark, longest) for change in shown]
    if len(action.changes) > len(shown):
        lines.append(line(f"    … and {plural(len(action.changes) - len(shown), 'attribute')} more", Style.FAINT))
    return lines


def _header(action: PlannedRow) -> Line:
    address = one_line(action.address)
    if action.hooks_only:
        return line(f"  # {address} is unchanged; pending hooks will run: {names(action.hooks_only)}", Style.STRONG)
    reason = action.reason or ", ".join(change.path for change in action.changes if change.forces_replacement)
    because = f" ({one_line(reason)})" if reason else ""
    return line(f"  # {address} {_FATE[action.operation]}{because}", Style.STRONG)


def _undo(action: PlannedRow) -> Line:
    if not action.undo:
        return ()
    note = f" ({one_line(action.undo_note)})" if action.undo_note else ""
    return line(f"undo: {action.undo}{note}", Style.CAUTION if action.undo == "none" else Style.FAINT)


def _change(action: PlannedRow, change: ChangeRow, mark: Span, longest: int) -> Line:
    path = f"{one_line(change.path):<{longest}} = "
    forced = (Span("   # forces replacement", Style.BAD),) if change.forces_replacement else ()
    own = mark if change.forces_replacement else _own_mark(action, change, mark)
    return own, Span(path), Span(_from_to(change)), *forced


def _own_mark(action: PlannedRow, change: ChangeRow, mark: Span) -> Span:
    if action.operation in (Operation.CREATE, Operation.DELETE):
        return mark
    if change.old.form is ValueForm.ABSENT:
        return Span("  + ", Style.GOOD)
    if change.new.form is ValueForm.ABSENT:
        return Span("  - ", Style.BAD)
    return Span("  ~ ", Style.CAUTION)


def _from_to(change: ChangeRow) -> str:
    if change.old.form is ValueForm.ABSENT:
        return value(change.new)
    if change.new.form is ValueForm.ABSENT:
        return value(change.old)
    return f"{value(change.old)} -> {value(change.new)}"


# --- below the footer --------------------------------------------------------------------------------------------------


def _after_footer(page: PlanPage) -> list[Line]:
    """Facts of ours go on lines of their own, so that the footer stays what programs expect."""
    lines = []
    changing = [action for action in page.actions if not action.hooks_only and action.undo]
    if changing:
        lines.append(_compensable(changing))
    pending = [action for action in page.actions if action.hooks_only]
    if pending:
        held = names([f"{', '.join(action.hooks_only)} on {action.address}" for action in pending], _MOST_NAMED)
        lines.append(line(f"Pending hooks: {held}"))
    return lines


def _compensable(actions: Sequence[PlannedRow]) -> Line:
    stuck = [action for action in actions if action.undo == "none"]
    text = f"Compensable: {len(actions) - len(stuck)} of {plural(len(actions), 'action')}"
    if not stuck:
        return line(text)
    told = [f"{action.address} ({action.undo_note})" if action.undo_note else action.address for action in stuck]
    return line(f"{text}; not compensable: {names(told, _MOST_NAMED)}")
