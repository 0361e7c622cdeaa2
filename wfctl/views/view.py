"""What a verb may tell whoever is watching, as one protocol; every view fulfils it, and several of them at once.

Knows nothing of terminals, of JSON or of build servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.run import RunState
from wfctl.engine.ports import Observer
from wfctl.errors import WfctlError
from wfctl.views.rows import Diagnostic, PlanPage, RollbackPage, RunFacts

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage


class View(Observer, Protocol):
    """Someone who watches a verb from its beginning to its end.

    Order of the calls: any number of `notice`, `diagnostics`, `plan`, `what_if` and `rollback`; then for a run `run_started`, and
    `publish` and `tick` as they come; then exactly one of `finished` (a run came to its end), `ended` (there was no run) or
    `error`; `close` last. No call raises for what becomes of the place written to: a broken pipe silences a view and the run
    goes on.
    """

    def notice(self, text: str) -> None:
        """One remark worth a line: whose lock was taken over, which plan file was written."""
        ...

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """Findings about files or resources, in the order to show them."""
        ...

    def plan(self, page: PlanPage) -> None:
        """The plan, before it is approved."""
        ...

    def rollback(self, page: RollbackPage) -> None:
        """What a rollback would come to, before it is approved."""
        ...

    def what_if(self, page: WhatIfPage) -> None:
        """What each single failure of the plan would leave behind."""
        ...

    def run_started(self, run: RunFacts) -> None:
        """A run begins or is taken up again; its events follow."""
        ...

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Events that have just become durable. `state` is the fold of all of them."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed: draw, and say what is still going on. To be called some ten times a second."""
        ...

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """The run is over, or interrupted: the final word on every action. `run` is as it stands at the end."""
        ...

    def ended(self, exit_code: int) -> None:
        """The verb is over and started no run."""
        ...

    def error(self, error: WfctlError, exit_code: int) -> None:
        """The verb ends with an error, before or during a run."""
        ...

    def close(self) -> None:
        """Write what is still held back and let the terminal go. Safe to call twice."""
        ...


class Several:
    """Several views as one: text on a terminal and JSON lines in a file, say."""

    def __init__(self, *views: View) -> None:
        self._views = views

    def notice(self, text: str) -> None:
        """Tell all."""
        for view in self._views:
            view.notice(text)

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """Tell all."""
        for view in self._views:
            view.diagnostics(findings)

    def plan(self, page: PlanPage) -> None:
        """Tell all."""
        for view in self._views:
            view.plan(page)

    def rollback(self, page: RollbackPage) -> None:
        """Tell all."""
        for view in self._views:
            view.rollback(page)

    def what_if(self, page: WhatIfPage) -> None:
        """Tell all."""
        for view in self._views:
            view.what_if(page)

    def run_started(self, run: RunFacts) -> None:
        """Tell all."""
        for view in self._views:
            view.run_started(run)

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """Tell all."""
        for view in self._views:
            view.publish(records, state)

    def tick(self, now: float) -> None:
        """Tell all."""
        for view in self._views:
            view.tick(now)

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """Tell all."""
        for view in self._views:
            view.finished(outcome, run)

    def ended(self, exit_code: int) -> None:
        """Tell all."""
        for view in self._views:
            view.ended(exit_code)

    def error(self, error: WfctlError, exit_code: int) -> None:
        """Tell all."""
        for view in self._views:
            view.error(error, exit_code)

    def close(self) -> None:
        """Close all."""
        for view in self._views:
            view.close()
