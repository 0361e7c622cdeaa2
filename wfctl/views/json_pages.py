"""A plan, findings, and the beginning and end of a run, as messages for programs.

Knows nothing of events. Terraform's types keep their fields; the final word on each action comes only at the end, in plan
order, because undos may still change it until then. (upstream: hashicorp/terraform, internal/command/views/json)
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from wfctl.core.outcome import ActionOutcome, Cause, Counts, Residue, RunOutcome
from wfctl.core.plan import Operation
from wfctl.errors import WfctlError
from wfctl.views.again import again
from wfctl.views.json_parts import (
    ERROR,
    INFO,
    WARN,
    Message,
    Payload,
    cut,
    failure_parts,
    identity,
    resource,
    seconds,
)
from wfctl.views.line import one_line
from wfctl.views.next_command import to_type_next
from wfctl.views.plan_page import tally
from wfctl.views.result import changes
from wfctl.views.rows import Diagnostic, PlannedRow, PlanPage, RollbackPage, RunFacts, Severity

# --- before a run ------------------------------------------------------------------------------------------------------


def plan_messages(page: PlanPage) -> Iterator[Message]:
    """A plan: a message for each change, then the numbers."""
    for index, action in enumerate(page.actions):
        yield _planned(index, action)
    count = tally(page.actions)
    summary = _change_summary(count.add, count.change, count.destroy, "plan")
    text = f"Plan: {count.add} to add, {count.change} to change, {count.destroy} to destroy."
    yield Message("change_summary", "changes", summary, text)


def _planned(index: int, action: PlannedRow) -> Message:
    doing = "noop" if action.hooks_only else action.operation
    change: dict[str, object] = {"resource": resource(action.type, action.name, action.provider), "action": doing}
    if action.operation is Operation.REPLACE and any(change.forces_replacement for change in action.changes):
        change["reason"] = "cannot_update"
    change["plan_index"] = index
    if action.reason:
        change["reason_text"] = action.reason
    if action.undo:
        change["undo"] = {"kind": action.undo, "note": action.undo_note}
    if action.hooks_only:
        change["hooks_pending"] = action.hooks_only
    return Message("planned_change", "change", change, f"{one_line(action.address)}: Plan to {doing}")


def rollback_messages(page: RollbackPage) -> Iterator[Message]:
    """What a rollback would come to: a message for each action, the undos first and in their order."""
    for row in page.rows:
        payload = {
            "resource": resource(row.type, row.name, row.provider),
            "of_action": row.operation,
            "undo_actions": row.undos,
            "run_id": page.run_id,
            "plan_index": row.plan_index,
            "fate": row.fate,
            "reason_text": cut(row.why),
            **identity(row.provider_id),
        }
        text = f"{one_line(row.address)}: {row.fate}" + (f" ({one_line(row.why)})" if row.why else "")
        yield Message("compensation_planned", "compensation", payload, text)


def _change_summary(add: int, change: int, remove: int, operation: str) -> Payload:
    return {
        "add": add,
        "change": change,
        "import": 0,
        "remove": remove,
        "action_invocation": 0,
        "operation": operation,
    }


def diagnostic(finding: Diagnostic) -> Message:
    """A finding; a mere note is a log line."""
    text = one_line(finding.summary, 400)
    if finding.severity is Severity.NOTE:
        return Message("log", "note", {"detail": cut(finding.detail)}, text)
    payload: dict[str, object] = {"severity": finding.severity, "summary": text, "detail": cut(finding.detail)}
    if finding.code:
        payload["code"] = finding.code
    if finding.address:
        payload["address"] = finding.address
    if finding.file:
        payload |= _range(finding)
    level = ERROR if finding.severity is Severity.ERROR else WARN
    return Message("diagnostic", "diagnostic", payload, f"{finding.severity.capitalize()}: {text}", level)


def _range(finding: Diagnostic) -> dict[str, object]:
    # Offsets in bytes are not known; Terraform's readers need the field, and use line and column.
    at = {"line": finding.line, "column": finding.column, "byte": 0}
    found: dict[str, object] = {"range": {"filename": one_line(finding.file, 400), "start": at, "end": at}}
    if finding.snippet:
        found["snippet"] = {
            "context": None,
            "code": one_line(finding.snippet, 400),
            "start_line": finding.line,
            "highlight_start_offset": max(finding.column - 1, 0),
            "highlight_end_offset": max(finding.column - 1, 0),
            "values": [],
        }
    return found


def error_diagnostic(error: WfctlError) -> Message:
    """An error that ends the verb."""
    payload = {
        "severity": "error",
        "summary": cut(error.message),
        "detail": cut("\n".join(error.details)),
        "code": error.code,
        "kind": error.kind,
        "hint": error.hint,
    }
    return Message("diagnostic", "diagnostic", payload, f"Error: {one_line(error.message, 400)}", ERROR)


# --- a run as a whole --------------------------------------------------------------------------------------------------


def run_start(run: RunFacts) -> Message:
    """A run begins or is taken up again."""
    payload = {**_run(run), "engine": run.engine, "on_failure": run.on_failure, "actions": run.actions}
    if run.resumed:
        payload |= {"resumed": True, "epoch": run.epoch}
    how = " resumed" if run.resumed else ""
    text = f"Run {one_line(run.run_id)}{how}: {run.actions} actions"
    return Message("run_start", "run", payload, text)


def _run(run: RunFacts) -> dict[str, object]:
    return {
        "id": run.run_id,
        "plan_id": run.plan_id,
        "workspace": run.workspace,
        "lineage": run.lineage,
        "serial": run.serial,
        "operation": run.operation,
    }


def end_messages(outcome: RunOutcome, run: RunFacts, resources: Mapping[int, object]) -> Iterator[Message]:
    """The end of a run: Terraform's numbers, the final word on every action in plan order, the run's own at last."""
    added, changed, destroyed = changes(outcome)
    summary = _change_summary(added, changed, destroyed, "destroy" if run.operation == "destroy" else "apply")
    text = f"Resources: {added} added, {changed} changed, {destroyed} destroyed."
    yield Message("change_summary", "changes", summary, text)
    for action in outcome.actions:
        yield _outcome(action, resources.get(action.plan_index) or resource(action.type, action.name))
    yield _run_complete(outcome, run)


def _outcome(action: ActionOutcome, about: object) -> Message:
    payload = {
        "plan_index": action.plan_index,
        "resource": about,
        "action": action.operation,
        "status": action.status.name,
        "status_code": int(action.status),
        "final": action.final,
        "effect": action.effect,
        "in_doubt": action.in_doubt,
        "attempts": action.attempts,
        "elapsed_seconds": seconds(action.elapsed),
        **identity(action.provider_id),
        "error": failure_parts(action.error),
        "error_phase": action.error_phase,
        "undo_error": failure_parts(action.undo_error),
        "evidence": action.evidence,
        "skipped_because": action.skipped_because or None,
        "compensation": action.compensation or None,
        "warnings": [failure_parts(warning) for warning in action.warnings],
        "hooks_pending": action.hooks_pending,
        "residue": [_residue(left) for left in action.residue],
    }
    level = INFO if action.status == 1 else WARN if action.status in (4, 6) else ERROR
    return Message("action_outcome", "outcome", payload, f"{one_line(action.address)}: {action.status.name}", level)


def _residue(left: Residue) -> Payload:
    return {"type": left.type, "name": left.name, "provider_id": left.provider_id or None, "note": left.note}


def _run_complete(outcome: RunOutcome, run: RunFacts) -> Message:
    payload = {
        **_run(run),
        "result": outcome.result,
        "exit_code": outcome.exit_code,
        "cause": _cause(outcome.cause),
        "counts": _counts(outcome.counts),
        "finalize_errors": outcome.finalize_errors,
        "cancelled_by": outcome.cancelled_by or None,
        "duration_seconds": seconds(max(0.0, run.finished_at - run.started_at)),
        "next_command": to_type_next(outcome, run),
    }
    return _completed(payload, outcome.result, outcome.exit_code)


def _cause(cause: Cause | None) -> Payload | None:
    if cause is None:
        return None
    return {
        "plan_index": cause.plan_index,
        "addr": cause.address,
        "phase": cause.phase,
        "code": cause.failure.code,
        "message": cut(cause.failure.message),
    }


def _counts(counts: Counts) -> Payload:
    return {
        "success": counts.success,
        "error": counts.error,
        "delete_failed": counts.delete_failed,
        "compensated": counts.compensated,
        "compensation_failed": counts.compensation_failed,
        "skipped": counts.skipped,
        "in_doubt": counts.in_doubt,
    }


def run_never_finished(
    exit_code: int, *, run: RunFacts | None = None, code: str = "", hint: str = "", result: str = ""
) -> Message:
    """The last message where no run came to its end: none was started (`id` is null), or an error ended wfctl first."""
    resume = again(f"wfctl resume {shlex.quote(run.run_id)}", run.options) if run else ""
    command = hint if hint.startswith("wfctl ") and "\n" not in hint else resume
    payload = {
        **(_run(run) if run else {"id": None}),
        "result": result or ("interrupted" if run else "failed"),
        "exit_code": exit_code,
        "cause": {"plan_index": None, "addr": None, "phase": None, "code": code} if code else None,
        "counts": _counts(Counts()),
        "duration_seconds": 0.0,
        "next_command": command,
    }
    return _completed(payload, str(payload["result"]), exit_code)


def _completed(payload: Payload, result: str, exit_code: int) -> Message:
    level = INFO if exit_code in (0, 2) else ERROR
    return Message("run_complete", "run", payload, f"{result}, exit {exit_code}", level)
