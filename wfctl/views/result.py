"""What a run came to, laid out for people; the same block after success, failure, a signal or an error.

Knows nothing of how an outcome came about. Order: the headline, how many ended how, each failure once with what it
caused, what is still owed, what may be left behind, and the next command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wfctl.core.outcome import (
    ActionOutcome,
    ActionStatus,
    CausePhase,
    Existence,
    Failure,
    Residue,
    RunOutcome,
    RunResult,
)
from wfctl.core.plan import Effect, Operation
from wfctl.errors import WfctlError
from wfctl.views.again import again
from wfctl.views.exit_codes import meaning
from wfctl.views.line import BLANK, Line, Span, Style, line, names, one_line, paragraph
from wfctl.views.next_command import to_type_next
from wfctl.views.rows import RunFacts
from wfctl.views.runbook import MOST_STEPS, runbook_lines
from wfctl.views.wording import NOUN, STATUS, plural, verb

MOST_FAILURES: Final = 50
"""Most failures told in full; the record has all of them."""

STATUS_STYLE: Final = {
    ActionStatus.UNSPECIFIED: Style.BAD,
    ActionStatus.SUCCESS: Style.GOOD,
    ActionStatus.ERROR: Style.BAD,
    ActionStatus.DELETE_FAILED: Style.BAD,
    ActionStatus.COMPENSATED: Style.CAUTION,
    ActionStatus.COMPENSATION_FAILED: Style.BAD,
    ActionStatus.SKIPPED: Style.FAINT,
}


def result_lines(outcome: RunOutcome, run: RunFacts, *, hints: bool = True) -> list[Line]:
    """The result block. With `hints` it names the next command to type."""
    lines = [headline(outcome, run)]
    if not _as_asked(outcome) or outcome.rolled_back is not None:
        lines += _counts(outcome.actions)
    lines += [*_failures(outcome), *_owed(outcome)]
    steps = runbook_lines(outcome, run, most=MOST_STEPS) if hints else []
    return [*lines, *([BLANK, *steps] if steps else []), *_residues(outcome), *_next(outcome, run, hints=hints)]


def particulars(outcome: RunOutcome) -> list[Line]:
    """What did not go well, one by one: failures, what is owed, what is left behind. Nothing of a run that went well."""
    return [*_failures(outcome), *_owed(outcome), *_residues(outcome)]


def error_lines(error: WfctlError, exit_code: int, *, hints: bool = True) -> list[Line]:
    """An error that ends a verb: what happened, what was found, and what to type next."""
    lines = _bad("Error: ", error.message)
    for detail in error.details:
        lines += paragraph(detail, "    ", first="  ")
    if hints and error.hint:
        lines += [BLANK, *paragraph(error.hint, "      ", first="Next: ")]
    explained = meaning(exit_code)
    return [*lines, line(f"(exit {exit_code}{': ' if explained else ''}{explained})", Style.FAINT)]


# --- the headline ------------------------------------------------------------------------------------------------------


def headline(outcome: RunOutcome, run: RunFacts) -> Line:
    """The first line: what became of the run as a whole."""
    if outcome.rolled_back is not None:
        return _rollback_headline(outcome)
    what = verb(run.operation)
    if outcome.result is RunResult.SUCCEEDED:
        return line(f"{what} complete! {resources(outcome, run.operation)}", Style.GOOD)
    style = Style.CAUTION if outcome.exit_code in (4, 11, 12, 129, 130, 143) else Style.BAD
    return line(f"{what} {_became(outcome)}", style)


def _as_asked(outcome: RunOutcome) -> bool:
    """Whether the run came to what it was to come to."""
    if outcome.rolled_back is not None:
        return outcome.exit_code == 0
    return outcome.result is RunResult.SUCCEEDED


def _rollback_headline(outcome: RunOutcome) -> Line:
    undone = f"{outcome.counts.compensated:,} undone"
    stays = outcome.counts.success
    if _as_asked(outcome):
        kept = f", {stays:,} left as asked" if stays else ". Nothing it did is left"
        return line(f"Rollback complete! {undone}{kept}.", Style.GOOD)
    if outcome.result is RunResult.INTERRUPTED:
        return line(f"Rollback interrupted{_by(outcome)}. Nothing is lost: it can be resumed.", Style.CAUTION)
    if outcome.result is RunResult.CANCELLED:
        return line(f"Rollback cancelled{_by(outcome)}. {undone}; the rest stays, and is recorded.", Style.CAUTION)
    left = "A person must look at what is named below" if outcome.exit_code == 5 else "What stays is named below"
    how = "complete" if outcome.result is RunResult.COMPENSATED else "incomplete"
    return line(f"Rollback {how}: {undone}. {left}.", Style.BAD)


def _became(outcome: RunOutcome) -> str:
    match outcome.result:
        case RunResult.COMPENSATED:
            return "failed. Every change this run made is undone."
        case RunResult.INTERRUPTED:
            return f"interrupted{_by(outcome)}. Nothing is lost: it can be resumed."
        case RunResult.WAITING:
            return "waits at a gate. Nothing is lost: it can be resumed."
        case RunResult.RUNNING:
            return "still runs."
        case RunResult.CANCELLED:
            return f"cancelled{_by(outcome)}. {_left(outcome)}"
        case _:
            return f"failed. {_left(outcome)}"


def _by(outcome: RunOutcome) -> str:
    return f" by {one_line(outcome.cancelled_by)}" if outcome.cancelled_by else ""


def _left(outcome: RunOutcome) -> str:
    """What is there after a run that did not succeed."""
    if outcome.exit_code == 5:
        return "A person must look at what is named below."
    if outcome.exit_code == 4:
        undone = outcome.counts.compensated > 0
        return "Every change this run made is undone." if undone else "It changed nothing."
    return "What it did is recorded; applying again is safe."


def resources(outcome: RunOutcome, operation: str) -> str:
    """`Resources: 1 added, 0 changed, 0 destroyed.`, as Terraform says it; of a destroy only what is gone."""
    added, changed, destroyed = changes(outcome)
    if operation == "destroy":
        return f"Resources: {destroyed} destroyed."
    return f"Resources: {added} added, {changed} changed, {destroyed} destroyed."


def changes(outcome: RunOutcome) -> tuple[int, int, int]:
    """How many resources were added, changed and destroyed by what succeeded."""
    added = changed = destroyed = 0
    for action in outcome.actions:
        if action.status is ActionStatus.SUCCESS:
            added += action.effect in (Effect.CREATED, Effect.REPLACED, Effect.ADOPTED)
            changed += action.effect == Effect.UPDATED
            destroyed += action.effect in (Effect.DELETED, Effect.REPLACED)
    return added, changed, destroyed


def _counts(actions: Sequence[ActionOutcome]) -> list[Line]:
    """How many ended in each status and which; the worst first."""
    by_status: dict[ActionStatus, list[str]] = {}
    for action in actions:
        by_status.setdefault(action.status, []).append(action.address)
    order = sorted(by_status, key=_WORST_FIRST.index)
    digits = max((len(f"{len(found):,}") for found in by_status.values()), default=1)
    label = max((len(STATUS[status]) for status in order), default=1)
    return [
        (
            Span(f"  {len(by_status[status]):>{digits},} "),
            Span(f"{STATUS[status]:<{label}}  ", STATUS_STYLE[status]),
            Span(names(by_status[status])),
        )
        for status in order
    ]


_WORST_FIRST: Final = (
    ActionStatus.UNSPECIFIED,
    ActionStatus.COMPENSATION_FAILED,
    ActionStatus.ERROR,
    ActionStatus.DELETE_FAILED,
    ActionStatus.COMPENSATED,
    ActionStatus.SUCCESS,
    ActionStatus.SKIPPED,
)


# --- failures, and what they caused ------------------------------------------------------------------------------------


def _failures(outcome: RunOutcome) -> list[Line]:
    skipped = _skipped(outcome.actions)
    failed = [action for action in outcome.actions if errors_of(action)]
    root = outcome.cause.plan_index if outcome.cause else None
    failed.sort(key=lambda action: action.plan_index != root)
    lines: list[Line] = []
    for action in failed[:MOST_FAILURES]:
        lines += [BLANK, *failure_lines(action, len(outcome.actions)), *_caused(skipped.pop(action.address, []))]
    if len(failed) > MOST_FAILURES:
        lines += [BLANK, line(f"… and {plural(len(failed) - MOST_FAILURES, 'failure')} more")]
    for problem in outcome.finalize_errors:
        lines += [BLANK, *_bad("Error: finishing: ", problem)]
    for because, rest in skipped.items():
        lines += [BLANK, line(f"Skipped ({one_line(because)}): {names(rest)}")]
    return lines + _warnings(outcome.actions)


def errors_of(action: ActionOutcome) -> list[Failure]:
    """What went wrong with an action, the original error first. An undo that failed once and is settled is history."""
    undo_error = action.undo_error if action.status is ActionStatus.COMPENSATION_FAILED else None
    return [failure for failure in (action.error, undo_error) if failure is not None]


def failure_lines(action: ActionOutcome, of: int) -> list[Line]:
    """One failed action: the original error first, the undo's after it."""
    lines = []
    place = f" on {one_line(action.address)} ({action.plan_index + 1}/{of})"
    if action.error is not None:
        lines += [*_titled(f"Error: {_what_failed(action)}{place}"), *_reason(action.error)]
    if action.undo_error is not None and action.undo_error in errors_of(action):
        lines += [*_titled(f"Error: undo failed{place}"), *_reason(action.undo_error)]
    return lines + _known(action)


