"""Whether the state of each workspace is what was written, and what its events say it should be.

Knows nothing of runs beyond what `check_record` learnt of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from wfctl.core.plan import Digest, RunId
from wfctl.ledger.check_record import Seen
from wfctl.ledger.findings import REPAIR, RESTORE, Findings
from wfctl.ledger.reading import ROW_COLUMNS, Reader, note, note_key
from wfctl.ledger.rebuild import Rebuilt, rebuild, remains
from wfctl.ledger.row import DIGEST_BITS, Mark, ResourceRow, Stored, stored_of
from wfctl.ledger.store import RunRow, WorkspaceRow

_PLACE = frozenset({"run_id", "seq", "updated_at"})


class Rows(msgspec.Struct, kw_only=True):
    """The resource rows that are what was written, by workspace, and the names of those that are not."""

    sound: dict[str, dict[str, Stored]] = {}
    broken: dict[str, set[str]] = {}

    def of(self, workspace: str) -> dict[str, ResourceRow]:
        """The sound rows of one workspace by name."""
        return {name: stored.row for name, stored in self.sound.get(workspace, {}).items()}


def check_rows(reader: Reader, findings: Findings) -> Rows:
    """Every resource row against its own hash, whatever workspace it says it is of."""
    rows = Rows()
    with findings.of("the resources", REPAIR):
        sql = f"SELECT {', '.join(ROW_COLUMNS)} FROM resource NOT INDEXED"  # noqa: S608  (constants)
        for values in reader.connection.execute(sql):
            findings.counted.resources += 1
            workspace, name = str(values[0]), str(values[1])
            try:
                rows.sound.setdefault(workspace, {})[name] = stored_of(values)
            except ValueError as error:
                rows.broken.setdefault(workspace, set()).add(name)
                told = f"its row is not what was written ({error})"
                findings.within(workspace).add("ROW_DAMAGED", f"resource {name}", told, REPAIR)
    return rows


def check_workspaces(reader: Reader, rows: Rows, seen: Seen, findings: Findings) -> None:
    """Every workspace: its own row, the sum of its resources, and whether they follow from the events."""
    of_runs = {row.workspace for row in seen.rows.values()}
    stored = _stored(reader)
    for name in sorted({*of_runs, *stored, *rows.sound, *rows.broken}):
        here = findings.within(name)
        with here.of(f"workspace {name}"):
            _Workspace(reader, name, seen, here).check(stored.get(name), rows)


def _stored(reader: Reader) -> dict[str, WorkspaceRow | None]:
    """The rows of the workspaces by name; None for one that makes no sense."""
    found: dict[str, WorkspaceRow | None] = {}
    for values in reader.connection.execute("SELECT name, lineage, serial, active_run FROM workspace NOT INDEXED"):
        try:
            fields = dict(zip(WorkspaceRow.__struct_fields__, values, strict=True))
            found[str(values[0])] = msgspec.convert(fields, WorkspaceRow)
        except msgspec.MsgspecError:
            found[str(values[0])] = None
    return found


class _Workspace:
    """One workspace that is being looked at."""

    def __init__(self, reader: Reader, name: str, seen: Seen, findings: Findings) -> None:
        self._reader = reader
        self._name = name
        self._seen = seen
        self._runs = [row for row in seen.rows.values() if row.workspace == name]
        self._findings = findings

    def check(self, known: WorkspaceRow | None, rows: Rows) -> None:
        own, broken = rows.of(self._name), rows.broken.get(self._name, set())
        if known is None:
            self._add("WORKSPACE_LOST", "its row is gone, or makes no sense")
        else:
            self._check_active(known)
            if not broken:
                self._check_sum(known, rows.sound.get(self._name, {}).values())
        self._check_lease()
        if self._rebuildable(own):
            self._check_against(rebuild(self._reader, self._name), known, own, broken)
        held = {*own, *broken}
        for row in own.values():
            _check_row(self._reader, row, held, self._findings)
            _check_mark(row, self._seen.rows, self._findings)

    def _rebuildable(self, own: Mapping[str, ResourceRow]) -> bool:
        """Whether all is there that the resources follow from. A run that is gone altogether is missed by its rows alone."""
        lost = sorted({row.run_id for row in own.values()} - self._seen.rows.keys())
        for run_id in lost:
            self._findings.add("RUN_LOST", f"run {run_id}", "it changed resources, and is gone", RESTORE)
        if self._seen.damaged:
            told = "whether its resources follow from the events cannot be told while runs are damaged"
            self._findings.add("NOT_REBUILT", f"workspace {self._name}", told, RESTORE)
        return not lost and not self._seen.damaged

    def _add(self, code: str, told: str) -> None:
        self._findings.add(code, f"workspace {self._name}", told, REPAIR)

    def _check_sum(self, known: WorkspaceRow, rows: Iterable[Stored]) -> None:
        total = sum(int.from_bytes(stored.hash, "big") for stored in rows) % DIGEST_BITS
        sql = "SELECT value FROM meta WHERE key = ?"
        if self._reader.connection.execute(sql, (note_key(self._name),)).fetchone() != (note(known, total),):
            self._add("STATE_NOT_AS_NOTED", "its lineage, serial and resources do not add up to what is noted of them")

    def _check_active(self, known: WorkspaceRow) -> None:
        unfinished = [row.run_id for row in self._runs if row.result is None]
        if unfinished != ([known.active_run] if known.active_run else []):
            says, are = known.active_run or "no run", ", ".join(unfinished) or "none is"
            self._add("ACTIVE_RUN_WRONG", f"it says that {says} is not over; of its runs {are}")

    def _check_lease(self) -> None:
        sql = "SELECT epoch FROM lease WHERE workspace = ?"
        (epoch,) = self._reader.connection.execute(sql, (self._name,)).fetchone() or (None,)
        if self._runs and (epoch is None or epoch < max(row.epoch for row in self._runs)):
            self._add("LEASE_BEHIND", "its lock is older than its runs")

    def _check_against(
        self, rebuilt: Rebuilt, known: WorkspaceRow | None, own: Mapping[str, ResourceRow], broken: Collection[str]
    ) -> None:
        if known is not None:
            self._check_serial(known, rebuilt)
        self._check_pruned(rebuilt)
        for resource, told in differences(own, rebuilt.rows):
            if resource not in broken:
                self._findings.add("ROW_STRAYED", f"resource {resource}", told, REPAIR)

    def _check_serial(self, known: WorkspaceRow, rebuilt: Rebuilt) -> None:
        if known.lineage != rebuilt.lineage or not known.lineage:
            says, are = known.lineage or "missing", rebuilt.lineage or "none"
            self._add("LINEAGE_WRONG", f"its lineage is {says}, and its runs say {are}")
        if not rebuilt.least <= known.serial <= rebuilt.most:
            between = " to ".join(str(bound) for bound in dict.fromkeys((rebuilt.least, rebuilt.most)))
            self._add("SERIAL_WRONG", f"its serial is {known.serial}, and its events say {between}")

    def _check_pruned(self, rebuilt: Rebuilt) -> None:
        for row in self._runs:
            had = rebuilt.pruned.get(row.run_id)
            by = self._reader.pruned_by(row.run_id)
            if by is not None and (had is None or by not in self._seen.rows):
                told = "its events are gone, and no pruning says that it took them"
                self._findings.add("PRUNING_WRONG", f"run {row.run_id}", told, RESTORE)
            elif had is not None and (by is None or had != remains(self._reader, row.run_id)):
                self._findings.add("PRUNING_WRONG", f"run {row.run_id}", "it is not as pruning left it", RESTORE)
        for run_id in sorted(rebuilt.pruned.keys() - {row.run_id for row in self._runs}):
            self._findings.add("RUN_LOST", f"run {run_id}", "it was pruned, and its row is gone", RESTORE)


def differences(held: Mapping[str, ResourceRow], rebuilt: Mapping[str, ResourceRow]) -> Iterator[tuple[str, str]]:
    """Each resource whose row is not the one that follows from the events, and how."""
    for name in sorted({*held, *rebuilt}):
        row, told = held.get(name), rebuilt.get(name)
        if row is None:
            yield name, "the events say that it exists, and it has no row"
        elif told is None:
            yield name, "it has a row, and the events do not say that it exists"
        elif row != told:
            wrong = [field for field in ResourceRow.__struct_fields__ if getattr(row, field) != getattr(told, field)]
            shown = [field for field in wrong if field not in _PLACE] or wrong
            yield name, f"its row and the events say different things of: {', '.join(shown)}"


# --- what a sound row says ---------------------------------------------------------------------------------------------


def _check_row(
    reader: Reader,
    row: ResourceRow,
    held: Collection[str],
    findings: Findings,
) -> None:
    subject = f"resource {row.type}.{row.name}"
    for digest in filter(None, (row.config_doc, row.outputs_doc)):
        _check_document(reader, row, digest, findings)
    gone = [name for name in row.dependencies if name not in held]
    if gone:
        told = f"it depends on what the state does not hold: {', '.join(gone)}"
        findings.remark("DEPENDENCY_MISSING", subject, told, "wfctl plan")
    if row.hooks_pending:
        told = f"hooks are still to be run: {', '.join(row.hooks_pending)}"
        findings.remark("HOOKS_PENDING", subject, told, "wfctl apply")


def _check_document(reader: Reader, row: ResourceRow, digest: Digest, findings: Findings) -> None:
    sql = "SELECT 1 FROM document WHERE digest = ?"
    if reader.connection.execute(sql, (bytes.fromhex(digest),)).fetchone() is None:
        told = f"document {digest}, its config or outputs, is gone"
        findings.add("DOCUMENT_MISSING", f"resource {row.name}", told, RESTORE)


def _check_mark(row: ResourceRow, runs: Mapping[RunId, RunRow], findings: Findings) -> None:
    if not row.mark:
        return
    subject, run = f"resource {row.type}.{row.name}", row.mark_run
    if RunId(run) not in runs:
        told = f"it is marked {row.mark} by run {run or 'unknown'}, which does not exist"
        hint = "wfctl state pull, correct the mark, then: wfctl state push FILE"
        findings.add("MARK_UNEXPLAINED", subject, told, hint)
    elif row.mark == Mark.HALF_REPLACED:
        told = f"run {run} deleted the old one and did not make the new one"
        findings.remark("HALF_REPLACED", subject, told, "wfctl apply")
    else:
        told = f"run {run} left it {row.mark}: nobody knows what is there"
        unfinished = runs[RunId(run)].result is None
        settle = f"wfctl settle {run} {row.type}.{row.name} --as present:ID (or absent)"
        hint = f"wfctl resume {run}" if unfinished else settle
        findings.add(row.mark.upper(), subject, told, hint)
