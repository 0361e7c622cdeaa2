from __future__ import annotations

import msgspec
import pytest

from tests.core.playbook import EVERYTHING, create, delete, started, update
from tests.core.stories import applied, hook
from wfctl.core import compensate, events
from wfctl.core.commands import (
    Command,
    CompensateAction,
    DispatchAction,
    Finalize,
    FinishRun,
    ProbeAction,
    ProbePurpose,
    RunHook,
    StartBackoff,
    UndoKind,
)
from wfctl.core.events import Recorded
from wfctl.core.mishap import Mishap, MishapKind, World, failed_undo, mishaps
from wfctl.core.outcome import RunResult
from wfctl.core.plan import HookPoint, Idempotency, Provenance, Step, TypeDeclaration
from wfctl.core.run import RunState, fold


def state(declared: TypeDeclaration = EVERYTHING) -> RunState:
    begun = started([create("a"), update("b"), delete("c")], hooks=[hook("h")], declared=declared)
    return fold([Recorded(seq=1, at=1.0, event=begun)])


def dispatch(action: int = 0, step: Step = Step.CREATE, attempt: int = 1) -> DispatchAction:
    return DispatchAction(action=action, step=step, attempt=attempt, key="k")


def run_hook(name: str = "h", *, undo: bool = False, attempt: int = 1) -> RunHook:
    return RunHook(action=0, hook=name, attempt=attempt, key="k", undo=undo)


def take_back(action: int = 0, undo: UndoKind = UndoKind.DELETE) -> CompensateAction:
    return CompensateAction(action=action, undo=undo, attempt=1, key="k", forward_key="f")


def probe(action: int, step: Step) -> ProbeAction:
    return ProbeAction(action=action, step=step, attempt=1, key="k", purpose=ProbePurpose.DOUBT)


REFUSED = Mishap(kind=MishapKind.REFUSED, action=0, step=Step.CREATE)
LOST = Mishap(kind=MishapKind.LOST, action=0, step=Step.CREATE)
HOOK = Mishap(kind=MishapKind.HOOK_FAILED, action=0, hook="h")
UNDO = Mishap(kind=MishapKind.UNDO_FAILED, action=0, undo=UndoKind.DELETE, after=HOOK)


@pytest.mark.parametrize(
    ("mishap", "command", "struck"),
    [
        (REFUSED, dispatch(), True),
        (REFUSED, dispatch(attempt=2), True),
        (REFUSED, dispatch(action=1), False),
        (REFUSED, dispatch(step=Step.DELETE), False),
        (LOST, dispatch(), True),
        (LOST, dispatch(attempt=2), False),
        (HOOK, run_hook(), True),
        (HOOK, run_hook(attempt=2), True),
        (HOOK, run_hook("other"), False),
        (HOOK, run_hook(undo=True), False),
        (UNDO, take_back(), True),
        (UNDO, take_back(action=1), False),
        (UNDO, take_back(undo=UndoKind.RECREATE), False),
        (UNDO, dispatch(), False),
        (REFUSED, take_back(), False),
        (REFUSED, StartBackoff(action=0, attempt=2, seconds=1.0), False),
    ],
)
def test_a_mishap_strikes_its_own_command_alone(mishap: Mishap, command: Command, struck: bool) -> None:
    assert mishap.strikes(command) is struck


def test_what_fails_for_good_fails_however_often_it_is_tried_and_an_answer_is_lost_once() -> None:
    assert isinstance(World().answer(state(), dispatch(attempt=3), REFUSED), events.ActionFailed)
    assert isinstance(World().answer(state(), dispatch(attempt=1), LOST), events.ActionLeftInDoubt)
    assert isinstance(World().answer(state(), dispatch(attempt=2), LOST), events.ActionApplied)


def test_a_failed_undo_comes_with_what_led_to_it() -> None:
    assert isinstance(World().answer(state(), run_hook(), UNDO), events.HookFailed)
    assert isinstance(World().answer(state(), take_back(), UNDO), events.CompensationFailed)
    assert UNDO.root is HOOK
    assert HOOK.root is HOOK


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        (dispatch(), ["refused", "lost", "cancelled"]),
        (run_hook(), ["hook_failed", "cancelled"]),
        (run_hook(undo=True), []),
        (take_back(), []),
        (Finalize(provider="p", attempt=1, key="k"), []),
    ],
)
def test_what_may_go_wrong(command: Command, kinds: list[str]) -> None:
    assert [mishap.kind.value for mishap in mishaps(state(), command)] == kinds


