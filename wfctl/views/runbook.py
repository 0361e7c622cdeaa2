"""What is left for a person after a run, step by step: what there is, what went wrong, and every way out as a command to type.

Knows nothing of ledgers. It follows from the outcomes alone, so it can be printed again at any time, of a pruned run too.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

import msgspec

from wfctl.core.outcome import ActionOutcome, ActionStatus, Failure, RunOutcome, RunResult
from wfctl.core.plan import Operation
from wfctl.views.again import again
from wfctl.views.line import BLANK, Line, Span, Style, line, names, one_line, paragraph
from wfctl.views.next_command import asks, known_id
from wfctl.views.rows import RunFacts
from wfctl.views.wording import STATUS, plural

NOT_COMPENSABLE: Final = "not_compensable"

MOST_STEPS: Final = 20
"""Most steps printed at the end of a run; `runs show --runbook` has all of them."""

_STILL: Final = {
    Operation.CREATE: "is still there",
    Operation.UPDATE: "is still changed",
    Operation.REPLACE: "is still replaced",
    Operation.DELETE: "is still gone",
}


_SEEN: Final = {"absent": "I looked: it is not there", "restored": "I put it back by hand"}
"""Reasons for what is said without asking the driver."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way out: what it means, and the command."""

    means: str
    command: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is left: `what` is known of it, the errors in the order they came, and the ways out."""

    address: str
    operation: Operation
    status: ActionStatus
    provider: str = ""
    provider_id: str = ""
    what: str = ""
    errors: tuple[Failure, ...] = ()
    ways: tuple[Way, ...] = ()


def runbook(outcome: RunOutcome, run: RunFacts) -> tuple[Step, ...]:
    """The steps; none when nothing is left for a person."""
    return tuple(_step(action, run) for action in outcome.actions if asks(action))


def _step(action: ActionOutcome, run: RunFacts) -> Step:
    ways = (Way(means=way.means, command=again(way.command, run.options)) for way in _ways(action, run.run_id))
    return Step(
        address=action.address,
        operation=action.operation,
        status=action.status,
        provider=action.provider,
        provider_id=known_id(action),
        what=_what(action),
        errors=tuple(failure for failure in (action.error, action.undo_error) if failure is not None),
        ways=tuple(ways),
    )


def _what(action: ActionOutcome) -> str:
    if action.status is ActionStatus.COMPENSATION_FAILED:
        return _STILL[action.operation]
    if action.in_doubt:
        return "may be there or not: nobody could tell"
    return "is there although the call failed"


def _ways(action: ActionOutcome, run_id: str) -> Sequence[Way]:
    """Every answer there is, the one that needs least by hand first."""
    run, address = shlex.quote(run_id), shlex.quote(action.address)
    failed = action.status is ActionStatus.COMPENSATION_FAILED
    ways: list[Way] = []
    if failed and not _hopeless(action):
        command = f"wfctl rollback {run} --resume --address {address}"
        ways.append(Way(means="the cause is gone: try the undo again", command=command))
    ways += [Way(means=means, command=_settle(action, run_id, word)) for means, word in _answers(action)]
    if failed:
        command = f"wfctl rollback {run} --address {address} --orphan {address}"
        ways.append(Way(means="it stays as it is, and the state forgets it", command=command))
    return ways


def _answers(action: ActionOutcome) -> list[tuple[str, str]]:
    """What a person may say of it: what that means, and the word `settle` takes."""
    failed, present = action.status is ActionStatus.COMPENSATION_FAILED, f"present:{known_id(action) or 'ID'}"
    back = [("you put it back by hand", "restored")] if failed and action.operation is not Operation.CREATE else []
    if action.operation is not Operation.DELETE:
        gone = "it is not there" if action.in_doubt else "you removed it by hand"
        return [*back, (gone, "absent"), ("it is there and stays", present)]
    if failed:
        return [*back, ("it stays gone", "absent")]
    return [("it is gone", "absent"), ("it is there", present)]


def _settle(action: ActionOutcome, run_id: str, word: str) -> str:
    """The command for an answer: where there is no id to ask the driver by, the word of a person is all there is."""
    command = f"wfctl settle {shlex.quote(run_id)} {shlex.quote(action.address)} --as {shlex.quote(word)}"
    if known_id(action) or word not in _SEEN:
        return command
    return f"{command} --no-verify --reason {shlex.quote(_SEEN[word])}"


def _hopeless(action: ActionOutcome) -> bool:
    return action.undo_error is not None and action.undo_error.code == NOT_COMPENSABLE


# --- laid out ----------------------------------------------------------------------------------------------------------


def runbook_lines(outcome: RunOutcome, run: RunFacts, *, most: int = 0) -> list[Line]:
    """The runbook as a page. With `most` at most so many steps, and without the errors: they stand above it.

    Nothing when nobody is needed.
    """
    steps = runbook(outcome, run)
    if not steps:
        return []
    shown = steps[:most] if most else steps
    lines = [
        line(f"Runbook of run {one_line(run.run_id)}: {plural(len(steps), 'thing')} left for a person", Style.STRONG)
    ]
    for number, step in enumerate(shown, 1):
        lines += _laid_out(number, step, errors=not most)
    if len(shown) < len(steps):
        more = again(f"wfctl runs show {shlex.quote(run.run_id)} --runbook", run.options)
        return [*lines, line(f"… and {plural(len(steps) - len(shown), 'more step')}: {more}")]
    return [*lines, *_afterwards(len(steps) + 1, outcome, run)]


def _laid_out(number: int, step: Step, *, errors: bool) -> list[Line]:
    known = f" [id={one_line(step.provider_id)}]" if step.provider_id else ""
    provider = f", provider {one_line(step.provider)}" if step.provider else ""
    head = f"{number}. {one_line(step.address)} {step.what}{known} ({STATUS[step.status]}{provider})"
    lines: list[Line] = [BLANK, (Span(head, Style.STRONG),)]
    for ordinal, failure in enumerate(step.errors if errors else ()):
        title = "first: " if ordinal == 0 and len(step.errors) > 1 else "then:  " if ordinal else "why:   "
        first, *rest = paragraph(failure.message, "          ", first=f"   {title}{one_line(failure.code)}: ")
        lines += [first, *rest[:3]]
    lines.append(line("   Look at it, then do one of these:"))
    for way in step.ways:
        lines += [line(f"   - {way.means}:"), (Span("       "), Span(one_line(way.command, 400), Style.STRONG))]
    return lines


def _afterwards(number: int, outcome: RunOutcome, run: RunFacts) -> list[Line]:
    """What follows once every question is answered."""
    lines: list[Line] = [BLANK, (Span(f"{number}. When all of it is answered:", Style.STRONG),)]
    waiting = [action.address for action in outcome.actions if action.compensation.startswith("blocked_by")]
    if waiting and outcome.result is not RunResult.INTERRUPTED:
        command = again(f"wfctl rollback {shlex.quote(run.run_id)}", run.options)
        lines += [line(f"   - take back what had to stay for it ({names(waiting)}):"), line(f"       {command}")]
    lines += [line("   - see that the record and the state agree, and what is to be done:")]
    return [
        *lines,
        line(f"       {again('wfctl state verify', run.options)}"),
        line(f"       {again('wfctl plan', run.options)}"),
    ]
