from __future__ import annotations

import pytest

from tests.views.stories import STORIES
from wfctl.core import events as e
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import Failure
from wfctl.core.plan import Effect, Step
from wfctl.views.in_flight import Doing, InFlight


def at(seconds: float, event: Event) -> Recorded:
    return Recorded(seq=1, at=seconds, event=event)


SENT = e.ActionDispatched(action=3, step=Step.CREATE, attempt=2, key="k")


def test_an_answer_finds_the_call_it_answers() -> None:
    flying = InFlight()
    begun = flying.follow(at(10.0, SENT))
    assert begun is not None
    assert (begun.action, begun.doing, begun.what, begun.attempt, begun.since) == (3, Doing.STEP, "create", 2, 10.0)
    answer = flying.follow(at(12.0, e.ActionApplied(action=3, step=Step.CREATE, effect=Effect.CREATED)))
    assert answer is begun
    assert flying.sent() == []


def test_an_answer_to_a_call_begun_by_another_process_finds_nothing() -> None:
    assert InFlight().follow(at(1.0, e.BackoffElapsed(action=3))) is None


def test_a_sign_of_life_is_due_every_ten_seconds_and_never_made_up_for() -> None:
    flying = InFlight()
    flying.follow(at(0.0, SENT))
    assert [list(flying.beat(now)) != [] for now in (9.9, 10.0, 10.1, 19.9, 45.0, 45.1, 50.0)] == [
        False, True, False, False, True, False, True,
    ]  # fmt: skip


def test_a_pause_is_no_call_and_gives_no_sign_of_life() -> None:
    flying = InFlight()
    flying.follow(at(0.0, e.BackoffStarted(action=3, attempt=2, seconds=60)))
    assert flying.sent() == []
    assert list(flying.beat(30.0)) == []


def test_a_provider_that_finishes_is_a_call_of_its_own() -> None:
    flying = InFlight()
    flying.follow(at(0.0, SENT))
    flying.follow(at(0.0, e.FinalizeStarted(provider="local", attempt=1, key="k")))
    assert [call.doing for call in flying.sent()] == [Doing.STEP, Doing.FINALIZE]
    flying.follow(at(1.0, e.FinalizeReported(provider="local")))
    assert [call.doing for call in flying.sent()] == [Doing.STEP]


def test_another_process_starts_with_nothing_in_flight() -> None:
    flying = InFlight()
    flying.follow(at(0.0, SENT))
    flying.follow(at(1.0, e.RunResumed(epoch=2)))
    assert flying.sent() == []


@pytest.mark.parametrize(
    "ending",
    [
        e.ActionFailed(action=3, step=Step.CREATE, failure=Failure(code="x", message="y")),
        e.ActionLeftInDoubt(action=3, step=Step.CREATE, failure=Failure(code="x", message="y")),
        e.ActionNotSent(action=3, step=Step.CREATE, failure=Failure(code="x", message="y")),
        e.ActionSettled(action=3, as_="absent"),
    ],
)
def test_every_end_ends(ending: Event) -> None:
    flying = InFlight()
    flying.follow(at(0.0, SENT))
    assert flying.follow(at(1.0, ending)) is not None
    assert flying.sent() == []


@pytest.mark.parametrize("name", STORIES)
def test_nothing_is_in_flight_when_a_story_is_over(name: str) -> None:
    tale = STORIES[name]()
    flying = InFlight()
    for recorded in tale.records:
        flying.follow(recorded)
    assert flying.sent() == []
