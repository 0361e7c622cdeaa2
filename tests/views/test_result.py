from __future__ import annotations

import msgspec
import pytest

from tests.views.stories import STORIES
from tests.views.tale import Tale, action, failure
from wfctl.core import events as e
from wfctl.core.outcome import (
    ActionOutcome,
    ActionStatus,
    Cause,
    CausePhase,
    Counts,
    Residue,
    RunOutcome,
    RunResult,
    count,
)
from wfctl.core.plan import Effect, Operation, Step
from wfctl.views.line import plain
from wfctl.views.result import MOST_FAILURES, changes, headline, particulars, resources, result_lines
from wfctl.views.rows import RunFacts

RUN = RunFacts(run_id="r-1")


def outcome(*actions: ActionOutcome, result: RunResult = RunResult.FAILED, exit_code: int = 3) -> RunOutcome:
    return RunOutcome(result=result, exit_code=exit_code, actions=actions, counts=count(actions))


def one(index: int, status: ActionStatus, **more: object) -> ActionOutcome:
    known = ActionOutcome(
        plan_index=index, name=f"f{index}", type="local.file", operation=Operation.CREATE, status=status
    )
    return msgspec.structs.replace(known, **more)


def text(found: RunOutcome, run: RunFacts = RUN) -> str:
    return "\n".join(plain(row) for row in result_lines(found, run))


@pytest.mark.parametrize(
    ("result", "exit_code", "counts", "run", "first"),
    [
        (RunResult.COMPENSATED, 4, Counts(compensated=2), RUN, "Apply failed. Every change this run made is undone."),
        (RunResult.FAILED, 4, Counts(compensated=1), RUN, "Apply failed. Every change this run made is undone."),
        (RunResult.FAILED, 4, Counts(error=1), RUN, "Apply failed. It changed nothing."),
        (RunResult.FAILED, 3, Counts(), RUN, "Apply failed. What it did is recorded; applying again is safe."),
        (RunResult.FAILED, 5, Counts(), RUN, "Apply failed. A person must look at what is named below."),
        (RunResult.CANCELLED, 4, Counts(), RUN, "Apply cancelled by cli. It changed nothing."),
        (RunResult.INTERRUPTED, 130, Counts(), RUN, "Apply interrupted by cli. Nothing is lost: it can be resumed."),
        (RunResult.WAITING, 12, Counts(), RUN, "Apply waits at a gate. Nothing is lost: it can be resumed."),
        (RunResult.RUNNING, -1, Counts(), RUN, "Apply still runs."),
        (
            RunResult.FAILED,
            3,
            Counts(),
            RunFacts(run_id="r", operation="destroy"),
            "Destroy failed. What it did is recorded; applying again is safe.",
        ),
    ],
)
def test_the_headline_says_what_is_there(
    result: RunResult, exit_code: int, counts: Counts, run: RunFacts, first: str
) -> None:
    found = RunOutcome(result=result, exit_code=exit_code, actions=(), counts=counts, cancelled_by="cli")
    assert plain(headline(found, run)) == first


def test_what_succeeded_is_counted_as_terraform_counts() -> None:
    effects = (Effect.CREATED, Effect.UPDATED, Effect.REPLACED, Effect.DELETED, Effect.ADOPTED)
    done = [one(index, ActionStatus.SUCCESS, effect=effect.value) for index, effect in enumerate(effects)]
    found = outcome(*done, one(9, ActionStatus.ERROR), result=RunResult.SUCCEEDED, exit_code=0)
    assert changes(found) == (3, 1, 2)
    assert text(found).splitlines()[0] == "Apply complete! Resources: 3 added, 1 changed, 2 destroyed."
    assert resources(found, "destroy") == "Resources: 2 destroyed."


def test_a_good_destroy_says_only_what_is_gone() -> None:
    tale = Tale((action(0, Operation.DELETE, "local.file", "a", prior="a.txt"),), operation="destroy")
    tale.tell(e.ActionDispatched(action=0, step=Step.DELETE, attempt=1, key="k"))
    tale.tell(e.ActionApplied(action=0, step=Step.DELETE, effect=Effect.DELETED))
    assert text(tale.end(), tale.run) == "Destroy complete! Resources: 1 destroyed."


