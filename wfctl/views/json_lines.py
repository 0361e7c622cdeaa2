"""JSON lines for programs: an envelope around each message, one to a line.

Knows nothing of what the messages hold. Every stream begins with `version` and ends with `run_complete`, whatever happens
in between. A superset of Terraform's machine-readable UI 1.3: known types keep their fields and gain new ones.
(upstream: hashicorp/terraform, internal/command/views/json_view.go)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from wfctl import __version__
from wfctl.core.events import Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.run import RunState
from wfctl.errors import WfctlError
from wfctl.views import json_events, json_pages, json_parts
from wfctl.views.json_events import Moment
from wfctl.views.json_parts import Message, Payload
from wfctl.views.line import one_line, plain
from wfctl.views.progress import Progress
from wfctl.views.rows import Diagnostic, PlanPage, RollbackPage, RunFacts
from wfctl.views.sink import Sink

if TYPE_CHECKING:
    from wfctl.views.what_if_page import WhatIfPage

TERRAFORM_UI: Final = "1.3"
"""The version of Terraform's format that this one contains."""

OWN_UI: Final = "1.0"
"""The version of what is ours in it."""

MODULE: Final = "wfctl.ui"

_ENCODER: Final = msgspec.json.Encoder()


class JsonLines:
    """Writes messages to a sink. `clock` gives Unix seconds for what has no time of its own."""

    def __init__(self, sink: Sink, clock: Callable[[], float]) -> None:
        self._sink = sink
        self._clock = clock
        self._progress = Progress()
        self._resources: dict[int, msgspec.Raw] = {}
        self._state: RunState | None = None
        self._run: RunFacts | None = None
        self._sequence = 0
        self._second = -1
        self._date = ""
        self._over = False

    def notice(self, text: str) -> None:
        """A `log` line."""
        self._write([Message("log", "", {}, one_line(text, 400))])

    def diagnostics(self, findings: Sequence[Diagnostic]) -> None:
        """A `diagnostic` for each."""
        self._write(map(json_pages.diagnostic, findings))

    def plan(self, page: PlanPage) -> None:
        """A `planned_change` for each action, then the `change_summary`."""
        self._write(json_pages.plan_messages(page))

    def rollback(self, page: RollbackPage) -> None:
        """A `compensation_planned` for each action."""
        self._write(json_pages.rollback_messages(page))

    def what_if(self, page: WhatIfPage) -> None:
        """A `what_if` for each single failure, then the `what_if_summary`."""
        from wfctl.views import json_what_if

        self._write(json_what_if.messages(page))

    def run_started(self, run: RunFacts) -> None:
        """A `run_start`."""
        self._run = run
        self._write([json_pages.run_start(run)])

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        """The messages of the events, with the times of the events."""
        self._state = state
        for recorded in records:
            call, said = self._progress.follow(recorded, state)
            index = getattr(recorded.event, "action", -1)
            found = json_events.messages(Moment(recorded, call, state, self._resource(index, state)))
            text = plain(said.line) if said else ""
            for message in found:
                self._put(message, recorded.at, text)
        self._sink.flush()

    def tick(self, now: float) -> None:
        """An `apply_progress` for each call that has been going on for another ten seconds."""
        state = self._state
        if state is None or state.started is None:
            return
        for call in self._progress.in_flight.beat(now):
            message = json_events.progress_message(call, now, state, self._resource(call.action, state))
            if message is not None:
                self._put(message, now)
        self._sink.flush()

    def finished(self, outcome: RunOutcome, run: RunFacts) -> None:
        """The `change_summary`, an `action_outcome` for each action, the `run_complete`."""
        self._end(json_pages.end_messages(outcome, run, self._resources))

    def ended(self, exit_code: int) -> None:
        """A `run_complete` without a run."""
        result = "interrupted" if exit_code > 128 else "succeeded"
        self._end([json_pages.run_never_finished(exit_code, result=result)])

    def error(self, error: WfctlError, exit_code: int) -> None:
        """A `diagnostic`, then a `run_complete`; its id is null if no run was begun."""
        last = json_pages.run_never_finished(exit_code, run=self._run, code=error.code, hint=error.hint)
        self._end([json_pages.error_diagnostic(error), last])

    def close(self) -> None:
        """Write what is left."""
        self._sink.flush()

    def _resource(self, index: int, state: RunState) -> msgspec.Raw | None:
        """The resource of an action, encoded once."""
        if index < 0:
            return None
        known = self._resources.get(index)
        if known is None:
            outline = state.facts[index].outline
            about = json_parts.resource(outline.type, outline.name, outline.provider)
            known = self._resources[index] = msgspec.Raw(_ENCODER.encode(about))
        return known

    def _end(self, messages: Iterable[Message]) -> None:
        if not self._over:
            self._write(messages)
            self._over = True

    def _write(self, messages: Iterable[Message]) -> None:
        now = self._clock()
        for message in messages:
            self._put(message, now)
        self._sink.flush()

    def _put(self, message: Message, at: float, text: str = "") -> None:
        if self._over:
            return
        if self._sequence == 0:
            self._sequence = 1
            versions: Payload = {"wfctl": __version__, "ui": TERRAFORM_UI, "wfctl_ui": OWN_UI}
            self._line("version", json_parts.INFO, f"wfctl {__version__}", at, versions)
        self._sequence += 1
        payload: Payload = {message.key: message.payload} if message.key else {}
        self._line(message.type, message.level, message.text or text, at, payload)

    def _line(self, type: str, level: str, text: str, at: float, payload: Payload) -> None:
        line: dict[str, object] = {
            "@level": level,
            "@message": text,
            "@module": MODULE,
            "@timestamp": self._stamp(at),
            "type": type,
            "sequence": self._sequence,
            **payload,
        }
        self._sink.write_bytes(_ENCODER.encode(line) + b"\n")

    def _stamp(self, at: float) -> str:
        """RFC 3339 in UTC with microseconds; the seconds are written once, since many events share one."""
        second = int(at)
        if second != self._second:
            self._second = second
            self._date = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._date}.{min(999_999, round((at - second) * 1_000_000)):06d}Z"
