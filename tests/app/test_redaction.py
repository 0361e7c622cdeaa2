from __future__ import annotations

from wfctl.app.redaction import MASK, Redactor


def test_secrets_are_taken_out_by_value_as_they_become_known() -> None:
    known: list[frozenset[str]] = [frozenset()]
    redact = Redactor(lambda: known[0], ["from-the-start"])
    assert redact("from-the-start and later-known") == f"{MASK} and later-known"
    known[0] = frozenset({"later-known"})
    assert redact("from-the-start and later-known") == f"{MASK} and {MASK}"


def test_a_secret_that_begins_like_another_leaves_nothing_behind() -> None:
    redact = Redactor(frozenset, ["hunter2", "hunter2-and-more", "a.*b"])
    assert redact("hunter2-and-more, hunter2, a.*b, axxb") == f"{MASK}, {MASK}, {MASK}, axxb"


def test_values_that_stand_in_every_text_are_left() -> None:
    redact = Redactor(frozenset, ["", "1", "yes"])
    assert redact("yes, 1 of 1") == "yes, 1 of 1"
