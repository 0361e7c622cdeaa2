from __future__ import annotations

import pytest

from tests.core.playbook import Playbook, create, replace
from tests.core.stories import (
    applied,
    backoff,
    cancelled,
    dispatch,
    elapsed,
    failed,
    hook,
    hook_failed,
    lost,
    probe,
    run_hook,
    undo,
    undo_failed,
    undone,
)
from wfctl.core.aftermath import BLOCKED, Left, Remnant, Tally, mark, rank
from wfctl.core.assess import assess
from wfctl.core.commands import ProbePurpose
from wfctl.core.outcome import ActionStatus, Existence
from wfctl.core.plan import OnFailure, RunPolicy, Step, TypeDeclaration

COMPENSATE = RunPolicy(on_failure=OnFailure.COMPENSATE)
PIVOT = {"pivot": TypeDeclaration()}


def left(book: Playbook) -> list[Left | None]:
    return [mark(book.state, index).left for index in range(len(book.state.actions))]


def test_what_succeeded_failed_cleanly_or_was_never_sent_leaves_nothing() -> None:
    book = Playbook(create("a"), create("b"), create("c", needs=["b"]))
    book >> dispatch(0) >> dispatch(1) << applied(0) << failed(1)
    assert left(book) == [None, None, None]
    assert [mark(book.state, index).status for index in range(3)] == [1, 2, 6]


def test_an_undo_that_failed_is_left_with_its_reason() -> None:
    book = Playbook(create("a"), hooks=[hook("h")])
    book >> dispatch(0) << applied(0) >> run_hook(0, "h") << hook_failed(0, "h") >> undo(0) << undo_failed(0)
    assert left(book) == [Left(action=0, remnant=Remnant.UNDO_FAILED, code="refused")]
    assert mark(book.state, 0).person


def test_what_nobody_can_tell_is_left_in_doubt() -> None:
    book = Playbook(create("a"))
    book >> dispatch(0) << lost(0)
    for _ in range(2):
        book >> probe(0) << lost(0) >> backoff(0) << elapsed(0)
    book >> probe(0) << lost(0)
    assert left(book) == [Left(action=0, remnant=Remnant.IN_DOUBT, code="unavailable")]


def test_what_was_found_after_an_error_is_residue() -> None:
    book = Playbook(create("a"))
    book >> dispatch(0) << failed(0, effect=Existence.UNKNOWN) >> probe(0, ProbePurpose.VERIFY) << applied(0)
    assert left(book) == [Left(action=0, remnant=Remnant.RESIDUE, code="refused")]


def test_half_a_replace_is_left() -> None:
    book = Playbook(replace("a"), declared=TypeDeclaration())
    book >> dispatch(0, Step.DELETE) << applied(0, Step.DELETE) >> dispatch(0) << failed(0)
    assert left(book) == [Left(action=0, remnant=Remnant.HALF_REPLACED, code="not_compensable")]


def test_what_was_to_be_undone_and_stays_is_left() -> None:
    book = Playbook(
        create("base"),
        create("pivot", needs=["base"], type="pivot"),
        create("last", needs=["pivot"]),
        policy=COMPENSATE,
        types=PIVOT,
    )
    book >> dispatch(0) << applied(0) >> dispatch(1) << applied(1) >> dispatch(2) << failed(2)
    assert left(book) == [
        Left(action=0, remnant=Remnant.NOT_UNDONE, code=BLOCKED),
        Left(action=1, remnant=Remnant.NOT_UNDONE, code="not_compensable"),
        None,
    ]


def test_what_can_be_resumed_is_not_left() -> None:
    book = Playbook(create("a"))
    book >> dispatch(0) << lost(0) >> probe(0) << cancelled(stage=2)
    assert left(book) == [None]


def test_the_worst_goes_first() -> None:
    found = [Left(action=action, remnant=remnant) for action in (1, 0) for remnant in reversed(Remnant)]
    ordered = sorted(found, key=rank)
    assert [one.remnant for one in ordered[::2]] == list(Remnant)
    assert [one.action for one in ordered[:2]] == [0, 1]


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_tally_counts_what_is_put_in_and_taken_out(taken_back: bool) -> None:
    book = Playbook(create("a"), create("b"), policy=COMPENSATE)
    book >> dispatch(0) >> dispatch(1) << applied(0) << failed(1) >> undo(0) << undone(0)
    tally = Tally()
    for index in range(2):
        tally.add(mark(book.state, index), 2)
    copy = tally.copy()
    for index in range(2):
        copy.add(mark(book.state, index), -1)
    assert copy.counts() == assess(book.state).counts
    assert tally.counts().compensated == 2
    signs = copy.signs(taken_back=taken_back)
    assert (signs.clean, signs.rested, signs.undone, signs.remains) == (False, True, True, False)
    assert signs.taken_back is taken_back


def test_a_skipped_action_has_the_mark_that_its_outcome_has() -> None:
    book = Playbook(create("a"), create("b", needs=["a"]))
    book >> dispatch(0) << failed(0)
    found, outcome = mark(book.state, 1), book.of("b")
    assert found.status is outcome.status is ActionStatus.SKIPPED
    assert (found.rested, found.in_doubt, found.person, found.remains, found.undone) == (
        True,
        False,
        False,
        False,
        False,
    )
