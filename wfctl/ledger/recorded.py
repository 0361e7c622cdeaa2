"""The envelope of an event: its place, its moment, and the hash that ties it to everything before.

Knows nothing of what events mean, nor of any database.

SQLite's own check lets a good part of flipped bytes pass, so each event carries a hash over itself and its predecessor's.
The chain starts from the run's own row: the plan document cannot change unseen either.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

import msgspec

from wfctl.core.events import Event, Recorded, decode, encode

_LENGTH = struct.Struct(">Q")
_NUMBERS = struct.Struct(">QQQQQ")
_SECOND = len("2026-01-01T00:00:00.")


class Envelope(NamedTuple):
    """One row of the event table, column by column."""

    run_id: str
    seq: int
    epoch: int
    recorded_at: str
    type: str
    action: int | None
    body: str
    hash: bytes


class BadEnvelopeError(Exception):
    """The row is not what was written, or not by a wfctl that speaks this language."""


def stamp(at: float) -> str:
    """Unix seconds as ISO 8601 in UTC, with at least microseconds and as many digits as the float needs to come back.

    Raises ValueError for a moment before 1970, after 9999, or none at all.
    """
    if at < 0:
        raise ValueError(f"{at} is before 1970")
    whole, _, fraction = format(Decimal(repr(at)), "f").partition(".")
    return f"{datetime.fromtimestamp(int(whole), UTC):%Y-%m-%dT%H:%M:%S}.{fraction:0<6}Z"


def unstamp(text: str) -> float:
    """The very float that was stamped. Raises ValueError."""
    moment, _, fraction = text.removesuffix("Z").partition(".")
    return float(f"{int(datetime.fromisoformat(moment + '+00:00').timestamp())}.{fraction}")


class Stamps:
    """`stamp` and `unstamp` for records that come in order of time: the second is worked out once, not for each."""

    def __init__(self) -> None:
        self._second = ""
        self._moment = ""

    def stamp(self, at: float) -> str:
        """As the function of this name."""
        whole, _, fraction = repr(at).partition(".")
        if not fraction.isdecimal():
            return stamp(at)
        if whole != self._second:
            text = stamp(at)
            self._second, self._moment = whole, text[:_SECOND]
            return text
        return f"{self._moment}{fraction:0<6}Z"

    def unstamp(self, text: str) -> float:
        """As the function of this name."""
        if text[:_SECOND] != self._moment:
            second = str(int(unstamp(text[:_SECOND] + "0Z")))
            self._second, self._moment = second, text[:_SECOND]
        return float(f"{self._second}.{text[_SECOND:-1]}")


def genesis(*parts: str | bytes) -> bytes:
    """The hash a run's chain starts from: over what its row will always say."""
    digest = sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(_LENGTH.pack(len(raw)))
        digest.update(raw)
    return digest.digest()


class Chain:
    """The growing end of one run's events. `seq` and `hash` are those of the last event, 0 and the genesis at first."""

    def __init__(self, run_id: str, seq: int, previous: bytes, *, stamps: Stamps | None = None) -> None:
        raw = run_id.encode()
        self._run = _LENGTH.pack(len(raw)) + raw
        self._stamps = stamps or Stamps()
        self.run_id = run_id
        self.seq = seq
        self.hash = previous

    def fork(self) -> Chain:
        """Another end at the same place: what is tried on it leaves this one alone."""
        return Chain(self.run_id, self.seq, self.hash, stamps=self._stamps)

    def seal(self, recorded: Recorded, epoch: int) -> Envelope:
        """Put the next event into its envelope. Raises ValueError when it is not the next."""
        if recorded.seq != self.seq + 1:
            raise ValueError(f"event {recorded.seq} cannot follow event {self.seq}")
        event = recorded.event
        body = encode(event)
        moment = self._stamps.stamp(recorded.at)
        self._extend(recorded.seq, epoch, moment, body)
        kind, action = type(event).__name__, getattr(event, "action", None)
        return Envelope(self.run_id, recorded.seq, epoch, moment, kind, action, body.decode(), self.hash)

    def open(self, envelope: Envelope) -> Recorded:
        """Take the next event out of its envelope. Raises BadEnvelopeError."""
        try:
            return self._open(envelope)
        except (AttributeError, TypeError, ValueError, OverflowError, struct.error, msgspec.MsgspecError) as error:
            raise BadEnvelopeError(str(error)) from error

    def _open(self, envelope: Envelope) -> Recorded:
        if envelope.seq != self.seq + 1 or envelope.run_id != self.run_id:
            raise BadEnvelopeError(f"event {self.seq + 1} is missing")
        body = envelope.body.encode()
        self._extend(envelope.seq, envelope.epoch, envelope.recorded_at, body)
        if self.hash != envelope.hash:
            raise BadEnvelopeError("its hash does not fit")
        event = decode(body)
        if not _same_columns(envelope, event):
            raise BadEnvelopeError("its columns do not fit its body")
        return Recorded(seq=envelope.seq, at=self._stamps.unstamp(envelope.recorded_at), event=event)

    def _extend(self, seq: int, epoch: int, moment: str, body: bytes) -> None:
        numbers = _NUMBERS.pack(8, seq, 8, epoch, len(moment))
        parts = (self.hash, self._run, numbers, moment.encode(), _LENGTH.pack(len(body)), body)
        self.hash = sha256(b"".join(parts)).digest()
        self.seq = seq


def _same_columns(envelope: Envelope, event: Event) -> bool:
    return envelope.type == type(event).__name__ and envelope.action == getattr(event, "action", None)