def _what_failed(action: ActionOutcome) -> str:
    match action.error_phase:
        case CausePhase.GATE:
            return "gate refused"
        case CausePhase.REFERENCE:
            return "not sent: a reference could not be filled"
        case CausePhase.HOOK:
            return "hook failed"
        case CausePhase.UNDO:
            return "undo failed"
        case CausePhase.FINALIZE:
            return "finishing failed"
        case CausePhase.DISPATCH | None:
            return f"{NOUN[action.operation].lower()} failed"


def _reason(failure: Failure) -> list[Line]:
    place = f"{one_line(failure.position)}  " if failure.position else ""
    return paragraph(failure.message, "  | ", first=f"  {place}{one_line(failure.code)}: ")


_STILL: Final = {
    Operation.CREATE: "there",
    Operation.UPDATE: "changed",
    Operation.REPLACE: "replaced",
    Operation.DELETE: "gone",
}


def _known(action: ActionOutcome) -> list[Line]:
    """What is there after the failure, as far as it is known."""
    known = f" [id={one_line(action.provider_id)}]" if action.provider_id else ""
    if action.in_doubt:
        return [line(f"  In doubt: nobody could tell whether it took effect{known}", Style.BAD)]
    match action.status:
        case ActionStatus.COMPENSATED:
            proof = f", verified: {one_line(action.evidence)}" if action.evidence else ""
            return [line(f"  Undone{proof}")]
        case ActionStatus.COMPENSATION_FAILED:
            return [line(f"  It is still {_STILL[action.operation]}{known}", Style.BAD)]
        case ActionStatus.ERROR if action.effect == Existence.EXISTS:
            return [line(f"  It is there although the call failed{known}", Style.BAD)]
        case ActionStatus.DELETE_FAILED:
            return [line(f"  Not proven gone; the state keeps it{known}", Style.BAD)]
        case _:
            return []


