"""The envelope: moments that come back to the last bit, and a chain that shows every change."""

from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.makers import applied, dispatched, records
from wfctl.ledger.recorded import BadEnvelopeError, Chain, Envelope, Stamps, genesis, stamp, unstamp

ROOT = genesis("run-1")


@given(st.floats(min_value=0.0, max_value=253402300799.0, allow_nan=False))
def test_every_moment_comes_back(at: float) -> None:
    stamps = Stamps()

    assert at == unstamp(stamp(at)) == unstamp(stamps.stamp(at)) == stamps.unstamp(stamp(at))


@given(st.lists(st.floats(min_value=1e9, max_value=1e9 + 3), max_size=8))
def test_moments_of_one_second_come_back_too(moments: list[float]) -> None:
    writing, reading = Stamps(), Stamps()

    assert moments == [reading.unstamp(writing.stamp(at)) for at in moments]


def test_a_moment_reads_as_iso_8601() -> None:
    assert stamp(1_789_997_600.25) == "2026-09-21T13:33:20.250000Z"
    assert stamp(1_789_997_600.1234567) == "2026-09-21T13:33:20.1234567Z"
    assert stamp(1e-05) == "1970-01-01T00:00:00.000010Z"


@pytest.mark.parametrize("at", [-0.5, -1e9, math.nan, math.inf, 1e15])
def test_what_is_no_moment_is_refused(at: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        stamp(at)


def test_the_chain_is_what_the_documentation_says() -> None:
    (recorded,) = records(dispatched())
    envelope = Chain("run-1", 0, ROOT).seal(recorded, epoch=7)

    hashed = ROOT
    for part in (
        b"run-1",
        (1).to_bytes(8, "big"),
        (7).to_bytes(8, "big"),
        envelope.recorded_at.encode(),
        envelope.body.encode(),
    ):
        hashed += len(part).to_bytes(8, "big") + part

    assert hashlib.sha256(hashed).digest() == envelope.hash
    assert (envelope.type, envelope.action, envelope.seq, envelope.epoch) == ("ActionDispatched", 0, 1, 7)


def test_what_was_sealed_opens() -> None:
    facts = records(dispatched(), applied())
    writing, reading = Chain("run-1", 0, ROOT), Chain("run-1", 0, ROOT)

    opened = [reading.open(writing.seal(recorded, 1)) for recorded in facts]

    assert list(facts) == opened
    assert (writing.seq, writing.hash) == (reading.seq, reading.hash)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("run_id", "run-2"),
        ("seq", 2),
        ("epoch", 2),
        ("recorded_at", "2026-09-21T13:33:20.250001Z"),
        ("recorded_at", "not a moment"),
        ("type", "ActionApplied"),
        ("action", 1),
        ("action", None),
        ("body", '{"type":"ActionDispatched","action":1,"step":"create","attempt":1,"key":"key-0"}'),
        ("body", "{"),
        ("body", None),
        ("epoch", "1"),
        ("epoch", -1),
        ("hash", b"\0" * 32),
    ],
)
def test_a_changed_column_shows(column: str, value: object) -> None:
    (recorded,) = records(dispatched())
    envelope = Chain("run-1", 0, ROOT).seal(recorded, epoch=1)

    with pytest.raises(BadEnvelopeError):
        Chain("run-1", 0, ROOT).open(Envelope(**(envelope._asdict() | {column: value})))


def test_a_missing_event_shows() -> None:
    first, second = records(dispatched(0), dispatched(1))
    writing = Chain("run-1", 0, ROOT)
    writing.seal(first, 1)

    with pytest.raises(BadEnvelopeError):
        Chain("run-1", 0, ROOT).open(writing.seal(second, 1))


def test_a_body_of_another_language_shows_although_its_hash_fits() -> None:
    (recorded,) = records(dispatched())
    envelope = Chain("run-1", 0, ROOT).seal(recorded, epoch=1)
    strange = envelope.body.replace("ActionDispatched", "ActionFromTheFuture")
    forged = Chain("run-1", 0, ROOT)
    forged._extend(1, 1, envelope.recorded_at, strange.encode())

    with pytest.raises(BadEnvelopeError):
        Chain("run-1", 0, ROOT).open(envelope._replace(body=strange, hash=forged.hash))


def test_the_parts_of_a_genesis_keep_their_borders() -> None:
    assert genesis("ab", "c") != genesis("a", "bc")
    assert genesis("a") == genesis(b"a")


def test_only_the_next_event_can_be_sealed() -> None:
    chain = Chain("run-1", 4, ROOT)

    with pytest.raises(ValueError, match="event 4 cannot follow event 4"):
        chain.seal(records(dispatched(), after=3)[0], 1)
    assert (chain.seq, chain.hash) == (4, ROOT)


def test_a_fork_leaves_the_chain_alone() -> None:
    chain = Chain("run-1", 0, ROOT)

    chain.fork().seal(records(dispatched())[0], 1)

    assert (chain.seq, chain.hash) == (0, ROOT)
