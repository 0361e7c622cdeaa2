"""A view that gives every suggested command the options of this call.

Knows nothing of how views show it.
"""

from __future__ import annotations

from msgspec.structs import replace

from wfctl.core.outcome import RunOutcome
from wfctl.errors import WfctlError
from wfctl.views.again import again
from wfctl.views.rows import PlanPage, RunFacts
from wfctl.views.view import Several, View


class Suggesting(Several):
    """Hands everything on to one view; `options` go into the commands it suggests."""

    def __init__(self, view: View, options: str) -> None:
        super().__init__(view)
        self._options = options

    def notice(self, text: str) -> None:
        """Remarks name commands as well."""
        super().notice(again(text, self._options))

    def plan(self, page: PlanPage) -> None:
        """What follows a plan."""
        super().plan(replace(page, next_command=again(page.next_command, self._options)))

    def run_started(self, run: RunFacts) -> None:
        """Whatever is said of the run later on is said with them."""
        super().run_started(replace(run, options=self._options))

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """What follows a run."""
        super().finished(outcome, replace(run, options=self._options))

    def error(self, error: WfctlError, exit_code: int) -> None:
        """What mends an error."""
        hint = again(error.hint, self._options)
        told = WfctlError(error.kind, error.code, error.message, hint=hint, details=error.details)
        super().error(told, exit_code)