def _skipped(actions: Sequence[ActionOutcome]) -> dict[str, list[str]]:
    """The addresses never sent, by what stopped them: the address of a failure, or words."""
    groups: dict[str, list[str]] = {}
    for action in actions:
        if action.status is ActionStatus.SKIPPED and action.error is None:
            because = action.skipped_because.removeprefix("run stopped: ")
            groups.setdefault(because or "the run ended before", []).append(action.address)
    return groups


def _caused(addresses: Sequence[str]) -> list[Line]:
    return [line(f"  Skipped because of it: {names(addresses)}", Style.FAINT)] if addresses else []


def _warnings(actions: Sequence[ActionOutcome]) -> list[Line]:
    lines: list[Line] = []
    warned = [(action, warning) for action in actions for warning in action.warnings]
    for action, warning in warned[:MOST_FAILURES]:
        lines += [BLANK, line(f"Warning: hook failed on {one_line(action.address)}", Style.CAUTION), *_reason(warning)]
    if len(warned) > MOST_FAILURES:
        lines += [BLANK, line(f"… and {plural(len(warned) - MOST_FAILURES, 'warning')} more")]
    return lines


def _titled(text: str) -> list[Line]:
    return [line(text, Style.BAD)]


def _bad(title: str, message: str) -> list[Line]:
    first, *rest = paragraph(message, "  | ", first="")
    return [(Span(title, Style.BAD), *first), *rest]


