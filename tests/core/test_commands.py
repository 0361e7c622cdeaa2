"""Every order has an intent that says all that must be known before it is carried out."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from wfctl.core import events
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
    intent,
)
from wfctl.core.outcome import RunResult
from wfctl.core.plan import Step

INTENTS: list[tuple[Command, events.Event]] = [
    (
        DispatchAction(action=3, step=Step.UPDATE, attempt=2, key="k", provider_id="x"),
        events.ActionDispatched(action=3, step=Step.UPDATE, attempt=2, key="k"),
    ),
    (
        ProbeAction(action=3, step=Step.CREATE, attempt=2, key="k", purpose=ProbePurpose.VERIFY, provider_id="x"),
        events.ProbeStarted(action=3, step=Step.CREATE, attempt=2),
    ),
    (StartBackoff(action=3, attempt=2, seconds=1.5), events.BackoffStarted(action=3, attempt=2, seconds=1.5)),
    (
        RunHook(action=3, hook="smoke", attempt=2, key="k", undo=True, status=4),
        events.HookStarted(action=3, hook="smoke", attempt=2, key="k", undo=True),
    ),
    (
        CompensateAction(action=3, undo=UndoKind.RESTORE, attempt=2, key="k", forward_key="f", provider_id="x"),
        events.CompensationStarted(action=3, undo="restore", attempt=2, key="k"),
    ),
    (
        Finalize(provider="p", attempt=2, key="k", applied=(1, 2)),
        events.FinalizeStarted(provider="p", attempt=2, key="k"),
    ),
    (
        FinishRun(result=RunResult.FAILED, exit_code=3),
        events.RunFinished(result=RunResult.FAILED, exit_code=3),
    ),
]


@pytest.mark.parametrize(("command", "expected"), INTENTS, ids=[type(command).__name__ for command, _ in INTENTS])
def test_the_intent_of_each_order(command: Command, expected: events.Event) -> None:
    assert intent(command) == expected


def test_no_order_is_forgotten() -> None:
    assert {type(command) for command, _ in INTENTS} == set(get_args(Command))


def test_no_two_orders_have_the_same_kind_of_intent() -> None:
    assert len({type(expected) for _, expected in INTENTS}) == len(INTENTS)


@pytest.mark.parametrize("command", [command for command, _ in INTENTS])
def test_an_order_cannot_be_changed(command: Command) -> None:
    with pytest.raises(AttributeError):
        setattr(command, msgspec.structs.fields(command)[0].name, None)