def test_the_root_cause_is_told_first() -> None:
    later = one(1, ActionStatus.ERROR, error=failure("b", "second in time"))
    sooner = one(4, ActionStatus.ERROR, error=failure("a", "first in time"))
    cause = Cause(plan_index=4, address="local.file.f4", phase=CausePhase.DISPATCH, failure=failure("a", "x"))
    found = msgspec.structs.replace(outcome(later, sooner), cause=cause)
    assert text(found).index("first in time") < text(found).index("second in time")


def test_what_was_skipped_stands_under_the_failure_that_caused_it_and_nowhere_else() -> None:
    failed = one(0, ActionStatus.ERROR, error=failure("denied", "no"))
    because = [one(index, ActionStatus.SKIPPED, skipped_because="local.file.f0") for index in range(1, 8)]
    stopped = one(8, ActionStatus.SKIPPED, skipped_because="run stopped: local.file.f0")
    cancelled = one(9, ActionStatus.SKIPPED, skipped_because="cancelled: SIGINT")
    rows = text(outcome(failed, *because, stopped, cancelled)).splitlines()
    under = [row for row in rows if "Skipped" in row]
    assert under == [
        "  Skipped because of it: local.file.f1, local.file.f2, local.file.f3, local.file.f4, local.file.f5 and 3 more",
        "Skipped (cancelled: SIGINT): local.file.f9",
    ]


def test_both_errors_are_told_the_original_first() -> None:
    both = one(
        0,
        ActionStatus.COMPENSATION_FAILED,
        error=failure("hook_exit_nonzero", "hook said no"),
        error_phase=CausePhase.HOOK,
        undo_error=failure("changed_since", "somebody changed it"),
    )
    rows = text(outcome(both, exit_code=5)).splitlines()
    assert rows.index("  hook_exit_nonzero: hook said no") < rows.index("  changed_since: somebody changed it")


@pytest.mark.parametrize("phase", [*CausePhase, None])
def test_every_phase_of_failure_has_words(phase: CausePhase | None) -> None:
    failed = one(0, ActionStatus.ERROR, error=failure("x", "y"), error_phase=phase)
    assert "Error: " in "\n".join(plain(row) for row in particulars(outcome(failed)))


def test_residues_are_all_told_even_when_failures_are_too_many() -> None:
    count_ = MOST_FAILURES + 20
    failed = [
        one(
            index,
            ActionStatus.ERROR,
            error=failure("x", "y"),
            residue=(Residue(type="local.file", name=f"f{index}", provider_id=f"id-{index}"),),
        )
        for index in range(count_)
    ]
    found = text(outcome(*failed, exit_code=5))
    assert "… and 20 failures" in found
    assert all(f"[id=id-{index}]" in found for index in range(count_))
    assert all(f"[id=id-{index}]" in found.partition("Left behind")[2] for index in range(count_)), (
        "and at the very end"
    )


def test_what_was_not_undone_although_it_was_wanted_is_told() -> None:
    kept = one(0, ActionStatus.SUCCESS, effect="CREATED", compensation="not_compensable")
    assert "Kept, not undone: local.file.f0 (not_compensable)" in text(outcome(kept))


def test_the_block_ends_with_what_to_type() -> None:
    tale = STORIES["interrupted"]()
    found = tale.end()
    assert plain(result_lines(found, tale.run)[-1]).startswith("Next: wfctl resume r-7k3q")
    assert plain(result_lines(found, tale.run, hints=False)[-1]) == "(exit 130)"


def test_an_undo_that_failed_once_and_is_settled_is_no_error_any_more() -> None:
    stuck = one(0, ActionStatus.COMPENSATION_FAILED, undo_error=failure("stuck", "the door"))
    settled = one(0, ActionStatus.COMPENSATED, undo_error=failure("stuck", "the door"), evidence="operator")
    assert "Error: undo failed" in text(outcome(stuck, exit_code=5))
    assert "Error" not in text(outcome(settled, exit_code=4))
