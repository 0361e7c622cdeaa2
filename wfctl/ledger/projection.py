"""How each fact changes the row of the resource it is about: (row, fact) -> row, None where there is none.

Pure: the same function serves every backend and rebuilds the state from the events. Knows nothing of transactions.

A row says what is believed to exist. Three rules decide the cases that are not plain: what may or may not exist is kept
and quarantined, since forgetting an object is worse than asking about it; a hook that did not succeed stays pending, since
a lost hook is a lie; and a document that is not told anew stays the one last told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from wfctl.core import events
from wfctl.core.commands import UndoKind
from wfctl.core.outcome import ActionStatus, Existence
from wfctl.core.plan import Digest, Operation, Provenance, ResourceState, RunId, Step
from wfctl.ledger.facts import Facts, Progress, prior_document
from wfctl.ledger.row import Mark, ResourceRow

News = events.ActionEvent | events.FinalizeVerdict | events.RollbackRequested
"""What can change a row."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the ledger a fact stands: its sequence number, and its time as ISO 8601 text."""

    seq: int
    at: str


def news_of(event: events.Event) -> Iterable[tuple[int, News]]:
    """The actions whose rows an event may change, each with what it says of it."""
    if isinstance(event, events.FinalizeReported):
        return [(verdict.action, verdict) for verdict in event.verdicts]
    if isinstance(event, events.RollbackRequested):
        return [(action, event) for action in event.orphaned]
    if type(event) in _LIFE:
        return [(event.action, event)]  # type: ignore[union-attr,list-item]  # the table holds events of actions
    return ()


