"""Word from other processes to the one that drives a run, turned into facts.

Knows nothing of what the facts lead to. A letter is noted as taken once its fact is on record, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wfctl.core.events import CancelRequested, Event, Recorded
from wfctl.core.plan import RunId
from wfctl.core.run import RunState
from wfctl.ledger.store import Letter, Store

CANCEL = "cancel"
"""The kind of letter that asks for a stop; its body is the JSON of a CancelRequested."""

BY_LETTER = "cli"
"""The reason of a CancelRequested that came by letter."""


def cancel_letter(run_id: RunId, *, final: bool, actor: str, at: float) -> Letter:
    """The letter that asks for a stop; `final` ends the run for good."""
    body = msgspec.json.encode({"final": final}).decode()
    return Letter(run_id=run_id, kind=CANCEL, body=body, actor=actor, at=at)


class Inbox:
    """The letters of one run. Also an observer: it sees when what came of a letter is durable."""

    def __init__(self, store: Store, run_id: RunId) -> None:
        self._store = store
        self._run_id = run_id
        self._open: dict[int, Letter] = {}

    def poll(self) -> Sequence[Event]:
        """The facts new letters ask for."""
        new = [letter for letter in self._store.letters(self._run_id) if letter.id not in self._open]
        self._open |= {letter.id: letter for letter in new}
        return [_fact(letter) for letter in new if letter.kind == CANCEL]

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:  # noqa: ARG002
        """Note the letters whose fact has become durable."""
        for recorded in records:
            if isinstance(recorded.event, CancelRequested) and recorded.event.reason == BY_LETTER and self._open:
                self._store.taken(self._open.pop(next(iter(self._open))).id, recorded.seq)

    def forget(self, seq: int) -> None:
        """Note every letter as taken: whoever takes a run up again wants it to go on."""
        for letter in self._store.letters(self._run_id):
            self._store.taken(letter.id, seq)


def _fact(letter: Letter) -> CancelRequested:
    try:
        final = bool(msgspec.json.decode(letter.body, type=dict[str, object]).get("final"))
    except msgspec.MsgspecError:
        final = False
    return CancelRequested(reason=BY_LETTER, final=final)