# --- what is owed, left behind, and to be done -------------------------------------------------------------------------


def _owed(outcome: RunOutcome) -> list[Line]:
    """What was wanted and is not done although its resource stays."""
    owing = [action for action in outcome.actions if action.hooks_pending]
    kept = [action for action in outcome.actions if action.compensation and action.status is ActionStatus.SUCCESS]
    lines = [
        line(f"  {one_line(action.address)}: {names(action.hooks_pending)}", Style.CAUTION)
        for action in owing[:MOST_FAILURES]
    ]
    if lines:
        lines = [BLANK, line("Pending hooks, to run with the next apply:", Style.CAUTION), *lines]
    if kept:
        told = [f"{action.address} ({action.compensation})" for action in kept]
        lines += [BLANK, line(f"Kept, not undone: {names(told, most=MOST_FAILURES)}", Style.CAUTION)]
    return lines


def _residues(outcome: RunOutcome) -> list[Line]:
    """Everything that may be left behind and cost money: never cut short."""
    left = [_residue(residue) for action in outcome.actions for residue in action.residue]
    kept = [_stayed(action) for action in outcome.actions if stayed(action)]
    lines: list[Line] = []
    for title, rows in (("Left behind, and kept in the state:", kept), ("Left behind, and not in the state:", left)):
        lines += [BLANK, line(title, Style.BAD), *(line(f"  {row}", Style.BAD) for row in rows)] if rows else []
    return lines


def stayed(action: ActionOutcome) -> bool:
    """Whether something is there that was to be taken back and could not be; what was deleted is not there."""
    failed = action.status is ActionStatus.COMPENSATION_FAILED and action.final
    return failed and action.operation is not Operation.DELETE


def _stayed(action: ActionOutcome) -> str:
    known = f" [id={one_line(action.provider_id)}]" if action.provider_id else ""
    provider = f", provider {one_line(action.provider)}" if action.provider else ""
    return f"{one_line(action.address)}{known}{provider}"


def _residue(residue: Residue) -> str:
    known = f" [id={one_line(residue.provider_id)}]" if residue.provider_id else ""
    note = f": {one_line(residue.note, 200)}" if residue.note else ""
    return f"{one_line(residue.type)}.{one_line(residue.name)}{known}{note}"


def _next(outcome: RunOutcome, run: RunFacts, *, hints: bool) -> list[Line]:
    command = to_type_next(outcome, run)
    ending = f"(exit {outcome.exit_code})"
    if not hints or not command:
        return [] if _as_asked(outcome) else [BLANK, line(ending, Style.FAINT)]
    show = again(f"wfctl runs show {one_line(run.run_id)}", run.options)
    details = "" if command.startswith(show) else f"     Details: {show}"
    return [BLANK, (Span("Next: "), Span(command, Style.STRONG), Span(f"{details}     {ending}"))]
