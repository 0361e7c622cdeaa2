"""Answers that could not be put on record, kept in a file until they can be.

Knows nothing of why the record failed. A file is written by one owner of a run (its epoch is in the name) and is read by the
next: one JSON object a line, with the event, the documents it names, and `seq` where the append that failed had given it a
place. That append may have succeeded nevertheless, so everything is held against the record before it is believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from wfctl.core import events
from wfctl.core.action import Stand
from wfctl.core.events import Event, Recorded, decode, encode
from wfctl.core.plan import Digest, RunId
from wfctl.core.run import RunState, evolve
from wfctl.engine.ports import Answer
from wfctl.errors import IllegalTransition

LINE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the longest line that is read; a driver's answer cannot be longer either."""

_SUFFIX: Final = ".spill.jsonl"
_KEPT: Final = ".left"

_ANSWERS: Final = (
    events.ActionClearBefore,
    events.ActionIdentified,
    events.ActionApplied,
    events.ActionFailed,
    events.ActionNotSent,
    events.ActionLeftInDoubt,
    events.ActionFoundAbsent,
    events.HookSucceeded,
    events.HookFailed,
    events.CompensationSucceeded,
    events.CompensationFailed,
    events.FinalizeReported,
)
"""What is worth keeping: what the world said. Everything else is asked for or decided again."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer as it is written."""

    event: msgspec.Raw
    documents: dict[Digest, str] = {}
    seq: int = 0


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """One file, read and held against a record.

    `answers` are to be put on record, in order; `known` of its answers are there already; `unfit` do not fit what is there, and
    `unreadable` lines are torn or damaged.
    """

    path: Path
    answers: tuple[Answer, ...] = ()
    known: int = 0
    unfit: int = 0
    unreadable: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing of it is left out."""
        return not self.unfit and not self.unreadable

    def done(self) -> None:
        """Its answers are durable: remove the file, or put it aside if something in it was left out. Never raises."""
        with contextlib.suppress(OSError):
            if self.whole:
                self.path.unlink()
            else:
                self.path.replace(self.path.with_name(self.path.name + _KEPT))


def place(directory: Path, run_id: RunId, epoch: int) -> Path:
    """Where the owner of a run under an epoch writes what it cannot record."""
    return directory / f"{run_id}.{epoch}{_SUFFIX}"


def write(path: Path, answers: Sequence[Answer], recorded: Sequence[Recorded] = ()) -> Path | None:
    """Write answers, private and fsynced; None when there are none to write. `recorded` are the places of the first of them.

    Answers that bring secrets are left out: nothing is written in clear, and a probe will find them again. Raises OSError; what
    was written before it stays.
    """
    places = [*(one.seq for one in recorded), *[0] * len(answers)]
    kept = [(answer, seq) for answer, seq in zip(answers, places, strict=False) if _worth_keeping(answer)]
    if not kept:
        return None
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for answer, seq in kept:
            _write_whole(file.fileno(), _line(answer, seq))
        os.fsync(file.fileno())
    return path


def _worth_keeping(answer: Answer) -> bool:
    return isinstance(answer.event, _ANSWERS) and not answer.secrets


def _line(answer: Answer, seq: int) -> bytes:
    documents = {digest: body.decode() for digest, body in answer.documents.items()}
    return msgspec.json.encode(Line(event=msgspec.Raw(encode(answer.event)), documents=documents, seq=seq)) + b"\n"


def _write_whole(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


# --- reading -----------------------------------------------------------------------------------------------------------


def take_up(directory: Path, records: Sequence[Recorded], state: RunState) -> list[Spill]:
    """The files of a run, oldest first, held against its record; `state`, the fold of the records, takes their answers in.

    Only files that were written since the run was last taken up count: that took in all before. Raises OSError.
    """
    resumed = [one.event.epoch for one in records if isinstance(one.event, events.RunResumed)]
    desk = _Desk(state, since=resumed[-1] if resumed else 0)
    return [desk.held_against(path, epoch) for epoch, path in _files(directory, state.begun.run_id)]


def _files(directory: Path, run_id: RunId) -> list[tuple[int, Path]]:
    found = []
    for path in directory.glob(f"*{_SUFFIX}"):
        owner, _, epoch = path.name.removesuffix(_SUFFIX).rpartition(".")
        if owner == run_id and epoch.isdecimal():
            found.append((int(epoch), path))
    return sorted(found)


class _Desk:
    """Where the files of one run are held against its record, one after the other."""

    def __init__(self, state: RunState, *, since: int) -> None:
        self._state = state
        self._head = state.seq
        self._since = since
        self._taken: set[bytes] = set()

    def held_against(self, path: Path, epoch: int) -> Spill:
        """One file. What was taken from the one before is known: an owner whose first append fails writes it again."""
        answers: list[Answer] = []
        known = unfit = unreadable = 0
        for line in _lines(path):
            answer = _answer(line) if line is not None else None
            if line is None or answer is None:
                unreadable += 1
            elif epoch < self._since or 0 < line.seq <= self._head or bytes(line.event) in self._taken:
                known += 1
            elif _fits(self._state, answer.event):
                answers.append(answer)
                self._taken.add(bytes(line.event))
            else:
                unfit += 1
        return Spill(path=path, answers=tuple(answers), known=known, unfit=unfit, unreadable=unreadable)


def _lines(path: Path) -> Iterator[Line | None]:
    """The lines of a file, None for one that cannot be read."""
    with path.open("rb") as file:
        while text := file.readline(LINE_LIMIT):
            try:
                yield msgspec.json.decode(text, type=Line) if text.endswith(b"\n") else None
            except (msgspec.MsgspecError, UnicodeDecodeError):
                yield None


def _answer(line: Line) -> Answer | None:
    try:
        event = decode(bytes(line.event))
    except msgspec.MsgspecError:
        return None
    documents = {digest: body.encode() for digest, body in line.documents.items()}
    if not isinstance(event, _ANSWERS) or not _genuine(documents):
        return None
    return Answer(event=event, documents=documents)


def _genuine(documents: Mapping[Digest, bytes]) -> bool:
    return all(hashlib.sha256(body).hexdigest() == digest for digest, body in documents.items())


def _fits(state: RunState, event: Event) -> bool:
    """Take an answer in, if it is one to what is in flight."""
    if isinstance(event, events.FinalizeReported) and state.finalizers.get(event.provider) is not Stand.IN_FLIGHT:
        return False
    try:
        evolve(state, Recorded(seq=state.seq + 1, at=state.now, event=event))
    except IllegalTransition:
        return False
    return True
