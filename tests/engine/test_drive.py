"""The loop: what is ordered is on record before it is begun, and a turn of the loop is one append."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from tests.core.playbook import create, started
from tests.core.stories import applied, cancelled, failed
from tests.engine.fakes import MemoryDocuments, MemoryLedger, Onlooker
from tests.engine.scene import run
from wfctl.core import events
from wfctl.core.assess import assess
from wfctl.core.commands import Command, DispatchAction, FinishRun
from wfctl.core.events import ActionDispatched, Event, Recorded, RunFinished, RunStarted
from wfctl.core.outcome import RunOutcome, RunResult
from wfctl.core.plan import Digest, RunPolicy
from wfctl.core.run import RunState, fold
from wfctl.engine.drive import drive
from wfctl.engine.ports import Answer, Batch, LeaseLostError, SecretWrite
from wfctl.errors import IllegalTransition

Carry = Callable[[Command], list[Event] | None]
"""What becomes of a command: the facts it answers with, all of which wait when the loop next looks; None = it is told later."""


class FakeShell:
    """A shell whose commands are answered at once, in the order they were started. `log` is what happened, in order."""

    def __init__(self, carry: Carry) -> None:
        self.ledger = MemoryLedger(MemoryDocuments())
        self.onlooker = Onlooker()
        self.log: list[str] = []
        self.waiting: list[Answer] = []
        self._carry = carry

    def stamp(self, seq: int, event: Event) -> Recorded:
        return Recorded(seq=seq, at=100.0 + seq, event=event)

    async def append(self, batch: Batch) -> None:
        self.log.append("append " + " ".join(type(recorded.event).__name__ for recorded in batch.records))
        await self.ledger.append(batch)

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        self.log.append(f"publish {len(records)}")
        self.onlooker.publish(records, state)

    def start(self, command: Command) -> None:
        self.log.append(f"start {type(command).__name__}")
        self.waiting.extend(Answer(event=event) for event in self._carry(command) or ())

    async def receive(self) -> list[Answer]:
        taken, self.waiting = self.waiting, []
        assert taken, "the loop waits for an answer that will not come"
        self.log.append(f"receive {len(taken)}")
        return taken


def succeed(command: Command) -> list[Event]:
    assert isinstance(command, DispatchAction)
    return [applied(command.action)]


def driven(
    shell: FakeShell,
    *first: Event,
    names: Sequence[str] = ("a",),
    policy: RunPolicy = RunPolicy(),  # noqa: B008  (frozen)
) -> tuple[RunState, RunOutcome]:
    state = RunState()
    begun = started([create(name) for name in names], policy=policy)
    outcome = run(drive(state, shell, [Answer(event=event) for event in (begun, *first)]))
    return state, outcome


def test_what_is_ordered_is_on_record_and_shown_before_it_is_begun() -> None:
    shell = FakeShell(succeed)
    driven(shell)

    assert shell.log == [
        "append RunStarted ActionDispatched",
        "publish 2",
        "start DispatchAction",
        "receive 1",
        "append ActionApplied RunFinished",
        "publish 2",
    ]


def test_answers_that_waited_together_are_one_append_with_the_orders_they_lead_to() -> None:
    shell = FakeShell(succeed)
    driven(shell, names=["a", "b", "c"], policy=RunPolicy(parallelism=2))

    assert [line for line in shell.log if line.startswith("append")] == [
        "append RunStarted ActionDispatched ActionDispatched",
        "append ActionApplied ActionApplied ActionDispatched",
        "append ActionApplied RunFinished",
    ]


def test_the_end_of_the_run_is_recorded_with_its_outcome_and_nothing_is_begun_after_it() -> None:
    shell = FakeShell(succeed)
    state, outcome = driven(shell)

    assert (outcome.result, outcome.exit_code) == (RunResult.SUCCEEDED, 0)
    assert shell.ledger.batches[-1].outcome == outcome == assess(state)
    assert [batch.outcome for batch in shell.ledger.batches[:-1]] == [None]
    assert "start FinishRun" not in shell.log


def test_sequence_numbers_have_no_gap_and_the_record_folds_to_the_state() -> None:
    shell = FakeShell(succeed)
    state, _ = driven(shell, names=["a", "b"])

    assert [recorded.seq for recorded in shell.ledger.records] == list(range(1, len(shell.ledger.records) + 1))
    assert fold(shell.ledger.records).actions == state.actions
    assert shell.onlooker.seen == shell.ledger.records


def test_documents_and_secrets_travel_with_their_fact() -> None:
    shell = FakeShell(lambda _: None)
    digest = Digest("ab")
    secret = SecretWrite(name="s", resource="a", value="x")
    shell.waiting = [Answer(event=applied(0), documents={digest: b"{}"}, secrets=(secret,))]
    driven(shell)

    assert [batch.documents for batch in shell.ledger.batches] == [{}, {digest: b"{}"}]
    assert [list(batch.secrets) for batch in shell.ledger.batches] == [[], [secret]]


@pytest.mark.parametrize("trouble", [OSError("disk full"), LeaseLostError("taken")])
def test_an_append_that_fails_ends_the_loop_and_nothing_of_it_is_begun_or_shown(trouble: Exception) -> None:
    shell = FakeShell(succeed)
    shell.ledger.trouble, shell.ledger.after = trouble, 1

    with pytest.raises(type(trouble)):
        driven(shell, names=["a", "b"], policy=RunPolicy(parallelism=1))
    assert shell.log[-2:] == ["receive 1", "append ActionApplied ActionDispatched"]


def test_a_fact_that_cannot_be_ends_the_loop_before_it_is_on_record() -> None:
    shell = FakeShell(lambda _: [applied(0), applied(0)])

    with pytest.raises(IllegalTransition):
        driven(shell)
    assert [type(recorded.event) for recorded in shell.ledger.records] == [RunStarted, ActionDispatched]


def test_several_facts_may_begin_a_run() -> None:
    shell = FakeShell(succeed)
    _, outcome = driven(shell, cancelled())

    assert shell.log[0] == "append RunStarted CancelRequested RunFinished"
    assert outcome.result is RunResult.INTERRUPTED


def test_an_end_with_calls_still_in_flight_does_not_wait_for_them() -> None:
    shell = FakeShell(lambda _: [cancelled(stage=2)])
    _, outcome = driven(shell)

    assert outcome.result is RunResult.INTERRUPTED
    assert shell.waiting == []


def test_a_run_is_taken_up_from_what_is_on_record() -> None:
    first = FakeShell(lambda _: [cancelled(stage=2)])
    driven(first)
    state = fold(first.ledger.records)

    def found(command: Command) -> list[Event]:
        return [applied(command.action)]  # type: ignore[union-attr]

    second = FakeShell(found)
    outcome = run(drive(state, second, [Answer(event=events.RunResumed(epoch=2))]))

    assert second.log[0] == "append RunResumed ProbeStarted"
    assert (outcome.result, second.ledger.records[0].seq) == (RunResult.SUCCEEDED, len(first.ledger.records) + 1)


def test_a_failure_is_an_answer_like_any_other() -> None:
    _, outcome = driven(FakeShell(lambda _: [failed(0)]))

    assert (outcome.result, outcome.exit_code) == (RunResult.FAILED, 4)


def test_what_is_recorded_last_is_what_was_ordered() -> None:
    shell = FakeShell(succeed)
    driven(shell)
    last = shell.ledger.records[-1].event

    assert isinstance(last, RunFinished)
    assert FinishRun(**msgspec.structs.asdict(last)) == FinishRun(result=RunResult.SUCCEEDED, exit_code=0)
