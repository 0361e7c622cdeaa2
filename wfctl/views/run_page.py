"""One run looked back at: its head, what became of each action, the failures, the story, what is left to do.

Knows nothing of ledgers. The story is told by the same words as live.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionOutcome, ActionStatus, RunOutcome
from wfctl.core.run import RunState
from wfctl.views.line import BLANK, Line, Span, Style, line, one_line, tenths
from wfctl.views.next_command import to_type_next
from wfctl.views.progress import Progress, Weight
from wfctl.views.replay import replay
from wfctl.views.result import STATUS_STYLE, particulars
from wfctl.views.rows import RunFacts, RunPage
from wfctl.views.runbook import runbook_lines
from wfctl.views.table import Cell, table
from wfctl.views.tables import moment, result_style, took
from wfctl.views.wording import STATUS, plural

MOST_ACTIONS: Final = 200
"""Most actions listed without `full_record`; those that succeeded are left out first."""

MOST_EVENTS: Final = 30
"""Most events listed without `full_record`: the first and the last."""


def run_page(page: RunPage, *, hints: bool = True) -> list[Line]:
    """Everything about one run. With `full_record` all actions and all events, however many."""
    lines = [*_head(page.run), BLANK, *_actions(page.outcome, full=page.full_record)]
    lines += particulars(page.outcome)
    lines += [BLANK, *(_pruned() if page.run.pruned else _story(page)), BLANK]
    return [*lines, *_foot(page, hints=hints)]


def runbook_page(page: RunPage) -> list[Line]:
    """What is left of one run for a person, step by step."""
    steps = runbook_lines(page.outcome, page.run)
    return steps or [line(f"Run {one_line(page.run.run_id)} has left nothing for a person.")]


def _head(run: RunFacts) -> list[Line]:
    place = "/".join(one_line(part) for part in (run.project, run.workspace) if part)
    code = f", exit {run.exit_code}" if run.exit_code >= 0 else ""
    title = (
        Span(f"Run {one_line(run.run_id)}", Style.STRONG),
        Span(f"  {one_line(run.operation)}  {place}  "),
        Span(f"{run.result}{code}", result_style(run.result)),
        Span(f"  {moment(run.started_at)}, {took(run)}"),
    )
    facts = [f"by {one_line(run.owner)}"] if run.owner else []
    facts += [f"engine {one_line(run.engine)}"]
    facts += [f"plan {one_line(run.plan_id)}"] if run.plan_id else []
    facts += [f"on failure: {run.on_failure}"] if run.on_failure else []
    facts += [f"resumed, epoch {run.epoch}"] if run.resumed else []
    facts += [f"plugin {one_line(plugin)}" for plugin in run.plugins]
    lines: list[Line] = [title, line(" · ".join(facts), Style.FAINT)]
    return [*lines, line(f"Cause: {one_line(run.cause, 400)}", Style.BAD)] if run.cause else lines


# --- what became of each action ----------------------------------------------------------------------------------------


def _actions(outcome: RunOutcome, *, full: bool) -> list[Line]:
    if not outcome.actions:
        return [line("No actions.", Style.FAINT)]
    shown = _chosen(outcome.actions, full=full)
    headings = ("#", "ACTION", "ADDRESS", "STATUS", "TRIES", "TIME", "EVIDENCE")
    lines = table(headings, [_action(action) for action in shown], right=(0,))
    left_out = len(outcome.actions) - len(shown)
    if left_out:
        lines.append(line(f"… and {plural(left_out, 'more action')}; --events lists all", Style.FAINT))
    return lines


def _chosen(actions: Sequence[ActionOutcome], *, full: bool) -> Sequence[ActionOutcome]:
    if full or len(actions) <= MOST_ACTIONS:
        return actions
    failed = [action for action in actions if action.status not in (ActionStatus.SUCCESS, ActionStatus.SKIPPED)]
    return (failed or actions)[:MOST_ACTIONS]


def _action(action: ActionOutcome) -> tuple[Cell, ...]:
    status = Span(f"{STATUS[action.status]} {int(action.status)}", STATUS_STYLE[action.status])
    spent = tenths(action.elapsed) if action.started_at else "–"
    number, tries = str(action.plan_index + 1), str(action.attempts)
    return (number, action.operation, action.address, status, tries, spent, _evidence(action))


def _evidence(action: ActionOutcome) -> str:
    """The shortest reason to believe the status."""
    if action.in_doubt:
        return "in doubt"
    match action.status:
        case ActionStatus.SKIPPED:
            return action.skipped_because
        case ActionStatus.COMPENSATED:
            return action.evidence
        case ActionStatus.SUCCESS:
            known = f"id {action.provider_id}" if action.provider_id else ""
            return ", ".join(part for part in (known, action.compensation, action.evidence) if part)
        case _:
            failure = action.undo_error or action.error
            return f"{failure.code}: {failure.message.partition(chr(10))[0]}" if failure else ""


# --- the story ---------------------------------------------------------------------------------------------------------


_KNOWN: Final = (0, 3, 4)
"""Exit codes of runs that are over and left no question."""


class _Told(NamedTuple):
    recorded: Recorded
    line: Line


class _Storyteller:
    """Takes a replayed run and keeps its lines, details too if they are wanted."""

    def __init__(self, *, details: bool) -> None:
        self._progress = Progress()
        self._details = details
        self.told: list[_Told] = []

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        for recorded in records:
            for said in self._progress.tell((recorded,), state):
                if self._details or said.weight is not Weight.DETAIL:
                    self.told.append(_Told(recorded, said.line))


def _story(page: RunPage) -> list[Line]:
    teller = _Storyteller(details=page.full_record)
    replay(page.records, teller)
    told = teller.told
    if not told:
        return [line("No events.", Style.FAINT)]
    begun = page.records[0].at
    if page.full_record or len(told) <= MOST_EVENTS:
        return [_event(one, begun) for one in told]
    half = MOST_EVENTS // 2
    gap = line(f"      … {plural(len(told) - MOST_EVENTS, 'line')} left out; --events shows all", Style.FAINT)
    return [*(_event(one, begun) for one in told[:half]), gap, *(_event(one, begun) for one in told[-half:])]


def _pruned() -> list[Line]:
    return [line("Its events were pruned.", Style.FAINT)]


def _event(one: _Told, begun: float) -> Line:
    at = f"+{one.recorded.at - begun:.2f}"
    return (Span(f"{at:>10} {one.recorded.seq:>5}  ", Style.FAINT), *one.line)


def _foot(page: RunPage, *, hints: bool) -> list[Line]:
    lines = [line("Nothing left behind.")] if page.outcome.exit_code in _KNOWN else []
    if not hints:
        return lines
    if not page.full_record and not page.run.pruned:
        lines.append(line("Full record: --events", Style.FAINT))
    command = to_type_next(page.outcome, page.run)
    here = command.startswith("wfctl runs show") and "--runbook" not in command
    to_type = "" if here else command
    return [*lines, (Span("Next: "), Span(to_type, Style.STRONG))] if to_type else lines
