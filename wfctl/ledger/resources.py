"""The resource rows of one run's workspace, as they stand after its last durable event.

What a fact does to a row is `projection`'s; knows nothing of the table the rows are kept in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from wfctl.core.events import (
    ActionApplied,
    CompensationSucceeded,
    FinalizeVerdict,
    HookSucceeded,
    Recorded,
    StateEdited,
)
from wfctl.core.plan import Digest
from wfctl.ledger.facts import NOTHING_YET, Progress, RunFacts, advance, prior_documents
from wfctl.ledger.projection import Moment, News, edited, news_of, project
from wfctl.ledger.row import ResourceRow, Stored, row_hash, sum_with


class Changes(msgspec.Struct, kw_only=True):
    """What a batch of events makes of the rows. A name with None loses its row.

    `documents` are those of the plan that rows now refer to, `named` all that they did not refer to before. `put_back`
    are the names whose secrets of before count again. `total` is the sum of all row hashes of the workspace.
    """

    rows: dict[str, Stored | None] = {}
    progress: dict[int, Progress] = {}
    documents: dict[Digest, bytes] = {}
    named: set[Digest] = set()
    put_back: set[str] = set()
    total: int = 0


class Resources:
    """The rows that a run may change. `changes` tries, `adopt` makes it so once it is durable."""

    def __init__(self, facts: RunFacts, rows: Iterable[Stored], total: int) -> None:
        self._facts = facts
        self._rows = {stored.row.name: stored for stored in rows}
        self._progress: dict[int, Progress] = {}
        self._total = total

    def replay(self, recorded: Recorded) -> None:
        """Remember what an event that is durable already means for those to come."""
        action = getattr(recorded.event, "action", None)
        if action is not None:
            self._progress[action] = advance(self._progress.get(action, NOTHING_YET), recorded.event)

    def changes(self, records: Sequence[Recorded], stamps: Sequence[str]) -> Changes:
        """What these records, stamped with these moments, make of the rows. Raises IndexError for an unknown action."""
        changes = Changes(total=self._total)
        for recorded, at in zip(records, stamps, strict=True):
            moment = Moment(seq=recorded.seq, at=at)
            if isinstance(recorded.event, StateEdited):
                self._edit(changes, recorded.event, moment)
            for action, news in news_of(recorded.event):
                self._change(changes, action, news, moment)
            self._remember(changes, recorded)
        return changes

    def _change(self, changes: Changes, action: int, news: News, moment: Moment) -> None:
        facts = self._facts[action]
        before = self._current(changes, facts.name)
        row = before.row if before else None
        after = project(row, news, facts, self._past(changes, action), moment)
        if after is not row:
            _note(changes, facts.name, before, after)
            if facts.prior is not None and not (row is not None and isinstance(news, ActionApplied | HookSucceeded)):
                changes.documents.update(_told(after, prior_documents(facts.prior)))
        if after is not None and isinstance(news, CompensationSucceeded | FinalizeVerdict):
            changes.put_back.add(facts.name)

    def _edit(self, changes: Changes, event: StateEdited, moment: Moment) -> None:
        for name, after in edited(event, self._facts.workspace, self._facts.run_id, moment):
            before = self._current(changes, name)
            if before is not None or after is not None:
                _note(changes, name, before, after)

    def adopt(self, changes: Changes) -> None:
        """The changes are durable."""
        for name, stored in changes.rows.items():
            if stored is None:
                self._rows.pop(name, None)
            else:
                self._rows[name] = stored
        self._progress.update(changes.progress)
        self._total = changes.total

    def _current(self, changes: Changes, name: str) -> Stored | None:
        return changes.rows[name] if name in changes.rows else self._rows.get(name)

    def _past(self, changes: Changes, action: int) -> Progress:
        return changes.progress.get(action) or self._progress.get(action, NOTHING_YET)

    def _remember(self, changes: Changes, recorded: Recorded) -> None:
        action = getattr(recorded.event, "action", None)
        if action is None:
            return
        before = self._past(changes, action)
        after = advance(before, recorded.event)
        if after is not before:
            changes.progress[action] = after


def _note(changes: Changes, name: str, before: Stored | None, after: ResourceRow | None) -> None:
    stored = Stored(row=after, hash=row_hash(after)) if after is not None else None
    changes.rows[name] = stored
    if after is not None:
        old = (before.row.config_doc, before.row.outputs_doc) if before else ()
        changes.named.update(digest for digest in (after.config_doc, after.outputs_doc) if digest and digest not in old)
    changes.total = sum_with(changes.total, before.hash if before else None, stored.hash if stored else None)


def _told(row: ResourceRow | None, documents: dict[Digest, bytes]) -> dict[Digest, bytes]:
    if row is None:
        return {}
    return {digest: documents[digest] for digest in (row.config_doc, row.outputs_doc) if digest in documents}
