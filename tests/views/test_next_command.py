from __future__ import annotations

import shlex

import msgspec
import pytest

from tests.views.stories import STORIES
from tests.views.tale import Tale, action
from wfctl.core import events as e
from wfctl.core.outcome import ActionOutcome, ActionStatus, Counts, Residue, RunOutcome, RunResult
from wfctl.core.plan import Effect, Operation, Step
from wfctl.views.next_command import next_command


def outcome(result: RunResult, *actions: ActionOutcome, exit_code: int = 3, errors: tuple[str, ...] = ()) -> RunOutcome:
    return RunOutcome(result=result, exit_code=exit_code, actions=actions, counts=Counts(), finalize_errors=errors)


def one(status: ActionStatus, operation: Operation = Operation.CREATE, **more: object) -> ActionOutcome:
    known = ActionOutcome(plan_index=0, name="a", type="local.file", operation=operation, status=status)
    return msgspec.structs.replace(known, **more)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("succeeded", ""),
        ("compensated", "wfctl apply"),
        ("doubtful", "wfctl runs show r-7k3q --runbook"),
        ("interrupted", "wfctl resume r-7k3q"),
        ("needs-person", "wfctl settle r-7k3q local.file.index --as 'present:site/index.html|absent|restored'"),
        ("told-at-the-end", "wfctl apply"),
        ("rolled-back", "wfctl runs show r-7k3q --runbook"),
    ],
)
def test_after_each_story(name: str, command: str) -> None:
    assert next_command(STORIES[name]().end(), "r-7k3q") == command


def test_what_can_be_resumed_is_resumed_before_a_person_is_asked() -> None:
    doubt = one(ActionStatus.ERROR, in_doubt=True)
    for result in (RunResult.INTERRUPTED, RunResult.WAITING, RunResult.RUNNING):
        assert next_command(outcome(result, doubt), "r-1") == "wfctl resume r-1"


def test_a_doubt_that_is_not_final_asks_nobody() -> None:
    doubt = one(ActionStatus.ERROR, in_doubt=True, final=False)
    assert next_command(outcome(RunResult.FAILED, doubt), "r-1") == "wfctl apply"


def test_residue_is_settled_by_its_own_id() -> None:
    left = Residue(type="local.file", name="a", provider_id="left-1")
    found = next_command(outcome(RunResult.FAILED, one(ActionStatus.ERROR, residue=(left,))), "r-1")
    assert shlex.split(found)[-1] == "present:left-1|absent"


def test_everything_is_fit_for_a_shell() -> None:
    evil = one(ActionStatus.ERROR, in_doubt=True, name="a; rm -rf .", provider_id="$(id)")
    found = shlex.split(next_command(outcome(RunResult.FAILED, evil), "r 1"))
    assert found == ["wfctl", "settle", "r 1", "local.file.a; rm -rf .", "--as", "present:$(id)|absent"]


def test_pending_hooks_of_a_good_run_are_run_by_the_next_apply() -> None:
    assert next_command(outcome(RunResult.SUCCEEDED, one(ActionStatus.SUCCESS, hooks_pending=("h",))), "r-1") == (
        "wfctl apply"
    )


def test_lost_finishing_work_is_looked_at_with_a_plan() -> None:
    found = outcome(RunResult.FAILED, one(ActionStatus.SUCCESS), errors=("local: lost",))
    assert next_command(found, "r-1") == "wfctl plan"


def test_each_verb_is_done_again_by_itself() -> None:
    failed = outcome(RunResult.FAILED, one(ActionStatus.ERROR))
    assert next_command(failed, "r-1", "destroy") == "wfctl destroy"
    assert next_command(failed, "r-1", "rollback") == "wfctl runs show r-1"
    assert next_command(outcome(RunResult.CANCELLED, one(ActionStatus.SKIPPED)), "r-1") == "wfctl plan"


def test_nothing_is_left_to_do_after_a_destroy() -> None:
    tale = Tale((action(0, Operation.DELETE, "local.file", "a", prior="a.txt"),), operation="destroy")
    tale.tell(e.ActionDispatched(action=0, step=Step.DELETE, attempt=1, key="k"))
    tale.tell(e.ActionApplied(action=0, step=Step.DELETE, effect=Effect.DELETED))
    assert next_command(tale.end(), "r-7k3q", "destroy") == ""
