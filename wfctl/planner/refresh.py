"""Read back what the state says is there.

Knows nothing of what is wanted. Secrets that a driver reads back never leave this module: where the state keeps a
reference the reference stays, and what the driver calls sensitive is left out otherwise (upstream does the same).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from wfctl.core.plan import Document, FieldChange, Provenance, ResourceState
from wfctl.engine.ports import Absence, CallFailed, Driver, Output, Reach, Ref
from wfctl.planner.gates import QUARANTINED
from wfctl.planner.reading import SECRET_REF
from wfctl.planner.trouble import Trouble
from wfctl.planner.walk import walk

HALF_REPLACED = "half_replaced"
"""The mark of a resource whose old object is gone and whose new one was not made."""


class DriftKind(enum.StrEnum):
    """What happened outside of wfctl."""

    CHANGED = "changed"
    DELETED = "deleted"
    PERHAPS_DELETED = "perhaps_deleted"


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that is not as the state has it. `changes` are outputs, from the state's value to the one read."""

    name: str
    type: str
    kind: DriftKind
    changes: tuple[FieldChange, ...] = ()


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is there: rows by name, with outputs as read; the names of what is provably gone; what differs from the state.

    `outputs` are the answers, without their secrets, of the resources that were read.
    """

    rows: dict[str, ResourceState]
    absent: frozenset[str] = frozenset()
    drift: tuple[Drift, ...] = ()
    outputs: dict[str, Output] = {}


async def refresh(
    rows: tuple[ResourceState, ...],
    drivers: Mapping[str, Driver],
    trouble: Trouble,
    *,
    in_flight: int,
    timeout: float | None = None,
) -> World:
    """Read every row that can be read. `drivers` gives the driver of each row by the row's name; a row without is left.

    A proven absence counts; a likely one is only remarked on. A call that fails is trouble, but not where the driver could
    not tell before: what a person said of it stands until it can, and until a person has, the others are planned without it.
    """
    by_name = {row.name: row for row in rows}
    answers: dict[str, Output | Absence] = {}

    async def read(name: str) -> bool:
        if trouble.enough:
            return False
        row = by_name[name]
        try:
            answers[name] = await drivers[name].read(ref_of(row), timeout=timeout)
        except CallFailed as problem:
            if remark := _persons_business(row, problem):
                trouble.remark(f"{row.type}.{name}", remark)
            else:
                trouble.failure(f"{row.type}.{name}", "Read", problem)
        return True

    # Without an id a driver would have to guess, and what it finds by name need not be ours.
    readable = [row.name for row in rows if row.name in drivers and row.provider_id and row.mark != HALF_REPLACED]
    await walk(readable, {}, read, in_flight=in_flight)
    return _world(by_name, answers, trouble)


def _persons_business(row: ResourceState, problem: CallFailed) -> str:
    """What to say where a driver could not tell and a person has, or is asked to; nothing of any other row."""
    if problem.reach is not Reach.ANSWERED:
        return ""
    if row.provenance is Provenance.SETTLED:
        return f"is taken to be there as settled: {problem.failure.message}"
    return f"is still in doubt: {problem.failure.message}" if row.mark == QUARANTINED else ""


def ref_of(row: ResourceState) -> Ref:
    """The object a row is about."""
    return Ref(name=row.name, type=row.type, provider_id=row.provider_id)


def sanitised(output: Output, before: Document | None) -> Output:
    """An answer without secrets: their references from before stay, other sensitive outputs are left out."""
    kept = {key: value for key, value in (before or {}).items() if _is_reference(value)}
    if output.outputs is None:
        return msgspec.structs.replace(output, outputs=before)
    open_ones = {key: value for key, value in output.outputs.items() if key not in output.sensitive}
    return msgspec.structs.replace(output, outputs={**open_ones, **kept})


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith(SECRET_REF)


def _world(rows: dict[str, ResourceState], answers: dict[str, Output | Absence], trouble: Trouble) -> World:
    seen = dict(rows)
    absent: set[str] = set()
    outputs: dict[str, Output] = {}
    drift: list[Drift] = []
    for name, row in rows.items():
        match answers.get(name):
            case Absence.PROVEN:
                absent.add(name)
                drift.append(Drift(name=name, type=row.type, kind=DriftKind.DELETED))
            case Absence.LIKELY:
                drift.append(Drift(name=name, type=row.type, kind=DriftKind.PERHAPS_DELETED))
                trouble.remark(
                    f"{row.type}.{name}", "may have been deleted outside wfctl; it is planned as if it were there"
                )
            case Output() as answer:
                outputs[name] = sanitised(answer, row.outputs)
                seen[name] = _as_read(row, outputs[name])
                drift.extend(_drift(row, outputs[name]))
            case None:
                pass
    return World(rows=seen, absent=frozenset(absent), drift=tuple(drift), outputs=outputs)


def _as_read(row: ResourceState, output: Output) -> ResourceState:
    return row if output.outputs == row.outputs else msgspec.structs.replace(row, outputs=output.outputs)


def _drift(row: ResourceState, output: Output) -> tuple[Drift, ...]:
    before, now = row.outputs or {}, output.outputs or {}
    changes = tuple(
        FieldChange(path=key, old=before.get(key), new=now.get(key))
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key) or (key in before) != (key in now)
    )
    return (Drift(name=row.name, type=row.type, kind=DriftKind.CHANGED, changes=changes),) if changes else ()
