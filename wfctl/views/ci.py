"""What a build server of GitHub is told beside the text: groups, annotations, the step summary.

Wraps another view, which writes the text itself. Knows nothing of the environment: it is given the file of the summary.
Everything said by strangers is escaped, so that no name and no message can become an order to the server or markup.
(upstream: actions/toolkit, docs/commands.md, packages/core/src/command.ts)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from wfctl.core.events import Recorded
from wfctl.core.outcome import ActionOutcome, Failure, RunOutcome
from wfctl.core.run import RunState
from wfctl.core.text import clean
from wfctl.errors import WfctlError
from wfctl.views.human import run_line
from wfctl.views.line import MESSAGE_LIMIT, one_line, plain
from wfctl.views.result import errors_of
from wfctl.views.rows import Diagnostic, PlanPage, RollbackPage, RunFacts, Severity
from wfctl.views.sink import Sink
from wfctl.views.step_summary import error_summary, plan_summary, run_summary, what_if_summary
from wfctl.views.view import View
from wfctl.views.wording import plural

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage

MOST_ANNOTATIONS: Final = 10
"""Annotations of one level that the server shows of one step; it drops the rest without a word."""


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """One remark at a place in a file. `level` is error, warning or notice; line and column 0 = none."""

    level: str
    title: str
    text: str
    file: str = ""
    line: int = 0
    column: int = 0


class GitHub:
    """Groups the story of a run, annotates what failed, and writes the step summary before the process ends.

    `sink` is where the inner view writes its text; None when that is not text (JSON lines must stay alone). `summary` is
    the file that the server shows; None for none.
    """

    def __init__(self, inner: View, sink: Sink | None, summary: Path | None) -> None:
        self._inner = inner
        self._sink = sink
        self._summary = summary
        self._said: Counter[str] = Counter()
        self._grouped = False
        self._plan: PlanPage | None = None
        self._run: RunFacts | None = None

    def notice(self, text: str) -> None:
        """One remark."""
        self._inner.notice(text)

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """Findings, each with an annotation at its place."""
        self._inner.diagnostics(findings)
        self._annotate([_of_finding(finding) for finding in findings])

    def plan(self, page: PlanPage) -> None:
        """The plan, open to see."""
        self._plan = page
        self._inner.plan(page)

    def rollback(self, page: RollbackPage) -> None:
        """What would be undone, open to see."""
        self._inner.rollback(page)

    def what_if(self, page: WhatIfPage) -> None:
        """What single failures would leave behind, also on the summary."""
        self._inner.what_if(page)
        self._write(what_if_summary(page))

    def run_started(self, run: RunFacts) -> None:
        """The beginning of a group that folds the story of the run."""
        self._run = run
        self._order(f"::group::{escaped(plain(run_line(run)))}")
        self._grouped = True
        self._inner.run_started(run)

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """The story."""
        self._inner.publish(records, state)

    def tick(self, now: float) -> None:
        """Signs of life."""
        self._inner.tick(now)

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """The result, outside the group; then annotations and the summary."""
        self._close_group()
        self._inner.finished(outcome, run)
        self._annotate([*_errors(outcome), *_warnings(outcome)])
        self._write(run_summary(outcome, run))

    def ended(self, exit_code: int) -> None:
        """The end of a verb without a run."""
        self._inner.ended(exit_code)
        if self._plan is not None:
            self._write(plan_summary(self._plan, exit_code))

    def error(self, error: WfctlError, exit_code: int) -> None:
        """The error, as an annotation too."""
        self._close_group()
        self._inner.error(error, exit_code)
        self._annotate([Annotation(level="error", title=error.code, text=str(error))])
        self._write(error_summary(error, exit_code, self._run))

    def close(self) -> None:
        """Close the group, if an accident left it open."""
        self._close_group()
        self._inner.close()

    def _close_group(self) -> None:
        if self._grouped:
            self._grouped = False
            self._order("::endgroup::")

    def _annotate(self, found: Sequence[Annotation]) -> None:
        for level in ("error", "warning", "notice"):
            of_level = [annotation for annotation in found if annotation.level == level]
            for annotation in _within(of_level, MOST_ANNOTATIONS - self._said[level]):
                self._said[level] += 1
                self._order(order(annotation))

    def _order(self, text: str) -> None:
        if self._sink is not None:
            self._sink.write(f"{text}\n")
            self._sink.flush()

    def _write(self, text: str) -> None:
        if self._summary is None:
            return
        try:
            with self._summary.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as problem:
            self._inner.notice(f"the step summary could not be written: {problem.strerror or problem}")


def order(annotation: Annotation) -> str:
    """An annotation as the line the server obeys."""
    place = [("file", annotation.file), ("line", annotation.line), ("col", annotation.column)]
    pairs = [f"{name}={escaped_property(str(value))}" for name, value in place if value]
    pairs.append(f"title={escaped_property(annotation.title)}")
    return f"::{annotation.level} {','.join(pairs)}::{escaped(clean(annotation.text, MESSAGE_LIMIT))}"


def escaped(text: str) -> str:
    """A text fit to stand behind the `::` of an order."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """A text fit to be a value inside an order."""
    return escaped(one_line(text, 200)).replace(":", "%3A").replace(",", "%2C")


def _within(found: Sequence[Annotation], room: int) -> list[Annotation]:
    """As many as will be shown; the last one counts those that will not."""
    if len(found) <= room:
        return list(found)
    if room <= 0:
        return []
    level = found[0].level
    more = plural(len(found) - room + 1, f"more {level}")
    rest = Annotation(level=level, title=more, text=f"{more}: see the log and the step summary")
    return [*found[: room - 1], rest]


def _errors(outcome: RunOutcome) -> list[Annotation]:
    failed = [action for action in outcome.actions if errors_of(action)]
    root = outcome.cause.plan_index if outcome.cause else None
    failed.sort(key=lambda action: action.plan_index != root)
    found = [_of_failure("error", action, failure) for action in failed for failure in errors_of(action)]
    return found + [
        Annotation(level="error", title="finishing failed", text=problem) for problem in outcome.finalize_errors
    ]


def _warnings(outcome: RunOutcome) -> list[Annotation]:
    return [_of_failure("warning", action, warning) for action in outcome.actions for warning in action.warnings]


def _of_failure(level: str, action: ActionOutcome, failure: Failure) -> Annotation:
    file, line, column = _place(failure.position)
    title = f"{action.address}: {failure.code}"
    return Annotation(level=level, title=title, text=failure.message, file=file, line=line, column=column)


def _of_finding(finding: Diagnostic) -> Annotation:
    level = "notice" if finding.severity is Severity.NOTE else finding.severity.value
    text = "\n".join(part for part in (finding.summary, finding.detail) if part)
    title = finding.code or finding.address or "wfctl"
    return Annotation(level=level, title=title, text=text, file=finding.file, line=finding.line, column=finding.column)


def _place(position: str) -> tuple[str, int, int]:
    """`file:line:column` taken apart; nothing for what is no place."""
    file, _, rest = position.partition(":") if position.count(":") == 2 else ("", "", "")
    line, _, column = rest.partition(":")
    return (file, int(line), int(column)) if line.isdecimal() and column.isdecimal() else ("", 0, 0)
