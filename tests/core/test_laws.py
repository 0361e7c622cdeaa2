"""Laws that hold in every generated world, with no exclusions.

While a run is played (`Played.check`): the ledger folds to the state the loop holds; deciding is a function of the ledger
alone; what is ordered has the form that is declared; nothing is dispatched before its requirements succeeded or after the run
was halted; undo goes dependants first.
Here: what is said at the end is true.
"""

from __future__ import annotations

from hypothesis import event, given, settings

from tests.core.worlds import Played, World, assert_well_formed, worlds
from wfctl.core.assess import assess
from wfctl.core.outcome import ActionOutcome, ActionStatus, RunResult
from wfctl.core.plan import Operation


def play(world: World) -> Played:
    steps = sum(40 + 12 * len(world.hooks) for _ in world.wanted)
    return Played(world).play(bound=50 + steps * (world.crashes + 2))


@given(worlds())
def test_every_action_has_one_true_outcome(world: World) -> None:
    played = play(world)
    outcome = assess(played.state)

    assert_well_formed(outcome)
    assert len(outcome.actions) == len(world.wanted)
    for action in outcome.actions:
        event(f"{action.operation} {action.status.name}")
        assert action.status is not ActionStatus.UNSPECIFIED
        steps = 2 if action.operation is Operation.REPLACE else 1
        assert action.attempts <= world.policy.retries.max_attempts * steps + world.crashes
        check_truth(played, action)


@given(worlds())
def test_whatever_did_not_succeed_says_why(world: World) -> None:
    outcome = assess(play(world).state)

    for action in outcome.actions:
        match action.status:
            case ActionStatus.ERROR | ActionStatus.DELETE_FAILED if action.final:
                assert action.error is not None
            case ActionStatus.COMPENSATION_FAILED if action.final:
                assert action.undo_error is not None
            case ActionStatus.SKIPPED:
                assert action.skipped_because
                assert action.attempts == 0
                assert action.elapsed == 0
            case _:
                pass
    if outcome.result in (RunResult.FAILED, RunResult.COMPENSATED):
        assert outcome.cause is not None


@given(worlds())
def test_no_effect_exists_twice(world: World) -> None:
    played = play(world)
    keys = [thing.key for thing in played.things.values() if thing.key]

    assert len(keys) == len(set(keys))


@given(worlds())
def test_nothing_that_was_there_before_is_deleted_but_by_its_own_action(world: World) -> None:
    played = play(world)
    may_go = {w.prior_id for w in world.wanted if w.operation in (Operation.DELETE, Operation.REPLACE)}

    assert {gone for gone in played.deleted if gone.startswith("before-")} <= may_go


@given(worlds())
def test_the_exit_code_says_what_remains(world: World) -> None:
    played = play(world)
    outcome = assess(played.state)
    changed = any(thing.version == 1 or thing.key for thing in played.things.values()) or any(
        f"before-{index}" not in played.things for index, w in enumerate(world.wanted) if w.prior_id
    )

    event(f"exit {outcome.exit_code}")
    if outcome.exit_code == 0:
        assert all(action.status is ActionStatus.SUCCESS for action in outcome.actions)
    if outcome.exit_code == 4:
        assert not _changed_for_good(played)
    if outcome.exit_code == 130:
        assert outcome.result is RunResult.INTERRUPTED
    if not changed and outcome.result is not RunResult.INTERRUPTED:
        assert outcome.exit_code in (0, 3, 4, 5)


@given(worlds())
@settings(max_examples=30)
def test_an_interrupted_run_ends_when_it_is_resumed(world: World) -> None:
    played = play(world)
    for _ in range(3):
        if assess(played.state).result is not RunResult.INTERRUPTED:
            break
        played._crash()
        played.play(bound=5000)

    assert assess(played.state).result is not RunResult.INTERRUPTED


def check_truth(played: Played, action: ActionOutcome) -> None:
    """What the outcome claims is what the cloud holds."""
    prior_id = played.world.wanted[action.plan_index].prior_id
    own = [thing for thing in played.things.values() if thing.name == action.name]
    before = [thing for thing in own if thing.version == 0]
    wanted = [thing for thing in own if thing.version == 1]
    if played.world.wanted[action.plan_index].hooks_only:
        assert (len(before), len(own)) == (1, 1)
        return
    match action.status:
        case ActionStatus.SUCCESS if action.operation is Operation.DELETE:
            assert own == []
        case ActionStatus.SUCCESS:
            assert len(wanted) == 1
            assert before == []
        case ActionStatus.COMPENSATED:
            assert wanted == []
            assert len(before) == (1 if prior_id else 0)
        case ActionStatus.SKIPPED:
            assert not any(index == action.plan_index for index, _ in played.sent)
        case ActionStatus.ERROR if action.final and action.effect == "none":
            assert len(before) == (1 if prior_id else 0)
            assert wanted == []
        case ActionStatus.DELETE_FAILED if action.final and not action.in_doubt:
            assert len(own) == 1
        case _:
            pass


def _changed_for_good(played: Played) -> bool:
    for wanted in played.world.wanted:
        own = [thing.version for thing in played.things.values() if thing.name == wanted.name]
        if own != ([0] if wanted.prior_id else []):
            return True
    return False
