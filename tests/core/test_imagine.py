from __future__ import annotations

from tests.core.playbook import create, started
from wfctl.core.action import Ending
from wfctl.core.assess import assess
from wfctl.core.commands import DispatchAction
from wfctl.core.imagine import begun, replayed
from wfctl.core.mishap import Mishap, MishapKind, World
from wfctl.core.outcome import RunResult
from wfctl.core.plan import OnFailure, RunPolicy, Step

COMPENSATE = RunPolicy(on_failure=OnFailure.COMPENSATE)


def refused(action: int) -> Mishap:
    return Mishap(kind=MishapKind.REFUSED, action=action, step=Step.CREATE)


def test_without_a_mishap_everything_succeeds() -> None:
    run = replayed(World(), started([create("a"), create("b", needs=["a"])]))
    assert run.finished is not None
    assert (run.finished.result, run.finished.exit_code) == (RunResult.SUCCEEDED, 0)


def test_a_mishap_happens_once_it_can() -> None:
    run = replayed(World(), started([create("a"), create("b", needs=["a"])], policy=COMPENSATE), refused(1))
    assert assess(run).result is RunResult.COMPENSATED


def test_a_fork_goes_its_own_way() -> None:
    run = begun(World(), started([create("a"), create("b")]))
    fork = run.fork()
    fork.go_wrong(refused(0), fork.flying.popleft())
    fork.finish()
    assert run.state.actions[0].ending is None
    assert [type(command) for command in run.flying] == [DispatchAction, DispatchAction]
    assert [action.ending for action in fork.state.actions] == [Ending.FAILED, Ending.SUCCEEDED]


def test_a_cancelled_run_waits_for_what_is_in_flight() -> None:
    run = begun(World(), started([create("a"), create("b", needs=["a"])]))
    run.go_wrong(Mishap(kind=MishapKind.CANCELLED, action=0, step=Step.CREATE), run.flying.popleft())
    run.finish()
    assert [action.ending for action in run.state.actions] == [Ending.SUCCEEDED, None]
    assert assess(run.state).exit_code == 130


def test_what_the_action_in_question_wants_goes_first() -> None:
    lost = Mishap(kind=MishapKind.LOST, action=1, step=Step.CREATE)
    run = begun(World(), started([create("a"), create("b"), create("c")]))
    run.flying.rotate(-1)
    run.go_wrong(lost, run.flying.popleft())
    run.order()
    assert [command.action for command in run.flying] == [1, 2, 0]  # type: ignore[union-attr]


def test_a_run_that_is_only_looked_at_takes_nothing_back() -> None:
    run = begun(World(), started([create("a"), create("b", needs=["a"])], policy=COMPENSATE), take_back=False)
    run.answer(run.flying.popleft())
    run.order()
    run.go_wrong(refused(1), run.flying.popleft())
    assert run.state.wants_undo
    assert run.state.quiet()
    assert run.state.actions[0].ending is Ending.SUCCEEDED