def test_an_observer_can_change_nothing_so_it_need_not_fail() -> None:
    begun = started([create("a")], hooks=[hook("seen", HookPoint.COMPLETE)])
    sent = events.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k")
    told: list[events.Event] = [begun, sent, applied(0)]
    run = fold(Recorded(seq=seq, at=1.0, event=event) for seq, event in enumerate(told, 1))
    assert [mishap.kind for mishap in mishaps(run, run_hook("seen"))] == [MishapKind.CANCELLED]


@pytest.mark.parametrize("command", [take_back(), run_hook(undo=True)])
def test_undos_may_fail_of_calls_and_of_hooks(command: Command) -> None:
    found = failed_undo(command, HOOK)
    assert found is not None
    assert found.strikes(command)
    assert found.after is HOOK


def test_what_goes_forward_is_no_undo() -> None:
    assert failed_undo(dispatch(), HOOK) is None
    assert failed_undo(run_hook(), HOOK) is None


@pytest.mark.parametrize(
    ("declared", "provenance"),
    [
        (TypeDeclaration(), None),
        (TypeDeclaration(reads_by_name=True), None),
        (TypeDeclaration(reads_by_key=True), Provenance.CREATED),
        (TypeDeclaration(reads_by_key=True, upsert=True), Provenance.UPSERTED),
        (TypeDeclaration(reads_by_name=True, idempotency=Idempotency.KEY), Provenance.CREATED),
        (TypeDeclaration(reads_by_name=True, idempotency=Idempotency.NATURAL), Provenance.INFERRED),
    ],
)
def test_a_lost_create_is_found_as_far_as_its_driver_can_tell(
    declared: TypeDeclaration, provenance: Provenance | None
) -> None:
    found = World().answer(state(declared), probe(0, Step.CREATE))
    if provenance is None:
        assert isinstance(found, events.ActionLeftInDoubt)
    else:
        assert isinstance(found, events.ActionApplied)
        assert found.provenance is provenance


@pytest.mark.parametrize(("action", "step"), [(1, Step.UPDATE), (2, Step.DELETE)])
def test_what_has_an_id_is_always_found(action: int, step: Step) -> None:
    found = World().answer(state(TypeDeclaration()), probe(action, step))
    assert isinstance(found, events.ActionApplied)
    assert found.provider_id == f"id-{'abc'[action]}"


@pytest.mark.parametrize(
    ("change", "irreversible", "undo", "code"),
    [
        ({}, set[int](), UndoKind.DELETE, ""),
        ({"stateless": False}, set[int](), UndoKind.DELETE, compensate.HOLDS_CONTENT),
        ({"stateless": False, "emptiness_output": "count"}, set[int](), UndoKind.DELETE, ""),
        ({"stateless": False}, set[int](), UndoKind.RESTORE, ""),
        ({}, {0}, UndoKind.RESTORE, compensate.IRREVERSIBLE),
        ({}, {0}, UndoKind.DELETE, ""),
        ({}, {1}, UndoKind.RESTORE, ""),
    ],
)
def test_an_undo_that_a_guard_is_bound_to_refuse_is_refused(
    change: dict[str, object], irreversible: set[int], undo: UndoKind, code: str
) -> None:
    declared = msgspec.structs.replace(EVERYTHING, **change)
    answer = World(irreversible=irreversible).answer(state(declared), take_back(undo=undo))
    if code:
        assert isinstance(answer, events.CompensationFailed)
        assert (answer.failure.code, answer.refused) == (code, True)
    else:
        assert isinstance(answer, events.CompensationSucceeded)


def test_everything_else_goes_well() -> None:
    world, run = World(), state()
    assert isinstance(world.answer(run, dispatch()), events.ActionApplied)
    assert isinstance(world.answer(run, run_hook()), events.HookSucceeded)
    assert isinstance(world.answer(run, StartBackoff(action=0, attempt=2, seconds=1.0)), events.BackoffElapsed)
    assert isinstance(world.answer(run, Finalize(provider="p", attempt=1, key="k")), events.FinalizeReported)


def test_the_end_is_not_carried_out_and_nothing_goes_wrong_at_it() -> None:
    with pytest.raises(AssertionError, match="recorded"):
        World().answer(state(), FinishRun(result=RunResult.SUCCEEDED, exit_code=0))
