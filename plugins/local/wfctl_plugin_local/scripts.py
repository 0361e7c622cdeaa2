"""The three programs of a step, run for one of its operations.

It knows nothing of what their endings mean for the step, except that `read` has a language of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from wfctl.plugin_sdk import DriverError, Request, Transient, ValidationError
from wfctl_plugin_local.definition import SHOWN, Definition
from wfctl_plugin_local.program import CutShort, NotStarted, Ran, run
from wfctl_plugin_local.registry import Entry

THERE, GONE = 0, 1
"""What the exit status of `read` says."""


class StepFailed(DriverError):
    """A program of a step did not end well; whether there is an effect is for the engine to find out."""


class Scripts:
    """Runs the programs of steps in one folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def run(self, which: str, entry: Entry, request: Request, hold: int) -> Ran:
        """Run `do` or `undo`. Raises ValidationError if it cannot be started, Transient if it was cut short."""
        try:
            return self._run(which, entry, request, hold)
        except NotStarted as error:
            raise ValidationError(f"{which}: {_program(which, entry)} cannot be started: {error}") from error
        except CutShort as error:
            raise Transient(f"{which} {error}") from error

    def read(self, entry: Entry, request: Request, hold: int) -> Mapping[str, Any] | None:
        """The outputs of the effect, or None if it is not there. Raises StepFailed if `read` cannot tell."""
        try:
            ran = self._run("read", entry, request, hold)
        except NotStarted as error:
            raise StepFailed(f"read: {_program('read', entry)} cannot be started: {error}") from error
        except CutShort as error:
            raise StepFailed(f"read {error}") from error
        if ran.status == GONE:
            return None
        if ran.status != THERE:
            raise StepFailed(f"read {ran.ending}")
        return outputs_of("read", ran)

    def _run(self, which: str, entry: Entry, request: Request, hold: int) -> Ran:
        definition = Definition.remembered(entry.body["definition"])
        return run(
            getattr(definition, which),
            folder=self._folder,
            environment={**self._environment, **_told(which, entry, request)},
            seconds=definition.timeout,
            hold=hold,
            cancelled=request.cancelled,
        )


def outputs_of(which: str, ran: Ran) -> Mapping[str, Any]:
    """What a program printed, as a JSON object; nothing printed is an empty one. Raises StepFailed."""
    if not ran.output.strip():
        return {}
    try:
        outputs = json.loads(ran.output, parse_constant=_no_number)
    except ValueError as error:
        raise StepFailed(f"{which} printed something that is no JSON object: {error}") from None
    if not isinstance(outputs, dict):
        raise StepFailed(f"{which} printed JSON that is no object")
    if SHOWN in outputs:
        raise StepFailed(f"{which} printed an output named {SHOWN}, which is taken")
    return outputs


def outputs_in(ran: Ran) -> Mapping[str, Any]:
    """What `do` printed: its outputs, if that is a JSON object, else words for a person, and no outputs. Raises StepFailed."""
    return outputs_of("do", ran) if ran.output.lstrip()[:1] == b"{" else {}


def _told(which: str, entry: Entry, request: Request) -> dict[str, str]:
    """Operations have a key of their own; the key of the create goes with all of them, to mark and find the effect by."""
    return {
        "WFCTL_STEP": which,
        "WFCTL_NAME": entry.name,
        "WFCTL_ID": entry.id,
        "WFCTL_RUN_ID": request.run_id,
        "WFCTL_ATTEMPT": str(request.attempt),
        "WFCTL_KEY": request.idempotency_key or entry.key,
        "WFCTL_CREATE_KEY": entry.key,
    }


def _program(which: str, entry: Entry) -> str:
    return str(entry.body["definition"][which][0])


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
