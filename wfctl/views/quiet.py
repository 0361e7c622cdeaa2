"""A view that says nothing of what goes well: only findings, errors, and the result of a run that did not succeed.

Knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome, RunResult
from wfctl.core.run import RunState
from wfctl.errors import WfctlError
from wfctl.views.diagnostics import diagnostic_lines
from wfctl.views.result import error_lines, result_lines
from wfctl.views.rows import Diagnostic, PlanPage, RollbackPage, RunFacts, Severity
from wfctl.views.screen import Screen

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage


class Quiet:
    """Silent until something needs to be read. `hints` false leaves out what to type next."""

    def __init__(self, screen: Screen, *, hints: bool = True) -> None:
        self._screen = screen
        self._hints = hints

    def notice(self, text: str) -> None:
        """Nothing."""

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """Errors and warnings."""
        serious = [finding for finding in findings if finding.severity is not Severity.NOTE]
        self._screen.show(diagnostic_lines(serious))

    def plan(self, page: PlanPage) -> None:
        """Nothing."""

    def rollback(self, page: RollbackPage) -> None:
        """Nothing."""

    def what_if(self, page: WhatIfPage) -> None:
        """Nothing."""

    def run_started(self, run: RunFacts) -> None:
        """Nothing."""

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Nothing."""

    def tick(self, now: float) -> None:
        """Nothing."""

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """The result block, unless all went well."""
        rolled_back = outcome.rolled_back is not None and outcome.exit_code == 0
        untroubled = (outcome.result is RunResult.SUCCEEDED or rolled_back) and not any(
            action.warnings for action in outcome.actions
        )
        if not untroubled:
            self._screen.show(result_lines(outcome, run, hints=self._hints))

    def ended(self, exit_code: int) -> None:
        """Nothing."""

    def error(self, error: WfctlError, exit_code: int) -> None:
        """The error."""
        self._screen.show(error_lines(error, exit_code, hints=self._hints))

    def close(self) -> None:
        """Let the screen go."""
        self._screen.close()
