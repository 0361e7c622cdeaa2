"""What a hook is told on its stdin, and the variables that hold its secrets.

The payload is version 1 of a public format; it holds no secret.
"""

from __future__ import annotations

from typing import Final

import msgspec

from wfctl.core.action import effect_of
from wfctl.core.commands import RunHook
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Document, HookSpec, Operation
from wfctl.engine.calls import Calls
from wfctl.engine.specs import UnfilledError

VERSION: Final = 1


def payload(calls: Calls, command: RunHook) -> Document:
    """The JSON object for one run of a hook; outputs hold references where values are secret."""
    facts, action = calls.facts(command.action), calls.action(command.action)
    begun = calls.state.begun
    made = next((done for done in reversed(action.applied) if done.outputs is not None), None)
    current = calls.specs.action(command.action).current
    outputs = calls.specs.recorded_document(made.outputs) if made else None
    updated = facts.outline.operation is Operation.UPDATE and bool(action.applied)
    if outputs is None and (facts.outline.hooks_only or updated) and current:
        outputs = current.outputs
    return {
        "version": VERSION,
        "run_id": begun.run_id,
        "workspace": begun.workspace,
        "plan_id": begun.plan_id,
        "hook": command.hook,
        "attempt": command.attempt,
        "key": command.key,
        "undo": command.undo,
        "status": ActionStatus(command.status).name if command.status else None,
        "action": {
            "index": facts.outline.index,
            "kind": facts.outline.operation,
            "name": facts.outline.name,
            "type": facts.outline.type,
        },
        "effect": effect_of(facts.outline, action),
        "provider_id": made.provider_id if made else facts.outline.prior_id,
        "outputs": outputs,
        "prior_outputs": current.outputs if current else None,
    }


def secrets(calls: Calls, hook: HookSpec) -> dict[str, str]:
    """The variables of a hook that hold secrets, in clear. Raises UnfilledError naming what is missing."""
    filled: dict[str, str] = {}
    for variable, source in hook.secrets.items():
        name, _, field = source.partition(".")
        try:
            value = calls.specs.reveal(calls.specs.outputs_of(name)[field])
        except KeyError:
            raise UnfilledError(f"hook {hook.name}: {source} has no value in this run") from None
        filled[variable] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return filled