def project(
    row: ResourceRow | None, news: News, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    """The row after one fact; the very same object when nothing changed. `progress` is the action's before the fact.

    A plan made elsewhere may know a resource that has no row yet: its `current` stands in for the row.
    """
    known = row if row is not None else _told_by_plan(facts, progress, moment)
    after: ResourceRow | None = _LIFE[type(news)](known, news, facts, progress, moment)
    if after is None:
        return None
    if after is known or after == known:
        return row
    return _replace(after, run_id=facts.run_id, seq=moment.seq, updated_at=moment.at)


def _told_by_plan(facts: Facts, progress: Progress, moment: Moment) -> ResourceRow | None:
    prior = facts.prior
    if prior is None or not prior.provider_id or facts.operation is Operation.CREATE or Step.DELETE in progress.applied:
        return None
    return _before(prior, facts, moment, prior.provider_id)


_replace = msgspec.structs.replace


def edited(
    event: events.StateEdited, workspace: str, run_id: RunId, moment: Moment
) -> Iterable[tuple[str, ResourceRow | None]]:
    """The rows that an edit of the state puts in the place of others, by name; None takes one away."""
    for name in event.gone:
        yield name, None
    for entry in event.put:
        yield entry.name, _written(entry, workspace, run_id, moment)


def _written(entry: events.StateEntry, workspace: str, run_id: RunId, moment: Moment) -> ResourceRow:
    return ResourceRow(
        workspace=workspace,
        name=entry.name,
        type=entry.type,
        provider=entry.provider,
        provider_ref=entry.provider_ref,
        provider_id=entry.provider_id,
        config_hash=entry.config_hash,
        config_doc=entry.config,
        outputs_doc=entry.outputs,
        dependencies=entry.dependencies,
        protected=entry.protected,
        provenance=entry.provenance,
        source=entry.source,
        fingerprint=entry.fingerprint,
        hooks_pending=entry.hooks_pending,
        created_by_run=entry.created_by_run,
        run_id=run_id,
        seq=moment.seq,
        mark=entry.mark,
        mark_run=entry.mark_run,
        created_at=entry.created_at or moment.at,
        updated_at=moment.at,
    )


# --- a call and its doubt ----------------------------------------------------------------------------------------------


def _applied(
    row: ResourceRow | None, event: events.ActionApplied, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    if event.step is Step.DELETE:
        return _deleted(row, facts, progress)
    if event.step is Step.UPDATE and row is not None:
        return _updated(row, event, facts)
    made = _made(row, event, facts, moment)
    if progress.verifying and event.step is Step.CREATE:
        # The call was answered with an error: the object is there, but nobody says that it is whole.
        kept = _old_one(row, facts, progress)
        return _quarantined(kept or _replace(made, config_hash=""), facts)
    return made


def _old_one(row: ResourceRow | None, facts: Facts, progress: Progress) -> ResourceRow | None:
    """The object that a replace was to take away, if it still stands: it must not be forgotten over a doubtful new one."""
    stands = facts.operation is Operation.REPLACE and Step.DELETE not in progress.applied
    return row if row is not None and row.provider_id and stands else None


def _made(row: ResourceRow | None, event: events.ActionApplied, facts: Facts, moment: Moment) -> ResourceRow:
    known_id = row.provider_id if row is not None and facts.operation is not Operation.REPLACE else ""
    ours = event.step is Step.CREATE and event.provenance is Provenance.CREATED
    return ResourceRow(
        workspace=facts.workspace,
        name=facts.name,
        type=facts.type,
        provider=facts.provider,
        provider_ref=facts.provider_ref,
        provider_id=event.provider_id or known_id,
        config_hash=event.config_hash,
        config_doc=event.config,
        outputs_doc=event.outputs,
        dependencies=facts.dependencies,
        protected=facts.protected,
        provenance=event.provenance,
        fingerprint=event.fingerprint,
        hooks_pending=facts.hooks,
        created_by_run=facts.run_id if ours else "",
        run_id=facts.run_id,
        seq=moment.seq,
        created_at=moment.at,
        updated_at=moment.at,
    )


def _updated(row: ResourceRow, event: events.ActionApplied, facts: Facts) -> ResourceRow:
    told = event.config is not None or bool(event.config_hash)
    missed = (name for name in row.hooks_pending if name in facts.known_hooks and name not in facts.hooks)
    return _replace(
        row,
        type=facts.type,
        provider=facts.provider,
        provider_ref=facts.provider_ref,
        provider_id=event.provider_id or row.provider_id,
        config_hash=event.config_hash if told else row.config_hash,
        config_doc=event.config if told else row.config_doc,
        outputs_doc=event.outputs or row.outputs_doc,
        dependencies=facts.dependencies,
        protected=facts.protected,
        source="apply",
        fingerprint=event.fingerprint,
        hooks_pending=(*facts.hooks, *missed),
        mark="",
        mark_run="",
    )


def _deleted(row: ResourceRow | None, facts: Facts, progress: Progress) -> ResourceRow | None:
    if facts.operation is not Operation.REPLACE or row is None:
        return None
    if Step.CREATE in progress.applied:
        return _unmarked(row, facts)
    return _replace(row, provider_id="", mark=Mark.HALF_REPLACED, mark_run=facts.run_id)


def _doubted(
    row: ResourceRow | None, _event: events.ActionLeftInDoubt, facts: Facts, _progress: Progress, moment: Moment
) -> ResourceRow | None:
    return _quarantined(row if row is not None else _placeholder(facts, moment), facts)


def _absent(
    row: ResourceRow | None, event: events.ActionFoundAbsent, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    if event.step is Step.CREATE and not event.proven and not progress.verifying:
        # "Not found" in a text proves nothing: the question stays open, and a person answers it.
        return _quarantined(row if row is not None else _placeholder(facts, moment), facts)
    return _cleared(row, facts)


def _failed(
    row: ResourceRow | None, event: events.ActionFailed, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    if event.effect is Existence.UNKNOWN:
        return row
    if event.effect is Existence.NONE or event.step is Step.DELETE:
        return _cleared(row, facts)
    if event.step is Step.UPDATE and row is not None:
        # It has an effect, but not the one asked for: no plan may take this config for what is there.
        return _replace(_cleared(row, facts) or row, config_hash="")
    if not event.provider_id or _old_one(row, facts, progress) is not None:
        return _quarantined(row if row is not None else _placeholder(facts, moment), facts)
    found = _replace(_placeholder(facts, moment), provider_id=event.provider_id, hooks_pending=facts.hooks)
    return _replace(found, provenance=Provenance.CREATED, created_by_run=facts.run_id)


# --- hooks -------------------------------------------------------------------------------------------------------------


def _hooked(
    row: ResourceRow | None, event: events.HookSucceeded, _facts: Facts, _progress: Progress, _moment: Moment
) -> ResourceRow | None:
    if row is None or event.undo or event.hook not in row.hooks_pending:
        return row
    return _replace(row, hooks_pending=tuple(name for name in row.hooks_pending if name != event.hook))


# --- undo --------------------------------------------------------------------------------------------------------------


def _undo_started(
    row: ResourceRow | None, _event: events.CompensationStarted, facts: Facts, _progress: Progress, moment: Moment
) -> ResourceRow | None:
    return _quarantined(row if row is not None else _placeholder(facts, moment), facts)


def _undone(
    row: ResourceRow | None, event: events.CompensationSucceeded, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    prior = facts.prior
    if facts.operation is Operation.CREATE or prior is None:
        return None
    if event.undo == UndoKind.DELETE:
        # A replace is undone by putting the old object back first; what is deleted here is only the new one.
        recreated = Step.DELETE in progress.applied
        return (
            _unmarked(row, facts) if recreated and row is not None else _before(prior, facts, moment, prior.provider_id)
        )
    known_id = row.provider_id if row is not None and event.undo == UndoKind.RESTORE else ""
    # What is made anew has a new id: where that was not told, the old one would be a lie.
    old_id = "" if event.undo == UndoKind.RECREATE else prior.provider_id
    after = _before(prior, facts, moment, event.provider_id or known_id or old_id)
    after = _replace(
        after,
        config_hash=event.config_hash or after.config_hash,
        config_doc=event.config or after.config_doc,
        outputs_doc=event.outputs or after.outputs_doc,
    )
    new_one_stays = event.undo == UndoKind.RECREATE and Step.CREATE in progress.applied
    return _quarantined(after, facts) if new_one_stays else after


def _undo_failed(
    row: ResourceRow | None, event: events.CompensationFailed, facts: Facts, progress: Progress, _moment: Moment
) -> ResourceRow | None:
    if row is None or not event.refused or progress.undo_tried:
        return row
    return _unmarked(row, facts)


def _flushed(
    row: ResourceRow | None, verdict: events.FinalizeVerdict, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    """A plugin took something back by itself at the end of the run, or says that it could not."""
    undone = verdict.status == ActionStatus.COMPENSATED
    if (
        not progress.applied
        or progress.undo_tried
        or not (undone or verdict.status == ActionStatus.COMPENSATION_FAILED)
    ):
        return row
    if not undone or not verdict.confirmed:
        return _quarantined(row if row is not None else _placeholder(facts, moment), facts)
    if facts.operation is Operation.CREATE or facts.prior is None:
        return None
    return _before(facts.prior, facts, moment, facts.prior.provider_id)


# --- a person's answer -------------------------------------------------------------------------------------------------


def _settled(
    row: ResourceRow | None, event: events.ActionSettled, facts: Facts, progress: Progress, moment: Moment
) -> ResourceRow | None:
    if event.as_ == "absent":
        return None
    if event.as_ == "restored":
        known_id = row.provider_id if row is not None else ""
        prior = facts.prior
        return (
            None if prior is None else _before(prior, facts, moment, event.provider_id or known_id or prior.provider_id)
        )
    kept = row if row is not None else _placeholder(facts, moment)
    kept = _replace(
        kept,
        provider_id=event.provider_id or kept.provider_id,
        outputs_doc=event.outputs or kept.outputs_doc,
        mark="",
        mark_run="",
    )
    if Step.CREATE in progress.applied or facts.operation in (Operation.UPDATE, Operation.DELETE):
        return kept
    # Nobody saw this run make it, so no undo may ever delete it; and its hooks never ran.
    kept = _replace(kept, type=facts.type, provider=facts.provider, provider_ref=facts.provider_ref)
    return _replace(kept, provenance=Provenance.SETTLED, created_by_run="", hooks_pending=facts.hooks)


def _orphaned(
    _row: ResourceRow | None,
    _event: events.RollbackRequested,
    _facts: Facts,
    _progress: Progress,
    _moment: Moment,
) -> ResourceRow | None:
    """The object stays where it is, and the state forgets it: a person said so."""
    return None


# --- shapes of rows ----------------------------------------------------------------------------------------------------


def _placeholder(facts: Facts, moment: Moment) -> ResourceRow:
    """A row for something of which no more is known than that it may exist."""
    if facts.operation in (Operation.UPDATE, Operation.DELETE) and facts.prior is not None:
        return _before(facts.prior, facts, moment, "")
    return ResourceRow(
        workspace=facts.workspace,
        name=facts.name,
        type=facts.type,
        provider=facts.provider,
        provider_ref=facts.provider_ref,
        dependencies=facts.dependencies,
        protected=facts.protected,
        provenance=Provenance.INFERRED,
        run_id=facts.run_id,
        seq=moment.seq,
        created_at=moment.at,
        updated_at=moment.at,
    )


def _before(prior: ResourceState, facts: Facts, moment: Moment, provider_id: str) -> ResourceRow:
    """The row as it was before the run. The fingerprint is not: putting something back changes it."""
    return ResourceRow(
        workspace=facts.workspace,
        name=prior.name,
        type=prior.type,
        provider=prior.provider,
        provider_ref=prior.provider_ref,
        provider_id=provider_id,
        config_hash=prior.config_hash,
        config_doc=_digest(prior.applied_config),
        outputs_doc=_digest(prior.outputs),
        dependencies=prior.dependencies or (),
        protected=prior.protected,
        provenance=prior.provenance,
        source=prior.applied_config_source,
        hooks_pending=prior.hooks_pending,
        created_by_run=prior.created_by_run,
        run_id=facts.run_id,
        seq=moment.seq,
        created_at=prior.created_at,
        updated_at=moment.at,
    )


def _digest(document: dict[str, object] | None) -> Digest | None:
    stored = prior_document(document)
    return stored[0] if stored else None


def _quarantined(row: ResourceRow, facts: Facts) -> ResourceRow:
    return _replace(row, mark=Mark.QUARANTINED, mark_run=facts.run_id)


def _cleared(row: ResourceRow | None, facts: Facts) -> ResourceRow | None:
    """The doubt is gone and nothing happened: the row as it was before the doubt."""
    return _unmarked(row, facts) if row is not None and row.mark == Mark.QUARANTINED else row


def _unmarked(row: ResourceRow, facts: Facts) -> ResourceRow | None:
    if row.provider_id:
        return _replace(row, mark="", mark_run="")
    half = facts.operation is Operation.REPLACE or (facts.prior is not None and facts.prior.mark == Mark.HALF_REPLACED)
    return _replace(row, mark=Mark.HALF_REPLACED, mark_run=facts.run_id) if half else None


# Each rule takes the class it is listed under, which no type can say of a dict.
_Rule = Callable[[ResourceRow | None, Any, Facts, Progress, Moment], ResourceRow | None]

_LIFE: Final[dict[type, _Rule]] = {
    events.ActionApplied: _applied,
    events.ActionLeftInDoubt: _doubted,
    events.ActionFoundAbsent: _absent,
    events.ActionFailed: _failed,
    events.HookSucceeded: _hooked,
    events.CompensationStarted: _undo_started,
    events.CompensationSucceeded: _undone,
    events.CompensationFailed: _undo_failed,
    events.FinalizeVerdict: _flushed,
    events.ActionSettled: _settled,
    events.RollbackRequested: _orphaned,
}
"""What changes rows, and how. Everything else is about the run alone."""
