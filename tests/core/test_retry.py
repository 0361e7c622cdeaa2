"""Pauses that a replay repeats, and keys by which a repeated call is recognised."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.plan import Retries, RunId
from wfctl.core.retry import FORWARD, UNDO, key, pause

RUN = RunId("run-1")
SECONDS = st.floats(0, 1e6)


def test_a_key_is_the_hash_of_what_it_is_for() -> None:
    assert key(RUN, 7, "create", FORWARD) == hashlib.sha256(b"run-1\x007\x00create\x00forward").hexdigest()


def test_no_two_steps_share_a_key() -> None:
    parts = itertools.product([RUN, RunId("run-2")], [0, 1, 11], ["create", "delete"], [FORWARD, UNDO])
    keys = [key(*part) for part in parts]

    assert len(set(keys)) == len(keys)


def test_what_looks_alike_when_it_is_joined_is_kept_apart() -> None:
    assert key(RunId("a"), 1, "1create", FORWARD) != key(RunId("a"), 11, "create", FORWARD)


@given(SECONDS, SECONDS, st.integers(-5, 10_000), st.text(max_size=20))
def test_a_pause_is_within_a_quarter_of_its_base(first: float, most: float, attempt: int, seed: str) -> None:
    base = min(first * 2.0 ** min(max(attempt - 2, 0), 30), most)
    found = pause(Retries(first=first, max=most), attempt, seed)

    assert 0.75 * base <= found <= 1.25 * base


@given(SECONDS, st.integers(2, 10), st.text(max_size=20))
def test_the_other_sides_word_is_the_least(retry_after: float, attempt: int, seed: str) -> None:
    assert pause(Retries(), attempt, seed, retry_after) >= retry_after


@given(st.integers(2, 10), st.text(max_size=20))
def test_a_replay_pauses_as_the_original_did(attempt: int, seed: str) -> None:
    assert pause(Retries(), attempt, seed) == pause(Retries(), attempt, seed)


def test_those_who_failed_together_do_not_come_back_together() -> None:
    assert len({pause(Retries(), 2, f"run\0{action}") for action in range(100)}) == 100


@pytest.mark.parametrize(("attempt", "base"), [(1, 1), (2, 1), (3, 2), (4, 4), (6, 16), (7, 30), (10**9, 30)])
def test_pauses_double_up_to_a_limit(attempt: int, base: float) -> None:
    found = [pause(Retries(first=1, max=30), attempt, str(seed)) for seed in range(200)]

    assert 0.75 * base <= min(found) < 0.9 * base
    assert 1.1 * base < max(found) <= 1.25 * base
