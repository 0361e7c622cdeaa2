"""From the rows of a ledger to the facts that views show.

Knows nothing of layout and of how rows are stored.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from wfctl.core.events import RunStarted
from wfctl.core.outcome import ActionOutcome, Cause, RunOutcome, count
from wfctl.core.plan import Document, ResourceState
from wfctl.ledger.store import RunRow
from wfctl.views.rows import RunFacts, RunPage, Shown, StatePage, StateRow, ValueForm

SECRET = "secret_ref://"  # noqa: S105  (upstream's marker of a value that is kept elsewhere)


def run_facts(
    row: RunRow, started: RunStarted, *, project: str = "", owner: str = "", resumed: bool = False
) -> RunFacts:
    """A run as pages head it, from its row and its first event."""
    return RunFacts(
        run_id=row.run_id,
        operation=row.operation,
        workspace=row.workspace,
        project=project,
        engine=row.engine,
        plan_id=row.plan_id,
        lineage=started.lineage,
        serial=started.serial,
        actions=len(started.actions),
        parallelism=started.policy.parallelism,
        on_failure=started.policy.on_failure,
        result=row.status,
        exit_code=-1 if row.exit_code is None else row.exit_code,
        cause=cause_line(row.cause),
        owner=owner,
        plugins=plugins_of(started),
        resumed=resumed,
        epoch=row.epoch,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def pruned_page(row: RunRow, actions: tuple[ActionOutcome, ...], *, project: str = "") -> RunPage:
    """What is left of a run whose events are gone: its row, and the outcomes of its actions."""
    facts = RunFacts(
        run_id=row.run_id,
        operation=row.operation,
        workspace=row.workspace,
        project=project,
        engine=row.engine,
        plan_id=row.plan_id,
        actions=len(actions),
        result=row.status,
        exit_code=-1 if row.exit_code is None else row.exit_code,
        cause=cause_line(row.cause),
        epoch=row.epoch,
        started_at=row.started_at,
        finished_at=row.finished_at,
        pruned=True,
    )
    code = row.exit_code or 0
    outcome = RunOutcome(result=row.status, exit_code=code, actions=actions, counts=count(actions), cause=row.cause)
    return RunPage(run=facts, outcome=outcome)


def plugins_of(started: RunStarted) -> tuple[str, ...]:
    """The plugins a run was started with: name, version, and the beginning of the digest."""
    lines = (f"{found.plugin} {found.version} sha256:{found.digest[:8]}" for found in started.providers)
    return tuple(dict.fromkeys(lines))


def cause_line(cause: Cause | None) -> str:
    """The first failure of a run on one line; empty when there was none."""
    if cause is None:
        return ""
    place = f"{cause.plan_index + 1} {cause.address}" if cause.plan_index is not None else cause.address
    return f"{place}, {cause.phase}, {cause.failure.code}: {cause.failure.message.partition(chr(10))[0]}"


def state_row(state: ResourceState) -> StateRow:
    """A resource as a line of a list."""
    return StateRow(
        name=state.name,
        type=state.type,
        provider=state.provider_ref or state.provider,
        provider_id=state.provider_id,
        mark=state.mark,
        protected=state.protected,
        hooks_pending=state.hooks_pending,
        updated_at=unix(state.updated_at),
    )


def state_page(state: ResourceState) -> StatePage:
    """A resource in full. Secrets stay where they are."""
    return StatePage(
        row=state_row(state),
        config=leaves(state.applied_config),
        outputs=leaves(state.outputs),
        dependencies=state.dependencies or (),
        provenance=state.provenance,
        created_by_run=state.created_by_run,
        created_at=unix(state.created_at),
    )


def leaves(document: Document | None) -> tuple[tuple[str, Shown], ...]:
    """The attributes of a document by dotted path, in the document's order; lists and empty maps are leaves too."""
    found: list[tuple[str, Shown]] = []
    stack: list[tuple[str, object]] = [(key, value) for key, value in reversed((document or {}).items())]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict) and value:
            stack.extend((f"{path}.{key}", item) for key, item in reversed(value.items()))
        else:
            found.append((path, shown(value)))
    return tuple(found)


def shown(value: object) -> Shown:
    """A value of the state as it may be shown."""
    if isinstance(value, str) and value.startswith(SECRET):
        return Shown(form=ValueForm.SENSITIVE)
    return Shown(form=ValueForm.PLAIN, text=msgspec.json.encode(value).decode())


def unix(moment: str) -> float:
    """ISO 8601 as Unix seconds; 0 for the zero time that plans carry, and for what is no time."""
    try:
        return max(0.0, datetime.fromisoformat(moment).timestamp())
    except ValueError:
        return 0.0
