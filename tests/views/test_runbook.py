from __future__ import annotations

import shlex

import msgspec
import pytest

from tests.views.tale import failure
from wfctl.core.outcome import ActionOutcome, ActionStatus, Residue, RunOutcome, RunResult, count
from wfctl.core.plan import Operation
from wfctl.views.line import plain
from wfctl.views.rows import RunFacts
from wfctl.views.runbook import runbook, runbook_lines

RUN = RunFacts(run_id="r-1")
FIRST = failure("hook_exit_nonzero", "hook smoke: exit status 1")
THEN = failure("changed_since", "somebody changed it")


def stuck(operation: Operation = Operation.CREATE, **more: object) -> ActionOutcome:
    known = ActionOutcome(
        plan_index=0,
        name="a",
        type="t",
        operation=operation,
        status=ActionStatus.COMPENSATION_FAILED,
        provider="here",
        provider_id="a-1",
        error=FIRST,
        undo_error=THEN,
    )
    return msgspec.structs.replace(known, **more)


def ended(*actions: ActionOutcome) -> RunOutcome:
    return RunOutcome(result=RunResult.FAILED, exit_code=5, actions=actions, counts=count(actions))


def commands(action: ActionOutcome) -> list[list[str]]:
    (step,) = runbook(ended(action), RUN)
    return [shlex.split(way.command) for way in step.ways]


def answers(action: ActionOutcome) -> set[str]:
    return {command[command.index("--as") + 1] for command in commands(action) if command[1] == "settle"}


def text(outcome: RunOutcome, run: RunFacts = RUN, most: int = 0) -> str:
    return "\n".join(plain(line) for line in runbook_lines(outcome, run, most=most))


def test_both_errors_are_told_the_first_one_first() -> None:
    told = text(ended(stuck()))
    assert told.index("first: hook_exit_nonzero") < told.index("then:  changed_since")


def test_at_the_end_of_a_run_they_have_been_told_already() -> None:
    assert "hook_exit_nonzero" not in text(ended(stuck()), most=5)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (stuck(), {"absent", "present:a-1"}),
        (stuck(Operation.UPDATE), {"absent", "present:a-1", "restored"}),
        (stuck(Operation.DELETE), {"absent", "restored"}),
        (stuck(status=ActionStatus.ERROR, in_doubt=True, provider_id=""), {"absent", "present:ID"}),
        (stuck(Operation.DELETE, status=ActionStatus.DELETE_FAILED, in_doubt=True), {"absent", "present:a-1"}),
        (
            stuck(status=ActionStatus.ERROR, residue=(Residue(type="t", name="a", provider_id="left"),)),
            {"absent", "present:left"},
        ),
    ],
)
def test_the_answers_are_those_that_make_sense(action: ActionOutcome, expected: set[str]) -> None:
    assert answers(action) == expected


@pytest.mark.parametrize(
    ("action", "means"),
    [
        (stuck(status=ActionStatus.ERROR, in_doubt=True, provider_id=""), {"it is not there"}),
        (stuck(Operation.UPDATE, provider_id=""), {"you put it back by hand", "you removed it by hand"}),
        (stuck(), set()),
    ],
)
def test_where_no_driver_can_be_asked_the_command_says_so_and_why(action: ActionOutcome, means: set[str]) -> None:
    (step,) = runbook(ended(action), RUN)
    unasked = {way.means: shlex.split(way.command) for way in step.ways if "--no-verify" in way.command}
    assert set(unasked) == means
    assert all(command[-3:-1] == ["--no-verify", "--reason"] and command[-1] for command in unasked.values())


def test_an_undo_nobody_has_declared_is_not_to_be_tried_again() -> None:
    hopeless = stuck(undo_error=failure("not_compensable", "no undo"))
    assert ["wfctl", "rollback", "r-1", "--resume", "--address", "t.a"] in commands(stuck())
    assert not any("--resume" in command for command in commands(hopeless))


def test_only_what_an_undo_left_can_be_orphaned() -> None:
    orphan = ["wfctl", "rollback", "r-1", "--address", "t.a", "--orphan", "t.a"]
    assert orphan in commands(stuck())
    assert orphan not in commands(stuck(status=ActionStatus.ERROR, in_doubt=True))


def test_nobody_is_asked_about_what_can_still_be_resumed_or_went_well() -> None:
    well = stuck(status=ActionStatus.SUCCESS, error=None, undo_error=None)
    assert runbook(ended(well, stuck(final=False)), RUN) == ()
    assert runbook_lines(ended(well), RUN) == []


def test_what_had_to_stay_is_taken_back_at_last() -> None:
    blocked = stuck(status=ActionStatus.SUCCESS, name="net", compensation="blocked_by t.a", error=None, undo_error=None)
    assert "take back what had to stay for it (t.net):\n       wfctl rollback r-1\n" in text(ended(stuck(), blocked))


def test_it_is_cut_short_at_the_end_of_a_run_and_nowhere_else() -> None:
    many = ended(*(stuck(name=f"a{index}") for index in range(5)))
    assert "… and 3 more steps: wfctl runs show r-1 --runbook" in text(many, most=2)
    assert "5. t.a4" in text(many)


def test_commands_have_the_options_of_the_call_and_are_fit_for_a_shell() -> None:
    evil = stuck(name="a; rm -rf .", provider_id="$(id)")
    (step,) = runbook(ended(evil), msgspec.structs.replace(RUN, options="--env prod"))
    found = [shlex.split(way.command) for way in step.ways]
    assert all(command[2:4] == ["--env", "prod"] for command in found)
    assert any(command[-1] == "present:$(id)" and command[-3] == "t.a; rm -rf ." for command in found)
