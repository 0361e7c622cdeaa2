"""A verb told to people: the plan, the story of the run as it happens, the result.

Knows nothing of terminals (a screen draws) and of words (pages and progress have them). Lines are drawn for each batch of
events on a plain screen; on a terminal at a fixed rate, however many events come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from wfctl.core.action import Ending
from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.run import RunState
from wfctl.errors import WfctlError
from wfctl.views.again import again
from wfctl.views.diagnostics import diagnostic_lines
from wfctl.views.in_flight import Call
from wfctl.views.line import BLANK, Line, Span, Style, line, one_line, stopwatch
from wfctl.views.plan_page import plan_lines
from wfctl.views.progress import Progress, Said, Weight, still
from wfctl.views.result import error_lines, result_lines
from wfctl.views.rollback_page import rollback_lines
from wfctl.views.rows import Diagnostic, PlanPage, RollbackPage, RunFacts
from wfctl.views.screen import Screen
from wfctl.views.wording import plural, verb

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage

DRAW_INTERVAL: Final = 0.1
"""Seconds between two drawings on a terminal; more for very big runs, whose actions must be counted for each."""

COUNTED_PER_SECOND: Final = 500_000
"""How many actions may be looked at in a second just to draw the status."""

MOST_LINES: Final = 200
"""Most lines drawn at once on a terminal: nobody reads faster, and the record has all of them."""

MOST_CALLS: Final = 6
"""Most calls named in the status."""

_FAILED: Final = (Ending.FAILED, Ending.UNSETTLED, Ending.UNDO_FAILED)


class Human:
    """Text for people.

    `errors` is where errors go that end the verb; `heartbeats` false is `--quiet`, `hints` false leaves out what to type
    next.
    """

    def __init__(
        self, screen: Screen, errors: Screen | None = None, *, heartbeats: bool = True, hints: bool = True
    ) -> None:
        self._screen = screen
        self._errors = errors or screen
        self._heartbeats = heartbeats
        self._hints = hints
        self._progress = Progress()
        self._state: RunState | None = None
        self._run: RunFacts | None = None
        self._waiting: list[Said] = []
        self._left_out = 0
        self._status: list[Line] = []
        self._drawn_at = 0.0

    def notice(self, text: str) -> None:
        """One remark."""
        self._screen.show([line(one_line(text, 400))])

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """Findings, where they are and what they say."""
        self._errors.show(diagnostic_lines(findings))

    def plan(self, page: PlanPage) -> None:
        """The whole plan."""
        self._screen.show(plan_lines(page, hints=self._hints))

    def rollback(self, page: RollbackPage) -> None:
        """What would be undone."""
        self._screen.show(rollback_lines(page))

    def what_if(self, page: WhatIfPage) -> None:
        """What single failures would leave behind."""
        from wfctl.views.what_if_page import what_if_lines

        self._screen.show([BLANK, *what_if_lines(page)])

    def run_started(self, run: RunFacts) -> None:
        """The run's headline."""
        self._run = run
        self._screen.show([run_line(run)])

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Tell what happened: at once in a log, with the next drawing on a terminal."""
        self._state = state
        for said in self._progress.tell(records, state):
            if said.weight is not Weight.DETAIL:
                self._waiting.append(said)
        if self._screen.live:
            self._thin_out()
        elif self._waiting:
            self._show_waiting()

    def tick(self, now: float) -> None:
        """Give signs of life, and draw if it is time."""
        state = self._state
        if state is None or state.started is None:
            return
        if self._heartbeats and not self._screen.live:
            self._screen.show([said.line for said in self._progress.beats(now, state)])
        if self._screen.live and now - self._drawn_at >= _interval(state):
            self._drawn_at = now
            self._show_waiting()
            self._show_status(status_lines(state, self._progress.in_flight.sent(), now))

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """The result block."""
        self._settle()
        self._screen.show([BLANK, *result_lines(outcome, run, hints=self._hints)])

    def ended(self, exit_code: int) -> None:
        """Nothing: what there was to say has been said."""
        del exit_code
        self._settle()

    def error(self, error: WfctlError, exit_code: int) -> None:
        """The error that ends the verb, and how to go on with a run that was begun."""
        self._settle()
        lines = error_lines(error, exit_code, hints=self._hints)
        if self._run is not None and self._hints:
            name = one_line(self._run.run_id)
            lines.append(line(f"Run {name} is on record: {again(f'wfctl runs show {name}', self._run.options)}"))
        self._errors.show(lines)

    def close(self) -> None:
        """Draw what is left and let the terminal go."""
        self._settle()
        self._screen.close()
        self._errors.close()

    def _settle(self) -> None:
        self._show_status([])
        self._show_waiting()

    def _show_status(self, lines: list[Line]) -> None:
        """Draw a status that differs from the one that is there."""
        if lines != self._status:
            self._status = lines
            self._screen.status(lines)

    def _thin_out(self) -> None:
        """Hold back no more than a drawing will show; failures and signals always stay."""
        if len(self._waiting) < 2 * MOST_LINES:
            return
        urgent = [said for said in self._waiting[:-MOST_LINES] if said.weight is Weight.URGENT]
        self._left_out += len(self._waiting) - MOST_LINES - len(urgent)
        self._waiting = [*urgent, *self._waiting[-MOST_LINES:]]

    def _show_waiting(self) -> None:
        lines = [said.line for said in self._waiting]
        if self._left_out:
            note = f"… {plural(self._left_out, 'line')} passed too fast to be drawn; wfctl runs show --events has them"
            lines = [line(note, Style.FAINT), *lines]
        self._waiting.clear()
        self._left_out = 0
        self._screen.show(lines)


def run_line(run: RunFacts) -> Line:
    """Who begins: `Run r-1 in shop/staging: 3 actions, parallelism 10, on failure: compensate`."""
    place = "/".join(one_line(part) for part in (run.project, run.workspace) if part)
    facts = [plural(run.actions, "action")]
    facts += [f"parallelism {run.parallelism}"] if run.parallelism else []
    facts += [f"on failure: {run.on_failure}"] if run.on_failure else []
    facts = ["rollback"] if run.operation == "rollback" else facts
    again = f"resumed (epoch {run.epoch}) " if run.resumed else ""
    where = f"in {place}: " if place else ""
    return Span(f"Run {one_line(run.run_id)} ", Style.STRONG), Span(f"{again}{where}{', '.join(facts)}")


def status_lines(state: RunState, sent: Sequence[Call], now: float) -> list[Line]:
    """What stands at the bottom of a terminal while a run goes on."""
    if state.rollback is not None:
        return _undoing_lines(state, sent, now)
    endings = [action.ending for action in state.actions]
    done = len(endings) - endings.count(None)
    failed = sum(endings.count(ending) for ending in _FAILED)
    begun = min((action.started_at for action in state.actions if action.started_at), default=now)
    head = [Span(f"{verb(state.begun.operation)}: {done:,}/{len(endings):,} done", Style.STRONG)]
    head += [Span(f" · {failed:,} failed", Style.BAD)] if failed else []
    head += [Span(" · stopping", Style.CAUTION)] if state.cancel is not None else []
    head.append(Span(f" · {len(sent):,} running · {stopwatch(now - begun)}"))
    return [tuple(head), *_oldest(state, sent, now)]


def _undoing_lines(state: RunState, sent: Sequence[Call], now: float) -> list[Line]:
    endings = [state.actions[index].ending for index in state.wanted]
    failed = endings.count(Ending.UNDO_FAILED)
    undone = f"Rollback: {endings.count(Ending.COMPENSATED):,}/{len(endings):,} undone"
    head = [Span(undone, Style.STRONG), *([Span(f" · {failed:,} failed", Style.BAD)] if failed else [])]
    head += [Span(" · stopping", Style.CAUTION)] if state.cancel is not None else []
    return [(*head, Span(f" · {len(sent):,} running")), *_oldest(state, sent, now)]


def _oldest(state: RunState, sent: Sequence[Call], now: float) -> list[Line]:
    oldest = sorted(sent, key=lambda call: call.since)
    lines: list[Line] = [(Span("  "), *still(call, now, state)) for call in oldest[:MOST_CALLS]]
    return [*lines, line(f"  and {len(oldest) - MOST_CALLS:,} more")] if len(oldest) > MOST_CALLS else lines


def _interval(state: RunState) -> float:
    return max(DRAW_INTERVAL, len(state.actions) / COUNTED_PER_SECOND)
