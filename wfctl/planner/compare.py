"""Ask a driver how a resource differs from what is wanted, in clear, and read its answer.

Knows nothing of what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from wfctl.core.plan import Document, FieldChange, Operation, ResourceSpec, ResourceState
from wfctl.core.references import dotted
from wfctl.engine.ports import CallFailed, Diff, Driver, Output, Reach
from wfctl.planner.reading import SECRET_REF, Reading
from wfctl.planner.request import Desired
from wfctl.planner.trouble import Trouble

_VALIDATION = ("validation", "invalid_argument")
"""Codes of a driver that does not like a value."""


class Comparer:
    """Asks the drivers of the desired resources. `secret` gives values of the vault, `timeout` is in seconds."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        trouble: Trouble,
        *,
        secret: Callable[[str], object] | None,
        timeout: float | None,
    ) -> None:
        self._drivers = drivers
        self._trouble = trouble
        self._secret = secret
        self._timeout = timeout

    async def diff(
        self, desired: Desired, reading: Reading, row: ResourceState, secret_outputs: Mapping[str, object]
    ) -> Diff:
        """The driver's comparison of a config with a row. Its values are in clear. Raises CallFailed."""
        outputs = {**row.outputs, **secret_outputs} if row.outputs is not None else None
        current = Output(name=row.name, type=row.type, provider_id=row.provider_id, outputs=outputs)
        try:
            return await self._asked(desired, reading.clear, current)
        except CallFailed as problem:
            if not reading.unknown or problem.reach is not Reach.REFUSED or problem.failure.code not in _VALIDATION:
                raise
            names = ", ".join(dict.fromkeys(one.text for one in reading.unknown))
            message = f"{names} is not known yet, and Diff says: {problem.failure.message}"
            self._trouble.remark(desired.address, message, desired.position)
        return await self._guessed(desired, reading, current)

    def secret_outputs(self, outputs: Document | None) -> dict[str, object]:
        """The outputs that are kept in the vault, in clear where the vault can be asked and has them."""
        return {
            key: self._revealed(value)
            for key, value in (outputs or {}).items()
            if isinstance(value, str) and value.startswith(SECRET_REF)
        }

    def _revealed(self, reference: str) -> object:
        try:
            return self._secret(reference.removeprefix(SECRET_REF)) if self._secret else reference
        except KeyError:
            return reference

    async def _guessed(self, desired: Desired, reading: Reading, current: Output) -> Diff:
        """For a driver that takes no reference for a value: compare with the values from before, expect a change."""
        expected = tuple(FieldChange(path=dotted(one.path), new=one.text) for one in reading.unknown)
        try:
            diff = await self._asked(desired, reading.guess, current)
        except CallFailed as problem:
            if problem.reach is not Reach.REFUSED:
                raise
            return Diff(needs_update=True, changes=expected)
        told = {change.path for change in diff.changes}
        added = tuple(change for change in expected if change.path not in told)
        return msgspec.structs.replace(diff, needs_update=True, changes=(*diff.changes, *added))

    async def _asked(self, desired: Desired, config: Document, current: Output) -> Diff:
        spec: ResourceSpec = msgspec.structs.replace(desired.spec, config=config)
        return await self._drivers[desired.name].diff(spec, current, timeout=self._timeout)


def operation_of(diff: Diff) -> Operation | None:
    """Upstream's reading of a comparison: a change that forces a new resource replaces, whatever the flags say."""
    if diff.needs_replace or any(change.force_new for change in diff.changes):
        return Operation.REPLACE
    return Operation.UPDATE if diff.needs_update else None


def why_replaced(diff: Diff) -> str:
    """The fields that force a replacement, in words."""
    forcing = ", ".join(dict.fromkeys(change.path for change in diff.changes if change.force_new))
    return f"{forcing or 'it'} cannot be changed in place"
