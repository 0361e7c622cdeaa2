"""The words for what happens to a resource; Terraform's where it has one, since people and programs look for them.

Knows words only. (upstream: hashicorp/terraform, internal/command/views/hook_ui.go)
"""

from __future__ import annotations

from typing import Final

from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Operation, Step

DOING: Final = {
    Operation.CREATE: "Creating...",
    Operation.UPDATE: "Modifying...",
    Operation.REPLACE: "Replacing...",
    Operation.DELETE: "Destroying...",
}
"""What an action is called while it goes on."""

STILL: Final = {
    Operation.CREATE: "Still creating...",
    Operation.UPDATE: "Still modifying...",
    Operation.REPLACE: "Still replacing...",
    Operation.DELETE: "Still destroying...",
}

NOUN: Final = {
    Operation.CREATE: "Creation",
    Operation.UPDATE: "Modifications",
    Operation.REPLACE: "Replacement",
    Operation.DELETE: "Destruction",
}
"""What an action is called when it is over."""

STEP_OF: Final = {
    Step.CREATE: Operation.CREATE,
    Step.UPDATE: Operation.UPDATE,
    Step.DELETE: Operation.DELETE,
}
"""The operation whose words a single step borrows."""

SYMBOL: Final = {
    Operation.CREATE: "+",
    Operation.UPDATE: "~",
    Operation.DELETE: "-",
    Operation.REPLACE: "-/+",
}
"""What stands before a change in a plan; a replace that creates first is drawn `+/-`."""

CREATE_FIRST: Final = "+/-"

LEGEND: Final = {
    "+": "create",
    "~": "update in-place",
    "-": "destroy",
    "-/+": "destroy, then create",
    "+/-": "create, then destroy",
}

STATUS: Final = {status: status.name for status in ActionStatus}

VERB: Final = {"apply": "Apply", "destroy": "Destroy", "rollback": "Rollback"}
"""A run by what it was started for, as the first word of a sentence."""


def verb(operation: str) -> str:
    """The first word of a sentence about a run."""
    return VERB.get(operation) or operation.capitalize() or "Apply"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 action`, `2,000 actions`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
