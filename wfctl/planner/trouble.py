"""What goes wrong while a plan is made, collected, so that a person sees all of it at once.

Knows nothing of what was being done.
"""

from __future__ import annotations

import msgspec

from wfctl.engine.ports import CallFailed
from wfctl.errors import Kind, WfctlError

MOST = 20
"""Failures after which nobody goes on asking: a cloud that is down says the same thing ten thousand times."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one resource that a person should know. `position` is file:line:column where there is one."""

    address: str
    message: str
    position: str = ""

    def __str__(self) -> str:
        """One line: place, address, message."""
        place = f"{self.position}: " if self.position else ""
        return f"{place}{self.address}: {self.message}"


class Trouble:
    """Collects what makes a plan impossible, and what is only worth a remark."""

    def __init__(self) -> None:
        self.remarks: list[Finding] = []
        self._mistakes: list[Finding] = []
        self._failures: list[Finding] = []
        self._died = False

    def remark(self, address: str, message: str, position: str = "") -> None:
        """The plan goes on, and the person is told."""
        self.remarks.append(Finding(address=address, message=message, position=position))

    def mistake(self, address: str, message: str, position: str = "") -> None:
        """Something in the config that no plan can be made of."""
        self._mistakes.append(Finding(address=address, message=message, position=position))

    def failure(self, address: str, call: str, problem: CallFailed, position: str = "") -> None:
        """A driver that could not answer."""
        message = f"{call}: {problem.failure.message}"
        self._failures.append(Finding(address=address, message=message, position=position))
        self._died = self._died or problem.plugin_died

    @property
    def enough(self) -> bool:
        """Whether it makes no sense to go on."""
        return self._died or len(self._failures) >= MOST

    def stop_if_any(self) -> None:
        """Raise WfctlError when there was a mistake or a failure."""
        if self._mistakes:
            raise WfctlError(
                Kind.CONFIG,
                "CONFIG_UNUSABLE",
                f"{_things(len(self._mistakes), 'resource')} cannot be planned",
                hint="correct the configuration, or set what it refers to, and plan again",
                details=tuple(map(str, self._mistakes)),
            )
        if self._failures:
            raise WfctlError(
                Kind.PLUGIN if self._died else Kind.CONFIG,
                "DRIVER_FAILED",
                "drivers could not say what there is",
                hint="nothing was changed; plan again when the cause is gone",
                details=tuple(map(str, self._failures[:MOST])),
            )


def _things(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
