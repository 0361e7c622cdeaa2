from __future__ import annotations

from typing import get_args

import pytest

from tests.views.stories import STORIES
from tests.views.tale import Tale, action, failure
from wfctl.core import events as e
from wfctl.core.plan import HookFailure, HookPoint, HookSpec, Operation, Step
from wfctl.views.line import plain
from wfctl.views.progress import Progress, Weight


def told(tale: Tale) -> list[str]:
    return [plain(said.line) for said in Progress().tell(tale.records, tale.state)]


@pytest.mark.parametrize("name", STORIES)
def test_every_event_of_a_story_says_something(name: str) -> None:
    tale = STORIES[name]()
    tale.end()
    progress = Progress()
    assert all(progress.follow(recorded, tale.state)[1] is not None for recorded in tale.records)


def test_the_stories_tell_nearly_every_kind_of_event() -> None:
    happened = {type(recorded.event) for tell in STORIES.values() for recorded in tell().records}
    never = {kind for kind in get_args(e.Event) if kind not in happened}
    assert never == {
        e.RunResumed,
        e.FinalizeLost,
        e.ActionClearBefore,
        e.ActionFoundAbsent,
        e.ActionSettled,
        e.StateEdited,
    }


def create(*, hooks: tuple[HookSpec, ...] = ()) -> Tale:
    tale = Tale((action(0, Operation.CREATE, "local.file", "a"),), hooks=hooks, finalizer=True)
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k"))
    return tale


def test_a_call_that_proves_to_have_had_no_effect_is_made_again() -> None:
    tale = create()
    tale.tell(e.ActionLeftInDoubt(action=0, step=Step.CREATE, failure=failure("lost", "gone")))
    tale.tell(e.ProbeStarted(action=0, step=Step.CREATE, attempt=1))
    tale.tell(e.ActionFoundAbsent(action=0, step=Step.CREATE))
    assert told(tale)[-1] == "local.file.a: Read: the call had no effect (1/1)"


def test_a_delete_that_did_not_happen() -> None:
    tale = Tale((action(0, Operation.DELETE, "local.file", "a", prior="a.txt"),))
    tale.tell(e.ActionDispatched(action=0, step=Step.DELETE, attempt=1, key="k"))
    tale.tell(e.ActionLeftInDoubt(action=0, step=Step.DELETE, failure=failure("lost", "gone")))
    tale.tell(e.ProbeStarted(action=0, step=Step.DELETE, attempt=1))
    tale.tell(e.ActionFoundAbsent(action=0, step=Step.DELETE, proven=False))
    assert told(tale)[-1] == "local.file.a: Read: still there, though that is not proven (1/1)"


def test_another_process_takes_over() -> None:
    tale = create()
    tale.tell(e.RunResumed(epoch=2))
    assert told(tale)[-1] == "Run resumed, epoch 2: what was in flight is looked up first"


def test_a_person_settles() -> None:
    tale = STORIES["doubtful"]()
    tale.tell(e.ActionSettled(action=1, as_="present", provider_id="b.txt", actor="ana@build-7", reason="I looked"))
    assert told(tale)[-1] == "local.file.b: Settled as present [id=b.txt] by ana@build-7: I looked (2/5)"


def test_deferred_work_that_is_lost_is_urgent() -> None:
    tale = create()
    tale.tell(e.FinalizeLost(provider="local", actions=(0,)))
    said = Progress().tell(tale.records, tale.state)[-1]
    assert said.weight is Weight.URGENT
    assert plain(said.line) == "provider local: deferred work of 1 action was lost with its process"


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        (1, "Stopping (SIGINT): nothing new will start; waiting for 1 call in flight"),
        (2, "Stopping at once (SIGINT): 1 call in flight given up, to be looked up on resume"),
    ],
)
def test_a_signal(stage: int, line: str) -> None:
    tale = create()
    tale.tell(e.CancelRequested(reason="SIGINT", stage=stage))
    assert told(tale)[-1] == line


@pytest.mark.parametrize(
    ("point", "on_failure", "ending"),
    [
        (HookPoint.APPLIED, HookFailure.STOP, "; nothing new will start"),
        (HookPoint.APPLIED, HookFailure.CONTINUE, "; the rest goes on"),
        (HookPoint.APPLIED, HookFailure.WARN, "; only a warning"),
        (HookPoint.COMPLETE, HookFailure.WARN, "; it only watches"),
    ],
)
def test_what_a_failed_hook_means_is_said(point: HookPoint, on_failure: HookFailure, ending: str) -> None:
    from wfctl.core.plan import Effect

    hook = HookSpec(name="h", on=point, exec=("./h",), on_failure=on_failure)
    tale = create(hooks=(hook,))
    tale.tell(e.ActionApplied(action=0, step=Step.CREATE, effect=Effect.CREATED, provider_id="a.txt"))
    tale.tell(e.HookStarted(action=0, hook="h", attempt=1, key="k"))
    tale.tell(e.HookFailed(action=0, hook="h", failure=failure("x", "hook h: exit status 1")))
    assert told(tale)[-1] == f"local.file.a: hook h failed: exit status 1{ending} (1/1)"


def test_an_edit_of_the_state_says_who_and_why() -> None:
    tale = create()
    tale.tell(e.StateEdited(verb="mv", arguments=("a", "b"), gone=("a",), actor="ana@build-7", reason="a better name"))
    assert told(tale)[-1] == ("State edited: mv a b (0 resources written, 1 forgotten), by ana@build-7: a better name")
