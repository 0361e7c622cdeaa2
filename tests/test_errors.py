"""Errors with a way out: what they say, and what they keep apart."""

from __future__ import annotations

import pytest

from wfctl.errors import IllegalTransition, Kind, WfctlError


def test_an_error_says_what_happened_and_keeps_the_hint_apart() -> None:
    error = WfctlError(Kind.CONFIG, "BAD", "it is bad", hint="make it good", details=("line 1", "line 2"))

    assert str(error) == "it is bad\n  line 1\n  line 2"
    assert (error.kind, error.code, error.message, error.hint) == (Kind.CONFIG, "BAD", "it is bad", "make it good")


def test_without_details_it_is_one_line() -> None:
    assert str(WfctlError(Kind.LOCK, "LOCKED", "taken")) == "taken"


def test_a_mistake_of_ours_is_internal_and_says_that_the_record_is_sound() -> None:
    with pytest.raises(WfctlError) as caught:
        raise IllegalTransition("a fact without a row")

    assert (caught.value.kind, caught.value.code) == (Kind.INTERNAL, "ILLEGAL_TRANSITION")
    assert "the ledger is intact" in caught.value.hint


def test_every_kind_has_a_word_of_its_own() -> None:
    assert len({kind.value for kind in Kind}) == len(Kind)
