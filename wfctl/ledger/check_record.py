"""Whether the runs of a ledger are on record as they were written: their rows, chains, plans, outcomes and documents.

Knows nothing of the state that follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from wfctl import __version__
from wfctl.core import events
from wfctl.core.assess import assess
from wfctl.core.events import Event
from wfctl.core.plan import Digest, Plan, RunId
from wfctl.core.run import RunState, evolve
from wfctl.ledger.append import result_rows
from wfctl.ledger.findings import RESTORE, Findings
from wfctl.ledger.keeper import read_lease
from wfctl.ledger.lease import Claim, held
from wfctl.ledger.reading import Reader
from wfctl.ledger.recorded import stamp
from wfctl.ledger.store import FINAL, RunRow
from wfctl.ledger.trouble import damaged


class Seen(msgspec.Struct, kw_only=True):
    """What was learnt of the runs on the way.

    `rows` are the runs whose row can be read, `damaged` those that cannot be read to their end: what their events said is not
    known, nor even of which workspace. `named` are the documents that events name, each with the run that does.
    """

    rows: dict[RunId, RunRow] = {}
    damaged: list[RunId] = []
    named: dict[Digest, RunId] = {}


def documents_of(event: Event) -> Iterator[Digest]:
    """The documents an event names."""
    match event:
        case events.ActionApplied() | events.CompensationSucceeded():
            found = [event.config, event.outputs]
        case events.ActionSettled():
            found = [event.outputs]
        case events.StateEdited():
            found = [event.base, *(digest for entry in event.put for digest in (entry.config, entry.outputs))]
        case _:
            return
    yield from (digest for digest in found if digest)


def check_runs(reader: Reader, claim: Claim, findings: Findings) -> Seen:
    """Every run: its row, its chain of events and their end, its plan, its outcome."""
    seen = Seen()
    for run_id, workspace in reader.connection.execute("SELECT run_id, workspace FROM run ORDER BY rowid").fetchall():
        findings.counted.runs += 1
        here, sound = findings.within(workspace), False
        with here.of(f"run {run_id}"):
            row = seen.rows[run_id] = reader.run(run_id)
            findings.counted.pruned_runs += row.pruned
            if not row.pruned:
                _check_run(reader, row, seen, here)
            _remark_unfinished(reader, claim, row, here)
            sound = True
        seen.damaged += [] if sound else [run_id]
    _check_strays(reader, findings)
    return seen


def _check_run(reader: Reader, row: RunRow, seen: Seen, findings: Findings) -> None:
    state, last = RunState(), 0.0
    for recorded, _ in reader.events(row.run_id):
        findings.counted.events += 1
        evolve(state, recorded)
        last = recorded.at
        seen.named.update(dict.fromkeys(documents_of(recorded.event), row.run_id))
    if state.started is None or state.started.run_id != row.run_id:
        raise damaged(reader.path, f"the beginning of run {row.run_id}")
    plan = reader.plan(row.run_id)
    for complaint in (*_of_row(reader, row, state, last), *_of_outcomes(reader, row, state, plan)):
        findings.add("RUN_DAMAGED", f"run {row.run_id}", complaint, RESTORE)


def _of_row(reader: Reader, row: RunRow, state: RunState, last: float) -> Iterator[str]:
    """What the run's row says that its events do not. Its beginning is under the chain; this is about its end."""
    over = state.finished is not None and state.finished.result in FINAL
    (ended,) = reader.connection.execute("SELECT finished_at FROM run WHERE run_id = ?", (row.run_id,)).fetchone()
    if over != (row.result in FINAL) or (over and (row.status, ended) != (row.result, stamp(last))):
        yield "its row does not say how it ended"
    (epoch,) = reader.connection.execute("SELECT max(epoch) FROM event WHERE run_id = ?", (row.run_id,)).fetchone()
    if row.epoch < epoch:
        yield "its row names an owner from before its last event"
    sql = "SELECT run_id, at FROM plan_use WHERE plan_id = ?"
    if reader.connection.execute(sql, (row.plan_id,)).fetchone() != (row.run_id, stamp(row.started_at)):
        yield f"the ledger does not say that it used the plan {row.plan_id}"


def _of_outcomes(reader: Reader, row: RunRow, state: RunState, plan: Plan) -> Iterator[str]:
    """What the outcomes of its actions say that is not what was written, or not what its events come to."""
    if row.result is None:
        return
    outcomes = reader.action_results(row.run_id)
    written = list(result_rows(row.run_id, outcomes))
    stored = reader.connection.execute(
        "SELECT * FROM action_result WHERE run_id = ? ORDER BY plan_index", (row.run_id,)
    ).fetchall()
    if stored != written or [one.plan_index for one in outcomes] != list(range(len(state.actions))):
        yield f"it has {len(state.actions)} actions, and their outcomes are not what was written"
    elif plan.engine_version == __version__:  # another version may have had other words for the same
        told = assess(state)
        if (told.actions, told.result, told.exit_code, told.cause) != (outcomes, row.result, row.exit_code, row.cause):
            yield "its outcome is not what its events come to"


def _remark_unfinished(reader: Reader, claim: Claim, row: RunRow, findings: Findings) -> None:
    if row.result is not None:
        return
    lease = read_lease(reader, row.workspace)
    if lease is None or lease.run_id != row.run_id or not held(lease, claim):
        told = "it is not over, and nobody drives it"
        findings.remark("RUN_UNFINISHED", f"run {row.run_id}", told, f"wfctl resume {row.run_id}")


def _check_strays(reader: Reader, findings: Findings) -> None:
    with findings.of("the events"):
        for table in ("event", "action_result"):
            sql = f"SELECT DISTINCT run_id FROM {table} WHERE run_id NOT IN (SELECT run_id FROM run)"  # noqa: S608  (two names)
            for (run_id,) in reader.connection.execute(sql):
                findings.add("RUN_LOST", f"run {run_id}", f"there are rows of it in {table}, and no such run", RESTORE)


def check_documents(reader: Reader, seen: Seen, findings: Findings) -> None:
    """Every stored document against its name, and every document that an event names."""
    stored: set[str] = set()
    with findings.of("the documents"):
        for digest, size, body in reader.connection.execute("SELECT digest, size, body FROM document"):
            findings.counted.documents += 1
            name = digest.hex() if isinstance(digest, bytes) else str(digest)
            stored.add(name)
            if not isinstance(body, bytes) or sha256(body).hexdigest() != name or size != len(body):
                findings.add("DOCUMENT_DAMAGED", f"document {name}", "it is not what was written", RESTORE)
    for digest, run_id in seen.named.items():
        if digest not in stored:
            findings.add(
                "DOCUMENT_MISSING", f"run {run_id}", f"an event names document {digest}, which is gone", RESTORE
            )
