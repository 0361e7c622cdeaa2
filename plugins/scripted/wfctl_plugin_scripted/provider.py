"""The provider `scripted`: its drivers, their world and their scripts; and the same with an end of the run of its own.

It knows nothing of what the drivers do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, cast

from wfctl.plugin_sdk import (
    ActionError,
    ActionReport,
    ActionStatus,
    AppliedAction,
    Finalizer,
    FinalizeRequest,
    FinalizeResult,
    PlannedAction,
    Provider,
    Remark,
    Request,
    Severity,
    ValidationError,
    Validator,
)
from wfctl_plugin_scripted import __version__, scene
from wfctl_plugin_scripted.driver import drivers
from wfctl_plugin_scripted.kinds import AT_ONCE
from wfctl_plugin_scripted.script import BadScript, Turn, parse
from wfctl_plugin_scripted.stage import Stage
from wfctl_plugin_scripted.wire import status
from wfctl_plugin_scripted.world import gone

WORLD = "world.jsonl"
"""The file of the world, where the config names none."""


class _NoStatus(IntEnum):
    UNSPECIFIED = 0


class ScriptedProvider(Provider, Validator):
    """Everything in one world. Several providers may share one."""

    def __init__(self, directory: Path, name: str = "scripted") -> None:
        """Paths are relative to `directory`."""
        self._directory = directory
        self.stage = Stage()
        super().__init__(name, __version__, drivers(self.stage), max_concurrency=AT_ONCE)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take `world`, a file, and `script`, a file or a folder. Raises ValidationError."""
        for key in config:
            if key not in ("provider", "world", "script"):
                raise ValidationError(f"{key}: unknown; a scripted provider takes world and script")
        world, script = (_path(config, key) for key in ("world", "script"))
        self.stage.set(self._directory / (world or WORLD), self._directory / script if script else None)

    def validate(self, actions: tuple[PlannedAction, ...]) -> Iterable[Remark]:
        """Scripts that have no meaning are found before anything is done."""
        for action in actions:
            try:
                parse(action.spec.config.get("script"))
                self.stage.script(action.spec.name)
            except BadScript as error:
                yield Remark(Severity.ERROR, error.message, resource=action.spec.name, field=error.place)


class FinalizingProvider(ScriptedProvider, Finalizer):
    """Says at the end of a run what its scripts say under `finalize`."""

    def finalize(self, request: FinalizeRequest) -> FinalizeResult:
        """What one resource has to say is said; what one does to the whole call is done first."""
        turns = [(applied, self.stage.turn("finalize", request, applied.ref)) for applied in request.applied]
        for _, turn in turns:
            self._whole(turn, request)
        reports = [report for applied, turn in turns for report in self._reports(applied, turn)]
        errors = [
            ActionError(applied.ref.name, "flush", turn.word("text") or "what was put off has failed")
            for applied, turn in turns
            if turn.do == "error"
        ]
        return FinalizeResult(actions=tuple(reports), errors=tuple(errors))

    def _whole(self, turn: Turn, request: Request) -> None:
        match turn.do:
            case "die":
                os._exit(3)
            case "fail_flush":
                raise scene.Broken(turn.word("text") or "nothing of what was put off could be done")
            case "lost_flush":
                raise status(turn.word("status"), "the answer was lost")
            case "hang_flush":
                scene.hang(request.cancelled)

    def _reports(self, applied: AppliedAction, turn: Turn) -> Iterable[ActionReport]:
        ref, text = applied.ref, turn.word("text")
        said = {
            "compensated": ActionStatus.COMPENSATED,
            "claims_compensated": ActionStatus.COMPENSATED,
            "compensation_failed": ActionStatus.COMPENSATION_FAILED,
            "success": ActionStatus.SUCCESS,
            "unspecified": cast("ActionStatus", _NoStatus.UNSPECIFIED),
            "unheard_of": ActionStatus.COMPENSATED,
        }.get(turn.do)
        if said is None:
            return
        if turn.do == "compensated" and ref.provider_id in self.stage.world.things:
            self.stage.world.write(gone(self.stage.world.things[ref.provider_id], "finalize"))
        name = "unheard-of" if turn.do == "unheard_of" else ref.name
        yield ActionReport(status=said, name=name, type=ref.type, provider_id=ref.provider_id, error=text)


def _path(config: Mapping[str, Any], key: str) -> str:
    value = config.get(key, "")
    if not isinstance(value, str) or not value.isprintable():
        raise ValidationError(f"{key}: must be a path")
    return value
