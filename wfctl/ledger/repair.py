"""Make the state of every workspace what the events of its runs say, where it is not.

What cannot be trusted is not repaired: a ledger with a damaged run is left alone. Every repair is on record as a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from wfctl.core.plan import Plan, RunId
from wfctl.engine.ports import Batch
from wfctl.errors import Kind, WfctlError
from wfctl.ledger import schema
from wfctl.ledger.append import PUT_ROW
from wfctl.ledger.aside import record_aside
from wfctl.ledger.check_record import Seen, check_runs
from wfctl.ledger.check_state import check_rows, check_workspaces
from wfctl.ledger.findings import REPAIR, RESTORE, Finding, Findings
from wfctl.ledger.keeper import read_lease, transaction, write_lease
from wfctl.ledger.lease import Claim, Lease, held
from wfctl.ledger.reading import Reader, note, note_key
from wfctl.ledger.rebuild import Rebuilt, rebuild
from wfctl.ledger.row import DIGEST_BITS, ResourceRow, columns, row_hash
from wfctl.ledger.store import WorkspaceRow
from wfctl.ledger.trouble import named
from wfctl.ledger.vault import Vault


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace to be made right: what is wrong, and how it is to be. A workspace without a lineage never was one."""

    workspace: str
    wrong: tuple[Finding, ...]
    rows: tuple[ResourceRow, ...] = ()
    lineage: str = ""
    serial: int = 0
    active_run: RunId | None = None
    epoch: int = 0


_HOPELESS = frozenset({"LEDGER_DAMAGED", "NOT_REBUILT", "PRUNING_WRONG", "RUN_LOST"})
_OF_SERIAL = frozenset({"SERIAL_WRONG", "STATE_NOT_AS_NOTED", "WORKSPACE_LOST"})

Told = Callable[[Mend], tuple[Plan, Batch]]
"""Puts a repair into the words of a run: its plan, and all its records."""


def survey(path: Path, claim: Claim) -> tuple[Mend, ...]:
    """What a repair would make right. Changes nothing. Raises WfctlError NOT_REPAIRABLE where runs are damaged."""
    with named(path), contextlib.closing(schema.connect(path)) as connection:
        reader = Reader(connection, path)
        with reader.snapshot():
            return _survey(reader, claim)


def repair(path: Path, claim: Claim, vault: Vault, seen: tuple[Mend, ...], told: Told) -> None:
    """Make right what `survey` found, in one transaction.

    Raises WfctlError: WORKSPACE_LOCKED while a run is driven there, STATE_MOVED when it is not as it was seen any more.
    """
    with named(path), contextlib.closing(schema.connect(path)) as connection:
        reader = Reader(connection, path)
        with transaction(connection):
            mends = _survey(reader, claim)
            if mends != seen:
                message = "the ledger changed since it was looked at"
                raise WfctlError(Kind.STALE_PLAN, "STATE_MOVED", message, hint=REPAIR)
            for mend in mends:
                _write(reader, claim, mend)
            for mend in mends:
                if mend.lineage:
                    plan, batch = told(mend)
                    record_aside(reader, claim, vault, plan=plan, batch=batch)


def _survey(reader: Reader, claim: Claim) -> tuple[Mend, ...]:
    findings = Findings(reader.path)
    seen = check_runs(reader, claim, findings)
    rows = check_rows(reader, findings)
    check_workspaces(reader, rows, seen, findings)
    hopeless = [finding for finding in findings.found if finding.grave and finding.code in _HOPELESS]
    if seen.damaged or hopeless:
        raise _not_repairable(findings.found)
    names = sorted({finding.workspace for finding in findings.found if finding.hint == REPAIR})
    return tuple(
        _mend(reader, name, seen, tuple(one for one in findings.found if (one.workspace, one.hint) == (name, REPAIR)))
        for name in names
    )


def _mend(reader: Reader, name: str, seen: Seen, wrong: tuple[Finding, ...]) -> Mend:
    runs = [row for row in seen.rows.values() if row.workspace == name]
    if not runs:
        return Mend(workspace=name, wrong=wrong)
    rebuilt = rebuild(reader, name)
    return Mend(
        workspace=name,
        wrong=wrong,
        rows=tuple(rebuilt.rows[resource] for resource in sorted(rebuilt.rows)),
        lineage=rebuilt.lineage,
        serial=_next_serial(reader, name, rebuilt, wrong),
        active_run=next((row.run_id for row in reversed(runs) if row.result is None), None),
        epoch=max(row.epoch for row in runs),
    )


def _next_serial(reader: Reader, name: str, rebuilt: Rebuilt, wrong: tuple[Finding, ...]) -> int:
    """A serial the state never had: plans that were made for what was wrong must not fit any more."""
    sound = _OF_SERIAL.isdisjoint(finding.code for finding in wrong)
    row = reader.connection.execute("SELECT serial FROM workspace WHERE name = ?", (name,)).fetchone()
    return (row[0] if sound and row is not None else rebuilt.most) + 1


def _write(reader: Reader, claim: Claim, mend: Mend) -> None:
    execute, name = reader.connection.execute, mend.workspace
    execute("DELETE FROM resource WHERE workspace = ?", (name,))
    execute("DELETE FROM workspace WHERE name = ?", (name,))
    execute("DELETE FROM meta WHERE key = ?", (note_key(name),))
    if not mend.lineage:
        return
    stored = [(row, row_hash(row)) for row in mend.rows]
    reader.connection.executemany(PUT_ROW, [columns(row, digest) for row, digest in stored])
    total = sum(int.from_bytes(digest, "big") for _, digest in stored) % DIGEST_BITS
    known = WorkspaceRow(name=name, lineage=mend.lineage, serial=mend.serial, active_run=mend.active_run)
    execute("INSERT INTO workspace VALUES(?, ?, ?, ?)", (name, known.lineage, known.serial, known.active_run))
    execute("INSERT INTO meta VALUES(?, ?)", (note_key(name), note(known, total)))
    _renew_lease(reader, claim, mend)


def _renew_lease(reader: Reader, claim: Claim, mend: Mend) -> None:
    try:
        lease = read_lease(reader, mend.workspace)
    except WfctlError:  # it makes no sense, so nobody can hold it
        lease = None
    if lease is None or (lease.epoch < mend.epoch and not held(lease, claim)):
        write_lease(reader.connection, Lease(workspace=mend.workspace, epoch=mend.epoch))


def _not_repairable(findings: Iterable[Finding]) -> WfctlError:
    told = (f"{one.subject}: {one.message}" for one in findings if one.grave and one.hint != REPAIR)
    return WfctlError(
        Kind.NEEDS_PERSON,
        "NOT_REPAIRABLE",
        "the events themselves are damaged, so nothing tells how the state should be",
        hint=RESTORE,
        details=tuple(told),
    )
