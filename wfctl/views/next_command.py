"""The one command to type after a run, told from what it came to.

Knows nothing of how it is shown. What stands in it is quoted for a shell, so that it can be pasted.
"""

from __future__ import annotations

import shlex

from wfctl.core.outcome import ActionOutcome, ActionStatus, RunOutcome, RunResult
from wfctl.core.plan import Operation
from wfctl.views.again import again
from wfctl.views.rows import RunFacts

_AGAIN = {"apply": "wfctl apply", "destroy": "wfctl destroy"}


def to_type_next(outcome: RunOutcome, run: RunFacts) -> str:
    """`next_command` for a run, with the options of this call in it."""
    return again(next_command(outcome, run.run_id, run.operation), run.options)


def next_command(outcome: RunOutcome, run_id: str, operation: str = "apply") -> str:
    """What to type next; empty when everything is done.

    Unfinished runs are resumed first, since that may answer what a person would be asked otherwise. After that come
    questions only a person can answer, and only then doing again what did not succeed.
    """
    if outcome.result in (RunResult.INTERRUPTED, RunResult.WAITING, RunResult.RUNNING):
        return f"wfctl resume {shlex.quote(run_id)}"
    question = next((action for action in outcome.actions if asks(action)), None)
    if outcome.rolled_back is not None and (question is None or question.status is ActionStatus.COMPENSATION_FAILED):
        return _after_rollback(outcome, run_id)
    if question is not None and not known_id(question):
        return f"wfctl runs show {shlex.quote(run_id)} --runbook"  # the answers differ by more than a word
    if question is not None:
        return (
            f"wfctl settle {shlex.quote(run_id)} {shlex.quote(question.address)} --as {shlex.quote(_answers(question))}"
        )
    if outcome.result is RunResult.SUCCEEDED:
        return "wfctl apply" if any(action.hooks_pending for action in outcome.actions) else ""
    if outcome.finalize_errors and not _unfinished(outcome):
        return "wfctl plan"
    if outcome.result is RunResult.CANCELLED:
        return "wfctl plan"
    return _AGAIN.get(operation, f"wfctl runs show {shlex.quote(run_id)}")


def _after_rollback(outcome: RunOutcome, run_id: str) -> str:
    if outcome.exit_code == 0:
        return ""
    return f"wfctl runs show {shlex.quote(run_id)}" + (" --runbook" if outcome.exit_code == 5 else "")


def asks(action: ActionOutcome) -> bool:
    """Whether this action left a question that no driver could answer."""
    if not action.final:
        return False
    return action.in_doubt or action.status is ActionStatus.COMPENSATION_FAILED or bool(action.residue)


def known_id(action: ActionOutcome) -> str:
    """The id of what a person is asked about; empty where none is known, and then no driver can be asked."""
    return next((left.provider_id for left in action.residue if left.provider_id), action.provider_id)


def _answers(action: ActionOutcome) -> str:
    """The answers `settle` would take for an action, as alternatives to choose from."""
    present = f"present:{known_id(action)}"
    restorable = action.status is ActionStatus.COMPENSATION_FAILED and action.operation is not Operation.CREATE
    return "|".join([present, "absent", *(["restored"] if restorable else [])])


def _unfinished(outcome: RunOutcome) -> bool:
    return any(action.status is not ActionStatus.SUCCESS for action in outcome.actions)
