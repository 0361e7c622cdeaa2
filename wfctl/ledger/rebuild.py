"""Make the resource rows of a workspace again, from its events alone.

Changes nothing. The events of all its runs are taken in the order in which they became durable: by epoch, since one epoch has
one writer, then by number. A base, left by pruning, stands for everything before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from wfctl.core.events import Recorded, RunStarted, StateEdited
from wfctl.core.plan import Digest, RunId
from wfctl.ledger.facts import NOTHING_YET, Progress, RunFacts, advance
from wfctl.ledger.projection import Moment, edited, news_of, project
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import stamp
from wfctl.ledger.row import ResourceRow
from wfctl.ledger.store import RunRow
from wfctl.ledger.trouble import damaged

_STRETCHES = (
    "SELECT event.run_id, max(event.seq) FROM event JOIN run USING (run_id) WHERE workspace = ? "
    "GROUP BY event.run_id, event.epoch ORDER BY event.epoch, min(event.seq)"
)

_REMAINS = (
    "SELECT * FROM run WHERE run_id = ?",
    "SELECT * FROM action_result WHERE run_id = ? ORDER BY plan_index",
    "SELECT * FROM plan_use WHERE run_id = ?",
)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What pruning leaves: all rows of that moment, and for each run whose events are gone a digest of what is left of it."""

    rows: tuple[ResourceRow, ...]
    pruned: dict[RunId, str]


class Rebuilt(msgspec.Struct, kw_only=True):
    """A workspace as its events tell it.

    `begun` is its serial when the last run began, `least` and `most` are the bounds of what it is now: the events do not say
    how many of them were appended at once. `pruned` are the runs whose events are gone, with a digest of what is left of each.
    """

    rows: dict[str, ResourceRow] = {}
    pruned: dict[RunId, str] = {}
    lineage: str = ""
    begun: int = 0
    least: int = 0
    most: int = 0


def encode_base(base: Base) -> bytes:
    """A base as the JSON of a document, rows by the names of their columns."""
    return msgspec.json.encode({"rows": [msgspec.structs.asdict(row) for row in base.rows], "pruned": base.pruned})


def decode_base(body: bytes) -> Base:
    """The base of a document. Raises msgspec.MsgspecError."""
    parts = msgspec.json.decode(body, type=_BaseBody)
    rows = ([row.get(name, msgspec.UNSET) for name in ResourceRow.__struct_fields__] for row in parts.rows)
    return Base(rows=tuple(msgspec.convert(row, ResourceRow) for row in rows), pruned=parts.pruned)


class _BaseBody(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[dict[str, object], ...]
    pruned: dict[RunId, str]


def remains(reader: Reader, run_id: RunId) -> str:
    """A digest of what pruning leaves of a run: its row, the outcomes of its actions, the use of its plan."""
    rows = [reader.connection.execute(sql, (run_id,)).fetchall() for sql in _REMAINS]
    return sha256(msgspec.msgpack.encode(rows)).hexdigest()


def rebuild(reader: Reader, workspace: str) -> Rebuilt:
    """The rows that follow from the events. Raises WfctlError LEDGER_DAMAGED for the first event that cannot be trusted."""
    found = Rebuilt()
    with reader.snapshot():
        telling = {run.run_id: _Telling(reader, run) for run in reader.runs(workspace, None) if not run.pruned}
        for run_id, last in reader.connection.execute(_STRETCHES, (workspace,)).fetchall():
            if run_id in telling:
                for recorded in telling[run_id].until(last):
                    _take(found, reader, telling[run_id], recorded)
                if telling[run_id].over:
                    telling.pop(run_id).finish()
        for run in telling.values():
            run.finish()
    return found


class _Telling:
    """One run's events, taken a stretch at a time."""

    def __init__(self, reader: Reader, run: RunRow) -> None:
        self._reader = reader
        self._run = run
        self._events = reader.events(run.run_id)
        self._facts: RunFacts | None = None
        self._seq = 0
        self.progress: dict[int, Progress] = {}

    @property
    def over(self) -> bool:
        return self._seq >= self._run.events

    @property
    def facts(self) -> RunFacts:
        if self._facts is None:
            raise damaged(self._reader.path, f"the beginning of run {self._run.run_id}")
        return self._facts

    def until(self, last: int) -> Iterator[Recorded]:
        while self._seq < last:
            recorded = next(self._events)[0]
            self._seq = recorded.seq
            if isinstance(recorded.event, RunStarted):
                self._facts = RunFacts(self._reader.plan(self._run.run_id), recorded.event)
            yield recorded

    def finish(self) -> None:
        """See whether the end is the right one: that is looked at only when there is nothing more."""
        next(self._events, None)


def _take(found: Rebuilt, reader: Reader, run: _Telling, recorded: Recorded) -> None:
    event, facts = recorded.event, run.facts
    moment = Moment(seq=recorded.seq, at=stamp(recorded.at))
    if isinstance(event, RunStarted):
        found.lineage = event.lineage
        found.begun = found.least = found.most = event.serial
    if isinstance(event, StateEdited):
        changes = list(edited(event, facts.workspace, facts.run_id, moment))
        _put(found, [(name, row) for name, row in changes if row is not None or name in found.rows])
        _go_on_from(found, reader, event.base)
    for action, news in news_of(event):
        row = found.rows.get(facts[action].name)
        after = project(row, news, facts[action], run.progress.get(action, NOTHING_YET), moment)
        if after is not row:
            _put(found, [(facts[action].name, after)])
    action_of_event = getattr(event, "action", None)
    if action_of_event is not None:
        before = run.progress.get(action_of_event, NOTHING_YET)
        run.progress[action_of_event] = advance(before, event)


def _put(found: Rebuilt, changes: list[tuple[str, ResourceRow | None]]) -> None:
    for name, row in changes:
        if row is None:
            found.rows.pop(name, None)
        else:
            found.rows[name] = row
    if changes:
        found.least, found.most = found.begun + 1, found.most + 1


def _go_on_from(found: Rebuilt, reader: Reader, base: Digest | None) -> None:
    if base is None:
        return
    try:
        body = decode_base(reader.document(base))
    except (KeyError, msgspec.MsgspecError) as error:
        raise damaged(reader.path, f"document {base}, which pruning left") from error
    found.rows = {row.name: row for row in body.rows}
    found.pruned = dict(body.pruned)
