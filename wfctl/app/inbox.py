"""Word from other processes to the one that drives a run, turned into facts.

Knows nothing of what the facts lead to. A letter is noted as taken once its fact is on record, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wfctl.app.orders import Stop
from wfctl.core.events import CancelRequested, Event, Recorded
from wfctl.core.plan import RunId
from wfctl.core.run import RunState
from wfctl.ledger.breaking import BROKEN, Breach
from wfctl.ledger.holder import moment
from wfctl.ledger.store import Letter, Store

CANCEL = "cancel"
"""The kind of letter that asks for a stop; its body is the JSON of a `Stop`."""

BY_LETTER = "cli"
"""The reason of a CancelRequested that came by letter; the words of whoever wrote it follow after a colon."""


def cancel_letter(run_id: RunId, stop: Stop, *, actor: str, at: float) -> Letter:
    """The letter that asks for a stop."""
    return Letter(run_id=run_id, kind=CANCEL, body=msgspec.json.encode(stop).decode(), actor=actor, at=at)


def requested(stop: Stop) -> CancelRequested:
    """The fact that such a letter comes to."""
    reason = f"{BY_LETTER}: {stop.reason}" if stop.reason else BY_LETTER
    return CancelRequested(reason=reason, final=stop.final)


class Inbox:
    """The letters of one run. Also an observer: it sees when what came of a letter is durable."""

    def __init__(self, store: Store, run_id: RunId) -> None:
        self._store = store
        self._run_id = run_id
        self._open: dict[int, Letter] = {}

    def poll(self) -> Sequence[Event]:
        """The facts new letters ask for."""
        new = [letter for letter in self._stops() if letter.id not in self._open]
        self._open |= {letter.id: letter for letter in new}
        return [requested(_stop(letter)) for letter in new]

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:  # noqa: ARG002  (the port's)
        """Note the letters whose fact has become durable."""
        for recorded in records:
            if isinstance(recorded.event, CancelRequested) and recorded.event.reason.startswith(BY_LETTER):
                # A fact that takes the run up again came of a letter that was never polled.
                waiting = list(self._open) or [letter.id for letter in self._stops()]
                for letter_id in waiting[:1]:
                    self._store.taken(letter_id, recorded.seq)
                    self._open.pop(letter_id, None)

    def left_behind(self, seq: int, *, obeyed: bool) -> Sequence[Event]:
        """What the letters nobody has taken come to, when the run is taken up again after event `seq`.

        A run that is to end for good ends. A stop that could be followed by a resume is `obeyed`, or noted as overtaken by
        the one who resumes.
        """
        facts: list[Event] = []
        for letter in self._stops():
            stop = _stop(letter)
            if stop.final or obeyed:
                facts.append(requested(stop))
            else:
                self._store.taken(letter.id, seq)
        return facts

    def breaches(self, seq: int) -> Sequence[str]:
        """Who took the workspace away from the run, and why, once: a line each."""
        lines: list[str] = []
        for letter in self._store.letters(self._run_id):
            if letter.kind == BROKEN:
                lines.append(_breach(letter))
                self._store.taken(letter.id, seq)
        return lines

    def _stops(self) -> list[Letter]:
        return [letter for letter in self._store.letters(self._run_id) if letter.kind == CANCEL]


def _stop(letter: Letter) -> Stop:
    try:
        return msgspec.json.decode(letter.body, type=Stop)
    except msgspec.MsgspecError:
        return Stop()


def _breach(letter: Letter) -> str:
    try:
        told = msgspec.json.decode(letter.body, type=Breach)
    except msgspec.MsgspecError:
        return f"{letter.actor} broke the lock at {moment(letter.at)}"
    why = f": {told.reason}" if told.reason else ""
    return f"{letter.actor} broke the lock of {told.holder} at {moment(letter.at)}{why}"
